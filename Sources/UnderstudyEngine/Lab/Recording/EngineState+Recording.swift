// Where recordings hear of things, and how they are begun and ended. A recording sees the sessions of its endpoint by the
// gate `Gates.lab`, as all of the lab does: where nothing is recorded, nothing is asked.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open.

/// What there is of a recording.
package struct RecordingFacts: Sendable {
  package let endpoint: String
  package let isRunning: Bool
  package let file: String?
  package let bytes: Int
  package let connections: Int
  package let requests: Int
  package let replies: Int
  package let pushes: Int
  /// Requests, replies and pushes that found no room.
  package let dropped: Int
}

/// Why a recording was not begun or ended.
package struct RecordingRefusal: Error, Sendable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}

struct RecordingTable {
  /// How many that have ended are kept.
  static let limit = 64
  /// Those that run, by the number of their endpoint.
  var running: [Int: Recorder] = [:]
  /// Those that have ended, the latest of each endpoint, oldest first.
  private(set) var ended: [Recorder] = []

  mutating func end(_ recorder: Recorder) {
    ended.removeAll { $0.endpoint == recorder.endpoint }
    if ended.count == Self.limit { ended.removeFirst() }
    ended.append(recorder)
  }

  func find(_ endpoint: String) -> Recorder? {
    running.values.first { $0.endpoint == endpoint } ?? ended.last { $0.endpoint == endpoint }
  }

  mutating func removeAll() {
    running.removeAll()
    ended.removeAll()
  }

  var facts: [RecordingFacts] {
    let all = running.sorted { $0.key < $1.key }.map { ($0.value, true) } + ended.map { ($0, false) }
    return all.map { recorder, isRunning in
      RecordingFacts(
        endpoint: recorder.endpoint, isRunning: isRunning, file: recorder.file, bytes: recorder.byteCount,
        connections: recorder.connections, requests: recorder.requests, replies: recorder.replies, pushes: recorder.pushes,
        dropped: recorder.dropped)
    }
  }
}

extension EngineState {
  /// Records an endpoint from now on.
  mutating func startRecording(_ name: String, file: String?, limit: Int) throws(RecordingRefusal) {
    guard let number = lab.endpoint(named: name) else { throw RecordingRefusal("there is no endpoint '\(name)'") }
    if lab.recordings.running[number] != nil { throw RecordingRefusal("the endpoint '\(name)' is being recorded already") }
    if file != nil && hooks.files == nil { throw RecordingRefusal("this server has no files to write to") }
    lab.recordings.running[number] = Recorder(endpoint: name, file: file, limit: limit, head: recordingHead(name))
    lab.ledger.startIfNeeded(at: clocks.source.monotonicMicroseconds())
    followFaults()
  }

  private func recordingHead(_ name: String) -> String {
    let behind = configuration.upstream.map { " behind a proxy, at \($0)" } ?? ""
    return """
      # What clients of the endpoint \(name) said, and what they were answered.
      # \(emulatedVersionText)\(behind), seed \(random.seed), data time \(clocks.dataMicroseconds / 1000) ms. Secrets are left out.
      alone: yes
      resp: 2
      tags: unrecorded

      == Recorded at \(name)

      """
  }

  /// Ends a recording, and writes its file if it has one.
  mutating func stopRecording(_ name: String) throws(RecordingRefusal) -> RecordingFacts {
    guard let (number, recorder) = lab.recordings.running.first(where: { $0.value.endpoint == name }) else {
      throw RecordingRefusal("the endpoint '\(name)' is not being recorded")
    }
    if let file = recorder.file, let failure = hooks.files?.replace(file, recorder.transcript) {
      throw RecordingRefusal("cannot write '\(file)': \(failure.reason)")
    }
    lab.recordings.running[number] = nil
    lab.recordings.end(recorder)
    followFaults()
    guard let facts = lab.recordings.facts.last else { throw RecordingRefusal("there is no recording") }
    return facts
  }

  // MARK: What is heard

