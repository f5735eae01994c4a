// Waiting for what clients do, without sleeping: a condition over an endpoint's figures, looked at whenever something has
// happened there.

internal import Synchronization
internal import UnderstudyEngine

extension RedisServer.Endpoint {
  /// Waits until a condition over the endpoint's figures holds; answers the figures that made it so.
  ///
  /// ```swift
  /// let redis = try await RedisServer.start()
  /// let worker = try redis.endpoint("worker")
  /// try await worker.waitUntil { $0.blocked == 1 }
  /// ```
  ///
  /// The condition is looked at now, and whenever a round of the server's loop has ended in which a connection of a
  /// recorded endpoint asked for something, or a connection was opened or closed. Nothing polls. A restart of the server
  /// does not end the wait.
  ///
  /// - Parameters:
  ///   - timeout: in real time, whatever the server's clocks say.
  ///   - isolation: where `condition` runs: with the caller.
  ///   - condition: called on the caller's task.
  /// - Throws: ``RedisServerError/timedOut(_:)`` with the figures; ``RedisServerError/notRunning`` if the server stops
  ///   meanwhile; `CancellationError`.
  @discardableResult
  public func waitUntil(
    timeout: Duration = .seconds(5), isolation: isolated (any Actor)? = #isolation,
    _ condition: (Ledger.Figures) throws -> Bool
  ) async throws -> Ledger.Figures {
    let name = name
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: timeout)
    while true {
      let (figures, changes) = try server.withEngine { engine throws(EndpointRefusal) in
        guard let known = engine.labFigures(of: name) else { throw EndpointRefusal("there is no endpoint '\(name)'") }
        return (Ledger.Figures(known.figures), known.changes)
      }
      if try condition(figures) { return figures }
      switch try await change(since: changes, within: clock.now.duration(to: deadline)) {
      case .changed: continue
      case .timedOut:
        throw RedisServerError.timedOut("the figures of '\(name)' are \(figures)")
      case .ended:
        try Task.checkCancellation()
        throw RedisServerError.notRunning
      }
    }
  }

  /// Waits for the next change behind `changes`.
  private func change(since changes: UInt64, within time: Duration) async throws -> LabWaitEnd {
    let server = server
    let wait = Mutex<(identifier: UInt64?, isCancelled: Bool)>((nil, false))
    let end = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<LabWaitEnd, Never>) in
        do throws(RedisServerError) {
          let identifier = try server.withEngine { engine throws(EndpointRefusal) in
            engine.onLabChange(since: changes, microseconds: max(0, time.wholeMicroseconds)) { continuation.resume(returning: $0) }
          }
          let isCancelled = wait.withLock { state in
            state.identifier = identifier
            return state.isCancelled
          }
          if isCancelled { server.cancelWait(identifier) }
        } catch {
          continuation.resume(returning: .ended)
        }
      }
    } onCancel: {
      let identifier = wait.withLock { state in
        state.isCancelled = true
        return state.identifier
      }
      if let identifier { server.cancelWait(identifier) }
    }
    return end
  }
}

extension RedisServer {
  fileprivate func cancelWait(_ identifier: UInt64) {
    _ = try? withEngine { engine throws(EndpointRefusal) in engine.cancelLabWait(identifier) }
  }
}
