// Libraries of functions: what a library keeps, how functions run, end and are ended, and that a change of libraries is
// made whole or not at all. Replies and texts are compared with a real server's in FunctionOracleTests.

import Testing

@testable import UnderstudyEngine

@Suite struct FunctionTests {
  private static let counter = """
    #!lua name=counter
    local n = 0
    redis.register_function('next', function() n = n + 1 return n end)
    redis.register_function('set', function(keys, args) return redis.call('set', keys[1], args[1]) end)
    """

  @Test func aLibraryKeepsItsVariables() {
    let client = EngineHarness().client()
    #expect(client.call("FUNCTION", "LOAD", Self.counter) == "$7\r\ncounter\r\n")
    #expect(client.call("FCALL", "next", "0") == ":1\r\n")
    #expect(client.call("FCALL", "NEXT", "0") == ":2\r\n")
    client.call("SCRIPT", "FLUSH")
    client.call("FLUSHALL")
    #expect(client.call("FCALL", "next", "0") == ":3\r\n")
    client.call("FUNCTION", "LOAD", "REPLACE", Self.counter)
    #expect(client.call("FCALL", "next", "0") == ":1\r\n")
  }

  @Test func librariesAreListedByName() {
    let client = EngineHarness().client()
    for name in ["zebra", "ant", "bee"] {
      client.call("FUNCTION", "LOAD", "#!lua name=\(name)\nredis.register_function('f_\(name)', function() end)")
    }
    let names = client.call("FUNCTION", "LIST").split(separator: "\r\n").filter { ["zebra", "ant", "bee"].contains($0) }
    #expect(names == ["ant", "bee", "zebra"])
  }

  /// A library that cannot be loaded leaves what was there as it was.
  @Test(arguments: [
    "#!lua name=counter\nnosuch()", "#!lua name=counter\nreturn 1", "#!lua name=counter\n]",
    "#!lua name=counter\nredis.register_function('next', 1)",
    "#!lua name=counter\nredis.register_function('other', function() end)",
  ])
  func aFailedLoadChangesNothing(code: String) {
    let client = EngineHarness().client()
    client.call("FUNCTION", "LOAD", Self.counter)
    client.call("FUNCTION", "LOAD", "#!lua name=second\nredis.register_function('other', function() return 7 end)")
    client.call("FCALL", "next", "0")
    #expect(client.call("FUNCTION", "LOAD", "REPLACE", code).hasPrefix("-ERR "))
    #expect(client.call("FCALL", "next", "0") == ":2\r\n")
    #expect(client.call("FCALL", "other", "0") == ":7\r\n")
  }

  @Test func manyLibrariesAndFunctions() {
    let client = EngineHarness().client()
    for library in 0..<40 {
      let functions = (0..<10).map { "redis.register_function('f\(library)_\($0)', function() return \($0) end)" }
      #expect(
        client.call("FUNCTION", "LOAD", "#!lua name=l\(library)\n\(functions.joined(separator: "\n"))").hasPrefix("$"))
    }
    for library in 0..<40 {
      for function in 0..<10 { #expect(client.call("FCALL", "F\(library)_\(function)", "0") == ":\(function)\r\n") }
    }
    for library in 0..<39 { client.call("FUNCTION", "DELETE", "l\(library)") }
    #expect(client.call("FCALL", "f0_0", "0") == "-ERR Function not found\r\n")
    #expect(client.call("FCALL", "f39_9", "0") == ":9\r\n")
    #expect(client.call("INFO", "memory").contains("number_of_functions:10\r\nnumber_of_libraries:1\r\n"))
    client.call("FUNCTION", "FLUSH")
    #expect(client.call("INFO", "memory").contains("used_memory_vm_functions:0\r\n"))
    #expect(client.call("FCALL", "f39_9", "0") == "-ERR Function not found\r\n")
  }

  /// The code of a library is ended, and leaves a state that can be used.
  @Test(arguments: [
    ("while true do end", "ERR FUNCTION LOAD timeout"), ("local s = 'x' while true do s = s .. s end", "ERR not enough memory"),
  ])
  func loadingIsBounded(code: String, error: String) {
    let client = EngineHarness().client()
    client.call("FUNCTION", "LOAD", Self.counter)
    let reply = client.call("FUNCTION", "LOAD", "#!lua name=bad\n\(code)")
    #expect(reply == "-ERR Error registering functions: \(error)\r\n")
    #expect(client.call("FCALL", "next", "0") == ":1\r\n")
  }

  /// A clock that stands still does not let a library load for ever.
  @Test func loadingIsBoundedByInstructionsToo() {
    let harness = EngineHarness()
    harness.engine.freeze(.script)
    let reply = harness.client().call("FUNCTION", "LOAD", "#!lua name=bad\nwhile true do end")
    #expect(reply == "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n")
  }

