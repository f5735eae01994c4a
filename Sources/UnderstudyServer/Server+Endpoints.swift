// Endpoints: listeners that a running server is given, one for each client under test, over the same data.
//
// They are opened inside a control command or a call from Swift, with the engine's lock held: the socket is made at once,
// so that a port can be answered and a failure told; the loop watches it from its next round. They live as long as the
// server runs; a restart makes those that are open again, on the same ports.
//
// This file may say `unsafe`. What keeps it safe: a host's list of listeners is changed under the engine's lock, by the
// loop's thread or by whoever holds `running`, which the loop's own changes hold too.

internal import CUnderstudyPlatform
internal import Synchronization
internal import UnderstudyEngine

/// A listener that an endpoint has, to be made again when the server restarts.
struct EndpointSocket: Sendable {
  let number: Int
  let listener: EndpointListener
  let port: UInt16?
}

extension Server {
  /// Lets the engine open and close endpoints. Call it under the engine's lock.
  func serveEndpoints() {
    engine.openEndpointListener = { [weak self] number, listener in
      self?.openEndpoint(number, listener) ?? .failure(EndpointRefusal("the server is gone"))
    }
    engine.setListening = { [weak self] number, listens in
      guard let self else { return EndpointRefusal("the server is gone") }
      return setListening(number, listens)
    }
    engine.closeEndpointListener = { [weak self] number in self?.closeEndpoint(number) }
  }

  private func openEndpoint(_ number: Int, _ listener: EndpointListener) -> Result<Int?, EndpointRefusal> {
    let result = withRunning { running -> Result<Int?, EndpointRefusal> in
      guard let host = unsafe running.host else { return .failure(EndpointRefusal("the server is not running")) }
      var sockets: [ListeningSocket] = []
      do throws(ServerError) {
        if listener == .tls { try secureIfNeeded(engine.configuration.tls) }
        let port = try listen(running.bind, listener, port: .automatic, into: &sockets)
        let refused = engine.refusedEndpoints
        let added = unsafe sockets.map { unsafe Host.add($0, to: host, endpoint: number, refused: refused) }
        unsafe loop.relisten(host, added: added, removed: [])
        running.endpoints.append(EndpointSocket(number: number, listener: listener, port: port))
        return .success(port.map { Int($0) })
      } catch {
        return .failure(EndpointRefusal(error.description))
      }
    }
    return result ?? .failure(EndpointRefusal("the server is being started or stopped"))
  }

  private func closeEndpoint(_ number: Int) {
    _ = withRunning { running -> Bool in
      running.endpoints.removeAll { $0.number == number }
      guard let host = unsafe running.host else { return true }
      let removed = unsafe host.pointee.listeners.filter { unsafe $0.pointee.endpoint == number }
      unsafe host.pointee.listeners.removeAll { unsafe removed.contains($0) }
      for unsafe listener in unsafe removed { unsafe understudy_silence(listener.pointee.socket.descriptor) }
      unsafe loop.relisten(host, added: [], removed: removed)
      return true
    }
  }

  /// Has an endpoint refuse whoever connects, or take connections again.
  private func setListening(_ number: Int, _ listens: Bool) -> EndpointRefusal? {
    let result = withRunning { running -> EndpointRefusal? in
      guard let host = unsafe running.host else { return EndpointRefusal("the server is not running") }
      return unsafe setListening(host, number, listens)
    }
    return result ?? EndpointRefusal("the server is being started or stopped")
  }

  private func setListening(_ host: HostPointer, _ number: Int, _ listens: Bool) -> EndpointRefusal? {
    let listeners = unsafe host.pointee.listeners.filter { unsafe $0.pointee.endpoint == number && $0.pointee.socket.kind != .control }
    for unsafe listener in unsafe listeners {
      let descriptor = unsafe listener.pointee.socket.descriptor
      let result = listens ? understudy_listen_again(descriptor, options.backlog) : understudy_stop_listening(descriptor)
      if result < 0 { return EndpointRefusal(ServerError.text(-result)) }
    }
    unsafe loop.rewatch(host, listeners, listens: listens)
    return nil
  }

  /// Makes what TLS is made by, unless it is there.
  func secureIfNeeded(_ settings: TLSSettings) throws(ServerError) {
    guard filters.factory == nil else { return }
    do throws(SecurityRefusal) { filters.factory = try secure(settings) } catch { throw .cannotSecure(error.reason) }
  }

  /// The sockets of one endpoint; answers their port.
  func listen(
    _ bind: [String], _ listener: EndpointListener, port: PortChoice, into sockets: inout [ListeningSocket]
  ) throws(ServerError) -> UInt16? {
    var options = options
    options.bind = bind
    switch listener {
    case .tcp: return try Listening.tcp(options, port, .tcp, into: &sockets)
    case .tls: return try Listening.tcp(options, port, .tls, into: &sockets)
    case .unix(let path):
      try Listening.unix(options, path, into: &sockets)
      return nil
    }
  }
}
