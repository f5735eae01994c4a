// ClientEviction: `maxmemory-clients`. When what clients own together (half requests, transactions, subscriptions, output
// that waits) is over the limit, the largest are closed until it is not, but for those that said CLIENT NO-EVICT.
//
// Who sends or is sent something is looked at then (`noteClientMemory`), so the sum costs nothing to keep, and nobody
// looks without a limit. The clients are closed between batches, as by CLIENT KILL.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, under the engine's lock.

struct ClientMemory {
  /// Bytes; 0 is no limit.
  var limit: Int64 = 0
  /// What the clients owned when they were last looked at.
  var total: Int64 = 0
}

extension EngineState {
  /// Looks at what a client owns now.
  @inline(__always)
  mutating func noteClientMemory(_ session: SessionPointer) {
    if ownedByClients.limit > 0 { unsafe lookAtClient(session) }
  }

  @inline(never)
  private mutating func lookAtClient(_ session: SessionPointer) {
    let counts = unsafe isClient(session) && !session.pointee.flags.contains(.noEvict)
    let owned = unsafe counts ? Int64(memory(of: session).total) : 0
    unsafe ownedByClients.total &+= owned &- session.pointee.countedMemory
    unsafe session.pointee.countedMemory = owned
    if ownedByClients.total > ownedByClients.limit { unsafe tasksChanged.pointee = true }
  }

  /// A client goes.
  mutating func forgetClientMemory(_ session: SessionPointer) {
    unsafe ownedByClients.total &-= session.pointee.countedMemory
    unsafe session.pointee.countedMemory = 0
  }

  /// The limit, or what it is a part of, has been changed.
  mutating func followClientMemoryLimit() {
    ownedByClients.limit = configuration.clientMemoryLimit
    for unsafe session in unsafe sessions.values {
      if ownedByClients.limit > 0 { unsafe noteClientMemory(session) } else { unsafe forgetClientMemory(session) }
    }
  }
}

extension Dispatcher {
  /// Closes clients until they fit: one of the engine's tasks.
  func evictClients() {
    while unsafe state.pointee.ownedByClients.total > state.pointee.ownedByClients.limit {
      let largest = unsafe state.pointee.sessions.values.max {
        // Of equals the oldest goes.
        unsafe ($0.pointee.countedMemory, $1.pointee.identifier) < ($1.pointee.countedMemory, $0.pointee.identifier)
      }
      guard let largest = unsafe largest, unsafe largest.pointee.countedMemory > 0 else { return }
      unsafe state.pointee.forgetClientMemory(largest)
      unsafe state.pointee.statistics.evictedClients += 1
      unsafe kill(largest)
    }
  }

  /// Closes a client's connection at once.
  func kill(_ session: SessionPointer) {
    unsafe release(session)
    unsafe session.pointee.flags.insert(.killed)
    unsafe state.pointee.queueFlush(session)
  }
}
