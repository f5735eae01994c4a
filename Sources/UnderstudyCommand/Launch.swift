// The command line and the configuration file, as redis-server reads them, and the answers that need no server.
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one write.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

enum Launch {
  case run(Configuration)
  /// Run a command against a server of its own: `understudy run`.
  case command(CommandRun)
  /// Show what another server does: `understudy top`.
  case top(Top)
  /// Say this and end.
  case answer(String, status: Int32, isError: Bool)

  /// - Parameter arguments: those behind the program's name.
  static func read(_ arguments: [String]) -> Launch {
    switch arguments {
    case ["-v"], ["--version"]: return .answer(versionLine, status: 0, isError: false)
    case ["-h"], ["--help"]: return .answer(HelpText.program, status: 0, isError: false)
    case ["--check-system"]: return .answer("There is nothing that this server needs of the system.\n", status: 0, isError: false)
    default: break
    }
    if let name = arguments.first, ProgramCommand.named(name) != nil { return read(name, Array(arguments.dropFirst())) }
    if arguments.first == "--test-memory" {
      return .answer("understudy has no memory test; memtest86 is made for it.\n", status: 1, isError: true)
    }
    if arguments.contains("--sentinel") {
      return .answer("understudy is no Sentinel.\n", status: 1, isError: true)
    }
    do {
      return .run(try configuration(ConfigurationFile.commandLine(arguments)))
    } catch {
      return .answer(error.text, status: 1, isError: true)
    }
  }

  /// What a command of the program's own asks for.
  private static func read(_ name: String, _ words: [String]) -> Launch {
    let isHelp = words == [ProgramOption.help.name] || words == [ProgramOption.help.short]
    switch name {
    case ProgramCommand.run.name: return CommandRun.read(words)
    case ProgramCommand.proxy.name: return ProxyLaunch.read(words)
    case ProgramCommand.top.name: return Top.read(words)
    case ProgramCommand.help.name where !isHelp:
      switch HelpText.answer(words) {
      case .success(let text): return .answer(text, status: 0, isError: false)
      case .failure(let refusal): return .answer("understudy help: \(refusal.text)\n", status: 1, isError: true)
      }
    case ProgramCommand.man.name where words.isEmpty: return .answer(ManualPage.page, status: 0, isError: false)
    case ProgramCommand.completion.name:
      if words.count == 1, let script = Completion.script(for: words[0]) { return .answer(script, status: 0, isError: false) }
    default: break
    }
    let text = ProgramCommand.named(name).map { HelpText.command($0) } ?? ""
    return .answer(text, status: isHelp ? 0 : 1, isError: !isHelp)
  }

  /// Writes a last word and ends the process.
  static func end(_ text: String, status: Int32, isError: Bool) {
    text.withBytes { bytes in
      unsafe understudy_write_all(
        isError ? 2 : 1, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    understudy_exit(status)
  }

  // MARK: Configuration

  private struct Refusal: Error { let text: String }

  private static func configuration(_ line: ConfigurationFile.CommandLine) throws(Refusal) -> Configuration {
    var configuration = Configuration()
    var text: [UInt8] = []
    if let file = line.file {
      switch SystemFile.read(file) {
      case .success(let read): text += read
      case .failure(let error):
        let near = Nearness.nearest(to: file, among: ProgramCommand.all.map(\.name).filter { !$0.isEmpty })
        let reason = "Fatal error, can't open config file '\(file)': \(error)"
        let line = ServerLog.line(.warning, reason, isStarting: true)
        throw Refusal(text: line + hint(near.map { "understudy \($0)" }, "understudy --help"))
      }
      configuration.configurationFile = SystemFile.absolute(file)
    }
    // One text, as in redis-server, so that the numbers of lines in errors agree.
    text.append(10)
    if line.readsStandardInput, let read = try? SystemFile.read("-").get() { text += read + [10] }
    text += line.lines
    do {
      try ConfigurationFile.load(
        text, into: &configuration, include: { try? SystemFile.readAll($0).get() }, visit: SystemFile.visit,
        isCommand: CommandTable.isCommand)
    } catch {
      let word = error.source.split(separator: " ").first.map { String($0) } ?? ""
      let near = Directives.find(word) == nil ? Nearness.nearest(to: word, among: Directives.all.map(\.name)) : nil
      let message = error.message(version: configuration.emulatedVersion.released.description)
      throw Refusal(text: message + hint(near, "understudy help config \(near ?? (Directives.find(word) == nil ? "" : word))"))
    }
    return configuration
  }

  /// What a person is told beside an error in redis-server's words; nobody else is.
  private static func hint(_ meant: String?, _ help: String) -> String {
    guard Terminal(2).isThere else { return "" }
    return "\n" + (meant.map { "Did you mean \($0)? " } ?? "") + "For help: \(help)\n"
  }

  // MARK: Answers

  /// In redis-server's form, which launchers take apart; the version is the one that is emulated by default.
  private static var versionLine: String {
    "Redis server v=\(Configuration().emulatedVersion.released) sha=00000000:0 malloc=libc bits=\(Int.bitWidth)"
      + " build=understudy-\(ProgramVersion.text)\n"
  }
}
