// The small world in which the random commands live: few keys, so that they meet, and values chosen for their edges.
//
// Nothing here may depend on real time within the reach of a slow machine: lifetimes are either far away or long over,
// so that no key expires between the two servers. Keys that do expire are made by `Step.Kind.expire`, which waits for it.

/// Gives the placeholders of `CommandTemplate` their values.
package struct Universe: Sendable {
  /// SHA1 digests of the scripts in `CommandTemplates.scripts`, for EVALSHA.
  package var scriptDigests: [String]

  package init(scriptDigests: [String] = []) { self.scriptDigests = scriptDigests }

  package static let kinds = ["string", "list", "hash", "set", "zset", "stream", "geo", "hll"]
  package static let allKeys: [Argument] = kinds.flatMap { kind in (1...3).map { Argument("\(kind)\($0)") } } + ["", "a\0b\r\n"]

  package static let values: [Argument] =
    [
      "", "a", "b", "abc", "hello world", "10", "-5", "0", "007", " 1", "1 ", "1.5", "3.0", "1e3", "-0", "nan", "inf",
      "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0x10", "+1", [0xFF, 0x00, 0x0D, 0x0A],
      // No two are the same up to a zero byte, where SORT ALPHA ends: equal ones come in any order.
      [1, 0], "5.\0", "1.", ".5", "1_0", "--1", "\u{661}", "1\n", "18446744073709551615", "-9223372036854775809", "1e17",
      "0.1234567890123456789", "1e-7", "123456789012345678901234567890", "\u{e9}", [0xC3, 0x28],
    ] + [44, 45, 64, 65, 1200].map { Argument(String(repeating: "x", count: $0)) }

  package static let integers: [Argument] = [
    "0", "1", "-1", "2", "5", "10", "100", "-100", "9223372036854775807", "-9223372036854775808",
    "9223372036854775806", "4294967296", "2147483648", "-2147483649", "9223372036854775808", "-9223372036854775809",
    "18446744073709551616", "01", "+1", "-0", "1.0", " 1", "", "1e1", "0x1",
  ]

  package static let floats: [Argument] = [
    "0", "1", "-1", "0.1", "1.5", "-2.25", "3.0e3", "1e-5", "1e17", "100000000000000000000", "inf", "-inf",
    "1.7976931348623157e308", "0.30000000000000004", "5e-324", "+5", "1e400", "-1e400", "1e-400", "nan", "-nan", "+inf",
    "Infinity", "-0", "-0.0", "0x1p3", "0xA", "1e", "1e+2", ".5", "5.", " 5", "5 ", "", "x", "1.5x", "1_0", "3.0",
    "2.2250738585072011e-308", "123456789.12345679", "0.12345678901234567", "99999999999999999", "9007199254740993",
    "1e15", "1e16", "123456789012345680000", "1e21", "1e22", "-1e21", "17976931348623157e292", "4.35", "1e-7", "1.0e-10",
    "0.000001", "123456789012345678", "nan(1)", "1e5000", "1e-5000", "inf ", "5\0",
  ]

  /// What is put where it does not belong.
  package static let hostile: [Argument] = [
    "", "abc", "-1", "0", "9223372036854775808", "-9223372036854775809", "1.0", " 1", "nan", "(", "[", "NX", "COUNT",
    "LIMIT", "WITHSCORES", "GET", "~\0y", "*", "340282366920938463463374607431768211456", "1e5", "-inf", "$", "-", "+",
    "STORE", "BY", "REV", "CH", "x\r\ny", [0xFF],
  ]

  /// Numbers in the shapes in which programs write them.
  package static func anyFloat(_ dice: inout SeededGenerator) -> Argument {
    let sign = dice.pick(["", "", "", "-", "+"])
    let whole = dice.pick(["", "0", "7", "42", "123456", "9007199254740993", "\(UInt64.random(in: 0...UInt64.max, using: &dice))"])
    let digits = Int.random(in: 0...17, using: &dice)
    let part = String((0..<digits).map { _ in Character("\(Int.random(in: 0...9, using: &dice))") })
    let power = dice.chance(25) ? "\(dice.pick(["e", "E"]))\(Int.random(in: -330...330, using: &dice))" : ""
    return Argument(sign + (whole + part == "" ? "1" : whole) + (digits > 0 ? "." + part : "") + power)
  }

  package func value(of placeholder: String, _ dice: inout SeededGenerator) -> [Argument] {
    if Self.kinds.contains(placeholder) {
      return [dice.chance(88) ? Argument("\(placeholder)\(dice.pick([1, 1, 2, 3]))") : dice.pick(Self.allKeys)]
    }
    switch placeholder {
    case "key": return [dice.pick(Self.allKeys)]
    case "value": return [dice.chance(70) ? dice.pick(Self.values) : Argument("v\(number(1000, &dice))")]
    case "field", "member":
      return [dice.chance(75) ? Argument("m\(number(dice.chance(12) ? 900 : 12, &dice))") : dice.pick(Self.values)]
    case "element": return [dice.chance(60) ? Argument("m\(number(12, &dice))") : dice.pick(Self.values)]
    case "intmember":
      if dice.chance(4) { return [dice.pick(Self.integers)] }
      return [Argument(Int.random(in: dice.chance(15) ? -70_000...70_000 : -20...20, using: &dice))]
    case "int":
      return [dice.chance(20) ? Argument(Int64.random(in: .min ... .max, using: &dice)) : dice.pick(Self.integers)]
    case "count": return [dice.chance(85) ? Argument(Int.random(in: -3...12, using: &dice)) : dice.pick(Self.integers)]
    // A large negative number is that many members, so there is none of those here.
    case "randomcount":
      return [
        dice.chance(85)
          ? Argument(Int.random(in: -20...20, using: &dice))
          : dice.pick(["9223372036854775807", "-9223372036854775808", "4294967296", "x", ""])
      ]
    case "small": return [Argument(Int.random(in: -3...12, using: &dice))]
    case "positive": return [Argument(Int.random(in: 1...12, using: &dice))]
    case "index": return [dice.chance(90) ? Argument(Int.random(in: -8...8, using: &dice)) : dice.pick(Self.integers)]
    case "bitvalue":
      return [dice.chance(60) ? Argument(Int.random(in: -300...300, using: &dice)) : dice.pick(Self.integers)]
    case "float": return [dice.chance(60) ? dice.pick(Self.floats) : Self.anyFloat(&dice)]
    case "score":
      return [dice.chance(70) ? Argument(Int.random(in: -5...12, using: &dice)) : value(of: "float", &dice)[0]]
    case "scorebound":
      let bound =
        dice.chance(75)
        ? "\(Int.random(in: -5...12, using: &dice))"
        : dice.pick(["-inf", "+inf", "1.5", "x", "", "nan", "(1", "1e400", "0x5", " 1", "inf"])
      return [Argument((dice.chance(25) ? "(" : "") + bound)]
    case "nextid": return [Argument("\(Int.random(in: 1...30, using: &dice))")]
    case "script": return [dice.pick(CommandTemplates.scripts)]
    case "digest":
      return [Argument(scriptDigests.isEmpty || dice.chance(10) ? String(repeating: "f", count: 40) : dice.pick(scriptDigests))]
    case "caller": return [dice.pick(CommandTemplates.callers)]
    case "call": return dice.pick(CommandTemplates.mixture).call(&dice, universe: self)
    default: return [Self.choices[placeholder].map { dice.pick($0) } ?? Argument("$\(placeholder)")]
    }
  }

  private func number(_ bound: Int, _ dice: inout SeededGenerator) -> Int { Int.random(in: 0..<bound, using: &dice) }
}
