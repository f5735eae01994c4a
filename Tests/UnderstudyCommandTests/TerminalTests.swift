// What a person sees at a terminal, and what nobody else does: the start, its errors, `--verbose` and `understudy top`. The
// terminal is one of Python's (Python/terminal.py).

import Foundation
import Testing
import UnderstudyTestSupport

/// A program that has run at a terminal.
struct TerminalRun: Decodable {
  let output: String
  let status: Int
  let isRestored: Bool

  init(_ steps: [[Any]], _ command: [String]) throws {
    let text = String(decoding: try JSONSerialization.data(withJSONObject: steps), as: UTF8.self)
    let run = try ProgramRun(
      of: ClientProgram.python.find(),
      ["-B", "\(TestEnvironment.repository)/Tests/UnderstudyCommandTests/Python/terminal.py", text] + command)
    try #require(run.status == 0, "\(run.errors)")
    self = try JSONDecoder().decode(TerminalRun.self, from: Data(run.output.utf8))
  }
}

@Suite(.enabled(if: ClientProgram.python.isAvailable(for: "what the program shows at a terminal")))
struct TerminalTests {
  private static let interrupt = "\u{3}"

  @Test func aPersonIsToldWhereItListens() throws {
    let folder = try TestFolder()
    let socket = try folder.file("s")
    let run = try TerminalRun(
      [["wait", "gone then"], ["type", Self.interrupt]],
      [
        "/usr/bin/env", "-u", "NO_COLOR", "TERM=xterm", try ProgramRun.understudy, "--port", "auto", "--control-port", "auto",
        "--unixsocket", socket, "--emulate-version", "valkey-9.0",
      ])
    #expect(run.status == 0 && run.isRestored)
    #expect(run.output.contains(/redis:\/\/127\.0\.0\.1:\d+/) && run.output.contains(socket))
    #expect(run.output.contains(/understudy top --control-port \d+/) && run.output.contains("as Valkey 9.0.0"))
    #expect(run.output.contains("\u{1B}["))
    for word in ["oO0Oo", "Ready to accept", "\"port\"", "bye bye"] { #expect(!run.output.contains(word)) }
  }

  @Test func withoutColoursIfSomebodySaysSo() throws {
    let run = try TerminalRun(
      [["wait", "gone then"], ["type", Self.interrupt]], ["/usr/bin/env", "NO_COLOR=1", try ProgramRun.understudy, "--port", "auto"])
    #expect(run.status == 0 && !run.output.contains("\u{1B}"))
  }

  /// Who asks for a level of the log gets the log.
  @Test func theLogIfSomebodyAsksForIt() throws {
    let run = try TerminalRun(
      [["wait", "Ready to accept connections"], ["type", Self.interrupt]],
      [try ProgramRun.understudy, "--port", "auto", "--loglevel", "verbose"])
    #expect(run.status == 0 && run.output.contains("oO0Oo") && run.output.contains("bye bye"))
  }

  @Test func errorsSayWhatToDo() throws {
    let server = try UnderstudyProcess()
    guard case .tcp(_, let port) = server.tcp else { return }
    let taken = try TerminalRun([], [try ProgramRun.understudy, "--port", "\(port)"])
    #expect(taken.status == 1 && taken.output.contains("understudy: Port \(port) is taken: another program listens there"))
    let typo = try TerminalRun([], [try ProgramRun.understudy, "--maxmemroy", "1"])
    #expect(typo.status == 1 && typo.output.contains("Did you mean maxmemory? For help: understudy help config maxmemory"))
    let command = try TerminalRun([], [try ProgramRun.understudy, "tpo"])
    #expect(command.status == 1 && command.output.contains("Did you mean understudy top?"))
  }

  // MARK: Top

  @Test(arguments: ["key", "interrupt", "signal"])
  func topLeavesTheTerminalAsItWas(_ end: String) throws {
    let server = try UnderstudyProcess(["--control-port", "auto"])
    let client = try RawClient(server.tcp)
    try client.command("CLIENT", "SETNAME", "shop")
    let last: [Any] = end == "key" ? ["type", "q"] : end == "signal" ? ["signal", "SIGTERM"] : ["type", Self.interrupt]
    let run = try TerminalRun(
      [["wait", "q ends it"], ["wait", "shop"], ["size", 60, 12], ["wait", "q ends it"], last],
      [try ProgramRun.understudy, "top", "--control-port", "\(try #require(server.controlPort))", "--interval", "0.1"])
    #expect(run.status == 0 && run.isRestored)
    // The second screen is entered once, and left at the very end.
    let parts = run.output.components(separatedBy: "\u{1B}[?1049")
    #expect(parts.count == 3 && parts[1].hasPrefix("h\u{1B}[?25l") && parts[1].hasSuffix("\u{1B}[?25h"))
    #expect(parts.last?.trimmingCharacters(in: .whitespacesAndNewlines).hasSuffix("l") == true)
  }

  @Test func topEndsWithItsServer() throws {
    let server = try UnderstudyProcess(["--control-port", "auto"])
    let port = try #require(server.controlPort)
    let run = try TerminalRun(
      [["wait", "q ends it"], ["type", " "], ["wait", "q ends it"], ["kill", Int(server.processID)]],
      [try ProgramRun.understudy, "top", "--interval", "0.1", "--control-port", "\(port)"])
    #expect(run.status == 1 && run.isRestored)
    #expect(run.output.contains("\u{1B}[?1049l") && run.output.contains("understudy top: the server"))
  }
}
