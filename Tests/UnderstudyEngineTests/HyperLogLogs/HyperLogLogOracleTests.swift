// HyperLogLogs beside a live redis-server: the same replies, and the same bytes in the strings.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "HyperLogLogOracleTests")))
struct HyperLogLogOracleTests {
  @Test func callsWithEdges() throws {
    try OracleComparison.compare(
      """
      PFADD
      PFCOUNT
      PFMERGE
      PFDEBUG
      PFDEBUG ENCODING
      PFDEBUG ENCODING k x
      PFSELFTEST x
      PFSELFTEST
      PFCOUNT none
      PFCOUNT none none
      PFADD k
      PFADD k
      OBJECT ENCODING k
      PFCOUNT k
      PFADD k a b c
      PFADD k a b c
      PFCOUNT k
      PFCOUNT k
      PFDEBUG DECODE k
      PFDEBUG decode k
      PFDEBUG ENCODING k
      PFDEBUG NOSUCH k
      PFDEBUG NOSUCH none
      PFDEBUG TODENSE k
      PFDEBUG TODENSE k
      PFDEBUG ENCODING k
      PFDEBUG DECODE k
      PFCOUNT k
      PFADD other ""
      PFDEBUG GETREG other
      PFDEBUG ENCODING other
      PFMERGE merged k other none
      PFCOUNT merged
      PFDEBUG ENCODING merged
      PFMERGE empty
      PFCOUNT empty
      SET str x
      SET number 1234567890123456789
      LPUSH list x
      PFADD str
      PFADD str x
      PFADD number x
      PFADD list x
      PFCOUNT str
      PFCOUNT list
      PFCOUNT k str
      PFCOUNT k list
      PFMERGE k str
      PFMERGE k list
      PFMERGE str k
      PFMERGE list k
      PFDEBUG ENCODING str
      PFDEBUG ENCODING list
      CONFIG SET hll-sparse-max-bytes 0
      PFADD dense x
      PFDEBUG ENCODING dense
      APPEND dense x
      PFCOUNT dense
      CONFIG SET hll-sparse-max-bytes 3000
      INFO nosuch
      """)
  }

  @Test func events() throws {
    try OracleComparison.compareEvents([
      ["PFADD", "k"], ["PFADD", "k"], ["PFADD", "k", "a", "b"], ["PFADD", "k", "a"], ["PFCOUNT", "k"], ["PFCOUNT", "k"],
      ["PFCOUNT", "none"], ["PFCOUNT", "k", "none"], ["PFMERGE", "m", "k", "none"], ["PFMERGE", "m"],
      ["PFDEBUG", "TODENSE", "k"], ["PFDEBUG", "GETREG", "m"], ["PFDEBUG", "ENCODING", "none"],
    ])
  }

  /// Which calls count as changes, and which of them those who watch the key hear of.
  @Test func changes() throws {
    let both = try OracleComparison()
    func changes() throws -> (ours: String?, theirs: String?) {
      let replies = try both.replies(["INFO", "persistence"], protocol: 2)
      func line(_ text: String) -> String? {
        text.split(separator: "\r\n").first { $0.hasPrefix("rdb_changes") }.map { String($0) }
      }
      return (line(replies.ours), line(replies.theirs))
    }
    for call in [
      ["PFADD", "k", "a", "b", "c", "d"], ["PFADD", "k", "a"], ["PFCOUNT", "k"], ["PFCOUNT", "k"],
      ["PFCOUNT", "k", "none"], ["PFMERGE", "m", "k"], ["PFMERGE", "m"], ["PFDEBUG", "GETREG", "m"],
      ["PFDEBUG", "GETREG", "m"], ["PFDEBUG", "TODENSE", "k"], ["PFADD", "k", "e", "f"], ["PFADD", "new"],
    ] {
      for version in [2, 3] {
        _ = try both.replies(["WATCH", "k", "m", "new"], as: "watcher", protocol: version)
        try both.expectEqual(call[0], call[1])
        _ = try both.replies(call, protocol: version)
        let (ours, theirs) = try changes()
        #expect(ours == theirs && ours != nil, "\(call)")
        _ = try both.replies(["MULTI"], as: "watcher", protocol: version)
        let outcome = try both.replies(["EXEC"], as: "watcher", protocol: version)
        #expect(outcome.ours == outcome.theirs, "watched across \(call)")
      }
    }
  }

