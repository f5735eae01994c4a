// How the commands of geography read places, distances and units, and how they write coordinates.

extension EngineState {
  /// Whether coordinates are answered in their shortest form.
  var hasShortCoordinates: Bool { emulates(Version(8, 0)) }
}

extension Context {
  /// The longitude and the latitude at `index`; nil if the error has been replied.
  func geoPoint(_ index: Int) throws(ReplyError) -> GeoPoint? {
    let point = GeoPoint(longitude: try arguments.double(index), latitude: try arguments.double(index + 1))
    if point.isOnMap { return point }
    var text = Array("ERR invalid longitude,latitude pair ".utf8)
    text += NumberText.withFixed(point.longitude, decimals: 6) { $0.copied() } + [UInt8(ascii: ",")]
    text += NumberText.withFixed(point.latitude, decimals: 6) { $0.copied() }
    reply.error(bytes: text)
    return nil
  }
}

extension Arguments {
  /// How many metres the unit at `index` is.
  func metersPerUnit(_ index: Int) throws(ReplyError) -> Double {
    let unit = self[index].upToZero
    if unit.matches("M") { return 1 }
    if unit.matches("KM") { return 1000 }
    if unit.matches("FT") { return 0.3048 }
    if unit.matches("MI") { return 1609.34 }
    throw .unknownUnit
  }

  /// The radius at `index` and its unit.
  func readCircle(_ index: Int, _ shape: inout GeoShape) throws(ReplyError) {
    let radius = try double(index, .radiusNotANumber)
    if radius < 0 { throw .radiusNegative }
    shape.metersPerUnit = try metersPerUnit(index + 1)
    shape.form = .circle(radius: radius)
  }

  /// The width and the height at `index` and their unit.
  func readBox(_ index: Int, _ shape: inout GeoShape) throws(ReplyError) {
    let (width, height) = (try double(index, .widthNotANumber), try double(index + 1, .heightNotANumber))
    if width < 0 || height < 0 { throw .boxNegative }
    shape.metersPerUnit = try metersPerUnit(index + 2)
    shape.form = .box(width: width, height: height)
  }
}

extension Reply {
  /// A place: its coordinates with up to 17 decimals, or, as from 8.0 on, with as many as it takes to tell them.
  func point(_ point: GeoPoint, isShort: Bool) {
    array(2)
    for value in [point.longitude, point.latitude] {
      if isShort { double(value) } else { plain(value) }
    }
  }

  private func plain(_ value: Double) {
    NumberText.withPlain(value) { text in
      guard isRESP3 else { return bulk(text) }
      raw(",")
      raw(text)
      raw("\r\n")
    }
  }

  /// A distance: a string of four decimals, in both protocols.
  func distance(_ distance: Double) { NumberText.withFixed(distance, decimals: 4) { bulk($0) } }
}

extension Argument {
  static var geoUnit: Argument { .oneOf("unit", [.token("M"), .token("KM"), .token("FT"), .token("MI")]) }
  static var geoOrder: Argument { .oneOf("order", [.token("ASC"), .token("DESC")]).optional }
  static var geoShown: [Argument] {
    [.token("WITHCOORD").optional, .token("WITHDIST").optional, .token("WITHHASH").optional]
  }

  /// - Parameter since: the version that brought ANY, if that is not the command's own.
  static func geoCount(anySince version: String? = nil) -> Argument {
    let any = Argument.token("ANY").optional
    return .block("count", [.integer("count", token: "COUNT"), version.map { any.since($0) } ?? any]).optional
  }
}
