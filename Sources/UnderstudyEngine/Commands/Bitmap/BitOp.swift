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
    } else {
      throw .syntax
    }
    if operation == .not && arguments.count != 4 { throw .notOfMany }
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
    for index in 3..<arguments.count {
      let entry = context.peek(context.key(index))
      let isFirst = index == 3
      func combine(_ source: Bytes) {
        if isFirst {
          result.append(source)
          result.extend(to: count)
          if operation == .not { result.combine(.not, with: source) }
        } else {
          result.combine(operation, with: source)
        }
      }
      if let entry { try entry.withString(combine) } else { combine(Bytes("")) }
    }
    let previous = context.store(.buffer(result), for: destination, deadline: .none)
    if !previous.existed { context.created(destination) }
    context.touched(destination, "set", .string)
    context.reply.integer(count)
  }
}
