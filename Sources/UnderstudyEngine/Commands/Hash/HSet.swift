// HSET, HMSET and HSETNX.

enum HSetCommand {
  static let all = [
    Command(
      "hset", .hash, since: "2.0.0", "Sets fields of a hash.",
      complexity: "O(N) for N fields", arity: -4, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [.key(), .block("field_value", [.string("field"), .string("value")]).multiple],
      history: [("4.0.0", "Takes several pairs of field and value.")], handler: hSet),
    Command(
      "hmset", .hash, since: "2.0.0", "Sets fields of a hash.",
      complexity: "O(N) for N fields", arity: -4, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [.key(), .block("field_value", [.string("field"), .string("value")]).multiple],
      deprecated: .init(since: "4.0.0", replacement: "`HSET` with multiple field-value pairs"),
      handler: hMSet),
    Command(
      "hsetnx", .hash, since: "2.0.0", "Sets a field of a hash unless it is there.",
      arity: 4, flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .insert])],
      arguments: [.key(), .string("field"), .string("value")], handler: hSetNX),
  ]

  static func hSet(_ context: inout Context) throws(ReplyError) {
    guard let added = try setFields(&context) else { return }
    context.reply.integer(added)
  }

  static func hMSet(_ context: inout Context) throws(ReplyError) {
    if try setFields(&context) != nil { context.reply.ok() }
  }

  static func hSetNX(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let field = context.arguments[2]
    let hash: HashValue
    if let found = try context.mutableHash(key) {
      if found.contains(field) { return context.reply.integer(0) }
      hash = found
    } else {
      hash = context.makeHash(key)
    }
    hash.set(field, to: context.arguments[3], limits: context.hashLimits)
    context.touched(key, "hset", .hash)
    context.reply.integer(1)
  }

  /// Sets the fields of the arguments and tells how many are new; nil if the error has been replied.
  @inline(__always)
  private static func setFields(_ context: inout Context) throws(ReplyError) -> Int? {
    let arguments = context.arguments
    if arguments.count % 2 != 0 {
      context.failArity()
      return nil
    }
    let key = context.key(1)
    let hash: HashValue
    if let found = try context.mutableHash(key) { hash = found } else { hash = context.makeHash(key) }
    let limits = context.hashLimits
    if arguments.count > 4 {
      var longest = 0
      for index in 2..<arguments.count { longest = max(longest, arguments[index].count) }
      hash.prepare(longest: longest, limits: limits)
    }
    var added = 0
    var index = 2
    while index &+ 1 < arguments.count {
      if hash.set(arguments[index], to: arguments[index &+ 1], limits: limits) { added &+= 1 }
      index &+= 2
    }
    context.touched(key, "hset", .hash, changes: (arguments.count &- 2) / 2)
    return added
  }
}
