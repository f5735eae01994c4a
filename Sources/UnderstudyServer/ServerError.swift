// ServerError: what can go wrong with a server as a whole, told to the host program. What a client does wrong is told
// to the client, and never appears here.
//
// This file says `unsafe`. What keeps it safe: the text is read from a buffer that the call has ended with a
// zero.

internal import CUnderstudyPlatform

package enum ServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A socket could not be listened on: `address` as it was asked for, and the system's error.
  case cannotListen(address: String, code: Int32)
  /// The system has no thread or descriptor left for the loop.
  case noResources(code: Int32)
  /// The control port is to be the clients' port: they are two listeners that speak to different people.
  case portsClash(UInt16)
  /// There is nothing to be a proxy for: the server behind, and why it cannot be used.
  case cannotReach(address: String, reason: String)
  /// The settings of TLS cannot be used: why, in the words of redis-server's log.
  case cannotSecure(String)
  /// The server runs already.
  case alreadyRunning
  /// The server does not run: it was stopped, or never started.
  case notRunning

  package var description: String {
    switch self {
    case .cannotListen(let address, let code): "cannot listen on \(address): \(Self.text(code))"
    case .noResources(let code): "cannot start the server's thread: \(Self.text(code))"
    case .portsClash(let port): "port \(port) cannot be both the clients' port and the control port"
    case .cannotReach(let address, let reason): "cannot use the server behind, \(address): \(reason)"
    case .cannotSecure(let reason): reason
    case .alreadyRunning: "the server runs already"
    case .notRunning: "the server does not run"
    }
  }

  /// What redis-server's log says of an address that cannot be listened at.
  package var warning: String {
    guard case .cannotListen(let address, let code) = self else { return description }
    return "Warning: Could not create server TCP listening socket \(address): bind: \(Self.text(code))"
  }

  /// The system's text for an error number.
  package static func text(_ code: Int32) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress else { return "error \(code)" }
      unsafe understudy_error_text(code, base, buffer.count)
      return unsafe String(cString: base)
    }
  }
}
