// Helps, the manual and the completion of shells: that they are true, because they are made of the declarations by which
// command lines are read, and that a shell and a formatter of manuals take them.

import Foundation
import Testing
import UnderstudyEngine
import UnderstudyTestSupport

@testable import UnderstudyCommand

@Suite struct HelpTests {
  private func output(_ arguments: String...) throws -> String {
    let run = try ProgramRun(arguments)
    #expect(run.status == 0 && run.errors == "", "\(arguments)")
    return run.output
  }

  // MARK: Helps

  @Test(arguments: ProgramCommand.all.map(\.name))
  func helpMentionsEveryOption(of name: String) throws {
    let command = try #require(ProgramCommand.all.first { $0.name == name })
    let help = try name.isEmpty ? output("--help") : output("help", name)
    if !name.isEmpty { #expect(try output(name, "--help") == help) }
    for option in command.options {
      #expect(help.contains(option.usage), "\(option.name)")
      for choice in option.choices { #expect(option.summary.contains(choice), "\(option.name) \(choice)") }
    }
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func helpNamesEveryDirectiveThatHasAnEffect() throws {
    let help = try output("--help"), all = try output("help", "config")
    for directive in Directives.all {
      #expect(directive.summary.hasSuffix(".") && directive.summary.count <= 120, "\(directive.name) has no summary")
      if directive.replacement != nil { continue }
      #expect(help.contains("--\(directive.name) ") == !directive.traits.contains(.inert), "\(directive.name)")
      #expect(all.contains("\n  \(directive.name) ") || all.contains("\n  \(directive.name)\n"), "\(directive.name)")
    }
    for name in ProgramCommand.all.map(\.name) { #expect(help.contains("  \(name) ")) }
    #expect(ProgramCommand.help.operands == ProgramCommand.all.map(\.name).filter { !$0.isEmpty } + ["config"])
  }

  @Test func aDirectiveIsTold() throws {
    let port = try output("help", "config", "port")
    #expect(port.contains("a port, 0 for none, or auto") && port.contains("6379"))
    let policy = try output("help", "config", "maxmemory-policy")
    #expect(policy.contains("one of volatile-lru, ") && policy.contains("noeviction") && policy.contains("by CONFIG SET"))
    #expect(try output("help", "config", "appendonly").contains("none: it is kept and answered"))
    #expect(try output("help", "config", "--seed").contains("at the start only"))
    #expect(try output("help", "config", "lua-*").contains("lua-deadline"))
    let none = try ProgramRun(["help", "config", "maxmemroy"])
    #expect(none.status == 1 && none.errors == "understudy help: there is no directive 'maxmemroy'; is it maxmemory?\n")
    #expect(try ProgramRun(["help", "nonsense"]).status == 1)
  }

  /// Each default is a value that the directive takes, and is told as it is.
  @Test func valuesOfDirectivesAreTrue() throws {
    for directive in Directives.all {
      var configuration = Configuration()
      let values = directive.choices.isEmpty || directive.standard.isEmpty ? [] : directive.choices
      for value in values {
        #expect(throws: Never.self, "\(directive.name) \(value)") {
          try Directives.apply(name: directive.name, values: [Array(value.utf8)], to: &configuration)
        }
      }
    }
  }

  // MARK: What the command line reads

  @Test(
    arguments: [
      (["top", "--bogus"], "there is no option --bogus"), (["top", "--once=yes"], "--once takes no value"),
      (["top", "--control-port"], "--control-port wants a value"), (["top", "--control-port", "x"], "'x' is no port"),
      (["top", "--interval", "0", "1"], "--interval wants seconds"), (["top", "1", "2"], "one URL is enough"),
      (["top", "--control-port", "1", "redis://h:2"], "a URL or --control-port, and not both"),
      (["top", "redis://:1"], "names no host"),
    ])
  func topRefuses(arguments: [String], text: String) throws {
    let run = try ProgramRun(arguments)
    #expect(run.status == 1 && run.errors.contains(text) && run.errors.hasSuffix("Try: understudy top --help\n"), "\(run.errors)")
  }

  @Test func topFindsItsServer() throws {
    func place(_ words: [String], _ variables: [String: String] = [:]) throws -> String {
      let options = try TopOptions(words) { variables[$0] }
      return "\(options.host) \(options.port)"
    }
    #expect(try place(["--control-port", "7"]) == "127.0.0.1 7" && place(["7"]) == "127.0.0.1 7")
    #expect(try place(["redis://h:7/"]) == "h 7" && place(["redis://[::1]:7"]) == "::1 7" && place(["h:7"]) == "h 7")
    #expect(try place([], ["UNDERSTUDY_CONTROL_URL": "redis://u:p@h:9"]) == "h 9")
    #expect(try place([], ["UNDERSTUDY_CONTROL_PORT": "9"]) == "127.0.0.1 9")
    #expect(throws: GivenOptions.Refusal.self) { try place([]) }
  }

  /// A switch of the server's own may stand alone.
  @Test func switchesNeedNoValue() throws {
    for line in [["--exit-with-parent"], ["--exit-with-parent", "--verbose", "--port", "7"], ["--exit-with-parent", "yes"]] {
      var configuration = Configuration()
      try ConfigurationFile.load(ConfigurationFile.commandLine(line).lines, into: &configuration)
      #expect(configuration.exitsWithParent && configuration.isVerbose == line.contains("--verbose"))
      #expect(configuration.port == (line.contains("7") ? 7 : 6379))
    }
    #expect(try ProgramRun(["--protected-mode"]).errors.contains("wrong number of arguments"))
  }

  // MARK: The manual and the shells

  @Test(.enabled(if: TestEnvironment.executable(named: "groff") != nil))
  func theManualIsWellFormed() throws {
    let folder = try TestFolder()
    let page = try folder.file("understudy.1", output("man"))
    let run = try ProgramRun(
      of: try #require(TestEnvironment.executable(named: "groff")), ["-man", "-ww", "-z", "-Tascii", page])
    #expect(run.status == 0 && run.errors == "", "\(run.errors)")
    let text = try String(contentsOfFile: page, encoding: .utf8)
    for directive in Directives.all where directive.replacement == nil {
      #expect(text.contains(".B \"\(directive.name.replacing("-", with: "\\-"))\""))
    }
  }

  private static let lines: [(words: [String], completions: [String])] = [
    (["ru"], ["run"]), (["top", "--on"], ["--once"]), (["run", "--fail-on", ""], ["certain", "high", "medium", "never"]),
    (["--maxmemory-p"], ["--maxmemory-policy"]), (["--maxmemory-policy", "allkeys-lr"], ["allkeys-lru"]),
    (["--exit-with-parent", ""], ["yes", "no"]), (["help", "config", "lua-m"], ["lua-memory-limit"]), (["completion", "f"], ["fish"]),
    (["--requirepass", "x"], []), (["run", "--quiet", "--", "/bin/s"], ["/bin/sh"]), (["--pidfile", "/etc/pass"], ["/etc/passwd"]),
  ]

  @Test(.enabled(if: TestEnvironment.executable(named: "bash") != nil))
  func bashCompletes() throws {
    let folder = try TestFolder()
    let script = try folder.file("completion", output("completion", "bash"))
    let program = """
      set -u
      source "$1"
      shift
      COMP_WORDS=(understudy "$@") COMP_CWORD=$# COMPREPLY=()
      _understudy
      complete -p understudy > /dev/null
      (( ${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "${COMPREPLY[@]}"
      """
    let bash = try #require(TestEnvironment.executable(named: "bash"))
    for line in Self.lines {
      let run = try ProgramRun(of: bash, ["--norc", "-c", program, "bash", script] + line.words)
      let found = run.output.split(separator: "\n").map { String($0) }
      #expect(run.status == 0 && run.errors == "", "\(line.words): \(run.errors)")
      #expect(Set(found).isSuperset(of: line.completions) && (!line.completions.isEmpty || found.isEmpty), "\(line.words): \(found)")
      if let typed = line.words.last { #expect(found.allSatisfy { $0.hasPrefix(typed) }, "\(line.words): \(found)") }
    }
  }

  @Test(arguments: [("zsh", ["-n"]), ("fish", ["--no-execute"])])
  func otherShellsTakeTheirs(shell: String, check: [String]) throws {
    let folder = try TestFolder()
    let script = try folder.file("completion", output("completion", shell))
    #expect(try String(contentsOfFile: script, encoding: .utf8).contains("maxmemory-policy"))
    // Not installed by everybody.
    guard let program = TestEnvironment.executable(named: shell) else { return }
    let run = try ProgramRun(of: program, check + [script])
    #expect(run.status == 0 && run.errors == "", "\(run.errors)")
  }

  @Test func theVersionStandsInOnePlace() throws {
    #expect(try output("--version").hasSuffix(" build=understudy-\(ProgramVersion.text)\n"))
    #expect(ProgramVersion.text.contains(/^\d+\.\d+\.\d+$/))
    // Packaging asks the program.
    let folder = "\(TestEnvironment.repository)/Sources/UnderstudyCommand/Packaging"
    for case let name as String in FileManager.default.enumerator(atPath: folder) ?? FileManager.DirectoryEnumerator() {
      let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
      if name.hasSuffix(".rb") {
        #expect(text.contains("tag: \"\(ProgramVersion.text)\""), "\(name)")
      } else {
        #expect(!text.contains(ProgramVersion.text), "\(name) says the version: let it ask the program")
      }
    }
  }
}
