// Recorded replies of a server: what `check` plays instead of asking one, and how they are written and read.
//
// A file of goldens stands for one file of cases. A case in it begins with `==`, its protocol, the clock and a fingerprint of
// its steps; then every reply, in the order in which it was read. A case whose steps have changed since has to be recorded
// again: `understudy-conformance record --goldens`.

internal import UnderstudyTestSupport

package struct Golden: Sendable {
  package struct Entry: Sendable {
    package var began: Int64
    package var fingerprint: String
    package var frames: [(connection: String, bytes: [UInt8])]

    package init(began: Int64, fingerprint: String, frames: [(connection: String, bytes: [UInt8])]) {
      self.began = began
      self.fingerprint = fingerprint
      self.frames = frames
    }
  }

  /// By the title of the case and its protocol.
  package var entries: [String: Entry] = [:]
  /// From whom it was recorded.
  package var server: ServerIdentity

  package init(_ server: ServerIdentity) { self.server = server }

  package static func key(_ job: Job) -> String { "\(job.resp) \(job.item.title)" }

  /// Of the lines that say what is sent; replies may be rewritten.
  package static func fingerprint(_ job: Job) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var replies: Set<Int> = []
    for expectation in job.item.steps.flatMap(\.expectations) { replies.formUnion(expectation.lines.map { $0 - 1 }) }
    for index in job.item.lines where !replies.contains(index) && index < job.file.lines.count {
      let line = job.file.lines[index]
      if line.isEmpty || line.hasPrefix("#") || line.hasPrefix("==") { continue }
      for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    return String(hash, radix: 36)
  }

  // MARK: Text

  /// The file of goldens for a file of cases.
  package func text(_ file: CaseFile) -> String {
    var text = "# Recorded from \(server.name) \(server.version) by `understudy-conformance record --goldens`.\n"
    for number in file.cases.indices {
      for resp in file.cases[number].tags.protocols {
        let key = Self.key(Job(file: file, number: number, resp: resp))
        guard let entry = entries[key] else { continue }
        text += "== \(entry.fingerprint) \(entry.began) \(key)\n"
        for frame in entry.frames { text += "\(frame.connection) \(Notation.literal(frame.bytes))\n" }
      }
    }
    return text
  }

  package init(_ text: [UInt8], path: String) throws(CaseError) {
    var scanner = Scanner(file: path, text)
    guard scanner.take("# Recorded from ") else { throw scanner.error("this is no file of goldens") }
    let words = scanner.restOfLine().split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
    guard words.count >= 2, let version = Version(words[1]) else { throw scanner.error("a server and its version are missing") }
    self.init(ServerIdentity(name: words[0], version: version))
    scanner.advance()
    var key: String?
    while !scanner.isAtEnd {
      if scanner.take("== ") {
        let fingerprint = String(decoding: scanner.take { $0 != 0x20 && $0 != Scanner.newline }, as: UTF8.self)
        scanner.skipBlanks()
        let began = try scanner.integer()
        scanner.skipBlanks()
        let title = String(decoding: scanner.restOfLine(), as: UTF8.self)
        entries[title] = Entry(began: began, fingerprint: fingerprint, frames: [])
        key = title
        scanner.advance()
        continue
      }
      guard let key else { throw scanner.error("a reply of no case") }
      let connection = try scanner.name()
      scanner.skipBlanks()
      let frame = try scanner.word()
      let bytes = (try? frame.bytes(Variables())) ?? []
      try scanner.endLine()
      entries[key]?.frames.append((connection, bytes))
    }
  }
}

/// Plays recorded replies. States that say nothing (blocked, closed, quiet) are believed.
package final class GoldenWire: Wire {
  package let server: ServerIdentity
  package var isRecorded: Bool { true }
  package private(set) var milliseconds: Int64 = 0
  private let golden: Golden
  private var frames: ArraySlice<(connection: String, bytes: [UInt8])> = []
  private var resp = RESPVersion.two

  package init(_ golden: Golden) {
    self.golden = golden
    server = golden.server
  }

  package var variables: [String: [UInt8]] { LiveWire.variables(database: Self.database, resp) }

  /// The database that goldens are recorded in.
  package static let database = 9

  package func begin(_ job: Job) throws(WireError) {
    guard let entry = golden.entries[Golden.key(job)] else { throw WireError("nothing was recorded; `record --goldens` does it") }
    guard entry.fingerprint == Golden.fingerprint(job) else {
      throw WireError("the case was changed after its replies were recorded; `record --goldens` does it again")
    }
    resp = job.resp
    milliseconds = entry.began
    frames = entry.frames[...]
  }

  package func receive(_ connection: String) throws(WireError) -> [UInt8] {
    guard let next = frames.popFirst() else { throw WireError("no further reply was recorded") }
    guard next.connection == connection else { throw WireError("a reply to \(next.connection) was recorded here") }
    return next.bytes
  }

  package func end(_ finally: [[[UInt8]]]) {}
  package func open(_ connection: String, isRaw: Bool) {}
  package func send(_ bytes: [UInt8], _ connection: String) {}
  package func settle() {}
  package func hasInput(_ connection: String) -> Bool { false }
  package func receiveUntilClosed(_ connection: String) -> [UInt8] { [] }
  package func finish(_ connection: String, _ ending: Step.Ending) {}
  package func configure(_ name: String, _ value: [UInt8]) {}
  package func pause(_ connection: String) {}
  package func surplus(_ connection: String) throws(WireError) -> [UInt8]? { nil }
}
