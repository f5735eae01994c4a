// `record`: writes the replies of a server below the requests that have none, and the files of goldens.

internal import UnderstudyTestSupport

package struct Recorder {
  package var run: SuiteRun

  package init(_ run: SuiteRun) { self.run = run }

  /// What could not be recorded, and where.
  package struct Filled: Sendable {
    package var text: String
    package var problems: [String]
  }

  /// The file with what was missing.
  package func fill(_ text: [UInt8], path: String) throws(CaseError) -> Filled {
    let gaps = try Self.withGaps(text, path: path)
    let file = try CaseParser.parse(Array(gaps.utf8), path: path, allowsGaps: true)
    var jobs: [Job] = []
    for number in file.cases.indices where file.cases[number].hasGaps {
      for resp in file.cases[number].tags.protocols { jobs.append(Job(file: file, number: number, resp: resp)) }
    }
    let recorded = run.record(jobs)
    var problems: [String] = []
    for (result, _) in recorded {
      if let reason = result.skipped { problems.append("\(path): “\(result.job.item.title)” was skipped: \(reason)") }
      for failure in result.failures where !Self.isGap(failure, in: file) {
        problems.append("\(path):\(failure.lines.lowerBound): \(result.job.resp): \(failure.came)")
      }
    }
    var replacements: [Int: String] = [:]
    for number in file.cases.indices where file.cases[number].hasGaps {
      let recordings = recorded.filter { $0.0.job.number == number && $0.0.skipped == nil }
      let replies = Dictionary(
        recordings.map { ($0.0.job.resp, $0.1.replies) }, uniquingKeysWith: { first, _ in first })
      let expectations = file.cases[number].steps.flatMap(\.expectations)
      for (index, expectation) in expectations.enumerated() where expectation.isGap {
        let values = replies.compactMapValues { $0[index] }
        guard let reply = Self.written(values, file.cases[number].tags.protocols) else {
          problems.append("\(path):\(expectation.lines.lowerBound): nothing came")
          continue
        }
        replacements[expectation.lines.lowerBound] = reply
      }
    }
    return Filled(text: Self.replace(file.lines, replacements), problems: problems)
  }

  private static func isGap(_ failure: CaseResult.Failure, in file: CaseFile) -> Bool {
    file.lines[failure.lines.lowerBound - 1].contains("?") && failure.raw != nil
  }

  /// One text for both protocols, or a line for each.
  private static func written(_ values: [RESPVersion: RESPValue], _ protocols: [RESPVersion]) -> String? {
    guard protocols.allSatisfy({ values[$0] != nil }) else { return nil }
    if let two = values[.two], let three = values[.three] {
      if let both = Notation(two, three) { return both.text }
      return "2| \(Notation(two).text)\n3| \(Notation(three).text)"
    }
    return values.values.first.map { Notation($0).text }
  }

  /// Each gap's line holds a lone `?`, perhaps behind a connection's name.
  private static func replace(_ lines: [String], _ replacements: [Int: String]) -> String {
    lines.enumerated().map { index, line in
      guard let reply = replacements[index + 1], let mark = line.lastIndex(of: "?") else { return line }
      let before = String(line[..<mark])
      return reply.split(separator: "\n", omittingEmptySubsequences: false).map { part in
        part.hasPrefix("2| ") || part.hasPrefix("3| ") || reply.hasPrefix(part) ? before + part : String(part)
      }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// The text with a `?` below every request that nobody reads the reply of.
  private static func withGaps(_ text: [UInt8], path: String) throws(CaseError) -> String {
    let file = try CaseParser.parse(text, path: path, allowsGaps: true)
    var lines = file.lines
    let missing = file.cases.flatMap { $0.linesWithoutReply }.sorted(by: >)
    for line in missing { lines.insert("?", at: line) }
    return lines.joined(separator: "\n")
  }

  // MARK: Goldens

  /// The goldens of each file, by its path; what failed is in the results.
  package func goldens(_ suite: Suite) -> (texts: [(path: String, text: String)], results: [CaseResult]) {
    let recorded = run.record(suite.jobs(Suite.Selection()).filter { $0.item.isRecorded })
    var goldens: [String: Golden] = [:]
    for (result, recording) in recorded where result.skipped == nil {
      let entry = Golden.Entry(
        began: recording.began, fingerprint: Golden.fingerprint(result.job), frames: recording.frames)
      goldens[result.job.file.path, default: Golden(run.description.identity)].entries[Golden.key(result.job)] = entry
    }
    let texts = suite.files.compactMap { file in
      goldens[file.path].map { (file.path.replacing(".case", with: ".golden"), $0.text(file)) }
    }
    return (texts, recorded.map(\.0))
  }
}

extension Expectation {
  var isGap: Bool { alternatives.contains { $0.pattern.isUnknown } }
}

extension Case {
  /// Whether its replies are kept: not if they hold texts that somebody else has written.
  package var isRecorded: Bool { !tags.words.contains("unrecorded") }

  var hasGaps: Bool { steps.contains { $0.expectations.contains { $0.isGap } } }

  /// The lines of requests, from 1, behind which a reply is to be read that is not written.
  var linesWithoutReply: [Int] {
    var found: [Int] = []
    for (index, step) in steps.enumerated() {
      switch step.action {
      case .request(let connection, _, leaves: true):
        if !steps[(index + 1)...].isAnswered(on: connection) { found.append(step.line) }
      case .eventually, .times, .split:
        if step.expectations.isEmpty { found.append(step.line) }
      default: break
      }
    }
    return found
  }
}

extension ArraySlice<Step> {
  /// Whether what comes on a connection is looked at before the next request is sent on it.
  fileprivate func isAnswered(on connection: String) -> Bool {
    for step in self {
      switch step.action {
      case .expect(let expectation) where expectation.connection == connection: return true
      case .silence(connection, _), .closed(connection), .end(connection, _): return true
      case .request(connection, _, _), .bytes(connection, _, _), .split(connection, _, _), .times(_, connection, _, _),
        .eventually(connection, _, _, _):
        return false
      default: continue
      }
    }
    return false
  }
}
