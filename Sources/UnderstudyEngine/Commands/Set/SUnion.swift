// SUNION, SDIFF and their STORE forms.

enum SUnionCommand {
  static let all = [
    Command(
      "sunion", .set, since: "1.0.0", "Answers the members that any of the sets has.",
      complexity: "O(N) where N is the size of all sets together", arity: -2, flags: [.readOnly],
      keys: [.keys(from: 1, [.readOnly, .access])], arguments: [.key().multiple],
      tips: ["nondeterministic_output_order"], handler: sUnion),
    Command(
      "sunionstore", .set, since: "1.0.0", "Stores the members that any of the sets has.",
      complexity: "O(N) where N is the size of all sets together", arity: -3, flags: [.write, .denyOOM],
      keys: [.key(1, [.overwrite, .update]), .keys(from: 2, [.readOnly, .access])],
      arguments: [.key("destination"), .key(spec: 1).multiple], handler: sUnionStore),
    Command(
      "sdiff", .set, since: "1.0.0", "Answers the members of the first set that none of the others has.",
      complexity: "O(N) where N is the size of all sets together", arity: -2, flags: [.readOnly],
      keys: [.keys(from: 1, [.readOnly, .access])], arguments: [.key().multiple],
      tips: ["nondeterministic_output_order"], handler: sDiff),
    Command(
      "sdiffstore", .set, since: "1.0.0", "Stores the members of the first set that none of the others has.",
      complexity: "O(N) where N is the size of all sets together", arity: -3, flags: [.write, .denyOOM],
      keys: [.key(1, [.overwrite, .update]), .keys(from: 2, [.readOnly, .access])],
      arguments: [.key("destination"), .key(spec: 1).multiple], handler: sDiffStore),
  ]

  static func sUnion(_ context: inout Context) throws(ReplyError) {
    try union(context, operands(context, from: 1)).answer(context.reply)
  }

  static func sUnionStore(_ context: inout Context) throws(ReplyError) {
    try union(context, operands(context, from: 2)).store(context, under: context.key(1), "sunionstore")
  }

  static func sDiff(_ context: inout Context) throws(ReplyError) {
    try difference(context, operands(context, from: 1)).answer(context.reply)
  }

  static func sDiffStore(_ context: inout Context) throws(ReplyError) {
    try difference(context, operands(context, from: 2)).store(context, under: context.key(1), "sdiffstore")
  }

  private static func operands(
    _ context: borrowing Context, from index: Int
  ) throws(ReplyError) -> [SetValue?] {
    var sets: [SetValue?] = []
    for index in index..<context.arguments.count { sets.append(try context.set(context.key(index))) }
    return sets
  }

  private static func union(_ context: borrowing Context, _ sets: [SetValue?]) -> SetBuilder {
    var result = SetBuilder(context)
    for set in sets { set?.forEach { result.insert($0) } }
    return result
  }

  private static func difference(_ context: borrowing Context, _ sets: [SetValue?]) -> SetBuilder {
    var result = SetBuilder(context)
    guard let first = sets[0] else { return result }
    let others = sets.dropFirst().compactMap { $0 }
    // Looking each member up in the others costs more than removing theirs when the first is the large one.
    let looksUp = first.count * others.count / 2 <= others.reduce(first.count) { $0 + $1.count }
    if looksUp {
      first.forEach { member in
        if !others.contains(where: { $0.contains(member) }) { result.insert(member) }
      }
    } else {
      first.forEach { result.insert($0) }
      for other in others { other.forEach { result.remove($0) } }
    }
    return result
  }
}
