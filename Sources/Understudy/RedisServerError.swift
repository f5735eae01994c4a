// What can go wrong with a server that is used from Swift. Errors of the protocol are `reply`; the rest are the host's.

/// An error of a server, or of a call to it.
public enum RedisServerError: Error, Sendable, Equatable {
  /// The address cannot be listened at: it is taken, not ours, or not allowed.
  case cannotBind(address: String, reason: String)
  /// The server that a proxy is to stand before does not answer, or is none.
  case cannotReach(address: String, reason: String)
  /// `start` of a server that is running.
  case alreadyRunning
  /// Use of a server that has not been started, or has been stopped.
  case notRunning
  /// An option that makes no sense, with the server's own words.
  case invalidOption(String)
  /// A client's script has been running for longer than its time limit, and calls must wait no longer.
  case busy
  /// A call from inside the server's own callbacks, which could never return.
  case reentrantCall
  /// What was waited for has not come about in time; the text tells what there is instead.
  case timedOut(String)
  /// The command answered with an error: its text, as `ERR syntax error`.
  case reply(String)
}

extension RedisServerError: CustomStringConvertible {
  /// What went wrong, as a sentence for people.
  public var description: String {
    switch self {
    case .cannotBind(let address, let reason): "cannot listen at \(address): \(reason)"
    case .cannotReach(let address, let reason): "cannot use the server behind, \(address): \(reason)"
    case .alreadyRunning: "the server is running already"
    case .notRunning: "the server is not running"
    case .invalidOption(let text): text
    case .busy: "busy: a script is running for longer than its time limit"
    case .reentrantCall: "a call from inside the server's own callback"
    case .timedOut(let text): "timed out: \(text)"
    case .reply(let text): text
    }
  }
}
