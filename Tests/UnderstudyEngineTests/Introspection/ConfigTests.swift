import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ConfigTests")))
struct ConfigTests {
  /// Directives whose value depends on how the two were started.
  private static let started: Set<String> = [
    "port", "bind", "unixsocket", "save", "dir", "daemonize", "pidfile", "appendonly",
  ]

  private func pairs(_ reply: String) throws -> [String: String] {
    let elements = try RESPValue(parsing: Array(reply.utf8)).elements ?? []
    var result: [String: String] = [:]
    for index in stride(from: 0, to: elements.count - 1, by: 2) {
      result[elements[index].text ?? "?"] = elements[index + 1].text ?? "?"
    }
    return result
  }

  @Test func everyDirectiveIsThereWithItsDefault() throws {
    let both = try OracleComparison()
    let replies = try both.replies(["CONFIG", "GET", "*"], protocol: 3)
    #expect(replies.ours.first == "%")
    let (ours, theirs) = (try pairs(replies.ours), try pairs(replies.theirs))
    for (name, value) in theirs where !Self.started.contains(name) { #expect(ours[name] == value, "\(name)") }
    for name in theirs.keys { #expect(ours[name] != nil, "\(name)") }
    let own = Set(ours.keys).subtracting(theirs.keys)
    #expect(own == Set(Directives.own.filter { !$0.traits.contains(.hidden) }.map(\.name)))
    for directive in Directives.own { #expect(try both.replies(["CONFIG", "GET", directive.name], protocol: 3).ours.first == "%") }
  }

  @Test func everyDirectiveTakesAndRefusesTheSameValues() throws {
    let both = try OracleComparison()
    // Those that open sockets or need files of the oracle; `maxclients` depends on the machine's limits; a huge backlog
    // or buffer is really allocated.
    let skipped: Set<String> = [
      "port", "bind", "unixsocket", "maxclients", "repl-backlog-size", "dir", "requirepass",
      "appendonly", "watchdog-period", "oom-score-adj", "oom-score-adj-values", "maxmemory", "maxmemory-clients",
      "bind-source-addr", "key-load-delay", "loading-process-events-interval-bytes",
    ]
    let values = [
      "yes", "NO", "abc", "", "0", "1", "-1", "05", "+5", " 5", "99", "100", "101", "1024", "65535", "65536",
      "2147483648", "4294967295", "9223372036854775807", "9223372036854775808", "1kb", "1MB", "3k", "1gib", "10%",
      "a b", "a/b", "everysec", "Notice", "ip",
    ]
    for directive in Directives.all
    where directive.since <= "7.0.9999" && !directive.traits.contains(.own) && !skipped.contains(directive.name) {
      for value in values {
        let set = try both.replies(["CONFIG", "SET", directive.name, value], protocol: 2)
        #expect(set.ours == set.theirs, "\(directive.name) \(value)")
        let get = try both.replies(["CONFIG", "GET", directive.name], protocol: 2)
        if !Self.started.contains(directive.name) { #expect(get.ours == get.theirs, "\(directive.name) \(value)") }
      }
    }
  }

  @Test func specialForms() throws {
    let both = try OracleComparison()
    let values: [String: [String]] = [
      "save": ["", "3600 1", "3600", "a b", "3600 1 300 100", "-1 1", "0 1", "1 0", "1 -1", "  60   1  ", "\"60 1\""],
      "client-output-buffer-limit": [
        "normal 1 2 3", "normal 1mb 2mb 3 replica 1 2 3", "slave 1 2", "master 1 2 3", "pubsub x 1 1", "",
        "NORMAL 1 2 3", "pubsub 1 1 x", "normal 0 0 0 normal 1 1 1", "pubsub -1 1 1", "pubsub 1 1 1.5",
      ],
      "notify-keyspace-events": ["KEA", "Elg", "mK", "A", "nm", "gxE", "", "K$lshztxedn", "q", "KEAmn", "Kgg", "Kg\0q", "\0"],
      "latency-tracking-info-percentiles": ["50 99", "", "101", "-1", "50.5 0", "abc", "50,5", "1e1 100", "99.99999"],
      "oom-score-adj-values": ["1 2 3", "1 2", "a b c", "-2001 1 2", "2000 2000 2001", "0 200 800"],
      "shutdown-on-sigterm": [
        "save", "SAVE NOW", "nosave now", "default", "default save", "save nosave", "", "foo", "save  force", "now now",
      ],
      "maxmemory": ["1kb", "1k", "1GB", "18446744073709551616", "", "9999999999gb", "kb", "-1", "1.5mb", "1kb\0x", "\0", "0"],
      "maxmemory-clients": [
        "1%", "101%", "0%", "-1%", "5", "-5", "1.5%", "%", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "9000000000gb", "0",
      ],
      "repl-backlog-size": ["1", "0", "x", "16383", "16385", "1mb"],
      "cluster-announce-hostname": ["a b", "a.b-c", String(repeating: "a", count: 256), ""],
      "proc-title-template": [
        "{foo}", "{title", "", "{title} x", "a{port}b{config-file}", "{title}", " {server-mode}{title} ",
        "{title}{port}", "x{title}", "   ",
      ],
      "activedefrag": ["yes", "no", "x"],
    ]
    for (name, values) in values {
      for value in values {
        try both.expectEqual("CONFIG", "SET", name, value)
        try both.expectEqual("CONFIG", "GET", name)
      }
    }
  }

  @Test func severalAtOnce() throws {
    let both = try OracleComparison()
    for arguments in [
      ["maxclients", "100", "x", "y", "z"], ["maxmemory", "1", "maxmemory", "2"], ["maxmemory", "100", "foo", "1"],
      ["lua-time-limit", "100", "busy-reply-threshold", "101"], ["daemonize", "no"], ["DAEMONIZE", "no"],
      ["dir", "/tmp"], ["port", "x", "maxmemory", "-1"], ["PORT", "x"], ["appendonly", "no", "daemonize", "no", "foo", "1"],
      ["foo", "bar", "daemonize", "no"], ["maxclients", "x", "daemonize", "y"], ["hash-max-ziplist-entries", "x"],
      ["hash-max-ziplist-entries", "5", "hash-max-listpack-entries", "6"], ["a\r\nb", "1"], ["x"], ["x", "y"],
      ["slowlog-max-len", "5", "maxclients", "x"], ["timeout", "7", "tcp-keepalive", "8"],
    ] {
      let set = try both.replies(["CONFIG", "SET"] + arguments, protocol: 2)
      #expect(set.ours == set.theirs, "\(arguments)")
    }
    for name in [
      "maxmemory", "busy-reply-threshold", "lua-time-limit", "hash-max-listpack-entries", "slowlog-max-len", "timeout",
      "TIMEOUT", "tcp-keep*", "nosuch", "key-load-delay", "key-load-dela?", "databases",
    ] {
      try both.expectEqual("CONFIG", "GET", name)
    }
    try both.expectEqual("CONFIG", "GET", "timeout", "TIMEOUT", "timeout")
    for arguments in [
      ["CONFIG"], ["CONFIG", "GET"], ["CONFIG", "FOO"], ["CONFIG", "RESETSTAT"], ["CONFIG", "RESETSTAT", "x"],
      ["CONFIG", "REWRITE"], ["CONFIG", "REWRITE", "x"], ["CONFIG", "HELP", "x"], ["CONFIG", "SET", "x"],
    ] {
      for version in [2, 3] {
        let replies = try both.replies(arguments, protocol: version)
        #expect(replies.ours == replies.theirs)
      }
    }
  }
}

@Suite struct ConfigurationFileTests {
  private func load(_ text: String, include: (String) -> [UInt8]? = { _ in nil }) -> (Configuration, String) {
    var configuration = Configuration()
    do {
      try ConfigurationFile.load(Array(text.utf8), into: &configuration, include: include)
      return (configuration, "")
    } catch {
      return (configuration, "\(error.line ?? 0) '\(error.source)' \(error.text)")
    }
  }

  private func value(_ name: String, _ configuration: Configuration) -> String {
    guard let directive = Directives.find(name, version: "7.2.0") else { return "?" }
    return String(decoding: directive.value(in: configuration), as: UTF8.self)
  }

  @Test func linesAreReadAsRedisReadsThem() {
    let text = """
      # a comment
      maxclients 10\r
        REQUIREPASS "a b\\x41\\n"

      hash-max-ziplist-entries 7
      save 60 1
      save 30 2
      client-output-buffer-limit "normal 1 1 1"
      list-max-ziplist-entries 5
      """
    let (configuration, error) = load(text)
    #expect(error == "")
    #expect(configuration.maximumClients == 10)
    #expect(configuration.password == Array("a bA\n".utf8))
    #expect(configuration.hashMaxListpackEntries == 7)
    #expect(value("save", configuration) == "60 1 30 2")
    #expect(configuration.outputLimits.normal == .init(hard: 1, soft: 1, seconds: 1))
    #expect(value("save", load("save 60 1\nsave \"\"\nsave 1 1").0) == "1 1")
    #expect(value("save", load("save\n").0) == "")
  }

  @Test(arguments: [
    ("foo bar", "1 'foo bar' Bad directive or wrong number of arguments"),
    ("\n# c\n maxclients abc ", "3 'maxclients abc' argument couldn't be parsed into an integer"),
    ("maxclients", "1 'maxclients' wrong number of arguments"),
    ("maxclients 1 2", "1 'maxclients 1 2' wrong number of arguments"),
    ("maxclients \"5", "1 'maxclients \"5' Unbalanced quotes in configuration line"),
    ("save a b", "1 'save a b' Invalid save parameters"),
    ("databases 0", "1 'databases 0' argument must be between 1 and 2147483647 inclusive"),
    ("slaveof a", "1 'slaveof a' wrong number of arguments"),
    ("replicaof a x", "1 'replicaof a x' Invalid master port"),
    ("unixsocketperm 999", "1 'unixsocketperm 999' argument couldn't be parsed as an octal number"),
    ("unixsocketperm 1777", "1 'unixsocketperm 1777' argument must be between 0 and 777 inclusive"),
    ("sentinel foo", "1 'sentinel foo' sentinel directive while not in sentinel mode"),
    ("appenddirname a/b", "1 'appenddirname a/b' appenddirname can't be a path, just a dirname"),
    ("appendfilename \"\"", "1 'appendfilename \"\"' appendfilename can't be empty"),
    ("notify-keyspace-events K E", "1 'notify-keyspace-events K E' wrong number of arguments"),
    ("include", "1 'include' Bad directive or wrong number of arguments"),
    ("maxclients 10 # x", "1 'maxclients 10 # x' wrong number of arguments"),
  ])
  func errors(_ text: String, _ expected: String) { #expect(load(text).1 == expected) }

  @Test func includes() {
    let files = ["a.conf": "maxclients 5\ninclude b.conf", "b.conf": "timeout 6", "loop": "include loop"]
    let read = { (path: String) in files[path].map { Array($0.utf8) } }
    let (configuration, error) = load("include a.conf\ntimeout 7", include: read)
    #expect(error == "" && configuration.maximumClients == 5 && configuration.idleTimeoutSeconds == 7)
    #expect(load("include none", include: read).1 == "0 '' Can't open config file 'none'")
    #expect(load("include loop", include: read).1.hasPrefix("1 'include loop'"))
  }

  @Test func commandLines() {
    func lines(_ arguments: String...) -> String {
      let line = ConfigurationFile.commandLine(arguments)
      return "\(line.file ?? "-")\(line.readsStandardInput ? "+" : ""): " + String(decoding: line.lines, as: UTF8.self)
    }
    #expect(lines("--port", "6380", "--save") == "-: port \"6380\" \nsave \"\"")
    #expect(lines("a.conf", "--save", "--port", "0") == "a.conf: save \"\"\nport \"0\" ")
    #expect(lines("--appendonly", "--port", "0") == "-: appendonly \"--port\" \"0\" ")
    #expect(lines("--port 6380", "--bind", "127.0.0.1", "::1") == "-: port 6380 \nbind \"127.0.0.1\" \"::1\" ")
    #expect(lines("-", "--port", "auto") == "-+: port \"auto\" ")
    #expect(lines("--requirepass", "a\"b\n") == "-: requirepass \"a\\\"b\\n\" ")
    var configuration = Configuration()
    let arguments = ConfigurationFile.commandLine(["--port", "auto", "--emulate-version", "7.0", "--seed", "5"])
    #expect(throws: Never.self) { try ConfigurationFile.load(arguments.lines, into: &configuration) }
    #expect(configuration.picksPort && configuration.emulatedVersion == "7.0.0" && configuration.seed == 5)
    #expect(ConfigurationFile.split(Array("a 'b\\'c' \"\\x0\" d\"e\"".utf8))?.count == 4)
    #expect(ConfigurationFile.split(Array("\"a\"b".utf8)) == nil)
  }
}
