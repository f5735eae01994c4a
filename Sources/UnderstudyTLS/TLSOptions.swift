// TLSOptions: TLS for servers of the library: the `tls-` directives as properties, and what `RedisServer` gets by them.
//
// A new directive is a property here and its line in `configure`.

public import Understudy
package import UnderstudyEngine
package import UnderstudyServer

/// How a server speaks TLS: Redis's `tls-` directives, one to one.
///
/// ```swift
/// import Understudy
/// import UnderstudyTLS
///
/// let files = try TestIdentities().write(to: "/tmp")
/// let redis = try await RedisServer.start(.init(tls: TLSOptions(files)))
/// // any client: redis.tlsURL, trusting files.authorityCertificate
/// ```
public struct TLSOptions: Sendable {
  /// Whether clients must show a certificate that the authorities have signed.
  public enum ClientAuthentication: String, Sendable, CaseIterable {
    /// They are not asked.
    case no
    /// They need not, but one that they show must be good.
    case optional
    /// They must.
    case yes
  }

  /// `tls-port`: 0 takes a free one.
  public var port: UInt16 = 0
  /// `tls-cert-file`: the server's certificate as PEM, followed by those that lead to its authority.
  public var certificateFile: String
  /// `tls-key-file`
  public var keyFile: String
  /// `tls-key-file-pass`
  public var keyPassword = ""
  /// `tls-ca-cert-file`: the authorities that vouch for clients.
  public var authorityFile = ""
  /// `tls-ca-cert-dir`: the same as a directory that OpenSSL has made (`openssl rehash`).
  public var authorityDirectory = ""
  /// `tls-auth-clients`: `yes`, as in Redis, needs authorities.
  public var clientAuthentication = ClientAuthentication.yes
  /// `tls-protocols`: names between blanks; empty for `TLSv1.2 TLSv1.3`.
  public var protocols = ""
  /// `tls-ciphers`: for TLSv1.2 and older.
  public var ciphers = ""
  /// `tls-ciphersuites`: for TLSv1.3.
  public var cipherSuites = ""
  /// `tls-dh-params-file`
  public var parametersFile = ""
  /// `tls-prefer-server-ciphers`
  public var prefersServerCiphers = false
  /// `tls-session-caching`
  public var cachesSessions = true
  /// `tls-session-cache-size`
  public var sessionCacheSize = 20480
  /// `tls-session-cache-timeout`, seconds.
  public var sessionSeconds = 300

  /// A server with a certificate, that asks clients for none unless told so.
  public init(certificateFile: String, keyFile: String, clientAuthentication: ClientAuthentication = .no) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.clientAuthentication = clientAuthentication
  }

  /// A server with the server's part of test identities, that trusts their authority.
  public init(_ files: TestIdentities.Files, clientAuthentication: ClientAuthentication = .no) {
    self.init(
      certificateFile: files.serverCertificate, keyFile: files.serverKey, clientAuthentication: clientAuthentication)
    authorityFile = files.authorityCertificate
  }
}

extension TLSOptions: SecureOptions {
  package var portChoice: PortChoice { port == 0 ? .automatic : .fixed(port) }

  package var security: TransportSecurity { TLSFactory.security }

  package func configure(_ settings: inout TLSSettings) throws(RedisServerError) {
    let texts = [
      certificateFile, keyFile, keyPassword, authorityFile, authorityDirectory, protocols, ciphers, cipherSuites,
      parametersFile,
    ]
    // OpenSSL reads them up to their first zero byte.
    if texts.contains(where: { $0.utf8.contains(0) }) { throw .invalidOption("an option of TLS contains a zero byte") }
    settings.certificateFile = certificateFile
    settings.keyFile = keyFile
    settings.keyPassword = keyPassword
    settings.authorityFile = authorityFile
    settings.authorityDirectory = authorityDirectory
    settings.clientAuthentication = .init(rawValue: clientAuthentication.rawValue) ?? .yes
    settings.protocols = protocols
    settings.ciphers = ciphers
    settings.cipherSuites = cipherSuites
    settings.parametersFile = parametersFile
    settings.prefersServerCiphers = prefersServerCiphers
    settings.cachesSessions = cachesSessions
    settings.sessionCacheSize = max(0, sessionCacheSize)
    settings.sessionSeconds = max(0, sessionSeconds)
  }
}

extension RedisServer.Options {
  /// How the server speaks TLS, besides or instead of (`port: nil`) plain TCP; nil if it does not.
  public var tls: TLSOptions? {
    get { secure as? TLSOptions }
    set { secure = newValue }
  }

  /// A server that speaks TLS, and by default nothing else over TCP.
  public init(tls: TLSOptions, port: UInt16? = nil, version: String = "7.2", password: String? = nil) {
    self.init(port: port, version: version, password: password)
    self.tls = tls
  }
}

extension RedisServer {
  /// The port of clients that speak TLS; nil if there is none, and before the first start.
  public var tlsPort: Int? { securePort }

  /// What clients that speak TLS connect with: `rediss://127.0.0.1:6380`, with the password if there is one.
  public var tlsURL: String? { tlsPort.map { url(scheme: "rediss", port: $0) } }
}
