// RandomSample: several distinct elements of a container, chosen at random: SRANDMEMBER, HRANDFIELD and
// ZRANDMEMBER with a positive count, and SPOP with a count.
//
// A walk past all elements decides of each whether it is taken, with the probability that keeps all samples
// equally likely; it costs the container's size, and shows the elements in the container's order. Where few
// are wanted of many, single draws are made instead until enough different ones have come up; those are in
// the order of drawing.
//
// This file says `unsafe`. What keeps it safe: addresses only tell elements apart, while nothing is changed.

/// Decides, element by element, which of `total` are among the `wanted`.
private struct SelectionSample {
  var left: Int
  var wanted: Int

  mutating func takes(_ generator: inout some RandomNumberGenerator) -> Bool {
    defer { left &-= 1 }
    guard wanted > 0, Int.random(in: 0..<max(left, 1), using: &generator) < wanted else { return false }
    wanted &-= 1
    return true
  }
}

/// Whether drawing one at a time costs less than walking past all.
private func drawsSingly(_ wanted: Int, of total: Int) -> Bool { wanted &* 8 < total }

extension SetValue {
  /// Lends `count` different members, or all if there are fewer, to `body`, which must not change the set.
  package func sample(
    _ count: Int, using generator: inout some RandomNumberGenerator, _ body: (PackedElement) -> Void
  ) {
    let total = self.count
    if count >= total { return forEach(body) }
    guard drawsSingly(count, of: total), header.form == Self.tableForm else {
      var sample = SelectionSample(left: total, wanted: count)
      // Not captured by the walk's closure as `inout`, hence the copy.
      var random = generator
      forEach { if sample.takes(&random) { body($0) } }
      generator = random
      return
    }
    var seen: Set<UInt> = []
    while seen.count < count, let entry = table.randomEntry(using: &generator) {
      if seen.insert(unsafe UInt(bitPattern: entry.block)).inserted { body(.bytes(entry.key)) }
    }
  }
}

extension HashValue {
  /// Lends `count` different fields and their values, or all if there are fewer, to `body`, which must not
  /// change the hash.
  package func sample(
    _ count: Int, using generator: inout some RandomNumberGenerator,
    _ body: (_ field: PackedElement, _ value: PackedElement) -> Void
  ) {
    let total = self.count
    if count >= total { return forEach(body) }
    guard drawsSingly(count, of: total), isTable else {
      var sample = SelectionSample(left: total, wanted: count)
      var random = generator
      forEach { field, value in if sample.takes(&random) { body(field, value) } }
      generator = random
      return
    }
    var seen: Set<UInt> = []
    while seen.count < count {
      random(using: &generator) { field, value in
        // Fields of a table stay where they are: the address tells them apart.
        guard case .bytes(let bytes) = field else { return }
        if seen.insert(unsafe UInt(bitPattern: bytes.pointer)).inserted { body(field, value) }
      }
    }
  }
}

extension SortedSetValue {
  /// Lends `count` different members and their scores, or all if there are fewer, to `body`, which must not
  /// change the set.
  package func sample(
    _ count: Int, using generator: inout some RandomNumberGenerator,
    _ body: (_ member: PackedElement, _ score: Double) -> Void
  ) {
    let total = self.count
    if count >= total { return forEach(body) }
    guard drawsSingly(count, of: total), packed == nil else {
      var sample = SelectionSample(left: total, wanted: count)
      var random = generator
      forEach { member, score in if sample.takes(&random) { body(member, score) } }
      generator = random
      return
    }
    var seen: Set<Int> = []
    while seen.count < count {
      let rank = Int.random(in: 0..<total, using: &generator)
      if seen.insert(rank).inserted { at(rank, body) }
    }
  }
}
