// BITOP.

enum BitOpCommand {
  static let command = Command(
    "bitop", .bitmap, since: "2.6.0", "Combines strings bit by bit and stores the result.",
    complexity: "O(N) for N bytes of all strings.", arity: -4, flags: [.write, .denyOOM],
    keys: [.key(2, [.overwrite, .update]), .keys(from: 3, [.readOnly, .access])],
    arguments: [.string("operation"), .key("destkey", spec: 0), .key("key", spec: 1).multiple], handler: bitOp
  )

  static func bitOp(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let operation: BitOperation
    if arguments[1].matches("AND") {
      operation = .and
    } else if arguments[1].matches("OR") {
      operation = .or
    } else if arguments[1].matches("XOR") {
      operation = .xor
    } else if arguments[1].matches("NOT") {
      operation = .not
    } else if context.engine.emulates(Version(8, 2)), let later = BitOperation(later: arguments[1]) {
      operation = later
    } else {
      throw .syntax
    }
    if operation == .not && arguments.count != 4 { throw .notOfMany }
    if operation.needsTwo && arguments.count < 5 {
      return context.fail(
        "ERR BITOP \(arguments[1].text.uppercased()) must be called with at least two source keys.")
    }
    // Looking a key up may remove it, after which entries found before are void: first lengths, then
    // contents.
    var count = 0
    for index in 3..<arguments.count {
      if let entry = context.read(context.key(index)) { count = max(count, try entry.stringCount) }
    }
    let destination = context.key(2)
    if count == 0 {
      if context.remove(destination) { context.touched(destination, "del", .generic) }
      return context.reply.integer(0)
    }
    var result = SharedBuffer.allocate(count: 0, capacity: count)
    // What the sources behind the first have come to, where that is not kept in the result.
    var others = SharedBuffer.allocate(count: 0, capacity: operation.needsOthers ? count : 0)
    defer { others.release() }
    if operation.needsOthers { others.extend(to: count) }
    for index in 3..<arguments.count {
      let entry = context.peek(context.key(index))
      let isFirst = index == 3
      func combine(_ source: Bytes) {
        if isFirst {
          result.append(source)
          result.extend(to: count)
          if operation == .not { result.combine(.not, with: source) }
        } else if operation == .one {
          result.combineOne(with: source, seenTwice: others)
        } else if operation.needsOthers {
          others.combine(.or, with: source)
        } else {
          result.combine(operation, with: source)
        }
      }
      if let entry { try entry.withString(combine) } else { combine(Bytes("")) }
    }
    if operation.needsOthers { result.finish(operation, others) }
    let previous = context.store(.buffer(result), for: destination, deadline: .none)
    if !previous.existed { context.created(destination) }
    context.touched(destination, "set", .string)
    context.reply.integer(count)
  }
}

extension BitOperation {
  /// The operations that came with 8.2.
  fileprivate init?(later name: Bytes) {
    if name.matches("DIFF") {
      self = .difference
    } else if name.matches("DIFF1") {
      self = .differenceToFirst
    } else if name.matches("ANDOR") {
      self = .andOr
    } else if name.matches("ONE") {
      self = .one
    } else {
      return nil
    }
  }

  fileprivate var needsTwo: Bool { self == .difference || self == .differenceToFirst || self == .andOr }

  /// Whether the sources behind the first are combined apart.
  fileprivate var needsOthers: Bool { needsTwo || self == .one }
}
