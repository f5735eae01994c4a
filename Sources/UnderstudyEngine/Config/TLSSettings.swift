// TLSSettings: the `tls-` directives: their values, and their table. The engine keeps and answers them; the transport reads
// them, and is asked when a client wants to change one.

package struct TLSSettings: Sendable, Equatable {
  /// `tls-auth-clients`: whether clients must show a certificate that the authorities have signed.
  package enum ClientAuthentication: String, Sendable, CaseIterable { case no, yes, optional }

  /// `tls-port`: 0 means no TLS.
  package var port = 0
  /// `tls-port auto`: a free port is picked. The transport then sets `port` to it.
  package var picksPort = false
  /// `tls-cert-file`: the server's certificate, and what leads from it to its authority, as PEM.
  package var certificateFile = ""
  /// `tls-key-file` and `tls-key-file-pass`
  package var keyFile = ""
  package var keyPassword = ""
  /// `tls-ca-cert-file` and `tls-ca-cert-dir`: whose signature makes a client's certificate good.
  package var authorityFile = ""
  package var authorityDirectory = ""
  package var clientAuthentication = ClientAuthentication.yes
  /// `tls-protocols`: names between blanks; empty means TLSv1.2 and TLSv1.3.
  package var protocols = ""
  /// `tls-ciphers` (up to TLSv1.2) and `tls-ciphersuites` (TLSv1.3), in OpenSSL's form; empty means its own choice.
  package var ciphers = ""
  package var cipherSuites = ""
  /// `tls-dh-params-file`
  package var parametersFile = ""
  package var prefersServerCiphers = false
  package var cachesSessions = true
  /// `tls-session-cache-size`: how many; 0 means any number. `tls-session-cache-timeout`: seconds.
  package var sessionCacheSize = 20480
  package var sessionSeconds = 300
  /// `tls-replication` and `tls-cluster`: without effect but that the others have to be right.
  package var isForReplication = false
  package var isForCluster = false

  package init() {}

  /// Whether anything is to speak TLS, so that the settings must be usable.
  package var isWanted: Bool { port != 0 || picksPort || isForReplication || isForCluster }
}

/// Why a change of the configuration is not carried out: the directive that is to blame, and redis-server's words.
package struct ConfigurationRefusal: Sendable, Equatable {
  package let name: String
  package let text: String

  package init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }

  static let port = "Unable to listen on this port. Check server logs."
  static let bind = "Failed to bind to specified addresses."
  static let tls = "Unable to update TLS configuration. Check server logs."

  /// A port cannot be listened on: `port` or `tls-port`.
  package static func cannotListen(_ name: String) -> ConfigurationRefusal { ConfigurationRefusal(name, port) }
  /// The addresses cannot be listened at.
  package static let cannotBind = ConfigurationRefusal("bind", bind)
  /// The settings of TLS cannot be used.
  package static func cannotSecure(_ name: String) -> ConfigurationRefusal { ConfigurationRefusal(name, tls) }
}

extension Directives {
  static let tls: [Directive] = [
    Directive(
      "tls-port", .special(readPort),
      portField(
        get: { String($0.tls.port) },
        set: { configuration, port in
          configuration.tls.picksPort = port == nil
          configuration.tls.port = port ?? 0
        }), [.transport])
      .summary("The TCP port of clients that speak TLS; 0 for none, `auto` for a free one."),
    .choice(
      "tls-auth-clients", \.tls.clientAuthentication, TLSSettings.ClientAuthentication.allCases.map(\.rawValue),
      [.transport])
      .summary("Whether clients must show a certificate."),
    .text("tls-ca-cert-dir", \.tls.authorityDirectory, [.transport, .path])
      .summary("A folder of authorities whose signatures are trusted."),
    .text("tls-ca-cert-file", \.tls.authorityFile, [.transport, .path]).summary("A file of authorities whose signatures are trusted."),
    .text("tls-cert-file", \.tls.certificateFile, [.transport, .path]).summary("The server's certificate, as PEM."),
    .text("tls-key-file", \.tls.keyFile, [.transport, .path]).summary("The certificate's key, as PEM."),
    .text("tls-key-file-pass", \.tls.keyPassword, [.sensitive, .transport]).summary("The password of the key."),
    // What a replica or a node of a cluster would show to another server.
    .text("tls-client-cert-file", "", [.inert, .path]).summary("The certificate shown to other servers."),
    .text("tls-client-key-file", "", [.inert, .path]).summary("The key of the certificate shown to other servers."),
    .text("tls-client-key-file-pass", "", [.sensitive, .inert]).summary("The password of that key."),
    .text("tls-dh-params-file", \.tls.parametersFile, [.transport, .path])
      .summary("The parameters of Diffie and Hellman's exchange, as PEM."),
    .text("tls-protocols", \.tls.protocols, [.transport]).summary("The versions of TLS that are spoken; nothing for 1.2 and 1.3."),
    .text("tls-ciphers", \.tls.ciphers, [.transport]).summary("The ciphers up to TLS 1.2, in OpenSSL's form."),
    .text("tls-ciphersuites", \.tls.cipherSuites, [.transport]).summary("The cipher suites of TLS 1.3, in OpenSSL's form."),
    .bool("tls-prefer-server-ciphers", \.tls.prefersServerCiphers, [.transport])
      .summary("Whether the server's order of ciphers counts."),
    .bool("tls-session-caching", \.tls.cachesSessions, [.transport]).summary("Whether sessions of TLS can be resumed."),
    .integer("tls-session-cache-size", \.tls.sessionCacheSize, 0...int, [.transport])
      .summary("How many sessions are kept; 0 for any number."),
    .integer("tls-session-cache-timeout", \.tls.sessionSeconds, 0...int, [.transport])
      .summary("For how many seconds a session can be resumed."),
    .bool("tls-cluster", \.tls.isForCluster, [.transport]).summary("Whether the bus of a cluster speaks TLS."),
    .bool("tls-replication", \.tls.isForReplication, [.transport]).summary("Whether links of replication speak TLS."),
  ]
}
