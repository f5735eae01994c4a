// Nearness: which of the known words somebody meant who wrote another: what errors suggest.

enum Nearness {
  /// The word with the fewest letters to change, add, leave out or swap, if they are few enough.
  static func nearest(to given: String, among words: [String]) -> String? {
    let given = given.lowercased()
    let best = words.map { (distance(given, $0), $0) }.min { $0.0 < $1.0 }
    guard let best, best.0 > 0, best.0 <= max(1, given.count / 3) else { return nil }
    return best.1
  }

  /// How many letters to change, add, leave out, or swap with their neighbour.
  private static func distance(_ one: String, _ two: String) -> Int {
    let (one, two) = (Array(one.utf8), Array(two.utf8))
    if abs(one.count - two.count) > 4 { return .max }
    var beforeLast = [Int](), last = Array(0...two.count)
    for (row, left) in one.enumerated() {
      var current = [row + 1]
      for (column, right) in two.enumerated() {
        var least = min(last[column] + (left == right ? 0 : 1), last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left == two[column - 1], one[row - 1] == right { least = min(least, beforeLast[column - 1] + 1) }
        current.append(least)
      }
      (beforeLast, last) = (last, current)
    }
    return last[two.count]
  }
}
