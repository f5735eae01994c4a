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

  /// Asks it. A server that refuses a question lacks what was asked for.
  package func describe(timeout: Int) throws -> Description {
    let client = try connect(timeout: timeout)
    let info = try fields(client.command("INFO").text ?? "")
    var features: Set<String> = []
    func probe(_ feature: String, _ request: [Argument], _ fits: (RESPValue) -> Bool = { !$0.isError }) throws {
      if fits(try client.command(request)) { features.insert(feature) }
    }
    try probe("scripting", ["EVAL", "return 1", "0"])
    try probe("functions", ["FUNCTION", "LIST"])
    try probe("acl", ["ACL", "WHOAMI"])
    try probe("config", ["CONFIG", "GET", "maxmemory"]) { ($0.elements?.count ?? 0) == 2 }
    try probe("debug", ["DEBUG", "SET-ACTIVE-EXPIRE", "1"])
    try probe("packing", ["EVAL", "return #cmsgpack.pack(1) + #struct.pack('>I2', 1)", "0"])
    try probe("modules", ["MODULE", "LIST"])
    try probe("clustering", ["CLUSTER"], Self.isKnown)
    try probe("replication", ["REPLCONF"], Self.isKnown)
    try probe("migration", ["MIGRATE"], Self.isKnown)
    try probe("command", ["COMMAND", "COUNT"])
    if info["redis_version"] != nil { features.insert("info") }
    if case .unix = address { features.insert("unix") }
    if info["cluster_enabled"] == "1" { features.insert("cluster") }
    let keys = try countKeys(client, info)
    try probe("resp3", ["HELLO", "3"])
    try probe("tracking", ["CLIENT", "TRACKING", "ON"])
    let version = Version(info["redis_version"] ?? "") ?? Version("7.0")
    let name = name ?? Self.name(info)
    return Description(
      identity: ServerIdentity(name: name, version: version ?? ServerIdentity.oldest), features: features, keyCount: keys)
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

  /// From `INFO keyspace` if the server has it, else from each database.
  private func countKeys(_ client: RawClient, _ info: [String: String]) throws -> Int64 {
    var count: Int64 = 0
    for database in 0..<16 {
      if let text = info["db\(database)"], let keys = text.split(separator: ",").first?.split(separator: "=").last {
        count += Int64(keys) ?? 1
        continue
      }
      guard info["redis_version"] == nil || info["run_id"] == nil else { continue }
      guard case .simple("OK") = try client.command("SELECT", Argument(database)) else { break }
      if case .integer(let keys) = try client.command("DBSIZE") { count += keys }
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
