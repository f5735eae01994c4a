// How the steps of a run are made from its seed: what each client asks for, in how many pieces, and what happens meanwhile.
//
// The calls are those of the differential tests (`CommandTemplates`), with some beside them that only make sense where time
// stands in the test's hand: short lifetimes, waits that end, slow scripts, pauses, verbs of the lab.

import UnderstudyEngine
import UnderstudyTestSupport

struct SimulationSteps: Sendable {
  private static let universe = Universe(scriptDigests: [String(repeating: "0", count: 40)])

  private static func templates(_ patterns: [String]) -> [CommandTemplate] { patterns.map { CommandTemplate($0) } }

  private static let deadlines = templates([
    "SET $string $value PX (1|3|20|200|5000)", "PEXPIRE $key (1|2|5|50|500|0|-1)", "GETEX $string PX (1|30|400)", "PERSIST $key",
    "PEXPIRE $hash (5|100)", "HPEXPIRE $hash (1|5|50|500|0) FIELDS 1 $field", "HPEXPIRE $hash (5|50) FIELDS 2 $field $field",
    "HPERSIST $hash FIELDS 1 $field", "HGETEX $hash PX (3|40) FIELDS 1 $field", "HSETEX $hash PX (3|40|400) FIELDS 1 $field $value",
    "HPTTL $hash FIELDS 1 $field", "HGETDEL $hash FIELDS 1 $field", "HSET $hash {$field $value}", "COPY $hash $hash REPLACE",
    "RENAME $hash $hash", "SET $string $value KEEPTTL", "PTTL $key", "MOVE $key $db", "EXPIRE $key 1 (NX|XX|GT|LT)",
  ])

  private static let waits = templates([
    "BLPOP {$list} (0.01|0.1|1|10|0)", "BRPOP {$list} (0.02|3)", "BLMOVE $list $list LEFT RIGHT (0.05|0|1)",
    "BLMPOP (0.1|0) 2 $list $list LEFT", "BZPOPMIN $zset (0.03|0)", "BZMPOP 0.5 1 $zset MAX", "XREAD BLOCK (1|20|0) STREAMS $stream $",
    "XREADGROUP GROUP g1 c1 BLOCK (5|0) STREAMS $stream >", "WAIT 1 (5|50)", "CLIENT UNBLOCK $clientid [ERROR]",
  ])

  private static let slowScripts = templates([
    "EVAL $slow 1 $string (100|20000|60000)", "EVAL $slow 1 $string 40000", "SCRIPT KILL", "FUNCTION KILL",
    "FUNCTION LOAD REPLACE $library", "FCALL grow 1 $string (10|30000)", "FCALL_RO look 1 $string", "FUNCTION LIST", "FUNCTION FLUSH",
    "FUNCTION DELETE lib", "FUNCTION STATS",
  ])

  private static let slow: [CallArgument] = [
    "local n=0 for i=1,tonumber(ARGV[1]) do n=n+i end return n",
    "for i=1,tonumber(ARGV[1]) do if i%5000==1 then redis.call('set',KEYS[1],i) end end return redis.call('get',KEYS[1])",
    "local t={} for i=1,tonumber(ARGV[1]) do t[#t+1]=i if #t>100 then t={} end end redis.call('publish','c1',#t) return #t",
    "for i=1,tonumber(ARGV[1]) do if i%9000==1 then redis.call('rpush','list1',i) end end return redis.call('llen','list1')",
  ]

  private static let library: CallArgument = """
    #!lua name=lib
    redis.register_function('grow', function(keys, args) local n=0 for i=1,tonumber(args[1]) do n=n+1 end \
    redis.call('append', keys[1], n) return n end)
    redis.register_function{function_name='look', callback=function(keys) return redis.call('exists', keys[1]) end, flags={'no-writes'}}
    """

  private static let tracking = templates([
    "HELLO 3", "CLIENT TRACKING ON", "CLIENT TRACKING ON BCAST [PREFIX (s|list|h)]", "CLIENT TRACKING ON OPTIN [NOLOOP]",
    "CLIENT TRACKING ON OPTOUT", "CLIENT TRACKING OFF", "CLIENT CACHING (YES|NO)", "CLIENT TRACKING ON REDIRECT $clientid",
    "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "GET $string", "MGET {$string}", "HGETALL $hash", "LRANGE $list 0 -1", "SET $string $value",
    "DEL $key", "HSET $hash $field $value", "CONFIG SET tracking-table-max-keys (1|3|1000)", "RESET",
  ])

