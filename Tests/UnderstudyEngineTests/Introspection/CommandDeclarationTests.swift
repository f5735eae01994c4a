import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

/// Every declaration, compared with what a live redis-server says of the command of that name.
@Suite(.enabled(if: OracleServer.isAvailable(for: "CommandDeclarationTests")))
struct CommandDeclarationTests {
  /// Commands of 7.0 that differ, and why they may: `name` or `name.aspect`.
  private static let allowed: [String: String] = [:]

  /// What is compared of one command, by aspect.
  private struct Facts {
    var aspects: [(name: String, value: String)] = []
    var subcommands: [String: Facts] = [:]

    init(_ entry: RESPValue) {
      guard let parts = entry.elements, parts.count == 10 else { return }
      let names = ["name", "arity", "flags", "first", "last", "step", "categories", "tips", "keys"]
      for (name, part) in zip(names, parts) {
        aspects.append((name, name == "keys" ? Facts.withoutNotes(part) : part.description))
      }
      for subcommand in parts[9].elements ?? [] {
        subcommands[subcommand.elements?.first?.text ?? "?"] = Facts(subcommand)
      }
    }

    /// Notes are told in our own words.
    private static func withoutNotes(_ specs: RESPValue) -> String {
      (specs.elements ?? []).map { spec in
        var fields: [String] = []
        let elements = spec.elements ?? []
        for index in stride(from: 0, to: elements.count - 1, by: 2) {
          let isNote = elements[index].text == "notes"
          fields.append("\(elements[index]): \(isNote ? "there" : elements[index + 1].description)")
        }
        return fields.joined(separator: "\n")
      }.joined(separator: "\n\n")
    }
  }

  private func facts(_ reply: String) throws -> [String: Facts] {
    var result: [String: Facts] = [:]
    for entry in try RESPValue(parsing: Array(reply.utf8)).elements ?? [] {
      if let name = entry.elements?.first?.text { result[name] = Facts(entry) }
    }
    return result
  }

  @Test(arguments: [2, 3])
  func declarationsAgreeWithRedis(_ version: Int) throws {
    let both = try OracleComparison()
    let replies = try both.replies(["COMMAND"], protocol: version)
    let (ours, theirs) = (try facts(replies.ours), try facts(replies.theirs))
    #expect(!ours.isEmpty)
    for (name, mine) in ours.sorted(by: { $0.key < $1.key }) {
      guard let other = theirs[name] else {
        #expect(Self.allowed[name] != nil, "\(name) is no command of 7.0, by its `since` it should be")
        continue
      }
      compare(mine, other, name)
    }
  }

  private func compare(_ ours: Facts, _ theirs: Facts, _ name: String) {
    for (mine, other) in zip(ours.aspects, theirs.aspects) where Self.allowed["\(name).\(mine.name)"] == nil {
      #expect(mine.value == other.value, "\(name): \(mine.name)")
    }
    if Self.allowed["\(name).subcommands"] == nil {
      #expect(ours.subcommands.keys.sorted() == theirs.subcommands.keys.sorted(), "\(name): subcommands")
    }
    for (subcommand, mine) in ours.subcommands.sorted(by: { $0.key < $1.key }) {
      if let other = theirs.subcommands[subcommand] { compare(mine, other, subcommand) }
    }
  }

