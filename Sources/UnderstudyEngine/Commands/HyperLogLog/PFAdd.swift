// PFADD, PFCOUNT and PFMERGE, and how commands reach the HyperLogLog of a key.

enum PFAddCommand {
  static let all = [
    Command(
      "pfadd", .hyperloglog, since: "2.8.9", "Adds elements to a HyperLogLog.",
      complexity: "O(1) for each element.", arity: -2, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .insert])], arguments: [.key(), .string("element").optional.multiple],
      handler: pfAdd),
    Command(
      "pfcount", .hyperloglog, since: "2.8.9",
      "Answers about how many different elements HyperLogLogs have seen together.",
      complexity: "O(1) for one key whose count is kept, else O(N) for N keys, with large constant factors.",
      // It may keep the count in the value.
      arity: -2, flags: [.readOnly, .mayReplicate],
      keys: [
        KeySpec(
          [.readWrite, .access], .index(1), .range(last: -1, step: 1, limit: 0),
          notes: "Writes to the key, because the count is kept in the value.")
      ],
      arguments: [.key().multiple], handler: pfCount),
    Command(
      "pfmerge", .hyperloglog, since: "2.8.9", "Merges HyperLogLogs into one.",
      complexity: "O(N) for N keys, with large constant factors.", arity: -2, flags: [.write, .denyOOM],
      keys: [.key(1, [.readWrite, .access, .insert]), .keys(from: 2, [.readOnly, .access])],
      arguments: [.key("destkey"), .key("sourcekey", spec: 1).multiple], handler: pfMerge),
  ]

  static func pfAdd(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let limit = context.engine.configuration.hyperLogLogSparseMaxBytes
    let key = context.key(1)
    var changes = 0
    var isCorrupt = false
    func addAll(to value: inout HyperLogLog) {
      for index in 2..<arguments.count {
        switch value.add(arguments[index], sparseLimit: limit) {
        case .none: break
        case .changed: changes += 1
        case .corrupt:
          isCorrupt = true
          return
        }
      }
      if changes > 0 { value.forgetCount() }
    }
    if let entry = context.find(key) {
      try context.editHyperLogLog(key, entry, addAll)
    } else {
      changes = 1
      var value = HyperLogLog.make()
      addAll(to: &value)
      context.storeNew(.buffer(value.buffer), for: key)
    }
    if isCorrupt { throw .corruptHyperLogLog }
    if changes > 0 {
      context.touched(key, "pfadd", .string)
      context.noted(changes - 1)
    }
    context.reply.integer(changes > 0 ? 1 : 0)
  }

  static func pfCount(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count > 2 { return try countMany(context) }
    let key = context.key(1)
    guard let entry = context.readMutable(key) else { return context.reply.integer(0) }
    var count: UInt64?
    var isNew = false
    try context.editHyperLogLog(key, entry) { value in
      count = HyperLogLog.keptCount(value.buffer.bytes)
      if count != nil { return }
      count = HyperLogLog.estimate(value.buffer.bytes)
      guard let count else { return }
      value.keepCount(count)
      isNew = true
    }
    guard let count else { throw .corruptHyperLogLog }
    // The value has changed, though nobody hears of an event.
    if isNew { context.touched(key, "", []) }
    context.reply.integer(Int64(bitPattern: count))
  }

  private static func countMany(_ context: borrowing Context) throws(ReplyError) {
    var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    for index in 1..<context.arguments.count { _ = try merge(context, index, into: &registers) }
    context.reply.integer(Int64(bitPattern: HyperLogLog.estimate(registers)))
  }

  /// Raises registers to those of the key at `index`; tells whether it is in the dense form.
  private static func merge(
    _ context: borrowing Context, _ index: Int, into registers: inout [UInt8]
  ) throws(ReplyError) -> Bool {
    guard let entry = context.read(context.key(index)) else { return false }
    let (isWhole, isDense) = try entry.withHyperLogLog { bytes in
      (HyperLogLog.merge(bytes, into: &registers), !HyperLogLog.isSparse(bytes))
    }
    if !isWhole { throw .corruptHyperLogLog }
    return isDense
  }

  static func pfMerge(_ context: inout Context) throws(ReplyError) {
    let limit = context.engine.configuration.hyperLogLogSparseMaxBytes
    var registers = [UInt8](repeating: 0, count: HyperLogLog.registerCount)
    var becomesDense = false
    for index in 1..<context.arguments.count where try merge(context, index, into: &registers) { becomesDense = true }
    let key = context.key(1)
    var isWhole = true
    func mergeAll(to value: inout HyperLogLog) {
      isWhole = !becomesDense || value.becomeDense()
      if isWhole { isWhole = value.merge(registers, sparseLimit: limit) != .corrupt }
      if isWhole { value.forgetCount() }
    }
    if let entry = context.find(key) {
      try context.editHyperLogLog(key, entry, mergeAll)
    } else {
      var value = HyperLogLog.make()
      mergeAll(to: &value)
      context.storeNew(.buffer(value.buffer), for: key)
    }
    if !isWhole { throw .corruptHyperLogLog }
    // Redis calls it by the other command's name.
    context.touched(key, "pfadd", .string)
    context.reply.ok()
  }
}

extension Entry {
  /// Lends the text of a string that is a HyperLogLog to `body`.
  func withHyperLogLog<Result>(_ body: (Bytes) -> Result) throws(ReplyError) -> Result {
    guard let result = try withString({ HyperLogLog.isHyperLogLog($0) ? body($0) : nil }) else {
      throw .notAHyperLogLog
    }
    return result
  }
}

extension Context {
  /// Changes the HyperLogLog of an entry that may be changed in place. Like Redis, it makes the string a `raw` one.
  @inline(__always)
  func editHyperLogLog(
    _ key: Key, _ entry: Entry, _ change: (inout HyperLogLog) -> Void
  ) throws(ReplyError) {
    let count = try entry.withHyperLogLog(\.count)
    editString(key, entry, count: count) { buffer in
      var value = HyperLogLog(buffer)
      change(&value)
      buffer = value.buffer
    }
  }
}
