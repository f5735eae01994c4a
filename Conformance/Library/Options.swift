// The command line. A new option is a case in `Options.take` and a line in the help.

internal import UnderstudyTestSupport

package struct Options: Sendable {
  package enum Verb: String, Sendable, CaseIterable { case run, check, coverage, record, diff, table, replay }

  package struct Refusal: Error, CustomStringConvertible { package var description: String }

  package var verb = Verb.run
  package var targets: [Target] = []
  package var selection = Suite.Selection()
  package var format = Report.Format.text
  package var output: String?
  package var lanes = 4
  package var timeout = 10_000
  package var showsBytes = false
  package var allowsFlush = false
  package var recordsGoldens = false
  package var isHelp = false
  package var folder = Options.folderOfCases
  /// What stands on the line without an option: files.
  package var arguments: [String] = []

  private var credentials: [String] = []
  private var names: [String] = []

  package init(_ line: [String]) throws(Refusal) {
    var rest = line[...]
    if let first = rest.first, let verb = Verb(rawValue: first) {
      self.verb = verb
      rest.removeFirst()
    }
    while let word = rest.popFirst() {
      guard word.hasPrefix("--") else {
        arguments.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1)
      try take(String(parts.first ?? ""), parts.count > 1 ? String(parts[1]) : nil, &rest)
    }
    if verb == .diff {
      targets += try arguments.map(Self.target)
      arguments = []
    }
    for index in targets.indices {
      targets[index].credentials = credentials
      if index < names.count { targets[index].name = names[index] }
    }
    try check()
  }

  private mutating func take(
    _ name: String, _ joined: String?, _ rest: inout ArraySlice<String>
  ) throws(Refusal) {
    func value() throws(Refusal) -> String {
      guard let value = joined ?? rest.popFirst() else { throw Refusal(description: "--\(name) needs a value") }
      return value
    }
    func number(_ range: ClosedRange<Int>) throws(Refusal) -> Int {
      let text = try value()
      guard let number = Int(text), range.contains(number) else {
        throw Refusal(description: "--\(name) is a number from \(range.lowerBound) to \(range.upperBound), not “\(text)”")
      }
      return number
    }
    switch name {
    case "target": targets.append(try Self.target(try value()))
    case "name": names.append(try value())
    case "auth":
      let parts = try value().split(separator: ":", maxSplits: 1).map { String($0) }
      credentials = parts
    case "tls":
      throw Refusal(description: "this build speaks no TLS; put a terminating proxy before the target")
    case "resp":
      let versions = try value().split(separator: ",").map { Int($0).flatMap { RESPVersion(rawValue: $0) } }
      selection.protocols = versions.compactMap { $0 }
      guard !versions.isEmpty, selection.protocols.count == versions.count else {
        throw Refusal(description: "--resp is 2, 3 or 2,3")
      }
    case "tags": selection.tags = try value().split(separator: ",").map { String($0) }
    case "since":
      let text = try value()
      guard let version = Version(text) else { throw Refusal(description: "--since is a version, not “\(text)”") }
      selection.since = version
    case "filter": selection.filter = try value()
    case "format":
      let text = try value()
      guard let format = Report.Format(rawValue: text) else {
        throw Refusal(description: "--format is text, json, junit or markdown, not “\(text)”")
      }
      self.format = format
    case "output": output = try value()
    case "parallel": lanes = try number(1...15)
    case "timeout": timeout = try number(1...600_000)
    case "cases": folder = try value()
    case "raw": showsBytes = true
    case "allow-flush": allowsFlush = true
    case "goldens": recordsGoldens = true
    case "help": isHelp = true
    default: throw Refusal(description: "no option is called --\(name); --help names them all")
    }
  }

  private func check() throws(Refusal) {
    guard !isHelp, verb != .check else { return }
    let wanted = verb == .diff ? 2 : 1
    guard targets.count == wanted || (verb == .table && targets.count > 1) else {
      throw Refusal(description: verb == .diff ? "diff compares two targets" : "--target HOST:PORT or --target unix:PATH is missing")
    }
    if verb == .replay && arguments.isEmpty { throw Refusal(description: "replay wants the file of a recording") }
    let takesFiles = verb == .record || verb == .check || verb == .replay
    if let first = arguments.first, !takesFiles { throw Refusal(description: "“\(first)” is nothing that \(verb.rawValue) takes") }
  }

  private static func target(_ text: String) throws(Refusal) -> Target {
    guard let target = Target(text) else { throw Refusal(description: "a target is HOST:PORT or unix:PATH, not “\(text)”") }
    return target
  }

  // MARK: Folders

  /// Below the working directory if it is there, else where this was built from.
  private static var folderOfSuite: String {
    FileSystem.isFolder("Conformance/Cases")
      ? "Conformance"
      : #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
  }

  package static var folderOfCases: String { folderOfSuite + "/Cases" }
  package static var folderOfGoldens: String { folderOfSuite + "/Goldens" }
  package static var pathOfResults: String { folderOfSuite + "/RESULTS.md" }

  package static let help = """
    Usage: understudy-conformance [run] --target HOST:PORT|unix:PATH [options]
           understudy-conformance check [options]                 plays recorded replies, needs no server
           understudy-conformance coverage --target …             what the target declares and no case covers
           understudy-conformance record --target … [FILE]        writes replies below requests (or typed in requests)
           understudy-conformance record --goldens --target …     records all replies for `check`
           understudy-conformance diff TARGET TARGET [options]    where two servers answer differently
           understudy-conformance table --target … --target …     writes RESULTS.md
           understudy-conformance replay FILE … --target …        plays recordings (LAB.RECORD): nothing is emptied before

    Options:
           --target HOST:PORT|unix:PATH   the server
           --name NAME                    what it is called, if it does not say so (one for each target)
           --auth [USER:]PASSWORD
           --resp 2,3                     the protocols
           --tags WORD,…                  only cases with one of these tags, needs or families
           --since 7.0                    only what is true of that version (else: of the server's own)
           --filter GLOB                  only cases whose path, or path and title, fits: 'strings/*'
           --format text|json|junit|markdown
           --output FILE                  where the report goes instead of the standard output
           --parallel N                   how many cases at once (4)
           --timeout MS                   the longest wait for one reply (10000)
           --raw                          failures show the bytes that came
           --allow-flush                  the target may hold data, which will be gone
           --cases PATH                   a folder or a file of cases

    The exit code is 0 if nothing failed, 1 if something did, 2 if it could not be found out.
    """
}
