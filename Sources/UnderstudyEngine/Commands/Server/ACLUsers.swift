// ACL SETUSER and DELUSER, and LOAD and SAVE of the users' file.

enum ACLUsers {
  static let commands = [
    Command(
      "setuser", .server, since: "6.0.0", "Makes a user, or changes its rules.",
      complexity: "O(N). Where N is the number of rules provided.", arity: -3, flags: ACLCommand.adminFlags,
      arguments: [.string("username"), .string("rule").optional.multiple],
      history: [("6.2.0", "Patterns of channels."), ("7.0.0", "Selectors, and permissions of keys.")],
      handler: setUser),
    Command(
      "deluser", .server, since: "6.0.0", "Removes users, and closes their connections.",
      complexity: "O(1) amortized time considering the typical user.", arity: -3,
      flags: ACLCommand.adminFlags,
      arguments: [.string("username").multiple], handler: removeUsers),
    Command(
      "load", .server, since: "6.0.0", "Takes the users of the file in place of those that there are.",
      complexity: "O(N). Where N is the number of configured users.", arity: 2, flags: ACLCommand.adminFlags,
      handler: load),
    Command(
      "save", .server, since: "6.0.0", "Writes the users to the file.",
      complexity: "O(N). Where N is the number of configured users.", arity: 2, flags: ACLCommand.adminFlags,
      handler: save),
  ]

  /// All rules or none: they are applied to a copy first.
  static func setUser(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    let name = arguments[2].copied()
    if ACLNames.hasSpaces(name) { throw .userNameWithSpaces }
    var words: [[UInt8]] = []
    for index in 3..<arguments.count { words.append(arguments[index].copied()) }
    let merged: [[UInt8]]
    do {
      merged = try ACLUserRules.merged(words)
    } catch {
      return context.fail(
        "ERR Unmatched parenthesis in acl selector starting at '", quoting: arguments[error.position + 3],
        "'.")
    }
    let book = context.engine.ruleBook
    var rules = context.engine.acl.users[name]?.rules ?? ACLUserRules(book)
    for rule in merged {
      do {
        try rule.withBytes { (rule) throws(ACLRuleError) in try rules.apply(rule, book) }
      } catch {
        return rule.withBytes {
          context.fail("ERR Error in ACL SETUSER modifier '", quoting: $0, "': \(error.text)")
        }
      }
    }
    context.setRules(rules, of: name)
    context.reply.ok()
  }

  static func removeUsers(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    for index in 2..<arguments.count where arguments[index].upToZero == Bytes("default") {
      throw .defaultUserStays
    }
    var count = 0
    for index in 2..<arguments.count where context.removeUser(arguments[index].copied()) { count += 1 }
    context.reply.integer(count)
  }

  static func load(_ context: inout Context) throws(ReplyError) {
    if context.engine.configuration.aclFile.isEmpty { throw .noUsersFile }
    do {
      context.replaceUsers(try context.engine.readUsers())
      context.reply.ok()
    } catch {
      context.reply.error(bytes: Array("ERR ".utf8) + error.text)
    }
  }

  static func save(_ context: inout Context) throws(ReplyError) {
    let path = context.engine.configuration.aclFile
    if path.isEmpty { throw .noUsersFile }
    let text = ACLFile.text(of: context.engine.acl.sortedUsers, context.engine.ruleBook)
    guard let files = context.engine.hooks.files else { throw .usersNotSaved }
    if let failure = files.replace(path, text) {
      context.engine.hooks.log?("Writing ACL file for ACL SAVE: \(failure.reason)")
      throw .usersNotSaved
    }
    context.reply.ok()
  }
}

extension ReplyError {
  static var userNameWithSpaces: ReplyError {
    ReplyError("ERR Usernames can't contain spaces or null characters")
  }
  static var defaultUserStays: ReplyError { ReplyError("ERR The 'default' user cannot be removed") }
  static var noUsersFile: ReplyError {
    ReplyError(
      """
      ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
      command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users \
      in the Redis configuration.
      """)
  }
  static var usersNotSaved: ReplyError {
    ReplyError(
      "ERR There was an error trying to save the ACLs. Please check the server logs for more information")
  }
}
