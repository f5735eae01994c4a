// HINCRBY and HINCRBYFLOAT.

enum HIncrByCommand {
  static let all = [
    Command(
      "hincrby", .hash, since: "2.0.0", "Adds an integer to the value of a field.",
      arity: 4, flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .string("field"), .integer("increment")], handler: hIncrBy),
    Command(
      "hincrbyfloat", .hash, since: "2.6.0", "Adds a number with a fraction to the value of a field.",
      arity: 4, flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .string("field"), .double("increment")], handler: hIncrByFloat),
  ]

  static func hIncrBy(_ context: inout Context) throws(ReplyError) {
    let increment = try context.arguments.integer(3)
    let key = context.key(1)
    let field = context.arguments[2]
    let found = try context.mutableHash(key)
    let (sum, overflow) = try value(found?[field]).addingReportingOverflow(increment)
    if overflow { throw .incrementOverflow }
    let hash = found ?? context.makeHash(key)
    NumberText.withInt64(sum) { _ = hash.set(field, to: $0, limits: context.hashLimits, deadline: .kept) }
    context.touched(key, "hincrby", .hash)
    context.reply.integer(sum)
  }

  private static func value(_ element: PackedElement?) throws(ReplyError) -> Int64 {
    switch element {
    case nil: return 0
    case .integer(let value): return value
    case .bytes(let bytes):
      guard let value = NumberText.parseInt64(bytes) else { throw .hashValueNotAnInteger }
      return value
    }
  }

  static func hIncrByFloat(_ context: inout Context) throws(ReplyError) {
    let increment = context.arguments[3]
    switch NumberText.classifyIncrement(increment) {
    case .invalid: throw .notAFloat
    case .infinite: throw .notANumberOrInfinite
    case .finite: break
    }
    let key = context.key(1)
    let field = context.arguments[2]
    let found = try context.mutableHash(key)
    let reply = context.reply
    let limits = context.hashLimits
    // The text of the sum is lent, so it is stored and answered inside.
    func add(_ old: Bytes?) -> ReplyError? {
      NumberText.sum(old, increment) { sum in
        switch sum {
        case .text(let text):
          let hash = found ?? context.makeHash(key)
          hash.set(field, to: text, limits: limits, deadline: .kept)
          context.touched(key, "hincrbyfloat", .hash)
          reply.bulk(text)
          return nil
        case .invalidValue: return .hashValueNotAFloat
        case .invalidIncrement: return .notAFloat
        case .notFinite: return .notANumberOrInfinity
        }
      }
    }
    let error: ReplyError?
    if let old = found?[field] { error = old.withBytes { add($0) } } else { error = add(nil) }
    if let error { throw error }
  }
}
