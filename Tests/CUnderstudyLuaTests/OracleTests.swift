// Scripts with the replies that redis-server 7.0.15 gave to them. The cases are in `OracleCases+….swift`; all of them
// run in one state, one after the other, so that what a script could leave behind would show.

import Testing

/// One script and its replies.
struct OracleCase: CustomTestStringConvertible {
  var script = ""
  var reply = ""
  /// The reply to a RESP3 client, where it differs by more than how null is written.
  var reply3: String?

  var testDescription: String { script }
}

enum OracleCases {
  static func parse(_ text: String) -> [OracleCase] {
    var cases: [OracleCase] = []
    for line in text.split(separator: "\n") {
      let value = unescape(line.dropFirst(2))
      switch line.first {
      case ">": cases.append(OracleCase(script: value))
      case "<": cases[cases.count - 1].reply = value
      default: cases[cases.count - 1].reply3 = value
      }
    }
    return cases
  }

  private static func unescape(_ text: Substring) -> String {
    var result = ""
    var escaped = false
    for character in text.unicodeScalars {
      if escaped {
        switch character {
        case "n": result.unicodeScalars.append("\n")
        case "r": result.unicodeScalars.append("\r")
        case "0": result.unicodeScalars.append("\0")
        default: result.unicodeScalars.append(character)
        }
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else {
        result.unicodeScalars.append(character)
      }
    }
    return result
  }
}

@Suite struct OracleTests {
  @Test func theLanguage() { check(OracleCases.language) }
  @Test func theLibrary() { check(OracleCases.library) }
  @Test func theTextsOfErrors() { check(OracleCases.errors) }
  @Test func theConversionOfValues() { check(OracleCases.conversions) }

  @Test func json() { check(OracleCases.json) }
  @Test func bit() { check(OracleCases.bit) }
  @Test func messagePack() { check(OracleCases.messagePack) }
  @Test func structs() { check(OracleCases.structs) }

  private func check(_ text: String) {
    let engine = ScriptEngine(memoryLimitBytes: 256 << 20)
    let cases = OracleCases.parse(text)
    #expect(cases.count > 20)
    for item in cases {
      #expect(run(item, engine, resp3: false) == item.reply, "\(item.script)")
      let expected = item.reply3 ?? replaceNulls(item.reply)
      #expect(run(item, engine, resp3: true) == expected, "\(item.script), RESP3")
    }
  }

  private func run(_ item: OracleCase, _ engine: ScriptEngine, resp3: Bool) -> String {
    let reply = engine.reply(item.script, keys: ["k1", "k2"], arguments: ["a1", "a2"], resp3: resp3)
    return reply.split(
      separator: "script: \(sha1(Array(item.script.utf8)))", omittingEmptySubsequences: false
    )
    .joined(separator: "script: SHA")
  }

  private func replaceNulls(_ reply: String) -> String {
    reply.split(separator: "$-1\r\n", omittingEmptySubsequences: false).joined(separator: "_\r\n")
  }
}
