// Ledger: what connections did, as a host program reads it. The engine's own report (`LedgerReport`) is the truth behind;
// a fact that is told here is told by LAB.LEDGER as well.

internal import UnderstudyEngine

/// What the connections of an endpoint did: how many there were, how many at once, and what each of them asked for.
///
/// Times are durations since the server's first connection, or since the first endpoint was opened.
public struct Ledger: Sendable, CustomStringConvertible {
  /// The figures of connections that belong together: one pool, as a rule.
  public struct Figures: Sendable, Hashable {
    /// The endpoint, the name (CLIENT SETNAME), the library and the user that the connections go by; empty where they
    /// are taken together.
    public let endpoint, name, library, user: String
    /// How many connections were opened, and how many of them are open.
    public let opens, open: Int
    /// The most that were open at once.
    public let peakOpen: Int
    /// The most that were busy or blocked at once: asking in the same round of the server's loop, or waiting for a reply.
    public let peakBusy: Int
    /// How many were opened while another one stood idle.
    public let openedWhileIdle: Int
    /// How many are in a blocking command now.
    public let blocked: Int
    /// How many wait for a reply now: to a script that runs on, or while another one does.
    public let busy: Int
    /// How many did nothing but introduce themselves, or ask whether the server is there.
    public let handshakeOnly: Int
    /// How many commands they sent.
    public let commands: Int
    /// How often the pool, at its largest, was opened anew: opens ÷ peak open. A good pool's is 1.
    public let turnover: Double
  }

  /// One connection.
  public struct Connection: Sendable {
    /// As CLIENT ID answers it.
    public let id: UInt64
    /// The endpoint it came in at.
    public let endpoint: String
    /// Its number among that endpoint's connections, from 1.
    public let ordinal: Int
    /// What it says of itself: CLIENT SETNAME, CLIENT SETINFO, and as whom it has authenticated.
    public let name, library, libraryVersion, user: String
    /// The version of the protocol: 2 or 3.
    public let protocolVersion: Int
    /// When it was accepted.
    public let openedAt: Duration
    /// Nil for one that is open.
    public let closedAt: Duration?
    /// How many commands it sent, those of its handshake included.
    public let commandCount: Int
    /// The commands with which it introduced itself: `hello`, `client|setname`.
    public let handshake: [String]
    /// What it left behind, or would leave now: `multi`, `watch`, `subscribed`, `database`, `tracking`, `monitor`,
    /// `reply-off`, `blocked`.
    public let stateLeft: [String]
    /// Its latest commands, oldest first.
    public let commands: [Command]
    /// How many of its replies have not come, or were lost.
    public let outstanding: Int
    /// What fault rules did to it: the first of them.
    public let faults: [Fault]
    /// Who ended it: `client`, `server` or `fault`; nil for one that is open.
    public let closedBy: String?
  }

  /// One time that a fault rule bit.
  public struct Fault: Sendable, Hashable {
    /// The rule's id, and what its action is called.
    public let rule, action: String
    /// The number of the command on its connection; 0 if it was none.
    public let ordinal: Int
    /// Whether the command ran all the same, and without error.
    public let tookEffect: Bool
    /// When.
    public let time: Duration
  }

  /// One command.
  public struct Command: Sendable, CustomStringConvertible {
    /// Its number on its connection, from 1.
    public let ordinal: Int
    /// As `get` or `config|get`.
    public let name: String
    /// The request as a person types it, shortened, with secrets taken out.
    public let text: String
    /// Its first key, shortened.
    public let key: [UInt8]?
    /// Whether a script or EXEC ran it.
    public let isInner: Bool
    /// The error that it was answered with, shortened.
    public let error: String?
    /// The command in a line, with its error if it had one.
    public var description: String { "#\(ordinal) \(text)" + (error.map { " → \($0)" } ?? "") }
  }

  /// All connections taken together.
  public let total: Figures
  /// The same by identity.
  public let identities: [Figures]
  /// The connections, in the order of their opening.
  public let connections: [Connection]
  /// How often each command ran, inside EXEC and scripts too. Commands that there are not count as `(unknown)`.
  public let executions: [String: Int]
  /// How often each script ran, by its SHA1; functions by their names.
  public let scripts: [String: Int]
  /// Connections of which only the sums are left, and executions that are not told by key: there were too many.
  public let foldedConnections, untoldExecutions: Int
  private let byKey: [String: [[UInt8]: Int]]
  /// The same as JSON.
  public let json: String

