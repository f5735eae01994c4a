// FilteredTransport over sockets that take what the test says: what counts as sent has left, and nothing is lost or
// doubled.

import Synchronization
import Testing
import UnderstudyEngine
import UnderstudyServer
import UnderstudyTLS
import UnderstudyTestSupport

@Suite struct FilteredTransportTests {
  private let folder: IdentityFolder
  init() throws { folder = try IdentityFolder.shared.get() }

  private func settings() -> TLSSettings {
    var settings = TLSSettings()
    settings.certificateFile = folder.files.serverCertificate
    settings.keyFile = folder.files.serverKey
    settings.clientAuthentication = .no
    return settings
  }

  private func connect() throws -> (Peer, FilteredTransport) {
    let filter = try #require(TLSFactory(settings()).makeFilter())
    return (try Peer(client: .client(trusting: folder.files.authorityCertificate)), FilteredTransport(filter))
  }

  /// A socket that has room for so many bytes.
  private final class Narrow {
    var room = Int.max
    var isBroken = false
    var taken: [UInt8] = []
    func send(_ base: UnsafeRawPointer, _ count: Int) -> Int {
      if isBroken { return -32 }
      let part = min(room, count)
      unsafe taken += UnsafeRawBufferPointer(start: base, count: part)
      room -= part
      return part
    }
  }