  private static let others = templates([
    "CLIENT KILL ID $clientid", "CLIENT PAUSE (1|20|300) [WRITE|ALL]", "CLIENT UNPAUSE", "CLIENT LIST", "CLIENT INFO", "QUIT",
    "CLIENT NO-EVICT (ON|OFF)", "CLIENT NO-TOUCH (ON|OFF)", "DEBUG SLEEP (0|0.001|0.2)", "DEBUG SET-ACTIVE-EXPIRE (0|1|1)",
    "CONFIG SET notify-keyspace-events (KEA|Kg$lshzxe|)", "CONFIG SET timeout (0|0|5)", "MEMORY USAGE $key", "OBJECT FREQ $key",
    "CONFIG SET slowlog-log-slower-than (0|10000|-1)", "CONFIG SET latency-monitor-threshold (0|1)", "SLOWLOG GET 2", "LATENCY LATEST",
    "CONFIG SET hash-max-listpack-entries (4|16|512)", "DUMP $key", "DEBUG DIGEST",
  ])

  /// What may go wrong at the endpoint that is there for it.
  private static let control = templates([
    "LAB.FAULT ADD (r1|r2|r3|r4) ENDPOINT app [COMMAND (get|set|lpush|blpop|exec|subscribe)] [TIMES (1|2|5)] [PROB (0.05|0.5|1)] [AFTER (1|4)] [FOR (10|500)] DO (beforeExecution|afterExecution) $action",
    "LAB.FAULT ADD (r5|r6) ENDPOINT app [TIMES 2] [PROB 0.3] DO replyByte (0|1|5|40) (close|reset|hang|DELAY 20|DRIP 3 10|halfClose)",
    "LAB.FAULT ADD r7 ENDPOINT app [TIMES (1|3)] DO accept (close|reset|refuse|hang|DELAY 30)",
    "LAB.FAULT ADD r8 ENDPOINT app [PROB 0.5] DO push (drop|swap|DELAY 10|close)",
    "LAB.FAULT ADD r9 ENDPOINT app DO idle (5|50) (close|reset|SURPLUS +x)", "LAB.FAULT DEL $rule", "LAB.FAULT DEL $rule", "LAB.FAULT LIST",
    "LAB.FAULT FIRED $rule", "LAB.RESET (FAULTS|LEDGER)", "LAB.RESET FAULTS",
    "LAB.CLOCK (data|wait|script)", "LAB.CLOCK (data|wait|script) FREEZE", "LAB.CLOCK (data|wait|script) REAL",
    "LAB.CLOCK (data|wait|script) ADVANCE (0|1|7|100|5000)", "LAB.CLOCK data SET (1750000000000|1750000004000|1700000000000)",
    "LAB.SNAPSHOT SAVE (s1|s2|s3)", "LAB.SNAPSHOT SAVE (s1|s2|s3)", "LAB.SNAPSHOT RESTORE (s1|s2|s3)",
    "LAB.SNAPSHOT RESTORE (s1|s2|s3)", "LAB.SNAPSHOT DROP (s1|s2|s3)", "LAB.SNAPSHOT LIST", "LAB.LEDGER", "LAB.HELP",
  ])

  private static let actions: [[CallArgument]] = [
    ["close"], ["reset"], ["hang"], ["halfClose"], ["DELAY", "5"], ["DELAY", "200", "100"], ["DRIP", "2", "5"], ["TRUNCATE", "3"], ["drop"],
    ["ERROR", "ERR made up"], ["SUBSTITUTE", "+x\r\n"], ["SURPLUS", ":1\r\n"], ["swap"], ["PAUSE", "30"],
    ["REDIRECT", "MOVED", "127.0.0.1:1"],
    ["RAW", "x"], ["PUSH", "a", "b"], ["ROLE", "replica"], ["ROLE", "loading"],
  ]

  private static let data = CommandTemplates.mixture + CommandTemplates.hyperLogLogs + CommandTemplates.geo
    + CommandTemplates.pastDeadlines + CommandTemplates.digests + deadlines + deadlines + deadlines
  /// What each client asks for.
  private static let roles = (0..<Simulation.clientCount).map { role($0).filter { !$0.name.hasPrefix("FLUSHALL") } }

