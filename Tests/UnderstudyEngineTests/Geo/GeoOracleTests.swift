// The commands of geography beside a live redis-server, in both protocols: the same digits, in the same order.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "GeoOracleTests")))
struct GeoOracleTests {
  @Test func callsWithEdges() throws {
    try OracleComparison.compare(
      """
      SET str x
      GEOADD g
      GEOADD g 1 2
      GEOADD g NX XX 1 2 m
      GEOADD g NX CH CH
      GEOADD g 1 2 m 3
      GEOADD g x 2 m
      GEOADD g 181 0 m
      GEOADD g inf 0 m
      GEOADD g 1e300 0 m
      GEOADD g 0 85.06 m
      GEOADD g nan 0 m
      EXISTS g
      GEOADD str 1 2 m
      GEOADD str 1 x m
      GEOADD g XX 1 2 m
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania
      GEOADD g CH 13.361389 38.115556 Palermo 15.1 37.502669 Catania 1 1 new
      GEOADD g NX CH 0 0 new 180 85.05112878 corner
      GEOADD g XX CH 2 2 new 3 3 other
      GEOPOS g
      GEOPOS g Palermo none Catania
      GEOPOS none a b
      GEOPOS str a
      GEOHASH g
      GEOHASH g Palermo none corner
      GEOHASH none a
      GEOHASH str a
      GEODIST g Palermo
      GEODIST g Palermo Catania
      GEODIST g Palermo Catania km
      GEODIST g Palermo Catania Mi
      GEODIST g Palermo Catania FT
      GEODIST g Palermo Catania yd
      GEODIST g Palermo Catania m x
      GEODIST g Palermo none
      GEODIST none a b
      GEODIST none a b yd
      GEODIST str a b
      GEODIST str a b yd
      GEOSEARCH g
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHCOORD WITHDIST WITHHASH
      GEOSEARCH g BYBOX 400 400 km FROMLONLAT 15 37 DESC WITHDIST COUNT 1
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km COUNT 1 ANY
      GEOSEARCH g FROMMEMBER none BYRADIUS 200 km
      GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km
      GEOSEARCH g FROMMEMBER Palermo FROMMEMBER Catania BYRADIUS 1 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYBOX 1 1 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km BYRADIUS 200 km
      GEOSEARCH g FROMMEMBER Palermo COUNT 1 ASC
      geosearch g BYRADIUS 1 km ASC DESC
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km ANY
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT 0
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT -1
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT x
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km COUNT
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STORE x
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km STOREDIST
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS -1 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS x km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX -1 1 yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX x y yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 y yd
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1 1 yd
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS inf km
      GEOSEARCH g FROMMEMBER Palermo BYBOX 1e308 1e308 km
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 0 km WITHDIST
      GEOSEARCH none FROMMEMBER Palermo BYRADIUS 1 km
      GEOSEARCH none FROMMEMBER Palermo BYRADIUS 1 yd
      GEOSEARCH str FROMMEMBER Palermo BYRADIUS 1 yd
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km
      ZRANGE d 0 -1 WITHSCORES
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST COUNT 1
      ZRANGE d 0 -1 WITHSCORES
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST
      GEOSEARCHSTORE d g FROMLONLAT 60 37 BYRADIUS 200 km
      EXISTS d
      GEOSEARCHSTORE str none FROMLONLAT 60 37 BYRADIUS 200 km
      EXISTS str
      GEOSEARCHSTORE g g FROMMEMBER Palermo BYRADIUS 10000 km STOREDIST
      ZRANGE g 0 -1 WITHSCORES
      """)
  }

