// GeoQuery: a search around a place, read from the arguments of any of the six commands that make one, and carried out.

struct GeoQuery {
  enum Kind {
    case search
    case searchAndStore
    case radius(ofMember: Bool, mayStore: Bool)

    var isSearch: Bool { if case .radius = self { false } else { true } }
    var mayStore: Bool { if case .radius(_, let mayStore) = self { mayStore } else { false } }
  }

  private enum Order { case none, ascending, descending }

  /// What is shown of a member besides its name.
  private struct Shown: OptionSet {
    let rawValue: UInt8
    static let distance = Shown(rawValue: 1 << 0)
    static let hash = Shown(rawValue: 1 << 1)
    static let point = Shown(rawValue: 1 << 2)
  }

  /// A member that was found. The name is borrowed from the set.
  private struct Match {
    let member: PackedElement
    let score: Double
    let point: GeoPoint
    /// In metres.
    let distance: Double
  }

  private var shape = GeoShape()
  private var shown: Shown = []
  private var order = Order.none
  /// 0: no limit.
  private var count = 0
  /// Whether the first found are as good as the nearest.
  private var takesAny = false
  /// Where the key stands under which the members are to be stored.
  private var destination: Int?
  private var storesDistance = false

  static func run(_ context: borrowing Context, _ kind: Kind) throws(ReplyError) {
    var source = 1
    if case .searchAndStore = kind { source = 2 }
    let set = try context.sortedSet(context.key(source))
    var query = GeoQuery()
    guard try query.read(context, kind, set) else { return }
    guard let set else {
      guard let destination = query.destination else { return context.reply.emptyArray() }
      context.removeEmptied(context.key(destination), changes: 1)
      return context.reply.integer(0)
    }
    let matches = query.matches(in: set)
    if let destination = query.destination {
      query.store(context, matches, under: context.key(destination), kind.isSearch)
    } else {
      query.answer(context.reply, matches, hasShortCoordinates: context.engine.hasShortCoordinates)
    }
  }

  // MARK: Reading

  /// Reads the arguments; false if the error has been replied. Where there is no set, members are not looked for.
  private mutating func read(
    _ context: borrowing Context, _ kind: Kind, _ set: SortedSetValue?
  ) throws(ReplyError) -> Bool {
    let arguments = context.arguments
    var cursor: ArgumentCursor
    switch kind {
    case .search: cursor = ArgumentCursor(arguments, from: 2)
    case .searchAndStore:
      destination = 1
      cursor = ArgumentCursor(arguments, from: 3)
    case .radius(ofMember: false, _):
      guard let point = try context.geoPoint(2) else { return false }
      shape.center = point
      try arguments.readCircle(4, &shape)
      cursor = ArgumentCursor(arguments, from: 6)
    case .radius(ofMember: true, _):
      if let set {
        try readMember(2, arguments, set)
        try arguments.readCircle(3, &shape)
      }
      cursor = ArgumentCursor(arguments, from: 5)
    }
    var (hasMember, hasPoint, hasCircle, hasBox) = (false, false, false, false)
    while !cursor.isAtEnd {
      if readOption(&cursor) { continue }
      if cursor.match("COUNT", followedBy: 1) {
        let number = cursor.integer()
        try cursor.check()
        if number <= 0 { throw .searchCountNotPositive }
        count = Int(number)
      } else if kind.mayStore && (cursor.match("STORE", followedBy: 1)) {
        (destination, storesDistance) = (cursor.position, false)
        _ = cursor.next()
      } else if kind.mayStore && cursor.match("STOREDIST", followedBy: 1) {
        (destination, storesDistance) = (cursor.position, true)
        _ = cursor.next()
      } else if kind.isSearch && !hasPoint && cursor.match("FROMMEMBER", followedBy: 1) {
        if let set { try readMember(cursor.position, arguments, set) }
        hasMember = true
        cursor.skip(1)
      } else if kind.isSearch && !hasMember && cursor.match("FROMLONLAT", followedBy: 2) {
        guard let point = try context.geoPoint(cursor.position) else { return false }
        shape.center = point
        hasPoint = true
        cursor.skip(2)
      } else if kind.isSearch && !hasBox && cursor.match("BYRADIUS", followedBy: 2) {
        try arguments.readCircle(cursor.position, &shape)
        hasCircle = true
        cursor.skip(2)
      } else if kind.isSearch && !hasCircle && cursor.match("BYBOX", followedBy: 3) {
        try arguments.readBox(cursor.position, &shape)
        hasBox = true
        cursor.skip(3)
      } else if kind.isSearch && destination != nil && cursor.match("STOREDIST") {
        storesDistance = true
      } else {
        throw .syntax
      }
    }
    if destination != nil && !shown.isEmpty { throw kind.isSearch ? .searchStoreShows : .radiusStoreShows }
    if kind.isSearch && !hasMember && !hasPoint { return failChoice(context, "FROMMEMBER or FROMLONLAT") }
    if kind.isSearch && !hasCircle && !hasBox { return failChoice(context, "BYRADIUS and BYBOX") }
    if takesAny && count == 0 { throw .anyWithoutCount }
    // The nearest are meant.
    if count > 0 && order == .none && !takesAny { order = .ascending }
    return true
  }

