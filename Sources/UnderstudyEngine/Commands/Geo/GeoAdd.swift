// GEOADD: a ZADD whose scores are geohashes.

enum GeoAddCommand {
  static let command = Command(
    "geoadd", .geo, since: "3.2.0", "Adds places to a sorted set, or moves them.",
    complexity: "O(log(N)) for each place and a set of size N", arity: -5, flags: [.write, .denyOOM],
    keys: [.key(1, [.readWrite, .update])],
    arguments: [
      .key(), .oneOf("condition", [.token("NX"), .token("XX")]).optional.since("6.2.0"),
      .token("CH", name: "change").optional.since("6.2.0"),
      .block(
        "longitude_latitude_member", [.double("longitude"), .double("latitude"), .string("member")]
      ).multiple,
    ],
    history: [("6.2.0", "The options CH, NX and XX.")], handler: geoAdd)

  static func geoAdd(_ context: inout Context) throws(ReplyError) {
    let arguments = context.arguments
    var options: ZAddCommand.Options = []
    var first = 2
    while first < arguments.count, let option = option(arguments[first]) {
      options.insert(option)
      first += 1
    }
    let count = arguments.count - first
    if count % 3 != 0 || options.isSuperset(of: [.onlyNew, .onlyPresent]) { throw .syntax }
    var scores: [Double] = []
    scores.reserveCapacity(count / 3)
    for index in stride(from: first, to: arguments.count, by: 3) {
      guard let point = try context.geoPoint(index) else { return }
      scores.append(point.score)
    }
    if scores.isEmpty { throw .syntax }
    try ZAddCommand.change(&context, options, pairs: scores.count) { index in
      (scores[index], arguments[first + index * 3 + 2])
    }
  }

  private static func option(_ word: Bytes) -> ZAddCommand.Options? {
    if word.matches("NX") { return .onlyNew }
    if word.matches("XX") { return .onlyPresent }
    if word.matches("CH") { return .countsChanges }
    return nil
  }
}
