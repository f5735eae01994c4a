// The program's life: what it says when it is ready, where it listens, and how it ends.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct LifeTests {
  /// A launcher waits for ` PID: <pid>` and `Ready to accept connections` on the standard output.
  @Test func theLinesThatLaunchersWaitFor() throws {
    let port = try freePort()
    let process = try ChildProcess([try ProgramRun.understudy, "--port", "\(port)"], keepsOutput: true)
    var lines: [String] = []
    while let line = try process.readLine() {
      lines.append(line)
      if line.hasSuffix("Ready to accept connections") { break }
    }
    let pid = process.processID
    #expect(lines.contains { $0.hasSuffix(" PID: \(pid)") })
    let form = "^\(pid):[CM] \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{3} [-.*#] "
    #expect(try lines.last?.firstMatch(of: Regex(form)) != nil, "\(lines.last ?? "")")
    // Ready means ready.
    #expect(try RawClient(.tcp(host: "127.0.0.1", port: port)).command("PING") == .simple("PONG"))
    // Inline, as those do it who have no client.
    let client = try RawClient(.tcp(host: "127.0.0.1", port: port))
    try client.send(Array("PING\r\n".utf8))
    #expect(try client.receiveValue() == .simple("PONG"))
  }

  @Test func announcesWhereItListens() throws {
    let folder = try TestFolder()
    let file = try folder.file("a.json")
    let server = try UnderstudyProcess(["--control-port", "auto", "--announce-file", file])
    let said = try Announced(json: server.announcement)
    #expect(try Announced(json: String(contentsOfFile: file, encoding: .utf8)) == said)
    #expect(said.host == "127.0.0.1" && said.version == "7.2.4" && said.pid == Int(server.processID))
    let port = try #require(said.port), control = try #require(said.controlPort)
    #expect(port > 0 && control > 0 && port != control)
    #expect(try RawClient(.tcp(host: "127.0.0.1", port: port)).command("PING") == .simple("PONG"))
    #expect(try RawClient(.unix(path: try #require(said.unixSocket))).command("PING") == .simple("PONG"))
    // Nothing half-written was left beside it.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.json"])
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func endsOnASignal(_ signal: Int32) throws {
    let folder = try TestFolder()
    let log = try folder.file("log"), pidFile = try folder.file("pid"), socket = try folder.file("s")
    let place = try folder.file("a.json")
    let server = try UnderstudyProcess(["--logfile", log, "--pidfile", pidFile, "--unixsocket", socket, "--announce-file", place])
    #expect(FileManager.default.fileExists(atPath: place))
    #expect(try String(contentsOfFile: pidFile, encoding: .utf8) == "\(server.processID)\n")
    let client = try RawClient(.unix(path: socket))
    try client.command("SET", "k", "v")
    server.signal(signal)
    // The client is told by the end of its connection.
    #expect(throws: (any Error).self) { try client.receive() }
    try wait(until: "the program has ended") { !server.isRunning }
    for path in [socket, pidFile, place] { #expect(!FileManager.default.fileExists(atPath: path)) }
    let text = try String(contentsOfFile: log, encoding: .utf8)
    let name = signal == SIGTERM ? "SIGTERM" : "SIGINT"
    #expect(text.contains("Received \(name) scheduling shutdown...\n"))
    #expect(text.hasSuffix("# Redis is now ready to exit, bye bye...\n"))
  }

  @Test func endsWithItsParent() throws {
    let folder = try TestFolder()
    let file = try folder.file("a.json"), copy = try folder.file("b.json")
    // The shell starts the program, waits until it has announced itself, and ends. The option needs no value.
    let script = "\"$1\" --exit-with-parent --port auto --announce-file \"$2\" >/dev/null 2>&1 & "
      + "while [ ! -e \"$2\" ]; do :; done; cp \"$2\" \"$3\""
    try runToItsEnd(["/bin/sh", "-c", script, "sh", try ProgramRun.understudy, file, copy])
    let said = try Announced(json: String(contentsOfFile: copy, encoding: .utf8))
    let port = try #require(said.port)
    try wait(until: "nobody listens on port \(port)") {
      (try? RawClient(.tcp(host: "127.0.0.1", port: port))) == nil
    }
    try wait(until: "nothing says that it listens") { !FileManager.default.fileExists(atPath: file) }
  }

  /// Without that option it outlives whoever started it, as a server should.
  @Test func outlivesItsParentOtherwise() throws {
    let folder = try TestFolder()
    let file = try folder.file("a.json")
    let script = "\"$1\" --port auto --announce-file \"$2\" >/dev/null 2>&1 & while [ ! -e \"$2\" ]; do :; done"
    try runToItsEnd(["/bin/sh", "-c", script, "sh", try ProgramRun.understudy, file])
    let said = try Announced(json: String(contentsOfFile: file, encoding: .utf8))
    defer { kill(Int32(said.pid), SIGKILL) }
    let client = try RawClient(.tcp(host: "127.0.0.1", port: try #require(said.port)))
    #expect(try client.command("PING") == .simple("PONG"))
  }

  @Test func goesIntoTheBackground() throws {
    let folder = try TestFolder()
    let file = try folder.file("a.json"), pidFile = try folder.file("pid")
    try runToItsEnd([
      try ProgramRun.understudy, "--port", "auto", "--daemonize", "yes", "--announce-file", file, "--pidfile", pidFile,
    ])
    try wait(until: "it has announced itself") { FileManager.default.fileExists(atPath: file) }
    let said = try Announced(json: String(contentsOfFile: file, encoding: .utf8))
    defer { kill(Int32(said.pid), SIGKILL) }
    #expect(try String(contentsOfFile: pidFile, encoding: .utf8) == "\(said.pid)\n")
    let client = try RawClient(.tcp(host: "127.0.0.1", port: try #require(said.port)))
    #expect(try client.command("PING") == .simple("PONG"))
  }

  /// Runs a program that leaves others behind: nothing of theirs is waited for.
  private func runToItsEnd(_ arguments: [String]) throws {
    let process = try ChildProcess(arguments)
    try wait(until: "\(arguments[0]) has ended") { !process.isRunning }
  }

  @Test func aClientMovesThePort() throws {
    let server = try UnderstudyProcess()
    let client = try RawClient(server.tcp)
    let port = try freePort()
    #expect(try client.command("CONFIG", "SET", "port", Argument("\(port)")) == .simple("OK"))
    #expect(try RawClient(.tcp(host: "127.0.0.1", port: port)).command("PING") == .simple("PONG"))
    // Who is there stays.
    #expect(try client.command("PING") == .simple("PONG"))
    #expect((try? RawClient(server.tcp)) == nil)
  }
}
