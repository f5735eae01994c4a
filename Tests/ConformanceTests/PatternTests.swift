// Which replies a pattern accepts, in each protocol: that types are told apart, and matchers are no wider than they say.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

@Suite struct PatternTests {
  struct Example: CustomTestStringConvertible, Sendable {
    let pattern: String
    /// Replies on the wire that are accepted, and that are refused, in RESP2 and in RESP3.
    let two: [String], notTwo: [String], three: [String], notThree: [String]

    init(_ pattern: String, two: [String], not notTwo: [String], three: [String], not notThree: [String]) {
      self.pattern = pattern
      self.two = two
      self.notTwo = notTwo
      self.three = three
      self.notThree = notThree
    }

    var testDescription: String { pattern }
  }

  @Test(arguments: [
    Example(
      "+OK", two: ["+OK"], not: ["$2\r\nOK", "-OK", "+ok", "+OK "], three: ["+OK"], not: ["$2\r\nOK"]),
    Example(
      "\"OK\"", two: ["$2\r\nOK"], not: ["+OK", "$3\r\nOK!", "$-1"], three: ["$2\r\nOK"], not: ["=6\r\ntxt:OK", "+OK"]),
    Example("-ERR no", two: ["-ERR no"], not: ["+ERR no", "-ERR no!"], three: ["-ERR no"], not: ["!6\r\nERR no"]),
    Example("!\"ERR no\"", two: ["-ERR no"], not: ["$6\r\nERR no"], three: ["!6\r\nERR no"], not: ["-ERR no"]),
    Example(":1", two: [":1"], not: [":2", "$1\r\n1", ",1"], three: [":1"], not: ["#t", ",1"]),
    Example("null", two: ["$-1"], not: ["*-1", "_"], three: ["_"], not: ["$-1", "*-1"]),
    Example("nullarray", two: ["*-1"], not: ["$-1", "*0"], three: ["_"], not: ["*-1"]),
    Example("$-1", two: ["$-1"], not: ["*-1"], three: ["$-1"], not: ["_"]),
    Example("*-1", two: ["*-1"], not: ["$-1"], three: ["*-1"], not: ["_"]),
    Example("_", two: ["_"], not: ["$-1"], three: ["_"], not: ["$-1"]),
    Example("#t", two: [":1"], not: [":0", "#t"], three: ["#t"], not: [":1", "#f"]),
    Example(",1.5", two: ["$3\r\n1.5"], not: [",1.5", "$4\r\n1.50"], three: [",1.5"], not: ["$3\r\n1.5", ",1.50"]),
    Example("(12", two: ["$2\r\n12"], not: [":12"], three: ["(12"], not: ["$2\r\n12"]),
    Example("=txt\"a\"", two: ["$1\r\na"], not: ["=5\r\ntxt:a"], three: ["=5\r\ntxt:a"], not: ["$1\r\na", "=5\r\nmkd:a"]),
    Example(
      "*[ :1 \"a\" ]", two: ["*2\r\n:1\r\n$1\r\na"], not: ["*2\r\n$1\r\na\r\n:1", "*1\r\n:1", "*-1"],
      three: ["*2\r\n:1\r\n$1\r\na"], not: ["~2\r\n:1\r\n$1\r\na", ">2\r\n:1\r\n$1\r\na"]),
    Example(
      "*[ :1 ... ]", two: ["*1\r\n:1", "*2\r\n:1\r\n:2"], not: ["*0", "*2\r\n:2\r\n:1"], three: ["*1\r\n:1"], not: ["*0"]),
    Example(
      "*<unordered>[ :1 :2 ]", two: ["*2\r\n:1\r\n:2", "*2\r\n:2\r\n:1"], not: ["*2\r\n:1\r\n:1", "*1\r\n:1"],
      three: ["*2\r\n:2\r\n:1"], not: ["~2\r\n:2\r\n:1"]),
    Example("*<2>", two: ["*2\r\n:1\r\n:2"], not: ["*1\r\n:1", "*-1"], three: ["*2\r\n:1\r\n:2"], not: ["~2\r\n:1\r\n:2"]),
    Example(
      "~[ :1 :2 ]", two: ["*2\r\n:2\r\n:1"], not: ["~2\r\n:2\r\n:1", "*3\r\n:1\r\n:2\r\n:3"], three: ["~2\r\n:2\r\n:1"],
      not: ["*2\r\n:1\r\n:2"]),
    Example(
      "%{ \"a\" :1  \"b\" :2 }", two: ["*4\r\n$1\r\nb\r\n:2\r\n$1\r\na\r\n:1"],
      not: ["*4\r\n$1\r\na\r\n:2\r\n$1\r\nb\r\n:1", "*2\r\n$1\r\na\r\n:1"],
      three: ["%2\r\n$1\r\nb\r\n:2\r\n$1\r\na\r\n:1"], not: ["*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2", "%1\r\n$1\r\na\r\n:1"]),
    Example(
      "%{ \"a\" :1 ... }", two: ["*4\r\n$1\r\nb\r\n:2\r\n$1\r\na\r\n:1"], not: ["*2\r\n$1\r\nb\r\n:1"],
      three: ["%1\r\n$1\r\na\r\n:1"], not: ["%0"]),
    Example(
      "*<pairs>[ \"a\" ,1 ]", two: ["*2\r\n$1\r\na\r\n$1\r\n1"], not: ["*1\r\n*2\r\n$1\r\na\r\n$1\r\n1"],
      three: ["*1\r\n*2\r\n$1\r\na\r\n,1"], not: ["*2\r\n$1\r\na\r\n,1"]),
    Example("push[ :1 ]", two: ["*1\r\n:1"], not: [">1\r\n:1"], three: [">1\r\n:1"], not: ["*1\r\n:1"]),
    Example("attribute{ :1 :2 } :3", two: [":3"], not: [":2"], three: ["|1\r\n:1\r\n:2\r\n:3"], not: [":3"]),
    Example("oneof[ :1 \"a\" ]", two: [":1", "$1\r\na"], not: [":2"], three: [":1"], not: ["+a"]),
    Example(":<1..3>", two: [":1", ":3"], not: [":0", ":4", "$1\r\n2"], three: [":2"], not: [",2"]),
    Example(":<2..>", two: [":2", ":9223372036854775807"], not: [":1"], three: [":2"], not: [":-9"]),
    Example(":<now..now+1>", two: [":1000", ":1001"], not: [":999", ":1002"], three: [":1000"], not: [":1"]),
    Example(":<nowms-1..nowms>", two: [":1000000", ":999999"], not: [":1000001"], three: [":1000000"], not: [":1000"]),
    Example(",<0.5..1>", two: ["$3\r\n0.7"], not: ["$3\r\n1.1", "$1\r\nx"], three: [",1"], not: [",nan", "$1\r\n1"]),
    Example("$<glob \"a?[0-9]*\">", two: ["$3\r\nab1", "$4\r\nab1c"], not: ["$2\r\nab", "+ab1"], three: ["$3\r\nab1"], not: ["+ab1"]),
    Example("$<len 2..3>", two: ["$2\r\nab"], not: ["$1\r\na", "$4\r\nabcd"], three: ["$3\r\nabc"], not: ["+ab"]),
    Example("-<glob \"ERR *\">", two: ["-ERR x"], not: ["-BUSY x", "+ERR x"], three: ["-ERR x"], not: ["+ERR x"]),
    Example("any", two: [":1", "*-1"], not: [], three: ["_", "%0"], not: []),
  ])
  func types(_ example: Example) throws {
    for (resp, accepted, refused) in [
      (RESPVersion.two, example.two, example.notTwo), (.three, example.three, example.notThree),
    ] {
      for (replies, wanted) in [(accepted, true), (refused, false)] {
        for reply in replies {
          let fits = try Self.accepts(example.pattern, reply + "\r\n", resp)
          #expect(fits == wanted, "\(example.pattern) and \(reply) in \(resp)")
        }
      }
    }
  }

