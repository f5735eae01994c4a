// A target that behaves badly on purpose: it accepts, and does with a connection what the test says.
//
// Safety: each C pointer lives in a closure around the one call that reads it.

import UnderstudyTestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct CannotListen: Error {}

final class ListeningTarget: Sendable {
  let port: Int
  private let listener: Int32

  /// - Parameter answer: what is answered to each piece that comes; nil closes the connection
  init(_ answer: @escaping @Sendable (_ request: String) -> String?) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    unsafe inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> Int32 in
        if unsafe bind(listener, generic, length) != 0 || listen(listener, 16) != 0 { return -1 }
        return unsafe getsockname(listener, generic, &length)
      }
    }
    guard result == 0 else { throw CannotListen() }
    port = Int(UInt16(bigEndian: address.sin_port))
    let box = Answer(answer: answer, listener: listener)
    var thread = pthread_t()
    let argument = unsafe Unmanaged.passRetained(box).toOpaque()
    let status = unsafe pthread_create(&thread, nil, { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<Answer>.fromOpaque(argument).takeRetainedValue().serve()
      return nil
    }, argument)
    guard status == 0 else { throw CannotListen() }
    pthread_detach(thread)
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// One connection after the other; several may be open, and are polled together.
  private final class Answer: Sendable {
    let answer: @Sendable (String) -> String?
    let listener: Int32

    init(answer: @escaping @Sendable (String) -> String?, listener: Int32) {
      self.answer = answer
      self.listener = listener
    }

    func serve() {
      var open: [Int32] = []
      defer { for descriptor in open + [listener] { close(descriptor) } }
      while true {
        var entries = ([listener] + open).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let count = nfds_t(entries.count)
        if unsafe poll(&entries, count, 30_000) <= 0 { return }
        for entry in entries where entry.revents != 0 {
          if entry.fd == listener {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 { return }
            open.append(descriptor)
            continue
          }
          var buffer = [UInt8](repeating: 0, count: 4096)
          let read = unsafe recv(entry.fd, &buffer, buffer.count, 0)
          let reply = read > 0 ? answer(String(decoding: buffer[..<read], as: UTF8.self)) : nil
          if let reply {
            let bytes = Array(reply.utf8)
            unsafe send(entry.fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
          } else {
            close(entry.fd)
            open.removeAll { $0 == entry.fd }
          }
        }
      }
    }
  }
}
