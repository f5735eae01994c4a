// StreamValue against an array of entries, with small blocks and clones that change on their own, and against
// a block dumped by redis-server 7.0.15.

import Testing

@testable import UnderstudyEngine

@Suite struct StreamValueTests {
  struct Entry: Equatable {
    var id: StreamID
    var fields: [String]  // field, value, field, value …
  }

  static func read(_ entry: StreamEntry) -> Entry {
    var fields: [String] = []
    entry.forEachField { field, value in
      fields.append(field.withBytes { String($0) })
      fields.append(value.withBytes { String($0) })
    }
    return Entry(id: entry.id, fields: fields)
  }

  func contents(
    _ stream: StreamValue, from: StreamID = .zero, through: StreamID = .max, limit: Int = .max,
    descending: Bool = false
  ) -> [Entry] {
    var result: [Entry] = []
    let shown = stream.forEach(from: from, through: through, limit: limit, descending: descending) {
      result.append(Self.read($0))
    }
    #expect(shown == result.count)
    return result
  }

  func append(_ stream: StreamValue, _ entry: Entry, _ limits: StreamLimits) {
    let arguments = entry.fields.map { Array($0.utf8) }
    // All arguments in one block, as in a request.
    let joined = arguments.flatMap { $0 }
    joined.lend { bytes in
      var starts: [Int] = []
      var at = 0
      for argument in arguments {
        starts.append(at)
        at += argument.count
      }
      stream.append(entry.id, fieldCount: arguments.count / 2, bytes: joined.count, limits: limits) { index in
        unsafe Bytes(bytes.pointer + starts[index], count: arguments[index].count)
      }
    }
  }

  @Test(arguments: testSeeds(6), [100, 5, 1, 0])
  func randomEdits(seed: UInt64, blockEntries: Int) {
    var random = TestRandom(seed: seed)
    let note: Comment = "seed \(seed) entries \(blockEntries)"
    let limits = StreamLimits(blockEntries: blockEntries, blockBytes: blockEntries == 0 ? 500 : 4096)
    var stream = StreamValue()
    var model: [Entry] = []
    var last = StreamID.zero
    var copies: [(StreamValue, [Entry])] = []
    func someID() -> StreamID {
      switch random.next() % 4 {
      case 0:
        return StreamID(milliseconds: random.next() % (last.milliseconds + 2), sequence: random.next() % 5)
      default: return model.randomElement(using: &random)?.id ?? last
      }
    }
    for step in 0..<1500 {
      switch random.next() % 12 {
      case 0...5:
        let shape = random.next() % 4
        let count = shape == 0 ? Int(1 + random.next() % 4) : 2
        var fields: [String] = []
        for index in 0..<count {
          fields.append(shape == 0 ? "f\(random.next() % 3)" : "field\(index)")
          fields.append(
            random.next() & 1 == 0
              ? String(random.next() % 100_000) : String(repeating: "v", count: Int(random.next() % 80)))
        }
        last =
          random.next() & 1 == 0
          ? StreamID(milliseconds: last.milliseconds, sequence: last.sequence + 1 + random.next() % 3)
          : StreamID(milliseconds: last.milliseconds + 1 + random.next() % 1000, sequence: random.next() % 9)
        let entry = Entry(id: last, fields: fields)
        append(stream, entry, limits)
        model.append(entry)
        #expect(stream.lastID == last, note)
      case 6, 7:
        let id = someID()
        let index = model.firstIndex { $0.id == id }
        #expect(stream.delete(id) == (index != nil), note)
        if let index { model.remove(at: index) }
      case 8:
        let lower = someID()
        let upper = someID()
        let limit = Int(random.next() % 20)
        let expected = model.filter { $0.id >= lower && $0.id <= upper }
        let up = contents(stream, from: lower, through: upper, limit: limit) == Array(expected.prefix(limit))
        let down =
          contents(stream, from: lower, through: upper, limit: limit, descending: true)
          == Array(expected.reversed().prefix(limit))
        #expect(up && down, note)
      case 9 where random.next() % 4 == 0:
        let keep = Int(random.next() % 300)
        if random.next() & 1 == 0 {
          #expect(stream.trim(maxLength: keep) == max(0, model.count - keep), note)
          model.removeFirst(max(0, model.count - keep))
        } else {
          let minID = someID()
          let gone = model.filter { $0.id < minID }.count
          #expect(stream.trim(minID: minID) == gone, note)
          model.removeFirst(gone)
        }
      case 10 where random.next() % 4 == 0:
        // Approximately: only whole blocks, from the front, never more than asked for.
        let keep = Int(random.next() % 300)
        let limit = random.next() & 1 == 0 ? 0 : Int(random.next() % 100)
        let before = stream.blockCount
        let deleted = stream.trim(maxLength: keep, approximately: true, limit: limit)
        #expect(deleted <= max(0, model.count - keep) && (limit == 0 || deleted <= limit), note)
        #expect((deleted == 0) == (stream.blockCount == before), note)
        model.removeFirst(deleted)
      case 11 where random.next() % 10 == 0:
        copies.append((stream.clone(), model))
        if copies.count > 3 {
          let (copy, expected) = copies.removeFirst()
          let same = contents(copy) == expected
          #expect(same && copy.length == expected.count, note)
          if random.next() & 1 == 0 {
            copy.release()
          } else {
            stream.release()
            stream = copy
            model = expected
            last = copy.lastID
          }
        }
      default:
        let id = someID()
        #expect(stream.entry(id) { Self.read($0) } == model.first { $0.id == id }, note)
        #expect(stream.firstID == model.first?.id ?? .zero, note)
        #expect(stream.lastEntryID == model.last?.id ?? .zero, note)
      }
      #expect(stream.length == model.count, note)
      if step % 50 == 0 {
        let same = contents(stream) == model
        let reversed = contents(stream, descending: true) == model.reversed()
        #expect(same && reversed, note)
        // What is stored is what may come from outside.
        let copy = StreamValue()
        for block in 0..<stream.blockCount {
          let pack = Listpack(validating: stream.listpack(block).bytes)
          let adopted = pack.map { copy.adopt(stream.masterID(block), $0) }
          #expect(adopted == true, note)
        }
        let sameAgain = contents(copy) == model
        #expect(sameAgain && copy.length == stream.length, note)
        copy.release()
      }
    }
    stream.release()
    for (copy, expected) in copies {
      let same = contents(copy) == expected
      #expect(same, note)
      copy.release()
    }
  }

