// COPY and MOVE: keys under other names and in other databases.

enum CopyCommand {
  static let all = [
    Command(
      "copy", .generic, since: "6.2.0", "Copies the value of a key to another key.",
      complexity:
        "O(1); what both share is copied piece by piece when either changes",
      arity: -3, flags: [.write, .denyOOM], categories: [.keyspace],
      keys: [.key(1, [.readOnly, .access]), .key(2, [.overwrite, .update])],
      arguments: [
        .key("source"), .key("destination", spec: 1), .integer("destination-db", token: "DB").optional,
        .token("REPLACE").optional,
      ],
      handler: copy),
    Command(
      "move", .generic, since: "1.0.0", "Moves a key to another database.", arity: 3, flags: [.write, .fast],
      categories: [.keyspace], keys: [.key(1, [.readWrite, .access, .update])],
      arguments: [.key(), .integer("db")], handler: move),
  ]

  static func copy(_ context: inout Context) throws(ReplyError) {
    let home = context.session.database
    var database = home
    var replaces = false
    var options = ArgumentCursor(context.arguments, from: 3)
    while !options.isAtEnd {
      if options.match("REPLACE") {
        replaces = true
      } else if options.match("DB", followedBy: 1) {
        database = try context.databaseNumber(options.next())
      } else {
        options.fail(.syntax)
      }
    }
    try options.finish()
    let source = context.key(1)
    let target = context.key(2)
    if database == home && source.bytes == target.bytes { throw .sameObject }
    guard context.read(source) != nil else { return context.reply.integer(0) }
    if context.in(database, { $0.find(target) != nil }) {
      guard replaces else { return context.reply.integer(0) }
      _ = context.in(database) { $0.remove(target) }
    }
    // Looked up again: what was removed may have moved it.
    guard let original = context.peek(source) else { return context.reply.integer(0) }
    let deadline = DeadlineChange(original.deadlineMilliseconds)
    let hasFieldDeadlines = original.hasFieldDeadlines
    let value = original.sharedValue()
    context.in(database) {
      $0.store(value, for: target, deadline: deadline)
      if hasFieldDeadlines { $0.database.adoptFields(under: target) }
      $0.created(target)
      $0.touched(target, "copy_to", .generic)
    }
    context.reply.integer(1)
  }

  static func move(_ context: inout Context) throws(ReplyError) {
    let database = try context.databaseNumber(context.arguments[2])
    if database == context.session.database { throw .sameObject }
    let key = context.key(1)
    guard context.find(key) != nil, !context.in(database, { $0.find(key) != nil }),
      let taken = context.database.remove(key)
    else { return context.reply.integer(0) }
    context.in(database) { $0.put(taken, under: key) }
    context.touched(key, "move_from", .generic, changes: 0)
    context.in(database) { $0.touched(key, "move_to", .generic) }
    context.reply.integer(1)
  }
}
