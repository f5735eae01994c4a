// `rename-command`, as redis-server 7.0.15 reads it.

import Testing

@testable import UnderstudyEngine

@Suite struct RenamedCommandTests {
  private func harness(_ text: String) throws -> EngineHarness {
    var configuration = Configuration()
    try ConfigurationFile.load(Array(text.utf8), into: &configuration, isCommand: CommandTable.isCommand)
    return EngineHarness(configuration)
  }

  @Test func namesGoAndCome() throws {
    let long = "a5c1d9c2b1e84f6f8d4e3b2a19080706"
    let harness = try harness("rename-command FLUSHALL \"\"\nrename-command config \(long)\nrename-command Get holen")
    let client = harness.client()
    #expect(client.call("FLUSHALL").hasPrefix("-ERR unknown command 'FLUSHALL'"))
    #expect(client.call("CONFIG", "GET", "port").hasPrefix("-ERR unknown command 'CONFIG'"))
    #expect(client.call(long.uppercased(), "GET", "port") == "*2\r\n$4\r\nport\r\n$4\r\n6379\r\n")
    #expect(client.call(long + "x", "GET", "port").hasPrefix("-ERR unknown command"))
    #expect(client.call("SET", "k", "v") == "+OK\r\n")
    #expect(client.call("GET", "k").hasPrefix("-ERR unknown command 'GET'"))
    #expect(client.call("HOLEN", "k") == "$1\r\nv\r\n")
    #expect(client.call("holen") == "-ERR wrong number of arguments for 'get' command\r\n")
    #expect(client.call("EVAL", "return redis.call('holen', KEYS[1])", "1", "k") == "$1\r\nv\r\n")
    // Another engine of the process knows nothing of it.
    #expect(EngineHarness().client().call("GET", "k") == "$-1\r\n")
  }

  @Test(
    arguments: [
      ("rename-command FOO x", "No such command in rename-command"),
      ("rename-command GET SET", "Target command name already exists"),
      ("rename-command GET a\nrename-command GET b", "No such command in rename-command"),
      ("rename-command GET", "Bad directive or wrong number of arguments"),
    ])
  func whatIsRefused(text: String, reason: String) {
    let failure = #expect(throws: ConfigurationFile.Failure.self) { try harness(text) }
    #expect(failure?.text == reason)
  }

  @Test func namesThatAreFreeAgain() throws {
    let harness = try harness("rename-command GET get\nrename-command DEL weg\nrename-command SET del\nrename-command weg \"\"")
    let client = harness.client()
    #expect(client.call("DEL", "k", "v") == "+OK\r\n")
    #expect(client.call("GET", "k") == "$1\r\nv\r\n")
    #expect(client.call("SET", "k", "v").hasPrefix("-ERR unknown command 'SET'"))
  }
}
