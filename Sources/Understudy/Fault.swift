// Fault: what goes wrong, and where on a request's way. FaultTrigger.swift says when; RedisServer+Faults.swift adds rules.
//
// A new action of the engine's (`FaultAction`) gets its spelling here.

internal import UnderstudyEngine

/// What goes wrong, at one stage of a request's way: `.afterExecution(.reset)`, `.replyByte(5, .close)`.
///
/// Not every action makes sense at every stage; ``RedisServer/Endpoint/fault(_:_:id:)`` throws for those that do not.
public struct Fault: Sendable {
  let stage: FaultStage
  let action: FaultAction

  /// When a connection is accepted, or would be.
  public static func accept(_ action: Action) -> Fault { Fault(stage: .accept, action: action.action) }
  /// When a client says its first words of TLS.
  public static func tls(_ action: Action) -> Fault { Fault(stage: .tls, action: action.action) }
  /// When a client introduces itself: HELLO, AUTH, CLIENT SETINFO and the like, before its first other command.
  public static func handshake(_ action: Action) -> Fault { Fault(stage: .handshake, action: action.action) }
  /// When a command has been read and is about to run.
  public static func beforeExecution(_ action: Action) -> Fault { Fault(stage: .beforeExecution, action: action.action) }
  /// When a command has run and its reply is about to leave.
  public static func afterExecution(_ action: Action) -> Fault { Fault(stage: .afterExecution, action: action.action) }
  /// When so many bytes of a reply have left as they should.
  public static func replyByte(_ count: Int, _ action: Action) -> Fault {
    Fault(stage: .replyByte(count), action: action.action)
  }
  /// When a connection has had nothing to do for so long since its latest command.
  public static func idle(for duration: Duration = .zero, _ action: Action) -> Fault {
    Fault(stage: .idle(milliseconds: duration.wholeMilliseconds), action: action.action)
  }
  /// When the server sends something that was not asked for.
  public static func push(_ action: Action) -> Fault { Fault(stage: .push, action: action.action) }

  /// What goes wrong.
  public struct Action: Sendable {
    let action: FaultAction

    /// The listener is closed, so that the system refuses whoever connects, until the rule ends.
    public static let refuse = Action(action: .refuse)
    /// The connection is closed in good order.
    public static let close = Action(action: .close)
    /// The connection is reset.
    public static let reset = Action(action: .reset)
    /// The server's side of the connection is shut: the client reads an end, and may still send.
    public static let halfClose = Action(action: .halfClose)
    /// Nothing more is read of the connection, and nothing answered; it stays open.
    public static let hang = Action(action: .hang)
    /// Nothing is answered, and the connection goes on. Before execution the command does not run.
    public static let drop = Action(action: .drop)
    /// The reply changes places with that of the connection's next command.
    public static let swap = Action(action: .swap)
    /// It happens so much later, and up to `jitter` more, which the server's seed draws.
    public static func delay(_ duration: Duration, jitter: Duration = .zero) -> Action {
      Action(action: .delay(milliseconds: duration.wholeMilliseconds, jitter: jitter.wholeMilliseconds))
    }
    /// The reply leaves in pieces of so many bytes, one every so often.
    public static func drip(bytes: Int = 1, every interval: Duration) -> Action {
      Action(action: .drip(bytes: bytes, milliseconds: interval.wholeMilliseconds))
    }
    /// Only the first bytes of the reply are sent, and the connection goes on.
    public static func truncate(_ count: Int) -> Action { Action(action: .truncate(count)) }
    /// These bytes are sent instead, whatever they are.
    public static func raw(_ bytes: [UInt8]) -> Action { Action(action: .raw(bytes)) }
    /// This text is sent instead, as it is.
    public static func raw(_ text: String) -> Action { raw(Array(text.utf8)) }
    /// This error is sent instead: `"LOADING Redis is loading the dataset in memory"`.
    public static func error(_ text: String) -> Action { Action(action: .error(text)) }
    /// This reply is sent instead, in RESP: `":7\r\n"`.
    public static func substitute(_ reply: String) -> Action { Action(action: .substitute(Array(reply.utf8))) }
    /// This reply is sent as well, in RESP.
    public static func surplus(_ reply: String) -> Action { Action(action: .surplus(Array(reply.utf8))) }
    /// This push is sent. A word that begins with a colon is a number, one that begins with an at sign the address of the
    /// endpoint of that name.
    public static func push(_ words: String...) -> Action { Action(action: .push(words)) }
    /// The whole endpoint stands still for so long.
    public static func pause(_ duration: Duration) -> Action {
      Action(action: .pause(milliseconds: duration.wholeMilliseconds))
    }
    /// The command is answered with MOVED, with the slot of its key and another endpoint's address.
    public static func moved(to endpoint: RedisServer.Endpoint) -> Action {
      Action(action: .redirect(isAsk: false, .endpoint(endpoint.name)))
    }
    /// The same with an address, `host:port`.
    public static func moved(to address: String) -> Action { Action(action: .redirect(isAsk: false, .address(address))) }
    /// The command is answered with ASK.
    public static func ask(_ endpoint: RedisServer.Endpoint) -> Action {
      Action(action: .redirect(isAsk: true, .endpoint(endpoint.name)))
    }
    /// The server plays a replica: writes are refused, and ROLE, INFO and HELLO say so.
    public static let replica = Action(action: .role(.replica))
    /// The server plays one that loads its data.
    public static let loading = Action(action: .role(.loading))
  }
}
