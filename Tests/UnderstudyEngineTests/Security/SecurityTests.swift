// What a client cannot make the server do: name files, load code, or tell secrets. The page Security.md says why.

@testable import UnderstudyEngine
import Testing

@Suite struct SecurityTests {
  private let harness = EngineHarness()

  /// Also without the setting the reason is the real server's.
  @Test func clientsNameNoFiles() {
    let client = harness.client()
    #expect(client.call("CONFIG", "SET", "dir", "/").hasPrefix("-ERR CONFIG SET failed"))
    for name in ["logfile", "pidfile", "aclfile", "unixsocket", "announce-file"] {
      #expect(client.call("CONFIG", "SET", name, "/tmp/x").hasPrefix("-ERR"), "\(name)")
    }
    #expect(client.call("CONFIG", "REWRITE") == "-ERR The server is running without a config file\r\n")
    #expect(client.call("ACL", "SAVE").hasPrefix("-ERR This Redis instance is not configured to use an ACL file."))
    #expect(client.call("ACL", "LOAD").hasPrefix("-ERR This Redis instance is not configured to use an ACL file."))
  }

  @Test func clientsLoadNoCode() {
    let client = harness.client()
    for request in [["MODULE", "LOAD", "/tmp/x.so"], ["DEBUG", "SEGFAULT"], ["DEBUG", "RELOAD"], ["MODULE", "LOADEX", "/tmp/x.so"]] {
      #expect(client.call(arguments: request).hasPrefix("-ERR"), "\(request)")
    }
    for name in ["enable-debug-command", "enable-module-command", "enable-protected-configs"] {
      #expect(client.call("CONFIG", "SET", name, "yes").hasPrefix("-ERR CONFIG SET failed"), "\(name)")
    }
    #expect(client.call("PING") == "+PONG\r\n")
  }

  @Test func secretsAreNotShown() {
    let monitor = harness.client(), client = harness.client()
    client.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
    monitor.call("MONITOR")
    let requests = [
      ["AUTH", "hunter2"], ["AUTH", "default", "hunter2"], ["HELLO", "2", "AUTH", "default", "hunter2"],
      ["ACL", "SETUSER", "u", ">hunter2"], ["CONFIG", "SET", "requirepass", "hunter2"],
      ["CONFIG", "SET", "masterauth", "hunter2"], ["MIGRATE", "127.0.0.1", "1", "k", "0", "1", "AUTH", "hunter2"],
    ]
    for request in requests { client.call(arguments: request) }
    let seen = monitor.pending()
    #expect(seen.contains("AUTH") && !seen.contains("hunter2"))
    let log = client.call("SLOWLOG", "GET", "-1")
    #expect(log.contains("(redacted)") && !log.contains("hunter2"))
  }
}
