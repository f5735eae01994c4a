// TLS of the program: its directives and log lines, beside redis-server's; redis-cli as a client; CONFIG SET.

import Foundation
import Testing
import UnderstudyTLS
import UnderstudyTestSupport

@Suite struct TLSTests {
  private let folder: TestFolder
  private let files: TestIdentities.Files

  init() throws {
    folder = try TestFolder()
    files = try TestIdentities().write(to: folder.path)
  }

  private var directives: [String] {
    [
      "--tls-cert-file", files.serverCertificate, "--tls-key-file", files.serverKey, "--tls-ca-cert-file",
      files.authorityCertificate,
    ]
  }

  private func start(_ arguments: [String] = []) throws -> (server: UnderstudyProcess, port: Int) {
    let server = try UnderstudyProcess(["--tls-port", "auto"] + directives + arguments)
    return (server, try #require(server.tlsPort))
  }

  /// redis-cli's answer to one command.
  private func cli(
    _ port: Int, _ command: String..., shows: TestIdentities.Files? = nil, options: [String] = []
  ) throws -> ProgramRun {
    var arguments = ["-p", "\(port)", "--tls", "--cacert", files.authorityCertificate]
    if let shows { arguments += ["--cert", shows.clientCertificate, "--key", shows.clientKey] }
    return try ProgramRun(of: ClientProgram.redisCLI.find(), arguments + options + command, seconds: 60)
  }

  // MARK: The start

  /// Settings that cannot be used end the start in the same words as redis-server's.
  @Test(.enabled(if: OracleServer.isAvailable(for: "how unusable TLS settings are refused")))
  func refusedAtTheStart() throws {
    let junk = try folder.file("junk.pem", "junk\n")
    let good = directives
    let cases: [[String]] = [
      [], ["--tls-cert-file", files.serverCertificate], Array(good.prefix(4)), ["--tls-auth-clients", "sometimes"],
      good + ["--tls-cert-file", "nofile"], good + ["--tls-cert-file", junk], good + ["--tls-key-file", files.clientKey],
      good + ["--tls-key-file", junk], good + ["--tls-ca-cert-file", junk], good + ["--tls-ca-cert-file", "nofile"],
      good + ["--tls-protocols", "TLSv1.2 TLSv9"], good + ["--tls-ciphers", "nix"], good + ["--tls-ciphersuites", "nix"],
      good + ["--tls-dh-params-file", "nofile"], good + ["--tls-dh-params-file", junk],
      good + ["--tls-port", "70000"], good + ["--tls-session-cache-size", "-1"],
    ]
    let port = try freePort()
    for arguments in cases {
      let all = ["--port", "0", "--save", "", "--tls-port", "\(port)"] + arguments
      let ours = try ProgramRun(all)
      let theirs = try ProgramRun(of: try #require(OracleServer.path), all, seconds: 60)
      #expect(ours.status == 1 && theirs.status == 1, "\(arguments)")
      #expect(Self.warnings(ours) == Self.warnings(theirs) && !Self.warnings(ours).isEmpty, "\(arguments)")
    }
    // What is not needed is not read.
    let server = try UnderstudyProcess(["--tls-cert-file", "nofile"])
    #expect(server.tlsPort == nil)
  }

  /// The lines that say what is wrong, without the time and the process.
  private static func warnings(_ run: ProgramRun) -> [String] {
    let said = (run.output + run.errors).split(separator: "\n").map { String($0) }
    let logged = said.compactMap { $0.firstMatch(of: /^\d+:M .* # (.*)$/).map { String($0.1) } }
    let kept = logged.filter { !$0.hasPrefix("WARNING") }
    // The configuration's errors are no lines of the log.
    return kept.isEmpty ? said.drop { !$0.hasPrefix("Reading the configuration") }.map { $0 } : kept
  }

  @Test func portsInUse() throws {
    let port = try freePort()
    let run = try ProgramRun(["--port", "\(port)", "--tls-port", "\(port)"] + directives)
    #expect(run.status == 1 && run.output.contains("# Failed listening on port \(port) (TLS), aborting.\n"))
  }

  /// A password opens the key; nobody is asked for one.
  @Test(.enabled(if: ClientProgram.openssl.isAvailable(for: "a key with a password")))
  func aKeyWithAPassword() throws {
    let key = try folder.file("locked.key")
    let made = try ProgramRun(
      of: ClientProgram.openssl.find(), ["ec", "-in", files.serverKey, "-aes256", "-passout", "pass:secret", "-out", key])
    try #require(made.status == 0)
    let locked = directives + ["--tls-key-file", key]
    let refused = try ProgramRun(["--port", "0", "--tls-port", "\(freePort())"] + locked)
    #expect(refused.output.contains("error:07880109:common libcrypto routines::interrupted or cancelled"))
    let wrong = try ProgramRun(["--port", "0", "--tls-port", "\(freePort())", "--tls-key-file-pass", "x"] + locked)
    #expect(wrong.output.contains("# Failed to load private key: \(key): error:") && wrong.status == 1)
    let (server, port) = try start(["--tls-key-file", key, "--tls-key-file-pass", "secret", "--tls-auth-clients", "no"])
    if ClientProgram.redisCLI.path != nil { #expect(try cli(port, "ping").output == "PONG\n") }
    server.stop()
  }

  /// A client may ask for short records; what is sent in parts arrives whole.
  @Test(.enabled(if: ClientProgram.openssl.isAvailable(for: "short records")))
  func shortRecords() throws {
    let (server, port) = try start(["--tls-auth-clients", "no"])
    let value = String(repeating: "0123456789", count: 2_000)
    #expect(try RawClient(server.tcp).command("SET", "k", Argument(value)) == .simple("OK"))
    for length in ["512", "4096"] {
      let run = try ProgramRun(
        of: ClientProgram.openssl.find(),
        ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", files.authorityCertificate, "-quiet", "-maxfraglen", length],
        input: "GET k\r\nGET k\r\nQUIT\r\n")
      #expect(run.output == "$20000\r\n\(value)\r\n$20000\r\n\(value)\r\n+OK\r\n", "\(run.errors)")
    }
    server.stop()
  }

  // MARK: redis-cli

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "redis-cli over TLS")))
  func redisCLI() throws {
    let (server, port) = try start()
    #expect(try cli(port, "set", "k", "v", shows: files).output == "OK\n")
    #expect(try cli(port, "get", "k", shows: files, options: ["-3"]).output == "v\n")
    for options in [["--tls-ciphersuites", "TLS_AES_128_GCM_SHA256"], ["--tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"]] {
      #expect(try cli(port, "ping", shows: files, options: options).output == "PONG\n")
    }
    // Without a certificate, with one of strangers, and with another authority in mind.
    #expect(try cli(port, "ping").status != 0)
    let strangers = try TestFolder()
    let strange = try TestIdentities().write(to: strangers.path)
    #expect(try cli(port, "ping", shows: strange).status != 0)
    #expect(try cli(port, "ping", shows: files, options: ["--cacert", strange.authorityCertificate]).output.isEmpty)
    // The plain port and the socket are as they were.
    #expect(try RawClient(server.tcp).command("GET", "k") == .bulk(Array("v".utf8)))
    #expect(try RawClient(server.unix).command("GET", "k") == .bulk(Array("v".utf8)))
  }

  @Test(.enabled(if: ClientProgram.redisBenchmark.isAvailable(for: "redis-benchmark over TLS")))
  func redisBenchmark() throws {
    let (server, port) = try start(["--tls-auth-clients", "no"])
    let run = try ProgramRun(
      of: ClientProgram.redisBenchmark.find(),
      [
        "-p", "\(port)", "--tls", "--cacert", files.authorityCertificate, "-n", "2000", "-c", "20", "-P", "8", "-d", "3000",
        "-t", "set,get,lpush,lrange_100", "--csv",
      ], seconds: 120)
    #expect(run.status == 0 && run.output.split(separator: "\n").count == 6, "\(run.output) \(run.errors)")
    server.stop()
  }

  // MARK: The log

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "what is logged of failed handshakes")))
  func failedHandshakesAreLogged() throws {
    let log = try folder.file("log")
    let (server, port) = try start(["--logfile", log])
    let plain = try RawClient(.tcp(host: "127.0.0.1", port: port))
    try plain.send("PING\r\n")
    _ = try plain.receiveUntilClosed()
    _ = try cli(port, "ping")
    try wait(until: "both are logged") {
      let text = try String(contentsOfFile: log, encoding: .utf8)
      return text.contains(
        /# Error accepting a client connection: error:0A00010B:SSL routines::wrong version number \(addr=127\.0\.0\.1:\d+ laddr=/)
        && text.contains("error:0A0000C7:SSL routines::peer did not return a certificate (addr=")
    }
    server.stop()
  }

  // MARK: CONFIG SET

  /// What the two servers answer to the same changes, one after the other.
  @Test(.enabled(if: OracleServer.isAvailable(for: "CONFIG SET of TLS")))
  func configSetAnswersAsRedisDoes() throws {
    let log = try folder.file("log"), theirLog = try folder.file("their.log")
    let ours = try UnderstudyProcess(["--emulate-version", "7.0", "--logfile", log])
    let theirs = try OracleServer(["--logfile", theirLog])
    let (one, two) = (try RawClient(ours.tcp), try RawClient(theirs.tcp))
    // Each server has ports of its own.
    let ports = [[try freePort(), try freePort()], [try freePort(), try freePort()]]
    func compare(_ settings: String...) throws {
      func command(_ server: Int) -> [Argument] {
        let names = ["PORT1": "\(ports[server][0])", "PORT2": "\(ports[server][1])"]
        return ["CONFIG", "SET"] + settings.map { Argument(names[$0] ?? $0) }
      }
      #expect(try one.command(command(0)) == two.command(command(1)), "\(settings)")
    }
    try compare("tls-port", "PORT1")
    try compare("tls-cert-file", "nofile")
    try compare("tls-cert-file", files.serverCertificate, "tls-key-file", files.serverKey, "tls-port", "PORT1")
    try compare(
      "tls-port", "PORT1", "tls-cert-file", files.serverCertificate, "tls-key-file", files.serverKey,
      "tls-ca-cert-file", files.authorityCertificate)
    try compare("tls-cert-file", "nofile")
    try compare("tls-cert-file", "nofile", "maxclients", "100")
    try compare("maxclients", "100", "tls-cert-file", "nofile", "tls-key-file", "x")
    try compare("tls-protocols", "TLSv9")
    try compare("tls-ciphers", "nix")
    try compare("tls-ciphersuites", "nix")
    try compare("tls-ca-cert-file", "")
    try compare("tls-auth-clients", "no", "tls-ca-cert-file", "")
    try compare("tls-ca-cert-file", files.authorityCertificate, "tls-auth-clients", "yes")
    try compare("tls-port", "PORT2")
    try compare("port", "PORT2")
    try compare("bind", "127.0.0.1")
    try compare("bind", "127.0.0.1 203.0.113.7")
    try compare("tls-session-cache-size", "0")
    try compare("tls-session-caching", "maybe")
    try compare("tls-auth-clients", "sometimes")
    try compare("tls-replication", "yes")
    try compare("tls-port", "0")
    try compare("tls-cert-file", "nofile")
    func settings(_ client: RawClient) throws -> [String: String] {
      guard case .array(let values) = try client.command("CONFIG", "GET", "tls-*") else { return [:] }
      let texts = values.compactMap(\.text)
      return Dictionary(
        uniqueKeysWithValues: stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) })
    }
    #expect(try settings(one) == settings(two))
    // The log says the same of what was refused.
    func refusals(_ file: String) throws -> [String] {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap {
        $0.firstMatch(of: /# ((Failed to|No tls|Either|Invalid tls|Failed applying new).*)$/).map { String($0.1) }
      }
    }
    let expected = try refusals(theirLog)
    // Without those of redis-server's attempt to go back.
    var rest = expected[...]
    for line in try refusals(log) {
      guard let found = rest.firstIndex(of: line) else {
        Issue.record("redis-server does not log: \(line)\n\(expected.joined(separator: "\n"))")
        continue
      }
      rest = rest[(found + 1)...]
    }
  }

  /// Changes that follow one another before the loop has carried the first one out.
  @Test func manyMovesInOneBatch() throws {
    let (server, port) = try start(["--tls-auth-clients", "no"])
    let client = try RawClient(server.unix)
    let ports = try (0..<6).map { _ in try freePort() }
    var commands: [[Argument]] = []
    for (index, next) in ports.enumerated() {
      commands.append(["CONFIG", "SET", index % 2 == 0 ? "port" : "tls-port", Argument(next)])
      commands.append(["CONFIG", "SET", "bind", index % 2 == 0 ? "127.0.0.1" : "127.0.0.1 -::1"])
    }
    try client.send(commands.flatMap { encodeCommand($0) })
    for command in commands { #expect(try client.receiveValue() == .simple("OK"), "\(command)") }
    #expect(try RawClient(.tcp(host: "127.0.0.1", port: ports[4])).command("PING") == .simple("PONG"))
    if ClientProgram.redisCLI.path != nil { #expect(try cli(ports[5], "ping").output == "PONG\n") }
    for gone in [port] + ports[0..<4] {
      #expect(throws: RawClientError.self) { try RawClient(.tcp(host: "127.0.0.1", port: gone)) }
    }
  }

  /// New connections get the new certificate; those that there are go on.
  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "a certificate that is replaced")))
  func aCertificateIsReplaced() throws {
    let (server, port) = try start(["--tls-auth-clients", "no"])
    let control = try RawClient(server.tcp)
    #expect(try cli(port, "ping").output == "PONG\n")
    let others = try TestFolder()
    let next = try TestIdentities().write(to: others.path)
    #expect(
      try control.command(
        "CONFIG", "SET", "tls-cert-file", Argument(next.serverCertificate), "tls-key-file", Argument(next.serverKey))
        == .simple("OK"))
    #expect(try cli(port, "ping").output.isEmpty)
    #expect(try cli(port, "ping", options: ["--cacert", next.authorityCertificate]).output == "PONG\n")
    // A broken one is refused, and everything stays.
    #expect(try control.command("CONFIG", "SET", "tls-cert-file", "nofile").isError)
    #expect(try cli(port, "ping", options: ["--cacert", next.authorityCertificate]).output == "PONG\n")
    // The port moves, and goes.
    let moved = try freePort()
    #expect(try control.command("CONFIG", "SET", "tls-port", Argument(moved)) == .simple("OK"))
    #expect(try cli(moved, "ping", options: ["--cacert", next.authorityCertificate]).output == "PONG\n")
    #expect(try cli(port, "ping", options: ["--cacert", next.authorityCertificate]).status != 0)
    #expect(try control.command("CONFIG", "SET", "tls-port", "0") == .simple("OK"))
    #expect(try cli(moved, "ping", options: ["--cacert", next.authorityCertificate]).status != 0)
    #expect(try control.command("PING") == .simple("PONG"))
  }
}
