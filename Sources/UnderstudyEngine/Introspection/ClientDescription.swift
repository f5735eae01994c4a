// What there is to say of a client, as CLIENT LIST and its like tell it, and what one client may do to another.
//
// A description is made when it is asked for: an idle connection keeps nothing for it, and its addresses are asked of
// the transport then. A new field is a line in `line(version:)`.
//
// This file may say `unsafe`. What keeps it safe: a session's transport handle is passed back only to the transport
// that gave it, while the session is open; sessions come from the registry, under the engine's lock.

/// The classes that filters know.
enum ClientType {
  case normal, master, replica, pubSub

  /// By the name that CLIENT KILL and CLIENT LIST take.
  init?(_ name: Bytes) {
    if name.matches("NORMAL") {
      self = .normal
    } else if name.matches("MASTER") {
      self = .master
    } else if name.matches("REPLICA") || name.matches("SLAVE") {
      self = .replica
    } else if name.matches("PUBSUB") {
      self = .pubSub
    } else {
      return nil
    }
  }
}

/// A client at one moment.
@safe
struct ClientDescription {
  let identifier: UInt64
  let flags: SessionFlags
  let gates: Gates
  let user: ACLUser
  let type: ClientType
  let session: SessionPointer

  fileprivate init(_ session: SessionPointer, _ user: ACLUser) {
    unsafe self.session = session
    identifier = unsafe session.pointee.identifier
    flags = unsafe session.pointee.flags
    gates = unsafe session.pointee.gates
    self.user = user
    type = gates.contains(.subscribed) ? .pubSub : .normal
  }

  func subscriptions(_ kind: SubscriptionKind) -> Set<[UInt8]> { unsafe session.pointee.extras?.names(kind) ?? [] }
}

extension EngineState {
  /// The addresses of a session and its descriptor. What is no connection has none.
  func addresses(of session: SessionPointer) -> (address: String, localAddress: String, descriptor: Int32) {
    guard let transport = unsafe session.pointee.transport, let describe = unsafe hooks.describeTransport else {
      return (":0", ":0", -1)
    }
    return unsafe describe(transport)
  }

  /// Whether the client is on this machine: over a Unix socket, in this process, or through a loopback address.
  func isLocal(_ session: SessionPointer) -> Bool {
    if unsafe !session.pointee.flags.isDisjoint(with: [.unixSocket, .embedded]) { return true }
    let address = unsafe addresses(of: session).address
    return address.hasPrefix("127.0.0.1:") || address.hasPrefix("::1:") || address.hasPrefix("[::1]:")
  }

  /// Whether a session counts as a client: embedded calls, scripts, control connections and those that have just been
  /// killed do not.
  func isClient(_ session: SessionPointer) -> Bool {
    unsafe session.pointee.flags.isDisjoint(with: [.embedded, .script, .control, .killed])
  }

  /// The clients, in the order in which they came.
  var clients: [ClientDescription] {
    unsafe sessions.values.filter { unsafe isClient($0) }.map { unsafe description(of: $0) }
      .sorted { $0.identifier < $1.identifier }
  }

  /// The client of an identifier.
  func client(_ identifier: Int64) -> ClientDescription? {
    guard identifier > 0, let session = unsafe sessions[UInt64(identifier)], unsafe isClient(session) else {
      return nil
    }
    return unsafe description(of: session)
  }

  func description(of session: SessionPointer) -> ClientDescription {
    unsafe ClientDescription(session, user(of: session))
  }

  func addresses(of client: ClientDescription) -> (address: String, localAddress: String, descriptor: Int32) {
    unsafe addresses(of: client.session)
  }

  /// How long ago a client was opened, in seconds.
  func age(of client: ClientDescription) -> Int64 { unsafe (waitNow - client.session.pointee.openedAt) / 1_000_000 }

