// How bytes become requests that run: the pipelined window.
//
// Up to 64 requests are parsed and looked up ahead, their first keys are hashed, the table slots and then the entries
// behind them are prefetched, and only then do they run, one by one. What stops a session (it blocks, a script of its
// runs on, too much of its output is unsent) drops the rest of the window: parsing is cheap, and the bytes are kept.
//
// This file may say `unsafe`. What keeps it safe: spans are offsets into the buffer that is being run, which nothing
// moves meanwhile: a session's own retained input is appended to only between runs.

internal import CUnderstudyPlatform

extension Engine {
  /// Output beyond which the transport must send before more requests run.
  static var outputBatchLimit: Int { 1 << 20 }

  /// Where the next bytes of `session` shall be read to: `shared`, or straight into a large argument.
  package func readTarget(
    _ session: SessionPointer, shared: UnsafeMutableRawBufferPointer
  ) -> UnsafeMutableRawBufferPointer {
    if let input = unsafe session.pointee.input, let target = unsafe input.pointee.largeBulkTarget {
      return unsafe target
    }
    return unsafe shared
  }

  /// Runs the requests that `bytes`, just read to `readTarget`, complete. Replies go to `output`; it must be sent in
  /// order behind what the session has pending.
  package func receive(
    _ session: SessionPointer, _ bytes: UnsafeMutableRawBufferPointer, into output: UnsafeMutablePointer<ReplyBuffer>
  ) -> BatchResult {
    let result = unsafe execute(session, bytes, into: output)
    unsafe state.pointee.noteClientMemory(session)
    return result
  }

  @inline(__always)
  private func execute(
    _ session: SessionPointer, _ bytes: UnsafeMutableRawBufferPointer, into output: UnsafeMutablePointer<ReplyBuffer>
  ) -> BatchResult {
    unsafe state.pointee.refreshTime()
    unsafe session.pointee.lastActiveAt = state.pointee.waitNow
    unsafe session.pointee.bytesReceived &+= Int64(bytes.count)
    if unsafe !session.pointee.flags.contains(.control) {
      unsafe state.pointee.statistics.bytesReceived &+= Int64(bytes.count)
    }
    guard let base = bytes.baseAddress else { return .idle }
    if let input = unsafe session.pointee.input {
      if unsafe input.pointee.receiving != nil {
        unsafe input.pointee.advanceLargeBulk(bytes.count)
        if let bulk = unsafe input.pointee.receiving, unsafe overQueryLimit(session, bulk.filled) { return .close }
      } else {
        unsafe input.pointee.append(Bytes(base, count: bytes.count))
      }
      if unsafe session.pointee.isStopped {
        return unsafe overQueryLimit(session, input.pointee.heldCount) ? .close : .idle
      }
      return unsafe runRetained(session, output)
    }
    if unsafe session.pointee.isStopped {
      unsafe retain(session, Bytes(base, count: bytes.count))
      return unsafe overQueryLimit(session, bytes.count) ? .close : .idle
    }
    var parser = RequestParser()
    let start = unsafe base.assumingMemoryBound(to: UInt8.self)
    unsafe state.pointee.currentInputCount = bytes.count
    unsafe state.pointee.spans.truncate(to: 0)
    let stop = unsafe run(session, start, count: bytes.count, &parser, output)
    switch stop {
    case .starved, .stopped, .full:
      // The bytes from the parser's request on are kept: an unfinished request, or ones that wait.
      let consumed = stop == .starved ? parser.requestStart : parser.position
      if consumed < bytes.count {
        unsafe retain(session, Bytes(base + consumed, count: bytes.count - consumed))
        if stop == .starved, let input = unsafe session.pointee.input {
          unsafe keepUnfinished(input, parser, consumed: consumed)
        }
      }
      return unsafe stop == .full ? .more : (session.pointee.flags.contains(.closeAfterReply) ? .close : .idle)
    case .closing:
      return .close
    }
  }

  /// Goes on with requests that `receive` left behind, after a `.more` whose output has been sent.
  package func proceed(_ session: SessionPointer, into output: UnsafeMutablePointer<ReplyBuffer>) -> BatchResult {
    guard unsafe session.pointee.input != nil, unsafe !session.pointee.isStopped else {
      return unsafe session.pointee.flags.contains(.closeAfterReply) ? .close : .idle
    }
    unsafe state.pointee.refreshTime()
    return unsafe runRetained(session, output)
  }