  /// XADD s 5-1 a 1 b 2, XADD s 5-3 a x b y, XADD s 7-0 c 3, XDEL s 5-3; then the listpack of DUMP.
  @Test func sameBytesAsRedis() {
    let stream = StreamValue()
    let limits = StreamLimits()
    append(stream, Entry(id: StreamID(milliseconds: 5, sequence: 1), fields: ["a", "1", "b", "2"]), limits)
    append(stream, Entry(id: StreamID(milliseconds: 5, sequence: 3), fields: ["a", "x", "b", "y"]), limits)
    append(stream, Entry(id: StreamID(milliseconds: 7, sequence: 0), fields: ["c", "3"]), limits)
    #expect(stream.delete(StreamID(milliseconds: 5, sequence: 3)))
    let hex = [UInt8](stream.listpack(0).bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == Self.dumped)
    stream.release()
  }

  static let dumped =
    "3f000000190002010101020181610281620200010201000100010101020105010301000102018178"
    + "02817902050100010201dfff02010181630203010601ff"

  @Test func damageIsRefused() {
    let stream = StreamValue()
    for index in 0..<4 as Range<UInt64> {
      append(
        stream,
        Entry(
          id: StreamID(milliseconds: 5, sequence: index + 1),
          fields: index == 2 ? ["q", "1"] : ["a", "1", "b", "2"]),
        StreamLimits())
    }
    let good = [UInt8](stream.listpack(0).bytes)
    let master = stream.masterID(0)
    for index in good.indices {
      for value in [0, 1, 2, 3, 4, 5, 7, 100, 127, 129, 255] as [UInt8] where value != good[index] {
        var bad = good
        bad[index] = value
        bad.lend {
          guard let pack = Listpack(validating: $0) else { return }
          let copy = StreamValue()
          if copy.adopt(master, pack) {
            // Whatever was taken can be walked, both ways, to the same entries.
            let same = contents(copy) == contents(copy, descending: true).reversed()
            #expect(same && contents(copy).count == copy.length)
            _ = copy.trim(maxLength: 0)
          } else {
            pack.release()
          }
          copy.release()
        }
      }
    }
    stream.release()
  }

  @Test func identifiers() {
    let id = StreamID(milliseconds: .max, sequence: .max)
    #expect(id.withText { String($0) } == "18446744073709551615-18446744073709551615")
    #expect(id.next == nil)
    #expect(StreamID.zero.previous == nil)
    #expect(StreamID(milliseconds: 1, sequence: .max).next == StreamID(milliseconds: 2, sequence: 0))
    #expect(StreamID(milliseconds: 2, sequence: 0).previous == StreamID(milliseconds: 1, sequence: .max))
  }
}
