// FaultRule: what a person asks for: which commands of which connections, at which stage of their way, and what is to go
// wrong there. A plain value; what it means for a running server is `ActiveFault`.
//
// To extend: an action is a case of `FaultAction`, a row in `FaultAction.stages`, its words in FaultParser.swift and its
// deed in Dispatcher+Faults.swift; a stage is a case of `FaultStage` and a place that asks `EngineState.fire`.

/// Where on a request's way a rule bites.
package enum FaultStage: Sendable, Hashable {
  /// A connection is accepted, or would be.
  case accept
  /// The client says its first words of TLS.
  case tls
  /// A command with which a client introduces itself (HELLO, AUTH, CLIENT SETINFO …), before its first other one.
  case handshake
  /// A command has been read and is about to run.
  case beforeExecution
  /// It has run, and its reply is about to leave.
  case afterExecution
  /// So many bytes of its reply leave as they should.
  case replyByte(Int)
  /// The connection has had nothing to do for so many milliseconds since its latest command, or since it was opened.
  case idle(milliseconds: Int64)
  /// The server sends something that was not asked for: a message, an invalidation.
  case push

  /// The stage without its number.
  package enum Kind: String, Sendable, CaseIterable {
    case accept, tls, handshake, beforeExecution, afterExecution, replyByte, idle, push
  }

  package var kind: Kind {
    switch self {
    case .accept: .accept
    case .tls: .tls
    case .handshake: .handshake
    case .beforeExecution: .beforeExecution
    case .afterExecution: .afterExecution
    case .replyByte: .replyByte
    case .idle: .idle
    case .push: .push
    }
  }
}

/// Where a redirection sends a client.
package enum FaultTarget: Sendable, Hashable {
  /// The endpoint of that name, wherever it listens.
  case endpoint(String)
  /// As it is, unless an endpoint is called so.
  case address(String)

  var text: String {
    switch self {
    case .endpoint(let text), .address(let text): text
    }
  }
}

/// What goes wrong.
package enum FaultAction: Sendable, Hashable {
  /// The listener is closed, so that the system refuses whoever connects, until the rule ends.
  case refuse
  /// The connection is closed in good order; what it waits for never comes.
  case close
  /// The connection is reset (RST).
  case reset
  /// The server's side is shut: the client reads an end, and may still send.
  case halfClose
  /// Nothing more is read of the connection, and nothing answered; it stays open.
  case hang
  /// What is to happen happens so much later, and up to `jitter` more.
  case delay(milliseconds: Int64, jitter: Int64)
  /// The reply leaves in pieces of so many bytes, one every so many milliseconds.
  case drip(bytes: Int, milliseconds: Int64)
  /// Only the first bytes of the reply are sent, and the connection goes on.
  case truncate(Int)
  /// These bytes are sent instead, whatever they are.
  case raw([UInt8])
  /// This error is sent instead.
  case error(String)
  /// This reply, in RESP, is sent instead.
  case substitute([UInt8])
  /// This reply, in RESP, is sent as well.
  case surplus([UInt8])
  /// Nothing is sent, and the connection goes on.
  case drop
  /// This push is sent, as an array of texts.
  case push([String])
  /// The reply changes places with that of the connection's next command.
  case swap
  /// The whole endpoint stands still for so long.
  case pause(milliseconds: Int64)
  /// MOVED to, or ASK at, another address.
  case redirect(isAsk: Bool, FaultTarget)
  /// The server plays one that is a replica, or that loads its data.
  case role(Role)

  package enum Role: String, Sendable, CaseIterable { case replica, loading }

  /// What the action is called.
  package var name: String {
    switch self {
    case .refuse: "refuse"
    case .close: "close"
    case .reset: "reset"
    case .halfClose: "halfClose"
    case .hang: "hang"
    case .delay: "delay"
    case .drip: "drip"
    case .truncate: "truncate"
    case .raw: "raw"
    case .error: "error"
    case .substitute: "substitute"
    case .surplus: "surplus"
    case .drop: "drop"
    case .push: "push"
    case .swap: "swap"
    case .pause: "pause"
    case .redirect: "redirect"
    case .role: "role"
    }
  }

  /// The stages at which the action makes sense.
  package var stages: Set<FaultStage.Kind> {
    switch self {
    case .refuse: [.accept]
    case .close, .reset, .hang:
      [.accept, .tls, .handshake, .beforeExecution, .afterExecution, .replyByte, .idle, .push]
    case .halfClose: [.accept, .handshake, .beforeExecution, .afterExecution, .replyByte, .idle, .push]
    case .delay: [.accept, .tls, .handshake, .beforeExecution, .afterExecution, .replyByte, .push]
    case .drip: [.accept, .afterExecution, .replyByte, .push]
    case .truncate: [.afterExecution, .push]
    case .raw: [.accept, .tls, .handshake, .beforeExecution, .afterExecution, .replyByte, .idle, .push]
    case .error: [.accept, .handshake, .beforeExecution, .afterExecution]
    case .substitute: [.handshake, .beforeExecution, .afterExecution]
    case .surplus: [.handshake, .beforeExecution, .afterExecution, .idle, .push]
    case .drop: [.handshake, .beforeExecution, .afterExecution, .replyByte, .push]
    case .push: [.handshake, .beforeExecution, .afterExecution, .idle]
    case .swap: [.afterExecution]
    case .pause: [.accept, .handshake, .beforeExecution, .afterExecution, .idle]
    case .redirect: [.beforeExecution]
    case .role: [.handshake, .beforeExecution]
    }
  }
}

