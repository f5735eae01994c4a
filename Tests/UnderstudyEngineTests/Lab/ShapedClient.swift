// ShapedClient: a transport in a test: it serves, flushes and settles as the loop does, and keeps what would have left, so
// that what faults do to the wire is seen byte by byte, on a clock that only the test moves.

import CUnderstudyPlatform

@testable import UnderstudyEngine

/// An engine whose wait clock stands still, and its clients.
@safe
final class FaultBench {
  let engine: Engine
  fileprivate var clients: [ObjectIdentifier: ShapedClient] = [:]

  init(_ configuration: Configuration = Configuration(), seed: UInt64 = 7) {
    engine = Engine(configuration, seed: seed)
    engine.withLock {
      engine.freeze(.wait)
      // Endpoints need no sockets here.
      engine.openEndpointListener = { number, _ in .success(20_000 + number) }
      engine.setListening = { [weak self] number, listens in
        self?.listening[number] = listens
        return nil
      }
    }
  }

  var listening: [Int: Bool] = [:]

  func endpoint(_ name: String) throws -> Int { try engine.withLock { try engine.openEndpoint(name, .tcp) } }

  func client(at endpoint: Int = 0) -> ShapedClient {
    let client = ShapedClient(self, endpoint)
    clients[ObjectIdentifier(client)] = client
    settle()
    return client
  }

  /// Adds a rule in the words of LAB.FAULT ADD.
  func rule(_ text: String) throws {
    let words = text.split(separator: " ").map { word in
      Array(word.replacing("_", with: " ").replacing("\\r", with: "\r").replacing("\\n", with: "\n").utf8)
    }
    try engine.withLock { _ = try engine.addFault(try FaultParser.rule(words)) }
    settle()
  }

  func report(_ id: String) throws -> FaultReport? { engine.withLock { engine.faultReport(id) } }

  func advance(milliseconds: Int64) {
    engine.withLock { _ = engine.advance(.wait, microseconds: milliseconds * 1000) }
    settle()
  }

  /// What the loop does between rounds.
  func settle() {
    while let settlement = engine.settle(isDue: true), unsafe !settlement.sessions.isEmpty {
      for client in clients.values { client.flush() }
    }
    for client in clients.values { client.flush() }
  }

  fileprivate func forget(_ client: ShapedClient) { clients[ObjectIdentifier(client)] = nil }
}

@safe
final class ShapedClient {
  private let bench: FaultBench
  let session: SessionPointer
  private let output: UnsafeMutablePointer<ReplyBuffer>
  private let segments: UnsafeMutablePointer<OutputSegment>
  private var received: [UInt8] = []
  /// How the connection ended.
  private(set) var ending: FaultEnding?

  fileprivate init(_ bench: FaultBench, _ endpoint: Int) {
    self.bench = bench
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer())
    unsafe segments = .allocate(capacity: 64)
    unsafe session = bench.engine.withLock { unsafe bench.engine.open(transport: nil, endpoint: endpoint)! }
  }

  /// The connection is gone.
  func close() {
    bench.engine.withLock { unsafe bench.engine.close(session) }
    bench.forget(self)
    unsafe output.deinitialize(count: 1)
    unsafe output.deallocate()
    unsafe segments.deallocate()
  }

  /// Sends commands, words between spaces, and answers what came by then.
  @discardableResult
  func call(_ commands: String...) -> String {
    raw(commands.map { HarnessClient.frame($0.split(separator: " ").map { String($0) }) }.joined())
  }

  @discardableResult
  func raw(_ text: String) -> String {
    var bytes = Array(text.utf8)
    let engine = bench.engine
    var batch = unsafe bytes.withUnsafeMutableBytes { unsafe engine.serve(session, $0, into: output) }
    take(batch)
    while batch.result == .more {
      batch = unsafe engine.serveRest(session, into: output)
      take(batch)
    }
    bench.settle()
    return taken()
  }

  private func take(_ batch: Batch) {
    switch batch.output {
    case .none: break
    case .plain: unsafe received += Array(UnsafeRawBufferPointer(start: batch.base, count: batch.count))
    case .queued: flush()
    }
  }

  fileprivate func flush() {
    guard ending == nil || ending == .halfClose || ending == .hang else { return }
    let flushed = unsafe bench.engine.flush(session, segments, capacity: 64) { count in
      var sent = 0
      for index in 0..<count {
        let segment = unsafe segments[index]
        unsafe received += Array(UnsafeRawBufferPointer(start: segment.bytes, count: segment.count))
        unsafe sent += segment.count
      }
      return sent
    }
    if let end = flushed.ending { ending = end }
  }

  /// What has come since the last time.
  func taken() -> String {
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }
}
