// Sorting no more of an array than is asked for: the quicksort of J. Bentley and M. McIlroy, "Engineering a sort function"
// (1993), that leaves parts alone which lie wholly behind the wanted ones. Elements that compare equal end up in an order
// that this algorithm decides, and that clients of Redis see.

enum PartialSort {
  /// Sorts `array` so far that its first `count` elements are those of the sorted array.
  ///
  /// - Parameter compare: negative, zero or positive, as the first comes before, beside or behind the second.
  static func sort<Element>(
    _ array: inout [Element], first count: Int, by compare: (Element, Element) -> Int
  ) {
    sort(&array, array.indices, 0..<count, compare)
  }

  private static func sort<Element>(
    _ array: inout [Element], _ part: Range<Int>, _ wanted: Range<Int>, _ compare: (Element, Element) -> Int
  ) {
    var part = part
    while part.overlaps(wanted), part.count > 1 {
      if part.count < 7 { return insertionSort(&array, part, compare) }
      let (below, above) = partition(&array, part, compare)
      sort(&array, below, wanted, compare)
      part = above
    }
  }

  private static func insertionSort<Element>(
    _ array: inout [Element], _ part: Range<Int>, _ compare: (Element, Element) -> Int
  ) {
    for end in part.dropFirst() {
      var index = end
      while index > part.lowerBound, compare(array[index - 1], array[index]) > 0 {
        array.swapAt(index - 1, index)
        index -= 1
      }
    }
  }

  /// Brings what is below a chosen element to the front, what is above it to the end, and its equals between them.
  private static func partition<Element>(
    _ array: inout [Element], _ part: Range<Int>, _ compare: (Element, Element) -> Int
  ) -> (below: Range<Int>, above: Range<Int>) {
    let (start, end) = (part.lowerBound, part.upperBound)
    array.swapAt(start, pivot(array, part, compare))
    // Equals are gathered at both ends first: start..<equalsBelow and equalsAbove+1..<end.
    var equalsBelow = start + 1
    var low = start + 1
    var high = end - 1
    var equalsAbove = end - 1
    while true {
      while low <= high {
        let order = compare(array[low], array[start])
        if order > 0 { break }
        if order == 0 {
          array.swapAt(equalsBelow, low)
          equalsBelow += 1
        }
        low += 1
      }
      while low <= high {
        let order = compare(array[high], array[start])
        if order < 0 { break }
        if order == 0 {
          array.swapAt(high, equalsAbove)
          equalsAbove -= 1
        }
        high -= 1
      }
      if low > high { break }
      array.swapAt(low, high)
      low += 1
      high -= 1
    }
    exchange(&array, start, low, count: min(equalsBelow - start, low - equalsBelow))
    exchange(&array, low, end, count: min(equalsAbove - high, end - equalsAbove - 1))
    return (start..<start + (low - equalsBelow), end - (equalsAbove - high)..<end)
  }

  /// Exchanges the `count` elements from `start` on with as many before `end`.
  private static func exchange<Element>(_ array: inout [Element], _ start: Int, _ end: Int, count: Int) {
    for offset in 0..<count { array.swapAt(start + offset, end - count + offset) }
  }

  /// The middle element, the median of three, or of three medians of three: the more, the longer the part.
  private static func pivot<Element>(
    _ array: [Element], _ part: Range<Int>, _ compare: (Element, Element) -> Int
  ) -> Int {
    func median(_ a: Int, _ b: Int, _ c: Int) -> Int {
      if compare(array[a], array[b]) < 0 {
        return compare(array[b], array[c]) < 0 ? b : compare(array[a], array[c]) < 0 ? c : a
      }
      return compare(array[b], array[c]) > 0 ? b : compare(array[a], array[c]) < 0 ? a : c
    }
    let (first, middle, last) = (part.lowerBound, part.lowerBound + part.count / 2, part.upperBound - 1)
    if part.count <= 7 { return middle }
    if part.count <= 40 { return median(first, middle, last) }
    let distance = part.count / 8
    return median(
      median(first, first + distance, first + 2 * distance), median(middle - distance, middle, middle + distance),
      median(last - 2 * distance, last - distance, last))
  }
}
