// SMOVE.

enum SMoveCommand {
  static let command = Command(
    "smove", .set, since: "1.0.0", "Moves a member from one set to another.",
    arity: 4, flags: [.write, .fast],
    keys: [.key(1, [.readWrite, .access, .delete]), .key(2, [.readWrite, .insert])],
    arguments: [.key("source"), .key("destination", spec: 1), .string("member")], handler: sMove)

  static func sMove(_ context: inout Context) throws(ReplyError) {
    let sourceKey = context.key(1)
    let targetKey = context.key(2)
    let member = context.arguments[3]
    guard let entry = context.find(sourceKey) else { return context.reply.integer(0) }
    guard entry.kind == .set else { throw .wrongType }
    let source = entry.mutableSet
    if sourceKey.bytes == targetKey.bytes {
      return context.reply.integer(source.contains(member) ? 1 : 0)
    }
    // Making the target may move the source's entry, but not its container.
    let found = try context.mutableSet(targetKey)
    guard source.remove(member) else { return context.reply.integer(0) }
    let isEmpty = source.isEmpty
    context.touched(sourceKey, "srem", .set)
    context.removeIfEmpty(sourceKey, isEmpty)
    let target = found ?? context.makeSet(targetKey, for: member)
    if target.insert(member, limits: context.setLimits) { context.touched(targetKey, "sadd", .set) }
    context.reply.integer(1)
  }
}
