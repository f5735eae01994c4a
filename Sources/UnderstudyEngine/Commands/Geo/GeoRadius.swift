// GEORADIUS, GEORADIUSBYMEMBER and their read-only forms: what GEOSEARCH has taken the place of.

enum GeoRadiusCommand {
  private static let complexity = "O(N+log(M)) for N members in the cells around the circle, of M in the set"
  private static let place: [Argument] = [.key(), .double("longitude"), .double("latitude")]
  private static let member: [Argument] = [.key(), .string("member")]
  private static func options(anySince version: String?) -> [Argument] {
    [.double("radius"), .geoUnit] + Argument.geoShown + [.geoCount(anySince: version), .geoOrder]
  }
  private static let stores: [Argument] = [
    .key("key", spec: 1, token: "STORE").optional, .key("key", spec: 2, token: "STOREDIST").optional,
  ]
  private static func keys(optionsFrom position: Int) -> [KeySpec] {
    [
      .key(1, [.readOnly, .access]),
      KeySpec([.overwrite, .update], .keyword("STORE", from: position), .range(last: 0, step: 1, limit: 0)),
      KeySpec([.overwrite, .update], .keyword("STOREDIST", from: position), .range(last: 0, step: 1, limit: 0)),
    ]
  }

  static let all = [
    Command(
      "georadius", .geo, since: "3.2.0", "Answers or stores the members within a distance of a place.",
      complexity: complexity, arity: -6, flags: [.write, .denyOOM, .movableKeys], keys: keys(optionsFrom: 6),
      arguments: place + options(anySince: "6.2.0") + stores,
      history: [("6.2.0", "The option ANY of COUNT."), ("7.0.0", "Units may be written in upper case.")],
      deprecated: .init(
        since: "6.2.0", replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument"),
      handler: geoRadius),
    Command(
      "georadius_ro", .geo, since: "3.2.10", "Answers the members within a distance of a place.",
      complexity: complexity, arity: -6, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: place + options(anySince: "6.2.0"), history: [("6.2.0", "The option ANY of COUNT.")],
      deprecated: .init(since: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` argument"),
      handler: geoRadiusRO),
    Command(
      "georadiusbymember", .geo, since: "3.2.0", "Answers or stores the members within a distance of another one.",
      complexity: complexity, arity: -5, flags: [.write, .denyOOM, .movableKeys], keys: keys(optionsFrom: 5),
      arguments: member + options(anySince: nil) + stores,
      history: [("7.0.0", "Units may be written in upper case.")],
      deprecated: .init(
        since: "6.2.0",
        replacement: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments"),
      handler: geoRadiusByMember),
    Command(
      "georadiusbymember_ro", .geo, since: "3.2.10", "Answers the members within a distance of another one.",
      complexity: complexity, arity: -5, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: member + options(anySince: nil),
      deprecated: .init(
        since: "6.2.0", replacement: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments"),
      handler: geoRadiusByMemberRO),
  ]

  static func geoRadius(_ context: inout Context) throws(ReplyError) {
    try GeoQuery.run(context, .radius(ofMember: false, mayStore: true))
  }
  static func geoRadiusRO(_ context: inout Context) throws(ReplyError) {
    try GeoQuery.run(context, .radius(ofMember: false, mayStore: false))
  }
  static func geoRadiusByMember(_ context: inout Context) throws(ReplyError) {
    try GeoQuery.run(context, .radius(ofMember: true, mayStore: true))
  }
  static func geoRadiusByMemberRO(_ context: inout Context) throws(ReplyError) {
    try GeoQuery.run(context, .radius(ofMember: true, mayStore: false))
  }
}
