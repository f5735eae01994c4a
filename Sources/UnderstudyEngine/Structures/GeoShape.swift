// A circle or a box around a place, and the cells in which places within it can lie: where a search looks, and in which
// order it finds what there is. See GeoHash.swift.

internal import CUnderstudyPlatform

/// What a search asks for.
package struct GeoShape {
  package enum Form {
    case circle(radius: Double)
    case box(width: Double, height: Double)
  }

  package var center = GeoPoint(longitude: 0, latitude: 0)
  /// In units of `metersPerUnit`.
  package var form = Form.circle(radius: 0)
  package var metersPerUnit = 1.0

  package init() {}

  /// How far a place is from the center, in metres; nil if it is outside.
  func distance(of point: GeoPoint) -> Double? {
    switch form {
    case .circle(let radius):
      let distance = center.distance(to: point)
      return distance > radius * metersPerUnit ? nil : distance
    case .box(let width, let height):
      let corner = GeoPoint(longitude: center.longitude, latitude: point.latitude)
      if point.distance(to: corner) > width * metersPerUnit / 2 { return nil }
      let side = GeoPoint(longitude: point.longitude, latitude: center.latitude)
      if point.distance(to: side) > height * metersPerUnit / 2 { return nil }
      return center.distance(to: point)
    }
  }

  /// A box on the map that holds the shape.
  private var bounds: GeoBox {
    let (width, height): (Double, Double) =
      switch form {
      case .circle(let radius): (metersPerUnit * radius, metersPerUnit * radius)
      case .box(let width, let height): (metersPerUnit * (width / 2), metersPerUnit * (height / 2))
      }
    let up = GeoPoint.degrees(height / GeoPoint.earthRadius)
    // A degree of longitude is shortest at the side that is nearer to a pole.
    let edge = center.latitude < 0 ? center.latitude - up : center.latitude + up
    let side = GeoPoint.degrees(width / GeoPoint.earthRadius / understudy_cos(GeoPoint.radians(edge)))
    return GeoBox(
      west: center.longitude - side, east: center.longitude + side, south: center.latitude - up,
      north: center.latitude + up)
  }

  /// How fine cells may be, so that the one of the center and those around it hold the shape.
  private var estimatedStep: Int {
    var reach: Double =
      switch form {
      case .circle(let radius): radius
      case .box(let width, let height): (width / 2 * (width / 2) + height / 2 * (height / 2)).squareRoot()
      }
    reach *= metersPerUnit
    if reach == 0 { return GeoCell.finest }
    var step = 1
    // Half of the map's width, in metres.
    while reach < 20037726.37 {
      reach *= 2
      step += 1
    }
    step -= 2
    // Cells are narrow near the poles.
    if center.latitude.magnitude > 66 { step -= 1 }
    if center.latitude.magnitude > 80 { step -= 1 }
    return min(max(step, 1), GeoCell.finest)
  }

  /// The cells to look into, in their order: the center's, then north, south, east, west, and the corners.
  private var cells: [GeoCell] {
    let bounds = bounds
    var cell = GeoCell(center, step: estimatedStep)
    let isCovered =
      !(cell.moved(east: 0, north: 1).box.north < bounds.north || cell.moved(east: 0, north: -1).box.south > bounds.south
      || cell.moved(east: 1, north: 0).box.east < bounds.east || cell.moved(east: -1, north: 0).box.west > bounds.west)
    if !isCovered && cell.step > 1 { cell = GeoCell(center, step: cell.step - 1) }
    let box = cell.box
    let directions = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)]
    let needed = directions.filter { east, north in
      // The coarsest cells all count: they wrap around the map.
      if cell.step < 2 { return true }
      return !(north < 0 && box.south < bounds.south || north > 0 && box.north > bounds.north
        || east < 0 && box.west < bounds.west || east > 0 && box.east > bounds.east)
    }
    return needed.map { cell.moved(east: $0.0, north: $0.1) }
  }

  /// Lends the members of a sorted set that lie within, with their score, place and distance in metres, to `body`, until
  /// it answers false.
  package func forEachMatch(
    in set: SortedSetValue, _ body: (PackedElement, _ score: Double, GeoPoint, _ distance: Double) -> Bool
  ) {
    var previous: GeoCell?
    for (index, cell) in cells.enumerated() {
      // Where cells are large, neighbours can be the same.
      if cell == previous { continue }
      if index > 0 { previous = cell }
      var goesOn = true
      let ranks = set.ranks(in: cell.scores)
      // In parts, so that one that was told to stop does not walk through all the rest.
      for start in stride(from: ranks.lowerBound, to: ranks.upperBound, by: 64) where goesOn {
        set.forEach(start..<min(start + 64, ranks.upperBound)) { member, score in
          guard goesOn else { return }
          let point = GeoPoint(score: score)
          if let distance = distance(of: point) { goesOn = body(member, score, point, distance) }
        }
      }
      if !goesOn { return }
    }
  }
}
