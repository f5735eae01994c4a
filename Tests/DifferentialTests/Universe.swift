// The small world in which the random commands live: few keys, so that they meet, and values chosen for their edges.
//
// Nothing here may depend on real time within the reach of a slow machine: lifetimes are either far away or long over,
// so that no key expires between the two servers. Keys that do expire are made by `Step.Kind.expire`, which waits for it.

import UnderstudyTestSupport

/// Gives the placeholders of `CommandTemplate` their values.
struct Universe: Sendable {
  /// SHA1 digests of the scripts in `CommandTemplates.scripts`, for EVALSHA.
  var scriptDigests: [String] = []

  static let kinds = ["string", "list", "hash", "set", "zset", "stream", "geo", "hll"]
  static let allKeys: [Argument] = kinds.flatMap { kind in (1...3).map { Argument("\(kind)\($0)") } } + ["", "a\0b\r\n"]

  static let values: [Argument] = [
    "", "a", "b", "abc", "hello world", "10", "-5", "0", "007", " 1", "1 ", "1.5", "3.0", "1e3", "-0", "nan", "inf",
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0x10", "+1", [0], [0xFF, 0x00, 0x0D, 0x0A],
    Argument(String(repeating: "x", count: 44)), Argument(String(repeating: "y", count: 45)),
    Argument(String(repeating: "z", count: 64)), Argument(String(repeating: "w", count: 65)),
    Argument(String(repeating: "long", count: 300)),
  ]

  static let integers: [Argument] = [
    "0", "1", "-1", "2", "5", "10", "100", "-100", "9223372036854775807", "-9223372036854775808",
    "9223372036854775806", "4294967296",
  ]

  static let floats: [Argument] = [
    "0", "1", "-1", "0.1", "1.5", "-2.25", "3.0e3", "1e-5", "1e17", "100000000000000000000", "inf", "-inf",
    "1.7976931348623157e308", "0.30000000000000004", "5e-324", "+5", "1e400",
  ]

  /// What is put where it does not belong.
  static let hostile: [Argument] = [
    "", "abc", "-1", "0", "9223372036854775808", "-9223372036854775809", "1.0", " 1", "nan", "(", "[", "NX", "COUNT",
    "LIMIT", "WITHSCORES", "GET", "\0", "*", "340282366920938463463374607431768211456", "1e5", "-inf",
  ]

  func value(of placeholder: String, _ dice: inout SeededGenerator) -> [Argument] {
    if Self.kinds.contains(placeholder) {
      return [dice.chance(88) ? Argument("\(placeholder)\(dice.pick([1, 1, 2, 3]))") : dice.pick(Self.allKeys)]
    }
    switch placeholder {
    // Ranges by name are defined for equal scores only, so these sets are kept away from everything else.
    case "lex": return [dice.pick(["lex1", "lex2"])]
    case "key": return [dice.pick(Self.allKeys)]
    case "value": return [dice.chance(70) ? dice.pick(Self.values) : Argument("v\(number(1000, &dice))")]
    case "field", "member":
      return [dice.chance(75) ? Argument("m\(number(12, &dice))") : dice.pick(Self.values)]
    case "element": return [dice.chance(60) ? Argument("m\(number(12, &dice))") : dice.pick(Self.values)]
    case "intmember": return [Argument(Int.random(in: -20...20, using: &dice))]
    case "int": return [dice.pick(Self.integers)]
    case "small": return [Argument(Int.random(in: -3...12, using: &dice))]
    case "positive": return [Argument(Int.random(in: 1...12, using: &dice))]
    case "index": return [dice.chance(90) ? Argument(Int.random(in: -8...8, using: &dice)) : dice.pick(Self.integers)]
    case "offset": return [dice.pick(["0", "1", "3", "7", "8", "15", "31", "44", "100", "1000"])]
    case "bitoffset": return [dice.pick(["0", "1", "7", "8", "100", "#0", "#1", "#7", "-1", "4294967296"])]
    case "bittype": return [dice.pick(["u8", "i8", "u1", "i16", "u63", "i64", "u64", "i65", "u0", "x3"])]
    case "bit": return [dice.pick(["0", "1"])]
    case "float": return [dice.pick(Self.floats)]
    case "score":
      return [dice.chance(70) ? Argument(Int.random(in: -5...12, using: &dice)) : dice.pick(Self.floats)]
    case "scorebound":
      let bound = dice.chance(75) ? "\(Int.random(in: -5...12, using: &dice))" : dice.pick(["-inf", "+inf", "1.5", "x"])
      return [Argument((dice.chance(25) ? "(" : "") + bound)]
    case "lexbound": return [dice.pick(["-", "+", "[a", "(a", "[m1", "(m3", "[m9", "[", "(", "m1"])]
    case "seconds": return [dice.pick(["1000", "5000", "100000"])]
    case "oldseconds": return [dice.pick(["1000", "5000", "100000", "0", "-1", "-9223372036854775808", "9223372036854775807"])]
    case "milliseconds": return [dice.pick(["1000000", "5000000", "100000000"])]
    case "oldmilliseconds": return [dice.pick(["1000000", "5000000", "0", "-1", "9223372036854775807"])]
    case "unixtime": return [dice.pick(["1", "4102444800", "33177117420", "0", "-1", "9223372036854775807"])]
    case "unixtimems": return [dice.pick(["1", "4102444800000", "33177117420000", "9223372036854775807"])]
    case "id":
      return [dice.pick(["1-1", "1-2", "2-0", "3-5", "5", "10-0", "10-1", "7-*", "0-0", "18446744073709551615-1", "x", "-1"])]
    case "nextid": return [Argument("\(Int.random(in: 1...30, using: &dice))")]
    case "group": return [dice.pick(["g1", "g1", "g1", "g2", ""])]
    case "consumer": return [dice.pick(["c1", "c2", "c3"])]
    case "streambound":
      return [dice.pick(["-", "+", "1", "1-1", "(1-1", "3", "5-0", "(10", "(", "x", "18446744073709551615", "(-"])]
    case "pattern": return [dice.pick(["*", "m*", "*1", "s?t1", "[ls]*", "h[^x]*", "\\*", "string[1-2]", "", "[a", "m[0-5]", "a*b"])]
    case "db": return [dice.pick(["0", "0", "1", "2", "15", "16", "-1", "x"])]
    case "script": return [dice.pick(CommandTemplates.scripts)]
    case "digest":
      return [Argument(scriptDigests.isEmpty || dice.chance(10) ? String(repeating: "f", count: 40) : dice.pick(scriptDigests))]
    case "channel": return [dice.pick(["c1", "c2", "c3", "news", ""])]
    case "channelpattern": return [dice.pick(["c*", "*", "n?ws", "c[12]"])]
    case "lon": return [dice.pick(["13.361389", "15.087269", "-122.4", "180", "181", "0", "2.3522"])]
    case "lat": return [dice.pick(["38.115556", "37.502669", "37.8", "85.05112878", "86", "0", "48.8566"])]
    case "unit": return [dice.pick(["m", "km", "ft", "mi", "KM", "x"])]
    default: return [Argument("$\(placeholder)")]
    }
  }

  private func number(_ bound: Int, _ dice: inout SeededGenerator) -> Int { Int.random(in: 0..<bound, using: &dice) }
}
