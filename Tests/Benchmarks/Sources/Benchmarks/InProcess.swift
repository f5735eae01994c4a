// The library in this process: what a test pays for a server of its own, and for looking at its data without a client.
//
// Figures are medians of rounds. Memory is what the process's resident size grows by, so a run of its own
// (`--only inprocess`) is the one to quote.

import Foundation
import Understudy
import UnderstudyTestSupport

struct InProcessBenchmark {
  let options: Options

  func run(_ report: Report) throws {
    // The first server starts the IO thread and builds the tables that all servers share.
    let first = try waitFor { try await RedisServer.start() }
    let (memory, seconds) = try thousandServers()
    report.table(
      "In this process", note: "Medians of \(rounds) rounds; the thousand servers once.", ["what", "figure", "goal"],
      [
        ["GET of a string, `get`", nanoseconds(try perCall(first) { _ = try $0.get("key") }), "150 ns"],
        ["GET as a command, `call`", nanoseconds(try perCall(first) { try $0.call("GET", "key") }), "–"],
        ["SET as a command, `set`", nanoseconds(try perCall(first) { try $0.set("key", "value") }), "–"],
        ["start and stop of a server", microseconds(try startAndStop()), "300 µs"],
        ["start, one PING over a socket, stop", microseconds(try startPingStop()), "–"],
        ["1,000 servers at once: to start them", "\(figure(seconds.start * 1000)) ms", "300 ms"],
        ["1,000 servers at once: to stop them", "\(figure(seconds.stop * 1000)) ms", "–"],
        ["1,000 servers at once: resident memory", "\(figure(memory / 1_000_000)) MB", "20 MB"],
      ])
    waitFor { await first.stop() }
  }

  private var rounds: Int { options.full ? 15 : 7 }

  /// Seconds of this thread's CPU time for each of many calls: they never wait, and a busy machine does not disturb it.
  private func perCall(_ server: RedisServer, _ call: (RedisServer) throws -> Void) throws -> Double {
    try server.set("key", "value")
    let count = 200_000
    var seconds: [Double] = []
    for _ in 0..<rounds {
      let began = threadSeconds
      for _ in 0..<count { try call(server) }
      seconds.append((threadSeconds - began) / Double(count))
    }
    return median(seconds)
  }

  /// The processor time that this thread has used.
  private var threadSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func startAndStop() throws -> Double {
    try repeated {
      let server = try await RedisServer.start()
      await server.stop()
    }
  }

  private func startPingStop() throws -> Double {
    try repeated {
      let server = try await RedisServer.start()
      try RawClient(.tcp(host: server.host, port: server.port)).command("PING")
      await server.stop()
    }
  }

  private func repeated(_ body: @escaping @Sendable () async throws -> Void) throws -> Double {
    let count = 200
    var seconds: [Double] = []
    for _ in 0..<rounds {
      let began = ContinuousClock.now
      try waitFor { for _ in 0..<count { try await body() } }
      seconds.append(began.duration(to: .now) / .seconds(1) / Double(count))
    }
    return median(seconds)
  }

  /// A thousand servers, each with a key and its port, alive at the same time.
  private func thousandServers() throws -> (memory: Double, seconds: (start: Double, stop: Double)) {
    raiseDescriptorLimit()
    let before = ownResidentBytes
    var began = ContinuousClock.now
    let servers = try waitFor {
      var servers: [RedisServer] = []
      for _ in 0..<1000 { servers.append(try await RedisServer.start()) }
      return servers
    }
    let start = began.duration(to: .now) / .seconds(1)
    for server in servers { try server.set("key", "value") }
    let memory = ownResidentBytes - before
    guard Set(servers.map(\.port)).count == servers.count else { throw BenchmarkError("two servers share a port") }
    began = .now
    waitFor { for server in servers { await server.stop() } }
    return (memory, (start, began.duration(to: .now) / .seconds(1)))
  }

  private func nanoseconds(_ seconds: Double) -> String { "\(figure(seconds * 1e9)) ns" }
  private func microseconds(_ seconds: Double) -> String { "\(figure(seconds * 1e6)) µs" }

  private var ownResidentBytes: Double { residentBytes(ofProcess: "self") }
}

/// Runs asynchronous work to its end from the benchmark's own thread, which nothing else waits for.
func waitFor<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
  let result = ResultBox<Value>()
  Task {
    do { result.fill(.success(try await body())) } catch { result.fill(.failure(error)) }
  }
  return try result.take().get()
}

func waitFor(_ body: @escaping @Sendable () async -> Void) {
  let result = ResultBox<Void>()
  Task {
    await body()
    result.fill(.success(()))
  }
  _ = result.take()
}

/// Carries one result from a task to a thread that waits for it.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private var result: Result<Value, any Error>?

  func fill(_ result: Result<Value, any Error>) {
    self.result = result
    semaphore.signal()
  }

  func take() -> Result<Value, any Error> {
    semaphore.wait()
    return result ?? .failure(BenchmarkError("a task ended without a result"))
  }
}
