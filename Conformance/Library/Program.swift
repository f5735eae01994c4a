// The program: what each verb of the command line does. It answers with the exit code.

internal import UnderstudyTestSupport

package struct Program {
  private let options: Options

  /// Runs the program to its end.
  /// - Parameter arguments: those behind its name
  /// - Returns: the exit code
  package static func main(_ arguments: [String]) -> Int32 {
    do {
      let options = try Options(arguments)
      if options.isHelp {
        FileSystem.print(Options.help)
        return 0
      }
      return try Program(options: options).run() ? 0 : 1
    } catch {
      FileSystem.complain("understudy-conformance: \(error)")
      return 2
    }
  }

  private func run() throws -> Bool {
    switch options.verb {
    case .run: try play()
    case .check: try check()
    case .coverage: try cover()
    case .record: try options.recordsGoldens ? recordGoldens() : record()
    case .diff: try diff()
    case .table: try table()
    case .replay: try replay()
    }
  }

  // MARK: Targets

  /// A target that may be used: it answers, and holds nothing that anybody might miss.
  private func approach(_ target: Target) throws -> SuiteRun {
    let description = try target.describe(timeout: options.timeout)
    if description.keyCount > 0 && !options.allowsFlush {
      throw Options.Refusal(
        description: "\(target) holds \(description.keyCount) keys, which a run would delete; --allow-flush permits it")
    }
    var run = SuiteRun(target, description)
    run.since = options.selection.since
    run.lanes = options.lanes
    run.timeout = options.timeout
    if FileSystem.isTerminal {
      run.onProgress = { done, all, failed in
        if done.isMultiple(of: 10) || done == all { FileSystem.progress("\(done) of \(all) cases, \(failed) failed ") }
      }
    }
    return run
  }

  private func report(_ target: Target, _ suite: Suite) throws -> Report {
    let run = try approach(target)
    let start = ContinuousClock.now
    let results = run.run(suite.jobs(options.selection))
    if run.onProgress != nil { FileSystem.progress("") }
    var report = Report(
      target: "\(target)", server: run.description.identity, results: results, milliseconds: Self.milliseconds(start))
    report.showsBytes = options.showsBytes
    return report
  }

  private static func milliseconds(_ start: ContinuousClock.Instant) -> Int64 {
    let spent = start.duration(to: .now).components
    return spent.seconds * 1000 + spent.attoseconds / 1_000_000_000_000_000
  }

  private func say(_ text: String) throws {
    if let output = options.output { try FileSystem.write(text + "\n", to: output) } else { FileSystem.print(text) }
  }

  // MARK: Verbs

  private func play() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let report = try report(options.targets[0], suite)
    guard !report.results.isEmpty else { throw Options.Refusal(description: "no case fits what was asked for") }
    try say(report.text(options.format))
    return !report.hasFailed
  }

  /// Plays recordings, to a server that holds what it holds.
  private func replay() throws -> Bool {
    let target = options.targets[0]
    let server = try target.describe(timeout: options.timeout).identity
    let start = ContinuousClock.now
    var results: [CaseResult] = []
    for path in options.arguments {
      // A recording that was cut off has requests without replies.
      let file = try CaseParser.parse(try FileSystem.read(path), path: path, allowsGaps: true)
      for number in file.cases.indices {
        let resp = file.cases[number].tags.protocols.first ?? .two
        let wire = LiveWire(target, server, database: 0, timeout: options.timeout, isGuest: true)
        var player = CasePlayer(Job(file: file, number: number, resp: resp), wire)
        results.append(player.play())
      }
    }
    var report = Report(target: "\(target)", server: server, results: results, milliseconds: Self.milliseconds(start))
    report.showsBytes = options.showsBytes
    try say(report.text(options.format))
    return !report.hasFailed
  }

  /// Plays the goldens.
  private func check() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let start = ContinuousClock.now
    var results: [CaseResult] = []
    var server = ServerIdentity(name: "nobody", version: ServerIdentity.oldest)
    let jobs = suite.jobs(options.selection)
    for file in suite.files {
      let path = "\(Options.folderOfGoldens)/\(file.path.replacing(".case", with: ".golden"))"
      let golden = FileSystem.exists(path) ? try Golden(try FileSystem.read(path), path: path) : nil
      if let golden { server = golden.server }
      let wire = GoldenWire(golden ?? Golden(server))
      for job in jobs where job.file.path == file.path {
        let reason = job.item.isRecorded
          ? job.item.reasonToSkip(job.resp, server, Set(CaseParser.features), since: nil) : "not recorded"
        if let reason {
          results.append(CaseResult(job: job, skipped: reason))
          continue
        }
        var player = CasePlayer(job, wire)
        results.append(player.play())
      }
    }
    var report = Report(target: "goldens", server: server, results: results, milliseconds: Self.milliseconds(start))
    report.showsBytes = options.showsBytes
    try say(report.text(options.format))
    return !report.hasFailed
  }

  private func cover() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let path = "\(Options.folderOfCases)/coverage.txt"
    let exemptions = FileSystem.exists(path) ? Coverage.exemptions(try FileSystem.read(path)) : []
    let declared = try Coverage.declared(by: options.targets[0], timeout: options.timeout)
    let coverage = Coverage(suite, declared, exemptions)
    let problems = coverage.problems.map { $0 + "\n" }.joined()
    try say("\(problems)\(coverage.commandCount) commands, \(coverage.problems.count) problems")
    return coverage.problems.isEmpty
  }

  private func record() throws -> Bool {
    let recorder = Recorder(try approach(options.targets[0]))
    var isWhole = true
    for path in options.arguments {
      let name = path.split(separator: "/").suffix(2).joined(separator: "/")
      let filled = try recorder.fill(try FileSystem.read(path), path: name)
      for problem in filled.problems { FileSystem.complain(problem) }
      isWhole = isWhole && filled.problems.isEmpty
      try FileSystem.write(filled.text, to: options.output ?? path)
    }
    if !options.arguments.isEmpty { return isWhole }
    let filled = try recorder.fill(Array(Self.typedIn().utf8), path: "typed in")
    for problem in filled.problems { FileSystem.complain(problem) }
    try say(filled.text)
    return filled.problems.isEmpty
  }

  /// Requests from the standard input, one a line, as a case.
  private static func typedIn() -> String {
    var text = "== A recorded session\n"
    while let line = FileSystem.readLine() {
      let isBare = !line.contains("> ") && !line.hasPrefix("#") && !line.isEmpty
      text += (isBare ? "> " : "") + line + "\n"
    }
    return text
  }

  private func recordGoldens() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let (texts, results) = Recorder(try approach(options.targets[0])).goldens(suite)
    for (path, text) in texts { try FileSystem.write(text, to: "\(Options.folderOfGoldens)/\(path)") }
    let report = Report(target: "\(options.targets[0])", server: ServerIdentity(name: "recorded", version: ServerIdentity.oldest),
      results: results, milliseconds: 0)
    try say(report.text(options.format))
    return !report.hasFailed
  }

  /// Plays the same cases to two servers, and shows where they differ in what is not free.
  private func diff() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let jobs = suite.jobs(options.selection)
    let both = try options.targets.map { target in
      let run = try approach(target)
      return (run.description.identity, run.record(jobs))
    }
    var differences: [String] = []
    for index in jobs.indices {
      let (first, second) = (both[0].1[index], both[1].1[index])
      if first.0.skipped != nil || second.0.skipped != nil { continue }
      let expectations = jobs[index].item.steps.flatMap(\.expectations)
      for (number, expectation) in expectations.enumerated() {
        let (one, other) = (first.1.replies[number], second.1.replies[number])
        guard one != other else { continue }
        let isFree = [first.0, second.0].allSatisfy { result in
          !result.failures.contains { $0.lines == expectation.lines }
        }
        if isFree && one != nil && other != nil { continue }
        differences.append(Self.difference(jobs[index], expectation, (both[0].0, one), (both[1].0, other)))
      }
    }
    let count = "\(differences.count) differences between \(options.targets[0]) and \(options.targets[1])"
    try say((differences + [count]).joined(separator: "\n"))
    return differences.isEmpty
  }

  private static func difference(
    _ job: Job, _ expectation: Expectation, _ one: (ServerIdentity, RESPValue?), _ other: (ServerIdentity, RESPValue?)
  ) -> String {
    func written(_ value: RESPValue?) -> String { value.map { Notation($0).text } ?? "nothing" }
    let line = expectation.lines.lowerBound
    let request = job.file.lines[..<(line - 1)].last { $0.contains("> ") } ?? ""
    return """
      \(job.file.path):\(line) · \(job.item.title) (\(job.resp))
        \(request)
        \(one.0.name) \(one.0.version): \(written(one.1))
        \(other.0.name) \(other.0.version): \(written(other.1))
      """
  }

  private func table() throws -> Bool {
    let suite = try Suite(path: options.folder)
    let reports = try options.targets.map { try report($0, suite) }
    let path = options.output ?? Options.pathOfResults
    let before = (try? FileSystem.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    try FileSystem.write(ResultsPage.text(reports, keeping: before), to: path)
    return true
  }
}