  /// The documentation: since, group, and the grammar of the arguments; summaries and history are our own words.
  @Test func documentationHasTheShapeOfRedis() throws {
    let both = try OracleComparison()
    let replies = try both.replies(["COMMAND", "DOCS"], protocol: 3)
    func docs(_ reply: String) throws -> [String: RESPValue] {
      var result: [String: RESPValue] = [:]
      guard case .map(let pairs) = try RESPValue(parsing: Array(reply.utf8)) else { return [:] }
      for pair in pairs { result[pair.key.text ?? "?"] = pair.value }
      return result
    }
    func check(_ name: String, _ mine: RESPValue, _ other: RESPValue) {
      guard case .map(let mine) = mine, case .map(let other) = other else {
        Issue.record("\(name): no map")
        return
      }
      func field(_ pairs: [RESPValue.Pair], _ field: String) -> RESPValue? {
        pairs.first { $0.key.text == field }?.value
      }
      for aspect in ["since", "group", "doc_flags", "deprecated_since", "arguments"]
      where Self.allowedDocs["\(name).\(aspect)"] == nil {
        #expect(
          field(mine, aspect)?.description == field(other, aspect)?.description, "\(name): \(aspect)")
      }
      #expect((field(mine, "replaced_by") == nil) == (field(other, "replaced_by") == nil), "\(name): replaced_by")
      let histories = [mine, other].map { pairs in
        (field(pairs, "history")?.elements ?? []).map { $0.elements?.first?.text ?? "?" }
      }
      #expect(histories[0] == histories[1], "\(name): history")
      // The order of fields.
      let order = [mine, other].map { $0.map { $0.key.text ?? "?" } }
      #expect(order[0].filter { order[1].contains($0) } == order[1].filter { order[0].contains($0) }, "\(name)")
      guard case .map(let ours)? = field(mine, "subcommands"), case .map(let theirs)? = field(other, "subcommands")
      else { return }
      for pair in ours {
        if let match = theirs.first(where: { $0.key == pair.key }) {
          check(pair.key.text ?? "?", pair.value, match.value)
        }
      }
    }
    let (ours, theirs) = (try docs(replies.ours), try docs(replies.theirs))
    for (name, mine) in ours.sorted(by: { $0.key < $1.key }) {
      if let other = theirs[name] { check(name, mine, other) }
    }
  }

  /// Documentation that differs, and why it may.
  private static let allowedDocs: [String: String] = [:]

  @Test func keysOfCalls() throws {
    let both = try OracleComparison()
    for call in [
      "get", "get k", "nosuch k", "get k k", "ping x", "config get x", "config foo x", "object", "set a b",
      "set a b get", "set a b nx", "publish a b", "watch a b c", "set", "config", "eval x 2 a b", "eval x 2 a",
      "eval x 0", "eval x -1", "mset a b c d", "mset a b c", "blpop a b 0", "xadd s * a b", "zadd z 1 a", "sort a",
      "sort a by x get y store d limit 0 1 store e", "xread streams a b", "xread count 1", "zunionstore d 2 a b",
      "object freq a", "object help", "memory usage a", "memory usage", "zmpop 1 a min", "zmpop 0 a min",
      "lmove a b left left", "bitfield a", "bitfield a get u8 0", "bitfield a set u8 0 1", "georadius a 1 1 1 m",
      "georadius a 1 1 1 m store x storedist y", "spublish a b",
    ] {
      let words = call.split(separator: " ").map(String.init)
      // Only calls of commands that we have.
      guard words[0] == "nosuch" || CommandManifest.all.contains(where: { $0.name == words[0] }) else { continue }
      for subcommand in ["GETKEYS", "GETKEYSANDFLAGS"] {
        for version in [2, 3] {
          let replies = try both.replies(["COMMAND", subcommand] + words, protocol: version)
          #expect(replies.ours == replies.theirs, "\(subcommand) \(call)")
        }
      }
    }
  }

  @Test func otherForms() throws {
    let both = try OracleComparison()
    try both.expectEqual("COMMAND", "FOO")
    try both.expectEqual("COMMAND", "COUNT", "x")
    try both.expectEqual("COMMAND", "LIST", "x")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY", "FOO", "x")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY", "MODULE", "x")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY", "ACLCAT", "nosuch")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY", "PATTERN", "CONFIG|g*")
    try both.expectEqual("COMMAND", "LIST", "FILTERBY", "PATTERN", "x", "y")
    try both.expectEqual("COMMAND", "INFO", "Get", "config|GET", "config|foo", "a|b|c", "get|x", "config|", "nosuch")
    try both.expectEqual("COMMAND", "DOCS", "nosuch")
    #expect(both.harness.client().call("COMMAND", "HELP").hasPrefix("*17\r\n+COMMAND <subcommand>"))
  }
}
