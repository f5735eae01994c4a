// The tests' own instruments, tried on a real redis-server before anything is judged by them.

import Testing
@testable import UnderstudyTestSupport

@Suite(.enabled(if: OracleServer.isAvailable(for: "RawClientTests")))
struct RawClientTests {
  @Test func everyTypeOfRESP3IsReadAndWrittenBack() throws {
    let oracle = try OracleServer()
    let client = try RawClient(oracle.tcp)
    for proto in [2, 3] as [Argument] {
      try client.command("HELLO", proto)
      for kind in ["string", "integer", "double", "null", "array", "set", "map", "attrib", "push", "verbatim", "true",
        "false", "bignum"] {
        if kind == "attrib" && proto == 2 { continue }
        let raw = try client.rawCommand(["DEBUG", "PROTOCOL", Argument(kind)])
        #expect(try RESPValue(parsing: raw).serialized == raw, "\(kind)")
      }
    }
  }

  @Test func bothTransportsReachTheSameServer() throws {
    let oracle = try OracleServer()
    try RawClient(oracle.tcp).command("SET", "k", "v")
    #expect(try RawClient(oracle.unix).command("GET", "k") == .text("v"))
  }

  @Test func aReplyThatDoesNotComeIsAClearError() throws {
    let oracle = try OracleServer()
    let client = try RawClient(oracle.tcp, timeoutMilliseconds: 30)
    try client.sendCommand(["BLPOP", "nothing", "0"])
    let error = #expect(throws: RawClientError.self) { try client.receive() }
    #expect("\(error!)".contains("BLPOP"))
  }

  @Test func pipelinedRepliesComeOneByOne() throws {
    let oracle = try OracleServer()
    let client = try RawClient(oracle.tcp)
    try client.send("PING\r\nPING a\r\nNOSUCH\r\n")
    #expect(try client.receiveValue() == .simple("PONG"))
    #expect(try client.receiveValue() == .text("a"))
    #expect(try client.receiveValue().isError)
    #expect(try client.hasInput() == false)
  }

  @Test(arguments: [
    "+OK\r\n", "$-1\r\n", "*-1\r\n", "$3\r\na\r\n\r\n", "*2\r\n*0\r\n$0\r\n\r\n", "%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n",
    "|1\r\n+a\r\n:1\r\n*1\r\n_\r\n", ">2\r\n+a\r\n=5\r\ntxt:a\r\n", "!3\r\nERR\r\n", "(123\r\n", ",inf\r\n", "#t\r\n",
  ])
  func framesAreFoundAtEveryByteBoundary(frame: String) throws {
    let bytes = Array(frame.utf8)
    var scanner = FrameScanner()
    for end in 0..<bytes.count {
      #expect(try scanner.frameLength(in: Array(bytes[..<end])) == nil, "cut at \(end)")
    }
    #expect(try scanner.frameLength(in: bytes + [0x2B]) == bytes.count)
    #expect(try RESPValue(parsing: bytes).serialized == bytes)
  }
}
