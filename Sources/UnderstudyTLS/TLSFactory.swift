// TLSFactory: from the `tls-` directives to filters: one OpenSSL context for all connections that are made under the same
// settings. The order of the checks and their words are those of redis-server 7.0.15.
//
// A new directive is a field of the engine's `TLSSettings` and a line in `init`.
//
// This file may say `unsafe`. What keeps it safe: a context lives as long as its factory, which its filters keep; strings
// are lent to C for one call.

internal import CUnderstudyTLS
package import UnderstudyEngine
package import UnderstudyServer

@safe
package final class TLSFactory: TransportFilterFactory, @unchecked Sendable {
  private let context: OpaquePointer

  /// What a server takes as `ServerOptions.security`.
  package static let security: TransportSecurity = { settings throws(SecurityRefusal) in try TLSFactory(settings) }

  /// A server's context.
  package init(_ settings: TLSSettings) throws(SecurityRefusal) {
    if settings.certificateFile.isEmpty { throw SecurityRefusal("No tls-cert-file configured!") }
    if settings.keyFile.isEmpty { throw SecurityRefusal("No tls-key-file configured!") }
    let hasAuthorities = !settings.authorityFile.isEmpty || !settings.authorityDirectory.isEmpty
    if !hasAuthorities && (settings.clientAuthentication != .no || settings.isForCluster || settings.isForReplication) {
      throw SecurityRefusal(
        "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, tls-replication or "
          + "tls-auth-clients are enabled!")
    }
    guard let context = unsafe understudy_tls_context_create(true) else {
      throw SecurityRefusal("Failed to create a TLS context: out of memory")
    }
    do throws(SecurityRefusal) {
      try unsafe Self.fill(context, settings, hasAuthorities)
    } catch {
      unsafe understudy_tls_context_free(context)
      throw error
    }
    unsafe self.context = unsafe context
  }

  deinit { unsafe understudy_tls_context_free(context) }

  package func makeFilter() -> (any TransportFilter)? {
    guard let connection = unsafe understudy_tls_accept(context) else { return nil }
    return unsafe TLSFilter(connection)
  }

  private static func fill(
    _ context: OpaquePointer, _ settings: TLSSettings, _ hasAuthorities: Bool
  ) throws(SecurityRefusal) {
    func check(_ isDone: Bool) throws(SecurityRefusal) {
      if !isDone { throw unsafe SecurityRefusal(String(cString: understudy_tls_context_error(context))) }
    }
    try unsafe check(understudy_tls_use_protocols(context, settings.protocols))
    try unsafe check(understudy_tls_use_certificate(context, settings.certificateFile))
    try unsafe check(understudy_tls_use_key(context, settings.keyFile, settings.keyPassword))
    if hasAuthorities {
      try unsafe check(
        understudy_tls_use_authorities(context, settings.authorityFile, settings.authorityDirectory))
    }
    if !settings.ciphers.isEmpty { try unsafe check(understudy_tls_use_ciphers(context, settings.ciphers)) }
    if !settings.cipherSuites.isEmpty {
      try unsafe check(understudy_tls_use_cipher_suites(context, settings.cipherSuites))
    }
    let whether: Int =
      switch settings.clientAuthentication {
      case .no: UNDERSTUDY_TLS_NO
      case .optional: UNDERSTUDY_TLS_OPTIONAL
      case .yes: UNDERSTUDY_TLS_REQUIRED
      }
    unsafe understudy_tls_authenticate(context, Int32(whether))
    unsafe understudy_tls_cache_sessions(
      context, settings.cachesSessions, settings.sessionCacheSize, settings.sessionSeconds)
    if settings.prefersServerCiphers { unsafe understudy_tls_prefer_server_ciphers(context) }
    if !settings.parametersFile.isEmpty {
      try unsafe check(understudy_tls_use_parameters(context, settings.parametersFile))
    }
  }
}
