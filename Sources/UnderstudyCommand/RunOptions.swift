// RunOptions: the command line of `understudy run`, up to the command: options of its own, and directives, which are the
// server's.

internal import UnderstudyEngine

struct RunOptions {
  struct Report {
    let path: String
    let format: ReportFormat
  }

  /// A variable that the command gets besides the usual ones, and what of.
  struct Export {
    let name: String
    let template: String
  }

  /// Why the command line makes no sense.
  struct Refusal: Error { let text: String }

  private(set) var reports: [Report] = []
  /// Findings of this certainty, or above it, make the run fail; nil for none.
  private(set) var failOn: FindingCertainty? = .certain
  private(set) var exports: [Export] = []
  /// Nothing is printed unless findings make the run fail, or it fails itself.
  private(set) var isQuiet = false
  /// What is left for the server, as redis-server would be told it.
  private(set) var directives: [String] = []
  private(set) var command: [String] = []

  /// Whether the usage is asked for.
  static func asksForHelp(_ arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" } || arguments.isEmpty
  }

  /// - Parameter arguments: those behind `run`.
  init(_ arguments: [String]) throws(Refusal) {
    guard let end = arguments.firstIndex(of: "--") else {
      throw Refusal(text: "there is no command; put it behind --, as in: understudy run -- pytest")
    }
    command = Array(arguments[(end + 1)...])
    if command.isEmpty { throw Refusal(text: "there is no command behind --") }
    var rest = arguments[..<end]
    while let word = rest.popFirst() {
      let (name, joined) = Self.split(word)
      switch name {
      case "--report": try addReport(try Self.value(of: name, joined, &rest))
      case "--fail-on": try setFailOn(try Self.value(of: name, joined, &rest))
      case "--export": try addExport(try Self.value(of: name, joined, &rest))
      case "--quiet" where joined == nil: isQuiet = true
      default: directives.append(word)
      }
    }
  }

  /// `--name=value` in its parts.
  private static func split(_ word: String) -> (name: String, value: String?) {
    guard word.hasPrefix("--"), let place = word.firstIndex(of: "=") else { return (word, nil) }
    return (String(word[..<place]), String(word[word.index(after: place)...]))
  }

  private static func value(
    of name: String, _ joined: String?, _ rest: inout ArraySlice<String>
  ) throws(Refusal) -> String {
    guard let value = joined ?? rest.popFirst(), !value.isEmpty else { throw Refusal(text: "\(name) wants a value") }
    return value
  }

  private mutating func addReport(_ path: String) throws(Refusal) {
    guard let format = ReportFormat(fileName: path) else {
      throw Refusal(
        text: "what '\(path)' shall hold cannot be told by its name: it ends in .html, .json, .sarif, .xml (JUnit) or .txt")
    }
    reports.append(Report(path: path, format: format))
  }

  private mutating func setFailOn(_ word: String) throws(Refusal) {
    if word == "never" {
      failOn = nil
    } else if let certainty = FindingCertainty(name: word), certainty != .info {
      failOn = certainty
    } else {
      throw Refusal(text: "--fail-on wants certain, high, medium or never, and not '\(word)'")
    }
  }

  private mutating func addExport(_ word: String) throws(Refusal) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
    guard let name = parts.first, !name.isEmpty, !name.utf8.contains(0) else {
      throw Refusal(text: "--export wants a variable's name, or NAME=text with {url}, {host} and {port} in it")
    }
    exports.append(Export(name: name, template: parts.count > 1 ? parts[1] : "{url}"))
  }

  /// What the server is told: a free port of this machine, unless the command line says otherwise. What a file says of its
  /// port, of a life in the background and of who is told that it lives is meant for another server.
  var serverArguments: [String] {
    let own = [
      "--port", "auto", "--control-port", "auto", "--bind", "127.0.0.1", "--daemonize", "no", "--pidfile", "",
      "--announce-file", "", "--exit-with-parent", "no",
    ]
    guard let first = directives.first, !first.hasPrefix("--") else { return own + directives }
    return [first] + own + directives.dropFirst()
  }

  /// What makes no sense for a server that lives as long as its command.
  static func refuse(_ configuration: Configuration) throws(Refusal) {
    if configuration.isDaemon { throw Refusal(text: "a server of a run cannot go into the background") }
    if !configuration.processFile.isEmpty { throw Refusal(text: "a server of a run has no pidfile") }
    if !configuration.announceFile.isEmpty {
      throw Refusal(text: "a server of a run has no announce-file: the command's environment tells where it is")
    }
    if configuration.exitsWithParent { throw Refusal(text: "a server of a run ends with its command, and not with a parent") }
  }

  static let help = """
    Usage: understudy run [options] [/path/to/redis.conf] [--directive value ...] -- command [argument ...]

    Starts a server on a free port, runs the command with the server's address in its environment, and says what the
    command's clients did wrong. The server ends with the command, and its data with it.

    Options:
           --report FILE           writes a report; repeatable. The name's end says what kind: .html (a page),
                                   .json, .sarif (SARIF 2.1.0), .xml (JUnit), .txt
           --fail-on LEVEL         which findings make the run fail: certain (default), high, medium, or never
           --export NAME[=TEXT]    sets one more variable: to the URL, or to a text with {url}, {host} and {port} in it
           --quiet                 says nothing if only the command failed, or nothing did
           --help                  prints this

    Directives are those of redis.conf, and the server's own: --emulate-version 7.0, --seed 42, --requirepass secret.
    Unless they say otherwise, the server listens at 127.0.0.1 alone. --dir is the server's, not the command's. There is
    no --daemonize, --pidfile, --announce-file or --exit-with-parent here, and a file's port and these are passed over.

    The command gets REDIS_URL, REDIS_HOST, REDIS_PORT, REDIS_ADDR (host:port), the same as VALKEY_…, REDIS_PASSWORD if
    there is one, REDIS_TLS_URL if there is a port of TLS, UNDERSTUDY_CONTROL_PORT and UNDERSTUDY_CONTROL_URL.

    Exit status: the command's own if that is not 0 (128 and the number if a signal ended it); else 1 for findings at
    --fail-on or above. 125: the run itself failed; 126: the command cannot be run; 127: there is no such command.

    Examples:
           understudy run -- pytest -q
           understudy run --report report.html --fail-on high -- go test ./...
           understudy run --export CELERY_BROKER_URL --export CACHE={host}:{port}/1 -- npm test

    """
}
