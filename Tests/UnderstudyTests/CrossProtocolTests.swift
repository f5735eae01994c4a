// What a web page can do to a port on the loopback interface: nothing.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct CrossProtocolTests {
  /// redis-server 7.0.15 closes without a word at the first line, or at the header that names the host.
  @Test(arguments: [
    "POST / HTTP/1.1\r\n", "post / HTTP/1.1\r\n", "Host: here\r\n", "*1\r\n$4\r\nPOST\r\n",
  ])
  func theHeadOfAnHTTPRequestClosesTheConnection(head: String) async throws {
    try await RedisServer.run { redis in
      let client = try RawClient(.tcp(host: redis.host, port: redis.port))
      try client.send(head + "SET taken 1\r\n")
      #expect(try client.receiveUntilClosed() == [])
      #expect(try redis.get("taken") == nil)
    }
  }
}
