// Calls of servers to other servers (MIGRATE): connect, send, wait for so many lines, close. None of it blocks the loop but
// the look-up of a name, so the other server may be one of the same loop.
//
// This file may say `unsafe`. What keeps it safe: a host's calls end before the host does.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

@safe
struct CallConnection {
  let host: HostPointer
  let call: OutgoingCall
  var isConnected = false
  var sent = 0
  var received: [UInt8] = []
  /// When it has failed if nothing moves, monotonic microseconds.
  var due: Int64

  /// The lines that are whole, without their ends.
  var lines: [[UInt8]] {
    received.split(separator: 10, omittingEmptySubsequences: false).dropLast().map { line in
      Array(line.last == 13 ? line.dropLast() : line)
    }
  }
}

extension LoopState {
  /// More than a line can be: whoever sends so much without an end speaks another protocol.
  private static var longestLine: Int { 64 * 1024 }

  mutating func begin(_ call: OutgoingCall, for host: HostPointer) {
    guard unsafe hosts.contains(host) else { return }
    let descriptor = unsafe call.host.withCString { unsafe understudy_connect_start($0, call.port) }
    // As on a real server, what fails at once was never connected, and what fails later was not written.
    guard descriptor >= 0 else { return unsafe tell(host, call, .unreachable) }
    let connection = unsafe CallConnection(host: host, call: call, due: due(of: call))
    calls[descriptor] = connection
    guard poller.add(descriptor, [.read, .write], handle: UInt(descriptor) << 2 | Tag.descriptor) else {
      return end(descriptor, .notSent)
    }
    nextDue = min(nextDue, connection.due)
  }

  private func due(of call: OutgoingCall) -> Int64 {
    let (sum, overflow) = understudy_monotonic_microseconds().addingReportingOverflow(
      call.timeout.multipliedReportingOverflow(by: 1000).overflow ? Int64.max : call.timeout * 1000)
    return overflow ? Int64.max : sum
  }

  /// The descriptor of a call is ready for something.
  mutating func proceed(_ descriptor: Int32, _ ready: UInt32) {
    guard var connection = calls[descriptor] else { return }
    if !connection.isConnected {
      guard understudy_connect_error(descriptor) == 0 else { return end(descriptor, .notSent) }
      connection.isConnected = true
    }
    let request = connection.call.request
    while connection.sent < request.count {
      let sent = unsafe request.withUnsafeBytes { bytes in
        unsafe understudy_send(
          descriptor, bytes.baseAddress.map { unsafe $0 + connection.sent }, request.count - connection.sent)
      }
      if sent < 0 {
        guard understudy_is_would_block(Int32(truncatingIfNeeded: -sent)) else { return end(descriptor, .notSent) }
        break
      }
      connection.sent += sent
    }
    if connection.sent == request.count {
      poller.modify(descriptor, .read, handle: UInt(descriptor) << 2 | Tag.descriptor)
    }
    connection.due = due(of: connection.call)
    if ready & UInt32(UNDERSTUDY_READABLE | UNDERSTUDY_HUNG_UP) != 0 {
      let count = unsafe understudy_receive(descriptor, readBuffer.baseAddress, readBuffer.count)
      if count > 0 {
        unsafe connection.received += UnsafeRawBufferPointer(rebasing: readBuffer[..<count])
      } else if count == 0 || !understudy_is_would_block(Int32(truncatingIfNeeded: -count)) {
        return end(descriptor, connection.sent < request.count ? .notSent : .lines(connection.lines))
      }
      let lines = connection.lines
      let isTooLong = connection.received.count > Self.longestLine * (lines.count + 1)
      if lines.count >= connection.call.lineCount || isTooLong { return end(descriptor, .lines(lines)) }
    }
    calls[descriptor] = connection
    nextDue = min(nextDue, connection.due)
  }

  private mutating func end(_ descriptor: Int32, _ answer: OutgoingAnswer) {
    guard let connection = calls.removeValue(forKey: descriptor) else { return }
    poller.remove(descriptor)
    understudy_close(descriptor)
    unsafe tell(connection.host, connection.call, answer)
  }

  private mutating func tell(_ host: HostPointer, _ call: OutgoingCall, _ answer: OutgoingAnswer) {
    let engine = unsafe host.pointee.engine
    engine.withLock { engine.finishCall(call.identifier, answer) }
    unsafe touch(host)
  }

  mutating func endOverdueCalls(_ now: Int64) {
    for (descriptor, connection) in calls {
      if connection.due <= now {
        let isSent = connection.sent == connection.call.request.count
        end(descriptor, isSent ? .lines(connection.lines) : .notSent)
      } else {
        nextDue = min(nextDue, connection.due)
      }
    }
  }

  /// A server goes: its calls end without an answer.
  mutating func dropCalls(of host: HostPointer) {
    for (descriptor, connection) in calls {
      if unsafe connection.host == host { end(descriptor, .lines([])) }
    }
    let engine = unsafe host.pointee.engine
    engine.withLock { engine.abandonCall() }
  }
}
