// ZADD and ZINCRBY.

enum ZAddCommand {
  static let all = [
    Command(
      "zadd", .sortedSet, since: "1.2.0", "Adds members to a sorted set, or changes their scores.",
      complexity: "O(M*log(N)) for M members and a set of size N", arity: -4,
      flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), .oneOf("condition", [.token("NX"), .token("XX")]).optional.since("3.0.2"),
        .oneOf("comparison", [.token("GT"), .token("LT")]).optional.since("6.2.0"),
        .token("CH", name: "change").optional.since("3.0.2"),
        .token("INCR", name: "increment").optional.since("3.0.2"),
        .block("score_member", [.double("score"), .string("member")]).multiple,
      ],
      history: [
        ("2.4.0", "Takes several members."), ("3.0.2", "The options XX, NX, CH and INCR."),
        ("6.2.0", "The options GT and LT."),
      ],
      handler: zAdd),
    Command(
      "zincrby", .sortedSet, since: "1.2.0", "Adds to the score of a member.",
      complexity: "O(log(N)) where N is the size of the set", arity: 4, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .integer("increment"), .string("member")], handler: zIncrBy),
  ]

  struct Options: OptionSet {
    let rawValue: UInt8
    static let onlyNew = Options(rawValue: 1 << 0)
    static let onlyPresent = Options(rawValue: 1 << 1)
    static let onlyGreater = Options(rawValue: 1 << 2)
    static let onlyLess = Options(rawValue: 1 << 3)
    static let countsChanges = Options(rawValue: 1 << 4)
    static let increments = Options(rawValue: 1 << 5)
  }

  static func zAdd(_ context: inout Context) throws(ReplyError) {
    if context.arguments.count == 4 { return try addOne(&context) }
    try add(&context, [])
  }

  static func zIncrBy(_ context: inout Context) throws(ReplyError) { try add(&context, .increments) }

  /// One pair without options.
  @inline(__always)
  private static func addOne(_ context: inout Context) throws(ReplyError) {
    // A word in the place of the score is an option without a pair, or no number: the general form knows.
    guard let score = NumberText.parseDouble(context.arguments[2]) else { return try add(&context, []) }
    let key = context.key(1)
    let member = context.arguments[3]
    let set: SortedSetValue
    if let found = try context.mutableSortedSet(key) {
      set = found
    } else {
      set = context.makeSortedSet(key, for: member)
    }
    let change = set.set(member, to: score, limits: context.sortedSetLimits)
    if change != .none { context.touched(key, "zadd", .sortedSet) }
    context.reply.integer(change == .added ? 1 : 0)
  }

  @inline(never)
  private static func add(_ context: inout Context, _ initial: Options) throws(ReplyError) {
    let arguments = context.arguments
    var options = initial
    var first = 2
    while first < arguments.count, let option = Self.option(arguments[first]) {
      options.insert(option)
      first += 1
    }
    let count = arguments.count - first
    guard count > 0, count % 2 == 0 else { throw .syntax }
    try check(options, pairs: count / 2)
    for index in stride(from: first, to: arguments.count, by: 2) { _ = try arguments.double(index) }

    try change(&context, options, pairs: count / 2) { (index) throws(ReplyError) in
      (try arguments.double(first + index * 2), arguments[first + index * 2 + 1])
    }
  }

  /// Adds or changes members of the first key, and replies: for all commands that are a ZADD at heart.
  ///
  /// - Parameter pair: gives one of the pairs (0..<pairs). Any error it throws must have been thrown before this call.
  @inline(__always)
  static func change(
    _ context: inout Context, _ options: Options, pairs: Int,
    _ pair: (Int) throws(ReplyError) -> (score: Double, member: Bytes)
  ) throws(ReplyError) {
    let key = context.key(1)
    let set: SortedSetValue
    if let found = try context.mutableSortedSet(key) {
      set = found
    } else if options.contains(.onlyPresent) {
      return options.contains(.increments) ? context.reply.null() : context.reply.integer(0)
    } else {
      set = context.makeSortedSet(key, for: try pair(0).member)
    }
    var outcome = Outcome()
    let limits = context.sortedSetLimits
    for index in 0..<pairs {
      let (score, member) = try pair(index)
      outcome.apply(options, score, to: member, in: set, limits)
    }
    if outcome.added + outcome.updated > 0 {
      context.touched(
        key, options.contains(.increments) ? "zincr" : "zadd", .sortedSet, changes: outcome.added + outcome.updated)
    }
    if outcome.isNotANumber { throw .scoreNotANumber }
    if !options.contains(.increments) {
      return context.reply.integer(
        options.contains(.countsChanges) ? outcome.added + outcome.updated : outcome.added)
    }
    if let score = outcome.score { context.reply.double(score) } else { context.reply.null() }
  }

  private static func option(_ word: Bytes) -> Options? {
    if word.matches("NX") { return .onlyNew }
    if word.matches("XX") { return .onlyPresent }
    if word.matches("GT") { return .onlyGreater }
    if word.matches("LT") { return .onlyLess }
    if word.matches("CH") { return .countsChanges }
    if word.matches("INCR") { return .increments }
    return nil
  }

  private static func check(_ options: Options, pairs: Int) throws(ReplyError) {
    if options.isSuperset(of: [.onlyNew, .onlyPresent]) { throw .onlyNewAndPresent }
    let exclusive: Options = [.onlyNew, .onlyGreater, .onlyLess]
    if options.intersection(exclusive).rawValue.nonzeroBitCount > 1 { throw .greaterLessAndNew }
    if options.contains(.increments) && pairs > 1 { throw .incrementOfOne }
  }

  private struct Outcome {
    var added = 0
    var updated = 0
    /// The score of the last member that the options let through.
    var score: Double?
    var isNotANumber = false

    mutating func apply(
      _ options: Options, _ given: Double, to member: Bytes, in set: SortedSetValue, _ limits: PackedLimits
    ) {
      var result: Double?
      var isNotANumber = false
      let change = set.update(member, limits: limits) { old in
        guard let old else {
          result = options.contains(.onlyPresent) ? nil : given
          return result
        }
        if options.contains(.onlyNew) { return nil }
        let new = options.contains(.increments) ? old + given : given
        if new.isNaN {
          isNotANumber = true
          return nil
        }
        if options.contains(.onlyLess) && new >= old || options.contains(.onlyGreater) && new <= old { return nil }
        result = new
        // An equal score is no change, not even a zero of the other sign.
        return new == old ? nil : new
      }
      score = result
      self.isNotANumber = isNotANumber
      switch change {
      case .added: added += 1
      case .updated: updated += 1
      case .none: break
      }
    }
  }
}
