// TLSClient: a Redis client behind TLS that hides nothing, as RawClient is one without it.

import Testing
import UnderstudyTestSupport

final class TLSClient {
  let peer: Peer
  let socket: RawClient

  struct Broken: Error, CustomStringConvertible { let description: String }

  /// Connects, and shakes hands unless told not to.
  init(port: Int, _ context: TLSContext, host: String? = "localhost", shakesHands: Bool = true) throws {
    peer = try Peer(client: context, host: host)
    socket = try RawClient(.tcp(host: "127.0.0.1", port: port))
    peer.feed([])
    if shakesHands { try shakeHands() }
  }

  func shakeHands() throws {
    try flush()
    while !peer.isEstablished { try receiveSome() }
    try flush()
  }

  func flush() throws {
    let output = peer.takeOutput()
    if !output.isEmpty { try socket.send(output) }
  }

  /// Waits for bytes; false at the end, said or not.
  @discardableResult
  func receiveSome() throws -> Bool {
    let bytes = try socket.receiveBytes()
    if bytes.isEmpty {
      if !peer.isEstablished { throw Broken(description: "closed in the handshake; \(peer.failure)") }
      return false
    }
    peer.feed(bytes, capacity: 65536)
    if peer.isBroken { throw Broken(description: peer.failure) }
    // Answers to what came: keys, or the end of a handshake.
    try flush()
    return !peer.hasEnded
  }

  func send(_ bytes: [UInt8]) throws {
    var sealed = 0
    while sealed < bytes.count {
      let count = peer.seal([bytes], skipping: sealed)
      guard count > 0 else { throw Broken(description: "cannot seal: \(peer.failure)") }
      sealed += count
      try flush()
    }
  }

  func command(_ arguments: Argument...) throws -> RESPValue {
    try send(encodeCommand(arguments))
    return try receiveValue()
  }

  func receiveValue() throws -> RESPValue {
    var scanner = FrameScanner()
    var hasEnded = false
    while true {
      if let length = try scanner.frameLength(in: peer.plain) {
        let frame = Array(peer.plain[..<length])
        peer.plain.removeFirst(length)
        return try RESPValue(parsing: frame)
      }
      if hasEnded { throw Broken(description: "the server closed the connection") }
      // The end may come together with the last words.
      hasEnded = try !receiveSome()
    }
  }

  /// Reads until the server closes; true if it has said so before.
  func receiveEnd() throws -> Bool {
    while try !peer.hasEnded && receiveSome() {}
    return peer.hasEnded
  }
}

extension RESPValue {
  static func bulk(text: String) -> RESPValue { .bulk(Array(text.utf8)) }

  var bytes: [UInt8]? { if case .bulk(let bytes) = self { bytes } else { nil } }

  var array: [RESPValue]? {
    switch self {
    case .array(let values), .push(let values): values
    default: nil
    }
  }

  var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}
