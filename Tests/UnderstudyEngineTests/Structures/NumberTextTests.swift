// Expected texts were taken from a redis-server 7.0.15 (ZSCORE, INCRBYFLOAT); those of `.shortest` follow
// 7.2's rule.

import Testing

@testable import UnderstudyEngine

@Suite struct NumberTextTests {
  func text(_ value: Double, _ style: NumberText.DoubleStyle = .seventeenDigits) -> String {
    NumberText.withDouble(value, style: style) { String($0) }
  }

  @Test(
    arguments: [
      ("0", 0), ("1", 1), ("-1", -1), ("127", 127), ("9223372036854775807", Int64.max),
      ("-9223372036854775808", Int64.min), ("999999999999999999", 999_999_999_999_999_999),
      ("1000000000000000000", 1_000_000_000_000_000_000),
    ] as [(String, Int64)])
  func canonicalIntegers(_ text: String, _ value: Int64) {
    #expect(text.lend { NumberText.parseInt64($0) } == value)
    #expect(NumberText.withInt64(value) { String($0) } == text)
    #expect(NumberText.length(of: value) == text.utf8.count)
  }

  @Test(arguments: [
    "", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "00", "9223372036854775808", "-9223372036854775809", "a",
    "1a",
    "18446744073709551616", "99999999999999999999", "111111111111111111111", "-01", "--1", "1\u{0}",
  ])
  func refusedIntegers(_ text: String) { #expect(text.lend { NumberText.parseInt64($0) } == nil) }

  @Test func integersRoundTrip() {
    var random = TestRandom(seed: 1)
    for bits in 0..<64 {
      for _ in 0..<100 {
        let value = Int64(bitPattern: random.next() >> UInt64(bits)) &* (random.next() & 1 == 0 ? 1 : -1)
        NumberText.withInt64(value) {
          #expect(String($0) == String(value))
          #expect(NumberText.parseInt64($0) == value)
          #expect(NumberText.length(of: value) == $0.count)
        }
      }
    }
    NumberText.withInt64(.min) { #expect(String($0) == "-9223372036854775808") }
  }

  @Test(arguments: [
    ("0", "0"), ("-0", "-0"), ("3.0", "3"), ("0.1", "0.10000000000000001"),
    ("1e300", "1.0000000000000001e+300"),
    ("0.30000000000000004", "0.30000000000000004"), ("inf", "inf"), ("-inf", "-inf"), ("+inf", "inf"),
    ("infinity", "inf"), ("4e-324", "4.9406564584124654e-324"), ("1e-310", "9.9999999999999694e-311"),
    ("0x10", "16"), ("0x1p3", "8"), (".5", "0.5"), ("5.", "5"), ("+5", "5"), ("1e17", "1e+17"),
    ("1e16", "10000000000000000"), ("123456789012345678", "1.2345678901234568e+17"),
    ("99999999999999999", "1e+17"), ("1e5", "100000"), ("1e-5", "1.0000000000000001e-05"), ("1e-4", "0.0001"),
    ("12345.678", "12345.678"), ("000012", "12"), ("9007199254740993", "9007199254740992"),
    ("4503599627370497.5", "4503599627370498"), ("-1.5", "-1.5"), ("1e15", "1000000000000000"),
  ])
  func scores(_ input: String, _ expected: String) throws {
    let value = try #require(input.lend { NumberText.parseDouble($0) })
    #expect(text(value) == expected)
  }

  @Test(arguments: [
    "", "nan", "1e400", "1e-400", " 1", "1 ", "1e", "1_0", "0x", "infx", "-", ".", "1\u{0}", "abc",
  ])
  func refusedScores(_ text: String) { #expect(text.lend { NumberText.parseDouble($0) } == nil) }

  @Test func rangeBounds() {
    for (text, value) in [("", 0), ("1e400", .infinity), ("1\u{0}zz", 1), (" 1", 1), ("0x1", 1)]
      as [(String, Double)]
    {
      #expect(text.lend { NumberText.parseRangeBound($0) } == value)
    }
    #expect("nan".lend { NumberText.parseRangeBound($0) } == nil)
    #expect("1x".lend { NumberText.parseRangeBound($0) } == nil)
  }

  @Test(
    arguments: [
      (0.1, "0.1"), (0.1 + 0.2, "0.30000000000000004"), (1e17, "1e+17"), (1.5, "1.5"), (-2.25, "-2.25"),
      (1e21, "1e+21"), (1e-5, "0.00001"), (1e-7, "1e-7"), (1.234e-7, "1.234e-7"), (1e300, "1e+300"),
      (123_456_789_012_345_680, "123456789012345680"), (3, "3"), (-0.0, "-0"), (12345.678, "12345.678"),
      (1e-4, "0.0001"),
      (0.001234, "0.001234"), (.leastNonzeroMagnitude, "5e-324"), (.infinity, "inf"), (-1.5e-10, "-1.5e-10"),
    ] as [(Double, String)])
  func shortest(_ value: Double, _ expected: String) { #expect(text(value, .shortest) == expected) }

  @Test(arguments: testSeeds())
  func doublesReadBack(seed: UInt64) {
    var random = TestRandom(seed: seed)
    for _ in 0..<5_000 {
      let value = Double(bitPattern: random.next())
      if value.isNaN { continue }
      for style in [NumberText.DoubleStyle.seventeenDigits, .shortest] {
        NumberText.withDouble(value, style: style) {
          #expect($0.count <= NumberText.doubleCapacity)
          // A denormal may be refused by the strict rule where the C library reports an underflow.
          #expect(NumberText.parseRangeBound($0) == value, "seed \(seed)")
        }
      }
      // The quick path must agree with the exact one.
      let short =
        Double(Int64(bitPattern: random.next() >> 20)) / [1, 10, 100, 1e3, 1e5][Int(random.next() % 5)]
      NumberText.withDouble(short, style: .shortest) {
        #expect(NumberText.parseDouble($0) == short, "seed \(seed)")
      }
    }
  }

  func sum(_ value: String?, _ increment: String) -> String {
    func run(_ value: Bytes?) -> String {
      increment.lend { increment in
        NumberText.sum(value, increment) {
          switch $0 {
          case .text(let bytes): String(bytes)
          case .invalidValue: "invalid value"
          case .invalidIncrement: "invalid increment"
          case .notFinite: "not finite"
          }
        }
      }
    }
    guard let value else { return run(nil) }
    return value.lend { run($0) }
  }

  @Test func sums() {
    #expect(sum(nil, "3.0") == "3")
    #expect(sum("3.0", "0") == "3")
    #expect(sum("-0.0", "0") == "0")
    #expect(sum("1.5e3", "0") == "1500")
    #expect(sum("5e-18", "0") == "0")
    #expect(sum("3", "-0.0000000000000000001") == "3")
    #expect(sum("0x1p-3", "1") == "1.125")
    #expect(sum("inf", "1") == "not finite")
    #expect(sum("1", "-inf") == "not finite")
    #expect(sum("abc", "1") == "invalid value")
    #expect(sum("", "1") == "invalid value")
    #expect(sum("  1", "1") == "invalid value")
    #expect(sum("1e5000", "1") == "invalid value")
    #expect(sum("abc", "") == "invalid increment")
    #expect(sum(String(repeating: "0", count: 5119), "1") == "1")
    #expect(sum(String(repeating: "0", count: 5120), "1") == "invalid value")
    #if arch(x86_64) && os(Linux)  // where long double has 64 bits of precision, as the recorded server had
      #expect(sum("0.1", "0.2") == "0.3")
      #expect(sum("10.5", "0.1") == "10.6")
      #expect(sum("1", "1e-17") == "1.00000000000000001")
      #expect(sum(nil, "12345.678") == "12345.67799999999999994")
      #expect(sum("1e4931", "1e4931").count == 4932)
      #expect(sum("1e4932", "1e4932") == "not finite")
    #endif
  }

  @Test func increments() {
    #expect("1.5".lend { NumberText.classifyIncrement($0) } == .finite)
    #expect("-inf".lend { NumberText.classifyIncrement($0) } == .infinite)
    #expect("nan".lend { NumberText.classifyIncrement($0) } == .invalid)
  }
}
