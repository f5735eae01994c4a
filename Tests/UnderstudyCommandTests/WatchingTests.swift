// Watching a server at work, without a terminal: `--verbose` and `understudy top --once`.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct WatchingTests {
  /// The port of an endpoint `shop`.
  private func openEndpoint(_ control: RawClient) throws -> UInt16 {
    guard case .integer(let port) = try control.command("LAB.ENDPOINT", "OPEN", "shop") else { return 0 }
    return UInt16(port)
  }

  /// The lines that a server has written of commands.
  private func lines(_ log: String, until last: String) throws -> [String] {
    try wait(until: "\(last) is shown") { readSmallFile(log)?.contains(last) == true }
    let all = (readSmallFile(log) ?? "").split(separator: "\n").map { String($0) }
    return all.filter { $0.contains(#/^\d\d:\d\d:\d\d\.\d{3}  /#) }
  }

  @Test func commandsAreShownAsTheyCome() throws {
    let folder = try TestFolder()
    let log = try folder.file("log")
    let server = try UnderstudyProcess(["--verbose", "--control-port", "auto", "--logfile", log])
    let control = try RawClient(.tcp(host: "127.0.0.1", port: try #require(server.controlPort)))
    let shop = try openEndpoint(control)
    let client = try RawClient(.tcp(host: "127.0.0.1", port: Int(shop)))
    let other = try RawClient(server.tcp)
    try other.command("SET", "k", "v")
    try client.command("CLIENT", "SETNAME", "till")
    try client.command("INCR", "k")
    try client.command("MULTI")
    try client.command("GET", "k")
    try client.command("EXEC")
    try client.command("NOSUCH", "x")
    try client.sendCommand(["BLPOP", "jobs", "0"])
    _ = try lines(log, until: "BLPOP jobs 0")
    try other.command("RPUSH", "jobs", "1")
    _ = try client.receive()
    try other.command("ECHO", "the end")
    let shown = try lines(log, until: "the end")
    func line(_ text: String) -> String? { shown.first { $0.contains(text) } }
    #expect(try #require(line("SET k v")).contains(#/  default   127\.0\.0\.1:\d+  .*µs  SET k v$/#))
    #expect(try #require(line("INCR k")).contains(#/  shop      till  .*INCR k → ERR value is not an integer/#))
    #expect(try #require(line("  GET k")).hasSuffix("GET k → queued") && line("· GET k") != nil)
    #expect(try #require(line("NOSUCH x")).contains("→ ERR unknown command"))
    let waits = shown.filter { $0.contains("BLPOP jobs 0") }
    #expect(waits.count == 2 && waits[0].contains("waits  BLPOP") && !waits[1].contains("waits"), "\(waits)")
    #expect(!shown.contains { $0.contains("LAB.ENDPOINT") })
    #expect(readSmallFile(log)?.contains("took  command\n") == true)
  }

  @Test func secretsAreNotShown() throws {
    let folder = try TestFolder()
    let log = try folder.file("log")
    let server = try UnderstudyProcess(["--verbose", "--logfile", log])
    let client = try RawClient(server.tcp)
    for words in [
      ["AUTH", "hush-1"], ["AUTH", "default", "hush-2"], ["HELLO", "3", "AUTH", "default", "hush-3"],
      ["ACL", "SETUSER", "ann", "on", ">hush-4", "<hush-5"], ["CONFIG", "SET", "requirepass", "hush-6"], ["AUTH", "hush-6"],
      ["MIGRATE", "127.0.0.1", "1", "k", "0", "10", "AUTH", "hush-7"], ["EVAL", "return 1", "0"], ["ECHO", "the end"],
    ] { try client.command(words.map { Argument($0) }) }
    let shown = try lines(log, until: "the end")
    #expect(shown.count { $0.contains("(redacted)") } >= 6)
    #expect(readSmallFile(log)?.contains("hush") == false, "\(shown)")
  }

  @Test func nothingIsShownOtherwise() throws {
    let folder = try TestFolder()
    let log = try folder.file("log")
    let server = try UnderstudyProcess(["--logfile", log])
    try RawClient(server.tcp).command("ECHO", "hello")
    #expect(readSmallFile(log)?.contains("hello") == false)
    #expect(try RawClient(server.tcp).command("CONFIG", "GET", "verbose").texts == ["verbose", "no"])
  }

  @Test func topTellsWhatTheServerDoes() throws {
    let server = try UnderstudyProcess(["--control-port", "auto", "--emulate-version", "7.0", "--slowlog-log-slower-than", "0"])
    let port = try #require(server.controlPort)
    let control = try RawClient(.tcp(host: "127.0.0.1", port: port))
    let shop = try openEndpoint(control)
    let client = try RawClient(.tcp(host: "127.0.0.1", port: Int(shop))), waiting = try RawClient(.tcp(host: "127.0.0.1", port: Int(shop)))
    try client.command("CLIENT", "SETNAME", "till")
    for _ in 0..<3 { try client.command("INCR", "counter") }
    try client.command("WATCH", "counter")
    try client.command("GETSET", "counter", "5")
    try client.command("MULTI")
    try client.command("INCR", "counter")
    try client.command("EXEC")
    try client.command("GET", "\u{1B}[2J")
    try waiting.command("CLIENT", "SETNAME", "worker")
    try waiting.sendCommand(["BLPOP", "jobs", "0"])
    try #require(try control.command("LAB.WAIT", "shop", "blocked", "1") == .simple("OK"))
    let run = try ProgramRun(["top", "--once", "--control-port", "\(port)"])
    try #require(run.status == 0, "\(run.errors)")
    let lines = run.output.split(separator: "\n").map { String($0) }
    #expect(!run.output.contains("\u{1B}") && run.output.hasPrefix("Understudy as Redis 7.0.15 · port "))
    #expect(lines[1].hasPrefix("2 clients, 1 waiting · ") && lines[1].contains("commands/s"))
    #expect(lines.contains { $0.contains(#/^  shop +till +1 +0 +1 /#) }, "\(run.output)")
    #expect(lines.contains { $0.contains(#/^  shop +worker +1 +1 +1 /#) })
    #expect(lines.contains { $0.contains(#/^  incr +\d /#) } && lines.contains { $0.contains(#/^  worker +shop +BLPOP jobs 0 /#) })
    #expect(lines.contains { $0.hasPrefix("  certain  tx.self-dirtied  shop · till") })
    // Slow calls: all, with that threshold.
    #expect(run.output.contains("Slow calls"))
    // A URL does as well, and a control port is what it must be.
    #expect(try ProgramRun(["top", "--once", "redis://127.0.0.1:\(port)"]).status == 0)
    guard case .tcp(_, let data) = server.tcp else { return }
    let wrong = try ProgramRun(["top", "--once", "--control-port", "\(data)"])
    #expect(wrong.status == 1 && wrong.errors.contains("Is that its control port"), "\(wrong.errors)")
    let nobody = try ProgramRun(["top", "--once", "--control-port", "\(try freePort())"])
    #expect(nobody.status == 1 && nobody.errors.contains("Connection refused"))
    let piped = try ProgramRun(["top", "--control-port", "\(port)"])
    #expect(piped.status == 1 && piped.errors.contains("--once prints one frame"))
  }

  @Test func topTellsThePassword() throws {
    let server = try UnderstudyProcess(["--control-port", "auto", "--control-password", "open %sesame"])
    let port = "\(try #require(server.controlPort))"
    let without = try ProgramRun(["top", "--once", "--control-port", port])
    #expect(without.status == 1 && without.errors.contains("wants its password"), "\(without.errors)")
    #expect(try ProgramRun(["top", "--once", "redis://:wrong@127.0.0.1:\(port)"]).status == 1)
    #expect(try ProgramRun(["top", "--once", "redis://:open%20%25sesame@127.0.0.1:\(port)"]).status == 0)
    #expect(try ProgramRun(["top", "--once", "--control-port", port, "--password", "open %sesame"]).status == 0)
  }

  @Test func theControlPortTellsOfTheServer() throws {
    let server = try UnderstudyProcess(["--control-port", "auto", "--requirepass", "secret"])
    let control = try RawClient(.tcp(host: "127.0.0.1", port: try #require(server.controlPort)))
    let info = try #require(try control.command("INFO", "server").text)
    guard case .tcp(_, let port) = server.tcp else { return }
    #expect(info.contains("tcp_port:\(port)\r\n"))
    #expect(try control.command("SLOWLOG", "LEN") == .integer(0))
    try control.command("HELLO", "3")
    #expect(try control.command("LAB.CONN", "BLOCKED") == .array([]))
    let client = try RawClient(server.tcp)
    try client.command("AUTH", "secret")
    try client.sendCommand(["BLPOP", "jobs", "0"])
    try control.command("LAB.WAIT", "default", "open", "1")
    try wait(until: "a client waits") { try control.command("LAB.CONN", "BLOCKED") != .array([]) }
    guard case .array(let waits) = try control.command("LAB.CONN", "BLOCKED", "default") else { return }
    #expect(waits.first?.field("command")?.text == "BLPOP jobs 0" && waits.first?.field("endpoint")?.text == "default")
    #expect(try control.command("LAB.CONN", "BLOCKED", "nowhere").text == "ERR there is no endpoint 'nowhere'")
  }
}
