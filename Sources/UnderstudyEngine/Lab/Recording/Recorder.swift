// Recorder: writes down what the clients of one endpoint say, and what they are answered, as a case of the conformance suite.
//
// Lines stand in the order in which the engine saw what they tell: requests when they were taken, replies when they were
// made, pushes when they were sent; before any fault rule changed them. A recording keeps its beginning, without which
// the rest could not be replayed: what comes when it is full is counted and not kept.

final class Recorder {
  static let standardLimit = 8 << 20

  let endpoint: String
  let file: String?
  let limit: Int
  private let head: String
  private var text: [UInt8] = []
  private(set) var connections = 0
  private(set) var requests = 0
  private(set) var replies = 0
  private(set) var pushes = 0
  /// Requests, replies and pushes that found no room.
  private(set) var dropped = 0
  private(set) var isFull = false

  /// A request that has no reply yet.
  private struct Open {
    let freedom: ReplyFreedom
    /// It was written as prose, because it is a secret.
    let isProse: Bool
  }

  private var open: [Int64: [Open]] = [:]
  private var known: Set<Int64> = []
  /// Whom the last request came from: its reply needs no name.
  private var speaker: Int64?
  /// Who waits, which is said as soon as somebody else does something.
  private var waiting: Int64?
  /// What the text was before the latest request.
  private var before: (count: Int, speaker: Int64?)?

  init(endpoint: String, file: String? = nil, limit: Int = standardLimit, head: String = "") {
    self.endpoint = endpoint
    self.file = file
    self.limit = limit
    self.head = head
  }

  var byteCount: Int { text.count }

  /// All of it, as text.
  var transcript: [UInt8] {
    var tail = ""
    if isFull { tail = "# Full: \(dropped) requests, replies and pushes behind this were not kept (LIMIT \(limit)).\n" }
    return Array(head.utf8) + text + Array(tail.utf8)
  }

  // MARK: Events

  /// A connection was accepted, or is met for the first time: then `greeting` brings a new one to where it is.
  func meet(_ connection: Int64, greeting: [[[UInt8]]] = []) {
    guard known.insert(connection).inserted else { return }
    connections += 1
    settle(nil)
    write("c\(connection) open raw")
    speaker = connection
    for request in greeting {
      write("c\(connection)> " + TranscriptText.words(request).text)
      write("any")
    }
  }

  /// A request is taken.
  func request(_ connection: Int64, _ words: [[UInt8]], _ freedom: ReplyFreedom, isSecret: Bool) {
    settle(connection)
    before = (text.count, speaker)
    requests += 1
    open[connection, default: []].append(Open(freedom: freedom, isProse: isSecret))
    let line = TranscriptText.words(words).text
    if isSecret {
      write("# c\(connection)> \(line)", isEvent: true)
    } else {
      write("c\(connection)> \(line)", isEvent: true)
      speaker = connection
    }
  }

  /// The latest request was not taken, and comes again.
  func takeBack(_ connection: Int64) {
    guard let before else { return }
    requests -= 1
    open[connection]?.removeLast()
    if !isFull { text.removeLast(text.count - before.count) }
    speaker = before.speaker
    self.before = nil
  }

  /// The latest request waits.
  func wait(_ connection: Int64) { waiting = connection }

  /// A request has its reply, or its replies; none if it gets none.
  func reply(_ connection: Int64, _ bytes: Bytes) {
    guard open[connection]?.isEmpty == false, let request = open[connection]?.removeFirst() else { return }
    if waiting == connection { waiting = nil } else { settle(connection) }
    for frame in bytes.replies {
      replies += 1
      guard let text = TranscriptText.reply(frame, request.freedom)?.text else { continue }
      if request.isProse {
        write("# \(text.split(whereSeparator: \.isNewline).first ?? "")", isEvent: true)
      } else {
        write(speaker == connection ? text : "c\(connection)< \(text)", isEvent: true)
      }
    }
  }

  /// A push was sent.
  func push(_ connection: Int64, _ bytes: Bytes) {
    settle(connection)
    for frame in bytes.replies {
      pushes += 1
      if let text = TranscriptText.reply(frame)?.text { write("c\(connection)< \(text)", isEvent: true) }
    }
  }

  /// A connection is gone.
  func close(_ connection: Int64, _ ending: ConnectionEnding) {
    guard known.remove(connection) != nil else { return }
    open[connection] = nil
    if waiting == connection { waiting = nil }
    settle(nil)
    if ending == .server { write("c\(connection) closed") } else { write("c\(connection) close") }
    if speaker == connection { speaker = nil }
  }

  /// Somebody does something: who waits is waiting still.
  private func settle(_ connection: Int64?) {
    guard let waiting, waiting != connection else { return }
    self.waiting = nil
    write("c\(waiting) blocked")
  }

  private func write(_ line: String, isEvent: Bool = false) {
    if !isFull && text.count + line.utf8.count + 1 > limit { isFull = true }
    if isFull {
      if isEvent { dropped += 1 }
      return
    }
    text += Array(line.utf8)
    text.append(10)
  }
}
