// Upstream: what a session of a proxy knows of the connection behind it. A proxy executes nothing: each client has a
// connection of its own to the server behind (so that SELECT, MULTI and SUBSCRIBE mean what they say), requests are passed on as they come,
// and replies are passed back in the order in which they come.
//
//   a request    Dispatcher+Forward.swift    is written down, and joins the queue of those that wait for their replies
//   a reply      Engine+Upstream.swift       is held against the queue's head, written down, changed by faults, passed back
//   what it says UpstreamState.swift         the session's database, name, protocol, transaction, subscriptions
//   the sockets  LoopState+Upstreams.swift   in UnderstudyServer
//
// What a reply is good for is understood only as far as the lab needs it. Bytes that are not understood are passed back
// all the same: then the lab knows less, and the client has lost nothing.
//
// This file may say `unsafe`. What keeps it safe: entries are never freed; requests are copies.

/// A request that was passed on and waits for its reply.
@safe
final class ForwardedRequest {
  /// How many replies there will be.
  enum Awaited {
    case one
    /// SUBSCRIBE and the like: one for each channel.
    case confirmations(left: Int)
    /// UNSUBSCRIBE without a word: one for each channel that there is when its turn comes.
    case allConfirmations
  }

  let entry: DispatchPointer?
  let request: RequestQueue
  /// As the ledger has it, where commands are written down.
  var command: CommandRecord?
  var awaited = Awaited.one
  /// It may wait for as long as it likes.
  var blocks = false
  /// The replies that have come, before the last one.
  var earlier: [UInt8] = []
  /// Its number on the connection.
  let ordinal: Int64

  init(_ entry: DispatchPointer?, _ arguments: Arguments, ordinal: Int64) {
    var request = RequestQueue()
    unsafe request.append(entry: entry, count: arguments.count) { index, body in body(arguments[index]) }
    unsafe self.entry = entry
    self.request = request
    self.ordinal = ordinal
  }

  var arguments: Arguments { request.arguments(0) }

  /// As `get` or `config|get`; what was sent, in lower case, if there is no such command.
  var name: String { unsafe entry?.pointee.name ?? arguments[0].slice(0..<64).text.lowercased() }

  var isSubscription: Bool { unsafe entry?.pointee.flags.isSuperset(of: [.pubSub, .subscribedMode]) == true }
}

/// The connection behind a session.
@safe
final class Upstream {
  /// More than this to be sent, and requests wait.
  static let outputLimit = 1 << 20
  /// More commands in a transaction are not told apart.
  static let transactionLimit = 4_096

  // Replies.
  private var requests: [ForwardedRequest] = []
  private var head = 0
  var input: [UInt8] = []
  var scanner = ReplyScanner()
  /// What comes is passed on without being looked at: no replies any more, or nothing that is understood.
  var isOpaque = false

  // Requests.
  private(set) var output: [UInt8] = []
  private var sent = 0
  /// The connection is gone.
  var isOver = false
  /// What is wrong with what the client has sent, to be said behind the replies that it still waits for.
  var failure: ProtocolError?

  // What is to become of the session by what was passed on.
  /// The database of the latest SELECT.
  var wantedDatabase: Int32 = 0
  /// Between MULTI and EXEC.
  var isQueueing = false
  /// CLIENT REPLY.
  var isSilent = false
  var skipsNext = false

  // What has become of it.
  var isWatching = false
  var isTracking = false
  var user = "default"
  /// As the server behind numbers its clients (CLIENT ID), if that is known.
  var identifier: UInt64?
  var channels: [String: Set<[UInt8]>] = [:]
  /// What EXEC will run, as far as it is known.
  var transaction: [ForwardedRequest] = []

  /// How many requests wait for their replies.
  var waitingCount: Int { requests.count - head }
  var first: ForwardedRequest? { head < requests.count ? requests[head] : nil }

  func append(_ request: ForwardedRequest) { requests.append(request) }

  func removeFirst() {
    head += 1
    if head == requests.count {
      requests.removeAll(keepingCapacity: head <= 1_024)
      head = 0
    } else if head > 256 && head * 2 > requests.count {
      requests.removeFirst(head)
      head = 0
    }
  }

  func removeAll() {
    requests.removeAll()
    head = 0
  }

  // MARK: What is to be sent

  var unsentCount: Int { output.count - sent }

  /// Adds a request, as an array of bulk strings.
  func send(_ arguments: Arguments) {
    output.append(UInt8(ascii: "*"))
    append(arguments.count)
    for index in 0..<arguments.count {
      let argument = arguments[index]
      output.append(UInt8(ascii: "$"))
      append(argument.count)
      unsafe output.append(contentsOf: UnsafeRawBufferPointer(start: argument.pointer, count: argument.count))
      output.append(13)
      output.append(10)
    }
  }

  private func append(_ number: Int) {
    NumberText.withInt64(Int64(number)) { digits in
      unsafe output.append(contentsOf: UnsafeRawBufferPointer(start: digits.pointer, count: digits.count))
    }
    output.append(13)
    output.append(10)
  }

  /// Lends what is to be sent; `body` answers how much of it has left, or a negative error, which this then answers too.
  func withUnsent(_ body: (Bytes) -> Int) -> Int {
    while unsentCount > 0 {
      let left = unsentCount
      let count = output.withBytes { body($0.slice(sent..<output.count)) }
      if count < 0 { return count }
      sent += count
      if count < left { break }
    }
    if sent == output.count {
      output.removeAll(keepingCapacity: output.count <= Self.outputLimit)
      sent = 0
    } else if sent > Self.outputLimit {
      output.removeFirst(sent)
      sent = 0
    }
    return unsentCount
  }
}

extension Session {
  /// Whether requests are passed on to another server.
  package var isForwarded: Bool { gates.contains(.forwarded) }

  /// The connection behind it, if it is one of a proxy.
  var upstream: Upstream? { isForwarded ? extras?.upstream : nil }

  /// Whether replies of the server behind are yet to come, which somebody waits for who may send no more.
  package var awaitsUpstream: Bool {
    guard isForwarded, let upstream, !upstream.isOver else { return false }
    return upstream.waitingCount > 0 && !flags.contains(.blocked)
  }

  /// Who its client is.
  var userName: String { upstream?.user ?? extras?.user?.name.text ?? "default" }
}
