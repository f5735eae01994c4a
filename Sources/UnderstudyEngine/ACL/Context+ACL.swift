// What handlers ask of users: AUTH, ACL, and the rare command that reads keys which are none of its arguments.
//
// This file may say `unsafe`. What keeps it safe: a context lives within one command of its session, under the lock.

extension Context {
  /// Whose call this is.
  var user: ACLUser { unsafe engine.user(of: sessionPointer) }

  /// Makes the client one user's, if the credentials are right; if not, that is noted.
  func authenticate(user name: Bytes, password: Bytes) -> Bool {
    if session.flags.contains(.control) { return authenticateControl(user: name, password: password) }
    guard let user = engine.acl.user(name), user.rules.accepts(password) else {
      unsafe engine.noteDenial(
        .authentication, object: arguments[0].copied(), user: name.copied(), by: sessionPointer)
      return false
    }
    if user === engine.acl.defaultUser { session.extras?.user = nil } else { session.extra.user = user }
    session.flags.insert(.authenticated)
    unsafe engine.follow(sessionPointer)
    return true
  }

  /// Whether clients need no password here: those of the control port have one of their own, `control-password`.
  var needsNoPassword: Bool {
    session.flags.contains(.control)
      ? engine.configuration.controlPassword.isEmpty : engine.acl.defaultUser.rules.needsNoPassword
  }

  /// The control port has one user, who may do everything, and a password or none.
  private func authenticateControl(user name: Bytes, password: Bytes) -> Bool {
    guard name == Bytes("default") else { return false }
    let expected = engine.configuration.controlPassword
    let isRight =
      expected.isEmpty || ACLUserRules.isOne(password, of: [expected.withBytes { SHA256.hexadecimal($0) }])
    if isRight { session.gates.remove(.authentication) }
    return isRight
  }

  /// Whether the user may read any key there is, by the selector that allows this call: what SORT wants for BY and GET.
  var mayReadEveryKey: Bool {
    guard session.gates.contains(.restrictedUser) else { return true }
    return unsafe user.rules.allowsEveryKey(.read, in: entry, arguments)
  }

  /// What a call of another user would be refused for. The call's command and arity have been checked.
  func denial(of call: Arguments, for user: ACLUser, _ entry: DispatchPointer) -> [UInt8]? {
    guard let denial = unsafe user.rules.denial(of: entry, call) else { return nil }
    return unsafe engine.fullReason(denial, user.name, entry, call)
  }

  /// What DRYRUN finds out about a call.
  enum TriedCall {
    case unknown
    case wrongArity(name: String)
    case refused([UInt8])
    case allowed
  }

  func tryCall(_ call: Arguments, as user: ACLUser) -> TriedCall {
    guard let entry = unsafe Dispatcher(state: state).find(call) else { return .unknown }
    guard unsafe entry.pointee.accepts(argumentCount: call.count) else {
      return unsafe .wrongArity(name: entry.pointee.name)
    }
    return unsafe denial(of: call, for: user, entry).map { .refused($0) } ?? .allowed
  }

  /// The names of a category's commands and subcommands.
  func names(of category: ACLCategories) -> [[UInt8]] {
    engine.table.outlines.filter { $0.categories.contains(category) }.map(\.name)
  }

  // MARK: Changes

  /// Gives a user other rules, or makes it; clients that listen to what it may no longer hear are closed.
  func setRules(_ rules: ACLUserRules, of name: [UInt8]) {
    guard let user = engine.acl.users[name] else {
      engine.acl.add(ACLUser(name, rules))
      return
    }
    let old = user.rules
    user.replaceRules(rules)
    engine.follow(user)
    for client in engine.clients where client.user === user {
      if mustClose(client, old, rules) { kill(client) }
    }
  }

  /// Removes a user and closes its clients; false if there is none of that name.
  func removeUser(_ name: [UInt8]) -> Bool {
    guard let user = engine.acl.remove(name) else { return false }
    for client in engine.clients where client.user === user { expel(client) }
    return true
  }

  /// Takes the users of a file in place of those that there are. Before 7.4 that closes every client of another than the
  /// default user; from then on, those whose user is gone or who listen to what they may no longer hear.
  func replaceUsers(_ users: [ACLUser]) {
    let oldDefault = engine.acl.defaultUser.rules
    engine.acl.replaceUsers(users)
    for client in engine.clients {
      guard client.user !== engine.acl.defaultUser else {
        if engine.emulates74, mustClose(client, oldDefault, client.user.rules) { kill(client) }
        continue
      }
      guard engine.emulates74, let new = engine.acl.users[client.user.name],
        !mustClose(client, client.user.rules, new.rules)
      else {
        expel(client)
        continue
      }
      adopt(client, new)
    }
    engine.follow(engine.acl.defaultUser)
  }

  /// Whether a client is subscribed to what its user's new rules do not allow, though the old ones did.
  private func mustClose(_ client: ClientDescription, _ old: ACLUserRules, _ new: ACLUserRules) -> Bool {
    guard client.gates.contains(.subscribed), !new.selectors.contains(where: \.allowsEveryChannel) else {
      return false
    }
    let patterns = new.selectors.flatMap(\.channelPatterns)
    func isAllowed(_ names: Set<[UInt8]>, isPattern: Bool) -> Bool {
      names.allSatisfy { $0.withBytes { ACLSelector.allows($0, isPattern: isPattern, by: patterns) } }
    }
    if !old.selectors.contains(where: \.allowsEveryChannel),
      old.selectors.flatMap(\.channelPatterns).allSatisfy({ patterns.contains($0) })
    {
      return false
    }
    return !isAllowed(client.subscriptions(.pattern), isPattern: true)
      || !isAllowed(client.subscriptions(.channel), isPattern: false)
      || !isAllowed(client.subscriptions(.shardChannel), isPattern: false)
  }

  /// Closes a client whose user is gone; what it has still to send is the default user's, who has not authenticated.
  private func expel(_ client: ClientDescription) {
    unsafe client.session.pointee.extras?.user = nil
    unsafe client.session.pointee.flags.remove(.authenticated)
    unsafe engine.follow(client.session)
    kill(client)
  }

  private func adopt(_ client: ClientDescription, _ user: ACLUser) {
    unsafe client.session.pointee.extra.user = user
    unsafe engine.follow(client.session)
  }
}
