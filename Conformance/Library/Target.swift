// The server to be measured: where it is, how to get in, what it is and what it has.

package import UnderstudyTestSupport

package struct Target: Sendable, CustomStringConvertible {
  package var address: ServerAddress
  /// What AUTH is given, if anything.
  package var credentials: [String] = []
  /// What it is called, if it does not say so itself.
  package var name: String?

  /// - Parameter text: `host:port`, or `unix:path`
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      address = .unix(path: String(text.dropFirst(5)))
    } else {
      guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
      let host = String(text[..<colon])
      address = .tcp(host: host.isEmpty ? "127.0.0.1" : host, port: Int(port))
    }
  }

  package init(_ address: ServerAddress) { self.address = address }

  package var description: String {
    switch address {
    case .tcp(let host, let port): "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// A connection that has said who it is.
  func connect(timeout: Int) throws -> RawClient {
    let client = try RawClient(address, timeoutMilliseconds: timeout)
    guard !credentials.isEmpty else { return client }
    let reply = try client.command([Argument("AUTH")] + credentials.map { Argument($0) })
    if reply.isError { throw WireError("AUTH answered \(Notation(reply).text)") }
    return client
  }

  // MARK: What it is

  /// What a target says of itself.
  package struct Description: Sendable {
    package var identity: ServerIdentity
    /// Which of `CaseParser.features` it has.
    package var features: Set<String>
    /// How many keys it holds in all databases.
    package var keyCount: Int64

    package init(identity: ServerIdentity, features: Set<String>, keyCount: Int64) {
      self.identity = identity
      self.features = features
      self.keyCount = keyCount
    }
  }

  /// Asks it. A server that refuses a question, or closes upon it, lacks what was asked for; one that nobody can connect to
  /// is an error.
  package func describe(timeout: Int) throws -> Description {
    let questions = Questions(target: self, timeout: timeout, client: try connect(timeout: timeout))
    let info = fields(questions.ask("INFO")?.text ?? "")
    var features: Set<String> = []
    func probe(_ feature: String, _ request: Argument..., fits: (RESPValue) -> Bool = { !$0.isError }) {
      if let reply = questions.ask(request), fits(reply) { features.insert(feature) }
    }
    probe("scripting", "EVAL", "return 1", "0")
    probe("functions", "FUNCTION", "LIST")
    probe("acl", "ACL", "WHOAMI")
    probe("config", "CONFIG", "GET", "maxmemory") { ($0.elements?.count ?? 0) == 2 }
    probe("debug", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
    probe("packing", "EVAL", "return #cmsgpack.pack(1) + #struct.pack('>I2', 1)", "0")
    probe("modules", "MODULE", "LIST")
    probe("clustering", "CLUSTER", fits: Self.isKnown)
    probe("replication", "REPLCONF", fits: Self.isKnown)
    probe("migration", "MIGRATE", fits: Self.isKnown)
    probe("command", "COMMAND", "COUNT")
    if info["redis_version"] != nil { features.insert("info") }
    if case .unix = address { features.insert("unix") }
    if info["cluster_enabled"] == "1" { features.insert("cluster") }
    let keys = countKeys(questions, info)
    probe("resp3", "HELLO", "3")
    probe("tracking", "CLIENT", "TRACKING", "ON")
    let version = Version(info["redis_version"] ?? "") ?? ServerIdentity.oldest
    return Description(
      identity: ServerIdentity(name: name ?? Self.name(info), version: version), features: features, keyCount: keys)
  }

  /// A connection to ask on, and another one when it was closed.
  private final class Questions {
    private let target: Target
    private let timeout: Int
    private var client: RawClient?

    init(target: Target, timeout: Int, client: RawClient) {
      (self.target, self.timeout, self.client) = (target, timeout, client)
    }

    func ask(_ request: Argument...) -> RESPValue? { ask(request) }

    /// The reply, or nil if none came on this connection, nor on a new one.
    func ask(_ request: [Argument]) -> RESPValue? {
      if let client, let reply = try? client.command(request) { return reply }
      client = try? target.connect(timeout: timeout)
      let reply = try? client?.command(request)
      if reply == nil { client = nil }
      return reply
    }
  }

  /// Whether the server knows a command that it was asked for without arguments.
  private static func isKnown(_ reply: RESPValue) -> Bool {
    guard reply.isError, let text = reply.text?.lowercased() else { return true }
    return !text.contains("unknown command")
  }

  private static func name(_ info: [String: String]) -> String {
    if info["understudy"] != nil { return "understudy" }
    if info["valkey_version"] != nil { return "valkey" }
    if info["dragonfly_version"] != nil { return "dragonfly" }
    return info["redis_version"] != nil && info["run_id"] != nil ? "redis-server" : "unknown"
  }

  /// From `INFO keyspace` if the server has it, however many databases there are; else from the usual sixteen.
  private func countKeys(_ questions: Questions, _ info: [String: String]) -> Int64 {
    var count: Int64 = 0
    for (name, text) in info where name.wholeMatch(of: /db\d+/) != nil {
      guard let keys = text.split(separator: ",").first?.split(separator: "=").last else { continue }
      count += Int64(keys) ?? 1
    }
    if info["redis_version"] != nil && info["run_id"] != nil { return count }
    for database in 0..<16 where info["db\(database)"] == nil {
      guard case .simple("OK")? = questions.ask("SELECT", Argument(database)) else { break }
      if case .integer(let keys)? = questions.ask("DBSIZE") { count += keys }
    }
    return count
  }

  private func fields(_ info: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in info.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
    }
    return fields
  }
}

extension ServerIdentity {
  /// What a server is taken for that does not say its version.
  static var oldest: Version { Version(parts: [7, 0]) }
}

extension Version {
  init(parts: [Int]) { self.parts = parts }
}
