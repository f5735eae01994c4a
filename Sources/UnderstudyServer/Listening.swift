// Listening: from what a server was asked to listen on to sockets that do.
//
// This file says `unsafe`. What keeps it safe: the calls are given Swift strings, and places that live until
// they return.

internal import CUnderstudyPlatform

/// A socket that listens and is not yet in a loop's hands.
struct ListeningSocket {
  enum Kind {
    case tcp
    /// TCP, with a filter before the connection.
    case tls
    case unix
    case control
  }

  let descriptor: Int32
  let kind: Kind
  /// Only this machine can reach it.
  var isPrivate = false
  /// The file to remove when the socket is closed.
  var path: String?

  func close() {
    understudy_close(descriptor)
    if let path { unsafe understudy_unlink(path) }
  }
}

enum Listening {
  /// How often a free port is sought that is free on every address.
  private static let attempts = 16

  /// Listens on every address of `options.bind`; nil for no port, else the port.
  static func tcp(
    _ options: ServerOptions, _ port: PortChoice, _ kind: ListeningSocket.Kind, into sockets: inout [ListeningSocket]
  ) throws(ServerError) -> UInt16? {
    switch port {
    case .none: return nil
    case .fixed(let number): return try all(options, number, kind, &sockets)
    case .automatic:
      for _ in 1..<attempts {
        let before = sockets.count
        do {
          return try all(options, 0, kind, &sockets)
        } catch {
          // Free on the first address, taken on another one.
          guard case .cannotListen(_, let code) = error, understudy_is_address_in_use(code) else { throw error }
          for socket in sockets[before...] { socket.close() }
          sockets.removeSubrange(before...)
        }
      }
      return try all(options, 0, kind, &sockets)
    }
  }

  /// The addresses among those given that no other machine reaches; the loopback addresses if there is none.
  static func loopback(of bind: [String]) -> [String] {
    let given = bind.filter(isLoopback)
    return given.isEmpty ? ["-127.0.0.1", "-::1"] : given
  }

  private static func isLoopback(_ address: String) -> Bool {
    let host = address.hasPrefix("-") ? String(address.dropFirst()) : address
    return host.hasPrefix("127.") || host == "::1" || host == "localhost"
  }

  private static func all(
    _ options: ServerOptions, _ wanted: UInt16, _ kind: ListeningSocket.Kind, _ sockets: inout [ListeningSocket]
  ) throws(ServerError) -> UInt16? {
    var port = wanted
    var bound = false
    for entry in options.bind {
      let isOptional = entry.hasPrefix("-")
      let host = isOptional ? String(entry.dropFirst()) : entry
      var given: UInt16 = 0
      let result = unsafe understudy_listen_tcp(host, port, options.backlog, &given)
      guard result >= 0 else {
        if isOptional && understudy_is_address_missing(-result) { continue }
        let shown = host.contains(":") ? "[\(host)]" : host
        throw .cannotListen(address: "\(shown):\(port)", code: -result)
      }
      port = given
      bound = true
      sockets.append(
        ListeningSocket(descriptor: result, kind: kind, isPrivate: isLoopback(host)))
    }
    return bound ? port : nil
  }

  static func unix(
    _ options: ServerOptions, _ path: String, into sockets: inout [ListeningSocket]
  ) throws(ServerError) {
    let result = unsafe understudy_listen_unix(path, options.unixSocketPermissions, options.backlog)
    guard result >= 0 else { throw .cannotListen(address: path, code: -result) }
    sockets.append(ListeningSocket(descriptor: result, kind: .unix, isPrivate: true, path: path))
  }
}