  @Test func callsOfGeoRadius() throws {
    try OracleComparison.compare(
      """
      SET str x
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 1 1 new
      GEORADIUS g 15 37 200 km
      GEORADIUS g 15 37 200 km WITHDIST WITHCOORD WITHHASH ASC COUNT 5
      GEORADIUS g 15 37 200 yd
      GEORADIUS g 15 137 200 yd
      GEORADIUS g 15 37 -200 yd
      GEORADIUS g 15 37 x yd
      GEORADIUS g 15 37 200 km x
      GEORADIUS g 15 37 200 km STORE
      GEORADIUS g 15 37 200 km STORE d STOREDIST e
      ZRANGE e 0 -1 WITHSCORES
      GEORADIUS g 15 37 200 km STOREDIST d STORE e
      ZRANGE e 0 -1 WITHSCORES
      EXISTS d
      GEORADIUS g 15 37 200 km WITHDIST STORE d
      GEORADIUS g 60 37 200 km STORE e
      EXISTS e
      GEORADIUS none 60 37 200 km STORE str
      EXISTS str
      GEORADIUS none 60 37 200 km
      GEORADIUS_RO g 15 37 200 km DESC COUNT 1 ANY
      GEORADIUS_RO g 15 37 200 km STORE d
      GEORADIUS_RO g 15 37 200 km FROMMEMBER Palermo
      GEORADIUSBYMEMBER g Palermo 200 km WITHDIST
      GEORADIUSBYMEMBER g none 200 km
      GEORADIUSBYMEMBER g none x yd
      GEORADIUSBYMEMBER none m x yd
      GEORADIUSBYMEMBER none m x yd STORE d
      GEORADIUSBYMEMBER none m x yd foo
      GEORADIUSBYMEMBER g Palermo 200 km STORE d
      GEORADIUSBYMEMBER_RO g Palermo 200 km STORE d
      GEORADIUSBYMEMBER_RO g Palermo 200 km COUNT 1
      """)
  }

  /// Scores that are no geohashes: whatever the real server's processor makes of them.
  @Test func scoresOfOtherKinds() throws {
    let members = ["neg", "pinf", "ninf", "frac", "big", "huge", "p63", "p64", "m63", "p52", "p52m"]
    let dists = members.map { "GEODIST z frac \($0)" }
    let searches = members.flatMap { member in
      ["BYRADIUS 30000 km", "BYBOX 30000 30000 km"].map { "GEOSEARCH z FROMMEMBER \(member) \($0) WITHDIST" }
    }
    let calls = [
      "ZADD z -1 neg inf pinf -inf ninf 1.5 frac 9007199254740993 big 1e300 huge 9223372036854775807 p63",
      "ZADD z 18446744073709551615 p64 -9223372036854775808 m63 4503599627370496 p52 4503599627370495 p52m",
      "GEOPOS z \(members.joined(separator: " "))", "GEOHASH z \(members.joined(separator: " "))",
    ]
    try OracleComparison.compare((calls + dists + searches).joined(separator: "\n"))
  }

