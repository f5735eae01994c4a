// What a server tells of its clients' sockets.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct ClientAddressTests {
  @Test func addressesAreThoseOfTheSockets() async throws {
    try await RedisServer.run { redis in
      let address = ServerAddress.tcp(host: redis.host, port: redis.port)
      let (one, other) = (try RawClient(address), try RawClient(address))
      let line = try one.command("CLIENT", "INFO").text ?? ""
      let fields = Dictionary(
        line.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { field in
          (field.prefix { $0 != "=" }, field.drop { $0 != "=" }.dropFirst())
        }, uniquingKeysWith: { first, _ in first })
      let own = String(fields["addr"] ?? "")
      #expect(fields["laddr"].map { String($0) } == "\(redis.host):\(redis.port)")
      #expect(own.hasPrefix("\(redis.host):") && own != "\(redis.host):\(redis.port)")
      #expect(Int32(fields["fd"] ?? "").map { $0 > 0 } == true)
      #expect(try other.command("CLIENT", "KILL", "ADDR", "\(own)") == .integer(1))
      #expect(try one.receiveUntilClosed() == [])
      #expect(try other.command("CLIENT", "KILL", "\(own)").description.contains("No such client"))
      #expect(try other.command("INFO", "clients").text?.contains("connected_clients:1\r\n") == true)
    }
  }
}
