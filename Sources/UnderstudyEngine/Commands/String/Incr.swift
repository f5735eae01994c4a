// INCR, DECR, INCRBY, DECRBY and INCRBYFLOAT.

enum IncrCommand {
  static let all = [
    counter("incr", "Adds one to the integer under a key.", arity: 2, incr),
    counter("decr", "Takes one from the integer under a key.", arity: 2, decr),
    counter(
      "incrby", "Adds to the integer under a key.", arity: 3, argument: .integer("increment"), incrBy),
    counter(
      "decrby", "Takes from the integer under a key.", arity: 3, argument: .integer("decrement"), decrBy),
    counter(
      "incrbyfloat", since: "2.6.0", "Adds a number with a fraction to the number under a key.", arity: 3,
      argument: .double("increment"), incrByFloat),
  ]

  private static func counter(
    _ name: String, since: Version = "1.0.0", _ summary: String, arity: Int, argument: Argument? = nil,
    _ handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .string, since: since, summary, arity: arity, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .access, .update])], arguments: [.key()] + (argument.map { [$0] } ?? []),
      handler: handler)
  }

  static func incr(_ context: inout Context) throws(ReplyError) { try add(1, &context) }

  static func decr(_ context: inout Context) throws(ReplyError) { try add(-1, &context) }

  static func incrBy(_ context: inout Context) throws(ReplyError) {
    try add(context.arguments.integer(2), &context)
  }

  static func decrBy(_ context: inout Context) throws(ReplyError) {
    let decrement = try context.arguments.integer(2)
    if decrement == .min { throw .decrementOverflow }
    try add(-decrement, &context)
  }

  /// A counter is held as an integer: the usual call is one look-up and an addition in place.
  @inline(__always)
  private static func add(_ increment: Int64, _ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let sum: Int64
    if let entry = context.find(key) {
      if entry.kind == .integer {
        sum = try added(entry.integer, increment)
        entry.integer = sum
      } else {
        guard let text = entry.stringBytes else { throw .wrongType }
        guard let value = NumberText.parseInt64(text) else { throw .notAnInteger }
        sum = try added(value, increment)
        context.store(.integer(sum), for: key)
      }
    } else {
      sum = increment
      context.storeNew(.integer(sum), for: key)
    }
    context.touched(key, "incrby", .string)
    context.reply.integer(sum)
  }

  @inline(__always)
  private static func added(_ value: Int64, _ increment: Int64) throws(ReplyError) -> Int64 {
    let (sum, overflow) = value.addingReportingOverflow(increment)
    if overflow { throw .incrementOverflow }
    return sum
  }

  static func incrByFloat(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    let increment = context.arguments[2]
    let entry = context.find(key)
    if let entry, entry.kind.isContainer { throw .wrongType }
    // The text of the sum is lent, so it is stored and answered inside.
    func store(_ sum: NumberText.Sum) -> ReplyError? {
      switch sum {
      case .text(let text):
        if entry != nil {
          context.store(.bytes(text), for: key)
        } else {
          context.storeNew(.bytes(text), for: key)
        }
        context.touched(key, "incrbyfloat", .string)
        context.reply.bulk(text)
        return nil
      case .invalidValue, .invalidIncrement: return .notAFloat
      case .notFinite: return .notANumberOrInfinity
      }
    }
    let error: ReplyError?
    if let entry {
      error = try entry.withString { NumberText.sum($0, increment, store) }
    } else {
      error = NumberText.sum(nil, increment, store)
    }
    if let error { throw error }
  }
}
