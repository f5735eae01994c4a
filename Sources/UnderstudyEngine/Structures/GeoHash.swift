// Geohashes: a place as an integer that sorts near places near each other, and distances between places.
//
// Longitude and latitude are each halved `step` times (26 for what is stored: 52 bits, which a score keeps exactly), and
// the two series of bits interleaved, latitude in the even ones. A cell is a prefix of such a hash: a box on the map.
// Every arithmetical step is made in the order in which Redis makes it: the last bit of a coordinate or a distance is
// seen by clients.

internal import CUnderstudyPlatform

/// A place on the map, in degrees.
package struct GeoPoint: Equatable {
  package var longitude: Double
  package var latitude: Double

  package init(longitude: Double, latitude: Double) {
    self.longitude = longitude
    self.latitude = latitude
  }

  static let longitudes = -180.0...180.0
  /// What the map of the web shows: the square Mercator projection.
  static let latitudes = -85.05112878...85.05112878

  /// Whether the place is on the map.
  package var isOnMap: Bool { Self.longitudes.contains(longitude) && Self.latitudes.contains(latitude) }

  /// The place that a score stands for, whatever the score: the middle of its cell.
  package init(score: Double) {
    let box = GeoCell(bits: Self.bits(of: score), step: GeoCell.finest).box
    longitude = min(max((box.west + box.east) / 2, Self.longitudes.lowerBound), Self.longitudes.upperBound)
    latitude = min(max((box.south + box.north) / 2, Self.latitudes.lowerBound), Self.latitudes.upperBound)
  }

  /// The score that stands for a place on the map.
  package var score: Double { Double(GeoCell(self, step: GeoCell.finest).bits) }

  /// A score as an unsigned integer, where none fits as the real server's processor converts it.
  private static func bits(of score: Double) -> UInt64 {
    if score >= 0x1p63 { return UInt64(exactly: score.rounded(.towardZero)) ?? 0 }
    return score > -0x1p63 ? UInt64(bitPattern: Int64(score)) : 1 << 63
  }

  /// The hash of eleven letters by which other programs know the place. It covers all latitudes up to the poles.
  package var name: [UInt8] {
    let alphabet = Bytes("0123456789bcdefghjkmnpqrstuvwxyz")
    let bits = GeoCell(self, step: GeoCell.finest, latitudes: -90...90).bits
    // 52 bits are ten letters of five bits; the eleventh is always a zero.
    return (0..<11).map { $0 == 10 ? alphabet[0] : alphabet[Int(bits >> UInt64(52 - ($0 + 1) * 5) & 31)] }
  }

  /// The distance along the surface of the earth, in metres, by the haversine formula.
  package func distance(to other: GeoPoint) -> Double {
    let (here, there) = (Self.radians(latitude), Self.radians(other.latitude))
    let v = understudy_sin((Self.radians(other.longitude) - Self.radians(longitude)) / 2)
    // On one meridian there is a shorter way to compute it, which differs in the last bit.
    if v == 0 { return Self.earthRadius * (there - here).magnitude }
    let u = understudy_sin((there - here) / 2)
    let haversine = u * u + understudy_cos(here) * understudy_cos(there) * v * v
    return 2.0 * Self.earthRadius * understudy_asin(haversine.squareRoot())
  }

  /// In metres.
  static let earthRadius = 6372797.560856
  private static let radiansPerDegree = Double.pi / 180
  static func radians(_ degrees: Double) -> Double { degrees * radiansPerDegree }
  static func degrees(_ radians: Double) -> Double { radians / radiansPerDegree }
}

/// A box on the map, in degrees.
struct GeoBox {
  var west: Double
  var east: Double
  var south: Double
  var north: Double
}

/// A box that is a prefix of geohashes.
struct GeoCell: Equatable {
  private(set) var bits: UInt64
  /// How often each of both directions was halved: 1...26.
  let step: Int

  static let finest = 26

  init(bits: UInt64, step: Int) {
    self.bits = bits
    self.step = step
  }

  /// The cell in which a place on the map lies.
  init(_ point: GeoPoint, step: Int, latitudes: ClosedRange<Double> = GeoPoint.latitudes) {
    func offset(_ value: Double, _ range: ClosedRange<Double>) -> UInt32 {
      let part = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      return UInt32(exactly: (part * Double(1 << step)).rounded(.down)) ?? 0
    }
    bits =
      Self.spread(offset(point.latitude, latitudes)) | Self.spread(offset(point.longitude, GeoPoint.longitudes)) << 1
    self.step = step
  }

  /// Puts a zero bit behind every bit.
  private static func spread(_ value: UInt32) -> UInt64 {
    var bits = UInt64(value)
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333
    return (bits | bits << 1) & 0x5555_5555_5555_5555
  }

  /// Takes every second bit.
  private static func gather(_ value: UInt64) -> UInt32 {
    var bits = value & 0x5555_5555_5555_5555
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333
    bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f
    bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff
    bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: bits | bits >> 16)
  }

  /// The box that the cell is.
  var box: GeoBox {
    func edges(_ offset: UInt32, _ range: ClosedRange<Double>) -> (Double, Double) {
      let scale = range.upperBound - range.lowerBound
      let parts = Double(1 << step)
      return (
        range.lowerBound + Double(offset) / parts * scale, range.lowerBound + Double(offset &+ 1) / parts * scale
      )
    }
    let (south, north) = edges(Self.gather(bits), GeoPoint.latitudes)
    let (west, east) = edges(Self.gather(bits >> 1), GeoPoint.longitudes)
    return GeoBox(west: west, east: east, south: south, north: north)
  }

  /// The scores of all places within: from the first up to, and without, the second.
  var scores: ScoreRange {
    let shift = UInt64(52 - step * 2)
    return ScoreRange(lower: Double(bits << shift), upper: Double((bits + 1) << shift), excludesUpper: true)
  }

  /// The cell so many places to the east and to the north (each -1, 0 or 1); the map's edges meet.
  func moved(east: Int, north: Int) -> GeoCell {
    var result = self
    result.move(by: east, among: 0xaaaa_aaaa_aaaa_aaaa)
    result.move(by: north, among: 0x5555_5555_5555_5555)
    return result
  }

  /// Counts the bits of one direction up or down by one. A cell that holds the eastern or northern edge of the map has a
  /// bit too many; it stays unless the cell moves in that direction.
  private mutating func move(by distance: Int, among direction: UInt64) {
    if distance == 0 { return }
    let unused = UInt64(64 - step * 2)
    // Bits of the other direction are set (or cleared) so that a carry (or a borrow) runs through them.
    let others = ~direction >> unused
    let counted = bits & direction
    let moved = distance > 0 ? counted &+ (others &+ 1) : (counted | others) &- (others &+ 1)
    bits = moved & (direction >> unused) | bits & ~direction
  }
}