/// Which commands of which connections a rule is about. What is nil matches all.
package struct FaultMatcher: Sendable, Hashable {
  package var endpoint: String?
  /// Names as `get` or `config|get`; a container stands for its subcommands.
  package var commands: [String] = []
  package var families: [CommandFamily] = []
  package var groups: [String] = []
  /// Flags that a command must have, and must not have, as COMMAND INFO calls them.
  package var flags: [String] = []
  package var missingFlags: [String] = []
  /// A pattern that one of the command's keys fits.
  package var key: [UInt8]?
  /// Patterns for CLIENT SETNAME and the library's name.
  package var clientName: [UInt8]?
  package var library: [UInt8]?
  package var user: String?
  /// The number of the connection among its endpoint's, from 1.
  package var connection: Int64?
  package var database: Int32?

  package init() {}

  /// Whether it says anything of a command.
  var namesCommands: Bool {
    !(commands.isEmpty && families.isEmpty && groups.isEmpty && flags.isEmpty && missingFlags.isEmpty)
  }

  /// Whether it says anything that is known only when a client has introduced itself, or asks for something.
  var needsSession: Bool {
    namesCommands || key != nil || clientName != nil || library != nil || user != nil || database != nil
  }
}

package struct FaultRule: Sendable {
  package let id: String
  package var matcher: FaultMatcher
  package let stage: FaultStage
  package let action: FaultAction
  /// How many matches pass before it bites.
  package var after: Int64 = 0
  /// How often it bites, at most.
  package var times: Int64?
  package var probability = 1.0
  /// Whether it counts over all connections, and not on each.
  package var isShared = false
  /// How long it holds, milliseconds of the wait clock.
  package var duration: Int64?
  /// The preset that it belongs to.
  package var group: String?
  /// Whether it was added only to look: nobody minds that it never bites.
  package var isProbe = false

  package init(_ id: String, _ matcher: FaultMatcher = FaultMatcher(), _ stage: FaultStage, _ action: FaultAction) {
    self.id = id
    self.matcher = matcher
    self.stage = stage
    self.action = action
  }
}

/// Why a rule, a preset or a quota was not taken.
package struct FaultRefusal: Error, Sendable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}
