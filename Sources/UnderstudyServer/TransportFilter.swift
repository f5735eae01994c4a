// TransportFilter: what may stand between a socket and its connection and change the bytes: TLS. The server knows only
// these protocols; UnderstudyTLS implements them, and hands a way to make them in with `ServerOptions.security`, so that
// whoever needs no TLS links none.
//
// A filter does no IO. How it is driven stands in FilteredTransport.swift.
//
// This file may say `unsafe`. What keeps it safe: it lends pointers for the time of one call, or until the round's end.

package import UnderstudyEngine

/// What a filter makes of the bytes that it was offered.
package enum FilterInput: Hashable, Sendable {
  /// So many plain bytes have been written to the target.
  case bytes(Int)
  /// All that was offered has been taken in.
  case wantsMore
  /// The peer has said that it sends no more.
  case ended
  /// The connection is broken: see `failure`.
  case broken
}

/// One connection's filter, used by its loop's thread alone.
package protocol TransportFilter: AnyObject {
  /// Whether the handshake is done.
  var isEstablished: Bool { get }
  /// Why the connection is broken.
  var failure: String { get }

  /// Takes bytes from the peer, to be read where they are by `open`; none takes them back.
  func offer(_ bytes: UnsafeRawBufferPointer)
  /// The peer's side of the socket has been closed.
  func offerEnd()
  /// Goes on with the handshake, and opens what was offered into `target`.
  func open(into target: UnsafeMutableRawBufferPointer) -> FilterInput

  /// Turns plain bytes, behind the first `skipped` of the segments, into output: as many as are good to send at once.
  ///
  /// - Returns: how many; a negative number if the connection is broken.
  func seal(_ segments: UnsafePointer<OutputSegment>, count: Int, skipping skipped: Int) -> Int
  /// What is to go to the peer.
  var output: UnsafeRawBufferPointer { get }
  /// The first `count` bytes of the output have been sent.
  func outputSent(_ count: Int)
  /// Adds to the output that nothing more will come.
  func finish()
}

/// Makes the filters of connections, from settings that have been found to be good.
package protocol TransportFilterFactory: AnyObject, Sendable {
  /// A filter for a connection that was accepted; nil if there is no memory.
  func makeFilter() -> (any TransportFilter)?
}

/// Why settings cannot be used, in the words of redis-server's log.
package struct SecurityRefusal: Error, Hashable, Sendable {
  package let reason: String
  package init(_ reason: String) { self.reason = reason }
}

/// Reads settings, and the files that they name.
package typealias TransportSecurity =
  @Sendable (TLSSettings) throws(SecurityRefusal) -> any TransportFilterFactory
