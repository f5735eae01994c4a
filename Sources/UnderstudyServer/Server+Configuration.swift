// CONFIG SET of what the transport carries out: the TCP port and the addresses of a running server.
//
// It happens inside a command, with the engine's lock held, on the loop's thread. The new sockets are made at once, so
// that the command can say whether it worked; the loop takes them, and lets go of the old ones, after its round.
//
// This file may say `unsafe`. What keeps it safe: the listeners of a host are changed by the loop between rounds only,
// and the loop is what runs this.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine

extension Server {
  /// Nil if the changes are carried out, else why not, as redis-server says it; nothing has changed then.
  func apply(_ new: Configuration, _ changed: [String]) -> String? {
    let old = engine.configuration
    let isMoving = new.port != old.port || new.picksPort || new.bindAddresses != old.bindAddresses
    if changed.contains("port") || changed.contains("bind"), isMoving, let refusal = relisten(new, old) {
      return refusal
    }
    return applyRest?(new, changed)
  }

  private func relisten(_ new: Configuration, _ old: Configuration) -> String? {
    if new.picksPort { return "a free port is picked at the start only" }
    // Another thread's call cannot wait for the loop, which may be waiting for the engine.
    guard loop.isCurrent else { return "only a client of the server can change where it listens" }
    let refusal: String =
      new.port == old.port ? "Failed to bind to specified addresses." : "Unable to listen on this port. Check server logs."
    guard let port = UInt16(exactly: new.port), port == 0 || Int(port) != old.controlPort else { return refusal }
    let isDone = running.withLockIfAvailable { running in
      guard let host = unsafe running.host else { return false }
      let listeners = unsafe host.pointee.listeners.filter {
        unsafe !$0.pointee.socket.isUnix && !$0.pointee.socket.isControl
      }
      // On the same port an old listener stands in the new one's way; on another, the old one may stay until it works.
      if new.port == old.port { unsafe silence(listeners) }
      do {
        let sockets = try sockets(new.bindAddresses, port)
        if new.port != old.port { unsafe silence(listeners) }
        unsafe loop.relisten(host, sockets, silenced: listeners)
        running.bind = new.bindAddresses
        running.addresses?.port = port == 0 ? nil : port
        return true
      } catch {
        if new.port == old.port, let again = try? sockets(old.bindAddresses, port) {
          unsafe loop.relisten(host, again, silenced: listeners)
        }
        return false
      }
    }
    return isDone == true ? nil : refusal
  }

  private func sockets(_ bind: [String], _ port: UInt16) throws(ServerError) -> [ListeningSocket] {
    var options = options
    options.bind = bind
    var sockets: [ListeningSocket] = []
    do {
      _ = try Listening.tcp(options, port == 0 ? .none : .fixed(port), isControl: false, into: &sockets)
      return sockets
    } catch {
      for socket in sockets { socket.close() }
      throw error
    }
  }

  private func silence(_ listeners: [ListenerPointer]) {
    for unsafe listener in unsafe listeners { unsafe understudy_silence(listener.pointee.socket.descriptor) }
  }
}
