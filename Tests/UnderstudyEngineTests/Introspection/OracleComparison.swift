// The same calls to an engine without a socket and to a real redis-server, in both protocols; raw replies compared.
// What may differ is named by the caller, with a reason.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

/// One argument of a call; the engine has another type of that name.
typealias CallArgument = UnderstudyTestSupport.Argument

/// An engine that emulates 7.0 and a redis-server, side by side.
final class OracleComparison {
  let oracle: OracleServer
  let harness: EngineHarness
  private var clients: [String: (ours: HarnessClient, theirs: RawClient)] = [:]

  init(_ arguments: [String] = [], configure: (inout Configuration) -> Void = { _ in }) throws {
    oracle = try OracleServer(arguments)
    var configuration = Configuration()
    configuration.emulatedVersion = "7.0.0"
    configuration.debugCommand = .yes
    configure(&configuration)
    harness = EngineHarness(configuration)
  }

  /// A client of both servers, known by a name and its protocol.
  func client(_ name: String = "one", protocol version: Int) throws -> (ours: HarnessClient, theirs: RawClient) {
    if let client = clients["\(name)-\(version)"] { return client }
    let client = (harness.client(), try RawClient(oracle.tcp))
    if version == 3 {
      client.0.call("HELLO", "3")
      try client.1.command("HELLO", "3")
    }
    clients["\(name)-\(version)"] = client
    return client
  }

  /// Both replies to one call, as text.
  func replies(
    _ arguments: [String], as name: String = "one", protocol version: Int
  ) throws -> (ours: String, theirs: String) {
    let client = try client(name, protocol: version)
    let theirs = try client.theirs.rawCommand(arguments.map { Argument($0) })
    return (client.ours.raw(HarnessClient.frame(arguments)), String(decoding: theirs, as: UTF8.self))
  }

  /// Both replies to one call, byte by byte: for arguments and replies that need not be text.
  func bytes(
    _ arguments: [CallArgument], as name: String = "one", protocol version: Int = 2
  ) throws -> (ours: [UInt8], theirs: [UInt8]) {
    let client = try client(name, protocol: version)
    return (client.ours.bytes(encodeCommand(arguments)), try client.theirs.rawCommand(arguments))
  }

  /// Expects equal bytes; what failed is told in short, with the seed of the sequence. Answers the reply.
  @discardableResult
  func expectSame(
    _ arguments: [CallArgument], seed: UInt64, protocol version: Int = 2, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [UInt8] {
    let (ours, theirs) = try bytes(arguments, protocol: version)
    if ours != theirs {
      let call = arguments.prefix(24).map { String($0.description.prefix(60)) }.joined(separator: " ")
      let replies = "ours: \(quoted(ours.prefix(600)))\ntheirs: \(quoted(theirs.prefix(600)))"
      Issue.record("\(call) in RESP\(version), seed \(seed)\n\(replies)", sourceLocation: sourceLocation)
    }
    return theirs
  }

  /// The same for calls that are answered with several frames: of theirs, as many bytes as ours have.
  func frames(
    _ arguments: [String], as name: String = "one", protocol version: Int
  ) throws -> (ours: String, theirs: String) {
    let client = try client(name, protocol: version)
    let ours = client.ours.raw(HarnessClient.frame(arguments))
    try client.theirs.sendCommand(arguments.map { Argument($0) })
    var theirs: [UInt8] = []
    repeat { theirs += try client.theirs.receive() } while theirs.count < ours.utf8.count
    return (ours, String(decoding: theirs, as: UTF8.self))
  }

  /// Expects equal replies in RESP2 and then in RESP3.
  func expectEqual(
    _ arguments: String..., as name: String = "one", relax: (String) -> String = { $0 },
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for version in [2, 3] {
      let (ours, theirs) = try replies(arguments, as: name, protocol: version)
      #expect(
        relax(ours) == relax(theirs), "\(arguments.joined(separator: " ")) in RESP\(version)",
        sourceLocation: sourceLocation)
    }
  }

  /// Makes the calls, one a line, in both protocols, and expects equal replies; `""` is an empty word, `·` a blank
  /// within one.
  static func compare(
    _ calls: String, relax: (String) -> String = { $0 }, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let both = try OracleComparison()
    for version in [2, 3] {
      _ = try both.replies(["FLUSHALL"], protocol: version)
      for line in calls.split(separator: "\n") {
        let words = line.split(separator: " ").map { word in
          word == "\"\"" ? "" : String(word.map { $0 == "·" ? " " : $0 })
        }
        let (ours, theirs) = try both.replies(words, protocol: version)
        #expect(relax(ours) == relax(theirs), "\(line) in RESP\(version)", sourceLocation: sourceLocation)
      }
    }
  }

  /// Makes the calls and expects the same keyspace events of each, in the same order.
  static func compareEvents(_ calls: [[String]], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let both = try OracleComparison()
    _ = try both.replies(["CONFIG", "SET", "notify-keyspace-events", "KEAmn"], protocol: 2)
    let listener = try both.client("listener", protocol: 3)
    _ = try both.replies(["PSUBSCRIBE", "__key*"], as: "listener", protocol: 3)
    for call in calls {
      _ = try both.replies(call, protocol: 2)
      // Answered behind whatever was published before it.
      let marker = ["PING", "\(call)"]
      let ours = listener.ours.pending() + listener.ours.raw(HarnessClient.frame(marker))
      try listener.theirs.sendCommand(marker.map { Argument($0) })
      var theirs = ""
      while !theirs.hasSuffix("\(call)\r\n") {
        theirs += String(decoding: try listener.theirs.receive(), as: UTF8.self)
      }
      #expect(ours == theirs, "\(call)", sourceLocation: sourceLocation)
    }
  }
}
