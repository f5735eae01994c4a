// ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD. Plain sets may be among the operands: each of their members
// has the score 1.

enum ZUnionCommand {
  static let all = [
    Command(
      "zunion", .sortedSet, since: "6.2.0", "Answers the members that any of the sorted sets has.",
      complexity: "O(N)+O(M*log(M)) for sets of N members together, and M members answered", arity: -3,
      flags: [.readOnly, .movableKeys], keys: [.counted(at: 1, [.readOnly, .access])],
      arguments: [
        .integer("numkeys"), .key().multiple, .integer("weight", token: "WEIGHTS").optional.multiple,
        .oneOf("aggregate", token: "AGGREGATE", [.token("SUM"), .token("MIN"), .token("MAX")]).optional,
        .token("WITHSCORES").optional,
      ],
      handler: zUnion),
    Command(
      "zinter", .sortedSet, since: "6.2.0", "Answers the members that all of the sorted sets share.",
      complexity: "O(N*K)+O(M*log(M)) for K sets of which the smallest has N members, and M members answered",
      arity: -3, flags: [.readOnly, .movableKeys], keys: [.counted(at: 1, [.readOnly, .access])],
      arguments: [
        .integer("numkeys"), .key().multiple, .integer("weight", token: "WEIGHTS").optional.multiple,
        .oneOf("aggregate", token: "AGGREGATE", [.token("SUM"), .token("MIN"), .token("MAX")]).optional,
        .token("WITHSCORES").optional,
      ],
      handler: zInter),
    Command(
      "zdiff", .sortedSet, since: "6.2.0",
      "Answers the members of the first sorted set that none of the others has.",
      complexity: "O(L + (N-K)*log(N)) for L members in all, N in the first set and K answered", arity: -3,
      flags: [.readOnly, .movableKeys], keys: [.counted(at: 1, [.readOnly, .access])],
      arguments: [.integer("numkeys"), .key().multiple, .token("WITHSCORES").optional], handler: zDiff),
    Command(
      "zunionstore", .sortedSet, since: "2.0.0", "Stores the members that any of the sorted sets has.",
      complexity: "O(N)+O(M*log(M)) for sets of N members together, and M members stored", arity: -4,
      flags: [.write, .denyOOM, .movableKeys],
      keys: [.key(1, [.overwrite, .update]), .counted(at: 2, [.readOnly, .access])],
      arguments: [
        .key("destination"), .integer("numkeys"), .key(spec: 1).multiple,
        .integer("weight", token: "WEIGHTS").optional.multiple,
        .oneOf("aggregate", token: "AGGREGATE", [.token("SUM"), .token("MIN"), .token("MAX")]).optional,
      ],
      handler: zUnionStore),
    Command(
      "zinterstore", .sortedSet, since: "2.0.0", "Stores the members that all of the sorted sets share.",
      complexity: "O(N*K)+O(M*log(M)) for K sets of which the smallest has N members, and M members stored",
      arity: -4, flags: [.write, .denyOOM, .movableKeys],
      keys: [.key(1, [.overwrite, .update]), .counted(at: 2, [.readOnly, .access])],
      arguments: [
        .key("destination"), .integer("numkeys"), .key(spec: 1).multiple,
        .integer("weight", token: "WEIGHTS").optional.multiple,
        .oneOf("aggregate", token: "AGGREGATE", [.token("SUM"), .token("MIN"), .token("MAX")]).optional,
      ],
      handler: zInterStore),
    Command(
      "zdiffstore", .sortedSet, since: "6.2.0",
      "Stores the members of the first sorted set that none of the others has.",
      complexity: "O(L + (N-K)*log(N)) for L members in all, N in the first set and K stored", arity: -4,
      flags: [.write, .denyOOM, .movableKeys],
      keys: [.key(1, [.overwrite, .update]), .counted(at: 2, [.readOnly, .access])],
      arguments: [.key("destination"), .integer("numkeys"), .key(spec: 1).multiple], handler: zDiffStore),
    Command(
      "zintercard", .sortedSet, since: "7.0.0", "Counts the members that all of the sorted sets share.",
      complexity: "O(N*K) for K sets of which the smallest has N members", arity: -3,
      flags: [.readOnly, .movableKeys], keys: [.counted(at: 1, [.readOnly, .access])],
      arguments: [.integer("numkeys"), .key().multiple, .integer("limit", token: "LIMIT").optional],
      handler: zInterCard),
  ]

  static func zUnion(_ context: inout Context) throws(ReplyError) { try answer(&context, .union) }
  static func zInter(_ context: inout Context) throws(ReplyError) { try answer(&context, .intersection) }
  static func zDiff(_ context: inout Context) throws(ReplyError) { try answer(&context, .difference) }
  static func zUnionStore(_ context: inout Context) throws(ReplyError) { try store(&context, .union, "zunionstore") }
  static func zInterStore(_ context: inout Context) throws(ReplyError) {
    try store(&context, .intersection, "zinterstore")
  }
  static func zDiffStore(_ context: inout Context) throws(ReplyError) {
    try store(&context, .difference, "zdiffstore")
  }

  private static func answer(_ context: inout Context, _ kind: SetCombination.Kind) throws(ReplyError) {
    guard let call = try SetCombination(context, kind, countAt: 1, .answer) else { return }
    call.result(context).answer(context.reply, withScores: call.withScores)
  }

  private static func store(
    _ context: inout Context, _ kind: SetCombination.Kind, _ event: StaticString
  ) throws(ReplyError) {
    guard let call = try SetCombination(context, kind, countAt: 2, .store) else { return }
    call.result(context).store(context, under: context.key(1), event)
  }

