// XDEL and XSETID.

enum XDelCommand {
  static let all = [
    Command(
      "xdel", .stream, since: "5.0.0", "Deletes entries of a stream.",
      complexity: "O(1) for each entry, however long the stream", arity: -3, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .delete])], arguments: [.key(), .string("id").multiple], handler: xDel),
    Command(
      "xsetid", .stream, since: "5.0.0",
      "Sets what a stream knows of its past: its last ID and its counters.",
      arity: -3, flags: [.write, .denyOOM, .fast], keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), .string("last-id"), .integer("entries_added", token: "ENTRIESADDED").optional.since("7.0.0"),
        .string("max_deleted_entry_id", token: "MAXDELETEDID").optional.since("7.0.0"),
      ],
      history: [("7.0.0", "The arguments `entries_added` and `max_deleted_entry_id`.")], handler: xSetID),
  ]

  static func xDel(_ context: inout Context) throws(ReplyError) {
    let key = context.key(1)
    guard let stream = try context.mutableStream(key) else { return context.reply.integer(0) }
    let arguments = context.arguments
    // All IDs are read before the first entry goes.
    for index in 2..<arguments.count { _ = try arguments.streamID(index) }
    var deleted = 0
    for index in 2..<arguments.count {
      let id = try arguments.streamID(index)
      guard stream.delete(id) else { continue }
      deleted += 1
      if id > stream.maxDeletedID { stream.maxDeletedID = id }
    }
    if deleted > 0 { context.touched(key, "xdel", .stream, changes: deleted) }
    context.reply.integer(deleted)
  }

  static func xSetID(_ context: inout Context) throws(ReplyError) {
    let lastID = try context.arguments.streamID(2)
    var cursor = ArgumentCursor(context.arguments, from: 3)
    var entriesAdded: Int64?
    var maxDeletedID = StreamID.zero
    while !cursor.isAtEnd {
      if cursor.match("ENTRIESADDED", followedBy: 1) {
        let count = cursor.integer()
        if count < 0 { cursor.fail(.entriesAddedNegative) }
        entriesAdded = count
      } else if cursor.match("MAXDELETEDID", followedBy: 1) {
        if let id = StreamID(cursor.next()) { maxDeletedID = id } else { cursor.fail(.invalidStreamID) }
        if lastID < maxDeletedID { cursor.fail(.lastIDBelowGivenDeleted) }
      } else {
        cursor.fail(.syntax)
      }
    }
    try cursor.finish()
    let key = context.key(1)
    guard let stream = try context.mutableStream(key) else { throw .noSuchKey }
    if context.engine.emulates72, lastID < stream.maxDeletedID { throw .lastIDBelowDeleted }
    if stream.length > 0 {
      if lastID < stream.lastEntryID { throw .lastIDBelowTop }
      if let entriesAdded, entriesAdded < Int64(stream.length) { throw .entriesAddedBelowLength }
    }
    stream.lastID = lastID
    if let entriesAdded { stream.entriesAdded = UInt64(entriesAdded) }
    if maxDeletedID != .zero { stream.maxDeletedID = maxDeletedID }
    context.reply.ok()
    context.noted(key, "xsetid", .stream)
  }
}