  /// Tells that unsent output has left, or that too much of it waits: commands stop until it has.
  package func setOutputFull(_ session: SessionPointer, _ isFull: Bool) {
    if isFull {
      unsafe session.pointee.flags.insert(.outputFull)
    } else if unsafe session.pointee.flags.contains(.outputFull) {
      unsafe session.pointee.flags.remove(.outputFull)
      unsafe state.pointee.queueRun(session)
    }
  }

  private func overQueryLimit(_ session: SessionPointer, _ held: Int) -> Bool {
    guard unsafe held > state.pointee.configuration.queryBufferLimit else { return false }
    unsafe session.pointee.flags.formUnion([.closeAfterReply, .lingers])
    return true
  }

  private func retain(_ session: SessionPointer, _ bytes: Bytes) {
    let input = UnsafeMutablePointer<InputBuffer>.allocate(capacity: 1)
    unsafe input.initialize(to: InputBuffer(capacity: bytes.count))
    unsafe input.pointee.append(bytes)
    unsafe session.pointee.input = input
  }

  /// Moves an unfinished request's parser and spans into the buffer that now holds its bytes.
  private func keepUnfinished(
    _ input: UnsafeMutablePointer<InputBuffer>, _ parser: RequestParser, consumed: Int
  ) {
    unsafe input.pointee.parser = parser.moved(by: consumed)
    let spans = unsafe state.pointee.spans.base
    let first = unsafe state.pointee.unfinishedSpan
    for index in unsafe first..<state.pointee.spans.count {
      unsafe input.pointee.spans.append(offset: spans[index].offset - consumed, count: spans[index].count)
    }
    unsafe input.pointee.startLargeBulk()
  }

  private enum Stop { case starved, stopped, full, closing }

  /// Runs what a session has retained, until it is starved or stopped.
  func runRetained(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>) -> BatchResult {
    guard let input = unsafe session.pointee.input else { return .idle }
    // The unfinished request first: its spans and large arguments are the buffer's own.
    if unsafe input.pointee.hasOpenRequest {
      guard unsafe input.pointee.receiving == nil else { return .idle }
      let limits = unsafe parserLimits(session)
      switch unsafe input.pointee.parseRest(limits) {
      case .complete: break
      case .incomplete, .empty:
        unsafe input.pointee.startLargeBulk()
        return .idle
      case .failed(let error):
        return unsafe protocolFailure(session, error, output)
      }
      unsafe input.pointee.resolveLargeBulks()
      let arguments = unsafe Arguments(
        base: input.pointee.base, spans: input.pointee.spans.base, count: input.pointee.spans.count)
      unsafe state.pointee.current = session
      unsafe state.pointee.currentOutput = output
      unsafe state.pointee.currentLargeArguments = input
      let entry = unsafe dispatcher.find(arguments)
      let result = unsafe dispatcher.run(session, entry: entry, arguments: arguments, hash: 0, output: output)
      unsafe state.pointee.current = nil
      unsafe state.pointee.currentOutput = nil
      unsafe state.pointee.currentLargeArguments = nil
      if result == .retry {
        // It stays as it is, whole, and is offered again when what holds the session has ended.
        return .idle
      }
      unsafe session.pointee.commandCount &+= 1
      unsafe input.pointee.finishRequest()
      unsafe input.pointee.removeFirst(input.pointee.parser.position)
      if unsafe session.pointee.flags.contains(.closeAfterReply) { return .close }
      if unsafe session.pointee.isStopped { return .idle }
      if unsafe output.pointee.totalCount > Self.outputBatchLimit { return .more }
    }
    var parser = unsafe input.pointee.parser
    unsafe state.pointee.spans.truncate(to: 0)
    let stop = unsafe run(session, input.pointee.base, count: input.pointee.count, &parser, output)
    switch stop {
    case .starved:
      let consumed = parser.requestStart
      if unsafe consumed == input.pointee.count {
        unsafe releaseInput(session)
      } else {
        unsafe input.pointee.removeFirst(consumed)
        unsafe keepUnfinished(input, parser, consumed: consumed)
      }
      return .idle
    case .stopped, .full:
      unsafe input.pointee.removeFirst(parser.position)
      unsafe input.pointee.parser = RequestParser()
      if stop == .full { return .more }
      return unsafe session.pointee.flags.contains(.closeAfterReply) ? .close : .idle
    case .closing:
      return .close
    }
  }

  private func releaseInput(_ session: SessionPointer) {
    guard let input = unsafe session.pointee.input else { return }
    unsafe input.deinitialize(count: 1)
    unsafe input.deallocate()
    unsafe session.pointee.input = nil
  }

  private func parserLimits(_ session: SessionPointer) -> ParserLimits {
    unsafe ParserLimits(
      maximumBulkLength: state.pointee.configuration.maximumBulkLength,
      isUnauthenticated: session.pointee.gates.contains(.authentication))
  }

