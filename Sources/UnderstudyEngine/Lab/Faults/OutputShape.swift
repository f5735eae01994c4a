// OutputShape: what may leave of a session's pending output, and when. It is the whole of what faults do to the wire:
// output that is held until a time, that drips, and places at which the connection comes to an end.
//
// Marks lie at places in the pending bytes, and move with them as bytes leave. All times are the wait clock's, handed in;
// so a frozen clock holds everything still, and the same calls give the same bytes.

/// How a connection comes to an end by a fault.
package enum FaultEnding: UInt8, Sendable {
  case close, reset, halfClose, hang

  /// Of two ends of one connection the harder wins, whichever came first.
  fileprivate var hardness: Int {
    switch self {
    case .halfClose: 0
    case .hang: 1
    case .close: 2
    case .reset: 3
    }
  }
}

/// How fast bytes leave: so many at once, every so often.
struct OutputPace {
  let bytes: Int
  /// Microseconds.
  let interval: Int64
  /// What it has let go that has not left, and since when it runs.
  private var credit = 0
  private var tick: Int64?

  init(bytes: Int, interval: Int64) {
    self.bytes = max(bytes, 1)
    self.interval = max(interval, 1)
  }

  /// How many bytes may leave.
  mutating func allowance(at now: Int64) -> Int {
    guard let since = tick else {
      (credit, tick) = (bytes, now)
      return credit
    }
    let steps = max(0, (now &- since) / interval)
    let (more, isMany) = Int(clamping: steps).multipliedReportingOverflow(by: bytes)
    let (sum, isTooMuch) = credit.addingReportingOverflow(more)
    credit = isMany || isTooMuch ? Int.max : sum
    tick = since &+ steps &* interval
    return credit
  }

  /// When it lets go of more.
  var next: Int64 { (tick ?? 0) &+ interval }

  mutating func sent(_ count: Int) { credit = max(0, credit - count) }

  /// There is nothing to let go: it does not save up for later.
  mutating func rest() { (credit, tick) = (0, nil) }
}

struct OutputShape {
  enum Mark {
    /// Nothing behind it leaves before a time.
    case hold(until: Int64)
    /// So many bytes behind it leave in pieces.
    case drip(OutputPace, left: Int)
    case end(FaultEnding)
  }

  /// What may happen now.
  enum Verdict: Equatable {
    /// So many bytes may leave, and nothing is known of what comes then.
    case sends(Int)
    /// Nothing may leave until a time.
    case held(until: Int64)
    /// The connection ends here.
    case ends(FaultEnding)
  }

  private var marks: [(place: Int, mark: Mark)] = []
  /// How fast all of the connection's output leaves.
  var pace: OutputPace?
  /// The end that has been reached: what comes behind it is dropped, but for a harder end.
  private var reached: FaultEnding?

  /// Whether nothing more is to come.
  var isOver: Bool { reached != nil && marks.isEmpty }

  /// Whether all that is pending may leave at once.
  var isFree: Bool { marks.isEmpty && pace == nil && reached == nil }

  /// Adds a mark at a place in the pending bytes, behind the marks that are there.
  mutating func add(_ mark: Mark, at place: Int) {
    if let reached {
      guard case .end(let ending) = mark, ending.hardness > reached.hardness else { return }
      marks = [(0, mark)]
      return
    }
    // What is behind an end never leaves.
    if let last = marks.last, case .end(let first) = last.mark {
      if case .end(let ending) = mark, ending.hardness > first.hardness { marks[marks.count - 1].mark = mark }
      return
    }
    marks.append((max(place, marks.last?.place ?? 0, 0), mark))
  }

  /// Output has been taken back from a place on: what was to become of it goes with it. An end stays.
  mutating func takeBack(from place: Int) {
    marks.removeAll { mark in
      if case .end = mark.mark { return false }
      return mark.place >= place
    }
    for index in marks.indices { marks[index].place = min(marks[index].place, place) }
  }

  /// Nothing waits for a time any more. An end stays where it is.
  mutating func release() {
    pace = nil
    marks.removeAll { mark in
      if case .end = mark.mark { return false }
      return true
    }
  }

  /// All that is pending has been dropped, with what was to become of it.
  mutating func forget() { marks.removeAll() }

  /// What may leave at `now` of `count` pending bytes.
  mutating func verdict(_ count: Int, at now: Int64) -> Verdict {
    while let (place, mark) = marks.first {
      // Output that was taken back may have left a mark behind it.
      let ahead = min(place, count)
      if ahead > 0 { return paced(ahead, now) }
      switch mark {
      case .hold(let time):
        if time > now { return .held(until: time) }
        marks.removeFirst()
      case .end(let ending):
        return .ends(ending)
      case .drip(var drip, let left):
        guard count > 0 && left > 0 else {
          marks.removeFirst()
          continue
        }
        let allowed = min(drip.allowance(at: now), left, count)
        marks[0].mark = .drip(drip, left: left)
        return allowed > 0 ? .sends(allowed) : .held(until: drip.next)
      }
    }
    return paced(count, now)
  }

  private mutating func paced(_ count: Int, _ now: Int64) -> Verdict {
    guard var pace else { return .sends(count) }
    if count == 0 { pace.rest() }
    let allowed = count == 0 ? 0 : min(pace.allowance(at: now), count)
    self.pace = pace
    return allowed > 0 || count == 0 ? .sends(allowed) : .held(until: pace.next)
  }

  /// So many bytes have left.
  mutating func sent(_ count: Int) {
    pace?.sent(count)
    guard let first = marks.first else { return }
    for index in marks.indices { marks[index].place -= count }
    if case .drip(var drip, let left) = first.mark, first.place <= 0 {
      drip.sent(count)
      marks[0] = (0, .drip(drip, left: left - count))
    }
  }

  /// An end has been reached.
  mutating func end(_ ending: FaultEnding) {
    reached = ending
    marks.removeAll()
  }
}
