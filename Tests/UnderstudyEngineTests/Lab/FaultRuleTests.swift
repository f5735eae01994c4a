// What is said of rules that make no sense, and that families name commands that there are.

import Testing

@testable import UnderstudyEngine

@Suite struct FaultRuleTests {
  private let bench = FaultBench()

  private static let wrong: [(rule: String, reason: String)] = [
    ("r", "DO is missing, with a stage and an action behind it"),
    ("r DO", "a stage behind DO is missing behind 'DO'"),
    ("r DO accept", "an action is missing behind 'accept'"),
    ("r DO nowhere RESET", "there is no stage 'nowhere'"),
    ("r DO accept EXPLODE", "there is no action 'EXPLODE'"),
    ("r FROM x DO accept RESET", "'FROM' is no part of a rule"),
    ("r KEY a KEY b DO accept RESET", "KEY is given twice"),
    ("r KEY", "a pattern is missing behind 'KEY'"),
    ("r AFTER x DO accept RESET", "'x' is no whole number"),
    ("r AFTER -1 DO beforeExecution RESET", "AFTER is 0 or more"),
    ("r TIMES 0 DO beforeExecution RESET", "TIMES is 1 or more"),
    ("r PROB 2 DO beforeExecution RESET", "PROB is over 0 and at most 1"),
    ("r PROB often DO beforeExecution RESET", "PROB wants a number, not 'often'"),
    ("r FOR 0 DO beforeExecution RESET", "FOR is 1 to"),
    ("r ENDPOINT nobody DO beforeExecution RESET", "there is no endpoint 'nobody'"),
    ("r COMMAND gte DO beforeExecution RESET", "there is no command 'gte' in 7.2."),
    ("r COMMAND hexpire DO beforeExecution RESET", "there is no command 'hexpire' in 7.2."),
    ("r FAMILY incs DO beforeExecution RESET", "there is no family 'incs': there are get, set, incr"),
    ("r GROUP strings DO beforeExecution RESET", "there is no group 'strings'"),
    ("r GROUP lab DO beforeExecution RESET", "there is no group 'lab'"),
    ("r FLAG wrote DO beforeExecution RESET", "there is no flag 'wrote'"),
    ("r FAMILY ping FLAG write DO beforeExecution RESET", "no command of 7.2."),
    ("r COMMAND ping KEY a* DO beforeExecution RESET", "KEY can never match: none of these commands has a key"),
    ("r KEY a* DO handshake RESET", "KEY can never match: no command of a handshake has a key"),
    ("r COMMAND get DO beforeExecution ROLE replica", "the role replica can never match: none of these commands notices it"),
    ("r COMMAND info DO beforeExecution ROLE loading", "the role loading can never match: none of these commands notices it"),
    ("r COMMAND get DO accept RESET", "at accept nothing is known of a connection but its endpoint and its number"),
    ("r COMMAND get DO handshake RESET", "none of these commands belongs to a handshake"),
    ("r COMMAND get DO push DROP", "a push belongs to no command"),
    ("r DB 16 DO beforeExecution RESET", "there are databases 0 to 15"),
    ("r CONNECTION 0 DO accept RESET", "connections count from 1"),
    ("r DO accept SWAP", "swap makes no sense at accept; it does at afterExecution"),
    ("r DO beforeExecution TRUNCATE 3", "truncate makes no sense at beforeExecution; it does at afterExecution, push"),
    ("r DO afterExecution REFUSE", "refuse makes no sense at afterExecution; it does at accept"),
    ("r DO afterExecution ROLE replica", "role makes no sense at afterExecution"),
    ("r DO accept REFUSE", "refuse wants an ENDPOINT"),
    ("r ENDPOINT default TIMES 1 DO accept REFUSE", "the system counts no refused connections"),
    ("r DO tls RESET", "nobody speaks TLS there"),
    ("r DO replyByte -1 RESET", "bytes of a reply count from 0"),
    ("r DO replyByte RESET", "'RESET' is no whole number"),
    ("r DO afterExecution DRIP 0 1", "a drip is 1 byte or more every millisecond or more"),
    ("r DO afterExecution DELAY -1", "a time is 0 to"),
    ("r DO afterExecution DELAY 1 2 3", "'3' is more than delay takes"),
    ("r DO afterExecution SUBSTITUTE hello", "that is not one whole reply in RESP; RAW takes any bytes"),
    ("r DO afterExecution SURPLUS *2\\r\\n:1\\r\\n", "that is not one whole reply in RESP"),
    ("r DO afterExecution ERROR a\\r\\nb", "an error is one line of text"),
    ("r DO beforeExecution REDIRECT MOVED nobody", "there is no endpoint 'nobody'"),
    ("r DO beforeExecution REDIRECT GONE a:1", "a redirection is MOVED or ASK, not 'GONE'"),
    ("r COMMAND ping DO beforeExecution REDIRECT MOVED a:1", "a redirection can never match"),
    ("r DO beforeExecution ROLE king", "there is no role 'king'"),
    ("r DO afterExecution PUSH", "a push has at least one word"),
    ("r\u{7f} DO accept RESET", "a rule's id consists of printable ASCII characters without spaces"),
  ]

