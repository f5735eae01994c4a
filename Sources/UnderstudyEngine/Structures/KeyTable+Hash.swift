// Look-up by hash alone: the expiry index knows keys by their hash.

extension KeyTable {
  /// Calls `body` with each entry whose key has this hash: one, unless keys collide.
  package func forEachEntry(hash: UInt64, _ body: (Entry) -> Void) {
    if top == 0 { return }
    let word = locate(hash)
    let segment = word.segment
    let tag = word.tag(hash)
    let mask = word.mask
    var index = word.home(tag)
    var visited = 0
    while !segment[index].isEmpty && visited <= mask {
      let slot = segment[index]
      if slot.tag == tag && self.hash(slot.entry.key) == hash { body(slot.entry) }
      index = (index &+ 1) & mask
      visited &+= 1
    }
  }
}
