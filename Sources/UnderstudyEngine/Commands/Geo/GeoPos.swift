// GEOPOS, GEOHASH and GEODIST: where members are, and how far from each other.

enum GeoPosCommand {
  static let all = [
    Command(
      "geopos", .geo, since: "3.2.0", "Answers the longitude and latitude of members.",
      complexity: "O(N) for N members", arity: -2, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("member").multiple], handler: geoPos),
    Command(
      "geohash", .geo, since: "3.2.0", "Answers the places of members as geohashes of eleven letters.",
      complexity: "O(log(N)) for each member and a set of size N", arity: -2, flags: [.readOnly],
      keys: [.key(1, [.readOnly, .access])], arguments: [.key(), .string("member").multiple], handler: geoHash),
    Command(
      "geodist", .geo, since: "3.2.0", "Answers the distance between two members.", complexity: "O(log(N))",
      arity: -4, flags: [.readOnly], keys: [.key(1, [.readOnly, .access])],
      arguments: [.key(), .string("member1"), .string("member2"), .geoUnit.optional], handler: geoDist),
  ]

  static func geoPos(_ context: inout Context) throws(ReplyError) {
    let set = try context.sortedSet(context.key(1))
    context.reply.array(context.arguments.count - 2)
    for index in 2..<context.arguments.count {
      if let score = set?[context.arguments[index]] {
        context.reply.point(GeoPoint(score: score), isShort: context.engine.hasShortCoordinates)
      } else {
        context.reply.nullArray()
      }
    }
  }

  static func geoHash(_ context: inout Context) throws(ReplyError) {
    let set = try context.sortedSet(context.key(1))
    context.reply.array(context.arguments.count - 2)
    for index in 2..<context.arguments.count {
      if let score = set?[context.arguments[index]] {
        GeoPoint(score: score).name.withBytes { context.reply.bulk($0) }
      } else {
        context.reply.null()
      }
    }
  }

  static func geoDist(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    if arguments.count > 5 { throw .syntax }
    let metersPerUnit = arguments.count == 5 ? try arguments.metersPerUnit(4) : 1
    guard let set = try context.sortedSet(context.key(1)), let one = set[arguments[2]], let other = set[arguments[3]]
    else { return context.reply.null() }
    context.reply.distance(GeoPoint(score: one).distance(to: GeoPoint(score: other)) / metersPerUnit)
  }
}
