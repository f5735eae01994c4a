// CONFIG SET of what the transport carries out: the ports and addresses of a running server, and the settings of TLS.
//
// It happens inside a command, with the engine's lock held, on the loop's thread. Everything new is made at once, so that
// the command can say whether it worked, and nothing is changed if any of it fails. The host has the new listeners at
// once, so that the next command in the same round finds them; the loop watches them, and closes the old ones, after it.
//
// This file may say `unsafe`. What keeps it safe: the listeners of a host are changed on the loop's thread only, which is
// what runs this; those that were taken away belong to the order that has the loop close them.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine

extension Server {
  /// Nil if the changes are carried out, else why not, as redis-server says it; nothing has changed then.
  func apply(_ new: Configuration, _ changed: [String]) -> ConfigurationRefusal? {
    do throws(ConfigurationFailure) {
      // First what can be taken back.
      let factory = try newFilters(new.tls, changed)
      try relisten(new, changed)
      if let factory { filters.factory = factory }
      return nil
    } catch {
      let refusal = error.refusal
      if let reason = error.reason { log?(reason) }
      log?(
        "Failed applying new configuration. Possibly related to new \(refusal.name) setting. Restoring previous settings.")
      return refusal
    }
  }

  /// A refusal, and what the log says of it.
  private struct ConfigurationFailure: Error {
    let refusal: ConfigurationRefusal
    var reason: String?
  }

  /// What makes filters as `settings` say, if they are needed and may have changed. Files are read again.
  private func newFilters(
    _ settings: TLSSettings, _ changed: [String]
  ) throws(ConfigurationFailure) -> (any TransportFilterFactory)? {
    guard settings.isWanted, let name = changed.first(where: { $0.hasPrefix("tls-") }) else { return nil }
    do throws(SecurityRefusal) {
      return try secure(settings)
    } catch {
      throw ConfigurationFailure(refusal: .cannotSecure(name), reason: error.reason)
    }
  }

  // MARK: Listening

  /// A listener's port before and after, and the directive that names it.
  private struct Move {
    let kind: ListeningSocket.Kind
    let name: String
    let old: Int
    let new: Int
    let picks: Bool
  }

  private func relisten(_ new: Configuration, _ changed: [String]) throws(ConfigurationFailure) {
    let old = engine.configuration
    let bindMoves = changed.contains("bind") && new.bindAddresses != old.bindAddresses
    let moves = [
      Move(kind: .tcp, name: "port", old: old.port, new: new.port, picks: new.picksPort),
      Move(kind: .tls, name: "tls-port", old: old.tls.port, new: new.tls.port, picks: new.tls.picksPort),
    ].filter { changed.contains($0.name) && ($0.new != $0.old || $0.picks) || bindMoves }
    guard let first = moves.first else { return }
    let blamed = bindMoves ? ConfigurationRefusal.cannotBind : .cannotListen(first.name)
    if moves.contains(where: \.picks) {
      let name = moves.first(where: \.picks)?.name ?? first.name
      throw ConfigurationFailure(refusal: ConfigurationRefusal(name, "a free port is picked at the start only"))
    }
    // Another thread's call cannot wait for the loop, which may be waiting for the engine.
    guard loop.isCurrent else {
      throw ConfigurationFailure(
        refusal: ConfigurationRefusal(blamed.name, "only a client of the server can change where it listens"))
    }
    for move in moves where move.new != 0 && move.new == old.controlPort {
      throw ConfigurationFailure(refusal: .cannotListen(move.name))
    }
    let failure = withRunning { running -> ConfigurationFailure? in
      guard let host = unsafe running.host else { return ConfigurationFailure(refusal: blamed) }
      let listeners = unsafe host.pointee.listeners.filter { listener in
        guard unsafe listener.pointee.endpoint == 0 else { return false }
        return moves.contains { unsafe $0.kind == listener.pointee.socket.kind }
      }
      // On the same port an old listener stands in the new one's way; on another, the old one may stay until it works.
      if bindMoves { unsafe silence(listeners) }
      do throws(ConfigurationFailure) {
        let sockets = try sockets(moves, new.bindAddresses, bindMoves)
        if !bindMoves { unsafe silence(listeners) }
        unsafe replace(listeners, of: host, by: sockets)
        running.bind = new.bindAddresses
        if bindMoves { running.addresses?.host = Self.reachable(new.bindAddresses.first) }
        for move in moves { running.note(move.kind, UInt16(exactly: move.new)) }
        return nil
      } catch {
        if bindMoves {
          let before = moves.map { Move(kind: $0.kind, name: $0.name, old: $0.old, new: $0.old, picks: false) }
          let again = (try? sockets(before, old.bindAddresses, true)) ?? []
          unsafe replace(listeners, of: host, by: again)
        }
        return error
      }
    }
    guard let failure else { throw ConfigurationFailure(refusal: blamed) }
    if let failure { throw failure }
  }

  /// What `body` answers with the server's state at hand; nil if somebody else is starting or stopping the server at this
  /// moment. That cannot be waited for, because they may wait for the engine; whoever only looks is soon done.
  func withRunning<Result>(_ body: (inout Running) -> Result) -> Result? {
    for _ in 0..<1_000 {
      if let result = running.withLockIfAvailable({ body(&$0) }) { return result }
    }
    return nil
  }

  /// Sockets for all of the moves, or none.
  private func sockets(
    _ moves: [Move], _ bind: [String], _ bindMoves: Bool
  ) throws(ConfigurationFailure) -> [ListeningSocket] {
    var options = options
    options.bind = bind
    var sockets: [ListeningSocket] = []
    for move in moves {
      do throws(ServerError) {
        let choice = UInt16(exactly: move.new).map { $0 == 0 ? PortChoice.none : .fixed($0) } ?? .none
        _ = try Listening.tcp(options, choice, move.kind, into: &sockets)
      } catch {
        for socket in sockets { socket.close() }
        throw ConfigurationFailure(
          refusal: bindMoves ? .cannotBind : .cannotListen(move.name), reason: error.warning)
      }
    }
    return sockets
  }

  private func replace(_ old: [ListenerPointer], of host: HostPointer, by sockets: [ListeningSocket]) {
    unsafe host.pointee.listeners.removeAll { unsafe old.contains($0) }
    let refused = engine.refusedEndpoints
    let added = unsafe sockets.map { unsafe Host.add($0, to: host, refused: refused) }
    unsafe loop.relisten(host, added: added, removed: old)
  }

  private func silence(_ listeners: [ListenerPointer]) {
    for unsafe listener in unsafe listeners { unsafe understudy_silence(listener.pointee.socket.descriptor) }
  }
}

extension Server.Running {
  fileprivate mutating func note(_ kind: ListeningSocket.Kind, _ port: UInt16?) {
    let port = port == 0 ? nil : port
    if kind == .tls { addresses?.tlsPort = port } else { addresses?.port = port }
  }
}
