// The command line, the configuration file and the answers that need no server.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct CommandLineTests {
  @Test(arguments: ["-v", "--version"])
  func theVersionIsInRedisForm(option: String) throws {
    let run = try ProgramRun([option])
    #expect(run.status == 0)
    // What launchers look for.
    #expect(run.output.firstMatch(of: /^Redis server v=7\.\d+\.\d+ sha=\w+:\d malloc=\S+ bits=64 build=\S+\n$/) != nil)
    #expect(run.errors == "")
  }

  @Test func helpNamesWhatIsOursAlone() throws {
    let run = try ProgramRun(["--help"])
    #expect(run.status == 0)
    for option in ["--control-port", "--announce-file", "--exit-with-parent", "--port auto"] {
      #expect(run.output.contains(option))
    }
  }

  /// The texts and line numbers are those of redis-server 7.0.15; the version is the emulated one.
  @Test(
    arguments: [
      (["--bogus", "1"], "at line 2\n>>> 'bogus \"1\"'\nBad directive or wrong number of arguments\n"),
      (["--port"], "at line 2\n>>> 'port'\nwrong number of arguments\n"),
      (["--maxclients", "x"], "at line 2\n>>> 'maxclients \"x\"'\nargument couldn't be parsed into an integer\n"),
      (["--port", "70000"], "at line 2\n>>> 'port \"70000\"'\nargument must be between 0 and 65535 inclusive\n"),
      (["--dir", "/nonexistent"], "at line 2\n>>> 'dir \"/nonexistent\"'\nNo such file or directory\n"),
    ])
  func aBadDirectiveStopsTheStart(arguments: [String], text: String) throws {
    let run = try ProgramRun(arguments)
    #expect(run.status == 1)
    #expect(
      run.errors == "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, \(text)")
  }

  @Test func aFileThatIsNotThere() throws {
    let run = try ProgramRun(["/nonexistent/redis.conf"])
    #expect(run.status == 1)
    let reason = "Fatal error, can't open config file '/nonexistent/redis.conf': No such file or directory\n"
    #expect((run.output + run.errors).contains(reason))
  }

  @Test func aPortThatIsTaken() throws {
    let server = try UnderstudyProcess()
    guard case .tcp(_, let port) = server.tcp else { return }
    let run = try ProgramRun(["--port", "\(port)"])
    #expect(run.status == 1)
    #expect(run.output.contains("# Warning: Could not create server TCP listening socket *:\(port): bind: "))
    #expect(run.output.hasSuffix("# Failed listening on port \(port) (TCP), aborting.\n"))
  }

  @Test func nowhereToListen() throws {
    let run = try ProgramRun(["--port", "0"])
    #expect(run.status == 1)
    #expect(run.output.hasSuffix("# Configured to not listen anywhere, exiting.\n"))
  }

  @Test func filesThatCannotBeWritten() throws {
    let pidFile = "/tmp/understudy-announce-\(UInt32.random(in: 0 ... .max)).pid"
    let announce = try ProgramRun(
      ["--port", "auto", "--announce-file", "/nonexistent/a.json", "--pidfile", pidFile])
    #expect(!FileManager.default.fileExists(atPath: pidFile))
    #expect(announce.status == 1)
    #expect(announce.output.contains("# Can't write the announce file /nonexistent/a.json: No such file or directory"))
    #expect(!announce.output.contains("Ready to accept connections"))
    let noFolder = try ProgramRun(["--port", "auto", "--announce-file", "/dev/null/a.json"])
    #expect(noFolder.status == 1)
    let log = try ProgramRun(["--port", "auto", "--logfile", "/nonexistent/a.log"])
    #expect(log.status == 1)
    #expect(log.errors.contains("Can't open the log file: No such file or directory"))
    let socket = try ProgramRun(["--port", "0", "--unixsocket", "/nonexistent/a.sock"])
    #expect(socket.status == 1)
    #expect(socket.output.hasSuffix("# Failed opening Unix socket: bind: No such file or directory\n"))
  }

  /// As with redis-server, whatever can be opened can be named, and a device is not replaced by a file.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullDisk() throws {
    let announce = try ProgramRun(["--port", "auto", "--announce-file", "/dev/full"])
    #expect(announce.status == 1)
    #expect(
      announce.output.contains("# Can't write the announce file /dev/full: No space left on device, aborting.\n"))
    let server = try UnderstudyProcess(["--pidfile", "/dev/full", "--logfile", "/dev/full"])
    #expect(try RawClient(server.unix).command("PING") == .simple("PONG"))
    server.signal(SIGTERM)
    try wait(until: "the program has ended") { !server.isRunning }
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/full")[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
  }

  @Test func oneNumberForTwoPorts() throws {
    let port = try freePort()
    let run = try ProgramRun(["--port", "\(port)", "--control-port", "\(port)"])
    #expect(run.status == 1)
    #expect(run.output.contains("port \(port) cannot be both the clients' port and the control port"))
  }

  @Test func aFileThenTheCommandLine() throws {
    let folder = try TestFolder()
    let more = try folder.file("more.conf", "maxclients 77\n")
    let file = try folder.file(
      "redis.conf", "# a comment\nrequirepass 'se cret'\nmaxclients 99\ninclude \(more)\ntimeout 5\n")
    let server = try UnderstudyProcess(leading: [file], ["--timeout", "7"])
    let client = try RawClient(server.tcp)
    #expect(try client.command("PING").text == "NOAUTH Authentication required.")
    try client.command("AUTH", "se cret")
    #expect(try client.command("CONFIG", "GET", "maxclients").texts == ["maxclients", "77"])
    #expect(try client.command("CONFIG", "GET", "timeout").texts == ["timeout", "7"])
  }
}

extension RESPValue {
  /// The texts of an array's elements.
  var texts: [String] {
    guard case .array(let values) = self else { return [] }
    return values.compactMap(\.text)
  }
}
