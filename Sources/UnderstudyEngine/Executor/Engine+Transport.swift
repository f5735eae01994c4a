// The engine's side of a transport: whole steps under one lock, so that a batch costs one call, one lock and, when its
// output is plain bytes that nothing stands before, no further word with the engine.
//
// What a loop may rely on: a session's retained input, and the output handed in here, are touched by the loop's thread
// alone; its `pending` output by whoever holds the lock. Sessions are closed by their loop only.
//
// This file may say `unsafe`. What keeps it safe: the bytes of a plain batch lie in the loop's own output buffer, which
// stays as it is until the next step with it.

package import CUnderstudyPlatform

/// Where the output of a batch lies.
package enum BatchOutput: UInt8, Sendable {
  case none
  /// In the loop's output buffer, as plain bytes, and nothing stands before it.
  case plain
  /// In the session's pending output, behind what waits there, or with large values among it.
  case queued
}

/// What came of a batch.
@safe
package struct Batch {
  package var result: BatchResult
  package var output: BatchOutput
  /// The bytes to send, if the output is plain.
  package var base: UnsafeRawPointer
  package var count: Int
}

/// What came of the tasks between batches.
@safe
package struct Settlement {
  /// In how many microseconds the engine wants to be asked again; `Int64.max` if only a request can give it work.
  package var due: Int64
  /// Sessions with output to send, or to be closed.
  package var sessions: [SessionPointer]
  package var isShutdownRequested: Bool
}

/// A run of output bytes: where a transport sends from.
package typealias OutputSegment = understudy_segment

extension Engine {
  /// Runs the requests that `bytes` complete; see `receive`.
  package func serve(
    _ session: SessionPointer, _ bytes: UnsafeMutableRawBufferPointer, into output: UnsafeMutablePointer<ReplyBuffer>
  ) -> Batch {
    lock()
    defer { unlock() }
    unsafe output.pointee.removeAll()
    return unsafe finish(session, output, receive(session, bytes, into: output))
  }

  /// Goes on with requests that were left behind; see `proceed`.
  package func serveRest(_ session: SessionPointer, into output: UnsafeMutablePointer<ReplyBuffer>) -> Batch {
    lock()
    defer { unlock() }
    unsafe output.pointee.removeAll()
    return unsafe finish(session, output, proceed(session, into: output))
  }

  @inline(__always)
  private func finish(
    _ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, _ result: BatchResult
  ) -> Batch {
    let count = unsafe output.pointee.totalCount
    unsafe session.pointee.bytesSent &+= Int64(count)
    if unsafe session.pointee.flags.contains(.control) {
      settleClocks()
    } else {
      unsafe state.pointee.statistics.bytesSent &+= Int64(count)
    }
    let bytes = unsafe output.pointee.bytes
    var batch = unsafe Batch(result: result, output: count == 0 ? .none : .plain, base: bytes.pointer, count: count)
    if unsafe session.pointee.pending != nil || output.pointee.hasSplices {
      unsafe queueUnsent(session, output)
      batch.output = .queued
    }
    return batch
  }

  /// Puts what `output` holds behind what the session has pending.
  private func queueUnsent(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>) {
    if let pending = unsafe session.pointee.pending {
      unsafe pending.pointee.append(contentsOf: &output.pointee)
    } else {
      let made = UnsafeMutablePointer<ReplyBuffer>.allocate(capacity: 1)
      unsafe made.initialize(to: ReplyBuffer(capacity: output.pointee.count, isCounted: true))
      unsafe made.pointee.append(contentsOf: &output.pointee)
      unsafe session.pointee.pending = made
    }
  }

  /// Keeps what a plain batch could not send: all but its first `sent` bytes, ahead of what has come in between.
  package func keepUnsent(_ session: SessionPointer, _ output: UnsafeMutablePointer<ReplyBuffer>, sent: Int) {
    lock()
    defer { unlock() }
    unsafe output.pointee.removeFirst(sent)
    let later = unsafe session.pointee.pending
    unsafe session.pointee.pending = nil
    unsafe queueUnsent(session, output)
    if let later = unsafe later {
      unsafe session.pointee.pending?.pointee.append(contentsOf: &later.pointee)
      unsafe later.deinitialize(count: 1)
      unsafe later.deallocate()
    }
    unsafe state.pointee.noteClientMemory(session)
  }

  /// Sends pending output of `session` through `send`, which answers how many of the bytes it took, or a negative
  /// error. Commands wait while more than the batch limit is unsent.
  ///
  /// - Returns: how many bytes are left, or the error; and what faults have the transport do.
  package func flush(
    _ session: SessionPointer, _ segments: UnsafeMutablePointer<OutputSegment>, capacity: Int,
    _ send: (Int) -> Int
  ) -> Flushed {
    lock()
    defer { unlock() }
    guard let pending = unsafe session.pointee.pending else {
      unsafe setOutputFull(session, false)
      return Flushed(left: 0)
    }
    if let faults = unsafe session.pointee.faults {
      return unsafe flushShaped(session, pending, faults, segments, capacity: capacity, send)
    }
    while unsafe !pending.pointee.isEmpty {
      var count = 0
      var offered = 0
      unsafe pending.pointee.forEachSegment(limit: capacity) { bytes in
        unsafe segments[count] = unsafe OutputSegment(bytes: bytes.pointer, count: bytes.count)
        count += 1
        offered += bytes.count
      }
      let sent = send(count)
      if sent < 0 { return Flushed(left: sent) }
      // As on the real server, a client is not idle as long as it reads.
      if sent > 0 { unsafe session.pointee.lastActiveAt = state.pointee.waitNow }
      unsafe pending.pointee.removeFirst(sent)
      if sent < offered { break }
    }
    let left = unsafe pending.pointee.totalCount
    if left == 0 {
      unsafe session.pointee.pending = nil
      unsafe pending.deinitialize(count: 1)
      unsafe pending.deallocate()
    }
    unsafe setOutputFull(session, left > Self.outputBatchLimit)
    unsafe state.pointee.noteClientMemory(session)
    return Flushed(left: left)
  }

  /// Drops what `session` has pending: its connection takes no more.
  package func dropPending(_ session: SessionPointer) {
    lock()
    defer { unlock() }
    guard let pending = unsafe session.pointee.pending else { return }
    if let faults = unsafe session.pointee.faults {
      unsafe pending.pointee.removeAll(keeping: 0)
      faults.shape.end(.reset)
    } else {
      unsafe session.pointee.pending = nil
      unsafe pending.deinitialize(count: 1)
      unsafe pending.deallocate()
    }
    unsafe setOutputFull(session, false)
  }

  /// Runs the tasks between batches if there is anything to do, or if `isDue`; nil if there was not.
  package func settle(isDue: Bool) -> Settlement? {
    lock()
    defer { unlock() }
    guard isDue || needsTasks else { return nil }
    let due = runTasks()
    // Told once: a server that was shut down may be started again.
    let isShutdownRequested = isShutdownRequested
    unsafe state.pointee.effects.shutdown = false
    return unsafe Settlement(
      due: due ?? Int64.max, sessions: takeFlush(), isShutdownRequested: isShutdownRequested)
  }

  /// Whether the tasks have work that was not there, or is due sooner than, when they last ran. Asked after embedded
  /// calls (the loop must then be woken) and after each round of the loop.
  package var needsTasks: Bool {
    // A suspended script goes on whenever the loop gets round to it.
    wantsTasks || hasEffects || isShutdownRequested || (unsafe state.pointee.gates.contains(.busy))
  }
}
