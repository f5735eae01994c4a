// HyperLogLogs alone: counts as good as promised, both forms agreeing, and strings that somebody has made up.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

struct HyperLogLogTests {
  /// The strings of a sparse and a dense one that have seen the same.
  private func bothForms(_ elements: some Sequence<String>) -> (sparse: [UInt8], dense: [UInt8]) {
    var (sparse, dense) = (HyperLogLog.make(), HyperLogLog.make())
    let isDense = dense.becomeDense()
    #expect(isDense)
    for element in elements {
      let changes = element.lend { (sparse.add($0, sparseLimit: 20_000), dense.add($0, sparseLimit: 0)) }
      #expect(changes.0 == changes.1)
    }
    defer {
      sparse.buffer.release()
      dense.buffer.release()
    }
    return ([UInt8](sparse.buffer.bytes), [UInt8](dense.buffer.bytes))
  }

  @Test(arguments: [0, 1, 2, 10, 100, 1000, 20_000, 200_000]) func countsAreAsGoodAsPromised(_ count: Int) throws {
    let (sparse, dense) = bothForms((0..<count).map { "element \($0)" })
    let estimate = try #require(sparse.lend { HyperLogLog.estimate($0) })
    #expect(dense.lend { HyperLogLog.estimate($0) } == estimate)
    // The standard error is 0.81 %; these elements are always the same ones.
    #expect((Double(estimate) - Double(count)).magnitude <= (Double(count) * 0.0081 * 3).rounded(.up))
  }

  @Test func bothFormsHaveTheSameRegisters() {
    let (sparse, dense) = bothForms((0..<5000).map { "\($0)" })
    #expect(sparse[4] == 1 && dense[4] == 0)
    var registers = [[UInt8](repeating: 0, count: 16384), [UInt8](repeating: 0, count: 16384)]
    let areWhole = [
      sparse.lend { HyperLogLog.merge($0, into: &registers[0]) },
      dense.lend { HyperLogLog.merge($0, into: &registers[1]) },
    ]
    #expect(areWhole == [true, true])
    #expect(registers[0] == registers[1])
    #expect(registers[0].contains { $0 > 1 })
  }

  @Test func aCountIsKeptUntilSomethingChanges() {
    let client = EngineHarness().client()
    func header() -> String { client.call("GETRANGE", "k", "8", "15") }
    client.call("PFADD", "k", "a", "b", "c")
    #expect(client.bytes(encodeCommand(["GETRANGE", "k", "15", "15"])) == Array("$1\r\n".utf8) + [0x80, 13, 10])
    #expect(client.call("PFCOUNT", "k") == ":3\r\n")
    #expect(header() == "$8\r\n\u{3}\0\0\0\0\0\0\0\r\n")
    // What the header says is believed.
    client.call("SETRANGE", "k", "8", "\u{4}")
    #expect(client.call("PFCOUNT", "k") == ":4\r\n")
    client.call("PFADD", "k", "a")
    #expect(client.call("PFCOUNT", "k") == ":4\r\n")
    client.call("PFADD", "k", "d", "e")
    #expect(client.call("PFCOUNT", "k") == ":5\r\n")
  }

  @Test func aSnapshotKeepsItsRegisters() {
    let client = EngineHarness().client()
    client.call("PFADD", "k", "a")
    client.call("PFDEBUG", "TODENSE", "k")
    client.call("COPY", "k", "copy")
    client.call("PFADD", "k", "b", "c", "d")
    #expect(client.call("PFCOUNT", "copy") == ":1\r\n")
    #expect(client.call("PFCOUNT", "k") == ":4\r\n")
  }

  /// Nothing that can be set makes a command do worse than answer an error.
  @Test(arguments: testSeeds()) func stringsThatSomebodyHasMadeUp(seed: UInt64) {
    let client = EngineHarness().client()
    var dice = SeededGenerator(seed: seed)
    var isWhole = 0
    for round in 0..<400 {
      var text = bothForms((0..<dice.pick([0, 1, 20, 500])).map { "\(round) \($0)" })
      if dice.chance(40) {
        let count = Int.random(in: 0...60, using: &dice)
        text.sparse = Array(text.sparse.prefix(16)) + (0..<count).map { _ in UInt8.random(in: 0...255, using: &dice) }
      }
      var bytes = dice.chance(70) ? text.sparse : text.dense
      damage(&bytes, &dice)
      for call: [CallArgument] in [
        ["PFCOUNT", "k"], ["PFCOUNT", "k", "k"], ["PFDEBUG", "DECODE", "k"], ["PFADD", "k", "x", "y", "z"],
        ["PFMERGE", "m", "k"], ["PFDEBUG", "GETREG", "k"], ["PFADD", "k", CallArgument(round)],
      ] {
        _ = client.bytes(encodeCommand(["SET", "k", CallArgument(bytes)]))
        let reply = client.bytes(encodeCommand(call))
        #expect(!reply.isEmpty, "seed \(seed)")
        isWhole += reply.first == UInt8(ascii: "-") ? 0 : 1
      }
    }
    #expect(isWhole > 100, "seed \(seed): hardly any string was whole")
  }
}
