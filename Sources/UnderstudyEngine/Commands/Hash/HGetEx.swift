// HGETEX, HSETEX and HGETDEL: fields read or written together with their deadlines, or read and removed.

enum HGetExCommand {
  private static let times: [Argument] = [
    .integer("seconds", token: "EX"), .integer("milliseconds", token: "PX"),
    .unixTime("unix-time-seconds", token: "EXAT"), .unixTime("unix-time-milliseconds", token: "PXAT"),
  ]

  static let all = [
    Command(
      "hgetex", .hash, since: "8.0.0", "Answers the values of fields, and sets or removes their time of expiry.",
      complexity: "O(N) for N fields", arity: -5, flags: [.write, .fast],
      keys: [
        KeySpec(
          [.readWrite, .access, .update], .index(1), .range(last: 0, step: 1, limit: 0),
          notes: "Written to, since the times of expiry change.")
      ],
      arguments: [
        .key(), .oneOf("expiration", times + [.token("PERSIST")]).optional, FieldArguments.argument,
      ],
      handler: hGetEx),
    Command(
      "hsetex", .hash, since: "8.0.0", "Sets fields of a hash, and their time of expiry.",
      complexity: "O(N) for N fields", arity: -6, flags: [.write, .denyOOM, .fast],
      keys: [.key(1, [.readWrite, .update])],
      arguments: [
        .key(), .oneOf("condition", [.token("FNX"), .token("FXX")]).optional,
        .oneOf("expiration", times + [.token("KEEPTTL")]).optional,
        .block(
          "fields", token: "FIELDS",
          [.integer("numfields"), .block("data", [.string("field"), .string("value")]).multiple]),
      ],
      handler: hSetEx),
    Command(
      "hgetdel", .hash, since: "8.0.0", "Answers the values of fields and removes the fields.",
      complexity: "O(N) for N fields", arity: -5, flags: [.write, .fast],
      keys: [.key(1, [.readWrite, .access, .delete])], arguments: [.key(), FieldArguments.argument],
      handler: hGetDel),
  ]

  /// What EX, PX, EXAT and PXAT mean: the unit in milliseconds, and where it counts from.
  private static func unit(_ option: Bytes, _ now: Int64) -> (milliseconds: Int64, start: Int64)? {
    if option.matches("EX") { return (1000, now) }
    if option.matches("PX") { return (1, now) }
    if option.matches("EXAT") { return (1000, 0) }
    if option.matches("PXAT") { return (1, 0) }
    return nil
  }

  // MARK: HGETEX

  static func hGetEx(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    _ = try context.mutableHash(key)
    var position = 2
    var deadline: Int64?
    if let unit = unit(arguments[2], context.now) {
      deadline = try FieldDeadline.read(
        context, at: 3, millisecondsPerUnit: unit.milliseconds, from: unit.start)
      guard deadline != nil else { return }
      position = 4
    } else if arguments[2].matches("PERSIST") {
      deadline = Entry.noDeadline
      position = 3
    }
    // The arity leaves room for a count of fields, but not behind a time.
    if position &+ 1 == arguments.count, arguments[position].matches("FIELDS") { return context.failArity() }
    let fields = try FieldArguments(arguments, at: position)
    let reply = context.reply
    reply.array(fields.range.count)
    guard let hash = try deadline == nil ? context.mutableHash(key) : context.keepingDeadlines(key) else {
      for _ in fields.range { reply.null() }
      return
    }
    var changed = 0
    var deleted = 0
    for index in fields.range {
      let field = arguments[index]
      guard let value = hash[field] else {
        reply.null()
        continue
      }
      reply.bulk(value)
      guard let deadline else { continue }
      let outcome = context.setDeadline(deadline, of: field, in: hash)
      if outcome == .set { changed &+= 1 }
      if outcome == .deleted { deleted &+= 1 }
    }
    if changed &+ deleted == 0 { return }
    context.indexFields(of: hash, key)
    let isEmpty = hash.isEmpty
    context.touched(
      key, deleted > 0 ? "hdel" : deadline == Entry.noDeadline ? "hpersist" : "hexpire", .hash)
    context.removeIfEmpty(key, isEmpty)
  }

  // MARK: HSETEX

  /// What the options of HSETEX say.
  private struct SetOptions {
    var deadline: Int64?
    var keepsDeadlines = false
    var wantsAll = false
    var wantsNone = false
    /// Where field and value come by turns.
    var fields = 0..<0

