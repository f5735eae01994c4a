// What a case is once it has been read: its tags, and the steps that are taken one after the other.
//
// A new kind of step is a `Step.Action` here, a word in `CaseParser+Lines`, what it does in `CasePlayer`, and a row in the
// README. A new tag is a field of `Tags`, read in `CaseParser`.

/// Where something stands in a file of cases.
package struct Location: Hashable, Sendable, CustomStringConvertible {
  package var file: String
  /// From 1.
  package var line: Int
  /// From 1, in bytes.
  package var column: Int

  package var description: String { "\(file):\(line):\(column)" }
}

/// A case that cannot be read.
package struct CaseError: Error, Hashable, CustomStringConvertible {
  package var location: Location
  package var message: String

  package var description: String { "\(location): \(message)" }
}

/// The two protocols that a case runs in.
package enum RESPVersion: Int, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case two = 2
  case three = 3

  package var description: String { "RESP\(rawValue)" }
}

/// A file of cases.
package struct CaseFile: Sendable {
  /// From the folder of all cases, as `strings/set.case`.
  package var path: String
  package var lines: [String]
  package var cases: [Case]

  /// The folder, which stands for a family of commands or an aspect of the protocol.
  package var family: String { String(path.split(separator: "/").dropLast().last ?? "") }
}

/// One case: a transcript.
package struct Case: Sendable {
  package var title: String
  package var tags: Tags
  package var steps: [Step]
  /// Requests that run when the case ends, however it ends.
  package var finally: [[Template]]
  /// The lines of the file that it stands on, from 0, its title included.
  package var lines: Range<Int>

  /// How many replies and states are asserted in one run.
  package var assertionCount: Int { steps.reduce(0) { $0 + $1.assertionCount } }
}

/// What is said of a case beside its steps.
package struct Tags: Sendable {
  package var since: Version?
  package var until: Version?
  package var needs: [String] = []
  package var isAlone = false
  package var protocols = RESPVersion.allCases
  /// By the name of a server: why it may answer otherwise.
  package var differs: [String: String] = [:]
  /// Words of one's own, to select cases by.
  package var words: [String] = []
}

/// A version of Redis.
package struct Version: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var parts: [Int]

  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    guard !parts.isEmpty, parts.count <= 4, parts.allSatisfy({ $0 >= 0 }) else { return nil }
    self.parts = parts
  }

  package static func < (left: Version, right: Version) -> Bool {
    for index in 0..<max(left.parts.count, right.parts.count) {
      let (a, b) = (index < left.parts.count ? left.parts[index] : 0, index < right.parts.count ? right.parts[index] : 0)
      if a != b { return a < b }
    }
    return false
  }

  package var description: String { parts.map { String($0) }.joined(separator: ".") }
}

/// One step of a case.
package struct Step: Sendable {
  package enum Action: Sendable {
    /// A request; `leaves` is false if it is put aside for one write with what follows.
    case request(String, [Template], leaves: Bool)
    /// Bytes as they are, at once or one at a time.
    case bytes(String, Template, drips: Bool)
    /// Bytes cut in two at every place; what must come each time.
    case split(String, Template, [Expectation])
    case expect(Expectation)
    /// A request sent until what must come has come.
    case eventually(String, [Template], milliseconds: Int, [Expectation])
    /// A request sent many times in one write.
    case times(Int, String, [Template], [Expectation])
    /// Nothing is there to be read, once the server has read all; `isWaiting` if a request is out.
    case silence(String, isWaiting: Bool)
    case closed(String)
    case end(String, Ending)
    case open(String, isRaw: Bool)
    case configure(String, Template)
  }

  /// How a client ends a connection.
  package enum Ending: String, Sendable { case close, halfclose, reset }

  package var action: Action
  /// From 1.
  package var line: Int

  /// Every expectation in it, in order.
  package var expectations: [Expectation] {
    switch action {
    case .expect(let expectation): [expectation]
    case .split(_, _, let all), .eventually(_, _, _, let all), .times(_, _, _, let all): all
    default: []
    }
  }

  var assertionCount: Int {
    switch action {
    case .silence, .closed: 1
    default: expectations.count
    }
  }
}

/// What must come next on a connection.
package struct Expectation: Sendable {
  package struct Alternative: Sendable {
    package var conditions: [Condition]
    package var pattern: Pattern
  }

  package enum Condition: Hashable, Sendable {
    case resp(RESPVersion)
    case server(String)
    case atLeast(Version)
    case before(Version)
    case otherwise
  }

  package var connection: String
  package var alternatives: [Alternative]
  /// The lines of the file that it stands on, from 1.
  package var lines: ClosedRange<Int>

  /// The pattern that counts, or nil if the case forgot this server or protocol.
  package func pattern(_ resp: RESPVersion, _ server: ServerIdentity) -> Pattern? {
    alternative(resp, server)?.pattern
  }

  /// Whether what counts is written for this very server.
  package func isAllowedDifference(_ resp: RESPVersion, _ server: ServerIdentity) -> Bool {
    alternative(resp, server)?.conditions.contains(.server(server.name)) == true
  }

  private func alternative(_ resp: RESPVersion, _ server: ServerIdentity) -> Alternative? {
    alternatives.first { alternative in
      alternative.conditions.allSatisfy { condition in
        switch condition {
        case .resp(let wanted): wanted == resp
        case .server(let name): name == server.name
        case .atLeast(let version): server.version >= version
        case .before(let version): server.version < version
        case .otherwise: true
        }
      }
    }
  }
}

/// Whom a case speaks with.
package struct ServerIdentity: Hashable, Sendable {
  package var name: String
  package var version: Version

  package init(name: String, version: Version) {
    self.name = name
    self.version = version
  }
}