  private static func role(_ number: Int) -> [CommandTemplate] {
    switch number {
    case 5, 6: CommandTemplates.transactions + CommandTemplates.transactions + CommandTemplates.transactions + deadlines + keep(data, 7)
    case 7, 8: CommandTemplates.publications + CommandTemplates.publications + keep(data, 25)
    case 9, 10: CommandTemplates.blocking + waits + waits + CommandTemplates.wakers + CommandTemplates.wakers
    case 11: CommandTemplates.scripting + slowScripts + slowScripts + keep(data, 20)
    case 12, 13: tracking + tracking + keep(data, 12)
    case 14: CommandTemplates.access + CommandTemplates.access + keep(data, 6)
    case 15: CommandTemplates.connections + others + others + keep(data, 12)
    case 16: templates(["MONITOR", "CLIENT REPLY (OFF|SKIP|ON)", "PING", "RESET", "GET $string"]) + keep(data, 12)
    case 17...19:
      keep(data, 3) + CommandTemplates.transactions + waits + keep(tracking, 2) + keep(CommandTemplates.scripting, 3)
        + templates(["HELLO (2|3)", "CLIENT SETNAME (x|y)", "AUTH a x", "SUBSCRIBE c1", "PUNSUBSCRIBE", "RESET"])
    default: data
    }
  }

  private static func keep(_ templates: [CommandTemplate], _ distance: Int) -> [CommandTemplate] {
    stride(from: 0, to: templates.count, by: distance).map { templates[$0] }
  }

  let setting: SimulatedSetting
  private var dice: SeededGenerator

  init(seed: UInt64) {
    dice = SeededGenerator(seed: seed)
    var setting = SimulatedSetting(seed: seed)
    setting.version = dice.pick(["7.0.15", "7.2.0", "8.0.0", "8.4.0"] as [Version])
    setting.evicts = dice.chance(25)
    self.setting = setting
  }

  mutating func next() -> SimulationStep {
    switch Int.random(in: 0..<1000, using: &dice) {
    case 0..<860: return send(Int.random(in: 0..<Simulation.clientCount, using: &dice))
    case 860..<930:
      let distance = dice.pick([0, 100, 1_000, 1_000, 5_000, 50_000, 300_000, 2_000_000]) as Int64
      return .time(wall: dice.chance(80) ? distance : 0, monotonic: distance)
    case 930..<955: return .control(controlCall())
    case 955..<965: return .close(client: Int.random(in: 0..<Simulation.clientCount, using: &dice))
    case 965..<967: return .endInput(client: Int.random(in: 2..<Simulation.clientCount, using: &dice))
    case 967..<969: return .fail(client: Int.random(in: 2..<Simulation.clientCount, using: &dice))
    case 969..<983:
      let bytes = dice.chance(60) ? Int.max : dice.pick([0, 1, 7, 100, 3_000])
      return .read(client: Int.random(in: 2..<Simulation.clientCount, using: &dice), bytes: bytes)
    case 983..<988: return .pace(dice.pick([1, 1, 1, 900, 4_000]))
    case 988..<992: return .embedded(["FLUSHALL"])
    case 992..<994: return .noise(client: Int.random(in: 2..<Simulation.clientCount, using: &dice), noise())
    default: return setting.evicts ? limit() : .embedded(["DBSIZE"])
    }
  }

  private mutating func limit() -> SimulationStep {
    switch Int.random(in: 0..<4, using: &dice) {
    case 0: return .embedded(["CONFIG", "SET", "maxmemory-policy", CallArgument(dice.pick(EvictionPolicy.allCases).rawValue)])
    case 1: return .embedded(["CONFIG", "SET", "maxmemory-clients", dice.pick(["0", "0", "200000", "5%"])])
    case 2:
      let limits: [CallArgument] = ["normal 0 0 0", "normal 4000 0 0", "pubsub 1000 500 1", "pubsub 0 0 0"]
      return .embedded(["CONFIG", "SET", "client-output-buffer-limit", dice.pick(limits)])
    default: return .embedded(["CONFIG", "SET", "maxmemory", dice.pick(["0", "1", "60000", "120000", "300000", "2000000"])])
    }
  }

