// CommandSet: which commands of a table, one bit each, so that asking for one is a load and a test.

struct CommandSet: Equatable {
  private var words: [UInt64]
  private let count: Int

  /// None of `count` commands, or all of them.
  init(count: Int, all: Bool = false) {
    self.count = count
    words = Array(repeating: all ? .max : 0, count: (count + 63) / 64)
    // No bits behind the last command, so that equal sets are equal.
    if all, count % 64 != 0, let last = words.indices.last { words[last] = (1 << UInt64(count % 64)) - 1 }
  }

  /// - Parameter identifier: the command's place in the table.
  @inline(__always)
  func contains(_ identifier: Int) -> Bool {
    let word = identifier >> 6
    return word < words.count && words[word] & (1 << UInt64(identifier & 63)) != 0
  }

  mutating func set(_ identifier: Int, _ isIn: Bool) {
    guard identifier >= 0 && identifier < count else { return }
    let bit: UInt64 = 1 << UInt64(identifier & 63)
    if isIn { words[identifier >> 6] |= bit } else { words[identifier >> 6] &= ~bit }
  }

  var isFull: Bool { words.reduce(0) { $0 + $1.nonzeroBitCount } == count }
}
