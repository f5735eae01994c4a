// Several clients of two servers, an engine and a real redis-server, that hear of one another: whatever each of them
// reads after each step is compared.
//
// A step is what one client sends in one piece. Then every client sends a PING, whose answer ends what it has to read. A
// word `@name` stands for the identifier of a client, which the two servers number each in its own way.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

final class OracleConversation {
  private let both: OracleComparison
  private let protocols: [(name: String, version: Int)]
  private var identifiers: [(name: String, ours: String, theirs: String)] = []
  private var steps = 0
  private var closed: Set<String> = []

  /// Opens the clients, by name and protocol.
  init(
    _ protocols: KeyValuePairs<String, Int>, configure: (inout Configuration) -> Void = { _ in }
  ) throws {
    both = try OracleComparison(configure: configure)
    self.protocols = protocols.map { ($0.key, $0.value) }
    for (name, version) in self.protocols {
      let (ours, theirs) = try both.replies(["CLIENT", "ID"], as: name, protocol: version)
      identifiers.append((name, ours.filter(\.isNumber), theirs.filter(\.isNumber)))
    }
  }

  /// Sends the calls, parted by `|`, as one client, and expects that all clients read the same from both servers.
  ///
  /// - Parameters:
  ///   - loser: a client whose connection this ends.
  func say(
    _ name: String, _ calls: String, closes loser: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    steps += 1
    if let loser { closed.insert(loser) }
    let words = calls.split(separator: "|").map { $0.split(separator: " ").map(word) }
    // The speaker comes twice: what is pushed behind its batch follows the first marker.
    let listeners = [(name, try version(of: name))] + protocols.filter { !closed.contains($0.name) }
    var read: [String: (ours: String, theirs: String)] = [:]
    for (index, (listener, version)) in listeners.enumerated() {
      let marker = "end-\(steps)-\(index)"
      let said = (index == 0 ? words : []) + [["PING", marker]]
      let client = try both.client(listener, protocol: version)
      var ours = client.ours.pending()
      ours += client.ours.raw(said.map { HarnessClient.frame($0.map { resolve($0, \.ours) }) }.joined())
      try client.theirs.send(said.flatMap { encodeCommand($0.map { CallArgument(resolve($0, \.theirs)) }) })
      var theirs = ""
      while !theirs.hasSuffix("\(marker)\r\n") { theirs += String(decoding: try client.theirs.receive(), as: UTF8.self) }
      let ends = /(?:\*2\r\n\$4\r\npong\r\n)?\$\d+\r\nend-\d+-\d+\r\n/
      read[listener, default: ("", "")].ours += anonymous(ours, \.ours).replacing(ends, with: "")
      read[listener, default: ("", "")].theirs += anonymous(theirs, \.theirs).replacing(ends, with: "")
    }
    for (listener, texts) in read {
      #expect(
        texts.ours == texts.theirs, "\(name): \(calls), as \(listener) reads it", sourceLocation: sourceLocation)
    }
  }

  private func version(of name: String) throws -> Int {
    try #require(protocols.first { $0.name == name }?.version)
  }

  /// `""` is an empty word.
  private func word(_ text: Substring) -> String { text == "\"\"" ? "" : String(text) }

  private func resolve(
    _ word: String, _ side: KeyPath<(name: String, ours: String, theirs: String), String>
  ) -> String {
    guard word.hasPrefix("@") else { return word }
    return identifiers.first { $0.name == word.dropFirst() }?[keyPath: side] ?? word
  }

  private func anonymous(
    _ reply: String, _ side: KeyPath<(name: String, ours: String, theirs: String), String>
  ) -> String {
    identifiers.reduce(reply) { reply, client in
      ["redirect", "broken"].reduce(reply) { reply, word in
        reply.replacing("\(word)\r\n:\(client[keyPath: side])\r\n", with: "\(word)\r\n:@\(client.name)\r\n")
      }
    }
  }
}
