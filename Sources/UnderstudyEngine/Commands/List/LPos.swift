// LPOS.

enum LPosCommand {
  static let command = Command(
    "lpos", .list, since: "6.0.6", "Finds where an element stands in a list.",
    complexity: "O(N) where N is the number of elements compared", arity: -3, flags: [.readOnly],
    keys: [.key(1, [.readOnly, .access])],
    arguments: [
      .key(), .string("element"), .integer("rank", token: "RANK").optional,
      .integer("num-matches", token: "COUNT").optional, .integer("len", token: "MAXLEN").optional,
    ],
    handler: lPos)

  static func lPos(_ context: inout Context) throws(ReplyError) {
    var rank: Int64 = 1
    var count: Int64?
    var maximumLength: Int64 = 0
    var cursor = ArgumentCursor(context.arguments, from: 3)
    while !cursor.isAtEnd {
      if cursor.match("RANK", followedBy: 1) {
        rank = cursor.integer()
        if rank == 0 { cursor.fail(.rankZero) }
        if rank == .min && context.engine.emulates72 { cursor.fail(.notWithinLong) }
      } else if cursor.match("COUNT", followedBy: 1) {
        let value = cursor.integer(.negativeCount)
        if value < 0 { cursor.fail(.negativeCount) }
        count = value
      } else if cursor.match("MAXLEN", followedBy: 1) {
        maximumLength = cursor.integer(.negativeMaximumLength)
        if maximumLength < 0 { cursor.fail(.negativeMaximumLength) }
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    let reply = context.reply
    guard let list = try context.list(context.key(1)) else {
      return count == nil ? reply.null() : reply.emptyArray()
    }
    let search = Search(list, context.arguments[2], rank: rank, maximumLength: maximumLength)
    if let count {
      reply.deferred({ $0.array($1) }) {
        var found = 0
        search.forEach(atMost: count == 0 ? .max : count) {
          reply.integer($0)
          found &+= 1
        }
        return found
      }
    } else {
      var first: Int?
      search.forEach(atMost: 1) { first = $0 }
      if let first { reply.integer(first) } else { reply.null() }
    }
  }

  /// A walk over the elements that equal a value.
  private struct Search {
    let list: ListValue
    let value: Bytes
    let isForward: Bool
    /// How many matches are passed over.
    let skipped: Int64
    /// How many elements are looked at.
    let lookedAt: Int

    init(_ list: ListValue, _ value: Bytes, rank: Int64, maximumLength: Int64) {
      self.list = list
      self.value = value
      isForward = rank > 0
      skipped = rank == .min ? 0 : abs(rank) &- 1
      lookedAt = maximumLength == 0 ? list.count : Int(min(maximumLength, Int64(list.count)))
    }

    /// Lends the indices of matches, counted from the head, in the order of the walk.
    func forEach(atMost limit: Int64, _ body: (Int) -> Void) {
      guard var cursor = list.cursor(at: isForward ? 0 : -1, forward: isForward) else { return }
      let count = list.count
      var matches: Int64 = 0
      for step in 0..<lookedAt {
        guard let element = cursor.next() else { return }
        guard element.equals(value) else { continue }
        matches &+= 1
        if matches <= skipped { continue }
        body(isForward ? step : count &- 1 &- step)
        if matches &- skipped >= limit { return }
      }
    }
  }
}
