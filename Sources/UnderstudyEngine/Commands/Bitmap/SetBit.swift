// SETBIT and GETBIT, and what all commands that change bits share.

enum SetBitCommand {
  static let all = [
    Command(
      "setbit", .bitmap, since: "2.2.0", "Sets or clears a bit of a string and answers what it was.",
      arity: 4,
      flags: [.write, .denyOOM], keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .integer("offset"), .integer("value")], handler: setBit),
    Command(
      "getbit", .bitmap, since: "2.2.0", "Answers a bit of a string.", arity: 3, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .integer("offset")], handler: getBit),
  ]

  static func setBit(_ context: inout Context) throws(ReplyError) {
    let offset = try context.bitOffset(2)
    guard let bit = NumberText.parseInt64(context.arguments[3]), bit == 0 || bit == 1 else { throw .notABit }
    let key = context.key(1)
    var old: UInt64 = 0
    let grew = try context.editBits(key, count: offset / 8 + 1) { buffer in
      old = buffer.bytes.field(at: offset, width: 1)
      buffer.setField(at: offset, width: 1, to: UInt64(bit))
    }
    if grew || old != UInt64(bit) { context.touched(key, "setbit", .string) }
    context.reply.integer(Int(old))
  }

  static func getBit(_ context: inout Context) throws(ReplyError) {
    let offset = try context.bitOffset(2)
    guard let entry = context.read(context.key(1)) else { return context.reply.integer(0) }
    let bit = try entry.withString { $0.field(at: offset, width: 1) }
    context.reply.integer(Int(bit))
  }
}

extension Context {
  /// The bit offset at `index`.
  ///
  /// - Parameters:
  ///   - width: of the fields that an offset behind `#` counts; 0 if there are none.
  func bitOffset(_ index: Int, width: Int = 0) throws(ReplyError) -> Int {
    var text = arguments[index]
    let countsFields = width > 0 && !text.isEmpty && text[0] == UInt8(ascii: "#")
    if countsFields { text = text.slice(1..<text.count) }
    guard let number = NumberText.parseInt64(text) else { throw .notABitOffset }
    // The product wraps, as on the real server.
    let offset = countsFields ? number &* Int64(width) : number
    guard offset >= 0, offset >> 3 < Int64(stringLimit) else { throw .notABitOffset }
    return Int(offset)
  }

  /// Changes the bits of the string under a key, which is made or made longer to have `count` bytes. Says
  /// `touched` to nobody.
  ///
  /// - Returns: whether the string was made or made longer.
  func editBits(
    _ key: Key, count: Int, _ change: (inout SharedBuffer) -> Void
  ) throws(ReplyError) -> Bool {
    guard let entry = find(key) else {
      var buffer = SharedBuffer.allocate(count: 0, capacity: count)
      buffer.extend(to: count)
      change(&buffer)
      storeNew(.buffer(buffer), for: key)
      return true
    }
    let old = try entry.stringCount
    editString(key, entry, count: max(old, count)) { buffer in
      buffer.extend(to: count)
      change(&buffer)
    }
    return old < count
  }
}