  private func protocolFailure(
    _ session: SessionPointer, _ error: ProtocolError, _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> BatchResult {
    if unsafe dispatcher.defersFailure(session, error) { return .idle }
    unsafe dispatcher.fail(session, error, output)
    return .close
  }

  /// Parses and runs requests from `base[parser.position..<count]`, window by window. On return the parser stands
  /// behind the last request that ran, or within the unfinished one (`.starved`).
  private func run(
    _ session: SessionPointer, _ base: UnsafeMutablePointer<UInt8>, count: Int, _ parser: inout RequestParser,
    _ output: UnsafeMutablePointer<ReplyBuffer>
  ) -> Stop {
    let state = unsafe self.state
    let dispatcher = dispatcher
    let window = unsafe state.pointee.window
    unsafe state.pointee.current = session
    unsafe state.pointee.currentOutput = output
    defer {
      unsafe state.pointee.current = nil
      unsafe state.pointee.currentOutput = nil
    }
    while true {
      unsafe state.pointee.spans.truncate(to: 0)
      let limits = unsafe parserLimits(session)
      // A client that has yet to authenticate is parsed one by one: its limits change with its AUTH.
      let size = limits.isUnauthenticated ? 1 : EngineState.windowSize
      var parsed = 0
      var ending: ParseOutcome = .complete
      parse: while parsed < size {
        parser.requestStart = parser.position
        let firstSpan = unsafe state.pointee.spans.count
        switch unsafe parser.next(base, count: count, limits: limits, into: &state.pointee.spans) {
        case .complete:
          let arguments = unsafe Arguments(
            base: base, spans: state.pointee.spans.base + firstSpan, count: state.pointee.spans.count - firstSpan)
          let entry = unsafe dispatcher.find(arguments)
          var hash: UInt64 = 0
          if parsed > 0 || size > 1, let entry = unsafe entry {
            let firstKey = unsafe Int(entry.pointee.firstKey)
            if firstKey > 0 && firstKey < arguments.count {
              hash = unsafe KeyHash.hash(arguments[firstKey], seed: state.pointee.hashSeed)
            }
          }
          unsafe window[parsed] = WindowCommand(
            entry: entry, firstSpan: Int32(truncatingIfNeeded: firstSpan),
            count: Int32(truncatingIfNeeded: arguments.count), start: parser.requestStart, end: parser.position,
            firstKeyHash: hash)
          parsed += 1
        case .empty:
          continue parse
        case .incomplete:
          unsafe state.pointee.unfinishedSpan = firstSpan
          ending = .incomplete
          break parse
        case .failed(let error):
          ending = .failed(error)
          break parse
        }
      }
      if parsed > 1 { unsafe prefetch(session, parsed) }
      for index in 0..<parsed {
        let command = unsafe window[index]
        let arguments = unsafe Arguments(
          base: base, spans: state.pointee.spans.base + Int(command.firstSpan), count: Int(command.count))
        let result = unsafe dispatcher.run(
          session, entry: command.entry, arguments: arguments, hash: command.firstKeyHash, output: output)
        if result == .retry {
          parser = RequestParser()
          parser.position = command.start
          return .stopped
        }
        unsafe session.pointee.commandCount &+= 1
        if unsafe session.pointee.isStopped {
          parser = RequestParser()
          parser.position = command.end
          return unsafe session.pointee.flags.contains(.closeAfterReply) ? .closing : .stopped
        }
        if unsafe output.pointee.totalCount > Self.outputBatchLimit {
          parser = RequestParser()
          parser.position = command.end
          return .full
        }
      }
      switch ending {
      case .complete, .empty: continue
      case .incomplete: return .starved
      case .failed(let error):
        return unsafe protocolFailure(session, error, output) == .close ? .closing : .stopped
      }
    }
  }

  /// Brings near what the window will touch: first the table slots, then the entries behind them. A small table is in
  /// the processor's cache anyway.
  @inline(__always)
  private func prefetch(_ session: SessionPointer, _ parsed: Int) {
    let window = unsafe state.pointee.window
    let database = unsafe state.pointee.databases + Int(session.pointee.database)
    if unsafe database.pointee.table.count < 4_096 { return }
    for index in 0..<parsed {
      let hash = unsafe window[index].firstKeyHash
      if hash != 0 { unsafe database.pointee.table.prefetchSlot(hash: hash) }
    }
    for index in 0..<parsed {
      let hash = unsafe window[index].firstKeyHash
      if hash != 0 { unsafe database.pointee.table.prefetchEntry(hash: hash) }
    }
  }
}
