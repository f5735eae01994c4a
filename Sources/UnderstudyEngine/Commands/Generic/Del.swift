// DEL and UNLINK.

enum DelCommand {
  static let all = [
    Command(
      "del", .generic, since: "1.0.0", "Removes keys.",
      complexity: "O(N) for N keys; a container costs its number of elements", arity: -2, flags: [.write],
      categories: [.keyspace], keys: [.keys(from: 1, [.remove, .delete])], arguments: [.key().multiple],
      tips: ["request_policy:multi_shard", "response_policy:agg_sum"], handler: del),
    Command(
      "unlink", .generic, since: "4.0.0", "Removes keys; their values are freed later.",
      complexity: "O(N) for N keys, whatever their size", arity: -2, flags: [.write, .fast],
      categories: [.keyspace], keys: [.keys(from: 1, [.remove, .delete])], arguments: [.key().multiple],
      tips: ["request_policy:multi_shard", "response_policy:agg_sum"], handler: del),
  ]

  static func del(_ context: inout Context) throws(ReplyError) {
    var removed = 0
    for index in 1..<context.arguments.count {
      let key = context.key(index)
      guard context.remove(key) else { continue }
      context.touched(key, "del", .generic)
      removed &+= 1
    }
    context.reply.integer(removed)
  }
}
