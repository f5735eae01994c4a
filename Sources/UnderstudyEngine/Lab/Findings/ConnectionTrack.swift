// ConnectionTrack: what the rules remember of one connection between two commands. It hangs in the connection's ledger
// record, lives as long as that does, and is there only where every command is written down.
//
// A rule that has to remember something of a connection keeps it here; what it remembers across connections stands in its
// group's state (`FindingsState`).

final class ConnectionTrack {
  /// A write that ran, for the rule that looks for its coming again.
  struct Write {
    let ordinal: Int64
    let fingerprint: UInt64
    let isIdempotent: Bool
    let text: String
    let key: [UInt8]?
  }

  /// A run of round trips of one shape.
  struct Row {
    var shape = ""
    var first: Int64 = 0
    var count = 0
    var fingerprints: Set<UInt64> = []
    var lastEnd: Int64 = 0
    /// Time between a reply and the next request, in all.
    var waited: Int64 = 0
  }

  let endpoint: String
  /// Where writes go whose replies are lost.
  let lost: LostWrites?

  // Transactions.
  /// The keys under WATCH, with the WATCH that did it.
  var watches: [(key: [UInt8], ordinal: Int64)] = []
  /// The own write that dirtied them.
  var selfDirtier: (ordinal: Int64, name: String)?

  // Bursts: commands that came without waiting for replies.
  var burst = 0
  var burstStart: Int64 = 0
  var burstErrors = 0
  var burstBytes = 0
  /// How many bursts there were: two commands of one burst were sent together.
  var burstNumber = 0

  // Round trips.
  var row = Row()

  // Replies.
  /// The latest writes, for a fault that loses their replies.
  var writes: [Write] = []
  /// The first command whose reply a fault has lost.
  var lostFrom: Int64?
  /// The first command whose reply a fault keeps back, or has dropped, and since which burst.
  var missingReply: (ordinal: Int64, burst: Int)?
  /// A fault has sent a reply that nobody asked for, in this burst.
  var surplusReply: Int?
  /// Since when it waits for a server that hangs; ledger time.
  var hangingSince: Int64?

  // Marks.
  var checkedOutAt: Int64?
  var isReadOnly = false

  /// Real commands, by name: what the connection is used for.
  var uses: Set<String> = []
  var realCommands: Int64 = 0
  /// When it was used last for anything but an introduction.
  var lastUseAt: Int64 = 0
  /// Channels and patterns at its latest SUBSCRIBE.
  var channels: Set<[UInt8]> = []
  /// What its running script has written.
  var scriptWrites: [CommandRecord] = []
  /// What its running script has read that differs each time.
  var scriptChance: CommandRecord?
  /// What its running script's arguments hold: numbers that it was given are not of its making.
  var scriptArguments: Set<[UInt8]> = []

  init(endpoint: String, lost: LostWrites? = nil) {
    self.endpoint = endpoint
    self.lost = lost
  }

  static let writeLimit = 64

  func note(_ write: Write) {
    if writes.count == Self.writeLimit { writes.removeFirst() }
    writes.append(write)
  }

  /// The connection is gone: only what pools are judged by is still needed of it.
  func forgetDetail() {
    writes = []
    watches = []
    missingReply = nil
    scriptWrites = []
    scriptArguments = []
    scriptChance = nil
    channels = []
    row = Row()
  }
}

extension ConnectionRecord {
  /// A command that has finished, by its number.
  func command(_ ordinal: Int64) -> CommandRecord? {
    commands.last { $0.ordinal == ordinal && $0.place != .script && $0.place != .transaction }
  }

  /// Commands as evidence.
  func evidence(_ ordinals: [Int64]) -> [FindingEvidence] {
    ordinals.compactMap { command($0) }.map { evidence($0) }
  }

  func evidence(_ command: CommandRecord) -> FindingEvidence {
    FindingEvidence(
      connection: identifier, ordinal: command.ordinal, text: command.text, error: command.error, time: command.time)
  }

  /// The latest commands as evidence.
  func latestEvidence(_ count: Int) -> [FindingEvidence] { commands.suffix(count).map { evidence($0) } }
}
