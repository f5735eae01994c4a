// The transport's side of a proxy: what is to be sent to the server behind, and what has come from there.
//
// A reply is passed back when it is whole. Which it is, is told by its type and its place: pushes belong to nobody; the
// first request of the queue gets what is left. In RESP2 messages are told by their first word while the client is
// subscribed, and lines of MONITOR by their form.
//
// This file may say `unsafe`. What keeps it safe: it runs under the engine's lock, with sessions that are open; bytes of
// the transport are read before the call returns.

extension Engine {
  /// The server that clients' requests are passed on to; nil for a server of its own.
  package var isProxy: Bool { unsafe state.pointee.configuration.upstream != nil }

  /// Whether replies of the server behind are not to be read now: their client does not read.
  package func isUpstreamHeld(_ session: SessionPointer) -> Bool { unsafe session.pointee.flags.contains(.outputFull) }

  /// Sends what is to go to the server behind a session through `send`, which answers how many of the bytes it took, or a
  /// negative error.
  ///
  /// - Returns: how many bytes are left, or the error.
  package func sendUpstream(_ session: SessionPointer, _ send: (Bytes) -> Int) -> Int {
    lock()
    defer { unlock() }
    guard let upstream = unsafe session.pointee.upstream else { return 0 }
    let left = upstream.withUnsent(send)
    if left >= 0 { unsafe dispatcher.resumeForwarded(session, upstream) }
    return left
  }

  /// The bytes that are still to go to the server behind a session that is about to be closed.
  package func takeUnsentUpstream(_ session: SessionPointer) -> [UInt8] {
    lock()
    defer { unlock() }
    guard let upstream = unsafe session.pointee.upstream, upstream.unsentCount > 0 else { return [] }
    return Array(upstream.output.suffix(upstream.unsentCount))
  }

  /// Bytes have come from the server behind.
  package func receiveUpstream(_ session: SessionPointer, _ bytes: Bytes) {
    lock()
    defer { unlock() }
    guard let upstream = unsafe session.pointee.upstream, unsafe session.pointee.flags.isDisjoint(with: [.killed, .cut]) else {
      return
    }
    unsafe state.pointee.refreshTime()
    defer { unsafe dispatcher.failIfDue(session, upstream) }
    // What follows is done for this session, but nothing of it runs: messages to it go to its outbox.
    if upstream.isOpaque {
      unsafe dispatcher.passBack(session, bytes)
      return
    }
    if upstream.input.isEmpty {
      let rest = unsafe dispatcher.takeReplies(session, upstream, bytes)
      if rest < bytes.count {
        upstream.input = bytes.slice(rest..<bytes.count).copied()
        upstream.scanner = upstream.scanner.moved(by: rest)
      } else {
        upstream.scanner = ReplyScanner()
      }
      return
    }
    unsafe upstream.input.append(contentsOf: UnsafeRawBufferPointer(start: bytes.pointer, count: bytes.count))
    let input = upstream.input
    upstream.input = []
    let rest = input.withBytes { unsafe dispatcher.takeReplies(session, upstream, $0) }
    if rest == 0 {
      upstream.input = input
    } else {
      upstream.input = Array(input[rest...])
      upstream.scanner = rest < input.count ? upstream.scanner.moved(by: rest) : ReplyScanner()
    }
  }

  /// The connection to the server behind is gone, or could not be made: its client's ends too, once it has read what is there.
  package func endUpstream(_ session: SessionPointer, because reason: String?) {
    lock()
    defer { unlock() }
    guard let upstream = unsafe session.pointee.upstream, !upstream.isOver else { return }
    upstream.isOver = true
    if let reason, let address = unsafe state.pointee.configuration.upstream {
      unsafe state.pointee.hooks.log?("The server behind, \(address): \(reason)")
    }
    // A client that has asked for it is not let down.
    if unsafe session.pointee.lastCommand?.pointee.name != "quit" { unsafe session.pointee.record?.noteEnding(.server) }
    unsafe session.pointee.flags.formUnion([.closeAfterReply, .lingers])
    unsafe session.pointee.flags.subtract([.blocked, .suspended])
    unsafe state.pointee.queueFlush(session)
  }
}

