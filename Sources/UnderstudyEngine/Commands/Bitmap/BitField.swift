// BITFIELD and BITFIELD_RO: integers of any width within a string.

enum BitFieldCommand {
  private static let get: [Argument] = [.string("encoding"), .integer("offset")]

  static let all = [
    Command(
      "bitfield", .bitmap, since: "3.2.0", "Reads and changes integers of any width within a string.",
      complexity: "O(1) for each operation.", arity: -2, flags: [.write, .denyOOM],
      keys: [
        KeySpec(
          [.readWrite, .access, .update, .variableFlags], .index(1), .range(last: 0, step: 1, limit: 0),
          notes: "Only read if all operations are GET.")
      ],
      keyFinder: .bitField,
      arguments: [
        .key(),
        .oneOf(
          "operation",
          [
            .block("encoding_offset", token: "GET", get),
            .block(
              "write",
              [
                .oneOf(
                  "wrap_sat_fail", token: "OVERFLOW", [.token("WRAP"), .token("SAT"), .token("FAIL")]
                ).optional,
                .oneOf(
                  "write_operation",
                  [
                    .block("encoding_offset_value", token: "SET", get + [.integer("value")]),
                    .block("encoding_offset_increment", token: "INCRBY", get + [.integer("increment")]),
                  ]),
              ]),
          ]
        ).optional.multiple,
      ],
      handler: bitField),
    Command(
      "bitfield_ro", .bitmap, since: "6.0.0", "Reads integers of any width within a string.",
      complexity: "O(1) for each operation.", arity: -2, flags: [.readOnly, .fast],
      keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .block("encoding_offset", token: "GET", get).optional.multipleTokens],
      handler: bitFieldReadOnly),
  ]

  /// One operation. What is beyond a field's range is made to fit by `overflow`.
  private struct Operation {
    enum Kind { case get, set, increment }
    var kind: Kind
    var field: BitFieldType
    var offset: Int
    var operand: Int64 = 0
    var overflow = BitFieldType.Overflow.wrap
  }

  static func bitField(_ context: inout Context) throws(ReplyError) { try run(&context, readOnly: false) }

  static func bitFieldReadOnly(_ context: inout Context) throws(ReplyError) {
    try run(&context, readOnly: true)
  }

  private static func run(_ context: inout Context, readOnly: Bool) throws(ReplyError) {
    let operations = try operations(context)
    let key = context.key(1)
    let reply = context.reply
    guard let end = operations.lazy.filter({ $0.kind != .get }).map({ $0.offset + $0.field.width }).max()
    else {
      let entry = context.read(key)
      if let entry, entry.kind.isContainer { throw .wrongType }
      reply.array(operations.count)
      for operation in operations {
        let bits = try entry?.withString { $0.field(at: operation.offset, width: operation.field.width) }
        reply.integer(operation.field.value(bits ?? 0))
      }
      return
    }
    if readOnly { throw .readOnlyBitField }
    var results: [Int64?] = []
    results.reserveCapacity(operations.count)
    var changes = 0
    var writes = 0
    let grew = try context.editBits(key, count: (end + 7) / 8) { buffer in
      for operation in operations {
        let (result, isChange) = perform(operation, on: buffer)
        results.append(result)
        if isChange { changes += 1 }
        if operation.kind != .get && result != nil { writes += 1 }
      }
    }
    // What failed is no change, even if the string was made for it.
    if grew { changes = writes }
    if changes > 0 { context.touched(key, "setbit", .string, changes: changes) }
    reply.array(results.count)
    for result in results {
      if let result { reply.integer(result) } else { reply.null() }
    }
  }

  /// The reply to an operation, nil for one that overflows and must not, and whether it changed anything.
  private static func perform(_ operation: Operation, on buffer: SharedBuffer) -> (Int64?, Bool) {
    let field = operation.field
    let bits = buffer.bytes.field(at: operation.offset, width: field.width)
    let old = field.value(bits)
    let sum: (value: Int64, overflows: Bool)
    switch operation.kind {
    case .get: return (old, false)
    case .set: sum = field.add(operation.operand, 0, operation.overflow)
    case .increment: sum = field.add(old, operation.operand, operation.overflow)
    }
    if sum.overflows && operation.overflow == .fail { return (nil, false) }
    buffer.setField(at: operation.offset, width: field.width, to: UInt64(bitPattern: sum.value))
    return (operation.kind == .set ? old : sum.value, sum.value != old)
  }

  private static func operations(_ context: borrowing Context) throws(ReplyError) -> [Operation] {
    let arguments = context.arguments
    var result: [Operation] = []
    var overflow = BitFieldType.Overflow.wrap
    var index = 2
    while index < arguments.count {
      let word = arguments[index]
      let left = arguments.count - index - 1
      if word.matches("OVERFLOW") && left >= 1 {
        guard let read = BitFieldType.Overflow(arguments[index + 1]) else { throw .invalidOverflow }
        overflow = read
        index += 2
        continue
      }
      let kind: Operation.Kind
      if word.matches("GET") && left >= 2 {
        kind = .get
      } else if word.matches("SET") && left >= 3 {
        kind = .set
      } else if word.matches("INCRBY") && left >= 3 {
        kind = .increment
      } else {
        throw .syntax
      }
      guard let field = BitFieldType(arguments[index + 1]) else { throw .invalidBitFieldType }
      let offset = try context.bitOffset(index + 2, width: field.width)
      var operation = Operation(kind: kind, field: field, offset: offset, overflow: overflow)
      index += 3
      if kind != .get {
        operation.operand = try arguments.integer(index)
        index += 1
      }
      result.append(operation)
    }
    return result
  }
}

