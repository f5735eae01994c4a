// LAB.MARK: what a test says of its connections: taken out of the pool, given back, or to be clean now.

enum LabMarkCommand {
  static let command = Command(
    "lab.mark", .lab, since: "1.0.0", "Says that a connection was taken out of its pool, was given back, or should be clean.",
    complexity: "O(N) where N is the number of connections.", arity: -2,
    arguments: [
      .oneOf("mark", LabMarkKind.allCases.map { .token($0.rawValue) }),
      .oneOf("connection", [.integer("client-id", token: "CLIENT"), .integer("port", token: "LOCALPORT")]).optional,
    ], handler: mark)

  private static func mark(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    guard let kind = LabMarkKind(rawValue: arguments[1].text.lowercased()) else {
      return context.fail("ERR unknown mark '", quoting: arguments[1], "': there are checkout, return and checkpoint")
    }
    switch arguments.count {
    case 2 where kind == .checkpoint: _ = context.mark(kind, client: nil)
    case 2: return context.fail("ERR \(kind.rawValue) needs its connection: CLIENT id or LOCALPORT port")
    case 4 where arguments[2].matches("CLIENT"):
      let identifier = try arguments.integer(3)
      guard context.mark(kind, client: UInt64(bitPattern: identifier)) else { return unknown(context) }
    case 4 where arguments[2].matches("LOCALPORT"):
      let port = try arguments.integer(3)
      guard context.mark(kind, localPort: Int(clamping: port)) else { return unknown(context) }
    default: return context.fail("ERR syntax error: LAB.MARK <checkout|return|checkpoint> [CLIENT id | LOCALPORT port]")
    }
    context.reply.ok()
  }

  private static func unknown(_ context: borrowing Context) {
    context.fail(
      "ERR there is no such connection whose commands are written down: '", quoting: context.arguments[3], "'")
  }
}
