// The C functions: a client and a server in memory, at every boundary that bytes can be cut at.

import CUnderstudyTLS
import Testing
import UnderstudyTLS
import UnderstudyTestSupport

@Suite struct ConnectionTests {
  private let folder: IdentityFolder
  init() throws { folder = try IdentityFolder.shared.get() }

  private func pair(_ protocols: String = "") throws -> (client: Peer, server: Peer) {
    (
      try Peer(client: .client(trusting: folder.files.authorityCertificate, protocols: protocols)),
      try Peer(server: .server(folder.files, protocols: protocols))
    )
  }

  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func oneByteAtATime(_ version: String) throws {
    let (client, server) = try pair(version)
    talk(client, server, step: 1)
    #expect(client.isEstablished && server.isEstablished && server.protocolName == version)
    client.seal([Array("question".utf8)])
    server.seal([Array("answer".utf8)])
    talk(client, server, step: 1)
    #expect(server.plain == Array("question".utf8) && client.plain == Array("answer".utf8))
  }

  /// The first flight of the client is cut at every place; the handshake must not care.
  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func everyCutOfAHandshake(_ version: String) throws {
    let context = try TLSContext.client(trusting: folder.files.authorityCertificate, protocols: version)
    let servers = try TLSContext.server(folder.files, protocols: version)
    var cut = 1
    while true {
      let client = try Peer(client: context), server = try Peer(server: servers)
      client.feed([])
      let hello = client.takeOutput()
      if cut >= hello.count { break }
      server.feed(Array(hello[..<cut]))
      #expect(!server.isBroken && server.takeOutput().isEmpty, "cut at \(cut)")
      server.feed(Array(hello[cut...]))
      // The same cut, where it lies within it, through everything that follows.
      talk(client, server, step: cut)
      try #require(client.isEstablished && server.isEstablished, "cut at \(cut): \(client.failure) \(server.failure)")
      cut += cut < 64 ? 1 : 13
    }
    #expect(cut > 64)
  }

  /// Two records, cut at every place.
  @Test func everyCutOfRecords() throws {
    let (client, server) = try pair()
    talk(client, server)
    var expected: [UInt8] = []
    var cut = 1
    while true {
      client.seal([[UInt8(truncatingIfNeeded: cut), 1, 2]])
      client.seal([Array("second".utf8)])
      let bytes = client.takeOutput()
      if cut >= bytes.count { break }
      server.feed(Array(bytes[..<cut]), capacity: 2)
      server.feed(Array(bytes[cut...]), capacity: 2)
      expected += [UInt8(truncatingIfNeeded: cut), 1, 2] + Array("second".utf8)
      try #require(server.plain == expected, "cut at \(cut)")
      cut += 1
    }
    #expect(cut > 30)
  }

  @Test func sealsManyPartsAndSkips() throws {
    let (client, server) = try pair()
    talk(client, server)
    var random = SeededGenerator(seed: TestEnvironment.seed)
    for _ in 0..<200 {
      // Small and large ones, some empty.
      let parts = (0..<Int.random(in: 1...64, using: &random)).map { _ -> [UInt8] in
        let count = Bool.random(using: &random) ? Int.random(in: 0...40, using: &random) : Int.random(in: 0...40_000, using: &random)
        return [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: count)
      }
      let all = parts.flatMap { $0 }
      var skipped = Int.random(in: 0...all.count, using: &random)
      let expected = server.plain + all[skipped...]
      while skipped < all.count {
        let sealed = client.seal(parts, skipping: skipped)
        try #require(sealed > 0 && sealed <= 80_000)
        skipped += sealed
        talk(client, server, step: Int.random(in: 1...20_000, using: &random))
      }
      #expect(client.seal(parts, skipping: all.count) == 0)
      try #require(server.plain == expected)
      server.plain = []
    }
  }

  /// What goes out in one call shares a record, and an idle connection keeps no output.
  @Test func smallPartsShareARecord() throws {
    let (client, server) = try pair("TLSv1.3")
    talk(client, server)
    #expect(client.seal((0..<64).map { _ in [1, 2, 3] }) == 192)
    // Header, type and tag.
    #expect(client.takeOutput().count == 192 + 5 + 1 + 16)
  }

  @Test func aGoodbyeIsTold() throws {
    let (client, server) = try pair()
    talk(client, server)
    client.seal([[7]])
    client.finish()
    client.finish()
    #expect(client.seal([[8]]) < 0)
    talk(client, server)
    #expect(server.plain == [7] && server.hasEnded && !server.isBroken)
    // The other direction is still open.
    server.seal([[9]])
    server.finish()
    talk(client, server)
    #expect(client.hasEnded)
  }

