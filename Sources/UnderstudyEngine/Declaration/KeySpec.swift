// KeySpec: where a command's keys stand among its arguments, in the terms of Redis's key specifications (begin search,
// find keys). COMMAND INFO, COMMAND GETKEYS, first/last/step and the prefetch of the pipelined window come from it.

/// One group of keys of a command.
package struct KeySpec: Sendable {
  /// How to find the first argument to look at.
  package enum BeginSearch: Sendable {
    case index(Int)
    /// Behind a keyword, searched from a position (negative: from the end, backwards).
    case keyword(StaticString, from: Int)
    case unknown
  }

  /// How keys follow from there.
  package enum FindKeys: Sendable {
    /// Up to `last` (relative to the first; negative: from the end), every `step`-th; `limit` 2 means half of the rest.
    case range(last: Int, step: Int, limit: Int)
    /// A count stands at `at`, keys begin at `first` (both relative), every `step`-th.
    case count(at: Int, first: Int, step: Int)
    case unknown
  }

  /// What is done with the keys; the names are Redis's.
  package struct Access: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let readOnly = Access(rawValue: 1 << 0)
    package static let readWrite = Access(rawValue: 1 << 1)
    package static let overwrite = Access(rawValue: 1 << 2)
    package static let remove = Access(rawValue: 1 << 3)
    package static let access = Access(rawValue: 1 << 4)
    package static let update = Access(rawValue: 1 << 5)
    package static let insert = Access(rawValue: 1 << 6)
    package static let delete = Access(rawValue: 1 << 7)
    package static let notKey = Access(rawValue: 1 << 8)
    package static let incomplete = Access(rawValue: 1 << 9)
    package static let variableFlags = Access(rawValue: 1 << 10)

    static let names: [(Access, StaticString)] = [
      (.readWrite, "RW"), (.readOnly, "RO"), (.overwrite, "OW"), (.remove, "RM"), (.access, "access"),
      (.update, "update"), (.insert, "insert"), (.delete, "delete"), (.notKey, "not_key"),
      (.incomplete, "incomplete"), (.variableFlags, "variable_flags"),
    ]
  }

  package let access: Access
  package let begin: BeginSearch
  package let find: FindKeys
  package let notes: String?

  package init(_ access: Access, _ begin: BeginSearch, _ find: FindKeys, notes: String? = nil) {
    self.access = access
    self.begin = begin
    self.find = find
    self.notes = notes
  }

  /// One key at `index`.
  package static func key(_ index: Int, _ access: Access) -> KeySpec {
    KeySpec(access, .index(index), .range(last: 0, step: 1, limit: 0))
  }

  /// Keys from `index` to `last` (negative: counted from the end), every `step`-th.
  package static func keys(from index: Int, last: Int = -1, step: Int = 1, _ access: Access) -> KeySpec {
    KeySpec(access, .index(index), .range(last: last, step: step, limit: 0))
  }

  /// As many keys as the argument at `index` says, right behind it.
  package static func counted(at index: Int, _ access: Access) -> KeySpec {
    KeySpec(access, .index(index), .count(at: 0, first: 1, step: 1))
  }

  /// The positions of the keys in a call of `count` arguments; nil if the call is malformed. `argument` reads one.
  func positions(count: Int, argument: (Int) -> Bytes) -> [Int]? {
    let first: Int
    switch begin {
    case .index(let index): first = index
    case .keyword(let keyword, let from):
      var position = from > 0 ? from : count + from
      let direction = from > 0 ? 1 : -1
      // A keyword that ends the call has no key behind it.
      let end = count - 1
      while position > 0 && position < end {
        if argument(position).matches(keyword) { break }
        position += direction
      }
      guard position > 0 && position < end else { return [] }
      first = position + 1
    case .unknown: return nil
    }
    guard first < count else { return nil }
    var lastIndex: Int
    var step: Int
    var start = first
    switch find {
    case .range(let last, let rangeStep, let limit):
      step = rangeStep
      if last >= 0 {
        lastIndex = first + last
      } else if limit <= 1 {
        lastIndex = count + last
      } else {
        lastIndex = first + (count - first) / limit + last
      }
    case .count(let at, let offset, let countStep):
      guard first + at < count, let number = NumberText.parseInt64(argument(first + at)), number >= 0,
        number <= Int64(count)
      else { return nil }
      step = countStep
      start = first + offset
      lastIndex = start + (Int(number) - 1) * step
    case .unknown: return nil
    }
    if lastIndex >= count || lastIndex < start { return nil }
    step = max(step, 1)
    var result: [Int] = []
    while start <= lastIndex {
      result.append(start)
      start += step
    }
    return result
  }
}
