// The lab's stage points: told in order while something is attached, and not there otherwise.

import Synchronization
import Testing

@testable import UnderstudyEngine

@Suite struct StagePointTests {
  /// What an observer has been told.
  final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ event: LabEvent) {
      lines.withLock { $0.append("\(event.stage) \(event.command ?? "-") \(event.ordinal)") }
    }
    func take() -> [String] {
      lines.withLock { lines in
        defer { lines = [] }
        return lines
      }
    }
  }

  @Test func stagesComeInOrder() {
    let harness = EngineHarness()
    let log = Log()
    harness.engine.withLock {
      harness.engine.attachLab { event in
        log.add(event)
        return .proceed
      }
    }
    let client = harness.client()
    #expect(log.take() == ["accept - 0"])
    #expect(client.call("SET", "k", "v") == "+OK\r\n")
    #expect(log.take() == ["parsed set 0", "beforeExecution set 0", "afterExecution set 0", "reply - 1"])
    #expect(client.raw("NOSUCH\r\n").hasPrefix("-ERR unknown command"))
    #expect(log.take() == ["parsed - 1", "beforeExecution - 1", "afterExecution - 1", "reply - 2"])
    harness.engine.withLock { harness.engine.attachLab(nil) }
    client.call("GET", "k")
    #expect(log.take() == [])
  }

  @Test func aRequestMayBeRefusedOrCutOff() {
    let harness = EngineHarness()
    harness.engine.withLock {
      harness.engine.attachLab { event in
        guard event.stage == .beforeExecution else { return .proceed }
        switch event.command {
        case "echo": return .refuse("ERR not today")
        case "ping": return .close
        default: return .proceed
        }
      }
    }
    let client = harness.client()
    #expect(client.call("SET", "k", "1") == "+OK\r\n")
    #expect(client.call("ECHO", "k") == "-ERR not today\r\n")
    #expect(client.call("GET", "k") == "$1\r\n1\r\n")
    let end = client.rawAndClose(HarnessClient.frame(["PING"]))
    #expect(end.text == "" && end.isClosed)
  }
}
