// ControlClient: a client of a control port: requests are written, and their replies read, one after the other. It speaks
// RESP3, in the forms that control verbs answer.
//
// This file may say `unsafe`. What keeps it safe: bytes are lent to the system for one call.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer

/// A reply of a control port.
enum ControlReply: Equatable {
  case text(String)
  case integer(Int64)
  case double(Double)
  case null
  case error(String)
  case list([ControlReply])
  /// Pairs, in their order.
  case map([String], [ControlReply])

  var string: String {
    switch self {
    case .text(let text), .error(let text): text
    case .integer(let number): "\(number)"
    case .double(let number): "\(number)"
    case .null, .list, .map: ""
    }
  }

  var number: Double {
    switch self {
    case .integer(let number): Double(number)
    case .double(let number): number
    case .text(let text): Double(text) ?? 0
    case .error, .null, .list, .map: 0
    }
  }

  var elements: [ControlReply] {
    if case .list(let elements) = self { return elements }
    return []
  }

  /// The value of a key of a map.
  subscript(_ key: String) -> ControlReply {
    guard case .map(let keys, let values) = self, let index = keys.firstIndex(of: key) else { return .null }
    return values[index]
  }
}

struct ControlClient: ~Copyable {
  /// Why there is no talking with the server.
  struct Failure: Error { let text: String }

  private let descriptor: Int32
  private var pending: [UInt8] = []
  private var position = 0

  init(host: String, port: UInt16) throws(Failure) {
    let number = "\(port)"
    let result = unsafe host.withCString { host in
      unsafe number.withCString { unsafe understudy_join(host, $0, 5000) }
    }
    if result < 0 { throw Failure(text: "cannot reach \(host):\(port): \(ServerError.text(-result))") }
    descriptor = result
  }

  deinit { understudy_close(descriptor) }

  /// Sends requests in one go, and answers their replies.
  mutating func replies(to requests: [[String]]) throws(Failure) -> [ControlReply] {
    var bytes: [UInt8] = []
    for request in requests {
      bytes += Array("*\(request.count)\r\n".utf8)
      for word in request { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    }
    let result = bytes.withBytes { bytes in
      unsafe understudy_join_write(descriptor, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    if result < 0 { throw Failure(text: "the server is gone: \(ServerError.text(-result))") }
    var replies: [ControlReply] = []
    for _ in requests { replies.append(try next(depth: 0)) }
    pending.removeFirst(position)
    position = 0
    return replies
  }

  // MARK: Reading

  private mutating func next(depth: Int) throws(Failure) -> ControlReply {
    if depth > 16 { throw .notUnderstood }
    let line = try readLine()
    guard let mark = line.first else { throw .notUnderstood }
    let text = String(decoding: line.dropFirst(), as: UTF8.self)
    switch mark {
    case UInt8(ascii: "+"): return .text(text)
    case UInt8(ascii: "-"): return .error(text)
    case UInt8(ascii: ":"): return .integer(Int64(text) ?? 0)
    case UInt8(ascii: ","): return .double(Double(text) ?? 0)
    case UInt8(ascii: "#"): return .integer(text == "t" ? 1 : 0)
    case UInt8(ascii: "_"): return .null
    case UInt8(ascii: "$"):
      let count = try count(text)
      return count < 0 ? .null : .text(try readString(count))
    case UInt8(ascii: "="): return .text(String(try readString(try count(text)).dropFirst(4)))
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
      var elements: [ControlReply] = []
      let count = try count(text)
      if count < 0 { return .null }
      for _ in 0..<count { elements.append(try next(depth: depth + 1)) }
      return .list(elements)
    case UInt8(ascii: "%"):
      var (keys, values) = ([String](), [ControlReply]())
      for _ in 0..<max(0, try count(text)) {
        keys.append(try next(depth: depth + 1).string)
        values.append(try next(depth: depth + 1))
      }
      return .map(keys, values)
    default: throw .notUnderstood
    }
  }

  private func count(_ text: String) throws(Failure) -> Int {
    guard let count = Int(text), count >= -1, count < 1 << 30 else { throw .notUnderstood }
    return count
  }

  private mutating func readLine() throws(Failure) -> [UInt8] {
    while true {
      if let end = pending[position...].firstIndex(of: 10) {
        defer { position = end + 1 }
        return Array(pending[position..<max(position, end - 1)])
      }
      try receive()
    }
  }

  private mutating func readString(_ count: Int) throws(Failure) -> String {
    if count < 0 { throw .notUnderstood }
    while pending.count - position < count + 2 { try receive() }
    defer { position += count + 2 }
    return String(decoding: pending[position..<position + count], as: UTF8.self)
  }

  private mutating func receive() throws(Failure) {
    let got = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) { buffer -> Int in
      guard let base = buffer.baseAddress else { return 0 }
      let got = unsafe understudy_join_read(descriptor, base, buffer.count)
      if got > 0 { unsafe pending.append(contentsOf: UnsafeRawBufferPointer(start: base, count: got)) }
      return got
    }
    if got == 0 { throw Failure(text: "the server has closed the connection") }
    if got < 0 { throw Failure(text: "the server does not answer: \(ServerError.text(Int32(-got)))") }
  }
}

extension ControlClient.Failure {
  fileprivate static var notUnderstood: ControlClient.Failure {
    ControlClient.Failure(text: "what answers there is no control port of Understudy")
  }
}
