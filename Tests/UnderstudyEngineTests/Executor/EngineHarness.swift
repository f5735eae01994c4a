// EngineHarness: an engine with no socket: text in, text out. What most engine tests use.

@testable import UnderstudyEngine

/// One engine and a clock that only the test moves.
@safe
final class EngineHarness {
  let engine: Engine
  private let output: UnsafeMutablePointer<ReplyBuffer>

  init(_ configuration: Configuration = Configuration(), seed: UInt64 = 1) {
    engine = Engine(configuration, time: .system, seed: seed)
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer())
  }

  deinit {
    unsafe output.deinitialize(count: 1)
    unsafe output.deallocate()
  }

  /// A client of the engine.
  func client() -> HarnessClient { HarnessClient(self) }

  /// A connection to the control port.
  func control() -> HarnessClient { HarnessClient(self, flags: .control) }

  /// Sends raw bytes as `session` and answers what comes back at once.
  fileprivate func send(_ bytes: [UInt8], _ session: SessionPointer) -> (bytes: [UInt8], isClosed: Bool) {
    var bytes = bytes
    var received: [UInt8] = []
    var isClosed = false
    engine.withLock {
      var offset = 0
      while offset < bytes.count {
        let result: BatchResult = unsafe bytes.withUnsafeMutableBytes { buffer in
          let shared = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
          let target = unsafe engine.readTarget(session, shared: shared)
          let count = min(target.count, shared.count)
          if unsafe target.baseAddress != shared.baseAddress {
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: shared[..<count]))
          }
          offset += count
          return unsafe engine.receive(
            session, UnsafeMutableRawBufferPointer(rebasing: target[..<count]), into: output)
        }
        drain(into: &received)
        var next = result
        while next == .more {
          next = unsafe engine.proceed(session, into: output)
          drain(into: &received)
        }
        if next == .close {
          isClosed = true
          return
        }
      }
      _ = engine.runTasks()
    }
    unsafe received += pending(session)
    return (received, isClosed)
  }

  private func drain(into received: inout [UInt8]) {
    unsafe output.pointee.forEachSegment(limit: .max) { received += $0.copied() }
    unsafe output.pointee.removeAll()
  }

  /// What waits for a client that did not ask for it just now.
  fileprivate func pending(_ session: SessionPointer) -> [UInt8] {
    var received: [UInt8] = []
    engine.withLock {
      _ = engine.runTasks()
      _ = unsafe engine.takeFlush()
      if let waiting = unsafe session.pointee.pending {
        unsafe waiting.pointee.forEachSegment(limit: .max) { received += $0.copied() }
        unsafe waiting.pointee.removeAll()
      }
    }
    return received
  }
}

@safe
final class HarnessClient {
  private let harness: EngineHarness
  private let session: SessionPointer

  fileprivate init(_ harness: EngineHarness, flags: SessionFlags = []) {
    self.harness = harness
    unsafe session = harness.engine.withLock { unsafe harness.engine.open(transport: nil, flags: flags)! }
  }

  deinit { harness.engine.withLock { unsafe harness.engine.close(session) } }

  /// Sends one command and answers the raw reply.
  @discardableResult
  func call(_ arguments: String...) -> String { call(arguments: arguments) }

  @discardableResult
  func call(arguments: [String]) -> String { raw(Self.frame(arguments)) }

  /// Sends raw bytes and answers what comes back.
  @discardableResult
  func raw(_ text: String) -> String { String(decoding: bytes(Array(text.utf8)), as: UTF8.self) }

  /// The same for what need not be text.
  func bytes(_ bytes: [UInt8]) -> [UInt8] { unsafe harness.send(bytes, session).bytes }

  /// Sends raw bytes; tells whether the server wants to close.
  func rawAndClose(_ text: String) -> (text: String, isClosed: Bool) {
    let (bytes, isClosed) = unsafe harness.send(Array(text.utf8), session)
    return (String(decoding: bytes, as: UTF8.self), isClosed)
  }

  /// What has arrived without having been asked for.
  func pending() -> String { unsafe String(decoding: harness.pending(session), as: UTF8.self) }

  static func frame(_ arguments: [String]) -> String {
    arguments.reduce("*\(arguments.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
  }
}
