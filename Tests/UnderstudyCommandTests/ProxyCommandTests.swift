// `understudy proxy`, `understudy run --upstream`, and recordings by the control port and `understudy-conformance replay`,
// with the real server behind if there is one.

import Testing
import UnderstudyTestSupport

@Suite struct ProxyCommandTests {
  private func call(_ client: RawClient, _ words: String) throws -> RESPValue {
    try client.command(words.split(separator: " ").map { Argument(String($0)) })
  }

  @Test func whatMakesNoSenseIsSaid() throws {
    for (arguments, status, text) in [
      (["proxy", "--port", "auto"], 1, "name it: --upstream host:port"), (["proxy", "--upstream", "nonsense"], 1, "as host:port"),
      (["proxy", "--help"], 0, "Usage: understudy proxy"), (["proxy"], 0, "Usage: understudy proxy"),
      (["proxy", "--upstream", "127.0.0.1:1"], 1, "cannot use the server behind, 127.0.0.1:1"),
      (["run", "--upstream", "127.0.0.1:1", "--", "true"], 125, "cannot use the server behind"),
    ] {
      let run = try ProgramRun(arguments)
      #expect(run.status == status && (run.output + run.errors).contains(text), "\(arguments): \(run.output)\(run.errors)")
    }
  }

  /// Somebody who listens and says nothing that could be understood.
  @Test func whoSpeaksSomethingElseIsNoServer() throws {
    let control = try UnderstudyProcess(["--control-port", "auto"])
    let lab = try RawClient(.tcp(host: "127.0.0.1", port: try #require(control.controlPort)))
    #expect(try lab.command("LAB.FAULT", "ADD", "x", "DO", "accept", "RAW", "SSH-2.0\r\n") == .simple("OK"))
    let run = try ProgramRun(["proxy", "--upstream", "\(control.tcp)"])
    #expect(run.status == 1 && run.output.contains("it does not speak RESP"), "\(run.output)\(run.errors)")
  }

  @Test(
    .enabled(if: OracleServer.isAvailable(for: "a proxy before redis-server")),
    .enabled(if: ClientProgram.redisCLI.isAvailable(for: "a run through a proxy")))
  func aRunThroughTheRealServer() throws {
    let server = try OracleServer()
    let cli = try ClientProgram.redisCLI.find()
    let run = try ProgramRun([
      "run", "--upstream", "\(server.tcp)", "--fail-on", "never", "--", "sh", "-c",
      "\(cli) -p $REDIS_PORT set k v; \(cli) -p $REDIS_PORT keys '*'",
    ])
    #expect(run.output == "OK\nk\n" && run.errors.contains("cmd.keys"), "\(run.output)\(run.errors)")
    #expect(try RawClient(server.tcp).command("GET", "k").text == "v")
  }

  /// What was recorded of the real server is what it says again, and what another one does not.
  @Test(.enabled(if: OracleServer.isAvailable(for: "a recording of redis-server")))
  func aRecordingOfTheRealServer() throws {
    let server = try OracleServer()
    let proxy = try UnderstudyProcess(["--upstream", "\(server.tcp)", "--control-port", "auto"])
    let lab = try RawClient(.tcp(host: "127.0.0.1", port: try #require(proxy.controlPort)))
    let folder = try TestFolder()
    let file = "\(folder.path)/svc.case"
    #expect(try lab.command("LAB.RECORD", "START", "default", "FILE", Argument(file)) == .simple("OK"))
    let (one, two) = (try RawClient(proxy.tcp), try RawClient(proxy.tcp))
    _ = try call(one, "HELLO 3 SETNAME shop")
    for words in [
      "SET k v", "INCR n", "HSET h a 1 b 2", "HGETALL h", "SADD s x y z", "SMEMBERS s", "TIME", "NOSUCH", "EXPIRE k 100", "TTL k",
      "ZADD z 1.5 a", "ZRANGE z 0 -1 WITHSCORES", "XADD st * f v",
    ] { _ = try call(one, words) }
    try two.sendCommand(["BLPOP", "l", "0"])
    #expect(try call(lab, "LAB.WAIT default blocked 1") == .simple("OK"))
    _ = try call(one, "RPUSH l x")
    _ = try two.receive()
    _ = try call(two, "SMEMBERS s")
    let facts = try call(lab, "LAB.RECORD STOP default")
    #expect(facts.flat.contains("requests 17 replies 17"), "\(facts)")
    let program = try #require(UnderstudyProcess.path).replacing("/understudy", with: "/understudy-conformance")
    _ = try call(two, "FLUSHALL")
    let again = try ProgramRun(of: program, ["replay", file, "--target", "\(server.tcp)"])
    #expect(again.status == 0, "\(again.output)\(again.errors)")
    // Now there is something.
    let different = try ProgramRun(of: program, ["replay", file, "--target", "\(server.tcp)"])
    #expect(different.status == 1 && different.output.contains("INCR n"), "\(different.output)\(different.errors)")
    // Ours says the same.
    let ours = try UnderstudyProcess(["--emulate-version", "7.0", "--control-port", "auto"])
    let replayed = try ProgramRun(of: program, ["replay", file, "--target", "\(ours.tcp)"])
    #expect(replayed.status == 0, "\(replayed.output)\(replayed.errors)")
    // And into itself.
    let oursLab = try RawClient(.tcp(host: "127.0.0.1", port: try #require(ours.controlPort)))
    _ = try RawClient(ours.tcp).command("FLUSHALL")
    let report = try oursLab.command("LAB.REPLAY", Argument(file))
    #expect(report.flat.contains("differences 0"), "\(report)")
  }
}

extension RESPValue {
  /// The elements as words.
  fileprivate var flat: String {
    guard case .array(let values) = self else { return text ?? "\(self)" }
    return values.map { value in
      if case .integer(let number) = value { "\(number)" } else { value.flat }
    }.joined(separator: " ")
  }
}