  /// A client's line in CLIENT LIST, without the line's end.
  func line(of client: ClientDescription) -> String {
    let session = unsafe client.session
    let extras = unsafe session.pointee.extras
    let (address, localAddress, descriptor) = unsafe addresses(of: session)
    let memory = unsafe memory(of: session)
    let transaction = extras?.transaction
    var fields: [(StaticString, String)] = unsafe [
      ("id", "\(session.pointee.identifier)"), ("addr", address), ("laddr", localAddress), ("fd", "\(descriptor)"),
      ("name", text(extras?.name)), ("age", "\((waitNow - session.pointee.openedAt) / 1_000_000)"),
      ("idle", "\((waitNow - session.pointee.lastActiveAt) / 1_000_000)"), ("flags", client.flagLetters),
      ("db", "\(session.pointee.database)"), ("sub", "\(extras?.channels.count ?? 0)"),
      ("psub", "\(extras?.patterns.count ?? 0)"), ("ssub", "\(extras?.shardChannels.count ?? 0)"),
      ("multi", "\(transaction?.queue.count ?? -1)"),
    ]
    if emulates74 { fields.append(("watch", "\(extras?.watched.count ?? 0)")) }
    fields += unsafe [
      ("qbuf", "\(memory.input)"), ("qbuf-free", "\(memory.inputFree)"), ("argv-mem", "\(memory.arguments)"),
      ("multi-mem", "\(memory.transaction)"), ("rbs", "0"), ("rbp", "0"),
      ("obl", "0"), ("oll", memory.output > 0 ? "1" : "0"), ("omem", "\(memory.output)"), ("tot-mem", "\(memory.total)"),
      ("events", session.pointee.pending == nil ? "r" : "rw"),
      ("cmd", session.pointee.lastCommand?.pointee.name ?? "NULL"), ("user", text(client.user.name)),
      ("redir", "\(redirection(of: extras))"),
      ("resp", "\(session.pointee.protocolVersion)"),
    ]
    if emulates72 {
      fields.append(("lib-name", text(extras?.libraryName)))
      fields.append(("lib-ver", text(extras?.libraryVersion)))
    }
    // There are no threads of input and output: clients are served by the one that executes.
    if emulates(Version(8, 0)) { fields.append(("io-thread", "0")) }
    return fields.map { "\($0.0)=\($0.1)" }.joined(separator: " ")
  }

  /// Who gets a client's invalidation messages: itself (0), another client, or nobody (-1).
  func redirection(of extras: SessionExtras?) -> Int64 {
    guard let tracking = extras?.tracking else { return -1 }
    return Int64(clamping: tracking.redirection ?? 0)
  }

  /// What all clients own.
  var clientMemory: Int {
    var sum = 0
    for unsafe session in unsafe sessions.values where unsafe isClient(session) {
      sum += unsafe memory(of: session).total
    }
    return sum
  }

  private func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }

  /// The bytes that a session owns, by what they are for.
  func memory(
    of session: SessionPointer
  ) -> (input: Int, inputFree: Int, arguments: Int, transaction: Int, output: Int, total: Int) {
    var input = 0
    var inputFree = 0
    if let held = unsafe session.pointee.input {
      input = unsafe held.pointee.heldCount
      inputFree = unsafe held.pointee.freeCount + held.pointee.expectedCount
    } else if unsafe session == current {
      // Its requests lie in the transport's buffer.
      input = currentInputCount
    }
    let extras = unsafe session.pointee.extras
    let arguments = extras?.blocked?.request.allocatedBytes ?? 0
    let transaction = extras?.transaction?.queue.allocatedBytes ?? 0
    let output = unsafe session.pointee.pending?.pointee.totalCount ?? 0
    var total = MemoryLayout<Session>.stride + input + inputFree + arguments + transaction + output
    if let extras {
      for names in [extras.channels, extras.patterns, extras.shardChannels] {
        total += names.reduce(0) { $0 + $1.count + 48 }
      }
      for key in extras.watched { total += key.key.count + 64 }
    }
    return (input, inputFree, arguments, transaction, output, total)
  }
}

extension ClientDescription {
  /// The `flags` of CLIENT LIST.
  fileprivate var flagLetters: String {
    var letters = ""
    if gates.contains(.monitoring) { letters += "O" }
    if gates.contains(.subscribed) { letters += "P" }
    if unsafe session.pointee.extras?.transaction != nil { letters += "x" }
    if !flags.isDisjoint(with: [.blocked, .held]) { letters += "b" }
    if let tracking = unsafe session.pointee.extras?.tracking {
      letters += "t"
      if tracking.isBroken { letters += "R" }
      if tracking.isBroadcast { letters += "B" }
    }
    if flags.contains(.dirtyWatch) { letters += "d" }
    if flags.contains(.closeAfterReply) { letters += "c" }
    if flags.contains(.unixSocket) { letters += "U" }
    if flags.contains(.noEvict) { letters += "e" }
    if flags.contains(.noTouch) { letters += "T" }
    return letters.isEmpty ? "N" : letters
  }
}

extension Context {
  /// Whether the client is on this machine.
  var isLocal: Bool { unsafe engine.isLocal(sessionPointer) }

  /// The client whose command runs.
  var ownDescription: ClientDescription { unsafe engine.description(of: sessionPointer) }

  /// Closes a client's connection: one's own once the reply has been sent, another's at once.
  func kill(_ client: ClientDescription) {
    if unsafe client.session == sessionPointer {
      session.flags.formUnion([.closeAfterReply, .lingers])
      return
    }
    unsafe Dispatcher(state: state).kill(client.session)
  }

  /// Ends a client's wait in a blocking command; false if it is in none.
  func unblock(_ client: ClientDescription, _ reason: UnblockReason) -> Bool {
    guard client.flags.contains(.blocked) else { return false }
    unsafe Dispatcher(state: state).unblock(client.session, reason)
    return true
  }
}