  static func zInterCard(_ context: inout Context) throws(ReplyError) {
    guard let call = try SetCombination(context, .intersection, countAt: 1, .count) else { return }
    var count: Int64 = 0
    call.forEachShared { _, _ in
      count &+= 1
      return count != call.limit
    }
    context.reply.integer(count)
  }
}

/// A union, intersection or difference of sets and sorted sets, read and ready to be carried out.
struct SetCombination {
  enum Kind { case union, intersection, difference }
  enum Purpose { case answer, store, count }
  private enum Aggregate { case sum, minimum, maximum }

  /// A set or sorted set with its weight.
  private struct Operand {
    enum Value {
      case none
      case set(SetValue)
      case sortedSet(SortedSetValue)
    }
    let value: Value
    var weight = 1.0

    var count: Int {
      switch value {
      case .none: 0
      case .set(let set): set.count
      case .sortedSet(let set): set.count
      }
    }

    func score(of member: PackedElement) -> Double? {
      switch value {
      case .none: nil
      case .set(let set): set.contains(member) ? 1 : nil
      case .sortedSet(let set): member.withBytes { set[$0] }
      }
    }

    /// Lends members and scores to `body` until it answers false.
    func forEach(_ body: (PackedElement, Double) -> Bool) {
      var goesOn = true
      switch value {
      case .none: break
      case .set(let set): set.forEach { if goesOn { goesOn = body($0, 1) } }
      case .sortedSet(let set): set.forEach { if goesOn { goesOn = body($0, $1) } }
      }
    }
  }

  private let kind: Kind
  private var operands: [Operand] = []
  private var aggregate = Aggregate.sum
  private(set) var withScores = false
  /// The LIMIT of ZINTERCARD; 0 means none.
  private(set) var limit: Int64 = 0

  /// Nil if the error has been replied.
  init?(
    _ context: borrowing Context, _ kind: Kind, countAt position: Int, _ purpose: Purpose
  ) throws(ReplyError) {
    self.kind = kind
    let arguments = context.arguments
    let count = try arguments.integer(position)
    if count < 1 {
      context.fail("ERR at least 1 input key is needed for '\(context.commandName)' command")
      return nil
    }
    if count > Int64(arguments.count - position - 1) { throw .syntax }
    let keys = position + 1..<position + 1 + Int(count)
    for index in keys {
      let entry = context.read(context.key(index))
      switch entry?.kind {
      case nil: operands.append(Operand(value: .none))
      case .set: operands.append(Operand(value: entry.map { .set($0.set) } ?? .none))
      case .sortedSet: operands.append(Operand(value: entry.map { .sortedSet($0.sortedSet) } ?? .none))
      default: throw .wrongType
      }
    }
    try readOptions(arguments, from: keys.upperBound, purpose)
    // The smallest first: fewer members to look up. (It also decides in which order scores are added.)
    if kind != .difference { operands.sort { $0.count < $1.count } }
  }

  private mutating func readOptions(
    _ arguments: Arguments, from position: Int, _ purpose: Purpose
  ) throws(ReplyError) {
    var cursor = ArgumentCursor(arguments, from: position)
    let combinesScores = kind != .difference && purpose != .count
    while !cursor.isAtEnd {
      if combinesScores && cursor.match("WEIGHTS", followedBy: operands.count) {
        for index in operands.indices { operands[index].weight = cursor.double(.weightNotAFloat) }
      } else if combinesScores && cursor.match("AGGREGATE", followedBy: 1) {
        if cursor.match("SUM") {
          aggregate = .sum
        } else if cursor.match("MIN") {
          aggregate = .minimum
        } else if cursor.match("MAX") {
          aggregate = .maximum
        } else {
          cursor.fail(.syntax)
        }
      } else if purpose == .answer && cursor.match("WITHSCORES") {
        withScores = true
      } else if purpose == .count && cursor.match("LIMIT", followedBy: 1) {
        limit = cursor.integer(.negativeLimit)
        if limit < 0 { cursor.fail(.negativeLimit) }
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
  }

  /// The result as a set of its own.
  func result(_ context: borrowing Context) -> SortedSetBuilder {
    let result = SortedSetBuilder(context, isLarge: true)
    switch kind {
    case .union:
      for operand in operands {
        operand.forEach { member, score in
          let weighted = Self.weighted(score, operand.weight)
          result.update(member) { old in old.map { combine($0, weighted) } ?? weighted }
          return true
        }
      }
    case .intersection:
      forEachShared { member, score in
        result.add(member, score)
        return true
      }
    case .difference:
      let others = operands.dropFirst()
      operands[0].forEach { member, score in
        if !others.contains(where: { $0.score(of: member) != nil }) { result.add(member, score) }
        return true
      }
    }
    return result
  }

  /// Lends the members that all operands have, with their combined scores, to `body` until it answers false.
  func forEachShared(_ body: (PackedElement, Double) -> Bool) {
    let others = operands.dropFirst()
    operands[0].forEach { member, score in
      var combined = Self.weighted(score, operands[0].weight)
      for other in others {
        guard let score = other.score(of: member) else { return true }
        combined = combine(combined, score * other.weight)
      }
      return body(member, combined)
    }
  }

  /// Zero times infinity counts as zero.
  private static func weighted(_ score: Double, _ weight: Double) -> Double {
    let product = score * weight
    return product.isNaN ? 0 : product
  }

  private func combine(_ left: Double, _ right: Double) -> Double {
    switch aggregate {
    case .sum:
      // Infinities of opposite signs cancel out.
      let sum = left + right
      return sum.isNaN ? 0 : sum
    case .minimum: return right < left ? right : left
    case .maximum: return right > left ? right : left
    }
  }
}
