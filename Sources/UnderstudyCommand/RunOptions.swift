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
  typealias Refusal = GivenOptions.Refusal

  private(set) var reports: [Report] = []
  /// Findings of this certainty, or above it, make the run fail; nil for none.
  private(set) var failOn: FindingCertainty? = .certain
  private(set) var exports: [Export] = []
  /// Nothing is printed unless findings make the run fail, or it fails itself.
  private(set) var isQuiet = false
  /// Each worker that asks for it has a server of its own.
  private(set) var isPerWorker = false
  /// What is left for the server, as redis-server would be told it.
  private(set) var directives: [String] = []
  private(set) var command: [String] = []

  private static let report = ProgramOption(
    "--report", .path("FILE"),
    "Writes a report; repeatable. The name's end says what kind: .html (a page), .json, .sarif (SARIF 2.1.0), .xml (JUnit), .txt.")
  private static let failOn = ProgramOption(
    "--fail-on", .choice("LEVEL", ["certain", "high", "medium", "never"]),
    "Which findings make the run fail: certain (the default), high, medium, or never.")
  private static let export = ProgramOption(
    "--export", .word("NAME[=TEXT]"),
    "Sets one more variable, to the URL, or to a text with {url}, {host} and {port} in it; repeatable.")
  private static let quiet = ProgramOption("--quiet", "Says nothing if only the command failed, or nothing did.")

  private static let perWorker = ProgramOption(
    "--per-worker", "Has LAB.WORKER of the control port start a server for each worker that asks, with data of its own.")

  /// Those of `understudy run` that are not the server's.
  static let options = [report, failOn, export, quiet, perWorker]

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
    let words = try GivenOptions(Array(arguments[..<end]), Self.options, keepsUnknown: true)
    directives = words.rest
    for (option, value) in words.given {
      switch option.name {
      case Self.report.name: try addReport(value)
      case Self.failOn.name: try setFailOn(value)
      case Self.export.name: try addExport(value)
      case Self.perWorker.name: isPerWorker = true
      default: isQuiet = true
      }
    }
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

  static var help: String { HelpText.command(.run) }
}
