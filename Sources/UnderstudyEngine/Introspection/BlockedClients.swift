// What clients wait for: those in a blocking command, as LAB.CONN BLOCKED tells them.
//
// This file may say `unsafe`. What keeps it safe: sessions come from the registry, under the engine's lock, and a wait's
// request lives as long as its session waits.

/// A client that waits, at one moment.
struct BlockedClient {
  let identifier: UInt64
  let endpoint: String
  let name: String
  let address: String
  /// The request, shortened, with secrets taken out.
  let command: String
  /// For how long, by the wait clock.
  let milliseconds: Int64
}

extension EngineState {
  /// The clients in a blocking command, of one endpoint or of all, who waits longest first.
  func blockedClients(at endpoint: Int?) -> [BlockedClient] {
    var found: [(token: UInt64, client: BlockedClient)] = []
    for unsafe session in unsafe sessions.values where unsafe isClient(session) {
      let number = unsafe session.pointee.endpoint
      guard let blocked = unsafe session.pointee.extras?.blocked, endpoint == nil || endpoint == number,
        let entry = unsafe blocked.request.entry(0)
      else { continue }
      let arguments = blocked.request.arguments(0)
      let words = unsafe Array(redacted(entry, arguments).prefix(CommandText.wordLimit))
      let client = unsafe BlockedClient(
        identifier: session.pointee.identifier, endpoint: lab.endpoints[number].name,
        name: session.pointee.extras?.name.text ?? "", address: addresses(of: session).address,
        command: CommandText.text(words, of: arguments.count),
        milliseconds: max(0, waitNow - session.pointee.lastActiveAt) / 1000)
      found.append((blocked.token, client))
    }
    return found.sorted { $0.token < $1.token }.map(\.client)
  }
}
