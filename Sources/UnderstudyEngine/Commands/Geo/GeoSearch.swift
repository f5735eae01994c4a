// GEOSEARCH and GEOSEARCHSTORE. What they share with GEORADIUS and its relatives is `GeoQuery`.

enum GeoSearchCommand {
  private static let complexity = "O(N+log(M)) for N members in the cells around the shape, of M in the set"
  private static let shape: [Argument] = [
    .oneOf(
      "from",
      [
        .string("member", token: "FROMMEMBER"),
        .block("longitude_latitude", token: "FROMLONLAT", [.double("longitude"), .double("latitude")]),
      ]),
    .oneOf(
      "by",
      [
        .block("circle", [.double("radius", token: "BYRADIUS"), .geoUnit]),
        .block("box", [.double("width", token: "BYBOX"), .double("height"), .geoUnit]),
      ]),
    .geoOrder, .geoCount(),
  ]

  static let all = [
    Command(
      "geosearch", .geo, since: "6.2.0", "Answers the members within a circle or a box.", complexity: complexity,
      arity: -7, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key()] + shape + Argument.geoShown,
      history: [("7.0.0", "Units may be written in upper case.")], handler: geoSearch),
    Command(
      "geosearchstore", .geo, since: "6.2.0", "Stores the members within a circle or a box.",
      complexity: complexity, arity: -8, flags: [.write, .denyOOM],
      keys: [.key(1, [.overwrite, .update]), .key(2, [.readOnly, .access])],
      arguments: [.key("destination"), .key("source", spec: 1)] + shape + [.token("STOREDIST").optional],
      history: [("7.0.0", "Units may be written in upper case.")], handler: geoSearchStore),
  ]

  static func geoSearch(_ context: inout Context) throws(ReplyError) { try GeoQuery.run(context, .search) }
  static func geoSearchStore(_ context: inout Context) throws(ReplyError) { try GeoQuery.run(context, .searchAndStore) }
}
