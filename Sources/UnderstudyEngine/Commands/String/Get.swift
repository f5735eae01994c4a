// GET.

enum GetCommand {
  static let command = Command(
    "get", .string, since: "1.0.0", "Answers the string stored under a key.", arity: 2, flags: [.readOnly, .fast],
    keys: [.key(1, [.readOnly, .access])], arguments: [.key()], handler: get)

  static func get(_ context: inout Context) throws(ReplyError) {
    guard let entry = context.read(context.key(1)) else { return context.reply.null() }
    try context.reply.string(entry)
  }
}

extension Reply {
  /// A string value as a bulk; throws WRONGTYPE for a container.
  @inline(__always)
  func string(_ entry: Entry) throws(ReplyError) {
    switch entry.kind {
    case .inline: bulk(entry.inlineBytes)
    case .integer: bulk(integer: entry.integer)
    case .buffer: bulk(entry.buffer)
    default: throw .wrongType
    }
  }
}
