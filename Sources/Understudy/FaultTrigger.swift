// FaultTrigger: which commands of which connections a fault rule is about, and how often it bites.

internal import UnderstudyEngine

/// Which commands of which connections a rule is about, and how often it bites: `.on(.family(.incr), key: "n*").times(1)`.
public struct FaultTrigger: Sendable {
  /// Commands, by one of their marks.
  public struct Commands: Sendable {
    fileprivate let apply: @Sendable (inout FaultMatcher) -> Void

    /// Whatever is sent, unknown commands as well.
    public static let any = Commands { _ in }
    /// A command by its name, `get` or `config|get`; a container stands for its subcommands.
    public static func command(_ name: String) -> Commands { Commands { $0.commands.append(name) } }
    /// Commands that mean the same: client libraries choose among them.
    public static func family(_ family: Family) -> Commands { Commands { $0.families.append(family.family) } }
    /// A group of the documentation: `string`, `sorted-set`.
    public static func group(_ name: String) -> Commands { Commands { $0.groups.append(name) } }
    /// Commands with a flag, as COMMAND INFO calls it: `write`, `denyoom`.
    public static func flag(_ name: String) -> Commands { Commands { $0.flags.append(name) } }
    /// Commands without a flag.
    public static func without(flag name: String) -> Commands { Commands { $0.missingFlags.append(name) } }
  }

  /// Commands that mean the same to whoever calls a client library.
  public struct Family: Sendable, Hashable {
    let family: CommandFamily
    private init(_ family: CommandFamily) { self.family = family }

    /// The family of that name; nil if there is none.
    public init?(_ name: String) {
      guard let family = CommandFamily(rawValue: name.lowercased()) else { return nil }
      self.family = family
    }

    /// The names of its commands.
    public var commands: [String] { family.commands }
    /// The names of all families.
    public static var allNames: [String] { CommandFamily.allCases.map(\.rawValue) }

    /// GET, MGET, GETEX, GETDEL, GETSET.
    public static let get = Family(.get)
    /// SET, SETEX, SETNX, MSET and their like.
    public static let set = Family(.set)
    /// INCR, INCRBY, INCRBYFLOAT, DECR, DECRBY.
    public static let incr = Family(.incr)
    /// DEL, UNLINK, GETDEL.
    public static let del = Family(.del)
    /// EXPIRE and its like.
    public static let expire = Family(.expire)
    /// LPUSH, RPUSH and their like.
    public static let push = Family(.push)
    /// LPOP, BLPOP, LMOVE and their like.
    public static let pop = Family(.pop)
    /// SADD, SMOVE.
    public static let sadd = Family(.sadd)
    /// HSET, HSETNX, HMSET.
    public static let hset = Family(.hset)
    /// HGET, HGETALL and their like.
    public static let hget = Family(.hget)
    /// HINCRBY, HINCRBYFLOAT.
    public static let hincr = Family(.hincr)
    /// ZADD.
    public static let zadd = Family(.zadd)
    /// XADD.
    public static let xadd = Family(.xadd)
    /// XREAD, XREADGROUP, XCLAIM and their like.
    public static let xread = Family(.xread)
    /// PUBLISH, SPUBLISH.
    public static let publish = Family(.publish)
    /// SUBSCRIBE and its like.
    public static let subscribe = Family(.subscribe)
    /// MULTI, DISCARD.
    public static let multi = Family(.multi)
    /// EXEC.
    public static let exec = Family(.exec)
    /// WATCH, UNWATCH.
    public static let watch = Family(.watch)
    /// EVAL, EVALSHA and their like.
    public static let eval = Family(.eval)
    /// EVALSHA, EVALSHA_RO.
    public static let evalsha = Family(.evalsha)
    /// HELLO, AUTH, RESET, QUIT.
    public static let hello = Family(.hello)
    /// PING, ECHO.
    public static let ping = Family(.ping)
  }

  private(set) var matcher = FaultMatcher()
  private var afterCount: Int64 = 0
  private var timesCount: Int64?
  private var chance = 1.0
  private var isShared = false
  private var duration: Int64?

  /// Everything of the endpoint.
  public static let always = FaultTrigger()

  /// Commands of connections.
  ///
  /// - Parameters:
  ///   - commands: which of them.
  ///   - key: a pattern, as KEYS takes it, that one of the command's keys fits.
  ///   - clientName: a pattern for the name that the client has given itself.
  ///   - library: a pattern for the library's name.
  ///   - user: as whom it has authenticated.
  ///   - connection: the number of the connection among the endpoint's, from 1.
  ///   - database: the selected database.
  public static func on(
    _ commands: Commands = .any, key: String? = nil, clientName: String? = nil, library: String? = nil,
    user: String? = nil, connection: Int? = nil, database: Int? = nil
  ) -> FaultTrigger {
    var trigger = FaultTrigger()
    commands.apply(&trigger.matcher)
    trigger.matcher.key = key.map { Array($0.utf8) }
    trigger.matcher.clientName = clientName.map { Array($0.utf8) }
    trigger.matcher.library = library.map { Array($0.utf8) }
    trigger.matcher.user = user
    trigger.matcher.connection = connection.map { Int64($0) }
    trigger.matcher.database = database.map { Int32(clamping: $0) }
    return trigger
  }

  /// Of these commands those that are also of those.
  public func and(_ commands: Commands) -> FaultTrigger { changed { commands.apply(&$0.matcher) } }
  /// So many matches pass on each connection before the rule bites.
  public func after(_ count: Int) -> FaultTrigger { changed { $0.afterCount = Int64(count) } }
  /// It bites so often on each connection, at most.
  public func times(_ count: Int) -> FaultTrigger { changed { $0.timesCount = Int64(count) } }
  /// It bites by chance, which the server's seed draws: the same commands of the same connections in every run.
  public func probability(_ value: Double) -> FaultTrigger { changed { $0.chance = value } }
  /// `after` and `times` count over all connections, in the order in which they come.
  public func shared() -> FaultTrigger { changed { $0.isShared = true } }
  /// The rule ends by itself after so long, by the wait clock.
  public func lasting(_ duration: Duration) -> FaultTrigger { changed { $0.duration = duration.wholeMilliseconds } }

  private func changed(_ change: (inout FaultTrigger) -> Void) -> FaultTrigger {
    var copy = self
    change(&copy)
    return copy
  }

  /// The trigger and a fault as a rule of an endpoint.
  func rule(_ id: String, _ endpoint: String, _ fault: Fault) -> FaultRule {
    var matcher = matcher
    matcher.endpoint = endpoint
    var rule = FaultRule(id, matcher, fault.stage, fault.action)
    rule.after = afterCount
    rule.times = timesCount
    rule.probability = chance
    rule.isShared = isShared
    rule.duration = duration
    return rule
  }
}