  private func feed(_ transport: FilteredTransport, _ bytes: [UInt8]) -> (plain: [UInt8], last: FilterInput) {
    var plain: [UInt8] = []
    var target = [UInt8](repeating: 0, count: 1000)
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe transport.filter.offer(bytes)
      defer { unsafe transport.filter.offer(UnsafeRawBufferPointer(start: nil, count: 0)) }
      while true {
        let input = unsafe target.withUnsafeMutableBytes { unsafe transport.filter.open(into: $0) }
        guard case .bytes(let count) = input else { return (plain, input) }
        plain += target[..<count]
      }
    }
  }

  private func shakeHands(_ client: Peer, _ transport: FilteredTransport, _ socket: Narrow) {
    client.feed([])
    while true {
      let there = client.takeOutput()
      _ = feed(transport, there)
      #expect(unsafe transport.flush(through: socket.send) == 0)
      if there.isEmpty && socket.taken.isEmpty { return }
      client.feed(socket.taken)
      socket.taken = []
    }
  }

  @Test func countsOnlyWhatHasLeft() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    shakeHands(client, transport, socket)
    let value = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    var sent = 0
    var random = SeededGenerator(seed: TestEnvironment.seed)
    while sent < value.count {
      socket.room = Int.random(in: 0...30_000, using: &random)
      let before = socket.taken.count
      // As the engine offers it: what has not been counted, cut differently each time.
      let rest = Array(value[sent...])
      let parts = rest.runs(of: Int.random(in: 500...100_000, using: &random))
      let offered = Array(parts.prefix(64))
      let count = unsafe withSegments(offered) { unsafe transport.send($0, count: $1, through: socket.send) }
      try #require(count >= 0 && count <= offered.reduce(0) { $0 + $1.count })
      sent += count
      client.feed(Array(socket.taken[before...]), capacity: 65536)
      // Everything that counts has arrived already.
      try #require(client.plain.count >= sent && client.plain.elementsEqual(value.prefix(client.plain.count)))
      let isWaiting = unsafe !transport.filter.output.isEmpty
      #expect(transport.interest(.read) == (isWaiting ? [.read, .write] : .read))
      // One batch at most has been sealed and not counted.
      #expect(client.plain.count - sent <= 80_000)
    }
    #expect(client.plain == value)
    socket.room = Int.max
    #expect(unsafe withSegments([[1], [], [2]]) { unsafe transport.send($0, count: $1, through: socket.send) } == 2)
    #expect(unsafe withSegments([]) { unsafe transport.send($0, count: $1, through: socket.send) } == 0)
  }

  /// Fewer bytes are offered again than have been sealed: as when many small runs stand before the others.
  @Test func fewerBytesThanBefore() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    shakeHands(client, transport, socket)
    let value = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 % 249) }
    socket.room = 10
    #expect(unsafe withSegments([value]) { unsafe transport.send($0, count: $1, through: socket.send) } == 0)
    socket.room = Int.max
    #expect(
      unsafe withSegments([Array(value[..<7]), Array(value[7..<100])]) {
        unsafe transport.send($0, count: $1, through: socket.send)
      } == 100)
    #expect(
      unsafe withSegments([Array(value[100...]), [1, 2, 3]]) {
        unsafe transport.send($0, count: $1, through: socket.send)
      } == 49_903)
    client.feed(socket.taken, capacity: 65536)
    #expect(client.plain == value + [1, 2, 3])
  }

  @Test func nothingIsSentBeforeTheHandshake() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    #expect(unsafe withSegments([[1]]) { unsafe transport.send($0, count: $1, through: socket.send) } == 0)
    #expect(socket.taken.isEmpty)
    // It waits for the peer, not for the socket.
    #expect(transport.interest([.read, .write]) == .read && transport.interest([]) == .read)
    // Then for the socket, until the answer is away.
    client.feed([])
    #expect(feed(transport, client.takeOutput()).last == .wantsMore)
    #expect(transport.interest(.read) == [.read, .write])
    shakeHands(client, transport, socket)
    #expect(transport.interest([.read, .write]) == [.read, .write] && transport.interest(.read) == .read)
    #expect(unsafe withSegments([[1]]) { unsafe transport.send($0, count: $1, through: socket.send) } == 1)
    client.feed(socket.taken)
    #expect(client.plain == [1])
  }

  @Test func aBrokenSocketIsTold() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    shakeHands(client, transport, socket)
    socket.isBroken = true
    #expect(unsafe withSegments([[1]]) { unsafe transport.send($0, count: $1, through: socket.send) } == -32)
    #expect(unsafe transport.flush(through: socket.send) == -32)
  }

  /// Once the filter is broken a send is an error, not a wait for ever.
  @Test func aBrokenFilterIsTold() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    shakeHands(client, transport, socket)
    #expect(feed(transport, Array("PING\r\n".utf8)).last == .broken)
    #expect(unsafe withSegments([[1]]) { unsafe transport.send($0, count: $1, through: socket.send) } < 0)
  }

  @Test func theLastWords() throws {
    let (client, transport) = try connect()
    let socket = Narrow()
    shakeHands(client, transport, socket)
    unsafe transport.finish(through: socket.send)
    client.feed(socket.taken)
    #expect(client.hasEnded && client.plain.isEmpty)
  }

  /// A handshake that is not done in its time is ended, and told to the log; a client that is in stays.
  @Test func aHandshakeHasItsTime() throws {
    var configuration = Configuration()
    configuration.tls = settings()
    var options = ServerOptions()
    options.port = .none
    options.tlsPort = .automatic
    options.security = TLSFactory.security
    options.handshakeTime = 300_000
    let lines = Mutex<[String]>([])
    let server = Server(
      engine: Engine(configuration, seed: 1), options: options, log: { line in lines.withLock { $0.append(line) } })
    try server.start()
    defer { try? server.stop() }
    let port = Int(try #require(server.addresses?.tlsPort))
    let context = try TLSContext.client(trusting: folder.files.authorityCertificate)
    let silent = try RawClient(.tcp(host: "127.0.0.1", port: port))
    let inside = try TLSClient(port: port, context)
    let half = try TLSClient(port: port, context, shakesHands: false)
    try half.socket.send(Array(half.peer.takeOutput().prefix(50)))
    #expect(try silent.receiveUntilClosed() == [] && half.socket.receiveUntilClosed() == [])
    try wait(until: "both are logged") {
      lines.withLock { $0.filter { $0.contains("the handshake took too long") }.count } == 2
    }
    #expect(try inside.command("PING") == .simple("PONG"))
  }

  // MARK: Settings

  /// What is wrong, in redis-server's words; the order of the checks is its order.
  @Test func settingsThatCannotBeUsed() throws {
    let junk = try folder.file("junk.pem", "junk\n")
    func refusal(_ change: (inout TLSSettings) -> Void) -> String? {
      var settings = settings()
      change(&settings)
      do throws(SecurityRefusal) {
        _ = try TLSFactory(settings)
        return nil
      } catch {
        return error.reason
      }
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0 = TLSSettings() } == "No tls-cert-file configured!")
    #expect(refusal { $0.keyFile = "" } == "No tls-key-file configured!")
    #expect(refusal { $0.clientAuthentication = .optional }?.hasPrefix("Either tls-ca-cert-file or ") == true)
    #expect(refusal { $0.isForReplication = true }?.hasPrefix("Either tls-ca-cert-file or ") == true)
    #expect(
      refusal {
        $0.clientAuthentication = .yes
        $0.authorityFile = folder.files.authorityCertificate
      } == nil)
    #expect(
      refusal { $0.certificateFile = "nofile" }
        == "Failed to load certificate: nofile: error:80000002:system library::No such file or directory")
    #expect(
      refusal { $0.certificateFile = junk }
        == "Failed to load certificate: \(junk): error:0480006C:PEM routines::no start line")
    #expect(
      refusal { $0.keyFile = folder.files.clientKey }
        == "Failed to load private key: \(folder.files.clientKey): "
        + "error:05800074:x509 certificate routines::key values mismatch")
    #expect(
      refusal { $0.authorityFile = junk }
        == "Failed to configure CA certificate(s) file/directory: "
        + "error:05800088:x509 certificate routines::no certificate or crl found")
    #expect(
      refusal { $0.protocols = "TLSv1.2 TLSv9" }
        == "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.")
    #expect(refusal { $0.protocols = " tlsV1.2  TLSV1.3 " } == nil)
    #expect(refusal { $0.ciphers = "nix" } == "Failed to configure ciphers: nix")
    #expect(refusal { $0.cipherSuites = "nix" } == "Failed to configure ciphersuites: nix")
    #expect(refusal { $0.parametersFile = "nofile" } == "Failed to load nofile: No such file or directory")
    #expect(refusal { $0.parametersFile = junk } == "\(junk): failed to read DH params.")
  }
}