  @Test(arguments: wrong) func whatIsSaidOfWrongRules(_ rule: String, _ reason: String) throws {
    let refusal = #expect(throws: FaultRefusal.self) { try bench.rule(rule) }
    #expect(refusal?.reason.hasPrefix(reason) == true, "\(rule): \(refusal?.reason ?? "")")
    #expect(bench.engine.withLock { bench.engine.faultReports.isEmpty })
  }

  @Test func idsAreNotUsedTwice() throws {
    try bench.rule("r DO beforeExecution RESET")
    let refusal = #expect(throws: FaultRefusal.self) { try bench.rule("r DO beforeExecution CLOSE") }
    #expect(refusal?.reason == "there is a rule 'r' already")
  }

  /// Every combination that is said to make sense is taken.
  @Test func everyCombinationIsTaken() throws {
    let actions: [FaultAction] = [
      .refuse, .close, .reset, .halfClose, .hang, .delay(milliseconds: 1, jitter: 1), .drip(bytes: 1, milliseconds: 1),
      .truncate(1), .raw([1]), .error("ERR"), .substitute(Array("+A\r\n".utf8)), .surplus(Array("+A\r\n".utf8)), .drop,
      .push(["a"]), .swap, .pause(milliseconds: 1), .redirect(isAsk: true, .address("a:1")), .role(.replica),
    ]
    let stages: [FaultStage] = [
      .accept, .tls, .handshake, .beforeExecution, .afterExecution, .replyByte(1), .idle(milliseconds: 1), .push,
    ]
    bench.engine.withLock { bench.engine.configuration.tls.port = 1 }
    for action in actions {
      for stage in stages {
        var matcher = FaultMatcher()
        matcher.endpoint = "default"
        let rule = FaultRule("r", matcher, stage, action)
        let isTaken = bench.engine.withLock { (try? bench.engine.addFault(rule)) != nil }
        #expect(isTaken == action.stages.contains(stage.kind), "\(action.name) at \(stage.kind)")
        _ = bench.engine.withLock { bench.engine.removeFault("r") }
      }
    }
    #expect(bench.listening == [0: true])
  }

  @Test func familiesNameCommandsThatThereAre() {
    let all = CommandManifest.all
    let names = Set(all.map(\.name))
    var known: Set<String> = []
    for family in CommandFamily.allCases {
      for name in family.commands {
        #expect(names.contains(name), "\(family): \(name)")
        known.insert(name)
      }
      #expect(Set(family.commands).count == family.commands.count, "\(family)")
    }
    // A command that touches keys belongs somewhere.
    for command in all where command.hasKeys || command.subcommands.contains(where: \.hasKeys) {
      #expect(known.contains(command.name), "\(command.name) is in no family")
    }
  }

