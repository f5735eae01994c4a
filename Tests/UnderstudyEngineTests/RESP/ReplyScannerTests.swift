// Where replies end: in one piece, and cut anywhere.

import Testing

@testable import UnderstudyEngine

@Suite struct ReplyScannerTests {
  static let replies = [
    "+OK\r\n", "-ERR no\r\n", ":12\r\n", "$3\r\na\r\n\r\n", "$0\r\n\r\n", "$-1\r\n", "*-1\r\n", "*0\r\n", "_\r\n", ",1.5\r\n", "#t\r\n",
    "(123456789012345678901234567890\r\n", "=7\r\ntxt:abc\r\n", "!5\r\nERR x\r\n", "*2\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n",
    "%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n~2\r\n:1\r\n:2\r\n", ">3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n",
    "|1\r\n+k\r\n*1\r\n:1\r\n*2\r\n:1\r\n|1\r\n+x\r\n+y\r\n:2\r\n", "+a\rb\nc\r\n",
  ]

  /// All replies behind each other, in pieces of every size.
  @Test func everyCut() {
    let bytes = Array(Self.replies.joined().utf8)
    for size in 1...bytes.count {
      var scanner = ReplyScanner()
      var found: [String] = []
      var input: [UInt8] = []
      var place = 0
      while place < bytes.count {
        let end = min(place + size, bytes.count)
        input += bytes[place..<end]
        place = end
        while case .whole(let range) = input.withBytes({ scanner.next($0) }) { found.append(Array(input[range]).text) }
        // What is done with goes away, as in a proxy.
        let dropped = scanner.start
        input.removeFirst(dropped)
        scanner = scanner.moved(by: dropped)
      }
      #expect(found == Self.replies, "in pieces of \(size)")
    }
  }

  @Test(arguments: ["hello\r\n", "*x\r\n", "$a\r\n", "\r\n", "*1\r\n@1\r\n", "$99999999999\r\n"])
  func whatIsNoReply(_ text: String) {
    var scanner = ReplyScanner()
    #expect(Array(text.utf8).withBytes { scanner.next($0) } == .broken)
  }

  @Test func deepNestingIsRefused() {
    var scanner = ReplyScanner()
    let deep = Array(String(repeating: "*1\r\n", count: 10_000).utf8)
    #expect(deep.withBytes { scanner.next($0) } == .broken)
  }

  @Test func elementsAndTexts() {
    Array("*3\r\n$7\r\nmessage\r\n*1\r\n:1\r\n_\r\n".utf8).withBytes { reply in
      #expect(reply.replyElements?.map(\.text) == ["$7\r\nmessage\r\n", "*1\r\n:1\r\n", "_\r\n"])
      #expect(reply.firstReplyWord?.text == "message")
    }
    Array("=7\r\ntxt:abc\r\n".utf8).withBytes { #expect($0.replyText?.text == "abc" && $0.replyElements == nil) }
    Array("$-1\r\n".utf8).withBytes { #expect($0.replyText == nil) }
  }
}
