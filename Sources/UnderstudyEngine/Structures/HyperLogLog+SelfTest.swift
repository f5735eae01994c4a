// What PFSELFTEST looks at: that registers keep what they are given, and that counts are as good as they ought to be.

extension HyperLogLog {
  /// What is wrong, or nil.
  package static func selfTest(using generator: inout some RandomNumberGenerator) -> String? {
    var (sparse, dense) = (make(), make())
    defer {
      sparse.buffer.release()
      dense.buffer.release()
    }
    guard dense.becomeDense() else { return "an empty one is corrupt" }
    for _ in 0..<100 {
      let values = (0..<registerCount).map { _ in UInt8.random(in: 0...63, using: &generator) }
      for (register, value) in values.enumerated() { dense.setDense(register, to: value) }
      for (register, value) in values.enumerated() where denseRegister(register, dense.buffer.bytes) != value {
        return "register \(register) should be \(value) but is \(denseRegister(register, dense.buffer.bytes))"
      }
    }
    for register in 0..<registerCount { dense.setDense(register, to: 0) }
    // Both forms, the sparse one for as long as it may be, and counts within six times the standard error.
    let seed = UInt64.random(in: 0 ... .max, using: &generator)
    var checkpoint = 1
    for number in 1...100_000 {
      let element = String(UInt64(number) ^ seed)
      let changes = element.withBytes { (sparse.add($0, sparseLimit: denseCount), dense.add($0, sparseLimit: 0)) }
      if changes.0 != changes.1 { return "sparse and dense form disagree about element \(number)" }
      guard number == checkpoint else { continue }
      checkpoint *= 10
      let counts = (estimate(sparse.buffer.bytes), estimate(dense.buffer.bytes))
      guard let count = counts.0, count == counts.1 else { return "sparse and dense form disagree about \(number)" }
      let allowed = number == 10 ? 1 : (1.04 / 128 * 6 * Double(number)).rounded(.up)
      let error = (Double(count) - Double(number)).magnitude
      if error > allowed { return "too big error: \(number) elements are counted as \(count)" }
    }
    return nil
  }
}
