// Peers: the ends of TLS connections that the tests have in their hands: in memory, and at a socket.
//
// The client's side is OpenSSL too, through the same C functions: what they do is checked against other people's clients
// in UnderstudyCommandTests.

import CUnderstudyTLS
import Foundation
import Testing
import UnderstudyEngine
import UnderstudyTLS
import UnderstudyTestSupport

/// A C context with an owner.
@safe final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  struct Refused: Error { let text: String }

  init(isServer: Bool) throws { unsafe pointer = try #require(unsafe understudy_tls_context_create(isServer)) }
  deinit { unsafe understudy_tls_context_free(pointer) }

  func check(_ isDone: Bool) throws {
    if !isDone { throw unsafe Refused(text: String(cString: understudy_tls_context_error(pointer))) }
  }

  static func server(_ files: TestIdentities.Files, protocols: String = "") throws -> TLSContext {
    let context = try TLSContext(isServer: true)
    try unsafe context.check(understudy_tls_use_protocols(context.pointer, protocols))
    try unsafe context.check(understudy_tls_use_certificate(context.pointer, files.serverCertificate))
    try unsafe context.check(understudy_tls_use_key(context.pointer, files.serverKey, ""))
    unsafe understudy_tls_cache_sessions(context.pointer, true, 100, 300)
    return context
  }

  /// A client that trusts the authority; `certificate` and `key` are what it shows.
  static func client(
    trusting authority: String, protocols: String = "", certificate: String? = nil, key: String? = nil
  ) throws -> TLSContext {
    let context = try TLSContext(isServer: false)
    try unsafe context.check(understudy_tls_use_protocols(context.pointer, protocols))
    try unsafe context.check(understudy_tls_use_authorities(context.pointer, authority, ""))
    if let certificate, let key {
      try unsafe context.check(understudy_tls_use_certificate(context.pointer, certificate))
      try unsafe context.check(understudy_tls_use_key(context.pointer, key, ""))
    }
    return context
  }
}

/// One end of a connection in memory.
@safe final class Peer {
  let pointer: OpaquePointer
  /// What it has been told so far.
  var plain: [UInt8] = []
  private(set) var hasEnded = false
  private(set) var isBroken = false

  init(server context: TLSContext) throws {
    unsafe pointer = try #require(unsafe understudy_tls_accept(context.pointer))
  }

  init(client context: TLSContext, host: String? = "localhost") throws {
    unsafe pointer = try #require(unsafe understudy_tls_connect(context.pointer, host))
  }

  deinit { unsafe understudy_tls_free(pointer) }

  var isEstablished: Bool { unsafe understudy_tls_is_established(pointer) }
  var failure: String { unsafe String(cString: understudy_tls_failure(pointer)) }
  var protocolName: String { unsafe String(cString: understudy_tls_protocol(pointer)) }

  /// Hands bytes in and opens what there is.
  /// - Parameter capacity: how much is opened at once
  func feed(_ bytes: [UInt8], capacity: Int = 4096) {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe understudy_tls_offer(pointer, bytes.baseAddress, bytes.count)
      var target = [UInt8](repeating: 0, count: capacity)
      while true {
        let result = unsafe target.withUnsafeMutableBytes { unsafe understudy_tls_open(pointer, $0.baseAddress, $0.count) }
        if result > 0 {
          plain += target[..<result]
          continue
        }
        hasEnded = hasEnded || result == UNDERSTUDY_TLS_ENDED
        isBroken = isBroken || result == UNDERSTUDY_TLS_BROKEN
        break
      }
      unsafe understudy_tls_offer(pointer, nil, 0)
    }
  }

  func feedEnd() {
    unsafe understudy_tls_offer_end(pointer)
    feed([])
  }

  /// Takes up to `limit` bytes for the other end away.
  func takeOutput(_ limit: Int = Int.max) -> [UInt8] {
    var count = 0
    guard let base = unsafe understudy_tls_output(pointer, &count) else { return [] }
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: base, count: min(count, limit)))
    unsafe understudy_tls_output_sent(pointer, bytes.count)
    return bytes
  }

  /// Seals parts, as far as one call does.
  @discardableResult
  func seal(_ parts: [[UInt8]], skipping: Int = 0) -> Int {
    unsafe withSegments(parts) { unsafe understudy_tls_seal(pointer, $0, Int32($1), skipping) }
  }

  func finish() { unsafe understudy_tls_finish(pointer) }
}

/// Lends parts as segments.
func withSegments<Result>(
  _ parts: [[UInt8]], _ body: (UnsafePointer<OutputSegment>, Int) throws -> Result
) rethrows -> Result {
  let joined = parts.flatMap { $0 }
  return try unsafe joined.withUnsafeBytes { bytes in
    var segments: [OutputSegment] = unsafe []
    var offset = 0
    for part in parts {
      let start = unsafe UnsafeRawPointer(bitPattern: UInt(bitPattern: bytes.baseAddress) + UInt(offset))
      unsafe segments.append(unsafe OutputSegment(bytes: start, count: part.count))
      offset += part.count
    }
    return try unsafe segments.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        var none = unsafe OutputSegment()
        return try unsafe body(&none, 0)
      }
      return try unsafe body(base, buffer.count)
    }
  }
}

/// Lets two ends talk until neither has anything to say; each delivery is cut into runs of `step` bytes.
func talk(_ client: Peer, _ server: Peer, step: Int = Int.max) {
  client.feed([])
  while true {
    let there = client.takeOutput(), back = server.takeOutput()
    if there.isEmpty && back.isEmpty { return }
    for run in there.runs(of: step) { server.feed(run) }
    for run in back.runs(of: step) { client.feed(run) }
  }
}

extension Array where Element == UInt8 {
  func runs(of step: Int) -> [[UInt8]] {
    stride(from: 0, to: count, by: Swift.min(step, Swift.max(count, 1))).map {
      Array(self[$0..<Swift.min(count, $0 &+ Swift.min(step, count))])
    }
  }
}

/// Certificates in a folder that goes with the test.
final class IdentityFolder: Sendable {
  let identities: TestIdentities
  let files: TestIdentities.Files

  init(validFrom: Int64? = nil, validFor: Duration = .seconds(86_400), names: [String] = []) throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("understudy-tls-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    identities = try TestIdentities(validFrom: validFrom, validFor: validFor, names: names)
    files = try identities.write(to: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: files.folder) }

  func file(_ name: String, _ text: String) throws -> String {
    let path = "\(files.folder)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  /// For tests that only need some.
  static let shared = Result { try IdentityFolder() }
}
