// SINTER, SINTERCARD, SINTERSTORE and SMEMBERS.

enum SInterCommand {
  static let all = [
    Command(
      "smembers", .set, since: "1.0.0", "Answers all members of a set.",
      complexity: "O(N) where N is the size of the set", arity: 2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key()], tips: ["nondeterministic_output_order"],
      handler: sInter),
    Command(
      "sinter", .set, since: "1.0.0", "Answers the members that all of the sets share.",
      complexity: "O(N*M) where N is the size of the smallest of M sets", arity: -2, flags: [.readOnly],
      keys: [.keys(from: 1, [.readOnly, .access])], arguments: [.key().multiple],
      tips: ["nondeterministic_output_order"], handler: sInter),
    Command(
      "sintercard", .set, since: "7.0.0", "Counts the members that all of the sets share.",
      complexity: "O(N*M) where N is the size of the smallest of M sets", arity: -3,
      flags: [.readOnly, .movableKeys], keys: [.counted(at: 1, [.readOnly, .access])],
      arguments: [.integer("numkeys"), .key().multiple, .integer("limit", token: "LIMIT").optional],
      handler: sInterCard),
    Command(
      "sinterstore", .set, since: "1.0.0", "Stores the members that all of the sets share.",
      complexity: "O(N*M) where N is the size of the smallest of M sets", arity: -3,
      flags: [.write, .denyOOM], keys: [.key(1, [.readWrite, .update]), .keys(from: 2, [.readOnly, .access])],
      arguments: [.key("destination"), .key(spec: 1).multiple], handler: sInterStore),
  ]

  static func sInter(_ context: inout Context) throws(ReplyError) {
    let reply = context.reply
    guard let sets = try operands(context, 1..<context.arguments.count) else { return reply.set(0) }
    if sets.count == 1 {
      reply.set(sets[0].count)
      return sets[0].forEach { reply.bulk($0) }
    }
    reply.deferred({ $0.set($1) }) {
      var count = 0
      intersection(sets) {
        reply.bulk($0)
        count &+= 1
        return true
      }
      return count
    }
  }

  static func sInterCard(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let keyCount = try arguments.integer(1, .keyCountNotPositive)
    if keyCount < 1 { throw .keyCountNotPositive }
    if keyCount > Int64(arguments.count - 2) { throw .tooManyKeys }
    let keys = 2..<2 + Int(keyCount)
    let limit = try cardinalityLimit(arguments, from: keys.upperBound)
    var count: Int64 = 0
    if let sets = try operands(context, keys) {
      intersection(sets) { _ in
        count &+= 1
        return count != limit
      }
    }
    context.reply.integer(count)
  }

  /// The LIMIT of SINTERCARD and ZINTERCARD; 0 means none.
  static func cardinalityLimit(_ arguments: Arguments, from position: Int) throws(ReplyError) -> Int64 {
    var cursor = ArgumentCursor(arguments, from: position)
    var limit: Int64 = 0
    while !cursor.isAtEnd {
      if cursor.match("LIMIT", followedBy: 1) {
        limit = cursor.integer(.negativeLimit)
        if limit < 0 { cursor.fail(.negativeLimit) }
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    return limit
  }

  static func sInterStore(_ context: inout Context) throws(ReplyError) {
    var result = SetBuilder(context)
    if let sets = try operands(context, 2..<context.arguments.count) {
      intersection(sets) {
        result.insert($0)
        return true
      }
    }
    result.store(context, under: context.key(1), "sinterstore")
  }

  /// The sets under the keys at `indices`; nil if one of them is missing, all having been asked for their type.
  private static func operands(
    _ context: borrowing Context, _ indices: Range<Int>
  ) throws(ReplyError) -> [SetValue]? {
    var sets: [SetValue] = []
    for index in indices {
      if let set = try context.set(context.key(index)) { sets.append(set) }
    }
    return sets.count == indices.count ? sets : nil
  }

  /// Lends the members that all sets share to `body` until it answers false.
  private static func intersection(_ sets: [SetValue], _ body: (PackedElement) -> Bool) {
    let sorted = sets.sorted { $0.count < $1.count }
    var goesOn = true
    sorted[0].forEach { member in
      guard goesOn, sorted.dropFirst().allSatisfy({ $0.contains(member) }) else { return }
      goesOn = body(member)
    }
  }
}

/// A set in the making: what the STORE forms put under their key, and what SUNION and SDIFF answer.
struct SetBuilder {
  private(set) var set: SetValue?
  private let limits: SetLimits

  init(_ context: borrowing Context) { limits = context.setLimits }

  @discardableResult
  mutating func insert(_ member: PackedElement) -> Bool {
    if let set { return set.insert(member, limits: limits) }
    let made = member.withBytes { SetValue(for: $0, limits: limits) }
    set = made
    return made.insert(member, limits: limits)
  }

  func remove(_ member: PackedElement) {
    if let set { member.withBytes { _ = set.remove($0) } }
  }

  /// Puts the set under a key, or removes the key if the set is empty, and answers the number of members.
  func store(_ context: borrowing Context, under key: Key, _ event: StaticString) {
    guard let set, !set.isEmpty else {
      set?.release()
      context.removeEmptied(key, changes: 1)
      return context.reply.integer(0)
    }
    let count = set.count
    context.replace(key, with: .set(set), event, .set)
    context.reply.integer(count)
  }

  /// Answers the members, and lets the set go.
  func answer(_ reply: Reply) {
    reply.set(set?.count ?? 0)
    set?.forEach { reply.bulk($0) }
    set?.release()
  }
}
