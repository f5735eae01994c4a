// RedisServer.Options: what a server starts with, and how that becomes the configuration of its engine and the
// addresses of its listeners. A new option is a property, a parameter of `init` and its place in one of those two.

package import UnderstudyEngine
package import UnderstudyServer

extension RedisServer {
  /// What a server starts with.
  ///
  /// Every option has a default, so that one names only those that matter: `RedisServer.start(.init(version: "7.0"))`.
  public struct Options: Sendable {
    /// The address to listen at.
    public var host: String
    /// The TCP port; 0 takes a free one, nil opens none.
    public var port: UInt16?
    /// The path of a Unix socket to listen at as well. The system allows about a hundred bytes.
    public var unixSocketPath: String?
    /// Whether to open a control port, for tests in other languages.
    public var opensControlPort: Bool
    /// The version to emulate, of Redis (`7.2`) or of Valkey (`valkey-9.0`): commands that are newer are unknown.
    public var version: String
    /// What replays every random choice of the server; drawn anew for each server if nil.
    public var seed: UInt64?
    /// What clients must authenticate with.
    public var password: String?
    /// The address of a real server (`127.0.0.1:6379`) to which everything that clients ask for is passed on: a proxy, which
    /// sees and provokes, and executes nothing. See <doc:Proxy>.
    public var upstream: String?
    /// Further directives, as in `redis.conf`: `["maxclients": "10"]`.
    public var directives: [String: String]
    /// What UnderstudyTLS has put in; this library links no TLS itself.
    package var secure: (any SecureOptions)?

    /// The defaults, but for what is named.
    public init(
      host: String = "127.0.0.1", port: UInt16? = 0, unixSocketPath: String? = nil, opensControlPort: Bool = false,
      version: String = "7.2", seed: UInt64? = nil, password: String? = nil, upstream: String? = nil,
      directives: [String: String] = [:]
    ) {
      self.host = host
      self.port = port
      self.unixSocketPath = unixSocketPath
      self.opensControlPort = opensControlPort
      self.version = version
      self.seed = seed
      self.password = password
      self.upstream = upstream
      self.directives = directives
    }
  }
}

/// How a server is to speak TLS: where, as which settings say, made by what.
package protocol SecureOptions: Sendable {
  var portChoice: PortChoice { get }
  var security: TransportSecurity { get }
  /// Puts the settings into a configuration; throws what is wrong with them.
  func configure(_ settings: inout TLSSettings) throws(RedisServerError)
}

extension RedisServer.Options {
  /// Directives that say where to listen: options here, because the server takes them before it has a configuration.
  private static let ownOptions: Set = ["port", "bind", "unixsocket", "control-port", "tls-port"]

  /// Where to listen.
  var serverOptions: ServerOptions {
    var result = ServerOptions()
    result.bind = [host]
    result.port = port.map { $0 == 0 ? .automatic : .fixed($0) } ?? .none
    result.unixSocket = unixSocketPath
    result.controlPort = opensControlPort ? .automatic : .none
    if let secure {
      result.tlsPort = secure.portChoice
      result.security = secure.security
    }
    return result
  }

  /// The part of a URL before its host.
  var credentials: String { password.map { ":\($0.percentEncoded())@" } ?? "" }

  /// The options as the engine's configuration.
  func configuration() throws(RedisServerError) -> Configuration {
    // The system reads both up to their first zero byte, and would listen somewhere else.
    if host.utf8.contains(0) { throw .invalidOption("the host contains a zero byte") }
    if unixSocketPath?.utf8.contains(0) == true { throw .invalidOption("the socket's path contains a zero byte") }
    var configuration = Configuration()
    if let secure { try secure.configure(&configuration.tls) }
    var given = directives.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    given.insert(("emulate-version", version), at: 0)
    if let password { given.append(("requirepass", password)) }
    if let upstream { given.append(("upstream", upstream)) }
    for (name, value) in given {
      let name = name.lowercased()
      if Self.ownOptions.contains(name) {
        throw .invalidOption("the directive '\(name)' is an option of its own")
      }
      do {
        try Directives.apply(name: name, values: [Array(value.utf8)], to: &configuration)
      } catch {
        throw .invalidOption("\(name) \(value): \(error.text)")
      }
    }
    do throws(ServerError) { try configuration.meetUpstream() } catch { throw RedisServerError(error) }
    return configuration
  }
}

extension String {
  /// The text with all but letters, digits, `-._~` and `keeping` as %XX, as the parts of a URL want it.
  func percentEncoded(keeping kept: UInt8 = UInt8(ascii: "-")) -> String {
    var result = ""
    for byte in utf8 {
      switch byte {
      case kept: result.unicodeScalars.append(UnicodeScalar(byte))
      case 45, 46, 48...57, 65...90, 95, 97...122, 126: result.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