  private static func accepts(_ pattern: String, _ reply: String, _ resp: RESPVersion) throws -> Bool {
    let file = try parse("== a\n> X\n\(pattern)\n")
    let identity = ServerIdentity(name: "any", version: try #require(Version("7.0")))
    let pattern = try #require(file.cases[0].steps[1].expectations[0].pattern(resp, identity))
    var variables = Variables()
    variables.now = 1_000_000
    return try pattern.accepts(try RESPValue(parsing: Array(reply.utf8)), resp, &variables)
  }

  @Test func aValueIsRemembered() throws {
    let file = try parse("== a\n> X\n*[ id=:<any> $<any> ]\n> Y\n\"${id}!\"\n")
    let expectations = file.cases[0].steps.flatMap(\.expectations)
    let identity = ServerIdentity(name: "any", version: try #require(Version("7.0")))
    var variables = Variables()
    let first = try #require(expectations[0].pattern(.two, identity))
    #expect(try first.accepts(.array([.integer(42), .text("a")]), .two, &variables))
    let second = try #require(expectations[1].pattern(.two, identity))
    #expect(try second.accepts(.text("42!"), .two, &variables))
    #expect(throws: UnknownVariable.self) {
      var nothing = Variables()
      return try second.accepts(.text("42!"), .two, &nothing)
    }
  }

  @Test func conditionsChoose() throws {
    let file = try parse(
      """
      == a
      differs: odd for a reason
      > X
      odd| :0
      <7.2,2| :1
      <7.2,3| :2
      >=7.2| :3
      """)
    let expectation = file.cases[0].steps.flatMap(\.expectations)[0]
    func chosen(_ resp: RESPVersion, _ name: String, _ version: String) throws -> RESPValue? {
      let identity = ServerIdentity(name: name, version: try #require(Version(version)))
      let pattern = try #require(expectation.pattern(resp, identity))
      for number in 0...3 {
        var variables = Variables()
        if try pattern.accepts(.integer(Int64(number)), resp, &variables) { return .integer(Int64(number)) }
      }
      return nil
    }
    #expect(try chosen(.two, "odd", "7.0") == .integer(0))
    #expect(try chosen(.two, "x", "7.0.15") == .integer(1))
    #expect(try chosen(.three, "x", "7.0.15") == .integer(2))
    #expect(try chosen(.three, "x", "7.2") == .integer(3))
  }

  /// What `record` writes is accepted by what it was written from, in both protocols.
  @Test(arguments: [
    ("$-1", "_"), ("*-1", "_"), ("$3\r\n1.5", ",1.5"), (":1", "#t"), ("+OK", "+OK"), ("-ERR a b ", "-ERR a b "),
    ("*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$-1", "%2\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n_"),
    ("*2\r\n$1\r\na\r\n$1\r\n1", "*1\r\n*2\r\n$1\r\na\r\n,1"), ("*1\r\n$1\r\na", "~1\r\n$1\r\na"),
    ("*2\r\n$1\r\na\r\n:1", ">2\r\n$1\r\na\r\n:1"), ("$2\r\nab", "=6\r\ntxt:ab"), ("$0\r\n", "$0\r\n"), ("*0", "*0"),
    ("$9\r\n\"\\\r\n\u{1}${}\u{7F}", "$9\r\n\"\\\r\n\u{1}${}\u{7F}"),
  ])
  func notationIsRead(_ two: String, _ three: String) throws {
    let first = try RESPValue(parsing: Array((two + "\r\n").utf8))
    let second = try RESPValue(parsing: Array((three + "\r\n").utf8))
    let text = try #require(Notation(first, second)).text
    #expect(try Self.accepts(text, two + "\r\n", .two), "\(text)")
    #expect(try Self.accepts(text, three + "\r\n", .three), "\(text)")
  }

  @Test func longRepliesAreBrokenIntoLines() throws {
    let value = RESPValue.array((0..<100).map { .text("element \($0)") } + [.bulk(Array(repeating: 120, count: 5000))])
    let text = Notation(value).text
    #expect(text.split(separator: "\n").count > 5 && text.contains("\"x\"*5000"))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 110 })
    #expect(try Self.accepts(text, String(decoding: value.serialized.dropLast(2), as: UTF8.self) + "\r\n", .two))
  }
}
