// Simulation: one engine, twenty clients and the control port in one thread: no socket, no real time, no chance but the
// seed's. It does what the transport's loop does, in the same order, and looks after every step.
//
// In this file: the world and its steps. Simulation+Transport.swift: the loop's part. Simulation+Checks.swift: what must
// hold. SimulationSteps.swift: how steps are made from a seed.

package import UnderstudyEngine
import UnderstudyServer
import UnderstudyTestSupport

/// Time that goes on when a step says so.
final class SimulatedTime: @unchecked Sendable {
  var wall: Int64 = 1_750_000_000_000_000
  var monotonic: Int64 = 1_000_000_000
  /// How long a look at the monotonic clock takes: so a script comes to the end of its slice.
  var pace: Int64 = 1

  var source: TimeSource {
    TimeSource(
      wallMicroseconds: { self.wall },
      monotonicMicroseconds: {
        self.monotonic += self.pace
        return self.monotonic
      })
  }
}

/// What kind of server a run is about.
package struct SimulatedSetting: Sendable, CustomStringConvertible {
  var seed: UInt64
  var version: Version = "7.2.0"
  /// Whether keys are evicted; nobody can say then what the model's clients read.
  var evicts = false

  var hasModel: Bool { !evicts }
  package var description: String { "emulating \(version)\(evicts ? ", with eviction" : "")" }
}

