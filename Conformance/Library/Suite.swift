// All cases, which of them are to be played, and by whom: those that need the whole server one after the other, the others
// side by side, each with a database of its own.

internal import Dispatch
internal import Synchronization
internal import UnderstudyTestSupport

package struct Suite: Sendable {
  package var files: [CaseFile]

  package init(files: [CaseFile]) { self.files = files }

  /// Reads all cases below a folder, or one file.
  package init(path: String) throws {
    guard FileSystem.isFolder(path) else {
      let name = path.split(separator: "/").suffix(2).joined(separator: "/")
      self.init(files: [try CaseParser.parse(try FileSystem.read(path), path: name)])
      return
    }
    let names = try FileSystem.files(below: path, ending: ".case")
    guard !names.isEmpty else { throw FileError(description: "\(path): no cases are there") }
    self.init(files: try names.map { name in try CaseParser.parse(try FileSystem.read("\(path)/\(name)"), path: name) })
  }

  /// The families, in order.
  package var families: [String] {
    files.map(\.family).reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
  }

  /// Which cases are played.
  package struct Selection: Sendable {
    package var protocols = RESPVersion.allCases
    /// Cases that are newer are skipped; nil takes the server's own version.
    package var since: Version?
    /// Only cases with one of these words.
    package var tags: [String] = []
    /// Only cases whose path, or path and title, fits.
    package var filter: String?

    package init() {}
  }

  package func jobs(_ selection: Selection) -> [Job] {
    let glob = selection.filter.map { Glob($0) }
    return files.flatMap { file in
      file.cases.indices.flatMap { number -> [Job] in
        let item = file.cases[number]
        let words = item.tags.words + item.tags.needs + [file.family]
        guard selection.tags.isEmpty || selection.tags.contains(where: words.contains) else { return [] }
        guard glob?.fits(file.path) ?? true || glob?.fits("\(file.path) \(item.title)") == true else { return [] }
        return item.tags.protocols.filter(selection.protocols.contains).map { Job(file: file, number: number, resp: $0) }
      }
    }
  }
}

extension Case {
  /// Why it is not for this server, or nil.
  package func reasonToSkip(
    _ resp: RESPVersion, _ server: ServerIdentity, _ features: Set<String>, since: Version?
  ) -> String? {
    let version = since ?? server.version
    if let since = tags.since, version < since { return "since \(since)" }
    if let until = tags.until, until < version.truncated(to: until.parts.count) { return "until \(until)" }
    if let missing = tags.needs.first(where: { !features.contains($0) }) { return "needs \(missing)" }
    if resp == .three && !features.contains("resp3") { return "needs resp3" }
    return nil
  }
}

extension Version {
  /// 7.0.15 is not behind 7.0.
  fileprivate func truncated(to count: Int) -> Version { Version(parts: Array(parts.prefix(count))) }
}

/// Plays cases to a server.
package struct SuiteRun: Sendable {
  package var target: Target
  package var description: Target.Description
  package var since: Version?
  package var lanes = 4
  package var timeout = 5000
  /// Told after each case how many are done, of how many, and how many failed.
  package var onProgress: (@Sendable (Int, Int, Int) -> Void)?

  package init(_ target: Target, _ description: Target.Description) {
    self.target = target
    self.description = description
  }

  /// The results in the order of the jobs.
  package func run(_ jobs: [Job]) -> [CaseResult] { play(jobs, lanes: lanes).map(\.0) }

  /// The same, with what came.
  package func record(_ jobs: [Job]) -> [(CaseResult, Recording)] { play(jobs, lanes: 1) }

  private struct State {
    var results: [(CaseResult, Recording)?]
    var next = 0
    var done = 0
    var failed = 0
  }

  private func play(_ jobs: [Job], lanes: Int) -> [(CaseResult, Recording)] {
    let state = Mutex(State(results: Array(repeating: nil, count: jobs.count)))
    let together = jobs.indices.filter { !jobs[$0].item.tags.isAlone }
    let alone = jobs.indices.filter { jobs[$0].item.tags.isAlone }
    let lanes = max(1, min(lanes, 15, together.count))
    DispatchQueue.concurrentPerform(iterations: together.isEmpty ? 0 : lanes) { lane in
      let wire = makeWire(database: lanes == 1 ? GoldenWire.database : lane + 1)
      while true {
        let place = state.withLock { state in
          defer { state.next += 1 }
          return state.next
        }
        guard place < together.count else { return }
        finish(together[place], jobs, wire, state)
      }
    }
    let wire = makeWire(database: GoldenWire.database)
    for index in alone { finish(index, jobs, wire, state) }
    return state.withLock { $0.results.compactMap { $0 } }
  }

  private func makeWire(database: Int) -> LiveWire {
    LiveWire(target, description.identity, database: database, timeout: timeout)
  }

  private func finish(_ index: Int, _ jobs: [Job], _ wire: LiveWire, _ state: borrowing Mutex<State>) {
    let job = jobs[index]
    let played: (CaseResult, Recording)
    if let reason = job.item.reasonToSkip(job.resp, description.identity, description.features, since: since) {
      played = (CaseResult(job: job, skipped: reason), Recording())
    } else {
      var player = CasePlayer(job, wire)
      let result = player.play()
      played = (result, player.recording)
    }
    let progress = state.withLock { state in
      state.results[index] = played
      state.done += 1
      state.failed += played.0.failures.isEmpty ? 0 : 1
      return (state.done, state.failed)
    }
    onProgress?(progress.0, jobs.count, progress.1)
  }
}
