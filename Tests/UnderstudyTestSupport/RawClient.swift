// A client that hides nothing: it sends the bytes it is told to and reads exactly one reply frame at a time.
//
// Blocking, with a time limit on every wait, so that a server that does not answer fails the test with a clear message
// and never hangs it. It knows no command: handshakes, pipelines, pushes and half commands are the test's to write.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a `RawClient` could not go on.
public enum RawClientError: Error, CustomStringConvertible {
  /// No whole reply came within the limit.
  case timedOut(milliseconds: Int, waitingFor: String, partial: [UInt8])
  /// The server closed the connection.
  case closed(waitingFor: String, partial: [UInt8])
  /// What came is not RESP.
  case malformed(RESPParseError)
  /// A system call failed.
  case system(SocketError)

  public var description: String {
    switch self {
    case .timedOut(let milliseconds, let waitingFor, let partial):
      "no whole reply within \(milliseconds) ms to: \(waitingFor)\(Self.tail(partial))"
    case .closed(let waitingFor, let partial):
      "the server closed the connection before a whole reply to: \(waitingFor)\(Self.tail(partial))"
    case .malformed(let error): "\(error)"
    case .system(let error): "\(error)"
    }
  }

  private static func tail(_ partial: [UInt8]) -> String {
    partial.isEmpty ? "; nothing came" : "; \(partial.count) bytes came: \(quoted(partial.prefix(200)))"
  }
}

/// A blocking connection to a server. Use it from one thread at a time.
public final class RawClient {
  public let address: ServerAddress
  /// The longest wait for one reply, and for the server to take what is sent.
  public var timeoutMilliseconds: Int

  private let socket: Descriptor
  private var input: [UInt8] = []
  private var lastSent: [UInt8] = []

  /// Connects.
  public init(_ address: ServerAddress, timeoutMilliseconds: Int = 10_000) throws(RawClientError) {
    self.address = address
    self.timeoutMilliseconds = timeoutMilliseconds
    do { socket = try Descriptor.connect(to: address) } catch { throw .system(error) }
  }

  /// Sends bytes as they are.
  public func send(_ bytes: some Collection<UInt8>) throws(RawClientError) {
    lastSent = Array(bytes.prefix(200))
    do { try socket.write(bytes, milliseconds: timeoutMilliseconds) } catch { throw .system(error) }
  }

  /// Sends text as it is; the line ends are the caller's.
  public func send(_ text: String) throws(RawClientError) { try send(Array(text.utf8)) }

  /// Sends one command as an array of bulk strings.
  public func sendCommand(_ arguments: [Argument]) throws(RawClientError) { try send(encodeCommand(arguments)) }

  /// Reads one reply frame (a push is one too) and gives it as it stood on the wire.
  public func receive() throws(RawClientError) -> [UInt8] {
    var scanner = FrameScanner()
    let deadline = Deadline(milliseconds: timeoutMilliseconds)
    while true {
      do throws(RESPParseError) {
        if let length = try scanner.frameLength(in: input) {
          let frame = Array(input[..<length])
          input.removeFirst(length)
          return frame
        }
      } catch {
        throw .malformed(error)
      }
      guard try fill(deadline) else { throw .closed(waitingFor: quoted(lastSent), partial: input) }
    }
  }

  /// Reads one reply frame and parses it.
  public func receiveValue() throws(RawClientError) -> RESPValue {
    let frame = try receive()
    do { return try RESPValue(parsing: frame) } catch { throw .malformed(error) }
  }

  /// Sends one command and reads one reply.
  @discardableResult
  public func command(_ arguments: Argument...) throws(RawClientError) -> RESPValue { try command(arguments) }

  /// Sends one command and reads one reply.
  @discardableResult
  public func command(_ arguments: [Argument]) throws(RawClientError) -> RESPValue {
    try sendCommand(arguments)
    return try receiveValue()
  }

  /// Sends one command and gives the raw reply.
  public func rawCommand(_ arguments: [Argument]) throws(RawClientError) -> [UInt8] {
    try sendCommand(arguments)
    return try receive()
  }

  /// Reads until the server closes; what came before is returned.
  public func receiveUntilClosed() throws(RawClientError) -> [UInt8] {
    let deadline = Deadline(milliseconds: timeoutMilliseconds)
    while try fill(deadline) {}
    defer { input = [] }
    return input
  }

  /// Waits for bytes and gives those that have come; empty at the end of the stream.
  public func receiveBytes() throws(RawClientError) -> [UInt8] {
    if input.isEmpty { _ = try fill(Deadline(milliseconds: timeoutMilliseconds)) }
    defer { input = [] }
    return input
  }

  /// True if bytes are here, or come within `milliseconds`, that no reply has been read from.
  public func hasInput(withinMilliseconds milliseconds: Int = 0) throws(RawClientError) -> Bool {
    if !input.isEmpty { return true }
    do { return try socket.wait(for: Int32(POLLIN), milliseconds: milliseconds) == .ready } catch {
      throw .system(error)
    }
  }

  /// Closes the sending half; replies can still be read.
  public func halfClose() { shutdown(socket.number, Int32(SHUT_WR)) }

  /// Closes with RST instead of FIN, as a crashed peer's host does. Nothing can be sent or read afterwards.
  public func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    shutdown(socket.number, Int32(SHUT_RDWR))
  }

  /// Reads more; false at the end of the stream.
  private func fill(_ deadline: Deadline) throws(RawClientError) -> Bool {
    let bytes: [UInt8]?
    do throws(SocketError) {
      let readiness = try socket.wait(for: Int32(POLLIN), milliseconds: deadline.remainingMilliseconds)
      bytes = readiness == .ready ? try socket.read() : nil
    } catch {
      throw .system(error)
    }
    guard let bytes else {
      throw .timedOut(milliseconds: timeoutMilliseconds, waitingFor: quoted(lastSent), partial: input)
    }
    input += bytes
    return !bytes.isEmpty
  }
}
