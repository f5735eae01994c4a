// BITCOUNT and BITPOS.

enum BitCountCommand {
  private static let unit = Argument.oneOf("index_unit", [.token("BYTE"), .token("BIT")]).optional.since(
    "7.0.0")

  static let all = [
    Command(
      "bitcount", .bitmap, since: "2.6.0", "Counts the bits that are set in a string or a part of it.",
      complexity: "O(N) for N bytes.", arity: -2, flags: .readOnly, keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .block("index", [.integer("start"), .integer("end"), unit]).optional],
      history: [("7.0.0", "The options BYTE and BIT.")], handler: bitCount),
    Command(
      "bitpos", .bitmap, since: "2.8.7",
      "Finds the first bit that is set, or clear, in a string or a part of it.",
      complexity: "O(N) for N bytes.", arity: -3, flags: .readOnly, keys: [.key(1, [.readOnly, .access])],
      arguments: [
        .key(), .integer("bit"),
        .block(
          "index", [.integer("start"), .block("end_index", [.integer("end"), unit]).optional]
        ).optional,
      ],
      history: [("7.0.0", "The options BYTE and BIT.")], handler: bitPos),
  ]

  static func bitCount(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    if context.engine.emulates74 { try checkRange(arguments, from: 2) }
    guard let entry = context.read(context.key(1)) else { return context.reply.integer(0) }
    let count = try entry.stringCount
    var range = 0..<count &* 8
    switch arguments.count {
    case 2: break
    case 4, 5:
      let start = try arguments.integer(2)
      let end = try arguments.integer(3)
      if start < 0 && end < 0 && start > end { return context.reply.integer(0) }
      let countsBits = try countsBits(arguments, at: 4)
      range = bits(start, end, countsBits: countsBits, count: count)
    default: throw .syntax
    }
    let ones = try entry.withString { $0.countOfOnes(in: range) }
    context.reply.integer(ones)
  }

  static func bitPos(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let bit = try arguments.integer(2)
    guard bit == 0 || bit == 1 else { throw .bitNotZeroOrOne }
    if context.engine.emulates74 { try checkRange(arguments, from: 3, needsEnd: false) }
    guard let entry = context.read(context.key(1)) else { return context.reply.integer(bit == 1 ? -1 : 0) }
    let count = try entry.stringCount
    var range = 0..<count &* 8
    let hasEnd = arguments.count >= 5
    if arguments.count > 6 { throw .syntax }
    if arguments.count > 3 {
      let start = try arguments.integer(3)
      let countsBits = try countsBits(arguments, at: 5)
      let end = hasEnd ? try arguments.integer(4) : Int64(count) - 1
      range = bits(start, end, countsBits: countsBits, count: count)
    }
    if range.isEmpty { return context.reply.integer(-1) }
    if let found = try entry.withString({ $0.firstBit(bit == 1, in: range) }) {
      return context.reply.integer(found)
    }
    // Behind a string without a given end there is nothing but clear bits.
    context.reply.integer(bit == 0 && !hasEnd ? count &* 8 : -1)
  }

  /// Since 7.4 a range is read before its key is: what is wrong with it is told even if there is no key.
  private static func checkRange(
    _ arguments: Arguments, from start: Int, needsEnd: Bool = true
  ) throws(ReplyError) {
    let given = arguments.count - start
    if given == 0 { return }
    guard given <= 3, !needsEnd || given > 1 else { throw .syntax }
    _ = try arguments.integer(start)
    if needsEnd, given > 1 { _ = try arguments.integer(start + 1) }
    _ = try countsBits(arguments, at: start + 2)
    if given > 1 { _ = try arguments.integer(start + 1) }
  }

  /// The unit of a range: BYTE, which is understood if nothing is said, or BIT.
  private static func countsBits(_ arguments: Arguments, at index: Int) throws(ReplyError) -> Bool {
    guard index < arguments.count else { return false }
    if arguments[index].matches("BIT") { return true }
    guard arguments[index].matches("BYTE") else { throw .syntax }
    return false
  }

  /// The bits of a range of bytes or bits; negative ones count from the end, and what lies before it is the
  /// first.
  private static func bits(_ start: Int64, _ end: Int64, countsBits: Bool, count: Int) -> Range<Int> {
    let total = Int64(countsBits ? count &* 8 : count)
    let lower = max(start < 0 ? start &+ total : start, 0)
    let upper = min(max(end < 0 ? end &+ total : end, 0), total - 1)
    if lower > upper { return 0..<0 }
    let scale = countsBits ? 1 : 8
    return Int(lower) * scale..<(Int(upper) + 1) * scale
  }
}
