// SlowLog: the calls that took longest, newest first. See Observation.swift for when calls are measured.

struct SlowLog {
  struct Entry {
    let identifier: Int64
    /// Data clock.
    let seconds: Int64
    /// Microseconds.
    let cost: Int64
    let arguments: [[UInt8]]
    let address: String
    let name: [UInt8]
  }

  /// Oldest first.
  private var items: [Entry] = []
  private var nextIdentifier: Int64 = 0

  var count: Int { items.count }

  /// The newest entries, newest first.
  func newest(_ count: Int) -> [Entry] { items.suffix(count).reversed() }

  mutating func add(
    _ arguments: [[UInt8]], cost: Int64, seconds: Int64, address: String, name: [UInt8], limit: Int
  ) {
    items.append(
      Entry(
        identifier: nextIdentifier, seconds: seconds, cost: cost, arguments: arguments, address: address, name: name))
    nextIdentifier += 1
    trim(to: limit)
  }

  mutating func trim(to limit: Int) {
    if items.count > limit { items.removeFirst(items.count - max(0, limit)) }
  }

  mutating func removeAll() { items.removeAll() }

  /// How a call is kept: 32 arguments, 128 bytes of each, and how much was left out.
  static func shown(_ arguments: [[UInt8]]) -> [[UInt8]] {
    var shown = arguments.prefix(32).map { argument in
      guard argument.count > 128 else { return argument }
      return argument.prefix(128) + Array("... (\(argument.count - 128) more bytes)".utf8)
    }
    if arguments.count > 32 { shown[31] = Array("... (\(arguments.count - 31) more arguments)".utf8) }
    return shown
  }
}