extension EngineState {
  /// Makes a session one whose requests are passed on, if this is a proxy.
  func forwardIfProxy(_ session: SessionPointer) {
    guard configuration.upstream != nil, unsafe session.pointee.flags.isDisjoint(with: [.embedded, .script]) else { return }
    // Who may do what is for the server behind to say.
    unsafe session.pointee.gates.subtract([.authentication, .restrictedUser])
    unsafe session.pointee.gates.insert(.forwarded)
    unsafe session.pointee.extra.upstream = Upstream()
  }
}

extension Dispatcher {
  /// Takes the whole replies that `bytes` hold; answers where the rest begins.
  func takeReplies(_ session: SessionPointer, _ upstream: Upstream, _ bytes: Bytes) -> Int {
    while true {
      switch upstream.scanner.next(bytes) {
      case .whole(let range):
        unsafe take(session, upstream, bytes.slice(range))
        guard upstream.isOpaque else { continue }
        unsafe passBack(session, bytes.slice(range.upperBound..<bytes.count))
        return bytes.count
      case .incomplete: return upstream.scanner.start
      case .broken:
        let rest = bytes.slice(upstream.scanner.start..<bytes.count)
        upstream.isOpaque = true
        upstream.removeAll()
        unsafe state.pointee.hooks.log?("The server behind says what is no RESP; it is passed on as it is.")
        unsafe passBack(session, rest)
        return bytes.count
      }
    }
  }

  /// Passes bytes back that are nobody's reply; answers where they stand.
  @discardableResult
  func passBack(_ session: SessionPointer, _ bytes: Bytes) -> (output: UnsafeMutablePointer<ReplyBuffer>, mark: Int) {
    let output = unsafe state.pointee.outbox(of: session)
    let mark = unsafe output.pointee.mark
    unsafe output.pointee.append(bytes)
    unsafe session.pointee.bytesSent &+= Int64(bytes.count)
    unsafe state.pointee.statistics.bytesSent &+= Int64(bytes.count)
    return unsafe (output, mark)
  }

  /// One whole reply, or push.
  private func take(_ session: SessionPointer, _ upstream: Upstream, _ frame: Bytes) {
    let type = frame[0]
    let request = upstream.first
    if type == UInt8(ascii: ">") || (unsafe type == UInt8(ascii: "*") && session.pointee.protocolVersion == 2) {
      let isSubscribed = unsafe session.pointee.gates.contains(.subscribed)
      if type == UInt8(ascii: ">") || isSubscribed || request?.isSubscription == true, let word = frame.firstReplyWord {
        if let request, request.isSubscription, request.name.withBytes({ word.equalsIgnoringCase($0) }) {
          return unsafe confirm(session, upstream, request, frame)
        }
        if type == UInt8(ascii: ">") || ["message", "pmessage", "smessage"].contains(word.text) {
          let (output, mark) = unsafe passBack(session, frame)
          if unsafe session.pointee.gates.contains(.lab) { unsafe state.pointee.pushWritten(to: session, output, mark: mark) }
          return
        }
      }
    }
    if type == UInt8(ascii: "+"), unsafe session.pointee.gates.contains(.monitoring), frame.isMonitorLine {
      unsafe passBack(session, frame)
      return
    }
    // What nobody has asked for: an error before the server closes, say.
    guard let request else {
      unsafe passBack(session, frame)
      return
    }
    unsafe finishForwarded(session, upstream, request, frame)
  }

