// CommandRecord: one command of one connection, as the ledger keeps it: what was asked, what came of it, and when.
//
// A new fact is a property here, filled in by `Ledger.begin` or `Ledger.finish`, and a field of `LedgerText`.

/// How a command came to run.
package enum CommandPlace: UInt8, Sendable, CaseIterable {
  /// By itself.
  case direct
  /// It stands behind MULTI and waits for EXEC.
  case queued
  /// EXEC runs it.
  case transaction
  /// A script calls it.
  case script
}

/// What a reply is, by its first byte and, where that says more, by its length.
package enum ReplyKind: UInt8, Sendable, CaseIterable {
  /// None yet, or none at all (CLIENT REPLY OFF).
  case none
  case simple, error, integer, bulk, null, array, map, set, push, double, boolean, bigNumber, verbatim

  /// The kind of the reply that `bytes` begin with.
  init(_ bytes: Bytes) {
    guard bytes.count > 0 else {
      self = .none
      return
    }
    let first = bytes[0]
    let isMissing = bytes.count > 1 && bytes[1] == UInt8(ascii: "-")
    switch first {
    case UInt8(ascii: "+"): self = .simple
    case UInt8(ascii: "-"), UInt8(ascii: "!"): self = .error
    case UInt8(ascii: ":"): self = .integer
    case UInt8(ascii: "$"): self = isMissing ? .null : .bulk
    case UInt8(ascii: "*"): self = isMissing ? .null : .array
    case UInt8(ascii: "%"): self = .map
    case UInt8(ascii: "~"): self = .set
    case UInt8(ascii: ">"): self = .push
    case UInt8(ascii: ","): self = .double
    case UInt8(ascii: "#"): self = .boolean
    case UInt8(ascii: "("): self = .bigNumber
    case UInt8(ascii: "="): self = .verbatim
    case UInt8(ascii: "_"): self = .null
    default: self = .none
    }
  }
}

/// One command that a connection sent, or that ran for it inside EXEC or a script.
package struct CommandRecord: Sendable {
  /// Its number on its connection, from 1; those inside EXEC and scripts bear their caller's.
  package let ordinal: Int64
  package var place: CommandPlace
  /// As `get` or `config|get`; what was sent, in lower case, if there is no such command.
  package let name: String
  /// The request as a person types it, shortened, with secrets taken out.
  package let text: String
  /// Its first key, shortened; nil if it has none.
  package let key: [UInt8]?
  package let database: Int32
  /// When it began to run, and how long its reply took, microseconds since the ledger's start. A command that waits has
  /// no `took` yet.
  package let time: Int64
  package var took: Int64?
  package var reply: ReplyKind = .none
  /// The error that it was answered with, shortened.
  package var error: String?
  /// Of the request, and of the reply.
  package let bytesReceived: Int
  package var bytesSent = 0
}
