// LCS: the longest common subsequence of two strings.
//
// The usual table of lengths, of which only two rows are kept: the way back needs but one bit a cell, whether
// the length above is greater than the one to the left.

enum LCSCommand {
  static let command = Command(
    "lcs", .string, since: "7.0.0", "Finds the longest common subsequence of two strings.",
    complexity: "O(N*M) for strings of N and M bytes.", arity: -3, flags: .readOnly,
    keys: [.keys(from: 1, last: 1, [.readOnly, .access])],
    arguments: [
      .key("key1"), .key("key2"), .token("LEN").optional, .token("IDX").optional,
      .integer("len", token: "MINMATCHLEN").optional, .token("WITHMATCHLEN").optional,
    ],
    handler: lcs)

  private struct Options {
    var wantsLength = false
    var wantsRanges = false
    var withLengths = false
    var minimum: Int64 = 0

    init(_ arguments: Arguments) throws(ReplyError) {
      var cursor = ArgumentCursor(arguments, from: 3)
      while !cursor.isAtEnd {
        if cursor.match("IDX") {
          wantsRanges = true
        } else if cursor.match("LEN") {
          wantsLength = true
        } else if cursor.match("WITHMATCHLEN") {
          withLengths = true
        } else if cursor.match("MINMATCHLEN", followedBy: 1) {
          minimum = max(cursor.integer(), 0)
        } else {
          throw .syntax
        }
      }
      try cursor.check()
      if wantsLength && wantsRanges { throw .lengthAndRanges }
    }
  }

  static func lcs(_ context: inout Context) throws(ReplyError) {
    // Both keys are looked up before the kind of either is.
    let (one, other) = (context.read(context.key(1)), context.read(context.key(2)))
    let (first, second) = (try text(one), try text(other))
    let options = try Options(context.arguments)
    // The bound is that of the real server, which keeps four bytes a cell.
    let (cells, overflow) = (first.count + 1).multipliedReportingOverflow(by: second.count + 1)
    if overflow || cells > context.engine.configuration.maximumBulkLength / 4 { throw .subsequenceTooLong }
    let table = CommonSubsequence(first, second, keepsWay: !options.wantsLength)
    if options.wantsLength { return context.reply.integer(table.length) }
    guard options.wantsRanges else { return table.text.withBytes { context.reply.bulk($0) } }
    let matches = table.matches.filter { $0.count >= options.minimum }
    let reply = context.reply
    reply.map(2)
    reply.bulk(Bytes("matches"))
    reply.array(matches.count)
    for match in matches {
      reply.array(options.withLengths ? 3 : 2)
      for start in [match.first, match.second] {
        reply.array(2)
        reply.integer(start)
        reply.integer(start + match.count - 1)
      }
      if options.withLengths { reply.integer(match.count) }
    }
    reply.bulk(Bytes("len"))
    reply.integer(table.length)
  }

  /// A copy of a string, empty if there is none.
  private static func text(_ entry: Entry?) throws(ReplyError) -> [UInt8] {
    guard let entry else { return [] }
    if entry.kind.isContainer { throw .stringsOnly }
    return try entry.withString { $0.copied() }
  }
}

/// The longest common subsequence of two strings, and how it was found.
private struct CommonSubsequence {
  struct Match {
    var first: Int
    var second: Int
    var count: Int
  }

  private let first: [UInt8]
  private let second: [UInt8]
  /// A bit for each pair of positions: whether the way back goes up rather than left where the bytes differ.
  private var goesUp: [UInt64] = []
  private(set) var length = 0

  init(_ first: [UInt8], _ second: [UInt8], keepsWay: Bool) {
    self.first = first
    self.second = second
    if keepsWay { goesUp = Array(repeating: 0, count: (first.count * second.count + 63) / 64) }
    var above: [UInt32] = Array(repeating: 0, count: second.count + 1)
    var row = above
    for (line, byte) in first.enumerated() {
      for column in second.indices {
        if byte == second[column] {
          row[column + 1] = above[column] + 1
          continue
        }
        let isUp = above[column + 1] > row[column]
        row[column + 1] = isUp ? above[column + 1] : row[column]
        if isUp && keepsWay {
          let cell = line * second.count + column
          goesUp[cell / 64] |= 1 << UInt64(cell % 64)
        }
      }
      swap(&above, &row)
    }
    length = Int(above[second.count])
  }

  /// The way back, from the end: each step is a pair of positions with equal bytes.
  private func walk(_ body: (_ first: Int, _ second: Int) -> Void) {
    var line = first.count
    var column = second.count
    while line > 0 && column > 0 {
      let cell = (line - 1) * second.count + column - 1
      if first[line - 1] == second[column - 1] {
        line -= 1
        column -= 1
        body(line, column)
      } else if goesUp[cell / 64] & 1 << UInt64(cell % 64) != 0 {
        line -= 1
      } else {
        column -= 1
      }
    }
  }

  /// The subsequence itself.
  var text: [UInt8] {
    var reversed: [UInt8] = []
    reversed.reserveCapacity(length)
    walk { line, _ in reversed.append(first[line]) }
    return reversed.reversed()
  }

  /// Its parts that are contiguous in both strings, from the last to the first.
  var matches: [Match] {
    var found: [Match] = []
    walk { line, column in
      if let last = found.last, last.first == line + 1 && last.second == column + 1 {
        found[found.count - 1] = Match(first: line, second: column, count: last.count + 1)
      } else {
        found.append(Match(first: line, second: column, count: 1))
      }
    }
    return found
  }
}