  /// The recorder of a session's endpoint, and the session's number there; nil if nobody records it.
  func recorder(of session: SessionPointer) -> (Recorder, Int64)? {
    guard !lab.recordings.running.isEmpty, let record = unsafe session.pointee.record,
      let recorder = lab.recordings.running[record.endpoint]
    else { return nil }
    unsafe recorder.meet(record.ordinal, greeting: greeting(of: session))
    return (recorder, record.ordinal)
  }

  /// What brings a new connection to where one is that was there before the recording.
  private func greeting(of session: SessionPointer) -> [[[UInt8]]] {
    var requests: [[[UInt8]]] = []
    if unsafe session.pointee.protocolVersion == 3 { requests.append([Array("HELLO".utf8), Array("3".utf8)]) }
    let database = unsafe session.pointee.database
    if database != 0 { requests.append([Array("SELECT".utf8), Array("\(database)".utf8)]) }
    return requests
  }

  func recordRequest(_ recorder: Recorder, _ connection: Int64, _ entry: DispatchPointer?, _ arguments: Arguments) {
    let name = unsafe entry?.pointee.name ?? ""
    var words: [[UInt8]]
    if let entry = unsafe entry {
      words = unsafe redacted(entry, arguments)
    } else {
      words = (0..<arguments.count).map { arguments[$0].copied() }
    }
    // A greeting is worth having without its secret.
    if name == "hello", let place = (2..<max(2, words.count)).first(where: { arguments[$0].matches("AUTH") }) {
      words.removeSubrange(place..<min(place + 3, words.count))
    }
    recorder.request(connection, words, ReplyFreedom(of: name, arguments), isSecret: name == "auth")
  }

  /// A session's pushes stand at the end of `output`, from `mark` on.
  func recordPush(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    guard let (recorder, connection) = unsafe recorder(of: session) else { return }
    recorder.push(connection, unsafe output.pointee.bytes.slice(mark..<output.pointee.count))
  }
}

extension Dispatcher {
  /// The way of a request that is recorded.
  func recordedCall(
    _ recorder: Recorder, _ connection: Int64, _ session: SessionPointer, entry: DispatchPointer?, arguments: Arguments,
    hash: UInt64, output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    unsafe state.pointee.recordRequest(recorder, connection, entry, arguments)
    let mark = unsafe output.pointee.mark
    let result = unsafe writtenDown(session, entry: entry, arguments: arguments, hash: hash, output: output)
    switch result {
    case .retry: recorder.takeBack(connection)
    case .stopped: if unsafe session.pointee.flags.contains(.blocked) { recorder.wait(connection) }
    case .done:
      // That of a proxy is yet to come.
      if unsafe session.pointee.isForwarded { break }
      var reply: [UInt8] = []
      let isDropped = unsafe !session.pointee.flags.isDisjoint(with: [.replyOff, .replySkip])
      if !isDropped { unsafe output.pointee.forEachSegment(from: mark) { reply += $0.copied() } }
      reply.withBytes { recorder.reply(connection, $0) }
    }
    return result
  }
}

extension Engine {
  /// Records an endpoint from now on, up to `limit` bytes. Call it under the lock.
  package func startRecording(_ endpoint: String, file: String? = nil, limit: Int? = nil) throws(RecordingRefusal) {
    try unsafe state.pointee.startRecording(endpoint, file: file, limit: limit ?? Recorder.standardLimit)
  }

  /// Ends the recording of an endpoint. Call it under the lock.
  package func stopRecording(_ endpoint: String) throws(RecordingRefusal) -> RecordingFacts {
    try unsafe state.pointee.stopRecording(endpoint)
  }

  /// The recording of an endpoint as text, the running one or the latest; nil if there is none. Call it under the lock.
  package func recording(of endpoint: String) -> [UInt8]? { unsafe state.pointee.lab.recordings.find(endpoint)?.transcript }

  /// What recordings there are. Call it under the lock.
  package var recordings: [RecordingFacts] { unsafe state.pointee.lab.recordings.facts }
}
