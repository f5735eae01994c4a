// UpstreamProbe: a proxy's first word with the server behind, before it has an engine: whether it is there, and what it is,
// so that commands are understood as that server understands them.
//
// This file may say `unsafe`. What keeps it safe: buffers are lent for the time of one call.

internal import CUnderstudyPlatform
package import UnderstudyEngine

extension Configuration {
  /// If this is a proxy's: asks the server behind who it is, and takes over its version and number of databases, and the
  /// address at which it was found. Waits for it, up to `milliseconds`.
  package mutating func meetUpstream(withinMilliseconds milliseconds: Int64 = 5_000) throws(ServerError) {
    guard let address = upstream else { return }
    let probe = try UpstreamProbe.connect(address, milliseconds)
    defer { probe.close() }
    upstream = probe.address
    let replies = try probe.ask("INFO server\r\nCONFIG GET databases\r\n", count: 2)
    // One that wants a password tells nothing: then the version is what the configuration says.
    let lines = replies[0].withBytes { $0.replyText?.text ?? "" }.split(whereSeparator: \.isNewline)
    func value(_ name: String) -> Substring? { lines.first { $0.hasPrefix("\(name):") }?.dropFirst(name.utf8.count + 1) }
    let version = value("valkey_version").map { "valkey-\($0)" } ?? value("redis_version").map { String($0) }
    if let version { take("emulate-version", [version, version.split(separator: ".").prefix(2).joined(separator: ".")]) }
    let databases = replies[1].withBytes { $0.replyElements?.last?.replyText?.text }
    if let databases { take("databases", [databases]) }
  }

  /// Sets a directive to the first value that it takes.
  private mutating func take(_ name: String, _ values: [String]) {
    for value in values {
      if (try? Directives.apply(name: name, values: [Array(value.utf8)], to: &self)) != nil { return }
    }
  }
}

private struct UpstreamProbe {
  let address: UpstreamAddress
  private let descriptor: Int32
  private let deadline: Int64

  /// Connects, at the first of the host's addresses that works.
  static func connect(_ address: UpstreamAddress, _ milliseconds: Int64) throws(ServerError) -> UpstreamProbe {
    let deadline = understudy_monotonic_microseconds() + milliseconds * 1000
    // The name of this machine may mean an address at which nothing listens.
    let hosts = [address.host] + (address.host.lowercased() == "localhost" ? ["127.0.0.1", "::1"] : [])
    var reason = "there is no such host"
    for host in hosts {
      let descriptor = unsafe host.withCString { unsafe understudy_connect_start($0, address.port) }
      guard descriptor >= 0 else {
        reason = ServerError.text(-descriptor)
        continue
      }
      guard wait(descriptor, .write, until: deadline) else {
        reason = "it does not answer"
        understudy_close(descriptor)
        continue
      }
      let code = understudy_connect_error(descriptor)
      if code == 0 {
        // The name has been looked up, once for all connections.
        return UpstreamProbe(address: peer(of: descriptor) ?? address, descriptor: descriptor, deadline: deadline)
      }
      reason = ServerError.text(code)
      understudy_close(descriptor)
    }
    throw .cannotReach(address: address.description, reason: reason)
  }

  func close() { understudy_close(descriptor) }

  /// Sends requests, and reads so many replies.
  func ask(_ text: String, count: Int) throws(ServerError) -> [[UInt8]] {
    let request = Array(text.utf8)
    guard unsafe request.withUnsafeBytes({ unsafe understudy_send(descriptor, $0.baseAddress, $0.count) }) == request.count else {
      throw .cannotReach(address: address.description, reason: "it takes no request")
    }
    var input: [UInt8] = []
    var scanner = ReplyScanner()
    var replies: [[UInt8]] = []
    while replies.count < count {
      switch input.withBytes({ scanner.next($0) }) {
      case .whole(let range): replies.append(Array(input[range]))
      case .broken: throw .cannotReach(address: address.description, reason: "it does not speak RESP")
      case .incomplete:
        guard Self.wait(descriptor, .read, until: deadline) else {
          throw .cannotReach(address: address.description, reason: "it does not answer")
        }
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let read = unsafe buffer.withUnsafeMutableBytes { unsafe understudy_receive(descriptor, $0.baseAddress, $0.count) }
        if read < 0 && understudy_is_would_block(Int32(truncatingIfNeeded: -read)) { continue }
        guard read > 0 else { throw .cannotReach(address: address.description, reason: "it has closed the connection") }
        input += buffer[..<read]
      }
    }
    return replies
  }

  private static func wait(_ descriptor: Int32, _ interest: Interest, until deadline: Int64) -> Bool {
    var poller = Poller(.poll)
    guard poller.add(descriptor, interest, handle: 0) else { return false }
    return unsafe withUnsafeTemporaryAllocation(of: understudy_event.self, capacity: Poller.batchSize) { events in
      guard let base = events.baseAddress else { return false }
      while true {
        let left = deadline - understudy_monotonic_microseconds()
        guard left > 0 else { return false }
        if unsafe poller.wait(base, timeout: Int32(clamping: (left + 999) / 1000)) > 0 { return true }
      }
    }
  }

  /// The address in figures at the other end.
  private static func peer(of descriptor: Int32) -> UpstreamAddress? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let count = unsafe understudy_address(descriptor, true, base, buffer.count)
      let text = unsafe String(decoding: UnsafeRawBufferPointer(start: base, count: min(count, buffer.count)), as: UTF8.self)
      return UpstreamAddress(text)
    }
  }
}
