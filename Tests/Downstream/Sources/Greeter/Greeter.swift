// Greeter: code under test, with the smallest client that can be: it speaks the protocol over a socket of its own.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

public struct Greeter {
  let port: UInt16

  public init(port: Int) { self.port = UInt16(port) }

  /// Greets, and counts how often it has greeted `name`.
  public func greet(_ name: String) -> String? {
    guard let count = answer("INCR greetings:\(name)\r\n") else { return nil }
    return "Hello \(name), for the \(count). time"
  }

  /// The first line of the answer to an inline command, without its mark.
  private func answer(_ request: String) -> String? {
    #if os(Linux)
      let stream = Int32(SOCK_STREAM.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard connected == 0, write(descriptor, request, request.utf8.count) == request.utf8.count else { return nil }
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1, byte != 13 { line.append(byte) }
    return line.isEmpty ? nil : String(decoding: line.dropFirst(), as: UTF8.self)
  }
}