  @Test func functionsAreReadOnlyByTheirFlags() {
    let client = EngineHarness().client()
    client.call(
      "FUNCTION", "LOAD",
      """
      #!lua name=lib
      local function write(keys) return redis.call('set', keys[1], 1) end
      redis.register_function{function_name = 'says_no', callback = write, flags = {'no-writes'}}
      redis.register_function('writes', write)
      """)
    #expect(client.call("FCALL", "writes", "1", "k") == "+OK\r\n")
    #expect(
      client.call("FCALL", "says_no", "1", "k").hasPrefix("-ERR Write commands are not allowed from read-only scripts."))
    #expect(
      client.call("FCALL_RO", "writes", "1", "k")
        == "-ERR Can not execute a script with write flag using *_ro command.\r\n")
  }

  /// As in scripts, KEYS and dice are refused.
  @Test func functionsAreStrict() {
    let client = EngineHarness().client()
    client.call(
      "FUNCTION", "LOAD",
      """
      #!lua name=lib
      redis.register_function('walk', function() return redis.call('keys', '*') end)
      redis.register_function('dice', function() return math.random(6) end)
      """)
    #expect(client.call("FCALL", "walk", "0").hasPrefix("-ERR KEYS is refused inside scripts"))
    #expect(client.call("FCALL", "dice", "0").contains("math.random is refused"))
  }
}

/// Functions over their first slice; see LongScriptTests.
@Suite struct LongFunctionTests {
  private let harness: EngineHarness
  private let busy =
    "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n"
  private let one: HarnessClient
  private let two: HarnessClient

  init() {
    harness = EngineHarness()
    harness.engine.freeze(.script)
    (one, two) = (harness.client(), harness.client())
    one.call(
      "FUNCTION", "LOAD",
      """
      #!lua name=lib
      local n = 0
      local function spin() while true do n = n + 1 end end
      redis.register_function('spin', spin)
      redis.register_function('write', function() redis.call('set', 'k', 'v') spin() end)
      redis.register_function('count', function(keys, args)
        local n = 0
        while n < 12000000 do n = n + 1 end
        return {n, keys[1], args[1]}
      end)
      redis.register_function('quick', function() return 7 end)
      """)
  }

  private func passLimit() {
    #expect(harness.engine.advance(.script, microseconds: 6_000_000))
    _ = one.pending()
  }

  @Test func othersAreToldBusyAndMayEndIt() {
    #expect(one.call("FCALL", "SPIN", "1", "key", "a b") == "")
    passLimit()
    #expect(two.call("GET", "k") == busy)
    #expect(two.call("SCRIPT", "KILL") == busy)
    #expect(two.call("FUNCTION", "LIST") == busy)
    #expect(
      two.call("FUNCTION", "STATS")
        == "*4\r\n$14\r\nrunning_script\r\n*6\r\n$4\r\nname\r\n$4\r\nspin\r\n$7\r\ncommand\r\n*5\r\n$5\r\nFCALL\r\n"
        + "$4\r\nSPIN\r\n$1\r\n1\r\n$3\r\nkey\r\n$3\r\na b\r\n$11\r\nduration_ms\r\n:6000\r\n$7\r\nengines\r\n*2\r\n"
        + "$3\r\nLUA\r\n*4\r\n$15\r\nlibraries_count\r\n:1\r\n$15\r\nfunctions_count\r\n:4\r\n")
    #expect(two.call("FUNCTION", "KILL") == "+OK\r\n")
    #expect(
      one.pending() == "-ERR Script killed by user with SCRIPT KILL... script: spin, on @user_function:3.\r\n")
    #expect(two.call("FUNCTION", "STATS").contains("running_script\r\n$-1\r\n"))
    #expect(one.call("FCALL", "quick", "0") == ":7\r\n")
    #expect(two.call("FUNCTION", "KILL") == "-NOTBUSY No scripts in execution right now.\r\n")
  }

  @Test func eachKindIsEndedByItsOwn() {
    #expect(one.call("EVAL", "while true do end", "0") == "")
    passLimit()
    let busy = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
    #expect(two.call("FUNCTION", "KILL") == busy)
    #expect(two.call("FUNCTION", "STATS") == busy)
    #expect(two.call("SHUTDOWN") == busy)
    #expect(two.call("SCRIPT", "KILL") == "+OK\r\n")
    #expect(one.pending().hasPrefix("-ERR Script killed by user"))
  }

  @Test func aFunctionThatHasWrittenIsNotKilled() {
    #expect(one.call("FCALL", "write", "0") == "")
    passLimit()
    for command in ["FUNCTION", "SCRIPT"] { #expect(two.call(command, "KILL").hasPrefix("-UNKILLABLE Sorry the script")) }
    #expect(two.call("SHUTDOWN") == busy)
  }

  @Test func aFunctionGoesOnWhereItsSliceEnded() {
    #expect(one.call("FCALL", "count", "1", "key", "argument") == "")
    var done = ""
    for _ in 0..<200 where done.isEmpty { done += one.pending() }
    #expect(done == "*3\r\n:12000000\r\n$3\r\nkey\r\n$8\r\nargument\r\n")
  }

  @Test func anEngineMayEndWithASuspendedFunction() {
    #expect(one.call("FCALL", "spin", "0") == "")
  }
}
