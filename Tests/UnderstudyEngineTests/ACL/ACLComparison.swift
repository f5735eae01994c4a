// What the tests of users share: in which form their rules may be compared with the real server's.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

enum ACLComparison {
  /// A reply in which the single commands of each list of rules stand in order.
  static func ordered(_ reply: String) -> String {
    reply.components(separatedBy: "\r\n").map(\.withOrderedRules).joined(separator: "\r\n")
  }

  /// A reply without the parts of CLIENT LIST and the ages in ACL LOG, which are of the moment.
  static func withoutMoments(_ reply: String) -> String {
    var lines = reply.components(separatedBy: "\r\n")
    for index in lines.indices where index + 2 < lines.count {
      if lines[index] == "age-seconds" {
        // One line in RESP3, two in RESP2.
        let isBulk = lines[index + 1].hasPrefix("$")
        lines[index + 1] = isBulk ? "$" : ","
        if isBulk { lines[index + 2] = "" }
      } else if lines[index] == "client-info" {
        // What is compared of a client: what it did and who it was.
        lines[index + 1] = "$"
        lines[index + 2] = lines[index + 2].components(separatedBy: " ").filter { field in
          ["cmd=", "user=", "resp=", "flags="].contains { field.hasPrefix($0) }
        }.joined(separator: " ")
      }
    }
    return lines.joined(separator: "\r\n")
  }
}

extension String {
  func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