    private var hasExpiry: Bool { deadline != nil || keepsDeadlines }

    /// Reads the options up to FIELDS, which ends them. Nil if the error has been replied.
    init?(_ context: borrowing Context) throws(ReplyError) {
      let arguments = context.arguments
      var index = 2
      while index < arguments.count {
        let option = arguments[index]
        if option.matches("FIELDS") {
          let left = arguments.count &- index &- 2
          guard left >= 2 else { break }
          let count = try arguments.integer(index &+ 1, .fieldCountInvalid)
          guard count > 0, count <= Int64(Int32.max) else { throw .fieldCountInvalid }
          guard left % 2 == 0, count == Int64(left / 2) else { break }
          fields = index &+ 2..<arguments.count
          return
        } else if let unit = HGetExCommand.unit(option, context.now) {
          if hasExpiry { throw .severalFieldExpiries }
          guard index &+ 1 < arguments.count else { throw .fieldDeadlineMissing }
          index &+= 1
          deadline = try FieldDeadline.read(
            context, at: index, millisecondsPerUnit: unit.milliseconds, from: unit.start)
          guard deadline != nil else { return nil }
        } else if option.matches("KEEPTTL") {
          if hasExpiry { throw .severalFieldExpiries }
          keepsDeadlines = true
        } else if option.matches("FXX") || option.matches("FNX") {
          if wantsAll || wantsNone { throw .severalFieldConditions }
          if option.matches("FXX") { wantsAll = true } else { wantsNone = true }
        } else {
          context.reply.error(bytes: Bytes("ERR unknown argument: ").copied() + option.upToZero.copied())
          return nil
        }
        index &+= 1
      }
      context.failArity()
      return nil
    }

    /// Whether FXX or FNX stand in the way.
    func refuse(_ hash: HashValue?, _ arguments: Arguments) -> Bool {
      guard wantsAll || wantsNone else { return false }
      for index in stride(from: fields.lowerBound, to: fields.upperBound, by: 2)
      where (hash?.contains(arguments[index]) ?? false) != wantsAll {
        return true
      }
      return false
    }
  }

  static func hSetEx(_ context: inout Context) throws(ReplyError) {
    guard let options = try SetOptions(context) else { return }
    let arguments = context.arguments
    let key = context.key(1)
    if options.refuse(try context.mutableHash(key), arguments) { return context.reply.integer(0) }
    var hash = try context.mutableHash(key) ?? context.makeHash(key)
    if options.deadline != nil { hash = try context.keepingDeadlines(key) ?? hash }
    let limits = context.hashLimits
    var longest = 0
    for index in options.fields { longest = max(longest, arguments[index].count) }
    hash.prepare(longest: longest, limits: limits)
    var changed = 0
    var deleted = 0
    for index in stride(from: options.fields.lowerBound, to: options.fields.upperBound, by: 2) {
      let field = arguments[index]
      let keepsDeadline = options.keepsDeadlines || options.deadline != nil
      hash.set(field, to: arguments[index &+ 1], limits: limits, deadline: keepsDeadline ? .kept : .dropped)
      guard let deadline = options.deadline else { continue }
      let outcome = context.setDeadline(deadline, of: field, in: hash)
      if outcome == .set { changed &+= 1 }
      if outcome == .deleted { deleted &+= 1 }
    }
    if hash.keepsDeadlines { context.indexFields(of: hash, key) }
    let isEmpty = hash.isEmpty
    context.touched(key, "hset", .hash)
    if changed &+ deleted > 0 { context.raised(key, deleted > 0 ? "hdel" : "hexpire", .hash) }
    context.removeIfEmpty(key, isEmpty)
    context.reply.integer(1)
  }

  // MARK: HGETDEL

  static func hGetDel(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let key = context.key(1)
    let hash = try context.mutableHash(key)
    let fields = try FieldArguments(arguments, at: 2)
    let reply = context.reply
    reply.array(fields.range.count)
    var removed = 0
    for index in fields.range {
      guard let hash, let value = hash[arguments[index]] else {
        reply.null()
        continue
      }
      reply.bulk(value)
      if hash.remove(arguments[index]) { removed &+= 1 }
    }
    guard removed > 0, let hash else { return }
    if hash.keepsDeadlines { context.indexFields(of: hash, key) }
    let isEmpty = hash.isEmpty
    context.touched(key, "hdel", .hash)
    context.removeIfEmpty(key, isEmpty)
  }
}
