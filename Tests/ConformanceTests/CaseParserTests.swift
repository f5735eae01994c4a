// What a case says, and that one that says nothing sensible is refused with its place.

import Testing
import UnderstudyConformance
import UnderstudyTestSupport

/// Reads the text of a file of cases.
func parse(_ text: String) throws -> CaseFile { try CaseParser.parse(Array(text.utf8), path: "a/b.case") }

@Suite struct CaseParserTests {
  struct Malformed: CustomTestStringConvertible, Sendable {
    let text: String
    let place: String
    let message: String

    init(_ text: String, _ place: String, _ message: String) {
      self.text = text
      self.place = place
      self.message = message
    }

    var testDescription: String { message }
  }

  @Test(arguments: [
    Malformed("> PING\n+PONG\n", "1:1", "a case begins with"),
    Malformed("== \n> PING\n", "1:4", "needs a title"),
    Malformed("== a\n> PING\n+PONG\n== a\n> PING\n+PONG\n", "4:1", "of this title stands above"),
    Malformed("== a\n# nothing\n", "3:1", "does nothing"),
    Malformed("== a\nbogus: x\n> PING\n+PONG\n", "2:1", "no tag is called “bogus”"),
    Malformed("== a\nsince: x\n> PING\n+PONG\n", "2:8", "is no version"),
    Malformed("== a\nneeds: magic\n> PING\n+PONG\n", "2:8", "called “magic”"),
    Malformed("== a\nresp: 4\n> PING\n+PONG\n", "2:7", "a protocol is 2 or 3"),
    Malformed("== a\ndiffers: someone\n> PING\n+PONG\n", "2:10", "the reason why"),
    Malformed("== a\n> \n+PONG\n", "2:3", "a request is missing"),
    Malformed("== a\n> PING\n> PING\n+PONG\n", "2:1", "no reply is written"),
    Malformed("== a\n> PING\n", "2:1", "no reply is written"),
    Malformed("== a\n> PING\n?\n", "3:2", "is not written yet"),
    Malformed("== a\n> ECHO \"a\n\"a\"\n", "2:8", "no end quote"),
    Malformed("== a\n> ECHO \"\\q\"\n\"a\"\n", "2:9", "no such escape"),
    Malformed("== a\n> ECHO \"\\xg0\"\n\"a\"\n", "2:9", "two hexadecimal digits"),
    Malformed("== a\n> ECHO ${a\n\"a\"\n", "2:11", "has no }"),
    Malformed("== a\n> X\n*[ :1\n", "3:2", "has no ]"),
    Malformed("== a\n> X\n*[ ... :1 ]\n", "3:8", "nothing may follow the dots"),
    Malformed("== a\n> X\n%{ :1 }\n", "3:2", "has no value"),
    Malformed("== a\n> X\n*<pairs>[ :1 ]\n", "3:1", "even number"),
    Malformed("== a\n> X\n:\n", "3:2", "a whole number is missing"),
    Malformed("== a\n> X\n:1 2\n", "3:4", "too much for the line"),
    Malformed("== a\n> X\n:<5>\n", "3:4", "a range is written"),
    Malformed("== a\n> X\n$<glob>\n", "3:7", "text between quotes"),
    Malformed("== a\n> X\n$<bogus>\n", "3:2", "no matcher of text"),
    Malformed("== a\n> X\n#x\n", "3:1", "#t or #f"),
    Malformed("== a\n> X\n=tx\"a\"\n", "3:1", "three letters"),
    Malformed("== a\n> X\nsomething\n", "3:1", "“something” is no reply"),
    Malformed("== a\n> X\n2| :1\n", "3:1", "nothing is written for RESP3"),
    Malformed("== a\n> X\nnobody| :1\nelse| :2\n", "3:1", "needs a tag “differs: nobody"),
    Malformed("== a\n> X\n>=7.2| :1\n", "3:1", "nothing is written for RESP2"),
    Malformed("== a\n> X\n1x| :1\n", "3:1", "is no condition"),
    Malformed("== a\neventually 2\n> X\n:1\n", "2:13", "ms or s"),
    Malformed("== a\neventually 2s\n:1\n", "3:3", "a request must follow"),
    Malformed("== a\ntimes 0\n> X\n:1\n", "2:7", "at least once"),
    Malformed("== a\nsend\n:1\n", "2:5", "bytes to send are missing"),
    Malformed("== a\nconfig timeout\n> X\n:1\n", "2:8", "a directive and its value"),
    Malformed("== a\n> X\n:1\nclosed now\n", "4:8", "too much for the line"),
  ])
  func malformedCasesAreRefused(_ malformed: Malformed) throws {
    do {
      _ = try parse(malformed.text)
      Issue.record("it was read")
    } catch let error as CaseError {
      #expect(error.description.hasPrefix("a/b.case:\(malformed.place): "), "\(error)")
      #expect(error.message.contains(malformed.message), "\(error)")
    }
  }

  /// Whatever bytes a file has, it is read or refused, and nothing else happens.
  @Test func randomTextsAreReadOrRefused() throws {
    var generator = SeededGenerator(seed: TestEnvironment.seed)
    let parts = [
      "== a\n", "> SET k v\n", "+OK\n", "*[ ", "]", "\"", "\\", "${", "}", ":<1..", ">", "2| ", "else| ", "times 3\n", "\n", "%{ ",
      "_", "null ", "\u{0}", "é", "a> ", "a< ", "#t", "since: 7\n", "split \"", "push[", "oneof[ ", ",", "=txt", "<any>",
    ]
    for _ in 0..<2000 {
      var text = "== x\n"
      for _ in 0..<Int.random(in: 1...12, using: &generator) { text += parts.randomElement(using: &generator) ?? "" }
      _ = try? parse(text)
    }
  }

  @Test func aCaseIsRead() throws {
    let file = try parse(
      """
      # Of the file.
      needs: config

      == One
      # Why.
      since: 7.2
      a> SET k "v\\x00"*2
      +OK
      >> PING
      > PING
      +PONG
      +PONG
      a< 2| *[ :1
        :2 ]
      a< 3| ~[ :1 :2 ]
      eventually 20ms
      > GET k
      id=$<any>
      finally> DEL ${id}

      == Two
      needs: debug
      > PING
      +PONG
      """)
    #expect(file.family == "a")
    #expect(file.cases.map(\.title) == ["One", "Two"])
    let one = file.cases[0]
    #expect(one.tags.since == Version("7.2"))
    #expect(one.tags.needs == ["config"])
    #expect(file.cases[1].tags.needs == ["config", "debug"])
    #expect(one.assertionCount == 5)
    #expect(one.finally.count == 1)
    #expect(one.lines == 3..<20)
    let both = one.steps.flatMap(\.expectations)[3]
    #expect(both.connection == "a" && both.alternatives.count == 2 && both.lines == 13...15)
    guard case .request("a", let words, leaves: true) = one.steps[0].action else {
      Issue.record("the first step is no request")
      return
    }
    #expect(try words[2].bytes(Variables()) == Array("v\u{0}v\u{0}".utf8))
  }

  @Test func versionsAreCompared() throws {
    let versions = try ["7.0", "7.0.15", "7.2", "7.10", "8.0.1"].map { try #require(Version($0)) }
    #expect(versions == versions.sorted())
    #expect(Version("7.x") == nil && Version("") == nil && Version("7..2") == nil)
  }
}
