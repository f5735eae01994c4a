// The command line: what it takes, and what it refuses by name.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

@Suite struct OptionsTests {
  @Test(arguments: [
    (["--target"], "needs a value"), (["--target", "x"], "HOST:PORT"), (["--target", "h:99999"], "HOST:PORT"), ([], "is missing"),
    (["--target", "h:1", "--resp", "4"], "2, 3 or 2,3"), (["--target", "h:1", "--format", "xml"], "not “xml”"),
    (["--target", "h:1", "--parallel", "0"], "from 1 to 15"), (["--target", "h:1", "--since", "new"], "not “new”"),
    (["--target", "h:1", "--bogus"], "--bogus"), (["--target", "h:1", "file"], "“file”"), (["diff", "a:1"], "two targets"),
    (["--target", "h:1", "--target", "h:2"], "is missing"),
  ])
  func refusals(_ line: [String], _ text: String) {
    do {
      _ = try Options(line)
      Issue.record("taken: \(line)")
    } catch {
      #expect(error.description.contains(text), "\(error)")
    }
    #expect(Program.main(line) == 2)
  }

  @Test func everything() throws {
    let options = try Options([
      "run", "--target", "unix:/tmp/x", "--auth=bob:a:b", "--resp", "3", "--tags", "a,b", "--since", "7.0", "--filter", "x*",
      "--format", "junit", "--parallel", "7", "--timeout", "100", "--raw", "--allow-flush", "--name", "mine",
    ])
    #expect(options.targets[0].address == .unix(path: "/tmp/x"))
    #expect(options.targets[0].credentials == ["bob", "a:b"])
    #expect(options.targets[0].name == "mine")
    #expect(options.selection.protocols == [.three] && options.selection.tags == ["a", "b"])
    #expect(options.selection.since == Version("7.0") && options.selection.filter == "x*")
    #expect(options.format == .junit && options.lanes == 7 && options.timeout == 100)
    #expect(options.showsBytes && options.allowsFlush)
    #expect(try Options(["--help"]).isHelp)
    #expect(try Options(["diff", "a:1", "b:2"]).targets.count == 2)
    #expect(try Options(["check"]).verb == .check)
  }

  @Test func nobodyAtTheTargetIsNoFailureOfCases() {
    #expect(Program.main(["--target", "127.0.0.1:1"]) == 2)
  }
}
