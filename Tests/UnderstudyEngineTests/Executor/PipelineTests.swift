import Testing

@testable import UnderstudyEngine

@Suite struct PipelineTests {
  private func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func setAndGet() {
    let client = EngineHarness().client()
    #expect(client.call("SET", "k", "v") == "+OK\r\n")
    #expect(client.call("get", "k") == "$1\r\nv\r\n")
    #expect(client.call("GET", "none") == "$-1\r\n")
    #expect(client.raw("PING\r\n") == "+PONG\r\n")
    #expect(client.raw("SET a \"b\\x41\"\r\nGET a\r\n") == "+OK\r\n$2\r\nbA\r\n")
  }

  /// What parts the words of a line, as redis-server 7.0.15 does: fewer bytes end a word than are passed over before one.
  @Test func wordsOfALine() {
    for (line, reply) in [
      ("ECHO a\u{b}b", "$3\r\na\u{b}b\r\n"), ("ECHO a\u{c}b", "$3\r\na\u{c}b\r\n"),
      ("ECHO\u{b}a", "-ERR unknown command 'ECHO\u{b}a', with args beginning with: \r\n"),
      ("\u{b}\u{c}ECHO \u{b}\u{c}a \u{b}", "$1\r\na\r\n"), ("ECHO \"a\"\u{b}", "$1\r\na\r\n"),
      ("ECHO \"a\"\u{b}b", "-ERR wrong number of arguments for 'echo' command\r\n"),
      ("ECHO a\rb", "-ERR wrong number of arguments for 'echo' command\r\n"), ("ECHO\ta", "$1\r\na\r\n"),
      // A line with a zero byte never ends.
      ("ECHO a\u{0}", ""), ("ECHO a \u{0}b", ""),
    ] {
      let client = EngineHarness().client()
      #expect(client.raw(line + "\r\n") == reply, "\(line.debugDescription)")
      #expect(client.raw("PING\r\n") == (reply.isEmpty ? "" : "+PONG\r\n"), "\(line.debugDescription)")
    }
    let client = EngineHarness().client()
    let long = "ECHO \u{0}\r\n" + String(repeating: "x", count: 70_000)
    #expect(client.rawAndClose(long).text == "-ERR Protocol error: too big inline request\r\n")
  }

  @Test func aRequestCutAtEveryByteIsAnsweredOnce() {
    let request = HarnessClient.frame(["SET", "key", "value"]) + HarnessClient.frame(["GET", "key"]) + "PING\r\n"
    let bytes = Array(request.utf8)
    for cut in 1..<bytes.count {
      let client = EngineHarness().client()
      let first = client.raw(string(bytes[..<cut]))
      let second = client.raw(string(bytes[cut...]))
      #expect(first + second == "+OK\r\n$5\r\nvalue\r\n+PONG\r\n", "cut at \(cut)")
    }
  }

  @Test func aLargeValueArrivesInPiecesAndIsKept() {
    let harness = EngineHarness()
    let client = harness.client()
    let value = String(repeating: "0123456789", count: 20_000)
    let request = Array((HarnessClient.frame(["SET", "k", value]) + "PING\r\n").utf8)
    var received = ""
    var offset = 0
    while offset < request.count {
      let end = min(offset + 7_001, request.count)
      received += client.raw(string(request[offset..<end]))
      offset = end
    }
    #expect(received == "+OK\r\n+PONG\r\n")
    #expect(client.call("GET", "k") == "$200000\r\n\(value)\r\n")
  }

  @Test func transactions() {
    let harness = EngineHarness()
    let (one, two) = (harness.client(), harness.client())
    #expect(one.call("MULTI") == "+OK\r\n")
    #expect(one.call("SET", "k", "1") == "+QUEUED\r\n")
    #expect(one.call("GET", "k") == "+QUEUED\r\n")
    #expect(one.call("EXEC") == "*2\r\n+OK\r\n$1\r\n1\r\n")
    one.call("WATCH", "k")
    two.call("SET", "k", "1")
    one.call("MULTI")
    one.call("GET", "k")
    #expect(one.call("EXEC") == "*-1\r\n")
    one.call("MULTI")
    #expect(one.call("NOSUCH", "a") == "-ERR unknown command 'NOSUCH', with args beginning with: 'a' \r\n")
    #expect(one.call("EXEC") == "-EXECABORT Transaction discarded because of previous errors.\r\n")
  }

  @Test func messagesReachSubscribers() {
    let harness = EngineHarness()
    let (one, two) = (harness.client(), harness.client())
    #expect(one.call("SUBSCRIBE", "c") == "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n")
    #expect(two.call("PUBLISH", "c", "hello") == ":1\r\n")
    #expect(one.pending() == "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\nhello\r\n")
    #expect(one.call("GET", "k").hasPrefix("-ERR Can't execute 'get': only (P|S)SUBSCRIBE"))
  }
}
