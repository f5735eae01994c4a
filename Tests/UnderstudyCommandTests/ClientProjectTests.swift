// The projects in Conformance/Clients: the tests of each run against the built program, as its README says. A language more
// is a test here.

import Testing
import UnderstudyTestSupport

@Suite struct ClientProjectTests {
  private static let folder = "\(TestEnvironment.repository)/Conformance/Clients"

  @Test(.enabled(if: ClientProgram.python.isAvailable(for: "the Python package and its fixtures")))
  func python() throws {
    let scratch = try TestFolder()
    let said = try run(
      "python",
      [
        ClientProgram.python.find(), "-B", "-m", "pytest", "-q", "-p", "understudy.pytest_plugin", "-p", "no:cacheprovider",
        "--basetemp", "\(scratch.path)/pytest",
      ], ["PYTHONPATH=\(Self.folder)/python", "PYTHONDONTWRITEBYTECODE=1"])
    #expect(said.contains(/\n\d\d passed, 1 xfailed/), "\(said)")
  }

  @Test(.enabled(if: ClientProgram.go.isAvailable(for: "the Go client")))
  func go() throws {
    let said = try run("go", [ClientProgram.go.find(), "test", "-count=1", "-v", "."])
    #expect(said.contains("--- PASS: TestALostReply") && said.contains("\nok  \tunderstudy\t"), "\(said)")
  }

  @Test(.enabled(if: ClientProgram.nodeRedis.isAvailable(for: "the module for node")))
  func node() throws {
    let said = try run("node", [ClientProgram.nodeRedis.find(), "--test"], ["NODE_PATH=\(ClientProgram.nodeModules)"])
    #expect(said.contains("pass 9\n") && said.contains("fail 0\n"), "\(said)")
  }

  @Test(.enabled(if: ClientProgram.ruby.isAvailable(for: "the Ruby library")))
  func ruby() throws {
    let said = try run(
      "ruby",
      [
        ClientProgram.ruby.find(), "-w", "-I", "lib", "-e", "ARGV.each { require _1 }", "./test/shop_test.rb",
        "./test/understudy_test.rb",
      ])
    #expect(said.contains("\n10 runs, 27 assertions, 0 failures, 0 errors, 0 skips\n"), "\(said)")
  }

  @Test(.enabled(if: ClientProgram.javac.isAvailable(for: "the extension of JUnit")))
  func junit() throws {
    _ = try ClientProgram.javac.find()
    let classes = try TestFolder()
    let said = try run("junit", ["/bin/sh", "run-tests.sh", classes.path])
    #expect(said.contains(" 8 tests successful ") && said.contains(" 0 tests failed "), "\(said)")
  }

  /// Without the program the tests of a project fail, and say what is missing.
  @Test(.enabled(if: ClientProgram.nodeRedis.isAvailable(for: "that the projects can fail")))
  func canFail() throws {
    let run = try ProgramRun(
      of: "/usr/bin/env",
      ["UNDERSTUDY=/nonexistent/understudy", ClientProgram.nodeRedis.find(), "--test", "understudy.test.mjs"],
      in: "\(Self.folder)/node")
    #expect(run.status != 0 && run.output.contains("name it in UNDERSTUDY"), "\(run.output)")
  }

  /// Runs a project's tests in its folder, and returns what they said.
  private func run(_ project: String, _ command: [String], _ environment: [String] = []) throws -> String {
    let program = try ProgramRun.understudy
    let run = try ProgramRun(
      of: "/usr/bin/env", ["-u", "UNDERSTUDY_CONTROL_URL", "UNDERSTUDY=\(program)"] + environment + command,
      in: "\(Self.folder)/\(project)")
    #expect(run.status == 0, "\(project): \(run.output)\(run.errors)")
    return run.output
  }
}
