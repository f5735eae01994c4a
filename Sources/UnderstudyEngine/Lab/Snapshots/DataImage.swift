// DataImage: a data set as bytes, which another engine of the process can read. Snapshots share memory by counts that are not
// atomic, and every engine hashes with a seed of its own, so engines share nothing: one that is to begin with another's data
// gets a copy, in time proportional to the data. The image is made once, under the lock of the engine that saved, and read
// under the lock of each that restores.
//
//   for each database with keys:   number + 1 (a length) │ keys (a length) │ as often: a record
//   record    kind 1 │ access 3 │ deadline 8 │ key (a length, bytes) │ value
//   value     inline and buffer: a length, bytes;  integer: 8 bytes;  containers: as RDB writes them
//
// So strings keep their encoding, and containers what DUMP and RESTORE keep of them.

package struct DataImage: Sendable {
  let bytes: [UInt8]
  package let keyCount: Int
  /// How many databases it takes to hold it.
  package let databaseCount: Int
  /// What the records' `access` means.
  let countsFrequency: Bool

  /// One key on its way into an engine. The bytes are borrowed from the image.
  struct Record: ~Copyable {
    let database: Int32
    let key: Bytes
    let value: NewValue
    let deadline: Int64
    let access: UInt64
    let countsFrequency: Bool
  }

  /// The version of RDB in which containers are written: the newest, whatever the engines emulate.
  private static var version: UInt16 { 12 }

  init(_ saved: SavedData, countsFrequency: Bool) {
    var writer = RDBWriter(version: Self.version, compresses: false)
    for database in saved.databases {
      writer.length(Int(database.number) + 1)
      writer.length(database.content.table.count)
      database.content.table.forEach { Self.write($0, &writer) }
    }
    bytes = writer.bytes
    keyCount = saved.keyCount
    databaseCount = saved.databases.reduce(0) { max($0, Int($1.number) + 1) }
    self.countsFrequency = countsFrequency
  }

  private static func write(_ entry: Entry, _ writer: inout RDBWriter) {
    writer.byte(entry.kind.rawValue)
    writer.littleEndian(entry.access, count: 3)
    writer.littleEndian(UInt64(bitPattern: entry.deadlineMilliseconds), count: 8)
    writer.length(entry.key.count)
    writer.raw(entry.key)
    switch entry.kind {
    case .inline, .buffer:
      guard let text = entry.stringBytes else { return }
      writer.length(text.count)
      writer.raw(text)
    case .integer: writer.littleEndian(UInt64(bitPattern: entry.integer), count: 8)
    default: writer.value(entry)
    }
  }

  /// Reads everything.
  /// - Parameters:
  ///   - limits: the small forms of containers, as the engine that reads has them.
  ///   - body: takes each key over.
  /// - Returns: whether all was read.
  func load(_ limits: RDBLimits, _ body: (consuming Record) -> Void) -> Bool {
    var limits = limits
    limits.version = Self.version
    return bytes.withBytes { bytes in
      var reader = RDBReader(bytes, limits)
      do {
        while reader.remaining > 0 {
          let number = try reader.length()
          guard number > 0, number <= UInt64(databaseCount) else { return false }
          for _ in 0..<(try reader.count()) { body(try record(&reader, database: Int32(number - 1))) }
        }
        return true
      } catch {
        return false
      }
    }
  }

  private func record(_ reader: inout RDBReader, database: Int32) throws(RDBError) -> Record {
    guard let kind = ValueKind(rawValue: try reader.byte()) else { throw RDBError() }
    let access = try reader.littleEndian(3)
    let deadline = Int64(bitPattern: try reader.littleEndian(8))
    let key = try reader.run(reader.count())
    let value: NewValue
    switch kind {
    case .inline: value = .bytes(try reader.run(reader.count()))
    case .buffer: value = .buffer(SharedBuffer(copying: try reader.run(reader.count())))
    case .integer: value = .integer(Int64(bitPattern: try reader.littleEndian(8)))
    default:
      guard case .container(let container) = try reader.value() else { throw RDBError() }
      value = container
    }
    return Record(
      database: database, key: key, value: value, deadline: deadline, access: access, countsFrequency: countsFrequency)
  }
}
