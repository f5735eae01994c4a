// The control port: the verbs of the lab, for tests in any language.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct ControlPortTests {
  private let server: UnderstudyProcess
  private let control: RawClient

  init() throws {
    server = try UnderstudyProcess(["--control-port", "auto", "--busy-reply-threshold", "5000"])
    let port = try #require(server.controlPort)
    control = try RawClient(.tcp(host: "127.0.0.1", port: port))
    try control.command("HELLO", "3")
  }

  @Test func movesTheDataClock() throws {
    let client = try RawClient(server.tcp)
    try control.command("LAB.CLOCK", "data", "FREEZE")
    try client.command("SET", "k", "v", "PX", "300000")
    #expect(try client.command("PTTL", "k") == .integer(300_000))
    try control.command("LAB.CLOCK", "data", "ADVANCE", "299999")
    #expect(try client.command("PTTL", "k") == .integer(1))
    try control.command("LAB.CLOCK", "data", "ADVANCE", "1")
    #expect(try client.command("EXISTS", "k") == .integer(0))
    try control.command("LAB.CLOCK", "data", "SET", "1000000000000")
    #expect(try client.command("TIME").texts == ["1000000000", "0"])
    try control.command("LAB.CLOCK", "data", "REAL")
    let state = try control.command("LAB.CLOCK", "data")
    #expect(state.field("state")?.text == "real")
  }

  /// What became due has happened when the verb is answered.
  @Test func movesTheWaitClock() throws {
    let client = try RawClient(server.tcp)
    try control.command("LAB.CLOCK", "wait", "FREEZE")
    try client.send(encodeCommand(["BLPOP", "none", "60"]))
    let observer = try RawClient(server.tcp)
    try wait(until: "the client is blocked") {
      try observer.command("CLIENT", "LIST").text?.contains("flags=b") == true
    }
    try control.command("LAB.CLOCK", "wait", "ADVANCE", "59999")
    #expect(try observer.command("CLIENT", "LIST").text?.contains("flags=b") == true)
    try control.command("LAB.CLOCK", "wait", "ADVANCE", "1")
    #expect(try client.receiveValue() == .nullArray)
  }

  @Test func savesAndRestoresAllData() throws {
    let client = try RawClient(server.tcp)
    try client.command("SET", "k", "v")
    try client.command("SELECT", "2")
    try client.command("RPUSH", "list", "a")
    #expect(try control.command("LAB.SNAPSHOT", "SAVE", "seeded") == .simple("OK"))
    try client.command("FLUSHALL")
    let waiting = try RawClient(server.tcp)
    try waiting.command("SELECT", "2")
    try waiting.send(encodeCommand(["BLPOP", "list", "0"]))
    try wait(until: "the client is blocked") { try client.command("CLIENT", "LIST").text?.contains("flags=b") == true }
    #expect(try control.command("LAB.SNAPSHOT", "RESTORE", "seeded") == .simple("OK"))
    #expect(try waiting.receiveValue().texts == ["list", "a"])
    try client.command("SELECT", "0")
    #expect(try client.command("GET", "k").text == "v")
    guard case .array(let all) = try control.command("LAB.SNAPSHOT", "LIST"), let first = all.first else {
      Issue.record("no list")
      return
    }
    #expect(all.count == 1 && first.field("name")?.text == "seeded" && first.field("keys") == .integer(2))
    #expect(try control.command("LAB.SNAPSHOT", "DROP", "seeded") == .simple("OK"))
    #expect(try control.command("LAB.SNAPSHOT", "LIST") == .array([]))
    #expect(try control.command("LAB.SNAPSHOT", "RESTORE", "seeded").text == "ERR no snapshot of that name: 'seeded'")
  }

  /// A script runs for ever: its clock stands still, so nobody is told BUSY; the control port works all the same.
  @Test func worksWhileAScriptKeepsEverybodyWaiting() throws {
    try control.command("LAB.CLOCK", "script", "FREEZE")
    let author = try RawClient(server.tcp, timeoutMilliseconds: 60_000)
    let other = try RawClient(server.tcp, timeoutMilliseconds: 60_000)
    let killer = try RawClient(server.tcp, timeoutMilliseconds: 60_000)
    try author.send(encodeCommand(["EVAL", "while true do end", "0"]))
    try other.send(encodeCommand(["PING"]))
    #expect(try control.command("PING") == .simple("PONG"))
    // Whenever the script has begun: what it lives by is five seconds older in the end, and somebody is told BUSY.
    try wait(until: "others are told BUSY", milliseconds: 60_000) {
      if try killer.hasInput() { _ = try killer.receiveValue() }
      try killer.send(encodeCommand(["PING"]))
      while try !killer.hasInput(withinMilliseconds: 1) {
        try control.command("LAB.CLOCK", "script", "ADVANCE", "1000")
      }
      return try killer.receiveValue().text?.hasPrefix("BUSY Redis is busy running a script.") == true
    }
    #expect(try killer.command("SCRIPT", "KILL") == .simple("OK"))
    #expect(try author.receiveValue().text?.contains("Script killed by user with SCRIPT KILL") == true)
    // It was held back, or told BUSY, or came before the script: in each case it has exactly one reply.
    _ = try other.receiveValue()
    #expect(try other.command("PING") == .simple("PONG"))
    #expect(try killer.command("PING") == .simple("PONG"))
  }

  @Test(
    arguments: [
      (["LAB.CLOCK", "tea", "FREEZE"], "ERR unknown clock 'tea': there are data, wait and script"),
      (["LAB.CLOCK", "data", "ADVANCE", "x"], "ERR milliseconds must be an integer of 64 bits"),
      (["LAB.CLOCK", "data", "ADVANCE", "-1"], "ERR ADVANCE goes forward only; SET can bring the data clock back"),
      (["LAB.CLOCK", "data", "ADVANCE", "9223372036854775807"], "ERR that is beyond what a clock can tell"),
      (["LAB.CLOCK", "data", "SET", "9223372036854775"], "ERR that is beyond what a clock can tell"),
      (["LAB.CLOCK", "wait", "SET", "0"], "ERR the wait clock cannot be set backwards; only the data clock can"),
      (["LAB.CLOCK"], "ERR wrong number of arguments for 'lab.clock' command"),
      (
        ["LAB.CLOCK", "data", "STOP"],
        "ERR syntax error: LAB.CLOCK <data|wait|script> [FREEZE|ADVANCE ms|SET ms|REAL]"
      ),
      (["GET", "k"], "ERR unknown command 'GET', with args beginning with: 'k' "),
    ])
  func refuses(arguments: [String], text: String) throws {
    #expect(try control.command(arguments.map { Argument($0) }).text == text)
    // And goes on.
    #expect(try control.command("PING") == .simple("PONG"))
  }

  /// With a password of its own, and without: who knows that of the data knows nothing of the lab's.
  @Test func takesAPassword() throws {
    let server = try UnderstudyProcess(
      ["--control-port", "auto", "--control-password", "open sesame", "--requirepass", "data"])
    let address = ServerAddress.tcp(host: "127.0.0.1", port: try #require(server.controlPort))
    let control = try RawClient(address)
    #expect(try control.command("LAB.HELP").text == "NOAUTH Authentication required.")
    #expect(try control.command("PING").text == "NOAUTH Authentication required.")
    #expect(try control.command("HELLO", "3").text?.hasPrefix("NOAUTH HELLO must be called") == true)
    for wrong in [["data"], ["open sesam"], ["someone", "open sesame"], [""]] {
      let reply = try control.command((["AUTH"] + wrong).map { Argument($0) })
      #expect(reply.text == "WRONGPASS invalid username-password pair or user is disabled.")
    }
    #expect(try control.command("AUTH", "default", "open sesame") == .simple("OK"))
    #expect(try control.command("LAB.CLOCK", "data").isError == false)
    #expect(try RawClient(address).command("HELLO", "3", "AUTH", "default", "open sesame").isError == false)
    #expect(try RawClient(address).command("AUTH", "open sesame") == .simple("OK"))
    // No client of the data learns it.
    let client = try RawClient(server.tcp)
    #expect(try client.command("AUTH", "data") == .simple("OK"))
    #expect(try client.command("CONFIG", "GET", "*").texts.contains("open sesame") == false)
  }

  /// From before anybody can connect: a socket that nobody listens at yet refuses.
  @Test func aUnixSocketHasThePermissionsAskedFor() throws {
    let folder = try TestFolder()
    let path = try folder.file("socket")
    let server = try UnderstudyProcess(["--unixsocket", path, "--unixsocketperm", "600"])
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    #expect(try RawClient(.unix(path: path)).command("PING") == .simple("PONG"))
    withExtendedLifetime(server) {}
  }

  #if os(Linux)
    /// Every address of 127/8 is the machine's own there, so that one of them can play the other machine.
    @Test(arguments: [false, true])
    func listensOnLoopbackUnlessThereIsAPassword(hasPassword: Bool) throws {
      let options = ["--control-port", "auto", "--protected-mode", "no", "--bind", "0.0.0.0"]
      let server = try UnderstudyProcess(options + (hasPassword ? ["--control-password", "x"] : []))
      let port = try #require(server.controlPort)
      #expect(throws: Never.self) { try RawClient(.tcp(host: "127.0.0.1", port: port)) }
      if hasPassword {
        #expect(throws: Never.self) { try RawClient(.tcp(host: "127.0.0.2", port: port)) }
      } else {
        #expect(throws: (any Error).self) { try RawClient(.tcp(host: "127.0.0.2", port: port)) }
      }
    }
  #endif

  /// A web page that posts to the port must not move a clock.
  @Test func closesOnARequestOfHTTP() throws {
    let page = try RawClient(.tcp(host: "127.0.0.1", port: try #require(server.controlPort)))
    try page.send("POST / HTTP/1.1\r\nHost: here\r\n\r\nLAB.CLOCK data FREEZE\r\n")
    #expect(try page.receiveUntilClosed() == [])
    #expect(try control.command("LAB.CLOCK", "data").field("state")?.text == "real")
  }

  @Test func tellsItsVerbs() throws {
    let lines = try control.command("LAB.HELP").texts
    #expect(lines.contains("LAB.CLOCK <data | wait | script> [FREEZE | ADVANCE milliseconds | SET milliseconds | REAL]"))
    #expect(lines.contains("LAB.SNAPSHOT <SAVE name | RESTORE name | DROP name | LIST>"))
    // Data connections do not know them, nor are control connections among the clients.
    let client = try RawClient(server.tcp)
    #expect(try client.command("LAB.HELP").text?.hasPrefix("ERR unknown command 'LAB.HELP'") == true)
    #expect(try client.command("CLIENT", "LIST").text?.split(separator: "\n").count == 1)
  }

  /// What client libraries say when they connect.
  @Test func ordinaryClientsCanConnect() throws {
    #expect(try control.command("CLIENT", "SETINFO", "LIB-NAME", "x") == .simple("OK"))
    #expect(try control.command("CLIENT", "SETNAME", "x") == .simple("OK"))
    #expect(try control.command("COMMAND", "COUNT") != .integer(0))
    #expect(try control.command("HELLO", "2").isError == false)
  }
}

extension RESPValue {
  /// The value of a field of a map.
  func field(_ name: String) -> RESPValue? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key.text == name }?.value
  }
}
