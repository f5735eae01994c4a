// How streams are read, in the three forms that they have had. See RDB.swift.

extension RDBReader {
  mutating func stream(_ type: RDBType) throws(RDBError) -> StreamValue {
    let stream = StreamValue()
    do throws(RDBError) {
      try readBlocks(of: stream)
      // So many entries, says who wrote it.
      guard try length() == UInt64(stream.length) else { throw RDBError() }
      let last = try id()
      guard stream.lastID <= last else { throw RDBError() }
      stream.lastID = last
      if type == .stream {
        stream.entriesAdded = UInt64(stream.length)
      } else {
        // Which entry is the first can be seen.
        _ = try id()
        stream.maxDeletedID = try id()
        stream.entriesAdded = try length()
      }
      for _ in 0..<(try count()) { try readGroup(of: stream, type) }
    } catch {
      stream.release()
      throw error
    }
    return stream
  }

  /// The blocks; `lastID` becomes that of the last entry in them.
  private mutating func readBlocks(of stream: StreamValue) throws(RDBError) {
    for _ in 0..<(try count(bytes: 2)) {
      let key = try string()
      let master = try key.withBytes { (bytes) throws(RDBError) in
        guard bytes.count == 16 else { throw RDBError() }
        var reader = RDBReader(bytes, limits)
        return try reader.rawID()
      }
      guard let pack = try string().withBytes({ Listpack(validating: $0) }) else { throw RDBError() }
      guard stream.blockCount == 0 || master > stream.lastID, let last = stream.adoptBlock(master, pack) else {
        pack.release()
        throw RDBError()
      }
      stream.lastID = last
    }
  }

  private mutating func readGroup(of stream: StreamValue, _ type: RDBType) throws(RDBError) {
    let groups = stream.makeGroups()
    let name = try string().withBytes { $0.copied() }
    let last = try id()
    let entriesRead =
      type == .stream ? stream.entriesAdded(through: last) : Int64(bitPattern: try length())
    let isNew = name.withBytes { groups.add($0, lastID: last, entriesRead: entriesRead.flatMap { $0 < 0 ? nil : $0 }) }
    guard isNew, let index = name.withBytes({ groups.index(of: $0) }) else { throw RDBError() }
    // What is pending, and then who has it: everything must have somebody.
    var pending = StreamIDMap<StreamDelivery>()
    for _ in 0..<(try count(bytes: 25)) {
      let id = try rawID()
      let time = Int64(bitPattern: try littleEndian(8))
      let count = Int64(bitPattern: try length())
      let before = pending.set(id, StreamDelivery(consumer: 0, time: time, count: count))
      guard before == nil else { throw RDBError() }
    }
    for _ in 0..<(try count(bytes: 10)) {
      let name = try string()
      let seen = Int64(bitPattern: try littleEndian(8))
      let active = type == .streamWithActiveTimes ? Int64(bitPattern: try littleEndian(8)) : seen
      let slot = name.withBytes { name in
        groups[index].slot(of: name) == nil ? groups[index].addConsumer(name, now: seen) : -1
      }
      guard slot >= 0 else { throw RDBError() }
      if active >= 0 { groups[index].noteActive(slot, now: active) }
      for _ in 0..<(try count(bytes: 16)) {
        let id = try rawID()
        guard let delivery = pending.remove(id) else { throw RDBError() }
        groups[index].deliver(id, to: slot, now: delivery.time, count: delivery.count)
      }
    }
    guard pending.isEmpty else { throw RDBError() }
  }
}
