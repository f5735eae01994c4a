// ZRANGE in all its forms: ZRANGE, ZREVRANGE, ZRANGEBYSCORE, ZREVRANGEBYSCORE, ZRANGEBYLEX, ZREVRANGEBYLEX and
// ZRANGESTORE. All of them become a range of ranks and a direction.

enum ZRangeCommand {
  static let all = [
    Command(
      "zrange", .sortedSet, since: "1.2.0", "Answers the members within a range of ranks, scores or names.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .string("start"), .string("stop"),
        .oneOf("sortby", [.token("BYSCORE"), .token("BYLEX")]).optional.since("6.2.0"),
        .token("REV").optional.since("6.2.0"),
        .block(
          "offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]
        ).optional.since("6.2.0"),
        .token("WITHSCORES").optional,
      ],
      history: [("6.2.0", "The options REV, BYSCORE, BYLEX and LIMIT.")], handler: zRange),
    Command(
      "zrevrange", .sortedSet, since: "1.2.0",
      "Answers the members within a range of ranks, highest score first.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .integer("start"), .integer("stop"), .token("WITHSCORES").optional],
      deprecated: .init(since: "6.2.0", replacement: "`ZRANGE` with the `REV` argument"), handler: zRevRange),
    Command(
      "zrangebyscore", .sortedSet, since: "1.0.5", "Answers the members within a range of scores.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .double("min"), .double("max"), .token("WITHSCORES").optional.since("2.0.0"),
        .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
      ],
      history: [("2.0.0", "The option WITHSCORES.")],
      deprecated: .init(since: "6.2.0", replacement: "`ZRANGE` with the `BYSCORE` argument"),
      handler: zRangeByScore),
    Command(
      "zrevrangebyscore", .sortedSet, since: "2.2.0",
      "Answers the members within a range of scores, highest first.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .double("max"), .double("min"), .token("WITHSCORES").optional,
        .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
      ],
      history: [("2.1.6", "Bounds may be exclusive.")],
      deprecated: .init(since: "6.2.0", replacement: "`ZRANGE` with the `REV` and `BYSCORE` arguments"),
      handler: zRevRangeByScore),
    Command(
      "zrangebylex", .sortedSet, since: "2.8.9", "Answers the members within a lexicographical range.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .string("min"), .string("max"),
        .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
      ],
      deprecated: .init(since: "6.2.0", replacement: "`ZRANGE` with the `BYLEX` argument"),
      handler: zRangeByLex),
    Command(
      "zrevrangebylex", .sortedSet, since: "2.8.9",
      "Answers the members within a lexicographical range, in reverse.",
      complexity: "O(log(N)+M) for M members answered of N", arity: -4, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .string("max"), .string("min"),
        .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
      ],
      deprecated: .init(since: "6.2.0", replacement: "`ZRANGE` with the `REV` and `BYLEX` arguments"),
      handler: zRevRangeByLex),
    Command(
      "zrangestore", .sortedSet, since: "6.2.0",
      "Stores the members within a range of ranks, scores or names.",
      complexity: "O(log(N)+M) for M members stored of N", arity: -5, flags: [.write, .denyOOM],
      keys: [.key(1, [.overwrite, .update]), .key(2, [.readOnly, .access])],
      arguments: [
        .key("dst"), .key("src", spec: 1), .string("min"), .string("max"),
        .oneOf("sortby", [.token("BYSCORE"), .token("BYLEX")]).optional, .token("REV").optional,
        .block("offset_count", token: "LIMIT", [.integer("offset"), .integer("count")]).optional,
      ],
      handler: zRangeStore),
  ]

  static func zRange(_ context: inout Context) throws(ReplyError) { try answer(&context) }
  static func zRevRange(_ context: inout Context) throws(ReplyError) {
    try answer(&context, by: .rank, isReversed: true)
  }
  static func zRangeByScore(_ context: inout Context) throws(ReplyError) {
    try answer(&context, by: .score, isReversed: false)
  }
  static func zRevRangeByScore(_ context: inout Context) throws(ReplyError) {
    try answer(&context, by: .score, isReversed: true)
  }
  static func zRangeByLex(_ context: inout Context) throws(ReplyError) {
    try answer(&context, by: .name, isReversed: false)
  }
  static func zRevRangeByLex(_ context: inout Context) throws(ReplyError) {
    try answer(&context, by: .name, isReversed: true)
  }

  private static func answer(
    _ context: inout Context, by kind: RankQuery.Kind? = nil, isReversed: Bool? = nil
  ) throws(ReplyError) {
    let query = try RankQuery(context.arguments, keyAt: 1, by: kind, isReversed: isReversed, stores: false)
    let reply = context.reply
    guard let set = try context.sortedSet(context.key(1)) else { return reply.emptyArray() }
    let ranks = query.ranks(in: set)
    reply.members(ranks.count, withScores: query.withScores)
    set.forEach(ranks, descending: query.isReversed) { reply.member($0, $1, withScores: query.withScores) }
  }

  static func zRangeStore(_ context: inout Context) throws(ReplyError) {
    let query = try RankQuery(context.arguments, keyAt: 2, by: nil, isReversed: nil, stores: true)
    let result = SortedSetBuilder(context)
    if let set = try context.sortedSet(context.key(2)) {
      set.forEach(query.ranks(in: set)) { result.add($0, $1) }
    }
    result.store(context, under: context.key(1), "zrangestore")
  }
}

