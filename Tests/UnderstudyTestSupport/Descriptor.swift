// A file descriptor with an owner, and the few POSIX calls the tests make with one: connect, send, receive, poll.
//
// Deliberately not Foundation and not the package's own loop: a test client must not share code with what it tests.
// Safety: every pointer handed to a call here lives in a `withUnsafe…` closure around that one call, with its own count.

import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A failed system call, or a wait that ran out.
public struct SocketError: Error, Hashable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }

  /// The failure of `call`, worded from errno.
  static func system(_ call: String) -> SocketError {
    let code = errno
    return SocketError("\(call): \(unsafe String(cString: strerror(code))) (errno \(code))")
  }
}

/// Where a server listens.
public enum ServerAddress: Hashable, Sendable, CustomStringConvertible {
  case tcp(host: String, port: Int)
  case unix(path: String)

  public var description: String {
    switch self {
    case .tcp(let host, let port): "\(host):\(port)"
    case .unix(let path): path
    }
  }
}

/// An open descriptor, closed when the last reference goes.
final class Descriptor: @unchecked Sendable {
  // Unchecked: a descriptor is an integer that never changes here; the kernel serialises calls on it.
  let number: Int32

  init(_ number: Int32) { self.number = number }
  deinit { close(number) }

  enum Readiness { case ready, timedOut }

  /// Waits until the descriptor is readable (or at its end) or writable.
  /// - Parameter milliseconds: the longest wait; -1 waits for ever.
  func wait(for events: Int32, milliseconds: Int) throws(SocketError) -> Readiness {
    var entry = pollfd(fd: number, events: Int16(events), revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, Int32(clamping: milliseconds))
      if count > 0 { return .ready }
      if count == 0 { return .timedOut }
      if errno != EINTR { throw .system("poll") }
    }
  }

  /// Reads what is there, at most `limit` bytes; empty at the end of the stream.
  func read(limit: Int = 65536) throws(SocketError) -> [UInt8] {
    var result: Int = -1
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      repeat { unsafe result = systemRead(number, buffer.baseAddress, limit) } while result < 0 && errno == EINTR
      count = max(0, result)
    }
    if result < 0 { throw .system("read") }
    return bytes
  }

  /// Writes all of `bytes`.
  /// - Parameter milliseconds: the longest wait for the other side to take the next part.
  func write(_ bytes: some Collection<UInt8>, milliseconds: Int) throws(SocketError) {
    let all = Array(bytes)
    var sent = 0
    while sent < all.count {
      let count = unsafe all.withUnsafeBytes { raw in
        unsafe send(number, raw.baseAddress! + sent, raw.count - sent, noSignal)
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        guard try wait(for: Int32(POLLOUT), milliseconds: milliseconds) == .ready else {
          throw SocketError("the server took \(sent) of \(all.count) bytes and no more for \(milliseconds) ms")
        }
      } else if errno != EINTR {
        throw .system("send")
      }
    }
  }

  /// A connected, non-blocking stream socket.
  static func connect(to address: ServerAddress) throws(SocketError) -> Descriptor {
    switch address {
    case .tcp(let host, let port): try connectTCP(host, port)
    case .unix(let path): try connectUnix(path)
    }
  }

  private static func connectTCP(_ host: String, _ port: Int) throws(SocketError) -> Descriptor {
    guard let port = UInt16(exactly: port) else { throw SocketError("no such port: \(port)") }
    var destination = sockaddr_in()
    destination.sin_family = sa_family_t(AF_INET)
    destination.sin_port = port.bigEndian
    guard unsafe inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &destination.sin_addr) == 1 else {
      throw SocketError("not an IPv4 address: \(host)")
    }
    let socket = try stream(AF_INET)
    let result = unsafe withUnsafePointer(to: &destination) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe systemConnect(socket.number, generic, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 { throw .system("connect to \(host):\(port)") }
    var on: Int32 = 1
    unsafe setsockopt(
      socket.number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return try nonBlocking(socket)
  }

  private static func connectUnix(_ path: String) throws(SocketError) -> Descriptor {
    var destination = sockaddr_un()
    destination.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8) + [0]
    guard bytes.count <= MemoryLayout.size(ofValue: destination.sun_path) else {
      throw SocketError("the path of a Unix socket is too long: \(path)")
    }
    unsafe withUnsafeMutableBytes(of: &destination.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let socket = try stream(AF_UNIX)
    let result = unsafe withUnsafePointer(to: &destination) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe systemConnect(socket.number, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw .system("connect to \(path)") }
    return try nonBlocking(socket)
  }

  private static func stream(_ family: Int32) throws(SocketError) -> Descriptor {
    let number = socket(family, streamType, 0)
    if number < 0 { throw .system("socket") }
    return Descriptor(number)
  }

  private static func nonBlocking(_ socket: Descriptor) throws(SocketError) -> Descriptor {
    if fcntl(socket.number, F_SETFL, O_NONBLOCK) < 0 { throw .system("fcntl") }
    return socket
  }

  /// Two connected descriptors, neither inherited by child processes: a pipe between processes.
  static func pair() throws(SocketError) -> (Descriptor, Descriptor) {
    var ends: [Int32] = [-1, -1]
    if unsafe socketpair(AF_UNIX, streamType, 0, &ends) != 0 { throw .system("socketpair") }
    return (Descriptor(ends[0]), Descriptor(ends[1]))
  }

  /// A TCP port that nobody listens on at this moment, and that nobody else in this process gets. It is not one of those
  /// that systems give to clients of their own accord: one of the other tests' connections would take it before it is used.
  static func freePort() throws(SocketError) -> Int {
    for _ in 0..<1_000 {
      let port = nextPort.withLock { port in
        port = port < 29_999 ? port + 1 : 10_000
        return port
      }
      if try isFree(UInt16(port)) { return port }
    }
    throw SocketError("no free port")
  }

  /// Other processes begin elsewhere.
  private static let nextPort = Mutex(10_000 + Int(getpid()) * 131 % 20_000)

  private static func isFree(_ port: UInt16) throws(SocketError) -> Bool {
    var any = sockaddr_in()
    any.sin_port = port.bigEndian
    any.sin_family = sa_family_t(AF_INET)
    unsafe inet_pton(AF_INET, "127.0.0.1", &any.sin_addr)
    let socket = try stream(AF_INET)
    var yes: Int32 = 1
    // As servers do: what an earlier one left behind in TIME_WAIT is no hindrance.
    unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    return unsafe withUnsafePointer(to: &any) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        unsafe bind(socket.number, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
          && listen(socket.number, 1) == 0
      }
    }
  }
}

// The names below say which of two same-named functions is meant, and hide what differs between systems.

private func systemRead(_ number: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
  unsafe read(number, buffer, count)
}

private func systemConnect(_ number: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  unsafe connect(number, address, length)
}

// Descriptors are made close-on-exec in the same call, for tests start servers from several threads at once and a child
// that inherited another child's pipe would keep it alive. Darwin cannot; there `ChildProcess` asks the spawn to close.

#if canImport(Glibc)
  private let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
#elseif canImport(Musl)
  private let streamType = SOCK_STREAM | SOCK_CLOEXEC
#else
  private let streamType = SOCK_STREAM
#endif

#if os(Linux)
  /// A peer that has gone is an error to handle, not a signal that ends the test.
  private let noSignal = Int32(MSG_NOSIGNAL)
#else
  private let noSignal: Int32 = 0
#endif

/// A TCP port that nobody listens on at this moment, and that nobody else in this process gets.
public func freePort() throws(SocketError) -> Int { try Descriptor.freePort() }
