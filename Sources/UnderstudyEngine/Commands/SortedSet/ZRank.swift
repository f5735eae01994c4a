// ZRANK and ZREVRANK, and the counts ZCOUNT and ZLEXCOUNT.

enum ZRankCommand {
  static let all = [
    Command(
      "zrank", .sortedSet, since: "2.0.0", "Answers the rank of a member, lowest score first.",
      complexity: "O(log(N)) where N is the size of the set", arity: 3, laterArity: ("7.2.0", -3),
      flags: [.readOnly, .fast], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("member"), .token("WITHSCORE").optional.since("7.2.0")],
      history: [("7.2.0", "The option WITHSCORE.")], handler: zRank),
    Command(
      "zrevrank", .sortedSet, since: "2.0.0", "Answers the rank of a member, highest score first.",
      complexity: "O(log(N)) where N is the size of the set", arity: 3, laterArity: ("7.2.0", -3),
      flags: [.readOnly, .fast], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("member"), .token("WITHSCORE").optional.since("7.2.0")],
      history: [("7.2.0", "The option WITHSCORE.")], handler: zRevRank),
    Command(
      "zcount", .sortedSet, since: "2.0.0", "Counts the members within a range of scores.",
      complexity: "O(log(N)) where N is the size of the set", arity: 4, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .double("min"), .double("max")],
      handler: zCount),
    Command(
      "zlexcount", .sortedSet, since: "2.8.9", "Counts the members within a lexicographical range.",
      complexity: "O(log(N)) where N is the size of the set", arity: 4, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .string("min"), .string("max")],
      handler: zLexCount),
  ]

  static func zRank(_ context: inout Context) throws(ReplyError) { try rank(&context, isReversed: false) }
  static func zRevRank(_ context: inout Context) throws(ReplyError) { try rank(&context, isReversed: true) }

  private static func rank(_ context: inout Context, isReversed: Bool) throws(ReplyError) {
    let arguments = context.arguments
    if arguments.count > 4 { return context.failArity() }
    let withScore = arguments.count == 4
    if withScore && !arguments[3].matches("WITHSCORE") { throw .syntax }
    let reply = context.reply
    guard let set = try context.sortedSet(context.key(1)), let found = set.rank(of: arguments[2]) else {
      return withScore ? reply.nullArray() : reply.null()
    }
    if withScore { reply.array(2) }
    reply.integer(isReversed ? set.count - 1 - found.rank : found.rank)
    if withScore { reply.double(found.score) }
  }

  static func zCount(_ context: inout Context) throws(ReplyError) {
    let range = try ScoreRange(context.arguments[2], context.arguments[3])
    let set = try context.sortedSet(context.key(1))
    context.reply.integer(set?.ranks(in: range).count ?? 0)
  }

  static func zLexCount(_ context: inout Context) throws(ReplyError) {
    let range = try LexRange(context.arguments[2], context.arguments[3])
    let set = try context.sortedSet(context.key(1))
    context.reply.integer(set?.ranks(in: range).count ?? 0)
  }
}

extension ScoreRange {
  /// Bounds as commands give them: a number, with "(" before it if it is excluded.
  init(_ lower: Bytes, _ upper: Bytes) throws(ReplyError) {
    let (low, excludesLow) = try Self.bound(lower)
    let (high, excludesHigh) = try Self.bound(upper)
    self.init(lower: low, upper: high, excludesLower: excludesLow, excludesUpper: excludesHigh)
  }

  private static func bound(_ text: Bytes) throws(ReplyError) -> (Double, Bool) {
    let isExclusive = !text.isEmpty && text[0] == UInt8(ascii: "(")
    guard let value = NumberText.parseRangeBound(isExclusive ? text.slice(1..<text.count) : text) else {
      throw .scoreBoundNotAFloat
    }
    return (value, isExclusive)
  }
}

extension LexRange {
  /// Bounds as commands give them: "-", "+", "[member" or "(member".
  init(_ lower: Bytes, _ upper: Bytes) throws(ReplyError) {
    self.init(lower: try LexBound(lower), upper: try LexBound(upper))
  }
}

extension LexBound {
  init(_ text: Bytes) throws(ReplyError) {
    guard !text.isEmpty else { throw .lexBoundInvalid }
    // What stands behind a zero byte is not looked at: a C string ends there.
    let isAlone = text.count == 1 || text[1] == 0
    switch text[0] {
    case UInt8(ascii: "-") where isAlone: self = .lowest
    case UInt8(ascii: "+") where isAlone: self = .highest
    case UInt8(ascii: "["): self = .inclusive(text.slice(1..<text.count))
    case UInt8(ascii: "("): self = .exclusive(text.slice(1..<text.count))
    default: throw .lexBoundInvalid
    }
  }
}
