// Places, cells and sorting alone. What clients see of them is compared with a live redis-server in GeoOracleTests.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

struct GeoTests {
  /// A place known to other programs, by its geohash.
  @Test func names() {
    let palermo = GeoPoint(longitude: 13.361389, latitude: 38.115556)
    #expect(String(decoding: GeoPoint(score: palermo.score).name, as: UTF8.self) == "sqc8b49rny0")
    #expect(palermo.score == 3_479_099_956_230_698)
  }

  @Test(arguments: testSeeds()) func placesComeBackWithinTheirCell(seed: UInt64) {
    var dice = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let point = GeoPoint(
        longitude: .random(in: GeoPoint.longitudes, using: &dice),
        latitude: .random(in: GeoPoint.latitudes, using: &dice))
      let back = GeoPoint(score: point.score)
      // A cell is less than 60 cm wide.
      #expect(point.distance(to: back) < 0.6, "\(point), seed \(seed)")
      #expect(back.score == point.score, "\(point), seed \(seed)")
      let step = Int.random(in: 1...26, using: &dice)
      let box = GeoCell(point, step: step).box
      #expect((box.west...box.east).contains(point.longitude), "\(point), seed \(seed)")
      #expect((box.south...box.north).contains(point.latitude), "\(point), seed \(seed)")
    }
  }

  @Test func neighboursTouchAndTheMapWrapsAround() {
    let cell = GeoCell(GeoPoint(longitude: 10, latitude: 45), step: 12)
    let box = cell.box
    #expect(cell.moved(east: 1, north: 0).box.west == box.east)
    #expect(cell.moved(east: -1, north: 0).box.east == box.west)
    #expect(cell.moved(east: 0, north: 1).box.south == box.north)
    #expect(cell.moved(east: 0, north: -1).box.north == box.south)
    #expect(cell.moved(east: 1, north: 1).moved(east: -1, north: -1) == cell)
    let last = GeoCell(GeoPoint(longitude: 179.99, latitude: 0), step: 12)
    #expect(last.moved(east: 1, north: 0).box.west == -180)
  }

  /// Every member within the shape is found, whatever cells are looked into: compared with looking at them all.
  @Test(arguments: testSeeds()) func aSearchFindsWhatIsThere(seed: UInt64) {
    var dice = SeededGenerator(seed: seed)
    let set = SortedSetValue()
    defer { set.release() }
    let limits = PackedLimits(entries: 128, valueBytes: 64, seed: HashSeed(1))
    let middle = GeoPoint(longitude: .random(in: -150...150, using: &dice), latitude: .random(in: -60...60, using: &dice))
    var points: [String: GeoPoint] = [:]
    for index in 0..<500 {
      let spread = dice.pick([0.01, 0.5, 10.0])
      let point = GeoPoint(
        longitude: middle.longitude + .random(in: -spread...spread, using: &dice),
        latitude: middle.latitude + .random(in: -spread...spread, using: &dice))
      "\(index)".lend { _ = set.set($0, to: point.score, limits: limits) }
      points["\(index)"] = GeoPoint(score: point.score)
    }
    for _ in 0..<100 {
      var shape = GeoShape()
      shape.center = middle
      let size = dice.pick([100.0, 5000, 80_000, 900_000])
      shape.form = dice.chance(50) ? .circle(radius: size) : .box(width: size, height: size * 1.5)
      var found: [String] = []
      shape.forEachMatch(in: set) { member, _, _, _ in
        found.append(member.withBytes { String($0) })
        return true
      }
      let expected = points.filter { shape.distance(of: $0.value) != nil }.map(\.key)
      #expect(found.sorted() == expected.sorted(), "\(shape), seed \(seed)")
    }
  }

  @Test(arguments: testSeeds()) func aPartialSortBeginsLikeAWholeOne(seed: UInt64) {
    var dice = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let count = dice.pick([1, 2, 6, 7, 8, 40, 41, 100, 1000])
      let range = dice.pick([2, 10, 1_000_000])
      var array = (0..<count).map { _ in Int.random(in: 0..<range, using: &dice) }
      let sorted = array.sorted()
      let wanted = Int.random(in: 0...count, using: &dice)
      PartialSort.sort(&array, first: wanted) { $0 - $1 }
      #expect(array.prefix(wanted) == sorted.prefix(wanted), "seed \(seed)")
      #expect(array.sorted() == sorted, "seed \(seed)")
    }
  }
}
