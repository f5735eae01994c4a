// Client-side caching (CLIENT TRACKING): clients that keep what they have read are told when it has changed.
//
// In the plain form the keys of a client's reading commands are noted behind each command (`rememberKeys`) and told once,
// when they change; in the broadcasting form every change under a prefix is told, as soon as the requests at hand have
// run. Changes come here from `EngineState.touched`. A message to the client whose own command made the change goes
// behind that command's reply, or the reply to the EXEC or the script around it (`pushbox`).
//
// This file may say `unsafe`. What keeps it safe: clients are kept by identifier and looked up again; everything happens
// under the engine's lock.

/// What a client has asked for.
struct TrackingMode {
  var isBroadcast = false
  var isOptIn = false
  var isOptOut = false
  var isNoLoop = false
  /// Who gets the messages in its place.
  var redirection: UInt64?
  /// In the order in which they were given; the empty prefix stands for all keys.
  var prefixes: [[UInt8]] = []
  /// The client that should get the messages has gone.
  var isBroken = false
  /// CLIENT CACHING was said: the keys of the next command are noted (OPTIN) or not noted (OPTOUT).
  var isCachingNoted = false

  /// Whether the keys of the command that runs are noted.
  var notesKeys: Bool {
    if isBroadcast { return false }
    if isOptIn { return isCachingNoted }
    if isOptOut { return !isCachingNoted }
    return true
  }
}

/// What the engine knows of all who track.
struct TrackingState {
  var keys = TrackedKeys()
  var prefixes = TrackedPrefixes()
  /// Clients that track, in whatever form.
  var clients: Set<UInt64> = []
  /// The keys that the call of a script has declared, if its caller tracks: what is noted when the script reads, before
  /// version 7.2.
  var scriptKeys: [[UInt8]] = []
}

extension Dispatcher {
  /// CLIENT TRACKING ON, behind its checks. A client that tracks already may change how.
  func startTracking(_ session: SessionPointer, _ mode: TrackingMode) {
    let extras = unsafe session.pointee.extra
    var mode = mode
    let added = mode.isBroadcast && mode.prefixes.isEmpty ? [[]] : mode.prefixes
    if let known = extras.tracking { mode.prefixes = known.prefixes + added.filter { !known.prefixes.contains($0) } }
    else { mode.prefixes = added }
    extras.tracking = mode
    let identifier = unsafe session.pointee.identifier
    for prefix in added { unsafe state.pointee.tracking.prefixes.add(identifier, prefix) }
    unsafe state.pointee.tracking.clients.insert(identifier)
    unsafe state.pointee.interest.insert(.tracking)
    unsafe session.pointee.gates.insert(.tracking)
  }

  /// Tracks no more. Keys that were noted are forgotten when they change.
  func stopTracking(_ session: SessionPointer) {
    guard let extras = unsafe session.pointee.extras, let mode = extras.tracking else { return }
    let identifier = unsafe session.pointee.identifier
    for prefix in mode.prefixes { unsafe state.pointee.tracking.prefixes.remove(identifier, prefix) }
    unsafe state.pointee.tracking.clients.remove(identifier)
    extras.tracking = nil
    unsafe session.pointee.gates.remove(.tracking)
    unsafe state.pointee.followTracking()
  }

  /// Notes the keys that a command of `session` has read, if its client, or the client whose script it is, wants that.
  @inline(never)
  func rememberKeys(_ session: SessionPointer, _ entry: DispatchPointer, _ arguments: Arguments) {
    let flags = unsafe entry.pointee.flags
    guard flags.contains(.readOnly), !flags.contains(.pubSub), let client = unsafe tracker(behind: session),
      unsafe client.pointee.extras?.tracking?.notesKeys == true
    else { return }
    let identifier = unsafe client.pointee.identifier
    if unsafe session.pointee.flags.contains(.script) {
      // Before 7.2 what a script reads counts as a reading of the keys that it was given.
      if unsafe !state.pointee.emulates72 {
        for name in unsafe state.pointee.tracking.scriptKeys {
          name.withBytes { unsafe state.pointee.remember($0, for: identifier) }
        }
        return
      }
    } else if unsafe entry.pointee.command.group == .scripting {
      // Of a script that only reads, the commands that it called have been noted.
      return
    }
    guard unsafe entry.pointee.command.isBalanced(arguments) else { return }
    for key in unsafe entry.pointee.command.locateKeys(arguments) where key.position < arguments.count {
      unsafe state.pointee.remember(arguments[key.position], for: identifier)
    }
    if unsafe state.pointee.tracking.keys.count > state.pointee.trackingLimit { unsafe state.pointee.tellTransport() }
  }

  /// Whose command it is: a script's calls are its caller's.
  private func tracker(behind session: SessionPointer) -> SessionPointer? {
    guard unsafe session.pointee.flags.contains(.script) else { return unsafe session }
    guard let machine = unsafe state.pointee.scripting.machine else { return nil }
    return unsafe state.pointee.sessions[machine.pointee.running.caller]
  }

  /// A script of `session` begins: its calls are seen if the client tracks.
  @inline(__always)
  func prepareTracking(of scripts: SessionPointer, for session: SessionPointer, _ keys: () -> [[UInt8]]) {
    if unsafe session.pointee.gates.contains(.tracking) {
      unsafe scripts.pointee.gates.insert(.tracking)
      unsafe state.pointee.tracking.scriptKeys = state.pointee.emulates72 ? [] : keys()
    } else {
      unsafe scripts.pointee.gates.remove(.tracking)
    }
  }

