// The users at the start: those of the configuration file, or those of a file of their own.
//
// This file may say `unsafe`. What keeps it safe: it is called with the engine's lock held.

extension Engine {
  /// Makes the users that the configuration declares, or reads them from `aclfile`; called once, before clients come.
  ///
  /// - Returns: why the server must not start, in the lines of redis-server's log; empty if it may.
  package func loadUsers() -> [String] { unsafe state.pointee.loadUsers() }
}

extension EngineState {
  fileprivate mutating func loadUsers() -> [String] {
    guard configuration.aclFile.isEmpty || configuration.users.isEmpty else {
      return [
        """
        Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This \
        setup is very likely to lead to configuration errors and security holes, please define either an ACL file or \
        declare users directly in your redis.conf, but not both.
        """
      ]
    }
    let book = ruleBook
    for declaration in configuration.users {
      if let reason = make(declaration, book) {
        return [reason, "Critical error while loading ACLs. Exiting."]
      }
    }
    if !configuration.aclFile.isEmpty {
      do {
        acl.replaceUsers(try readUsers())
      } catch {
        return [
          "Aborting Redis startup because of ACL errors: \(String(decoding: error.text, as: UTF8.self))"
        ]
      }
    }
    follow(acl.defaultUser)
    return []
  }

  /// Makes a declared user; why it cannot be, if so.
  private mutating func make(_ declaration: UserDeclaration, _ book: ACLRuleBook) -> String? {
    if ACLNames.hasSpaces(declaration.name) { return "Spaces not allowed in ACL usernames" }
    let isDefault = declaration.name == ACLState.defaultName
    var rules = ACLUserRules(book)
    // The default user is there already, and is brought back first.
    if isDefault { rules.sanitizing = .wanted }
    for rule in declaration.rules {
      do {
        try rule.withBytes { (rule) throws(ACLRuleError) in try rules.apply(rule, book) }
      } catch {
        let (rule, name) = (
          String(decoding: rule, as: UTF8.self), String(decoding: declaration.name, as: UTF8.self)
        )
        return "Error loading ACL rule '\(rule)' for the user named '\(name)': \(error.text)"
      }
    }
    if isDefault { acl.defaultUser.replaceRules(rules) } else { acl.add(ACLUser(declaration.name, rules)) }
    return nil
  }

  /// The users as the configuration file would declare them: none if they have a file of their own.
  var declaredUsers: [UserDeclaration] {
    let book = ruleBook
    return configuration.aclFile.isEmpty
      ? acl.sortedUsers.map { UserDeclaration(name: $0.name, rules: [$0.rules.text(book)]) } : []
  }

  /// The users of `aclfile`.
  func readUsers() throws(ACLFile.Failure) -> [ACLUser] {
    let path = configuration.aclFile
    func failure(_ reason: String) -> ACLFile.Failure {
      ACLFile.Failure(text: Array("Error loading ACLs, opening file '\(path)': \(reason)".utf8))
    }
    guard let files = hooks.files else { throw failure("this server has no files") }
    switch files.read(path) {
    case .success(let text): return try ACLFile.read(text, path: path, ruleBook)
    case .failure(let error): throw failure(error.reason)
    }
  }
}
