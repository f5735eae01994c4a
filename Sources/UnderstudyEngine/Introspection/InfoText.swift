// INFO: sections of lines `name:value`. What every section says stands in InfoText+Sections.swift; here is how they are
// chosen and put together.
//
// Every figure is true of this server: what it does not have (replicas, files, forks) is counted as none, and what it
// cannot tell is left out.
//
// This file may say `unsafe`. What keeps it safe: it only passes on the session whose command runs.

enum InfoSection: String, CaseIterable {
  case server = "Server"
  case clients = "Clients"
  case memory = "Memory"
  case persistence = "Persistence"
  case stats = "Stats"
  case replication = "Replication"
  case cpu = "CPU"
  case modules = "Modules"
  case commandStats = "Commandstats"
  case errorStats = "Errorstats"
  case latencyStats = "Latencystats"
  case cluster = "Cluster"
  case keyspace = "Keyspace"

  /// What INFO tells when it is not told what to tell.
  static let standard = Set(allCases).subtracting([.commandStats, .latencyStats])

  /// What a name stands for; nothing for one that is unknown.
  static func named(_ name: Bytes) -> Set<InfoSection> {
    if name.matches("DEFAULT") { return standard }
    if name.matches("ALL") || name.matches("EVERYTHING") { return Set(allCases) }
    return Set(allCases.filter { name.text.lowercased() == $0.rawValue.lowercased() })
  }
}

/// The lines of a section in the making.
struct InfoLines {
  private(set) var text = ""

  mutating func add(_ name: String, _ value: some CustomStringConvertible) {
    text += "\(name):\(value)\r\n"
  }

  /// A size twice: in bytes, and for people.
  mutating func addBytes(_ name: String, _ value: Int64) {
    add(name, value)
    add("\(name)_human", Self.readable(value))
  }

  static func readable(_ bytes: Int64) -> String {
    if bytes < 1024 { return "\(bytes)B" }
    var value = Double(bytes) / 1024
    for unit in ["K", "M", "G"] {
      if value < 1024 { return fixed(value, 2) + unit }
      value /= 1024
    }
    return fixed(value, 2) + "T"
  }

  /// A number with so many digits behind the point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "0" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let whole = scaled / Int64(scale)
    let rest = String(scaled % Int64(scale))
    let sign = value < 0 && scaled != 0 ? "-" : ""
    return "\(sign)\(whole)." + String(repeating: "0", count: max(0, digits - rest.utf8.count)) + rest
  }
}

extension EngineState {
  /// The text of INFO.
  mutating func info(_ sections: Set<InfoSection>, for session: SessionPointer) -> String {
    var texts: [String] = []
    for section in InfoSection.allCases where sections.contains(section) {
      var lines = InfoLines()
      unsafe writeSection(section, &lines, session)
      texts.append("# \(section.rawValue)\r\n\(lines.text)")
    }
    noteRates()
    return texts.joined(separator: "\r\n")
  }
}

extension Context {
  func info(_ sections: Set<InfoSection>) -> String { unsafe engine.info(sections, for: sessionPointer) }
}