/// What a ZRANGE asks for.
struct RankQuery {
  enum Kind { case rank, score, name }
  private enum Bounds {
    case indices(Int64, Int64)
    case scores(ScoreRange)
    case names(LexRange)
  }

  private let bounds: Bounds
  private var offset: Int64 = 0
  /// Negative: no limit.
  private var limit: Int64 = -1
  let isReversed: Bool
  private(set) var withScores = false

  /// - Parameters:
  ///   - position: where the key stands; the bounds and the options follow.
  ///   - kind, isReversed: what the command's name says; nil where options may say it.
  ///   - stores: whether scores are not to be asked for.
  init(
    _ arguments: Arguments, keyAt position: Int, by kind: Kind?, isReversed: Bool?, stores: Bool
  ) throws(ReplyError) {
    var kind = kind
    var reversed = isReversed
    var cursor = ArgumentCursor(arguments, from: position + 3)
    let (mayChooseKind, mayReverse) = (kind == nil, isReversed == nil)
    while !cursor.isAtEnd {
      if !stores && cursor.match("WITHSCORES") {
        withScores = true
      } else if cursor.match("LIMIT", followedBy: 2) {
        offset = cursor.integer()
        limit = cursor.integer()
      } else if mayReverse && reversed == nil && cursor.match("REV") {
        reversed = true
      } else if mayChooseKind && kind == nil && cursor.match("BYLEX") {
        kind = .name
      } else if mayChooseKind && kind == nil && cursor.match("BYSCORE") {
        kind = .score
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    if limit != -1 && (kind == nil || kind == .rank) { throw .limitWithoutKind }
    if withScores && kind == .name { throw .withScoresByLex }
    let isReversed = reversed ?? false
    self.isReversed = isReversed
    var (lower, upper) = (arguments[position + 1], arguments[position + 2])
    // A reversed range of scores or names is given highest first.
    if isReversed, kind == .score || kind == .name { swap(&lower, &upper) }
    switch kind {
    case .score: bounds = .scores(try ScoreRange(lower, upper))
    case .name: bounds = .names(try LexRange(lower, upper))
    default: bounds = .indices(try arguments.integer(position + 1), try arguments.integer(position + 2))
    }
  }

  /// The ranks, ascending, that the query means in a set.
  func ranks(in set: SortedSetValue) -> Range<Int> {
    let count = set.count
    var found: Range<Int>
    switch bounds {
    case .indices(let start, let stop):
      let range = IndexRange(start, stop, count: count).range
      return isReversed ? count - range.upperBound..<count - range.lowerBound : range
    case .scores(let range): found = set.ranks(in: range)
    case .names(let range): found = set.ranks(in: range)
    }
    if offset != 0 {
      let skipped = offset < 0 ? found.count : Int(min(offset, Int64(found.count)))
      found = isReversed ? found.lowerBound..<found.upperBound - skipped : found.lowerBound + skipped..<found.upperBound
    }
    if limit >= 0 && limit < Int64(found.count) {
      let kept = Int(limit)
      found = isReversed ? found.upperBound - kept..<found.upperBound : found.lowerBound..<found.lowerBound + kept
    }
    return found
  }
}

extension Reply {
  /// The head of an array of members. With scores these are pairs in RESP3, and stand one behind the other in RESP2.
  @inline(__always)
  func members(_ count: Int, withScores: Bool) { array(withScores && !isRESP3 ? count * 2 : count) }

  /// One member of such an array.
  @inline(__always)
  func member(_ member: PackedElement, _ score: Double, withScores: Bool) {
    if withScores && isRESP3 { array(2) }
    bulk(member)
    if withScores { double(score) }
  }
}

/// A sorted set in the making: what the STORE forms put under their key, and what ZUNION and its like answer.
struct SortedSetBuilder {
  private let set = SortedSetValue()
  private let limits: PackedLimits

  /// - Parameters:
  ///   - isLarge: whether the set is made in the large form, which keeps a negative zero, and takes the small one only
  ///     when it is stored.
  init(_ context: borrowing Context, isLarge: Bool = false) {
    limits = context.sortedSetLimits
    if isLarge { set.becomeTable(seed: limits.seed) }
  }

  func add(_ member: PackedElement, _ score: Double) {
    member.withBytes { _ = set.set($0, to: score, limits: limits) }
  }

  /// Gives a member a score that depends on the one it has.
  func update(_ member: PackedElement, _ decide: (Double?) -> Double) {
    member.withBytes { _ = set.update($0, limits: limits) { decide($0) } }
  }

  /// Puts the set under a key, or removes the key if the set is empty, and answers the number of members.
  func store(_ context: borrowing Context, under key: Key, _ event: StaticString) {
    let count = set.count
    if count > 0 {
      context.replace(key, with: .sortedSet(finished()), event, .sortedSet)
    } else {
      set.release()
      context.removeEmptied(key, changes: 1)
    }
    context.reply.integer(count)
  }

  /// The set in the form that its size asks for.
  private func finished() -> SortedSetValue {
    guard set.packed == nil, set.count <= limits.entries else { return set }
    var longest = 0
    set.forEach { member, _ in longest = max(longest, member.length) }
    if longest > limits.valueBytes { return set }
    let small = SortedSetValue()
    set.forEach { member, score in member.withBytes { _ = small.set($0, to: score, limits: limits) } }
    set.release()
    return small
  }

  /// Answers the members, and lets the set go.
  func answer(_ reply: Reply, withScores: Bool) {
    reply.members(set.count, withScores: withScores)
    set.forEach { reply.member($0, $1, withScores: withScores) }
    set.release()
  }
}