@safe
package final class Simulation {
  /// Clients of the model, of the server's own port, of an endpoint that is recorded and that faults are about.
  static let modelClients = 0..<2
  static let shapedClients = 17..<20
  static let clientCount = 20
  /// The number of the control connection.
  static let control = 20
  static let modelDatabase = 9

  let setting: SimulatedSetting
  package let engine: Engine
  let time = SimulatedTime()
  package internal(set) var clients: [SimulatedClient?] = Array(repeating: nil, count: 21)
  var turns: [Int] = []
  package var model = ReferenceModel()
  /// With each snapshot what the model was, or nothing if nobody can say that.
  var savedModels: [String: ReferenceModel?] = [:]
  /// The model is not asked until its database has begun anew.
  var isModelStale = false
  var digest = ReplyDigest()
  var replyCount = 0
  /// What has been found wrong first.
  var violation: String?
  /// When the engine wants to be asked again.
  var due = Int64.max
  /// Of connections that are gone.
  var closedCommands: Int64 = 0
  var embeddedCount: Int64 = 0
  var baseline: Int64 = 0
  let endpoint: Int
  let output: UnsafeMutablePointer<ReplyBuffer>
  let segments: UnsafeMutablePointer<OutputSegment>
  let readBuffer: UnsafeMutableRawBufferPointer
  /// Done behind each step: a bug that a test plants.
  var sabotage: ((Simulation) -> Void)?

  init(_ setting: SimulatedSetting) {
    self.setting = setting
    var configuration = Configuration()
    configuration.emulatedVersion = setting.version
    configuration.debugCommand = .yes
    configuration.isLuaStrict = false
    configuration.hashMaxListpackEntries = 16
    configuration.scriptTimeLimit = 50
    engine = Engine(configuration, time: time.source, seed: setting.seed)
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer())
    unsafe segments = .allocate(capacity: 64)
    unsafe readBuffer = .allocate(byteCount: 16 * 1024, alignment: 16)
    let engine = engine
    endpoint = engine.withLock {
      engine.openEndpointListener = { number, _ in .success(20_000 + number) }
      engine.setListening = { _, _ in nil }
      unsafe engine.describeTransport = { handle in
        ("127.0.0.1:\(30_000 + UInt(bitPattern: handle))", "127.0.0.1:6379", Int32(truncatingIfNeeded: UInt(bitPattern: handle)))
      }
      return (try? engine.openEndpoint("app", .tcp)) ?? 0
    }
    embedded(["PING"])
    embedded(["EVAL", "return 1", "0"])
    embedded(["SCRIPT", "FLUSH", "SYNC"])
    baseline = engine.withLock { engine.vitals.usedMemory }
    connect(Self.control)
  }

  deinit {
    for number in clients.indices { disconnect(number) }
    unsafe output.deinitialize(count: 1)
    unsafe output.deallocate()
    unsafe segments.deallocate()
    unsafe readBuffer.deallocate()
  }

  /// Does a step, and looks whether all is well.
  func apply(_ step: SimulationStep, looksAtAll: Bool) {
    renewModel()
    switch step {
    case .send(let number, let requests, let cuts, let kept): send(number, requests, cuts, kept)
    case .noise(let number, let bytes):
      let client = connect(number)
      client.isStrict = false
      client.scanner.removeAll()
      receive(client, client.kept + bytes)
      client.kept = []
      client.keptRequests = []
    case .close(let number): disconnect(number)
    case .endInput(let number):
      if let client = clients[number] {
        client.hasEnded = true
        carryOut(client, client.connection.inputEnded())
      }
    case .fail(let number):
      if let client = clients[number] {
        client.hasEnded = true
        client.isStrict = false
        client.scanner.removeAll()
        carryOut(client, client.connection.failed())
      }
    case .read(let number, let bytes):
      if let client = clients[number] {
        client.appetite = bytes
        carryOut(client, client.connection.becameWritable())
      }
    case .time(let wall, let monotonic):
      time.wall += wall
      time.monotonic += monotonic
    case .pace(let pace): time.pace = pace
    case .control(let words): command(words)
    case .embedded(let words):
      if words.first != "FLUSHALL" { embedded(words) } else if isBetweenCommands, embedded(words) { model.removeAll() }
    }
    settle()
    sabotage?(self)
    check(looksAtAll: looksAtAll)
  }

  private func send(_ number: Int, _ requests: [[CallArgument]], _ cuts: [Int], _ kept: Int) {
    let client = connect(number)
    guard !client.hasEnded else { return }
    let bytes = client.kept + [UInt8].wire(requests)
    let count = max(0, bytes.count - kept)
    // Those whose last byte does not leave yet are not asked.
    var whole = client.keptRequests + requests
    var late: [[CallArgument]] = []
    var length = 0
    while length < kept, let last = whole.popLast() {
      length += [UInt8].wire([last]).count
      late.insert(last, at: 0)
    }
    client.asked(whole, keepsArguments: Self.modelClients.contains(number))
    client.kept = Array(bytes[count...])
    client.keptRequests = late
    var start = 0
    for cut in cuts.map({ min(max($0, 0), count) }).sorted() + [count] where cut > start {
      receive(client, Array(bytes[start..<cut]))
      start = cut
      if cut < count { settle() }
    }
  }

  /// A verb of the control port, and what it means for the model.
  private func command(_ words: [CallArgument]) {
    let client = connect(Self.control)
    client.scanner.removeAll()
    let before = engine.withLock { engine.vitals.now }
    receive(client, encodeCommand(words))
    let isDone = client.scanner.bytes.first == UInt8(ascii: "+")
    if isDone, words.count == 3, words[0] == "LAB.SNAPSHOT", let name = words[2].text {
      switch words[1] {
      case "SAVE": savedModels[name] = .some(isModelStale ? nil : model)
      case "RESTORE":
        isModelStale = true
        if let saved = savedModels[name], let saved {
          model = saved
          isModelStale = false
        }
      case "DROP": savedModels.removeValue(forKey: name)
      default: break
      }
    }
    if words.first == "LAB.CLOCK", engine.withLock({ engine.vitals.now < before }) {
      isModelStale = true
      for name in savedModels.keys { savedModels[name] = .some(nil) }
    }
  }

  /// Whether no command is suspended: what waits for one would run first.
  private var isBetweenCommands: Bool {
    engine.withLock { !engine.vitals.isMidCommand }
  }

  /// When a clock has gone back, nobody can say what was removed before: the model's database begins anew, as soon as no
  /// command stands in the way.
  private func renewModel() {
    guard isModelStale, isBetweenCommands, embedded(["FLUSHDB"], in: Self.modelDatabase) else { return }
    model.removeAll()
    isModelStale = false
  }

  /// A call of the program that the server lives in; whether it was made.
  @discardableResult
  func embedded(_ words: [CallArgument], in database: Int = 0) -> Bool {
    do throws(EmbeddedCallError) {
      try engine.embeddedCall(count: words.count, { index, body in words[index].bytes.withBytes(body) }, database: database) {
        digest.add(UInt64($0.count))
      }
      embeddedCount += 1
      return true
    } catch {
      return false
    }
  }
}
