// Workers: the servers of a run's workers (`understudy run --per-worker`): one for each name that LAB.WORKER is asked for,
// with the run's configuration, ports of its own, and data of its own. They end with the run, and are judged together.

internal import Synchronization
internal import UnderstudyEngine
internal import UnderstudyServer

final class Workers: Sendable {
  private struct Worker {
    let name: String
    let server: Server
    let place: WorkerPlace
  }

  private struct Opened {
    var workers: [Worker] = []
    /// The run is over: nobody is let in any more.
    var isClosed = false
  }

  private let configuration: Configuration
  private let serving: Serving
  private let opened = Mutex(Opened())

  /// The numbers of a worker's clients begin at a multiple of this, so that a report can tell the clients of all apart.
  private static let clientsEach: UInt64 = 1_000_000

  init(_ configuration: Configuration, _ serving: Serving) {
    self.configuration = configuration
    self.serving = serving
  }

  /// Lets a run's server answer LAB.WORKER. Call it under the engine's lock.
  func serve(_ engine: Engine) {
    engine.openWorker = { [weak engine] name in
      guard let engine else { return .failure(EndpointRefusal("the run is over")) }
      return self.open(name, beside: engine)
    }
  }

  /// The servers, in the order in which they were asked for; no more are opened from here on.
  func close() -> [(name: String, server: Server)] {
    opened.withLock { opened in
      opened.isClosed = true
      return opened.workers.map { ($0.name, $0.server) }
    }
  }

  /// On the loop's thread, with the lock of the run's own engine held.
  private func open(_ name: String, beside main: Engine) -> Result<WorkerPlace, EndpointRefusal> {
    opened.withLock { opened in
      if let known = opened.workers.first(where: { $0.name == name }) { return .success(known.place) }
      if opened.isClosed { return .failure(EndpointRefusal("the run is over")) }
      let first = UInt64(opened.workers.count + 1) * Self.clientsEach + 1
      let log = serving.log
      do throws(Serving.Aborted) {
        let server = try serving.forWorker(name, ownPorts(name)).start(
          on: .shared,
          prepare: { engine in
            engine.alignLedger(with: main, firstClient: first)
            engine.setLedgerLevel(.full)
          }, onShutdown: { log.write(.warning, "A client has shut the server of worker \(name) down.") })
        guard let addresses = server.addresses else { return .failure(EndpointRefusal("the server does not listen")) }
        let place = RunEnvironment(addresses, server).place
        opened.workers.append(Worker(name: name, server: server, place: place))
        return .success(place)
      } catch {
        return .failure(EndpointRefusal("the server of worker '\(name)' did not start; the run's output says why"))
      }
    }
  }

  /// The run's configuration, with ports that are free and a socket that is nobody else's.
  private func ownPorts(_ name: String) -> Configuration {
    var own = configuration
    own.picksPort = own.port != 0 || own.picksPort
    own.tls.picksPort = own.tls.port != 0 || own.tls.picksPort
    own.picksControlPort = true
    if !own.unixSocketPath.isEmpty { own.unixSocketPath += ".\(name.replacing("/", with: "-"))" }
    return own
  }
}
