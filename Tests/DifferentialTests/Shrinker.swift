// Makes a failing sequence small: steps and arguments are left out as long as the two servers still differ.
//
// Delta debugging (Zeller): first large parts, then smaller ones, then single arguments. Every attempt is a run on emptied
// servers, so the result is a sequence that fails by itself.

import UnderstudyTestSupport

struct Shrinker {
  /// The difference that a sequence shows, or nil if it shows none.
  let fails: ([Step]) throws -> Mismatch?
  /// How many runs may be spent.
  var budget = 600

  /// The smallest failing sequence found, and its difference.
  mutating func shrink(_ steps: [Step], _ mismatch: Mismatch) throws -> ([Step], Mismatch) {
    var best = (steps, mismatch)
    var size = max(1, best.0.count / 2)
    while true {
      let removed = try removeParts(&best, size)
      if size > 1 { size /= 2 } else if !removed { break }
      if budget <= 0 { break }
    }
    try removeArguments(&best)
    return best
  }

  private mutating func attempt(_ steps: [Step], _ best: inout ([Step], Mismatch)) throws -> Bool {
    guard budget > 0 else { return false }
    budget -= 1
    guard let mismatch = try fails(steps) else { return false }
    best = (steps, mismatch)
    return true
  }

  private mutating func removeParts(_ best: inout ([Step], Mismatch), _ size: Int) throws -> Bool {
    var removed = false
    var start = 0
    while start < best.0.count {
      var steps = best.0
      steps.removeSubrange(start..<min(start + size, steps.count))
      if !steps.isEmpty, try attempt(steps, &best) { removed = true } else { start += size }
    }
    return removed
  }

  private mutating func removeArguments(_ best: inout ([Step], Mismatch)) throws {
    var step = 0
    while step < best.0.count {
      var size = max(1, best.0[step].arguments.count / 2)
      while size >= 1 {
        var start = 1
        while start < best.0[step].arguments.count {
          var steps = best.0
          steps[step].arguments.removeSubrange(start..<min(start + size, steps[step].arguments.count))
          // A shorter command may fail in another way; only a shorter way to the same difference is wanted.
          let before = best.1.signature
          var candidate = best
          if try attempt(steps, &candidate), candidate.1.signature == before {
            best = candidate
            if step >= best.0.count { return }
          } else {
            start += size
          }
        }
        size /= 2
      }
      step += 1
    }
  }
}

extension Mismatch {
  /// What makes two failures look like the same one: the command and the kinds of the two replies.
  var signature: String {
    guard let last = entries.last else { return reason }
    func kind(_ outcome: Outcome) -> String {
      guard let value = outcome.value else { return "none" }
      if value.isError { return value.text ?? "error" }
      return String("\(value)".prefix(4))
    }
    let name = last.arguments.first?.upperText ?? ""
    return "\(name): \(kind(last.left)) / \(kind(last.right))"
  }

  /// The failure as two redis-cli sessions side by side, one below the other.
  func transcript(names: (String, String)) -> String {
    var out = ""
    for (index, entry) in entries.enumerated() {
      let command = entry.arguments.map(\.description).joined(separator: " ")
      out += "\(entry.connection)> \(command.count > 600 ? command.prefix(600) + "…" : command)\n"
      let last = index == entries.count - 1
      let (left, right) = (entry.left.description, entry.right.description)
      if last || left != right {
        out += indent("\(names.0): ", left, whole: last) + indent("\(names.1): ", right, whole: last)
      } else {
        out += indent("   ", left, whole: false)
      }
    }
    return out
  }

  private func indent(_ head: String, _ text: String, whole: Bool) -> String {
    let pad = String(repeating: " ", count: head.count)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let shown = whole ? lines.prefix(60) : lines.prefix(4)
    let more = shown.count < lines.count ? ["… \(lines.count - shown.count) more lines"] : []
    return (shown.map(String.init) + more).enumerated()
      .map { ($0 == 0 ? head : pad) + $1.prefix(300) + "\n" }.joined()
  }
}
