// Plays one case through a wire, step by step, and says of every assertion whether it held.
//
// A reply that is not what it must be fails, and the case goes on, for the connection is still in step. A wire that cannot go
// on (no reply, closed, not RESP) ends the case: all that was not asked has failed.

package import UnderstudyTestSupport

/// What became of one run of a case.
package struct CaseResult: Sendable {
  /// An assertion that did not hold.
  package struct Failure: Sendable {
    /// The lines of the file that say what should have been, from 1.
    package var lines: ClosedRange<Int>
    /// What was instead.
    package var came: String
    /// The reply as it stood on the wire, if there was one.
    package var raw: [UInt8]?
  }

  package var job: Job
  package var assertions: Int
  package var passed = 0
  /// Passed because this server may differ.
  package var differing = 0
  package var failures: [Failure] = []
  /// Why it was not played.
  package var skipped: String?
  package var milliseconds: Int64 = 0

  package var failed: Int { skipped == nil ? assertions - passed : 0 }
  package var hasPassed: Bool { skipped == nil && failures.isEmpty }

  package init(job: Job, skipped: String? = nil) {
    self.job = job
    self.skipped = skipped
    assertions = job.item.assertionCount
  }
}

/// What came, for `record` and `diff`.
package struct Recording: Sendable {
  /// In the order in which it was read.
  package var frames: [(connection: String, bytes: [UInt8])] = []
  /// Of each expectation of the case, in order: the last reply, or nil if none came.
  package var replies: [RESPValue?] = []
  /// The clock when the case began.
  package var began: Int64 = 0
}

