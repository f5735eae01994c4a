// FindingRule: what a rule says of itself. The listing of the control port, the page of the documentation and the rules
// of reports are made from these declarations.
//
// A rule is declared in the file of its group, beside the code that watches for it, and stands in `FindingManifest`
// through the group. What can be tuned is a case of `FindingThreshold`.

package struct FindingRule: Sendable {
  package let id: String
  /// How sure its findings are; single ones may be less so, never more.
  package let certainty: FindingCertainty
  /// What it watches for, as a sentence.
  package let watches: String
  /// What keeps it from crying wolf.
  package let guardedBy: String
  /// What comes of it.
  package let consequence: String
  /// How it is mended.
  package let fix: String
  package let thresholds: [FindingThreshold]
  /// Whether it is on unless asked for.
  package let isOnByDefault: Bool

  init(
    _ id: String, _ certainty: FindingCertainty, _ watches: String, guardedBy: String, consequence: String, fix: String,
    thresholds: [FindingThreshold] = [], isOnByDefault: Bool = true
  ) {
    self.id = id
    self.certainty = certainty
    self.watches = watches
    self.guardedBy = guardedBy
    self.consequence = consequence
    self.fix = fix
    self.thresholds = thresholds
    self.isOnByDefault = isOnByDefault
  }
}

/// What can be tuned: `LAB.RULE LIMIT name value`, or `FindingOptions` in Swift.
package enum FindingThreshold: String, Sendable, CaseIterable {
  case leakConnections = "leak-connections"
  case connectionBudget = "connection-budget"
  case churnTurnover = "churn-turnover"
  case heldMilliseconds = "held-ms"
  case hangMilliseconds = "hang-ms"
  case resendMilliseconds = "resend-ms"
  case literalBodies = "literal-bodies"
  case slowInstructions = "slow-instructions"
  case roundTrips = "round-trips"
  case roundTripGapMilliseconds = "round-trip-gap-ms"
  case atomicMilliseconds = "atomic-ms"
  case bigElements = "big-elements"
  case bigBytes = "big-bytes"
  case saturatedPercent = "saturated-percent"
  case saturatedMilliseconds = "saturated-ms"
  case oversizedConnections = "oversized-connections"
  case giantCommands = "giant-commands"
  case giantBytes = "giant-bytes"

  /// The greatest value that a limit has: whoever asks for more wants none.
  package static let greatest: Int64 = 1_000_000_000_000

  package var defaultValue: Int64 {
    switch self {
    case .leakConnections: 3
    case .connectionBudget: 0
    case .churnTurnover: 4
    case .heldMilliseconds: 1_000
    case .hangMilliseconds: 1_000
    case .resendMilliseconds: 30_000
    case .literalBodies: 4
    case .slowInstructions: 1_000_000
    case .roundTrips: 20
    case .roundTripGapMilliseconds: 50
    case .atomicMilliseconds: 1_000
    case .bigElements: 1_000
    case .bigBytes: 1 << 20
    case .saturatedPercent: 90
    case .saturatedMilliseconds: 100
    case .oversizedConnections: 10
    case .giantCommands: 1_000
    case .giantBytes: 8 << 20
    }
  }

  /// What it means.
  package var meaning: String {
    switch self {
    case .leakConnections: "so many abandoned connections of one identity are a leak"
    case .connectionBudget: "more open connections of one identity than this are a leak; 0 is no budget"
    case .churnTurnover: "opens ÷ peak open from which on connections are not reused"
    case .heldMilliseconds: "a checked-out connection may be kept for so long"
    case .hangMilliseconds: "a client may wait for a server that hangs for so long"
    case .resendMilliseconds: "a write that comes again within this time is a resent one"
    case .literalBodies: "so many bodies of one shape have values pasted into them"
    case .slowInstructions: "a script of more instructions is slow"
    case .roundTrips: "so many round trips of one shape in a row could have been one"
    case .roundTripGapMilliseconds: "a longer pause between two of them ends the row"
    case .atomicMilliseconds: "within this time two commands belong to one operation"
    case .bigElements: "a reply of so many elements is large"
    case .bigBytes: "a reply of so many bytes is large"
    case .saturatedPercent: "a pool of which all connections are busy for this share of its time is too small"
    case .saturatedMilliseconds: "a pool that has been in use for less is not judged"
    case .oversizedConnections: "a smaller pool is not called too large"
    case .giantCommands: "so many commands in one go are a giant pipeline"
    case .giantBytes: "so many bytes in one go are a giant pipeline"
    }
  }
}

/// Which rules look, and by what measure.
package struct FindingOptions: Sendable {
  /// Rules that were switched on or off, by name.
  package var switched: [String: Bool] = [:]
  private var values: [FindingThreshold: Int64] = [:]

  package init() {}

  /// A limit. What is beyond the range of limits is taken as its end.
  package subscript(threshold: FindingThreshold) -> Int64 {
    get { values[threshold] ?? threshold.defaultValue }
    set { values[threshold] = min(max(0, newValue), FindingThreshold.greatest) }
  }

  /// A limit in milliseconds, as microseconds: what the ledger's times are in.
  func microseconds(_ threshold: FindingThreshold) -> Int64 { self[threshold].timesOrMax(1_000) }

  package func isOn(_ rule: FindingRule) -> Bool { switched[rule.id] ?? rule.isOnByDefault }
}

extension Int64 {
  /// A product of numbers that are not negative; the greatest number if it is greater.
  func timesOrMax(_ factor: Int64) -> Int64 {
    let (product, isOver) = multipliedReportingOverflow(by: factor)
    return isOver ? .max : product
  }

  /// A sum; the greatest number if it is greater.
  func plusOrMax(_ other: Int64) -> Int64 {
    let (sum, isOver) = addingReportingOverflow(other)
    return isOver ? .max : sum
  }
}
