// TestIdentities: certificates for tests: an authority, and a server and a client that it vouches for.
//
// This file may say `unsafe`. What keeps it safe: what C hands over is copied and freed within one function.

internal import CUnderstudyPlatform
internal import CUnderstudyTLS
internal import UnderstudyServer

/// An authority, and a server's and a client's certificate that it has signed, made for one test.
///
/// ```swift
/// import Understudy
/// import UnderstudyTLS
///
/// let files = try TestIdentities().write(to: "/tmp")
/// let redis = try await RedisServer.start(.init(tls: TLSOptions(files)))
/// ```
///
/// The keys are P-256. The server's certificate is good for `localhost`, `127.0.0.1` and `::1`, and for further names
/// if wanted. Everything is text in the PEM form, for clients that take it so; most want files.
public struct TestIdentities: Sendable {
  /// A certificate with its key.
  public struct Identity: Sendable {
    /// The certificate, as PEM.
    public let certificate: String
    /// The private key, as PEM, without a password.
    public let privateKey: String
  }

  /// Who signs the others.
  public let authority: Identity
  /// For servers on this machine.
  public let server: Identity
  /// For clients that have to say who they are.
  public let client: Identity

  /// What can go wrong: OpenSSL cannot make a certificate as asked for, or a file cannot be written.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    /// What it was, as a sentence for people.
    public let description: String
  }

  /// Makes new keys and certificates: some milliseconds.
  ///
  /// - Parameters:
  ///   - validFrom: from when on they are good, in seconds since 1970; an hour ago if nil. With a time long ago and a
  ///     short `validFor` they have expired.
  ///   - validFor: for how long.
  ///   - names: further names of the server, in DNS.
  /// - Throws: ``Failure``, for times that certificates cannot express and names that are none.
  public init(validFrom: Int64? = nil, validFor: Duration = .seconds(86_400), names: [String] = []) throws(Failure) {
    let start = validFrom ?? understudy_wall_microseconds() / 1_000_000 - 3600
    let (end, overflow) = start.addingReportingOverflow(validFor.components.seconds)
    if overflow { throw Failure(description: "the certificates would be valid for too long") }
    for name in names {
      // Anything else would be read as another kind of name.
      let isName = name.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (97...122).contains(byte | 32) && byte != 64 && byte < 128
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "*")
      }
      if !isName || name.isEmpty { throw Failure(description: "'\(name)' is no name in DNS") }
    }
    let alternatives = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"] + names.map { "DNS:\($0)" }
    func make(
      _ purpose: Int, _ name: String, _ alternatives: String, _ issuer: OpaquePointer?
    ) throws(Failure) -> OpaquePointer {
      guard
        let made = unsafe understudy_tls_identity_create(
          Int32(purpose), name, alternatives, start, end, issuer)
      else { throw Failure(description: "OpenSSL cannot make a certificate for \(name) with these times and names") }
      return unsafe made
    }
    let authority = unsafe try make(UNDERSTUDY_TLS_AUTHORITY, "Understudy test authority", "", nil)
    defer { unsafe understudy_tls_identity_free(authority) }
    let server = unsafe try make(
      UNDERSTUDY_TLS_SERVER, "localhost", alternatives.joined(separator: ","), authority)
    defer { unsafe understudy_tls_identity_free(server) }
    let client = unsafe try make(UNDERSTUDY_TLS_CLIENT, "client", "", authority)
    defer { unsafe understudy_tls_identity_free(client) }
    self.authority = unsafe try Self.texts(authority)
    self.server = unsafe try Self.texts(server)
    self.client = unsafe try Self.texts(client)
  }

  private static func texts(_ identity: OpaquePointer) throws(Failure) -> Identity {
    guard let certificate = unsafe text(understudy_tls_identity_text(identity, false)),
      let privateKey = unsafe text(understudy_tls_identity_text(identity, true))
    else { throw Failure(description: "OpenSSL cannot write a certificate") }
    return Identity(certificate: certificate, privateKey: privateKey)
  }

  private static func text(_ made: UnsafeMutablePointer<CChar>?) -> String? {
    guard let made = unsafe made else { return nil }
    defer { unsafe understudy_tls_text_free(made) }
    return unsafe String(cString: made)
  }

  // MARK: Files

  /// Where the identities lie as files.
  public struct Files: Sendable, Hashable {
    /// The folder that they are in.
    public let folder: String
    /// What clients and servers trust.
    public var authorityCertificate: String { "\(folder)/ca.crt" }
    /// The key of the authority, to sign more with.
    public var authorityKey: String { "\(folder)/ca.key" }
    /// The server's certificate.
    public var serverCertificate: String { "\(folder)/server.crt" }
    /// The server's key.
    public var serverKey: String { "\(folder)/server.key" }
    /// The client's certificate.
    public var clientCertificate: String { "\(folder)/client.crt" }
    /// The client's key.
    public var clientKey: String { "\(folder)/client.key" }
  }

  /// Writes `ca`, `server` and `client`, each as `.crt` and `.key`, into a folder that is there. Files of these names
  /// are replaced. Keys can be read by their owner only.
  ///
  /// - Throws: ``Failure``, if a file cannot be written.
  public func write(to folder: String) throws(Failure) -> Files {
    let files = Files(folder: folder)
    let parts = [
      (files.authorityCertificate, authority.certificate, false), (files.authorityKey, authority.privateKey, true),
      (files.serverCertificate, server.certificate, false), (files.serverKey, server.privateKey, true),
      (files.clientCertificate, client.certificate, false), (files.clientKey, client.privateKey, true),
    ]
    for (path, text, isSecret) in parts {
      let result = unsafe understudy_tls_write_file(path, text, isSecret)
      if result < 0 { throw Failure(description: "\(path): \(ServerError.text(-result))") }
    }
    return files
  }
}
