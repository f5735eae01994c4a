// SHUTDOWN from a client: the server is gone for all of them; its program goes on, and may start it again.

import Testing
import Understudy
import UnderstudyTestSupport

@Suite struct ShutdownTests {
  @Test func everyConnectionEnds() async throws {
    try await RedisServer.run { redis in
      let endpoint = ServerAddress.tcp(host: redis.host, port: redis.port)
      let (one, other) = (try RawClient(endpoint), try RawClient(endpoint))
      try other.command("SET", "k", "v")
      try one.sendCommand(["SHUTDOWN", "NOSAVE"])
      // Not a byte, and the end.
      #expect(try one.receiveUntilClosed() == [])
      #expect(try other.receiveUntilClosed() == [])
      try wait(until: "the server has stopped") { !redis.isRunning }
      #expect((try? RawClient(endpoint)) == nil)
      #expect(throws: RedisServerError.notRunning) { try redis.call("PING") }
      try await redis.start()
      #expect(try redis.get("k") == "v")
    }
  }
}
