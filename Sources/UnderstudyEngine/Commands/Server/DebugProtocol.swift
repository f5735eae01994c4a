// DEBUG PROTOCOL: a reply of each type, for the authors of clients.

enum DebugProtocol {
  static func answer(_ context: borrowing Context) throws(ReplyError) {
    let reply = context.reply
    switch context.arguments[2].text.lowercased() {
    case "string": reply.bulk("Hello World")
    case "integer": reply.integer(12345)
    case "double": reply.double(3.141)
    case "null": reply.null()
    case "array": three(reply) { reply.array($0) }
    case "set": three(reply) { reply.set($0) }
    case "map":
      reply.map(3)
      for index in 0..<3 {
        reply.integer(index)
        reply.bool(index == 1)
      }
    case "attrib":
      if reply.isRESP3 {
        reply.raw("|1\r\n")
        reply.bulk("key-popularity")
        reply.array(2)
        reply.bulk("key:123")
        reply.integer(90)
      }
      reply.bulk("Some real reply following the attribute")
    case "push":
      guard reply.isRESP3 else { throw ReplyError("ERR RESP2 is not supported by this command") }
      reply.push(2)
      reply.bulk("server-cpu-usage")
      reply.integer(42)
      reply.bulk("Some real reply following the push reply")
    case "true": reply.bool(true)
    case "false": reply.bool(false)
    case "verbatim": reply.verbatim(Bytes("This is a verbatim\nstring"))
    case "bignum": reply.bigNumber(Bytes("1234567999999999999999999999999999999"))
    default:
      throw ReplyError(
        """
        ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|\
        map|attrib|push|verbatim|true|false
        """)
    }
  }

  private static func three(_ reply: Reply, _ head: (Int) -> Void) {
    head(3)
    for index in 0..<3 { reply.integer(index) }
  }
}