  @Test func slotsAreRedis() {
    let slots = [("foo", 12182), ("{user1000}.following", 3443), ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("", 0)]
    for (key, slot) in slots { #expect(KeySlot.slot(of: Array(key.utf8)) == slot, "\(key)") }
  }

  // MARK: Presets and quotas

  @Test func presets() throws {
    let (a, b) = (try bench.endpoint("a"), try bench.endpoint("b"))
    let engine = bench.engine
    let (one, two) = (bench.client(at: a), bench.client(at: b))
    func preset(_ preset: FaultPreset, _ endpoint: String, _ other: String? = nil) throws -> String {
      let id = try engine.withLock { try engine.addPreset(preset, endpoint, other) }
      bench.settle()
      return id
    }
    #expect(try preset(.failover, "a", "b") == "failover@a")
    #expect(one.ending == .reset)
    let again = bench.client(at: a)
    #expect(again.call("SET k v").hasPrefix("-READONLY") && again.call("GET k") == "$-1\r\n")
    #expect(again.call("ROLE").hasPrefix("*5\r\n$5\r\nslave") && again.call("INFO replication").contains("role:slave\r\n"))
    #expect(two.call("SET k v", "ROLE").hasPrefix("+OK\r\n*3\r\n$6\r\nmaster"))
    // And back.
    #expect(try preset(.failover, "b", "a") == "failover@b")
    #expect(two.ending == .reset && again.call("SET k w") == "+OK\r\n")
    #expect(engine.withLock { engine.removeFault("failover@b") })
    let simple: [(FaultPreset, String, String, String)] = [
      (.busy, "GET k", "-BUSY ", "SCRIPT KILL"), (.oom, "SET k v", "-OOM ", "GET k"), (.loading, "GET k", "-LOADING ", "INFO"),
      (.noauth, "GET k", "-NOAUTH ", "AUTH x"), (.tryagain, "MGET k l", "-TRYAGAIN ", "PING"),
      (.scriptflush, "EVALSHA \(String(repeating: "a", count: 40)) 0", "-NOSCRIPT ", "PING"),
    ]
    for (name, call, error, passes) in simple {
      let id = try preset(name, "a")
      #expect(again.call(call).hasPrefix(error) && !again.call(passes).hasPrefix(error), "\(name)")
      #expect(engine.withLock { engine.removeFault(id) })
    }
    let id = try preset(.moved, "a", "b")
    #expect(again.call("GET foo") == "-MOVED 12182 127.0.0.1:20002\r\n")
    #expect(engine.withLock { engine.removeFault(id) })
    _ = try preset(.maintenance, "a", "b")
    let warned = bench.client(at: a)
    #expect(warned.call("CLIENT MAINT_NOTIFICATIONS ON") == "+OK\r\n")
    #expect(warned.call("HELLO 3").hasSuffix(">4\r\n$6\r\nMOVING\r\n:1\r\n:15\r\n$15\r\n127.0.0.1:20002\r\n"))
    bench.advance(milliseconds: 15_000)
    #expect(warned.ending == .close)
    for client in [one, two, again, warned] { client.close() }
  }

  @Test func quotas() throws {
    let a = try bench.endpoint("a")
    let engine = bench.engine
    func set(_ quota: LabQuota?) throws { try engine.withLock { try engine.setQuota(quota, of: "a") } }
    try set(LabQuota(connections: 2, then: .error))
    var clients = (0..<3).map { _ in bench.client(at: a) }
    #expect(clients.map(\.ending) == [nil, nil, .close])
    #expect(clients[2].taken() == "-ERR max number of clients reached\r\n")
    clients.removeLast().close()
    // Shrunk, it turns away who comes; who is in stays.
    try set(LabQuota(connections: 1, then: .readonly))
    let late = bench.client(at: a)
    #expect(late.call("SET k v").hasPrefix("-READONLY") && late.call("GET k") == "$-1\r\n")
    #expect(clients[0].call("SET k v") == "+OK\r\n")
    try set(LabQuota(inFlight: 1, then: .error))
    clients[0].call("BLPOP l 0")
    #expect(clients[1].call("GET k") == "-ERR quota exceeded: 1 commands of this endpoint are in flight\r\n")
    let report = try #require(engine.withLock { engine.quotas.first })
    #expect(report.breachCount == 3 && report.inFlight == 1 && report.breaches.last?.command == "get")
    try set(nil)
    #expect(clients[1].call("GET k") == "$1\r\nv\r\n")
    for client in clients + [late] { client.close() }
    let refusal = #expect(throws: FaultRefusal.self) { try set(LabQuota(then: .error)) }
    #expect(refusal?.reason == "a quota limits CONNECTIONS, INFLIGHT or both")
  }
}