  /// SUBSCRIBE and the like have one more channel.
  private func confirm(_ session: SessionPointer, _ upstream: Upstream, _ request: ForwardedRequest, _ frame: Bytes) {
    var left: Int
    switch request.awaited {
    case .one: left = 1
    case .confirmations(let count): left = count
    case .allConfirmations:
      left = max(1, upstream.channels[request.name.subscribing]?.count ?? 0)
    }
    upstream.noteConfirmation(frame)
    unsafe session.pointee.follow(upstream)
    left -= 1
    request.awaited = .confirmations(left: left)
    if left > 0 {
      unsafe request.earlier.append(contentsOf: UnsafeRawBufferPointer(start: frame.pointer, count: frame.count))
    } else {
      unsafe finishForwarded(session, upstream, request, frame)
    }
  }

  /// A request has its reply, which is the queue's first, or one that is not answered.
  func finishForwarded(_ session: SessionPointer, _ upstream: Upstream, _ request: ForwardedRequest, _ reply: Bytes) {
    if upstream.first === request { upstream.removeFirst() }
    let wasQueued = unsafe state.pointee.noteReply(session, upstream, request, reply)
    unsafe state.pointee.writeDown(session, upstream, request, reply, isQueued: wasQueued)
    if let (recorder, connection) = unsafe state.pointee.recorder(of: session) {
      (request.earlier + reply.copied()).withBytes { recorder.reply(connection, $0) }
    }
    guard !reply.isEmpty else { return }
    if request.blocks { unsafe session.pointee.flags.remove(.blocked) }
    if !request.earlier.isEmpty { request.earlier.withBytes { bytes in _ = unsafe passBack(session, bytes) } }
    let (output, mark) = unsafe passBack(session, reply)
    unsafe finishFaults(session, output, mark: mark)
    unsafe resumeForwarded(session, upstream)
    if request.blocks { unsafe state.pointee.queueRun(session) }
  }

  /// Lets a session go on, if nothing keeps it any more.
  func resumeForwarded(_ session: SessionPointer, _ upstream: Upstream) {
    guard unsafe session.pointee.flags.contains(.suspended), upstream.failure == nil else { return }
    guard upstream.unsentCount <= Upstream.outputLimit else { return }
    if unsafe session.pointee.faults != nil && upstream.waitingCount > 0 { return }
    unsafe session.pointee.flags.remove(.suspended)
    unsafe state.pointee.queueRun(session)
    // Whoever has said that it sends no more is looked at again.
    unsafe state.pointee.queueFlush(session)
  }
}

extension Dispatcher {
  /// Tells a client what is wrong with its bytes, and has its connection end.
  func fail(_ session: SessionPointer, _ error: ProtocolError, _ output: UnsafeMutablePointer<ReplyBuffer>) {
    unsafe Reply(output, version: session.pointee.protocolVersion).error(bytes: error.text)
    unsafe session.pointee.flags.formUnion([.closeAfterReply, .lingers])
    if unsafe !session.pointee.flags.contains(.control) { unsafe state.pointee.countErrors(in: output) }
  }

  /// Whether the error waits for the replies to the requests before it. Until then nothing more is taken.
  func defersFailure(_ session: SessionPointer, _ error: ProtocolError) -> Bool {
    guard let upstream = unsafe session.pointee.upstream, upstream.waitingCount > 0 else { return false }
    upstream.failure = error
    unsafe session.pointee.flags.insert(.suspended)
    return true
  }

  /// Says an error that has waited, once the replies before it have come.
  func failIfDue(_ session: SessionPointer, _ upstream: Upstream) {
    guard let failure = upstream.failure, upstream.waitingCount == 0 else { return }
    upstream.failure = nil
    unsafe fail(session, failure, state.pointee.outbox(of: session))
    unsafe state.pointee.queueFlush(session)
  }
}

extension Bytes {
  /// `+1699…​.123456 [0 127.0.0.1:5000] "get" "k"`
  fileprivate var isMonitorLine: Bool {
    guard count > 20, let space = slice(1..<40).firstIndex(of: 32), space > 7 else { return false }
    let isTime = (1...space).allSatisfy { (48...57).contains(self[$0]) || self[$0] == UInt8(ascii: ".") }
    return isTime && self[space + 2] == UInt8(ascii: "[")
  }
}