  @Test func aCutIsNoGoodbye() throws {
    let (client, server) = try pair()
    talk(client, server)
    server.feedEnd()
    #expect(!server.hasEnded && server.isBroken && server.failure.contains("unexpected eof"))
  }

  @Test func aCutHandshakeSaysWhy() throws {
    let (client, server) = try pair()
    client.feed([])
    server.feed(Array(client.takeOutput().prefix(100)))
    server.feedEnd()
    #expect(server.isBroken && server.failure == "error:0A000126:SSL routines::unexpected eof while reading")
  }

  @Test(arguments: ["PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "\0\0\0\0\0\0"])
  func whatIsNoHello(_ text: String) throws {
    let server = try pair().server
    server.feed(Array(text.utf8))
    server.feedEnd()
    #expect(server.isBroken && server.failure.hasPrefix("error:0A"), "\(server.failure)")
    #expect(server.seal([[1]]) < 0)
    // And so it stays.
    server.feed(Array(text.utf8))
    #expect(server.isBroken && !server.isEstablished)
  }

  /// Bytes turned over on the way are found out.
  @Test func aForgedRecord() throws {
    let (client, server) = try pair()
    talk(client, server)
    client.seal([Array("honest".utf8)])
    var bytes = client.takeOutput()
    bytes[bytes.count - 3] ^= 1
    server.feed(bytes)
    #expect(server.isBroken && server.plain.isEmpty && server.failure.contains("bad record mac"), "\(server.failure)")
    // The other end is told.
    client.feed(server.takeOutput())
    #expect(client.isBroken && client.failure.contains("bad record mac"), "\(client.failure)")
  }

  @Test(arguments: ["TLSv1.2", "TLSv1.3"]) func aSessionIsTakenUpAgain(_ version: String) throws {
    let clients = try TLSContext.client(trusting: folder.files.authorityCertificate, protocols: version)
    let servers = try TLSContext.server(folder.files, protocols: version)
    let first = try Peer(client: clients), firstServer = try Peer(server: servers)
    talk(first, firstServer)
    #expect(unsafe !understudy_tls_is_resumed(firstServer.pointer))
    let second = try Peer(client: clients), secondServer = try Peer(server: servers)
    #expect(unsafe understudy_tls_resume(second.pointer, first.pointer))
    talk(second, secondServer)
    #expect(second.isEstablished && (unsafe understudy_tls_is_resumed(secondServer.pointer)))
  }

  @Test func whatCertificatesAreGoodFor() throws {
    func verdict(_ folder: IdentityFolder, trusting: IdentityFolder, host: String = "localhost") throws -> String {
      let client = try Peer(client: .client(trusting: trusting.files.authorityCertificate), host: host)
      let server = try Peer(server: .server(folder.files))
      talk(client, server)
      #expect(client.isEstablished == client.failure.isEmpty)
      return client.failure
    }
    let named = try IdentityFolder(names: ["redis.example"]), expired = try IdentityFolder(validFrom: 1_000_000_000)
    let future = try IdentityFolder(validFrom: 4_000_000_000)
    #expect(try verdict(named, trusting: named) == "")
    #expect(try verdict(named, trusting: named, host: "redis.example") == "")
    #expect(try verdict(named, trusting: named, host: "other.example").contains("(hostname mismatch)"))
    #expect(try verdict(named, trusting: folder).contains("certificate verify failed"))
    #expect(try verdict(expired, trusting: expired).contains("(certificate has expired)"))
    #expect(try verdict(future, trusting: future).contains("(certificate is not yet valid)"))
  }

  @Test func identitiesThatCannotBe() {
    #expect(throws: TestIdentities.Failure.self) { try TestIdentities(validFrom: .max) }
    #expect(throws: TestIdentities.Failure.self) { try TestIdentities(validFrom: .max - 86_400) }
    #expect(throws: TestIdentities.Failure.self) { try TestIdentities(validFrom: .min) }
    for name in ["", "a,IP:1.2.3.4", "a b", "a\0b", "ä"] {
      #expect(throws: TestIdentities.Failure.self, "\(name)") { try TestIdentities(names: [name]) }
    }
    #expect(throws: TestIdentities.Failure.self) { try TestIdentities().write(to: "/nonexistent") }
  }
}
