// The transport's loop, as far as it concerns one server: it carries out what connections ask for, gives turns, and asks the
// engine what else there is to do, no sooner than it has to. See `LoopState` for the real one.

import CUnderstudyPlatform
import UnderstudyEngine
import UnderstudyServer
import UnderstudyTestSupport

extension Simulation {
  /// The client of a number, connected.
  @discardableResult
  func connect(_ number: Int) -> SimulatedClient {
    if let client = clients[number] { return client }
    let isControl = number == Self.control
    let isShaped = Self.shapedClients.contains(number)
    let handle = unsafe UnsafeMutableRawPointer(bitPattern: number + 1)
    let session = unsafe engine.withLock {
      unsafe engine.open(transport: handle, flags: isControl ? .control : [], endpoint: isShaped ? endpoint : 0)
    }
    guard let session = unsafe session else { return refused(number) }
    let client = unsafe SimulatedClient(number, engine, session, isControl: isControl, isStrict: !isControl && !isShaped)
    clients[number] = client
    if unsafe session.pointee.isShaped { carryOut(client, client.connection.noticed()) }
    if Self.modelClients.contains(number) && setting.hasModel {
      let request: [CallArgument] = ["SELECT", CallArgument(Self.modelDatabase)]
      client.asked([request], keepsArguments: true)
      receive(client, encodeCommand(request))
    }
    return clients[number] ?? client
  }

  /// There are never so many clients that one is refused.
  private func refused(_ number: Int) -> SimulatedClient {
    violation = violation ?? "client \(number) is refused"
    disconnect((0..<Self.clientCount).first { clients[$0] != nil } ?? 0)
    return connect(number)
  }

  /// Bytes arrive from a client, as many at once as the transport reads.
  func receive(_ client: SimulatedClient, _ bytes: [UInt8]) {
    client.bytesSent += Int64(bytes.count)
    var offset = 0
    while offset < bytes.count {
      guard client.connection.phase == .open, !client.hasEnded, clients[client.number] === client else { return }
      let target = unsafe client.connection.readTarget(readBuffer)
      let count = min(target.count, bytes.count - offset)
      unsafe bytes.withUnsafeBytes { source in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
      }
      let part = unsafe UnsafeMutableRawBufferPointer(start: target.baseAddress, count: count)
      unsafe carryOut(client, client.connection.received(part, output))
      offset += count
    }
  }

  /// Carries out what a connection asks for, and what the report of that asks for in turn.
  func carryOut(_ client: SimulatedClient, _ first: TransportStep) {
    var step = first
    while true {
      switch step.action {
      case .none: return
      case .send:
        let count = min(step.count, client.appetite)
        unsafe take(client, UnsafeRawBufferPointer(start: step.base, count: count))
        step = unsafe client.connection.sent(count, of: step.count, output)
      case .flush:
        let flushed = unsafe engine.flush(client.session, segments, capacity: 64) { number in
          var taken = 0
          for index in 0..<number {
            let segment = unsafe segments[index]
            let count = unsafe min(segment.count, client.appetite)
            unsafe take(client, UnsafeRawBufferPointer(start: segment.bytes, count: count))
            taken += count
            if unsafe count < segment.count { break }
          }
          return taken
        }
        step = client.connection.flushed(flushed)
      case .resume:
        if !client.waitsForTurn {
          client.waitsForTurn = true
          turns.append(client.number)
        }
        step.action = .none
      case .halfClose: step = client.connection.halfClosed()
      case .linger, .close, .reset:
        leave(client)
        return
      }
    }
  }

  /// A client reads.
  private func take(_ client: SimulatedClient, _ bytes: UnsafeRawBufferPointer) {
    guard unsafe !bytes.isEmpty else { return }
    if client.appetite != .max { client.appetite -= bytes.count }
    client.bytesRead += Int64(bytes.count)
    digest.add(UInt64(client.number))
    unsafe digest.add(bytes)
    guard client.isStrict || client.isControl else { return }
    unsafe client.scanner.append(bytes)
    if !client.isControl { account(client) }
  }

  /// The connection ends from the client's side.
  func disconnect(_ number: Int) {
    guard let client = clients[number] else { return }
    if client.connection.phase != .closed { carryOut(client, client.connection.dropped()) }
  }

  private func leave(_ client: SimulatedClient) {
    clients[client.number] = nil
    if client.waitsForTurn { turns.removeAll { $0 == client.number } }
    if !client.isControl { closedCommands += engine.withLock { unsafe engine.vitals(of: client.session).commandCount } }
    engine.withLock { unsafe engine.close(client.session) }
    digest.add(UInt64(client.number) | 1 << 32)
  }

  /// What the loop does behind what it was woken for, until there is nothing more to do at once.
  func settle() {
    for _ in 0..<2_000 {
      let taken = turns
      turns = []
      for number in taken {
        guard let client = clients[number], client.waitsForTurn else { continue }
        client.waitsForTurn = false
        unsafe carryOut(client, client.connection.resume(output))
      }
      let isDue = due <= time.monotonic
      if isDue { due = .max }
      if let settlement = engine.settle(isDue: isDue) {
        for unsafe session in unsafe settlement.sessions {
          guard let handle = unsafe session.pointee.transport else { continue }
          guard let client = clients[Int(UInt(bitPattern: handle)) - 1] else { continue }
          carryOut(client, client.connection.noticed())
        }
        due = settlement.due == .max ? .max : time.monotonic &+ settlement.due
        // A suspended script goes on with the next step.
        let goesOn = engine.withLock { engine.vitals.hasMore }
        if !goesOn && turns.isEmpty { return }
      } else if turns.isEmpty {
        return
      }
    }
    violation = violation ?? "the loop finds no end"
  }
}