  init(_ report: LedgerReport) {
    total = Figures(report.total)
    identities = report.figures.map { Figures($0) }
    connections = report.connections.map { Connection($0) }
    executions = Dictionary(report.commands.map { ($0.name, Int($0.count)) }, uniquingKeysWith: +)
    scripts = Dictionary(report.scripts.map { ($0.name, Int($0.count)) }, uniquingKeysWith: +)
    foldedConnections = report.foldedConnections
    untoldExecutions = Int(report.untoldExecutions)
    byKey = report.executions.reduce(into: [:]) { $0[$1.name, default: [:]][$1.key, default: 0] += Int($1.count) }
    json = report.json
  }

  /// How many connections were opened, in all.
  public var opens: Int { total.opens }
  /// How many are open.
  public var open: Int { total.open }
  /// The most that were open at once.
  public var peakOpen: Int { total.peakOpen }
  /// The most that were busy or blocked at once.
  public var peakBusy: Int { total.peakBusy }
  /// How many were opened while another one stood idle.
  public var openedWhileIdle: Int { total.openedWhileIdle }
  /// How many are in a blocking command now.
  public var blocked: Int { total.blocked }
  /// Opens ÷ peak open.
  public var turnover: Double { total.turnover }

  /// How often a command ran, with a key if one is given; its name in lower case: `incrby`.
  public func executions(of command: String, key: String? = nil) -> Int {
    guard let key else { return executions[command] ?? 0 }
    return byKey[command]?[Array(key.utf8)] ?? 0
  }

  /// A table of the identities.
  public var description: String {
    let header = ["endpoint", "name", "library", "opens", "open", "peak open", "peak busy", "turnover", "opened while idle"]
    let rows = identities.map { figures in
      [
        figures.endpoint, figures.name, figures.library, "\(figures.opens)", "\(figures.open)", "\(figures.peakOpen)",
        "\(figures.peakBusy)", "\((figures.turnover * 10).rounded() / 10)", "\(figures.openedWhileIdle)",
      ]
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { row in
      row.enumerated().map { $1 + String(repeating: " ", count: widths[$0] - $1.count) }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}

extension Ledger.Figures {
  init(_ figures: LedgerFigures) {
    endpoint = figures.identity.endpoint
    name = figures.identity.name
    library = figures.identity.library
    user = figures.identity.user
    opens = figures.opens
    open = figures.open
    peakOpen = figures.peakOpen
    peakBusy = figures.peakBusy
    openedWhileIdle = figures.openedWhileIdle
    blocked = figures.blocked
    busy = figures.busy
    handshakeOnly = figures.handshakeOnly
    commands = Int(figures.commands)
    turnover = figures.turnover
  }
}

extension Ledger.Connection {
  init(_ report: ConnectionReport) {
    id = report.identifier
    endpoint = report.endpoint
    ordinal = Int(report.ordinal)
    name = report.identity.name
    library = report.identity.library
    libraryVersion = report.libraryVersion
    user = report.identity.user
    protocolVersion = report.protocolVersion
    openedAt = .microseconds(report.openedAt)
    closedAt = report.closedAt.map { .microseconds($0) }
    commandCount = Int(report.commandCount)
    handshake = report.handshake
    stateLeft = report.stateLeft.map(\.rawValue)
    commands = report.commands.map { Ledger.Command($0) }
    outstanding = report.outstanding
    closedBy = report.ending?.rawValue
    faults = report.faults.map {
      Ledger.Fault(
        rule: $0.rule, action: $0.action, ordinal: Int($0.ordinal), tookEffect: $0.tookEffect, time: .microseconds($0.time))
    }
  }
}

extension Ledger.Command {
  init(_ record: CommandRecord) {
    ordinal = Int(record.ordinal)
    name = record.name
    text = record.text
    key = record.key
    isInner = record.place == .script || record.place == .transaction
    error = record.error
  }
}
