// SimulatedClient: a client and its connection, without a socket: the transport's own state machine (`Connection`) between
// the engine and a buffer, so that what sends, waits, drains and closes is what a real socket would have.
//
// It keeps account: each request that has left is answered exactly once, or the connection was closed. Clients of endpoints
// that faults are about, and those that have said CLIENT REPLY, are not held to that.

import UnderstudyEngine
import UnderstudyServer
import UnderstudyTestSupport

/// A request that has left and is not answered.
struct OpenRequest {
  enum Kind: Equatable {
    case plain
    /// It is answered by so many confirmations, or by an error; 0 stands for one or more.
    case subscription(Int)
  }
  var kind: Kind
  var confirmed = 0
  var arguments: [CallArgument]

  init(_ arguments: [CallArgument], keepsArguments: Bool) {
    let isSubscription = arguments[0].bytes.count > 8 && arguments[0].upperText.hasSuffix("SUBSCRIBE")
    kind = isSubscription ? .subscription(arguments.count - 1) : .plain
    self.arguments = keepsArguments ? arguments : []
  }
}

@safe
package final class SimulatedClient {
  package let number: Int
  let session: SessionPointer
  let isControl: Bool
  /// Whether each of its requests must be answered once.
  package var isStrict: Bool
  var connection: Connection
  /// How many bytes it still reads.
  var appetite = Int.max
  /// Whether the transport has its turn to come.
  var waitsForTurn = false
  /// Bytes of its last request that it has not sent yet, and the requests that end in them.
  var kept: [UInt8] = []
  var keptRequests: [[CallArgument]] = []
  var scanner = ReplyScanner()
  /// Requests without answers, oldest first.
  private var open: [OpenRequest] = []
  private var firstOpen = 0
  package private(set) var requestCount = 0
  var bytesSent: Int64 = 0
  var bytesRead: Int64 = 0
  /// It sends no more.
  var hasEnded = false
  /// What the model expects, if it is one of its clients.
  var queued: [[CallArgument]]?
  var isAborted = false

  init(_ number: Int, _ engine: Engine, _ session: SessionPointer, isControl: Bool, isStrict: Bool) {
    self.number = number
    unsafe self.session = unsafe session
    self.isControl = isControl
    self.isStrict = isStrict
    connection = unsafe Connection(engine: engine, session: session)
  }

  var openCount: Int { open.count - firstOpen }

  /// Requests have left.
  package func asked(_ requests: [[CallArgument]], keepsArguments: Bool) {
    guard isStrict else { return }
    for request in requests {
      if request.count > 1, request[0].bytes.count == 6, request[0].upperText == "CLIENT", request[1].upperText == "REPLY" {
        isStrict = false
        scanner.removeAll()
        return
      }
      open.append(OpenRequest(request, keepsArguments: keepsArguments))
      requestCount += 1
    }
  }

  /// Takes the frames that have come against the requests. Answers what is wrong.
  func account(_ answered: (_ request: OpenRequest, _ kind: FrameKind, _ frame: ArraySlice<UInt8>) -> String?) -> String? {
    var malformed = false
    while let (kind, range) = scanner.next(malformed: &malformed) {
      if kind == .message { continue }
      // One that may be confirmed any number of times has been when something else comes.
      if kind != .confirmation, firstOpen < open.count, open[firstOpen].kind == .subscription(0), open[firstOpen].confirmed > 0 {
        pop()
      }
      guard firstOpen < open.count else {
        // Ends of subscriptions come by themselves when permissions go.
        if kind == .confirmation { continue }
        return "client \(number) reads an answer to nothing: \(quoted(scanner.bytes[range].prefix(200)))"
      }
      if kind == .confirmation {
        guard case .subscription(let wanted) = open[firstOpen].kind else {
          return "client \(number) reads a confirmation of nothing: \(quoted(scanner.bytes[range].prefix(200)))"
        }
        open[firstOpen].confirmed += 1
        if wanted > 0 && open[firstOpen].confirmed == wanted { pop() }
        continue
      }
      let request = open[firstOpen]
      if case .subscription = request.kind, kind == .reply {
        return "client \(number) reads a reply to a subscription: \(quoted(scanner.bytes[range].prefix(200)))"
      }
      pop()
      if let problem = answered(request, kind, scanner.bytes[range]) { return problem }
    }
    return malformed ? "client \(number) reads what is no RESP: \(quoted(scanner.bytes.prefix(300)))" : nil
  }

  private func pop() {
    firstOpen += 1
    if firstOpen > 64 && firstOpen * 2 > open.count {
      open.removeFirst(firstOpen)
      firstOpen = 0
    }
  }

  /// How many requests wait for their answers, now that nothing more is to come by itself.
  package var owedCount: Int {
    let isConfirmed = firstOpen < open.count && open[firstOpen].kind == .subscription(0) && open[firstOpen].confirmed > 0
    return openCount - (isConfirmed ? 1 : 0)
  }
}

extension Array<UInt8> {
  /// The requests as they stand on the wire.
  static func wire(_ requests: [[CallArgument]]) -> [UInt8] {
    var out: [UInt8] = []
    for request in requests { out += encodeCommand(request) }
    return out
  }
}
