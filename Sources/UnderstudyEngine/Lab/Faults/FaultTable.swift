// FaultTable: the rules that hold, how often each has bitten, and whether it does now.
//
// Whether a rule bites is a pure function of the seed, the endpoint, the number of the connection there, the number of
// the command on it, and the rule's id: so the same run gives the same faults. AFTER and TIMES count on each connection
// for the same reason; a rule that is SHARED counts over all of them, in the order in which they happen to come.

/// One time that a rule bit.
package struct FaultFiring: Sendable {
  /// The number of the connection at its endpoint, and its client id.
  package let endpoint: String
  package let connection: Int64
  package let client: UInt64
  /// The number of the command on its connection, from 1; 0 if it was none.
  package let ordinal: Int64
  package let command: String?
  /// Whether the command ran all the same, and without error.
  package let tookEffect: Bool
  /// Microseconds since the ledger's start.
  package let time: Int64
}

/// A rule that holds.
final class ActiveFault {
  /// How many firings are kept one by one.
  static let firingLimit = 256

  let rule: FaultRule
  /// Never used twice.
  let serial: Int
  /// The number of its endpoint; nil for all.
  let endpoint: Int?
  /// The identifiers of its commands; nil for all.
  let commands: Set<Int16>?
  /// Over all connections.
  var count = FaultCount()
  var firedCount: Int64 = 0
  private(set) var firings: [FaultFiring] = []
  /// How long the latest reply was that the rule looked at, bitten or not.
  var replyCount: Int?

  init(_ rule: FaultRule, serial: Int, endpoint: Int?, commands: Set<Int16>?) {
    self.rule = rule
    self.serial = serial
    self.endpoint = endpoint
    self.commands = commands
  }

  var isShared: Bool { rule.isShared || rule.stage == .accept || rule.stage == .tls }

  func note(_ firing: FaultFiring) {
    firedCount += 1
    if firings.count >= 2 * Self.firingLimit { firings.removeFirst(Self.firingLimit) }
    firings.append(firing)
  }

  /// A match has come: does the rule bite?
  func bites(_ count: inout FaultCount, _ place: FaultPlace) -> Bool {
    count.matched += 1
    guard count.matched > rule.after, rule.times.map({ count.fired < $0 }) != false else { return false }
    if rule.probability < 1, place.draw(rule.id, salt: 0) >= rule.probability { return false }
    count.fired += 1
    return true
  }
}

struct FaultCount {
  var matched: Int64 = 0
  var fired: Int64 = 0
}

/// Where chance is asked.
struct FaultPlace {
  let seed: UInt64
  let endpoint: String
  let connection: Int64
  let ordinal: Int64

  /// A number from 0 to below 1, which depends on the place, the rule and the salt alone.
  func draw(_ id: String, salt: UInt64) -> Double {
    var hash = seed ^ 0xcbf2_9ce4_8422_2325
    for byte in endpoint.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = Self.mix(hash ^ UInt64(bitPattern: connection))
    hash = Self.mix(hash ^ UInt64(bitPattern: ordinal))
    for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Double(Self.mix(hash ^ salt) >> 11) * 0x1p-53
  }

  private static func mix(_ word: UInt64) -> UInt64 {
    var mixed = word &+ 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

struct FaultTable {
  /// How many rules that were removed are remembered.
  static let pastLimit = 1_000

  /// In the order in which they were added.
  private(set) var rules: [ActiveFault] = []
  private(set) var nextSerial = 1
  /// What rules did that were removed, by their serial numbers.
  private(set) var past: [Int: FaultReport] = [:]
  /// By the number of the endpoint.
  var quotas: [Int: ActiveQuota] = [:]
  /// Until when an endpoint stands still, wait clock.
  var pauses: [Int: Int64] = [:]
  /// Where the push that is being written begins.
  var pushMark = 0

  func rule(_ id: String) -> ActiveFault? { rules.first { $0.rule.id == id } }
  func rule(serial: Int) -> ActiveFault? { rules.first { $0.serial == serial } }

  /// Whether sessions of an endpoint have to come by here.
  func concerns(_ endpoint: Int) -> Bool {
    quotas[endpoint] != nil || rules.contains { $0.endpoint == nil || $0.endpoint == endpoint }
  }

  mutating func add(_ rule: FaultRule, endpoint: Int?, commands: Set<Int16>?) -> ActiveFault {
    let active = ActiveFault(rule, serial: nextSerial, endpoint: endpoint, commands: commands)
    nextSerial += 1
    rules.append(active)
    return active
  }

  mutating func remove(where isGone: (ActiveFault) -> Bool) -> [ActiveFault] {
    let gone = rules.filter(isGone)
    rules.removeAll(where: isGone)
    for fault in gone { past[fault.serial] = fault.report }
    while past.count > Self.pastLimit, let oldest = past.keys.min() { past[oldest] = nil }
    return gone
  }
}

extension FaultTable {
  /// The ids of rules that never bit, in the order in which they were added; a preset's is that of all of it.
  var neverFired: [String] {
    var reports = past
    for fault in rules { reports[fault.serial] = fault.report }
    var fired: [String: Bool] = [:]
    var order: [String] = []
    for (_, report) in reports.sorted(by: { $0.key < $1.key }) where report.rule.probability == 1 && !report.rule.isProbe {
      let id = report.rule.group ?? report.rule.id
      if fired[id] == nil { order.append(id) }
      fired[id] = fired[id] == true || report.fired > 0
    }
    return order.filter { fired[$0] == false }
  }

  mutating func forgetPast() { past.removeAll() }
}

// MARK: Reports

/// What a rule is and has done.
package struct FaultReport: Sendable {
  package let rule: FaultRule
  package let fired: Int64
  /// The latest of them, oldest first.
  package let firings: [FaultFiring]
  /// How long the latest reply was that a rule about replies looked at.
  package let replyCount: Int?
}

extension ActiveFault {
  var report: FaultReport { FaultReport(rule: rule, fired: firedCount, firings: firings, replyCount: replyCount) }
}