  private mutating func noise() -> [UInt8] {
    let texts = [
      "*1\r\n$x\r\n", "PING\r\n", "*3\r\n$3\r\nSET\r\n:1\r\n", "GET a\r\n", "\r\n\r\n", "*-1\r\n", "*0\r\n", "set \"a b\" 'c\r\n",
      "*2000000000\r\n", "GET / HTTP/1.1\r\n",
    ]
    if dice.chance(50) { return Array(dice.pick(texts).utf8) }
    return (0..<Int.random(in: 1...40, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
  }

  private mutating func controlCall() -> [CallArgument] {
    var call = dice.pick(Self.control).call(&dice, universe: Self.universe)
    if let index = call.firstIndex(of: "$action") { call.replaceSubrange(index...index, with: dice.pick(Self.actions)) }
    if let index = call.firstIndex(of: "$rule") { call[index] = CallArgument("r\(Int.random(in: 1...9, using: &dice))") }
    call[0] = CallArgument(call[0].upperText)
    if call.count > 1, call[0] == "LAB.SNAPSHOT" || call[0] == "LAB.FAULT" { call[1] = CallArgument(call[1].upperText) }
    return call
  }

  private mutating func send(_ client: Int) -> SimulationStep {
    let count = dice.chance(70) ? 1 : Int.random(in: 2...(dice.chance(5) ? 100 : 8), using: &dice)
    var requests: [[CallArgument]] = []
    for _ in 0..<count { requests += request(client) }
    guard dice.chance(22) else { return .send(client: client, requests: requests) }
    let length = [UInt8].wire(requests).count
    var cuts: [Int] = []
    for _ in 0..<dice.pick([0, 1, 1, 2, 5]) { cuts.append(Int.random(in: 0...length, using: &dice)) }
    // As a slow typist sends.
    if length < 60, dice.chance(20) { cuts = Array(1..<max(length, 2)) }
    return .send(client: client, requests: requests, cuts: cuts, kept: dice.chance(25) ? Int.random(in: 1...length, using: &dice) : 0)
  }

  private mutating func request(_ client: Int) -> [[CallArgument]] {
    if Simulation.modelClients.contains(client), setting.hasModel {
      if dice.chance(6) {
        let calls = (0..<Int.random(in: 0...4, using: &dice)).map { _ in ReferenceModel.call(&dice) }
        return [["MULTI"]] + calls + [["EXEC"]]
      }
      return dice.chance(2) ? [["HELLO", dice.pick(["2", "3"])]] : [ReferenceModel.call(&dice)]
    }
    var call = dice.pick(Self.roles[client]).call(&dice, universe: Self.universe)
    for index in call.indices where call[index].bytes.first == UInt8(ascii: "$") {
      switch call[index] {
      case "$clientid": call[index] = CallArgument(Int.random(in: 1...60, using: &dice))
      case "$slow": call[index] = dice.pick(Self.slow)
      case "$library": call[index] = Self.library
      default: break
      }
    }
    if dice.chance(4) && ![7, 8].contains(client) { mutate(&call) }
    return Self.isHarmless(call) ? [call] : [["PING"]]
  }

  /// Makes a call that is most likely wrong.
  private mutating func mutate(_ call: inout [CallArgument]) {
    switch Int.random(in: 0..<3, using: &dice) {
    case 0 where call.count > 1: call.remove(at: Int.random(in: 1..<call.count, using: &dice))
    case 1 where call.count > 1: call[Int.random(in: 1..<call.count, using: &dice)] = dice.pick(Universe.hostile)
    default: call.append(dice.pick(Universe.hostile))
    }
  }

  /// Whether a call leaves the model's keys alone, lets the run go on, and is answered as often as it says.
  private static func isHarmless(_ call: [CallArgument]) -> Bool {
    if call.count == 1, call[0].upperText.hasSuffix("UNSUBSCRIBE") { return false }
    for word in call.prefix(12) where word.bytes.count >= 6 && word.bytes.count <= 24 {
      let text = word.upperText
      if text == "FLUSHALL" || text == "SHUTDOWN" || text.hasPrefix("MAXMEMORY") || text == "SWAPDB" && call.contains("9") { return false }
    }
    return true
  }
}
