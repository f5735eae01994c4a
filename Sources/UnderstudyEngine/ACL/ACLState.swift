// ACLState: the users of a server, and what was refused to them.
//
// The gates of sessions say what is to be asked of their users: `authentication` while nobody has authenticated and the
// default user wants that, `restrictedUser` if the user may not do everything. Whoever changes a user has its sessions
// follow (`EngineState.follow`), so that a user with all permissions costs a command nothing.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, under the engine's lock.

struct ACLState {
  private(set) var users: [[UInt8]: ACLUser] = [:]
  let defaultUser: ACLUser
  var log = ACLLog()
  /// The `requirepass` that the default user has been given: a later change of the user is not undone by a change of
  /// another directive.
  fileprivate var appliedPassword: [UInt8] = []

  static let defaultName = Array("default".utf8)

  init(_ configuration: Configuration) {
    defaultUser = ACLUser(Self.defaultName, .open(ACLRuleBook(configuration)))
    users[Self.defaultName] = defaultUser
    applyPassword(configuration)
  }

  /// Makes `requirepass` the default user's password, if it is another than before; false if it is not.
  @discardableResult
  fileprivate mutating func applyPassword(_ configuration: Configuration) -> Bool {
    guard configuration.password != appliedPassword else { return false }
    appliedPassword = configuration.password
    var rules = defaultUser.rules
    rules.passwords = appliedPassword.isEmpty ? [] : [appliedPassword.withBytes { SHA256.hexadecimal($0) }]
    rules.needsNoPassword = appliedPassword.isEmpty
    defaultUser.replaceRules(rules)
    return true
  }

  func user(_ name: Bytes) -> ACLUser? { users[name.copied()] }

  /// In the order of their names' bytes.
  var sortedUsers: [ACLUser] {
    users.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
  }

  mutating func add(_ user: ACLUser) { users[user.name] = user }

  mutating func remove(_ name: [UInt8]) -> ACLUser? { users.removeValue(forKey: name) }

  /// Takes other users in place of all that there are. The default one stays the same object, with the rules given.
  mutating func replaceUsers(_ new: [ACLUser]) {
    users = [Self.defaultName: defaultUser]
    for user in new {
      if user.name == Self.defaultName {
        defaultUser.replaceRules(user.rules)
      } else {
        users[user.name] = user
      }
    }
  }
}

extension EngineState {
  var ruleBook: ACLRuleBook { ACLRuleBook(configuration) }

  /// Whose a session's calls are.
  func user(of session: SessionPointer) -> ACLUser {
    unsafe session.pointee.extras?.user ?? acl.defaultUser
  }

  /// Makes a session the default user's, as that of a new connection is. Whether it must authenticate is up to that user.
  func beginAsDefaultUser(_ session: SessionPointer) {
    guard unsafe isRuled(session) else { return }
    unsafe session.pointee.extras?.user = nil
    if acl.defaultUser.rules.isOpen {
      unsafe session.pointee.flags.insert(.authenticated)
    } else {
      unsafe session.pointee.flags.remove(.authenticated)
    }
    unsafe follow(session)
  }

  /// Gives a script's session the permissions of its caller.
  func lendUser(of caller: SessionPointer, to script: SessionPointer) {
    let isRestricted = unsafe caller.pointee.gates.contains(.restrictedUser)
    if unsafe script.pointee.gates.contains(.restrictedUser) || isRestricted {
      unsafe script.pointee.extra.user = caller.pointee.extras?.user
      unsafe script.pointee.gates.set(.restrictedUser, isRestricted)
    }
  }

  /// Makes a session's gates agree with its user.
  func follow(_ session: SessionPointer) {
    guard unsafe isRuled(session) else { return }
    let wantsAuthentication =
      unsafe !session.pointee.flags.contains(.authenticated) && !acl.defaultUser.rules.isOpen
    unsafe session.pointee.gates.set(.authentication, wantsAuthentication)
    unsafe session.pointee.gates.set(.restrictedUser, user(of: session).isRestricted)
  }

  /// Has the sessions of a user follow its rules; of the default user's, also those that are yet to authenticate.
  func follow(_ user: ACLUser) {
    for unsafe session in unsafe sessions.values
    where unsafe user === acl.defaultUser || session.pointee.extras?.user === user {
      unsafe follow(session)
    }
  }

  /// Follows `requirepass`.
  mutating func followPassword() {
    if acl.applyPassword(configuration) { follow(acl.defaultUser) }
  }

  /// Embedded calls are the host program's, scripts' sessions follow their callers, and the control port knows no users.
  private func isRuled(_ session: SessionPointer) -> Bool {
    unsafe session.pointee.flags.isDisjoint(with: [.embedded, .script, .control])
  }

  // MARK: Refusals

  /// Keeps a refusal for ACL LOG.
  ///
  /// - Parameter user: who tried, if that is not the session's user.
  mutating func noteDenial(
    _ reason: ACLReason, object: [UInt8], user name: [UInt8]? = nil, by session: SessionPointer
  ) {
    let isScript = unsafe session.pointee.flags.contains(.script)
    let place: ACLLog.Place =
      isScript ? .script : unsafe session.pointee.extras?.transaction != nil ? .transaction : .topLevel
    // A script's calls are its caller's, who may have gone while it ran.
    let caller =
      unsafe isScript ? scripting.machine.flatMap { unsafe sessions[$0.pointee.running.caller] } : session
    unsafe acl.log.add(
      reason, place, object: object, user: name ?? user(of: session).name,
      client: caller.map { unsafe line(of: description(of: $0)) } ?? "", now: now,
      limit: configuration.accessLogLength)
  }
}

extension Gates {
  mutating func set(_ gate: Gates, _ isClosed: Bool) {
    if isClosed { insert(gate) } else { remove(gate) }
  }
}
