// The corpus of scripts: what programs do with scripts, in themes whose scripts work on the same keys. A sequence calls
// scripts of one theme in random order with random inputs, on a real redis-server and on `understudy`; replies and all data
// are compared.
//
// The texts (`ScriptCorpus+….swift`) hold one script after another:
//
//     = name KEY… | ARGUMENT…
//     the script
//
// Keys and arguments are words with placeholders, which `value(of:)` knows. A new script is one more text: nothing in it may
// depend on real time or on the order of a hash table, and numbers stay below 2^53 (see "Differences from Redis").

import UnderstudyTestSupport

/// One script of the corpus.
struct CorpusScript: Sendable {
  var name: String
  var keys: [String] = []
  var arguments: [String] = []
  var body = ""
}

enum ScriptCorpus {
  static let themes: [(name: String, scripts: [CorpusScript])] = [
    ("locks", parse(locks)), ("limits", parse(limits)), ("counters", parse(counters)), ("queues", parse(queues)),
    ("boards", parse(boards)), ("batches", parse(batches)), ("streams", parse(streams)), ("sessions", parse(sessions)),
    ("filters", parse(filters)), ("documents", parse(documents)), ("packing", parse(packing)), ("places", parse(places)),
    ("language", parse(language)), ("conversions", parse(conversions)),
  ]

  static func parse(_ text: String) -> [CorpusScript] {
    var scripts: [CorpusScript] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("= ") {
        let parts = line.dropFirst(2).split(separator: "|", omittingEmptySubsequences: false)
        let words = parts.map { $0.split(separator: " ").map { String($0) } }
        scripts.append(
          CorpusScript(name: words[0][0], keys: Array(words[0].dropFirst()), arguments: words.count > 1 ? words[1] : []))
      } else if !scripts.isEmpty {
        scripts[scripts.count - 1].body += line + "\n"
      }
    }
    return scripts
  }

  /// Calls of a theme's scripts, made from a seed: as scripts, or as functions of one library.
  static func sequence(_ scripts: [CorpusScript], seed: UInt64) -> [Step] {
    var dice = SeededGenerator(seed: seed)
    var steps: [Step] = []
    for connection in 0...1 where dice.chance(50) {
      steps.append(Step(connection: connection, arguments: ["HELLO", "3"]))
    }
    let asFunctions = dice.chance(40)
    if asFunctions { steps.append(Step(connection: 0, arguments: ["FUNCTION", "LOAD", Argument(library(scripts))])) }
    for _ in 0..<dice.pick([10, 25, 50]) {
      let script = dice.pick(scripts)
      let keys = script.keys.map { fill($0, &dice) }
      let arguments = script.arguments.map { fill($0, &dice) }
      let count = Argument(keys.count)
      let head: [Argument] =
        asFunctions ? ["FCALL", Argument(script.name), count] : ["EVAL", Argument(script.body), count]
      let connection = dice.chance(75) ? 0 : 1
      var step = Step(connection: connection, arguments: head + keys + arguments)
      step.isJoined = dice.chance(30) && step.mayBePipelined
      steps.append(step)
    }
    return steps
  }

  private static func library(_ scripts: [CorpusScript]) -> String {
    scripts.reduce("#!lua name=corpus\n") {
      $0 + "redis.register_function('\($1.name)', function(KEYS, ARGV)\n\($1.body)end)\n"
    }
  }

  /// A word with its placeholder replaced.
  private static func fill(_ word: String, _ dice: inout SeededGenerator) -> Argument {
    guard let start = word.firstIndex(of: "$") else { return Argument(word) }
    let name = word[word.index(after: start)...].prefix { $0.isLetter }
    let rest = word[word.index(start, offsetBy: name.count + 1)...]
    return Argument(word[..<start] + value(of: String(name), &dice) + rest)
  }

  private static func value(of placeholder: String, _ dice: inout SeededGenerator) -> String {
    func number(_ range: ClosedRange<Int>) -> String { "\(Int.random(in: range, using: &dice))" }
    switch placeholder {
    case "id": return number(1...3)
    case "token": return "t\(number(1...3))"
    case "member": return "m\(number(0...7))"
    case "ttl": return dice.pick(["500000", "900000"])
    case "n": return number(-12...20)
    case "small": return number(-3...12)
    case "pos": return number(1...12)
    case "bit": return number(0...1)
    case "now": return "\(1_700_000_000_000 + Int.random(in: 0...400, using: &dice) * 137)"
    default: return choices[placeholder].map { dice.pick($0) } ?? "$\(placeholder)"
    }
  }

  private static let choices: [String: [String]] = [
    "float": ["1.5", "-2.25", "0.1", "3", "1e3", "0", "100", "2.675", "-7", "0.333", "12345.678", "1e-3", "99.99"],
    "big": ["0", "-1", "4294967296", "2147483648", "-2147483649", "123456789012", "9007199254740991", "65535", "7"],
    "word": ["alpha", "beta", "gamma", "delta", "", "two words", "x", "m1", "a%b", "caf\u{e9}", "0", "10"],
    "number": [
      "0", "1", "-1", "10", "1.5", "0x10", "1e3", "007", " 7 ", "", "abc", "1e15", "123456789", "0.1", "-0.5", "2.50", "ff",
      "1e-7", "3.0", ".5", "5.", "1e", "1010", "99999999999", "inf", "nan", "1,5", "0x", "- 1", "+5", "1e308",
    ],
    "text": [
      "the quick brown fox jumps over the lazy dog the end", "a,b,,c", "", " lead and trail  ", "one", "x=1 (y=2) [z]",
      "tab\tand\nline", "caf\u{e9} \u{20ac}", "quote\" back\\slash / slash", "aaa bbb AAA", "a1b22c333", "%d %s %%", "...",
      "nul\0byte", "MiXeD CaSe WoRdS", "(nested (parens) here)",
    ],
    "json": [
      #"{"name":"ann","id":7,"tags":["a","b"],"ok":true}"#, #"[1,2,3]"#, #"{"a":{"b":{"c":null}}}"#, "[]", "{}",
      #"{"id":1.5,"name":null}"#, #""text""#, "12", "true", "null", #"{"u":"\u00e9\u20ac\ud83d\ude00","s":"\/\n\t"}"#,
      #"[[1,[2]],{"x":[]}]"#, #"{"count":3}"#, #"{"name":"x","n":-0.5e2}"#, #"[1e3,1E-2,0.10]"#, #"  [ 1 , 2 ]  "#,
    ],
    "badjson": [
      "", "{", "[1,", "{\"a\"}", "{a:1}", "[1 2]", "nul", "tru", "\"abc", "[\"\\x\"]", "[\"\\u12\"]", "01", "[1]x", "{\"a\":}",
      "-", "+1", ".5", "1.", "1e", "[nan]", "[Infinity]", "[0x10]", "'a'", "[,]", "{,}", "\u{1}", "[\"a\nb\"]",
    ],
    "coordinate": ["13.361389,38.115556", "15.087269,37.502669", "-0.1278,51.5074", "2.3522,48.8566", "200,100", "0,0"],
  ]
}