/// The type of a field: signed of 1 to 64 bits, or unsigned of 1 to 63.
private struct BitFieldType {
  /// What becomes of a value that does not fit.
  enum Overflow {
    case wrap, saturate, fail

    init?(_ text: Bytes) {
      if text.matches("WRAP") {
        self = .wrap
      } else if text.matches("SAT") {
        self = .saturate
      } else if text.matches("FAIL") {
        self = .fail
      } else {
        return nil
      }
    }
  }

  let isSigned: Bool
  let width: Int

  /// Reads `i16`, `u8` and the like; lower case only.
  init?(_ text: Bytes) {
    guard text.count > 1, text[0] == UInt8(ascii: "i") || text[0] == UInt8(ascii: "u") else { return nil }
    isSigned = text[0] == UInt8(ascii: "i")
    guard let width = NumberText.parseInt64(text.slice(1..<text.count)), width >= 1,
      width <= (isSigned ? 64 : 63)
    else { return nil }
    self.width = Int(width)
  }

  /// The number that a field's bits mean.
  func value(_ bits: UInt64) -> Int64 {
    let unused = UInt64(64 - width)
    return isSigned ? Int64(bitPattern: bits << unused) >> Int64(unused) : Int64(bitPattern: bits)
  }

  /// The sum of a value and an increment as it fits, and whether it was too large or too small.
  func add(_ value: Int64, _ increment: Int64, _ overflow: Overflow) -> (value: Int64, overflows: Bool) {
    let isHigh: Bool
    let isLow: Bool
    let (low, high): (Int64, Int64)
    if isSigned {
      high = Int64.max >> Int64(64 - width)
      low = -high - 1
      // The room to the upper end wraps for a value far below the lower one, which so counts as too high: it
      // is the real server's arithmetic.
      let (above, below) = (high &- value, low &- value)
      isHigh =
        value > high || (width != 64 && increment > above)
        || (value >= 0 && increment > 0 && increment > above)
      isLow =
        value < low || (width != 64 && increment < below) || (value < 0 && increment < 0 && increment < below)
    } else {
      high = Int64(bitPattern: (1 << UInt64(width)) - 1)
      low = 0
      let unsigned = UInt64(bitPattern: value)
      let room = UInt64(bitPattern: high) &- unsigned
      isHigh = unsigned > UInt64(bitPattern: high) || (increment > 0 && UInt64(increment) > room)
      isLow = increment < 0 && increment.magnitude > unsigned
    }
    guard isHigh || isLow else { return (value &+ increment, false) }
    if overflow == .saturate { return (isHigh ? high : low, true) }
    let bits = UInt64(bitPattern: value &+ increment) & (.max >> UInt64(64 - width))
    return (self.value(bits), true)
  }
}
