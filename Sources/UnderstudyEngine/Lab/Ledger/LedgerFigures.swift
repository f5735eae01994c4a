// LedgerFigures: what connections of one identity come to: how many were opened, how many were open and busy at once, and
// how many were opened although another one stood idle. Pure functions of records, so that they can be tested as such.

/// The figures of one identity.
package struct LedgerFigures: Sendable {
  package internal(set) var identity: ClientIdentity
  package internal(set) var opens = 0
  /// Still open.
  package internal(set) var open = 0
  package internal(set) var peakOpen = 0
  /// Connections that were busy or blocked at once; only endpoints that are recorded fully tell.
  package internal(set) var peakBusy = 0
  /// Connections that were opened while another one of the same identity stood idle.
  package internal(set) var openedWhileIdle = 0
  package internal(set) var commands: Int64 = 0
  /// Commands that were answered with an error. What clients try when they introduce themselves is not counted: servers
  /// differ in what they know of it.
  package internal(set) var errors: Int64 = 0
  /// What fault rules did to them.
  package internal(set) var faults = 0
  package internal(set) var bytesReceived: Int64 = 0
  package internal(set) var bytesSent: Int64 = 0
  /// Connections that did nothing but introduce themselves.
  package internal(set) var handshakeOnly = 0
  /// Connections that are blocked now.
  package internal(set) var blocked = 0
  /// Connections that wait for a reply now: to a script that runs on, or while another one does.
  package internal(set) var busy = 0

  /// How often the pool, at its largest, was opened anew: opens ÷ peak open.
  package var turnover: Double { peakOpen == 0 ? 0 : Double(opens) / Double(peakOpen) }
}

extension LedgerFigures {
  /// The figures of `records` by identity, in the identities' order; `time` is now.
  static func compute(_ records: [ConnectionRecord], _ endpoints: [LabEndpoint], until time: Int64) -> [LedgerFigures] {
    var groups: [ClientIdentity: [ConnectionRecord]] = [:]
    for record in records { groups[record.identity(endpoints), default: []].append(record) }
    return groups.sorted { $0.key < $1.key }.map { compute($0.key, $0.value, until: time) }
  }

  /// The figures of `records` taken together, whoever they are.
  static func total(_ records: [ConnectionRecord], endpoint: String, until time: Int64) -> LedgerFigures {
    compute(ClientIdentity(endpoint: endpoint, name: "", library: "", user: ""), records, until: time)
  }

  /// Adds connections whose records are gone. Whether they were open together with others is not known any more: a peak
  /// may have been higher than it says.
  mutating func add(_ folded: FoldedConnections) {
    opens += folded.opens
    commands += folded.commands
    errors += folded.errors
    faults += folded.faults
    bytesReceived += folded.bytesReceived
    bytesSent += folded.bytesSent
    peakOpen = max(peakOpen, folded.peakOpen)
    peakBusy = max(peakBusy, folded.peakBusy)
    openedWhileIdle += folded.openedWhileIdle
    handshakeOnly += folded.handshakeOnly
  }

  private static func compute(
    _ identity: ClientIdentity, _ records: [ConnectionRecord], until time: Int64
  ) -> LedgerFigures {
    var figures = LedgerFigures(identity: identity)
    // +1 where something begins, -1 where it ends; at the same moment an end comes first.
    var openings: [(at: Int64, change: Int)] = []
    var busy: [(at: Int64, change: Int)] = []
    for record in records {
      figures.opens += 1
      figures.commands += record.commandCount
      figures.errors += record.errorCount
      figures.faults += record.faultCount
      figures.bytesReceived += record.bytesReceived
      figures.bytesSent += record.bytesSent
      if record.isShakingHands { figures.handshakeOnly += 1 }
      openings.append((record.openedAt, 1))
      if let closedAt = record.closedAt { openings.append((closedAt, -1)) } else { figures.open += 1 }
      if record.closedAt == nil && record.laneKind == .blocked { figures.blocked += 1 }
      if record.closedAt == nil && record.laneKind == .busy { figures.busy += 1 }
      for interval in record.lane(until: time) where interval.kind == .busy || interval.kind == .blocked {
        busy.append((interval.start, 1))
        // What is over within the same microsecond was there.
        busy.append((max(interval.end, interval.start + 1), -1))
      }
    }
    figures.peakOpen = peak(&openings)
    figures.peakBusy = peak(&busy)
    figures.openedWhileIdle = openedWhileIdle(records, until: time)
    return figures
  }

  static func peak(_ changes: inout [(at: Int64, change: Int)]) -> Int {
    changes.sort { ($0.at, $0.change) < ($1.at, $1.change) }
    var (count, peak) = (0, 0)
    for change in changes {
      count += change.change
      peak = max(peak, count)
    }
    return peak
  }

  /// How many connections were opened while another one was open and idle.
  private static func openedWhileIdle(_ records: [ConnectionRecord], until time: Int64) -> Int {
    // Idle stretches of all of them, as begins and ends, swept together with the openings.
    var changes: [(at: Int64, order: Int)] = []
    for record in records {
      for interval in record.lane(until: time) where interval.kind == .idle && interval.end > interval.start {
        changes.append((interval.start, 1))
        changes.append((interval.end, -1))
      }
      changes.append((record.openedAt, 0))
    }
    // At the same moment: first what ends, then who opens, then what begins.
    changes.sort { ($0.at, $0.order) < ($1.at, $1.order) }
    var (idle, found) = (0, 0)
    for change in changes {
      if change.order == 0 { found += idle > 0 ? 1 : 0 } else { idle += change.order }
    }
    return found
  }
}

extension ConnectionRecord {
  func identity(_ endpoints: [LabEndpoint]) -> ClientIdentity {
    ClientIdentity(
      endpoint: endpoint < endpoints.count ? endpoints[endpoint].name : "", name: name, library: libraryName, user: user)
  }
}
