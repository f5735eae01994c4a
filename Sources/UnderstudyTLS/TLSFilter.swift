// TLSFilter: one connection's TLS, as the server drives it. All of the work is done in C.
//
// This file may say `unsafe`. What keeps it safe: the C connection is freed with its filter, and used by its loop alone;
// OpenSSL itself keeps the context alive.

internal import CUnderstudyTLS
package import UnderstudyEngine
package import UnderstudyServer

@safe
package final class TLSFilter: TransportFilter {
  private let connection: OpaquePointer

  init(_ connection: OpaquePointer) { unsafe self.connection = unsafe connection }

  deinit { unsafe understudy_tls_free(connection) }

  package var isEstablished: Bool { unsafe understudy_tls_is_established(connection) }

  package var failure: String { unsafe String(cString: understudy_tls_failure(connection)) }

  package func offer(_ bytes: UnsafeRawBufferPointer) {
    unsafe understudy_tls_offer(connection, bytes.baseAddress, bytes.count)
  }

  package func offerEnd() { unsafe understudy_tls_offer_end(connection) }

  package func open(into target: UnsafeMutableRawBufferPointer) -> FilterInput {
    let result = unsafe understudy_tls_open(connection, target.baseAddress, target.count)
    switch result {
    case UNDERSTUDY_TLS_WANTS_MORE: return .wantsMore
    case UNDERSTUDY_TLS_ENDED: return .ended
    case UNDERSTUDY_TLS_BROKEN: return .broken
    default: return .bytes(result)
    }
  }

  package func seal(_ segments: UnsafePointer<OutputSegment>, count: Int, skipping skipped: Int) -> Int {
    unsafe understudy_tls_seal(connection, segments, Int32(clamping: count), skipped)
  }

  package var output: UnsafeRawBufferPointer {
    var count = 0
    let base = unsafe understudy_tls_output(connection, &count)
    return unsafe UnsafeRawBufferPointer(start: base, count: count)
  }

  package func outputSent(_ count: Int) { unsafe understudy_tls_output_sent(connection, count) }

  package func finish() { unsafe understudy_tls_finish(connection) }
}
