// What must be true of containers at rest; for tests, which ask after many steps. Each answers what is wrong, or nil.
//
// The tree, the stream's ID map and the groups have theirs beside them, and so has the key table (KeyTable+Invariants.swift).
// A new container gets a `checkInvariants` here and a case in `Entry.checkInvariants`.
//
// This file may say `unsafe`. What keeps it safe: it compares addresses, and reads tables through `TableBox`, which owns
// them.

extension Entry {
  /// What is wrong with the value; nil if nothing is.
  package func checkInvariants() -> String? {
    switch kind {
    case .inline:
      return inlineBytes.count <= Entry.inlineLimit ? nil : "an inline string of \(inlineBytes.count) bytes"
    case .integer, .module: return nil
    case .buffer: return buffer.bytes.count > Entry.inlineLimit ? nil : "a buffer of \(buffer.bytes.count) bytes"
    case .list: return list.count == 0 ? "an empty list" : list.checkInvariants()
    case .hash:
      if hasFieldDeadlines != hash.keepsDeadlines { return "the entry and its hash do not agree on deadlines of fields" }
      return hash.isEmpty ? "an empty hash" : hash.checkInvariants()
    case .set: return set.isEmpty ? "an empty set" : set.checkInvariants()
    case .sortedSet: return sortedSet.count == 0 ? "an empty sorted set" : sortedSet.checkInvariants()
    case .stream: return stream.checkInvariants()
    }
  }
}

extension Listpack {
  package func checkInvariants() -> String? {
    let gap = unsafe body - block - Self.prefix
    if gap < 0 || gap + byteCount > capacity { return "a listpack of \(byteCount) bytes at \(gap) of \(capacity)" }
    if !isWellFormed(total: byteCount) { return "a listpack that is not well-formed" }
    return count == countByWalking() ? nil : "a listpack that counts \(count) of \(countByWalking()) elements"
  }

  /// The elements as bytes.
  fileprivate var allBytes: [[UInt8]] {
    var found: [[UInt8]] = []
    var position = Self.startPosition
    while position < endPosition {
      found.append(element(at: position).withBytes { $0.copied() })
      position = self.position(after: position)
    }
    return found
  }
}

extension IntSet {
  package func checkInvariants() -> String? {
    for index in 0..<max(count - 1, 0) where self[index] >= self[index + 1] { return "an intset out of order" }
    return bytes.count + 8 <= memoryBytes ? nil : "an intset beyond its room"
  }
}

extension ListValue {
  package func checkInvariants() -> String? {
    var total = 0
    for node in 0..<nodeCount {
      let pack = listpack(node)
      if let problem = pack.checkInvariants() { return problem }
      if pack.isEmpty { return "a node without elements" }
      if pack.count != elementCount(node) { return "a node that counts \(elementCount(node)) of \(pack.count)" }
      total += pack.count
    }
    if nodeCount > 1 && !isQuicklist { return "a listpack of \(nodeCount) nodes" }
    return total == count ? nil : "a list that counts \(count) of \(total)"
  }
}

extension SetValue {
  package func checkInvariants() -> String? {
    switch header.form {
    case Self.intsetForm: return intset.checkInvariants()
    case Self.listpackForm:
      if let problem = pack.checkInvariants() { return problem }
      return Set(pack.allBytes).count == pack.count ? nil : "a member that is there twice"
    case Self.tableForm: return table.checkInvariants()
    default: return "a set of form \(header.form)"
    }
  }
}

extension HashValue {
  package func checkInvariants() -> String? {
    if header.form > Self.deadlineTableForm { return "a hash of form \(header.form)" }
    if keepsDeadlines && indexedDeadline > soonestDeadline { return "a hash that is indexed too late" }
    if isTable { return table.checkInvariants() ?? (keepsDeadlines ? checkDeadlineTable() : nil) }
    if let problem = pack.checkInvariants() { return problem }
    let width = keepsDeadlines ? 3 : 2
    let all = pack.allBytes
    if all.count % width != 0 { return "\(all.count) elements in \(width)s" }
    let fields = stride(from: 0, to: all.count, by: width).map { all[$0] }
    if Set(fields).count != fields.count { return "a field that is there twice" }
    guard keepsDeadlines else { return nil }
    var last: Int64 = 0
    for field in fields {
      let deadline = field.withBytes { self.deadline(of: $0) } ?? 0
      if deadline < last { return "deadlines of fields out of order" }
      last = deadline
    }
    return nil
  }

  /// The index holds the deadlines of all fields, and no others.
  private func checkDeadlineTable() -> String? {
    var soonest = Entry.noDeadline
    var number = 0
    forEachWithDeadline { _, _, deadline in
      if deadline == Entry.noDeadline { return }
      number += 1
      soonest = min(soonest, deadline)
    }
    if number != deadlines.count { return "\(number) fields with deadlines, \(deadlines.count) in the index" }
    return soonest == soonestDeadline ? nil : "the soonest deadline is \(soonest), by the index \(soonestDeadline)"
  }
}

extension StreamValue {
  package func checkInvariants() -> String? {
    var total = 0
    for block in 0..<blockCount {
      let pack = listpack(block)
      if let problem = pack.checkInvariants() { return problem }
      guard let live = StreamBlock.check(pack, master: masterID(block)) else { return "a block that is not well-formed" }
      if live == 0 { return "a block without entries" }
      if block > 0 && masterID(block) <= masterID(block - 1) { return "blocks out of order" }
      if masterID(block) > lastID { return "a block above the last ID" }
      total += live
    }
    if total != length { return "a stream that counts \(length) of \(total)" }
    for group in groups?.groups ?? [] {
      if let problem = group.checkInvariants() { return problem }
    }
    return nil
  }
}

extension TableBox {
  func checkInvariants() -> String? { unsafe pointer.pointee.invariantViolations().first }
}