  /// The end of a command of a client that tracks: CLIENT CACHING holds for one command, or one transaction.
  func finishTracking(_ session: SessionPointer, _ entry: DispatchPointer?) {
    guard let extras = unsafe session.pointee.extras, extras.tracking?.isCachingNoted == true,
      unsafe !session.pointee.gates.contains(.transaction), unsafe entry?.pointee.name.hasPrefix("client|") != true
    else { return }
    extras.tracking?.isCachingNoted = false
  }
}

extension EngineState {
  /// The most keys that are kept; 0 in the configuration means no limit.
  var trackingLimit: Int {
    configuration.trackingTableLimit == 0 ? .max : configuration.trackingTableLimit
  }

  /// Makes the interest in changes agree with what there is to track.
  mutating func followTracking() {
    if tracking.clients.isEmpty && tracking.keys.isEmpty { interest.remove(.tracking) }
  }

  fileprivate mutating func remember(_ name: Bytes, for client: UInt64) {
    let hash = KeyHash.hash(name, seed: hashSeed)
    if let replaced = tracking.keys.insert(name, hash: hash, client: client) { tell(replaced, causedBy: nil) }
  }

  /// A key was changed, or has expired: those who have it hear of it.
  mutating func invalidate(_ key: Key, _ eventClass: NotificationClass) {
    let cause = unsafe current?.pointee.identifier
    if !tracking.prefixes.isEmpty {
      // Nobody changes a key that expires or is evicted, whoever finds it gone; and what a script changes is not its
      // caller's doing here, though in the plain form it is.
      let isChange = eventClass.isDisjoint(with: [.expired, .evicted]) && !scripting.isCalling
      tracking.prefixes.note(key.bytes, by: isChange ? cause : nil)
      if tracking.prefixes.hasChanges { tellTransport() }
    }
    if let changed = tracking.keys.remove(key.bytes, hash: key.hash) { tell(changed, causedBy: cause) }
  }

  private mutating func tell(_ changed: TrackedKey, causedBy cause: UInt64?) {
    for identifier in changed.clients {
      guard let client = unsafe sessions[identifier], let mode = unsafe client.pointee.extras?.tracking,
        !mode.isBroadcast, !(mode.isNoLoop && identifier == cause)
      else { continue }
      unsafe invalidate([changed.name], at: client)
    }
  }

  /// All keys have gone, of one database or of all: everybody is told, and the table begins anew.
  mutating func invalidateAll() {
    for identifier in tracking.clients.sorted() {
      if let client = unsafe sessions[identifier] { unsafe invalidate(nil, at: client) }
    }
    tracking.keys = TrackedKeys()
    followTracking()
  }

  /// Tells what was changed under prefixes. One of the engine's tasks.
  mutating func tellPrefixes() {
    guard tracking.prefixes.hasChanges else { return }
    for prefix in tracking.prefixes.takeChanges() {
      let names = prefix.changed.keys.sorted { $0.lexicographicallyPrecedes($1) }
      for identifier in prefix.clients {
        guard let client = unsafe sessions[identifier], let mode = unsafe client.pointee.extras?.tracking else { continue }
        let wanted = mode.isNoLoop ? names.filter { prefix.changed[$0] != .some(.some(identifier)) } : names
        if !wanted.isEmpty { unsafe invalidate(wanted, at: client) }
      }
    }
  }

  /// Forgets keys over the limit; whoever has them is told that they have changed. One of the engine's tasks.
  mutating func limitTracking() {
    while tracking.keys.count > trackingLimit, let dropped = tracking.keys.removeAny(random.next()) {
      tell(dropped, causedBy: nil)
    }
  }

  /// Writes the message that keys, or with nil all keys, are no longer what they were.
  private mutating func invalidate(_ names: [[UInt8]]?, at client: SessionPointer) {
    let mode = unsafe client.pointee.extras?.tracking
    var target = unsafe client
    if let redirection = mode?.redirection {
      guard let found = unsafe sessions[redirection], unsafe isClient(found) else {
        return unsafe tellBroken(client, redirection)
      }
      unsafe target = found
    }
    let isRedirected = mode?.redirection != nil
    let version = unsafe target.pointee.protocolVersion
    if version < 3 && !(isRedirected && (unsafe target.pointee.gates.contains(.subscribed))) { return }
    // A client that is told of its own change hears of it behind the reply, in every version.
    let reply = unsafe Reply(pushbox(of: target, always: target == client), version: version)
    if version < 3 {
      reply.push(3)
      reply.bulk("message")
      reply.bulk("__redis__:invalidate")
    } else {
      reply.push(2)
      reply.bulk("invalidate")
    }
    if let names {
      reply.array(names.count)
      for name in names { name.withBytes { reply.bulk($0) } }
    } else {
      // As the client that tracks would read it, even if another one does.
      unsafe Reply(reply.buffer, version: client.pointee.protocolVersion).null()
    }
    unsafe finishPush(to: target, reply.buffer)
  }

  private mutating func tellBroken(_ client: SessionPointer, _ redirection: UInt64) {
    unsafe client.pointee.extras?.tracking?.isBroken = true
    guard unsafe client.pointee.protocolVersion >= 3 else { return }
    let reply = unsafe Reply(pushbox(of: client, always: true), version: 3)
    reply.push(2)
    reply.bulk("tracking-redir-broken")
    reply.integer(Int64(truncatingIfNeeded: redirection))
  }
}
