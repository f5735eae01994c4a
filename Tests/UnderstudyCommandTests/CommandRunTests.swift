// `understudy run`: what the command gets, what becomes of its exit status and of signals, and the reports that are
// written when it is over.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct CommandRunTests {
  private func run(_ options: [String] = [], _ command: String...) throws -> ProgramRun {
    try ProgramRun(["run"] + options + ["--"] + command)
  }

  // MARK: The command

  @Test func theCommandFindsTheServer() throws {
    let run = try run(
      ["--requirepass", "se cret", "--export", "BROKER", "--export", "CACHE={host}:{port}/1"],
      "sh", "-c", "echo $REDIS_URL $VALKEY_URL; echo $REDIS_HOST $REDIS_ADDR; echo $REDIS_PASSWORD; echo $BROKER; echo $CACHE; "
        + "echo $UNDERSTUDY_CONTROL_URL")
    let lines = run.output.split(separator: "\n").map { String($0) }
    try #require(lines.count == 6, "\(run.output) \(run.errors)")
    let url = try #require(lines[0].split(separator: " ").first.map { String($0) })
    #expect(url.firstMatch(of: /^redis:\/\/:se%20cret@127\.0\.0\.1:\d+$/) != nil && lines[0] == "\(url) \(url)")
    let port = try #require(url.split(separator: ":").last)
    #expect(lines[1] == "127.0.0.1 127.0.0.1:\(port)" && lines[2] == "se cret" && lines[3] == url)
    #expect(lines[4] == "127.0.0.1:\(port)/1" && lines[5].hasPrefix("redis://127.0.0.1:") && lines[5] != lines[0])
    #expect(run.status == 0)
  }

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "what a run says of its clients")))
  func clientsAreReported() throws {
    let folder = try TestFolder()
    let names = try ["html", "json", "sarif", "xml", "txt"].map { try folder.file("report.\($0)") }
    let cli = try ClientProgram.redisCLI.find()
    let run = try run(
      names.flatMap { ["--report", $0] } + ["--seed", "7", "--emulate-version", "7.0"],
      "sh", "-c", "\(cli) -p $REDIS_PORT set k v; \(cli) -p $REDIS_PORT get k; echo to-stderr >&2")
    #expect(run.status == 0 && run.output == "OK\nv\n", "\(run.errors)")
    #expect(run.errors.contains("to-stderr\n") && run.errors.contains("2 connections"))
    #expect(run.errors.contains("as Redis 7.0.15") && run.errors.contains("seed 7"))
    let texts = try names.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(texts[0].hasPrefix("<!DOCTYPE html>") && texts[2].contains("2.1.0") && texts[3].hasPrefix("<?xml"))
    #expect(texts[4].contains("Commands, by the time they took"))
    let json = try #require(try JSONSerialization.jsonObject(with: Data(texts[1].utf8)) as? [String: Any])
    let connections = try #require((json["ledger"] as? [String: Any])?["connections"] as? [[String: Any]])
    // The clients have gone, and the report knows it.
    #expect(connections.count == 2 && connections.allSatisfy { $0["closedBy"] as? String == "client" })
    for name in names { #expect(run.errors.contains("Report: \(name)\n")) }
  }

  @Test func whoNeverConnectsIsTold() throws {
    #expect(try run([], "true").errors.contains("No client connected."))
    let quiet = try run(["--quiet"], "true")
    #expect(quiet.status == 0 && quiet.errors == "")
  }

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "that a server has all its directives in a run")))
  func directivesAreTheServers() throws {
    let folder = try TestFolder()
    let file = try folder.file("redis.conf", "port 1\nmaxclients 77\n")
    let run = try run(
      [file, "--maxmemory", "5mb"], "sh", "-c",
      "\(try ClientProgram.redisCLI.find()) -p $REDIS_PORT config get max[cm]*")
    #expect(run.output.contains("maxclients\n77\n") && run.output.contains("maxmemory\n5242880\n"), "\(run.errors)")
  }

  // MARK: The exit status

  @Test(arguments: [("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)])
  func theStatusIsTheCommands(script: String, status: Int32) throws {
    #expect(try run([], "sh", "-c", script).status == status)
  }

  @Test func commandsThatCannotRun() throws {
    let missing = try run([], "/nonexistent/command")
    #expect(missing.status == 127)
    #expect(missing.errors == "understudy run: cannot run '/nonexistent/command': No such file or directory\n")
    let folder = try TestFolder()
    let file = try folder.file("script", "no program")
    #expect(try run([], file).status == 126)
    #expect(try run([], "understudy-no-such-program").status == 127)
  }

  @Test(
    arguments: [
      (["--port", "auto"], "there is no command; put it behind --, as in: understudy run -- pytest"),
      (["--"], "there is no command behind --"),
      (["--report", "a.pdf", "--", "true"], "what 'a.pdf' shall hold cannot be told by its name"),
      (["--report"], "there is no command"),
      (["--fail-on", "sometimes", "--", "true"], "--fail-on wants certain, high, medium or never, and not 'sometimes'"),
      (["--fail-on=", "--", "true"], "--fail-on wants a value"),
      (["--export", "=x", "--", "true"], "--export wants a variable's name"),
      (["--daemonize", "yes", "--", "true"], "a server of a run cannot go into the background"),
      (["--pidfile", "/tmp/x.pid", "--", "true"], "a server of a run has no pidfile"),
      (["--announce-file", "/tmp/x.json", "--", "true"], "a server of a run has no announce-file"),
      (["--exit-with-parent", "yes", "--", "true"], "a server of a run ends with its command"),
      (["--dir", "/nonexistent", "--", "true"], ">>> 'dir \"/nonexistent\"'\nNo such file or directory"),
      (["--report", "/nonexistent/r.html", "--", "true"], "cannot write the report '/nonexistent/r.html': No such file or directory"),
      (["--bogus", "1", "--", "true"], "Bad directive or wrong number of arguments"),
      (["/nonexistent.conf", "--", "true"], "can't open config file '/nonexistent.conf'"),
    ])
  func refuses(arguments: [String], text: String) throws {
    let run = try ProgramRun(["run"] + arguments)
    #expect(run.status == 125)
    #expect(run.errors.contains(text), "\(run.errors)")
    #expect(run.output == "")
  }

  @Test(arguments: [["run", "--help"], ["run", "-h"], ["run"]])
  func helpSaysItAll(arguments: [String]) throws {
    let run = try ProgramRun(arguments)
    #expect(run.status == 0)
    for word in ["--report", "--fail-on", "--export", "--quiet", "REDIS_URL", "UNDERSTUDY_CONTROL_PORT", "125"] {
      #expect(run.output.contains(word))
    }
  }

  @Test func aPortThatIsTaken() throws {
    let server = try UnderstudyProcess()
    guard case .tcp(_, let port) = server.tcp else { return }
    let run = try run(["--port", "\(port)"], "true")
    #expect(run.status == 125 && run.errors.contains("Could not create server TCP listening socket"))
    #expect(run.errors.hasSuffix("understudy run: the server did not start\n"))
  }

  /// The folder was there when the run began.
  @Test func aReportThatCannotBeWrittenInTheEnd() throws {
    let folder = try TestFolder()
    let run = try run(["--report", "\(folder.path)/in/r.txt", "--quiet"], "true")
    #expect(run.status == 125)
    try FileManager.default.createDirectory(atPath: "\(folder.path)/in", withIntermediateDirectories: true)
    let gone = try self.run(["--report", "\(folder.path)/in/r.txt", "--quiet"], "rm", "-r", "\(folder.path)/in")
    #expect(gone.status == 125)
    #expect(gone.errors == "understudy run: cannot write the report '\(folder.path)/in/r.txt': No such file or directory\n")
  }

  /// What cannot be written is told before the command has run, and what can be is not refused.
  @Test func reportsAreTriedAsTheyAreWritten() throws {
    let folder = try TestFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/a.txt", withIntermediateDirectories: true)
    let refused = try run(["--report", "\(folder.path)/a.txt"], "echo", "ran")
    #expect(refused.status == 125 && refused.output == "")
    #expect(refused.errors == "understudy run: cannot write the report '\(folder.path)/a.txt': Is a directory\n")
    let file = try folder.file("b.txt", "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file)
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/c.txt", withDestinationPath: "b.txt")
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/d.txt", withDestinationPath: "/dev/null")
    for name in ["c.txt", "d.txt"] {
      let run = try run(["--report", "\(folder.path)/\(name)"], "true")
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("no findings"))
  }

  // MARK: The server's place

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "where a run's server is")))
  func theDirectoryIsTheServersAlone() throws {
    let here = try TestFolder(), there = try TestFolder()
    let run = try ProgramRun(
      of: ProgramRun.understudy,
      ["run", "--dir", there.path, "--report", "r.txt", "--unixsocket", "s.sock", "--", "sh", "-c",
        "pwd; \(try ClientProgram.redisCLI.find()) -p $REDIS_PORT config get dir; ls \(there.path)"],
      in: here.path)
    let lines = run.output.split(separator: "\n").map { String($0) }
    try #require(lines.count == 4, "\(run.output) \(run.errors)")
    #expect(lines[0].hasSuffix(here.path) && lines[2].hasSuffix(there.path) && lines[3] == "s.sock")
    #expect(run.status == 0 && run.errors.contains("Report: r.txt\n"))
    #expect(FileManager.default.fileExists(atPath: "\(here.path)/r.txt"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: there.path) == [])
  }

  @Test func aFileIsAboutAnotherServersLife() throws {
    let folder = try TestFolder()
    let file = try folder.file(
      "redis.conf", "port 1\ndaemonize yes\npidfile \(folder.path)/pid\nannounce-file \(folder.path)/where\nexit-with-parent yes\n")
    let run = try run([file, "--quiet"], "sh", "-c", "ls \(folder.path)")
    #expect(run.status == 0 && run.output == "redis.conf\n" && run.errors == "")
  }

  @Test func aRunThatFailsLeavesNoSocket() throws {
    let folder = try TestFolder()
    #expect(try run(["--unixsocket", "\(folder.path)/s"], "/nonexistent/command").status == 127)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  // MARK: Signals, input, the end

  /// The reader of all that is said has gone before the command ends.
  @Test func reportAndStatusOutliveTheReader() throws {
    let folder = try TestFolder()
    let script = """
      mkfifo go
      { "$1" run --report r.txt -- sh -c 'read word < go; exit 7'; echo $? > status; } 2>&1 | { exec 0<&-; echo on > go; }
      """
    let shell = try ProgramRun(of: "/bin/sh", ["-c", script, "sh", ProgramRun.understudy], in: folder.path)
    #expect(shell.status == 0 && shell.errors == "")
    #expect(try String(contentsOfFile: "\(folder.path)/status", encoding: .utf8) == "7\n")
    #expect(try String(contentsOfFile: "\(folder.path)/r.txt", encoding: .utf8).contains("no findings"))
  }

  /// `yes` ends by the pipe, and says nothing of it.
  @Test func theCommandMindsPipesAsEver() throws {
    let run = try run(["--quiet"], "sh", "-c", "yes | head -n 1")
    #expect(run.output == "y\n" && run.errors == "" && run.status == 0)
  }

  /// The second report waits for a reader who never comes.
  @Test func signalsAreTheRunsOwnWhenTheCommandHasEnded() throws {
    let folder = try TestFolder()
    let script = "cd $1; mkfifo b.txt; \"$2\" run --report a.txt --report b.txt -- true 2>/dev/null & echo $!; wait $!; echo $?"
    let shell = try ChildProcess(["/bin/sh", "-c", script, "sh", folder.path, try ProgramRun.understudy], keepsOutput: true)
    let process = try #require(Int32(try shell.readLine() ?? ""))
    try wait(until: "the first report is there", milliseconds: 60_000) {
      FileManager.default.fileExists(atPath: "\(folder.path)/a.txt")
    }
    kill(process, SIGTERM)
    #expect(try shell.readLine(milliseconds: 60_000) == "143")
  }

  @Test(arguments: [SIGTERM, SIGHUP, SIGUSR1])
  func signalsReachTheCommand(number: Int32) throws {
    // The command ends by itself, and the run still says its word. A shell has what it runs in the background ignore SIGINT.
    let script = "trap 'kill $!; echo caught; exit 7' TERM INT HUP USR1; tail -f /dev/null & echo ready; wait"
    let shell = try ChildProcess(
      ["/bin/sh", "-c", "\"$@\" 2>&1 & echo $!; wait $!; echo status $?", "sh", try ProgramRun.understudy,
        "run", "--", "sh", "-c", script], keepsOutput: true)
    let process = try #require(Int32(try shell.readLine() ?? ""))
    #expect(try shell.readLine(milliseconds: 60_000) == "ready")
    kill(process, number)
    #expect(try shell.readLine(milliseconds: 60_000) == "caught")
    var lines: [String] = []
    while let line = try shell.readLine(milliseconds: 60_000) {
      lines.append(line)
      if line.hasPrefix("status") { break }
    }
    #expect(lines.last == "status 7" && lines.contains("Understudy · no findings"))
  }

  @Test func inputIsPassedThrough() throws {
    let run = try ProgramRun(of: ProgramRun.understudy, ["run", "--quiet", "--", "cat"], input: "from afar\n")
    #expect(run.output == "from afar\n" && run.status == 0)
  }

  @Test(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "that a run outlives its server")))
  func aClientMayShutTheServerDown() throws {
    let run = try run([], "sh", "-c", "\(try ClientProgram.redisCLI.find()) -p $REDIS_PORT shutdown nosave; echo on")
    #expect(run.status == 0 && run.output.hasSuffix("on\n") && run.errors.contains("1 connection"), "\(run.errors)")
  }
}