  /// Reads an option of one word; false if the next one is none.
  private mutating func readOption(_ cursor: inout ArgumentCursor) -> Bool {
    if cursor.match("WITHDIST") {
      shown.insert(.distance)
    } else if cursor.match("WITHHASH") {
      shown.insert(.hash)
    } else if cursor.match("WITHCOORD") {
      shown.insert(.point)
    } else if cursor.match("ANY") {
      takesAny = true
    } else if cursor.match("ASC") {
      order = .ascending
    } else if cursor.match("DESC") {
      order = .descending
    } else {
      return false
    }
    return true
  }

  private mutating func readMember(_ index: Int, _ arguments: Arguments, _ set: SortedSetValue) throws(ReplyError) {
    guard let score = set[arguments[index]] else { throw .noSuchMember }
    shape.center = GeoPoint(score: score)
  }

  private func failChoice(_ context: borrowing Context, _ words: String) -> Bool {
    let name = context.arguments[0].upToZero.copied()
    context.reply.error(bytes: Array("ERR exactly one of \(words) can be specified for ".utf8) + name)
    return false
  }

  // MARK: Finding

  private func matches(in set: SortedSetValue) -> ArraySlice<Match> {
    var matches: [Match] = []
    shape.forEachMatch(in: set) { member, score, point, distance in
      matches.append(Match(member: member, score: score, point: point, distance: distance))
      return !takesAny || matches.count < count
    }
    let wanted = count == 0 ? matches.count : min(count, matches.count)
    if order != .none {
      let sign = order == .ascending ? 1 : -1
      if wanted == matches.count {
        matches.sort { order == .ascending ? $0.distance < $1.distance : $0.distance > $1.distance }
      } else {
        PartialSort.sort(&matches, first: wanted) {
          $0.distance > $1.distance ? sign : $0.distance == $1.distance ? 0 : -sign
        }
      }
    }
    return matches.prefix(wanted)
  }

  private func answer(_ reply: Reply, _ matches: ArraySlice<Match>, hasShortCoordinates: Bool) {
    reply.array(matches.count)
    for match in matches {
      if !shown.isEmpty { reply.array(1 + shown.rawValue.nonzeroBitCount) }
      reply.bulk(match.member)
      if shown.contains(.distance) { reply.distance(match.distance / shape.metersPerUnit) }
      // Only scores that are geohashes are found.
      if shown.contains(.hash) { reply.integer(Int64(exactly: match.score.rounded(.towardZero)) ?? .min) }
      if shown.contains(.point) { reply.point(match.point, isShort: hasShortCoordinates) }
    }
  }

  private func store(
    _ context: borrowing Context, _ matches: ArraySlice<Match>, under key: Key, _ isSearch: Bool
  ) {
    let result = SortedSetBuilder(context, isLarge: true)
    for match in matches {
      result.add(match.member, storesDistance ? match.distance / shape.metersPerUnit : match.score)
    }
    result.store(context, under: key, isSearch ? "geosearchstore" : "georadiusstore")
    // Every member counts as a change.
    if matches.count > 1 { context.noted(matches.count - 1) }
  }
}
