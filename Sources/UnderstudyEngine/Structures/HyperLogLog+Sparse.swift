// The sparse form of a HyperLogLog: runs of equal registers, for as long as few of them are not zero.
//
//   00nnnnnn            n+1 zeros
//   01nnnnnn nnnnnnnn   n+1 zeros, the high bits first
//   1vvvvvnn            n+1 registers of the value v+1: 1...4 of them, of 1...32
//
// A register is raised by taking the run it lies in apart, into at most three, and joining short runs of one value that
// now stand side by side. A value over 32, or a string longer than allowed, changes the form to the dense one for good.
// All of this decides which bytes a client sees, so it is what Redis does, step by step.
//
// This file may say `unsafe`. What keeps it safe: see HyperLogLog.swift.

internal import CUnderstudyPlatform

/// A run of registers that have the same value.
struct SparseRun {
  /// 0 for zeros.
  var value: UInt8
  var count: Int
  /// How many bytes stand for it.
  var size: Int

  static let largestValue: UInt8 = 32
  static let longestRun = 4

  static func zeros(_ count: Int) -> SparseRun { SparseRun(value: 0, count: count, size: count > 64 ? 2 : 1) }
  static func values(_ value: UInt8, _ count: Int) -> SparseRun { SparseRun(value: value, count: count, size: 1) }

  /// The run that begins at `position` of a string; a byte that is missing at its end reads as zero.
  @inline(__always)
  init(_ bytes: Bytes, at position: Int) {
    let byte = bytes[position]
    if byte >= 0x80 {
      self = .values((byte >> 2 & 31) + 1, Int(byte & 3) + 1)
    } else if byte < 0x40 {
      self = SparseRun(value: 0, count: Int(byte) + 1, size: 1)
    } else {
      let low = position + 1 < bytes.count ? bytes[position + 1] : 0
      self = SparseRun(value: 0, count: (Int(byte & 63) << 8 | Int(low)) + 1, size: 2)
    }
  }

  private init(value: UInt8, count: Int, size: Int) {
    self.value = value
    self.count = count
    self.size = size
  }
}

extension HyperLogLog {
  /// Lends the runs of the sparse form to `body`, each with its first register, until it answers false; tells whether
  /// it never did and the runs make up all registers.
  @inline(__always)
  static func forEachRun(_ bytes: Bytes, _ body: (SparseRun, Int) -> Bool) -> Bool {
    var position = headerCount
    var first = 0
    while position < bytes.count {
      let run = SparseRun(bytes, at: position)
      guard body(run, first) else { return false }
      first += run.count
      position += run.size
    }
    return first == registerCount
  }

  /// Writes a run within the buffer, which is this holder's own.
  func write(_ run: SparseRun, at position: Int) {
    let rest = run.count - 1
    if run.value > 0 {
      put(0x80 | (run.value - 1) << 2 | UInt8(truncatingIfNeeded: rest), at: position)
    } else if run.size == 1 {
      put(UInt8(truncatingIfNeeded: rest), at: position)
    } else {
      put(0x40 | UInt8(truncatingIfNeeded: rest >> 8), at: position)
      put(UInt8(truncatingIfNeeded: rest), at: position + 1)
    }
  }

  /// Raises a register of the sparse form.
  mutating func raiseSparse(_ register: Int, to value: UInt8, limit: Int) -> Change {
    if value > SparseRun.largestValue { return raiseInDense(register, to: value) }
    let bytes = buffer.bytes
    let end = bytes.count
    var position = Self.headerCount
    var previous = Self.headerCount
    var first = 0
    while position < end {
      let run = SparseRun(bytes, at: position)
      guard register >= first + run.count else {
        return raise(run, first, at: position, behind: previous, register, to: value, limit)
      }
      previous = position
      position += run.size
      first += run.count
    }
    return .corrupt
  }

  /// Raises a register of the run at `position`, of which `first` is the first register.
  private mutating func raise(
    _ run: SparseRun, _ first: Int, at position: Int, behind previous: Int, _ register: Int, to value: UInt8, _ limit: Int
  ) -> Change {
    if run.value >= value { return .none }
    // The last byte of the string is missing.
    if position + run.size > buffer.count { return .corrupt }
    let (before, after) = (register - first, first + run.count - 1 - register)
    func rest(_ count: Int) -> SparseRun { run.value > 0 ? .values(run.value, count) : .zeros(count) }
    // A lone register changes where it stands, however that run of one was written.
    let isAlone = run.count == 1 && run.size == 1
    let size = isAlone ? 1 : (before > 0 ? rest(before).size : 0) + 1 + (after > 0 ? rest(after).size : 0)
    let growth = size - run.size
    if growth > 0 && buffer.count + growth > limit { return raiseInDense(register, to: value) }
    replace(run.size, with: size, at: position)
    var next = position
    if before > 0 {
      write(rest(before), at: next)
      next += rest(before).size
    }
    write(.values(value, 1), at: next)
    if after > 0 { write(rest(after), at: next + 1) }
    joinRuns(from: previous)
    forgetCount()
    return .changed
  }

  /// Makes `old` bytes at `position` into `new` ones, whose contents are still to be written.
  private mutating func replace(_ old: Int, with new: Int, at position: Int) {
    let count = buffer.count
    if new > old { buffer.setCount(count + new - old) } else { own() }
    let base = unsafe buffer.mutableBytes
    unsafe memmove(base + position + new, base + position + old, count - position - old)
    if new < old { buffer.setCount(count + new - old) }
  }

  /// Joins runs of the same value among the next five, beginning at `start`.
  private mutating func joinRuns(from start: Int) {
    var position = start
    for _ in 0..<5 {
      guard position < buffer.count else { return }
      let run = SparseRun(buffer.bytes, at: position)
      if run.value > 0, position + 1 < buffer.count {
        let next = SparseRun(buffer.bytes, at: position + 1)
        if next.value == run.value, run.count + next.count <= SparseRun.longestRun {
          replace(2, with: 1, at: position)
          write(.values(run.value, run.count + next.count), at: position)
          // The joined run may join with the next.
          continue
        }
      }
      position += run.size
    }
  }

  private mutating func raiseInDense(_ register: Int, to value: UInt8) -> Change {
    guard becomeDense() else { return .corrupt }
    return raise(register, to: value, sparseLimit: 0)
  }

  /// Changes to the dense form, if it is not that; false, with nothing changed, if the string is corrupt.
  package mutating func becomeDense() -> Bool {
    guard isSparse else { return true }
    var dense = HyperLogLog(SharedBuffer(copying: buffer.bytes.slice(0..<Self.headerCount), capacity: Self.denseCount))
    dense.buffer.extend(to: Self.denseCount)
    dense.put(0, at: 4)
    let isWhole = Self.forEachRun(buffer.bytes) { run, first in
      guard run.value > 0 else { return true }
      guard first + run.count <= Self.registerCount else { return false }
      for register in first..<first + run.count { dense.setDense(register, to: run.value) }
      return true
    }
    (isWhole ? buffer : dense.buffer).release()
    if isWhole { buffer = dense.buffer }
    return isWhole
  }

  /// The runs in words, as PFDEBUG DECODE tells them.
  package static func describeRuns(_ bytes: Bytes) -> String {
    var words: [String] = []
    _ = forEachRun(bytes) { run, _ in
      words.append(run.value > 0 ? "v:\(run.value),\(run.count)" : "\(run.size == 2 ? "Z" : "z"):\(run.count)")
      return true
    }
    return words.joined(separator: " ")
  }
}
