// Users where the real server cannot be asked, or not easily: versions after 7.0, connections that are closed, files, the
// start, and that nobody pays who is not restricted.

import Synchronization
import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite struct ACLTests {
  private let harness = EngineHarness()

  @Test func rulesAreToldAsTheyWereGivenSince72() {
    let client = harness.client()
    func commands(_ rules: String...) -> String {
      client.call("ACL", "DELUSER", "u")
      for rule in rules {
        client.raw(
          HarnessClient.frame(["ACL", "SETUSER", "u"] + rule.split(separator: " ").map(String.init)))
      }
      let lines = client.call("ACL", "GETUSER", "u").components(separatedBy: "\r\n")
      return lines.firstIndex(of: "commands").map { lines[$0 + 2] } ?? ""
    }
    #expect(commands("+@read -get +SET") == "-@all +@read -get +set")
    #expect(commands("+@all -@dangerous +keys") == "+@all -@dangerous +keys")
    #expect(commands("+get +set +get") == "-@all +set +get")
    #expect(commands("+config|get +config|set", "-config") == "-@all -config")
    #expect(commands("+select|A +select|b", "+select") == "-@all +select")
    #expect(commands("+select|A") == "-@all +select|a")
    #expect(commands("+get +@read", "-@read") == "-@all +get -@read")
    #expect(commands("+get", "+@all") == "+@all")
    #expect(commands("+get", "-@all") == "-@all")
    #expect(client.call("ACL", "LIST").contains("user default on nopass sanitize-payload ~* &* +@all\r\n"))
  }

  @Test func refusalsSince72() {
    let (admin, client) = (harness.client(), harness.client())
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+get", "+publish", "+eval", "~k")
    client.call("AUTH", "u", "x")
    #expect(client.call("SET", "k", "v") == "-NOPERM User u has no permissions to run the 'set' command\r\n")
    #expect(client.call("GET", "x") == "-NOPERM No permissions to access a key\r\n")
    #expect(client.call("PUBLISH", "x", "y") == "-NOPERM No permissions to access a channel\r\n")
    let script = client.call("EVAL", "return redis.call('get', 'x')", "0")
    #expect(script.hasPrefix("-ERR ACL failure in script: No permissions to access a key script: "))
    #expect(
      client.call("EVAL", "return redis.pcall('del', 'x')", "0")
        == "-ERR ACL failure in script: User u has no permissions to run the 'del' command\r\n")
    func tried(_ call: String...) -> String { admin.raw(HarnessClient.frame(["ACL", "DRYRUN", "u"] + call)) }
    #expect(tried("GET", "x").hasSuffix("\r\nUser u has no permissions to access the 'x' key\r\n"))
    #expect(
      tried("PUBLISH", "c", "x").hasSuffix("\r\nUser u has no permissions to access the 'c' channel\r\n"))
    #expect(
      tried("CONFIG", "GET", "x").hasSuffix(
        "\r\nUser u has no permissions to run the 'config|get' command\r\n"))
    let info = admin.call("INFO", "stats")
    #expect(info.contains("acl_access_denied_cmd:2\r\n") && info.contains("acl_access_denied_key:2\r\n"))
    #expect(info.contains("acl_access_denied_channel:1\r\n") && info.contains("acl_access_denied_auth:0\r\n"))
  }

  @Test func entriesOfTheLogGrowOldByTheDataClock() {
    let (admin, client) = (harness.client(), harness.client())
    harness.engine.withLock { harness.engine.freeze(.data) }
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+client|setname")
    client.call("AUTH", "u", "x")
    client.call("CLIENT", "SETNAME", "me")
    client.call("GET", "k")
    advance(59_000)
    client.call("GET", "k")
    advance(1_500)
    func entries() -> [[String]] {
      admin.call("ACL", "LOG").components(separatedBy: "$5\r\ncount\r\n").dropFirst().map {
        $0.components(separatedBy: "\r\n")
      }
    }
    func field(_ entry: [String], _ name: String) -> String {
      entry.firstIndex(of: name).map { entry[$0 + 1].hasPrefix(":") ? entry[$0 + 1] : entry[$0 + 2] } ?? ""
    }
    var log = entries()
    #expect(log.count == 1 && log[0][0] == ":2")
    #expect(field(log[0], "age-seconds") == "1.5" && field(log[0], "entry-id") == ":0")
    #expect(
      field(log[0], "client-info").contains(" name=me ") && field(log[0], "client-info").contains(" user=u "))
    let created = Int(field(log[0], "timestamp-created").dropFirst()) ?? 0
    #expect(Int(field(log[0], "timestamp-last-updated").dropFirst()) == created + 59_000)
    // More than a minute later it is another entry.
    advance(59_000)
    client.call("GET", "k")
    client.call("SET", "k", "v")
    log = entries()
    #expect(log.map { $0[0] } == [":1", ":1", ":2"])
    #expect(log.map { field($0, "entry-id") } == [":2", ":1", ":0"])
    #expect(log.map { field($0, "object") } == ["set", "get", "get"])
    admin.call("CONFIG", "SET", "acllog-max-len", "2")
    client.call("DEL", "k")
    #expect(entries().map { field($0, "object") } == ["del", "set"])
  }

  private func advance(_ milliseconds: Int64) {
    harness.engine.withLock { _ = harness.engine.advance(.data, microseconds: milliseconds * 1000) }
  }

  // MARK: Connections

  @Test func aRemovedUsersConnectionsAreClosed() {
    let (admin, client) = (harness.client(), harness.client())
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*", "&*")
    client.call("AUTH", "u", "x")
    #expect(admin.call("CLIENT", "LIST").contains(" user=u "))
    #expect(admin.call("ACL", "DELUSER", "u", "nobody") == ":1\r\n")
    #expect(!admin.call("CLIENT", "LIST").contains(" user=u "))
    #expect(admin.call("CLIENT", "LIST").contains("id=1 ") && !admin.call("CLIENT", "LIST").contains("id=2 "))
    // Whoever removes itself is answered first.
    let own = harness.client()
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+@all")
    own.call("AUTH", "u", "x")
    let last = own.rawAndClose(HarnessClient.frame(["ACL", "DELUSER", "u"]))
    #expect(last.text == ":1\r\n" && last.isClosed)
  }

  @Test func clientsAreClosedByUser() {
    let (admin, one, other) = (harness.client(), harness.client(), harness.client())
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+@all")
    one.call("AUTH", "u", "x")
    #expect(admin.call("CLIENT", "KILL", "USER", "nobody") == "-ERR No such user 'nobody'\r\n")
    #expect(admin.call("CLIENT", "KILL", "USER", "u") == ":1\r\n")
    #expect(admin.call("CLIENT", "KILL", "USER", "default") == ":1\r\n")
    #expect(other.pending() == "")
    #expect(admin.call("CLIENT", "LIST").components(separatedBy: "id=").count == 2)
  }

  /// A call that subscribes, the channels of the user before and after, and whether its client is closed then.
  static let subscribers: [(call: [String], before: String, after: String, isClosed: Bool)] = [
    (["SUBSCRIBE", "foo:1"], "&foo:1", "resetchannels", true),
    (["SSUBSCRIBE", "foo:1"], "&foo:1", "resetchannels", true),
    (["PSUBSCRIBE", "bar:*"], "&bar:*", "resetchannels", true),
    (["PSUBSCRIBE", "foo"], "allchannels", "resetchannels", true),
    (["SUBSCRIBE", "foo:1"], "&foo:*", "resetchannels &foo:1", false),
    (["SUBSCRIBE", "foo:1"], "&foo:1", "&baz", false),
    (["PSUBSCRIBE", "foo:*"], "&foo:*", "resetchannels &foo:**", true),
    (["SUBSCRIBE", "a", "b"], "&a &b", "resetchannels &a", true),
    (["PSUBSCRIBE", "a*"], "&a*", "allchannels", false),
    (["SUBSCRIBE", "a"], "&a", "-@all", false), (["SUBSCRIBE", "a"], "&a", "resetchannels (&a)", false),
    (["SUBSCRIBE", "a"], "allchannels", "resetchannels &a", false),
    (["PSUBSCRIBE", "a"], "&*", "resetchannels &ab", true),
    (["PSUBSCRIBE", "ab"], "&*", "resetchannels &a", true),
  ]

  @Test func whoListensToWhatItMayNoLongerHearIsClosed() throws {
    let admin = harness.client()
    for (call, before, after, isClosed) in Self.subscribers {
      let client = harness.client()
      for rules in ["reset on nopass +@all resetchannels \(before)", after] {
        admin.raw(
          HarnessClient.frame(["ACL", "SETUSER", "u"] + rules.split(separator: " ").map(String.init)))
        if rules == after { continue }
        client.call("AUTH", "u", "x")
        client.raw(HarnessClient.frame(call))
      }
      #expect(!admin.call("CLIENT", "LIST").contains(" user=u ") == isClosed, "\(call) \(before) \(after)")
      admin.call("ACL", "DELUSER", "u")
    }
  }

  @Test(.enabled(if: OracleServer.isAvailable(for: "theRealServerClosesTheSame")))
  func theRealServerClosesTheSame() throws {
    let oracle = try OracleServer()
    let admin = try RawClient(oracle.tcp)
    for (call, before, after, isClosed) in Self.subscribers {
      let client = try RawClient(oracle.tcp)
      for rules in ["reset on nopass +@all resetchannels \(before)", after] {
        let words = ["ACL", "SETUSER", "u"] + rules.split(separator: " ").map(String.init)
        #expect(try admin.command(words.map { CallArgument($0) }).text == "OK")
        if rules == after { continue }
        try client.command("AUTH", "u", "x")
        for channel in call.dropFirst() {
          _ = try client.rawCommand([CallArgument(call[0]), CallArgument(channel)])
        }
      }
      let list = try admin.command("CLIENT", "LIST").text ?? ""
      #expect(!list.contains(" user=u ") == isClosed, "\(call) \(before) \(after)")
      try admin.command("ACL", "DELUSER", "u")
    }
  }

  @Test func nobodyPaysWhoIsNotRestricted() {
    let client = harness.client()
    let gates = {
      self.harness.engine.withLock {
        unsafe self.harness.engine.state.pointee.sessions.values.map { unsafe $0.pointee.gates }
      }
    }
    #expect(gates() == [[]])
    client.call("ACL", "SETUSER", "u", "on", "nopass", "+@all", "~*", "&*")
    client.call("AUTH", "u", "x")
    #expect(gates() == [[]])
    // All commands one by one are all commands.
    client.call("ACL", "SETUSER", "u", "-get", "+get")
    #expect(gates() == [[]])
    client.call("ACL", "SETUSER", "u", "-get")
    #expect(gates() == [.restrictedUser])
    client.call("ACL", "SETUSER", "u", "(+@all ~* &*)")
    #expect(gates() == [[]])
  }

  @Test func thoseYetToAuthenticateFollowTheDefaultUser() {
    let admin = harness.client()
    admin.call("ACL", "SETUSER", "admin", "on", "nopass", "+@all", "~*", "&*")
    admin.call("AUTH", "admin", "x")
    admin.call("ACL", "SETUSER", "default", "off")
    let client = harness.client()
    #expect(client.call("PING") == "-NOAUTH Authentication required.\r\n")
    #expect(client.call("AUTH", "default", "x").hasPrefix("-WRONGPASS "))
    #expect(client.call("RESET") == "+RESET\r\n")
    #expect(client.call("PING") == "-NOAUTH Authentication required.\r\n")
    admin.call("ACL", "SETUSER", "default", "on")
    #expect(client.call("PING") == "+PONG\r\n")
    admin.call("ACL", "SETUSER", "default", "-ping")
    #expect(client.call("PING") == "-NOPERM User default has no permissions to run the 'ping' command\r\n")
    #expect(client.call("RESET") == "+RESET\r\n")
    #expect(client.call("GET", "k") == "$-1\r\n")
  }

  @Test func callsOfTheHostAreNobodysButItsOwn() throws {
    let client = harness.client()
    client.call("ACL", "SETUSER", "default", "-@all")
    #expect(client.call("GET", "k").hasPrefix("-NOPERM "))
    var reply = ""
    let words = ["ACL", "SETUSER", "default", "+@all"]
    try harness.engine.embeddedCall(
      count: words.count, { index, body in words[index].withBytes { body($0) } }
    ) {
      reply = $0.text
    }
    #expect(reply == "+OK\r\n")
    #expect(client.call("GET", "k") == "$-1\r\n")
  }

  /// A long script goes on as its caller, slice by slice.
  @Test func suspendedScriptsKeepTheirCallersPermissions() {
    let (admin, client) = (harness.client(), harness.client())
    admin.call("ACL", "SETUSER", "u", "on", "nopass", "+eval", "+set", "~a*")
    client.call("AUTH", "u", "x")
    var reply = client.call(
      "EVAL",
      "for i = 1, 3000000 do redis.acl_check_cmd('set', 'b', 'v') end return redis.pcall('set', 'b', 'v')",
      "0")
    wait {
      reply += client.pending()
      return !reply.isEmpty
    }
    #expect(reply == "-ERR ACL failure in script: No permissions to access a key\r\n")
    #expect(admin.call("EVAL", "return redis.call('set', 'b', 'v')", "0") == "+OK\r\n")
    #expect(admin.call("ACL", "LOG").contains("user=u"))
  }

  private func wait(_ condition: () -> Bool) {
    for _ in 0..<100_000 where !condition() { _ = harness.engine.withLock { harness.engine.runTasks() } }
  }

  // MARK: Files

  /// Files in memory.
  private final class Files: Sendable {
    let contents = Mutex<[String: [UInt8]]>([:])
    let failure = Mutex<String?>(nil)

    func access() -> FileAccess {
      FileAccess(
        read: { path in
          self.contents.withLock { $0[path] }.map { .success($0) }
            ?? .failure(.init(reason: "No such file or directory"))
        },
        replace: { path, bytes in
          if let reason = self.failure.withLock({ $0 }) { return .init(reason: reason) }
          self.contents.withLock { $0[path] = bytes }
          return nil
        })
    }

    func text(_ path: String) -> String {
      String(decoding: contents.withLock { $0[path] ?? [] }, as: UTF8.self)
    }
  }

  private func start(
    _ text: String, version: Version = "7.0.0", _ configure: (inout Configuration) -> Void = { _ in }
  ) -> (harness: EngineHarness, files: Files, faults: [String]) {
    var configuration = Configuration()
    configuration.emulatedVersion = version
    configuration.aclFile = "users.acl"
    configure(&configuration)
    let harness = EngineHarness(configuration)
    let files = Files()
    files.contents.withLock { $0["users.acl"] = Array(text.utf8) }
    let faults = harness.engine.withLock {
      harness.engine.files = files.access()
      return harness.engine.loadUsers()
    }
    return (harness, files, faults)
  }

  @Test func usersAreSavedAndLoaded() {
    let (harness, files, faults) = start(
      "user alice on +@all ~* &* >pw\nuser default on nopass ~* &* +@all\n")
    #expect(faults == [])
    let (admin, alice) = (harness.client(), harness.client())
    #expect(alice.call("AUTH", "alice", "pw") == "+OK\r\n")
    admin.call("ACL", "SETUSER", "bob", "on", ">x", "~b*", "+get", "(%R~c* &d +set)")
    #expect(admin.call("ACL", "SAVE") == "+OK\r\n")
    let saved = files.text("users.acl")
    #expect(
      saved.components(separatedBy: "\n").map { $0.components(separatedBy: " ").prefix(3) }
        == [["user", "alice", "on"], ["user", "bob", "on"], ["user", "default", "on"], [""]])
    #expect(saved.contains(" ~b* resetchannels -@all +get (%R~c* resetchannels &d -@all +set)\n"))
    admin.call("ACL", "DELUSER", "bob")
    admin.call("ACL", "SETUSER", "carol")
    // Before 7.4 whoever is not the default user is closed.
    #expect(admin.call("ACL", "LOAD") == "+OK\r\n")
    #expect(admin.call("ACL", "USERS") == "*3\r\n$5\r\nalice\r\n$3\r\nbob\r\n$7\r\ndefault\r\n")
    #expect(admin.call("CLIENT", "LIST").components(separatedBy: "id=").count == 2)
    #expect(
      admin.call("ACL", "LIST").contains(
        " ~b* resetchannels -@all +get (%R~c* resetchannels &d -@all +set)\r\n"))
  }

  @Test func loadingSparesWhomItDoesNotConcernSince74() {
    let (harness, files, _) = start(
      "user a on nopass +@all &x\nuser b on nopass +@all\nuser c on nopass +@all &x\n", version: "7.4.0")
    let clients = ["a", "b", "c"].map { name in
      let client = harness.client()
      client.call("AUTH", name, "x")
      client.call("CLIENT", "SETNAME", name)
      return client
    }
    clients[0].call("SUBSCRIBE", "x")
    clients[2].call("SUBSCRIBE", "x")
    files.contents.withLock {
      $0["users.acl"] = Array("user a on nopass +get &x\nuser c on nopass +@all &y\n".utf8)
    }
    let admin = harness.client()
    #expect(admin.call("ACL", "LOAD") == "+OK\r\n")
    let list = admin.call("CLIENT", "LIST")
    #expect(list.contains(" name=a ") && !list.contains(" name=b ") && !list.contains(" name=c "))
    clients[0].call("UNSUBSCRIBE")
    #expect(clients[0].call("PUBLISH", "x", "y").hasPrefix("-NOPERM "))
  }

  @Test func aFaultyFileChangesNothing() {
    let (harness, files, _) = start("user alice on\n")
    let client = harness.client()
    files.contents.withLock { $0["users.acl"] = Array("user bob on +foo\nuser carol bar\n".utf8) }
    #expect(
      client.call("ACL", "LOAD")
        == "-ERR users.acl:1: Error in applying operation '+foo': Unknown command or category name in ACL. "
        + "users.acl:2: Syntax error. "
        + "WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n")
    #expect(client.call("ACL", "USERS") == "*2\r\n$5\r\nalice\r\n$7\r\ndefault\r\n")
    files.contents.withLock { $0 = [:] }
    #expect(
      client.call("ACL", "LOAD")
        == "-ERR Error loading ACLs, opening file 'users.acl': No such file or directory\r\n")
  }

  @Test func aFullDiskIsToldAndLeavesTheFile() {
    let (harness, files, _) = start("user alice on\n")
    let log = Mutex<[String]>([])
    harness.engine.withLock { harness.engine.log = { line in log.withLock { $0.append(line) } } }
    files.failure.withLock { $0 = "No space left on device" }
    #expect(
      harness.client().call("ACL", "SAVE")
        == "-ERR There was an error trying to save the ACLs. Please check the server logs for more information\r\n"
    )
    #expect(files.text("users.acl") == "user alice on\n")
    #expect(log.withLock { $0 } == ["Writing ACL file for ACL SAVE: No space left on device"])
  }

  // MARK: The start

  @Test func declaredUsers() throws {
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    try ConfigurationFile.load(
      Array("requirepass secret\nuser alice on (+get ~a*) \"~b\"\nuser default on nopass +@all ~k*\n".utf8),
      into: &configuration)
    let harness = EngineHarness(configuration)
    #expect(harness.engine.withLock { harness.engine.loadUsers() } == [])
    let client = harness.client()
    #expect(
      client.call("ACL", "LIST").contains(
        "user alice on ~b resetchannels -@all (~a* resetchannels -@all +get)\r\n"))
    // A declaration of the default user comes after the password, and is all that is said of it.
    #expect(
      client.call("ACL", "LIST").contains(
        "user default on nopass sanitize-payload ~k* resetchannels +@all\r\n"))
    #expect(client.call("GET", "x").hasPrefix("-NOPERM "))
    #expect(client.call("GET", "k") == "$-1\r\n")
  }

  @Test func strangersAreKeptOutWhileThereIsNoPassword() {
    func isClosed(isControl: Bool = false) -> Bool {
      harness.engine.withLock { harness.engine.servesLoopbackOnly(isControl: isControl) }
    }
    let client = harness.client()
    #expect(isClosed() && isClosed(isControl: true))
    client.call("CONFIG", "SET", "requirepass", "x")
    #expect(!isClosed() && isClosed(isControl: true))
    client.call("CONFIG", "SET", "requirepass", "")
    #expect(isClosed())
    client.call("ACL", "SETUSER", "default", ">x")
    #expect(!isClosed())
    client.call("ACL", "SETUSER", "default", "nopass")
    client.call("CONFIG", "SET", "protected-mode", "no")
    #expect(!isClosed() && !isClosed(isControl: true))
  }

  @Test func theControlPortHasItsOwnPassword() {
    var configuration = Configuration()
    configuration.controlPassword = Array("sesame".utf8)
    let guarded = EngineHarness(configuration)
    #expect(!guarded.engine.withLock { guarded.engine.servesLoopbackOnly(isControl: true) })
    #expect(guarded.engine.withLock { guarded.engine.servesLoopbackOnly(isControl: false) })
  }
}
