// ConnectionFault: what a fault rule did to a connection, as the ledger keeps it.

package struct ConnectionFault: Sendable, Hashable {
  /// How many of a connection's are kept, the latest.
  static let limit = 64

  /// Microseconds since the ledger's start.
  package let time: Int64
  package let rule: String
  package let action: String
  /// The number of the command on its connection; 0 if it was none.
  package let ordinal: Int64
  /// Whether the command ran all the same, and without error.
  package let tookEffect: Bool

  package func write(to json: inout JSONText) {
    json.member("time", time)
    json.member("rule", rule)
    json.member("action", action)
    json.member("ordinal", ordinal)
    json.member("tookEffect", tookEffect)
  }
}