  @Test(arguments: (1...3).map { TestEnvironment.seed &+ $0 }) func randomCalls(seed: UInt64) throws {
    let both = try OracleComparison()
    var dice = SeededGenerator(seed: seed)
    let keys: [CallArgument] = ["a", "b", "c", "d"]
    for _ in 0..<300 {
      let key = dice.pick(keys)
      switch Int.random(in: 0..<100, using: &dice) {
      case ..<4:
        let limit = dice.pick([0, 17, 18, 20, 30, 100, 500, 3000, 15000])
        try both.expectSame(["CONFIG", "SET", "hll-sparse-max-bytes", CallArgument(limit)], seed: seed)
      case ..<55:
        let count = dice.pick([0, 1, 1, 2, 3, 10, 100, 400])
        try both.expectSame(["PFADD", key] + (0..<count).map { _ in element(&dice) }, seed: seed)
      case ..<72: try both.expectSame(["PFCOUNT", key], seed: seed)
      case ..<76: try both.expectSame(["PFCOUNT", key, dice.pick(keys), "none", dice.pick(keys)], seed: seed)
      case ..<83: try both.expectSame(["PFMERGE", key, dice.pick(keys), dice.pick(keys)], seed: seed)
      case ..<87:
        try both.expectSame(["PFDEBUG", dice.pick(["DECODE", "ENCODING", "TODENSE"]), key], seed: seed)
      case ..<93: try both.expectSame(["DEL", key], seed: seed)
      // A string that came from one key, or was damaged on its way.
      case let roll:
        guard var text = text(try both.expectSame(["GET", key], seed: seed)) else { continue }
        if roll < 98 { damage(&text, &dice) }
        // There redis-server reads on behind the string: what it finds is anybody's guess.
        if endsWithinARun(text) { text.append(0) }
        try both.expectSame(["SET", dice.pick(keys), CallArgument(text)], seed: seed)
      }
      try both.expectSame(["GET", key], seed: seed)
      try both.expectSame(["OBJECT", "ENCODING", key], seed: seed)
    }
  }

  private func element(_ dice: inout SeededGenerator) -> CallArgument {
    if dice.chance(50) { return CallArgument(Int.random(in: 0..<dice.pick([10, 1000, 1_000_000]), using: &dice)) }
    return CallArgument((0..<Int.random(in: 0...40, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) })
  }

  /// The bytes of a bulk reply; nil if there are none.
  private func text(_ reply: [UInt8]) -> [UInt8]? {
    guard reply.count > 5, let end = reply.firstIndex(of: 10) else { return nil }
    return Array(reply[(end + 1)..<(reply.count - 2)])
  }
}

/// Whether the last run of a sparse form lacks its second byte.
private func endsWithinARun(_ text: [UInt8]) -> Bool {
  guard text.count > 16, text[4] == 1 else { return false }
  var index = 16
  while index < text.count { index += text[index] & 0xC0 == 0x40 ? 2 : 1 }
  return index > text.count
}

/// Changes, cuts off or inserts a byte or two, mostly near the front, where what matters most lies.
func damage(_ text: inout [UInt8], _ dice: inout SeededGenerator) {
  for _ in 0..<Int.random(in: 1...2, using: &dice) where !text.isEmpty {
    let index = Int.random(in: 0..<min(text.count, dice.pick([16, 40, 100_000])), using: &dice)
    switch Int.random(in: 0..<10, using: &dice) {
    case ..<7: text[index] = UInt8.random(in: 0...255, using: &dice)
    case 7: text.removeSubrange(index...)
    default: text.insert(UInt8.random(in: 0...255, using: &dice), at: index)
    }
  }
}
