// The command line and the configuration file, as redis-server reads them, and the answers that need no server.
//
// This file may say `unsafe`. What keeps it safe: text is lent to the system for one write.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

enum Launch {
  case run(Configuration)
  /// Run a command against a server of its own: `understudy run`.
  case command(CommandRun)
  /// Say this and end.
  case answer(String, status: Int32, isError: Bool)

  /// - Parameter arguments: those behind the program's name.
  static func read(_ arguments: [String]) -> Launch {
    switch arguments {
    case ["-v"], ["--version"]: return .answer(versionLine, status: 0, isError: false)
    case ["-h"], ["--help"]: return .answer(help, status: 0, isError: false)
    case ["--check-system"]: return .answer("There is nothing that this server needs of the system.\n", status: 0, isError: false)
    default: break
    }
    if arguments.first == "run" { return CommandRun.read(Array(arguments.dropFirst())) }
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
        let reason = "Fatal error, can't open config file '\(file)': \(error)"
        throw Refusal(text: ServerLog.line(.warning, reason, isStarting: true))
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
      throw Refusal(text: error.message(version: configuration.emulatedVersion.released.description))
    }
    return configuration
  }

  // MARK: Answers

  /// In redis-server's form, which launchers take apart; the version is the one that is emulated by default.
  private static var versionLine: String {
    "Redis server v=\(Configuration().emulatedVersion.released) sha=00000000:0 malloc=libc bits=\(Int.bitWidth)"
      + " build=understudy\n"
  }

  private static var help: String {
    """
    Usage: understudy [/path/to/redis.conf] [--directive value ...] [-]
           understudy - (reads the configuration from the standard input)
           understudy -v | --version
           understudy -h | --help
           understudy run [options] -- command [argument ...] (runs a command against a server: understudy run --help)

    A Redis-compatible server for tests and development. It takes the directives of redis.conf, as redis-server does,
    and some of its own:
           --port auto             picks a free port and says which, in a line of JSON on the standard output
           --control-port N|auto   opens a second port for the LAB verbs (LAB.HELP lists them)
           --announce-file FILE    writes that line of JSON to a file
           --exit-with-parent yes  ends when the process that started it does
           --emulate-version 7.0   the version of Redis to be, or of Valkey (valkey-9.0); what is newer is unknown
           --seed N                replays every random choice
           --lua-strict no         lets scripts call KEYS and math.random, as Redis does

    Examples:
           understudy
           understudy --port 7777 --requirepass secret
           understudy --port 0 --unixsocket /tmp/redis.sock
           understudy --tls-port 6380 --tls-cert-file a.crt --tls-key-file a.key --tls-auth-clients no
           understudy /etc/redis/redis.conf --loglevel verbose
           understudy --port auto --control-port auto --exit-with-parent yes

    """
  }
}