package struct CasePlayer {
  private let job: Job
  private let wire: any Wire
  private var variables = Variables()
  private var result: CaseResult
  package private(set) var recording = Recording()
  /// The number of the next expectation in the case.
  private var number = 0
  /// False while replies are read that are the same ones again.
  private var keepsFrames = true
  private var asideByConnection: [String: [UInt8]] = [:]
  /// What each connection speaks, once that is not what the case runs in, and what the requests that are out change it to.
  private var spoken: [String: RESPVersion] = [:]
  private var changes: [String: [RESPVersion?]] = [:]
  private var waiting: Set<String> = []
  private var seen: [String] = []

  package init(_ job: Job, _ wire: any Wire) {
    self.job = job
    self.wire = wire
    result = CaseResult(job: job)
    let count = job.item.steps.reduce(0) { $0 + $1.expectations.count }
    recording.replies = Array(repeating: nil, count: count)
  }

  /// Plays the case once.
  package mutating func play() -> CaseResult {
    let start = ContinuousClock.now
    var line = job.item.steps.first?.line ?? 1
    do throws(WireError) {
      try wire.begin(job)
      recording.began = wire.milliseconds
      variables.values = wire.variables
      for step in job.item.steps {
        line = step.line
        try take(step)
      }
      try checkSurplus()
    } catch {
      result.failures.append(.init(lines: line...line, came: error.description, raw: nil))
    }
    let finally = job.item.finally.map { request in request.compactMap { try? $0.bytes(variables) } }
    wire.end(finally)
    let spent = start.duration(to: .now).components
    result.milliseconds = spent.seconds * 1000 + spent.attoseconds / 1_000_000_000_000_000
    return result
  }

  private mutating func take(_ step: Step) throws(WireError) {
    switch step.action {
    case .request(let connection, let words, let leaves):
      note(connection)
      let bytes = (asideByConnection[connection] ?? []) + (try encoded(words))
      asideByConnection[connection] = leaves ? nil : bytes
      noteChange(words, connection)
      if leaves { try wire.send(bytes, connection) }
      waiting.insert(connection)
    case .bytes(let connection, let text, let drips):
      note(connection)
      waiting.insert(connection)
      let bytes = try filled(text)
      guard drips else { return try wire.send(bytes, connection) }
      for byte in bytes {
        try wire.send([byte], connection)
        try wire.settle()
      }
    case .split(let connection, let text, let expectations): try split(connection, text, expectations)
    case .expect(let expectation): try expect([expectation])
    case .eventually(let connection, let words, let limit, let expectations):
      note(connection)
      try askAgain(connection, try encoded(words), limit, expectations)
    case .times(let count, let connection, let words, let expectations):
      try repeated(count, connection, words, expectations)
    case .silence(let connection, let isWaiting): try silence(connection, isWaiting, step.line)
    case .closed(let connection): try closed(connection, step.line)
    case .end(let connection, let ending):
      wire.finish(connection, ending)
      if ending != .halfclose { forget(connection) }
    case .open(let connection, let isRaw):
      note(connection)
      try wire.open(connection, isRaw: isRaw)
      if isRaw { spoken[connection] = .two }
    case .configure(let name, let value): try wire.configure(name, try filled(value))
    }
  }

  private mutating func note(_ connection: String) {
    if !seen.contains(connection) { seen.append(connection) }
  }

  private mutating func forget(_ connection: String) {
    seen.removeAll { $0 == connection }
    waiting.remove(connection)
    spoken[connection] = nil
    changes[connection] = nil
  }

  private func filled(_ template: Template) throws(WireError) -> [UInt8] {
    do { return try template.bytes(variables) } catch { throw WireError(error.description) }
  }

  private func encoded(_ words: [Template]) throws(WireError) -> [UInt8] {
    var request: [Argument] = []
    for word in words { request.append(Argument(try filled(word))) }
    return encodeCommand(request)
  }

  // MARK: Protocols

  /// HELLO and RESET change what a connection speaks.
  private mutating func noteChange(_ words: [Template], _ connection: String) {
    let change: RESPVersion? =
      switch words.first?.text.uppercased() {
      case "HELLO" where words.count > 1: Int(words[1].text).flatMap { RESPVersion(rawValue: $0) }
      case "RESET" where words.count == 1: .two
      default: nil
      }
    changes[connection, default: []].append(change)
  }

  /// The reply to such a request is the first that is spoken in the new way.
  private mutating func applyChange(_ connection: String, _ reply: RESPValue) {
    if case .push = reply { return }
    guard changes[connection]?.isEmpty == false, let change = changes[connection]?.removeFirst(), !reply.isError else { return }
    spoken[connection] = change
  }

  // MARK: Replies

  /// Reads a reply for each expectation and judges it.
  private mutating func expect(_ expectations: [Expectation]) throws(WireError) {
    for expectation in expectations {
      let (holds, failure) = try judge(expectation)
      if holds { result.passed += 1 } else if let failure { result.failures.append(failure) }
      if holds && expectation.isAllowedDifference(job.resp, wire.server) { result.differing += 1 }
      number += 1
    }
  }

  private mutating func judge(_ expectation: Expectation) throws(WireError) -> (Bool, CaseResult.Failure?) {
    let frame = try wire.receive(expectation.connection)
    waiting.remove(expectation.connection)
    func failure(_ came: String) -> CaseResult.Failure { .init(lines: expectation.lines, came: came, raw: frame) }
    let value: RESPValue
    do { value = try RESPValue(parsing: frame) } catch { throw WireError("\(error)") }
    let pattern = expectation.pattern(job.resp, wire.server)
    if keepsFrames {
      // What may be anything is not worth keeping: help texts, tables of commands.
      let kept = pattern?.takesAnything == true ? value.emptied.serialized : frame
      recording.frames.append((expectation.connection, kept))
    }
    recording.replies[number] = value
    applyChange(expectation.connection, value)
    guard let pattern else {
      return (false, failure("the case says nothing of \(job.resp) on \(wire.server.name) \(wire.server.version)"))
    }
    variables.now = wire.milliseconds
    do {
      let resp = spoken[expectation.connection] ?? job.resp
      guard try pattern.accepts(value, resp, &variables) else { return (false, failure(Notation(value).text)) }
    } catch {
      return (false, failure("\(error.description); \(Notation(value).text)"))
    }
    return (true, nil)
  }

  /// Sends a request until all is as it must be.
  private mutating func askAgain(
    _ connection: String, _ request: [UInt8], _ limit: Int, _ expectations: [Expectation]
  ) throws(WireError) {
    let deadline = Deadline(milliseconds: limit)
    let (first, before) = (number, recording.frames.count)
    while true {
      try wire.send(request, connection)
      var failures: [CaseResult.Failure] = []
      recording.frames.removeSubrange(before...)
      for (offset, expectation) in expectations.enumerated() {
        number = first + offset
        if let failure = try judge(expectation).1 { failures.append(failure) }
      }
      if failures.isEmpty || deadline.hasPassed {
        result.passed += expectations.count - failures.count
        result.failures += failures.map { failure in
          var failure = failure
          failure.came += "\n(for \(limit) ms)"
          return failure
        }
        number = first + expectations.count
        return
      }
      try wire.pause(connection)
    }
  }

  /// Sends a request many times at once, `${n}` being its number.
  private mutating func repeated(
    _ count: Int, _ connection: String, _ words: [Template], _ expectations: [Expectation]
  ) throws(WireError) {
    note(connection)
    var bytes: [UInt8] = []
    for index in 0..<count {
      variables.values["n"] = Array(String(index).utf8)
      bytes += try encoded(words)
    }
    try wire.send(bytes, connection)
    try again(kept(Array(0..<count)), expectations) { _, index in
      ["n": Array(String(index).utf8)]
    }
  }

  private mutating func split(
    _ connection: String, _ text: Template, _ expectations: [Expectation]
  ) throws(WireError) {
    note(connection)
    let bytes = try filled(text)
    let cuts = Array(1..<max(2, bytes.count))
    try again(kept(cuts), expectations) { player, cut in
      do throws(WireError) {
        try player.wire.send(Array(bytes[..<cut]), connection)
        try player.wire.settle()
        try player.wire.send(Array(bytes[cut...]), connection)
        return [:]
      } catch {
        return nil
      }
    }
  }

  /// Recorded are the first and the last.
  private func kept(_ indices: [Int]) -> [Int] {
    guard wire.isRecorded, indices.count > 2, let first = indices.first, let last = indices.last else { return indices }
    return [first, last]
  }

  /// Judges the same expectations for every index; each holds if it held each time. The first and the last reply are kept.
  private mutating func again(
    _ indices: [Int], _ expectations: [Expectation],
    prepare: (Self, Int) -> [String: [UInt8]]?
  ) throws(WireError) {
    let first = number
    var held = Array(repeating: true, count: expectations.count)
    for index in indices {
      keepsFrames = index == indices.first || index == indices.last
      defer { keepsFrames = true }
      guard let values = prepare(self, index) else { throw WireError("the connection was lost at byte \(index)") }
      variables.values.merge(values) { $1 }
      for (offset, expectation) in expectations.enumerated() {
        number = first + offset
        let (holds, failure) = try judge(expectation)
        if !holds, held[offset], var failure {
          failure.came += "\n(at number \(index))"
          result.failures.append(failure)
          held[offset] = false
        }
      }
    }
    result.passed += held.count { $0 }
    number = first + expectations.count
  }

  // MARK: States

  private mutating func silence(_ connection: String, _ isWaiting: Bool, _ line: Int) throws(WireError) {
    note(connection)
    try wire.settle()
    if isWaiting { waiting.insert(connection) }
    guard try wire.hasInput(connection) else { return result.passed += 1 }
    let frame = try wire.receive(connection)
    waiting.remove(connection)
    result.failures.append(.init(lines: line...line, came: Self.written(frame), raw: frame))
  }

  private mutating func closed(_ connection: String, _ line: Int) throws(WireError) {
    let rest = try wire.receiveUntilClosed(connection)
    forget(connection)
    if rest.isEmpty { return result.passed += 1 }
    result.failures.append(.init(lines: line...line, came: "closed, but before that: \(Notation.literal(rest))", raw: rest))
  }

  /// Nothing may be left to read. A connection that waits for a reply, or was closed, is left alone.
  private mutating func checkSurplus() throws(WireError) {
    for connection in seen where !waiting.contains(connection) {
      guard let frame = try wire.surplus(connection) else { continue }
      let last = job.item.steps.last?.line ?? 1
      result.failures.append(
        .init(lines: last...last, came: "on \(connection), behind all that was awaited: \(Self.written(frame))", raw: frame))
      result.passed = max(0, result.passed - 1)
    }
  }

  private static func written(_ frame: [UInt8]) -> String {
    guard let value = try? RESPValue(parsing: frame) else { return Notation.literal(frame) }
    return Notation(value).text
  }
}