  @Test func events() throws {
    try OracleComparison.compareEvents([
      ["GEOADD", "g", "1", "1", "a", "2", "2", "b"], ["GEOADD", "g", "1", "1", "a"], ["GEOPOS", "g", "a"],
      ["GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "1", "1", "BYRADIUS", "1000", "km"],
      ["GEORADIUS", "g", "1", "1", "1000", "km", "STORE", "e"],
      ["GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "50", "1", "BYRADIUS", "1", "km"],
      ["GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "50", "1", "BYRADIUS", "1", "km"],
      ["GEORADIUS", "none", "1", "1", "1000", "km", "STORE", "e"], ["GEORADIUS", "none", "1", "1", "1000", "km"],
    ])
  }

  @Test(arguments: (1...3).map { TestEnvironment.seed &+ $0 }) func randomCalls(seed: UInt64) throws {
    let both = try OracleComparison()
    var random = RandomCalls(dice: SeededGenerator(seed: seed))
    for _ in 0..<1500 {
      let call = random.next()
      try both.expectSame(call.map { CallArgument($0) }, seed: seed, protocol: random.dice.pick([2, 3]))
      guard call[0].hasSuffix("STORE") || call.contains("d") else { continue }
      try both.expectSame(["ZRANGE", "d", "0", "-1", "WITHSCORES"], seed: seed)
      try both.expectSame(["OBJECT", "ENCODING", "d"], seed: seed)
    }
  }

  /// Calls around a few places, near and far, at the edges of the map too.
  private struct RandomCalls {
    var dice: SeededGenerator

    mutating func next() -> [String] {
      let key = dice.pick(["a", "b"])
      switch Int.random(in: 0..<100, using: &dice) {
      case ..<25:
        let pairs = (0..<dice.pick([1, 1, 2, 5, 30, 150])).flatMap { _ in place() + [member()] }
        return ["GEOADD", key] + dice.pick([[], [], [], ["NX"], ["XX"], ["CH"]]) + pairs
      case ..<30: return [dice.pick(["GEOPOS", "GEOHASH"]), key, member(), member()]
      case ..<36: return ["GEODIST", key, member(), member()] + dice.pick([[], [unit()]])
      case ..<68: return ["GEOSEARCH", key] + shape() + options(["WITHCOORD", "WITHDIST", "WITHHASH", "ASC", "DESC"])
      case ..<74: return [dice.pick(["GEORADIUS", "GEORADIUS_RO"]), key] + place() + [size(), unit()] + options(["WITHDIST"])
      case ..<80: return ["GEORADIUSBYMEMBER", key, member(), size(), unit()] + options(["WITHHASH", "DESC"])
      case ..<88: return ["GEOSEARCHSTORE", "d", key] + shape() + options(["ASC", "STOREDIST"])
      case ..<94: return ["GEORADIUS", key] + place() + [size(), unit()] + options(["ASC"]) + [dice.pick(["STORE", "STOREDIST"]), "d"]
      case ..<97: return ["DEL", key]
      default: return ["ZADD", key, dice.pick(["-1", "1e17", "4503599627370496", "inf", "12.5"]), member()]
      }
    }

    private mutating func place() -> [String] {
      let (longitude, latitude): (Double, Double) =
        switch Int.random(in: 0..<10, using: &dice) {
        case ..<3: (.random(in: -180...180, using: &dice), .random(in: -85...85, using: &dice))
        case ..<6: (.random(in: 9...11, using: &dice), .random(in: 44...46, using: &dice))
        case 6: (dice.pick([180, -180, 0, 179.9999]), dice.pick([85.05112878, -85.05112878, 0, 66, 67, 81, -81]))
        case 7: (Double(Int.random(in: -3...3, using: &dice)), Double(Int.random(in: -3...3, using: &dice)))
        case 8: (dice.pick([10, 10.5]), 45)
        default: (.random(in: 179...180, using: &dice), .random(in: -1...1, using: &dice))
        }
      return ["\(longitude)", "\(latitude)"]
    }

    private mutating func shape() -> [String] {
      let from = dice.chance(40) ? ["FROMMEMBER", member()] : ["FROMLONLAT"] + place()
      let by = dice.chance(50) ? ["BYRADIUS", size(), unit()] : ["BYBOX", size(), size(), unit()]
      return dice.chance(50) ? from + by : by + from
    }

    private mutating func options(_ words: [String]) -> [String] {
      var options = words.filter { _ in dice.chance(35) }.map { [$0] }
      if dice.chance(40) {
        let count = dice.pick([1, 2, 3, 10, 50, 100, 200])
        options.append(["COUNT", "\(count)"] + (dice.chance(40) ? ["ANY"] : []))
      }
      return options.shuffled(using: &dice).flatMap { $0 }
    }

    private mutating func member() -> String { "m\(Int.random(in: 0..<dice.pick([5, 50, 400]), using: &dice))" }
    private mutating func unit() -> String { dice.pick(["m", "km", "ft", "mi", "KM"]) }
    private mutating func size() -> String {
      dice.pick(["0", "0.5", "10", "150", "1234.5", "20000", "500000", "5e6", "2e7", "3e8", "inf"])
    }
  }
}
