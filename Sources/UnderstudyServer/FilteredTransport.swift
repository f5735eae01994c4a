// FilteredTransport: drives a connection's filter so that, to its state machine, it is a socket: a send takes bytes or
// does not, and what it took has left.
//
// A filter cannot take bytes back that it has sealed, and a socket may not take all of them. So bytes count as sent only
// when everything that was made of them has left; those that have been sealed and have not left are remembered, and
// skipped when the same bytes are offered again, at the front of what is to be sent. The output limits and the last words
// before a close are thereby right without knowing of filters.
//
// This file may say `unsafe`. What keeps it safe: segments and output are lent for the time of one call.

internal import CUnderstudyPlatform
package import UnderstudyEngine

@safe
package final class FilteredTransport {
  /// How the socket takes bytes: how many it took, 0 if it would have to wait, else a negative error.
  package typealias Sending = (_ base: UnsafeRawPointer, _ count: Int) -> Int

  package let filter: any TransportFilter
  /// What is said to a client that may not come in, as soon as it can be said.
  let rejection: StaticString?
  /// How many of the bytes that are offered next have been sealed already.
  private var sealed = 0

  /// A peer that makes a filter answer and never reads is not read any more beyond this.
  private static let outputLimit = 256 * 1024
  /// What `send` answers when the filter is broken.
  package static let broken = -1

  package init(_ filter: any TransportFilter, rejection: StaticString? = nil) {
    self.filter = filter
    self.rejection = rejection
  }

  /// What the socket is watched for if the connection wants `wanted`.
  package func interest(_ wanted: Interest) -> Interest {
    // Before the handshake is done nothing can be sent, and it goes on when something arrives.
    var interest = filter.isEstablished ? wanted : .read
    let waiting = unsafe filter.output.count
    if waiting > 0 { interest.insert(.write) }
    if waiting > Self.outputLimit { interest.remove(.read) }
    return interest
  }

  /// Sends what the filter has to say by itself.
  ///
  /// - Returns: how many bytes are left, or a negative error.
  package func flush(through send: Sending) -> Int {
    while true {
      let output = unsafe filter.output
      guard let base = output.baseAddress, output.count > 0 else { return 0 }
      let sent = unsafe send(base, output.count)
      if sent < 0 { return sent }
      filter.outputSent(sent)
      if sent < output.count { return output.count - sent }
    }
  }

  /// Sends the bytes of the segments.
  ///
  /// - Returns: how many of them have left; less than all if the socket takes no more for now; a negative error.
  package func send(_ segments: UnsafePointer<OutputSegment>, count: Int, through send: Sending) -> Int {
    var offered = 0
    for index in 0..<count { unsafe offered += segments[index].count }
    var left = 0
    while true {
      let waiting = unsafe flush(through: send)
      if waiting < 0 { return waiting }
      if waiting > 0 { return left }
      let counted = min(sealed, offered - left)
      left += counted
      sealed -= counted
      if left == offered || !filter.isEstablished { return left }
      let taken = unsafe filter.seal(segments, count: count, skipping: left)
      if taken <= 0 { return Self.broken }
      sealed += taken
    }
  }

  /// Tries to say that nothing more will come.
  package func finish(through send: Sending) {
    filter.finish()
    _ = unsafe flush(through: send)
  }
}
