// EvictionPool: the best candidates for eviction that were seen so far, as in redis-server: each eviction samples a few
// keys, and takes the best of these and of those that earlier samples left over. So a few samples come close to the truth.
//
// A candidate is known by its hash, not by its key: whoever takes one looks whether it is still there, and still as idle.

struct EvictionCandidate {
  let database: Int32
  let hash: UInt64
  /// The higher, the rather the key goes: seconds without use, or rareness of use.
  let score: UInt64
}

struct EvictionPool {
  private static var capacity: Int { 16 }

  /// By rising score.
  private var candidates: [EvictionCandidate] = []

  /// Whether a candidate of that score would get a place.
  @inline(__always)
  func takes(_ score: UInt64) -> Bool {
    candidates.count < Self.capacity || (candidates.first.map { $0.score < score } ?? true)
  }

  mutating func insert(_ candidate: EvictionCandidate) {
    // One that was sampled again: what is known of it now counts.
    candidates.removeAll { $0.hash == candidate.hash && $0.database == candidate.database }
    if candidates.count == Self.capacity { candidates.removeFirst() }
    // Behind its equals: of those that are equally idle, the newest sample goes first.
    let place = candidates.firstIndex { $0.score > candidate.score } ?? candidates.count
    candidates.insert(candidate, at: place)
  }

  mutating func takeBest() -> EvictionCandidate? { candidates.popLast() }

  mutating func removeAll() { candidates.removeAll(keepingCapacity: true) }
}
