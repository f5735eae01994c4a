// EngineHooks: what the engine asks of those around it, because it has no IO of its own. All are optional: an engine
// without a transport answers what it knows. They are called with the engine's lock held, on the thread that runs the
// command, and must neither block nor call the engine.
//
// This file may say `unsafe`. What keeps it safe: it reads and writes the engine's state with the lock held, and hands
// a transport's handle back to that transport alone.

@safe
struct EngineHooks {
  var describeTransport: ((UnsafeMutableRawPointer) -> (address: String, localAddress: String, descriptor: Int32))?
  var applyConfiguration: ((_ new: Configuration, _ changed: [String]) -> ConfigurationRefusal?)?
  var rewriteConfiguration: ((Configuration) -> String?)?
  var startCall: ((OutgoingCall) -> Void)?
  var openEndpoint: ((_ number: Int, EndpointListener) -> Result<Int?, EndpointRefusal>)?
  var closeEndpoint: ((_ number: Int) -> Void)?
  var setListening: ((_ number: Int, _ listens: Bool) -> EndpointRefusal?)?
  var files: FileAccess?
  var log: ((String) -> Void)?
  var traceCommand: ((CommandTrace) -> Void)?
  var openWorker: ((String) -> Result<WorkerPlace, EndpointRefusal>)?
}

/// Files, in the hands of whoever has them.
package struct FileAccess: Sendable {
  /// What the system said instead.
  package struct Failure: Error {
    package let reason: String
    package init(reason: String) { self.reason = reason }
  }

  let read: @Sendable (_ path: String) -> Result<[UInt8], Failure>
  let replace: @Sendable (_ path: String, _ bytes: [UInt8]) -> Failure?

  /// - Parameters:
  ///   - read: answers a whole file.
  ///   - replace: writes a file in place of what was there, so that whatever happens there is the old one or the whole
  ///     new one, and the new one once nil was answered.
  package init(
    read: @escaping @Sendable (_ path: String) -> Result<[UInt8], Failure>,
    replace: @escaping @Sendable (_ path: String, _ bytes: [UInt8]) -> Failure?
  ) {
    self.read = read
    self.replace = replace
  }
}

extension Engine {
  /// Tells the addresses of a connection, from the handle that its transport gave to `open`: asked for by CLIENT LIST
  /// and the like, so that nobody pays who does not look.
  package var describeTransport:
    ((UnsafeMutableRawPointer) -> (address: String, localAddress: String, descriptor: Int32))?
  {
    get { unsafe state.pointee.hooks.describeTransport }
    set { unsafe state.pointee.hooks.describeTransport = newValue }
  }

  /// CONFIG SET wants to change directives that the transport carries out (`Directive.Traits.transport`), given by
  /// name. Nil accepts; a refusal changes nothing. Without this hook such a change of an address is refused.
  package var applyConfiguration: ((_ new: Configuration, _ changed: [String]) -> ConfigurationRefusal?)? {
    get { unsafe state.pointee.hooks.applyConfiguration }
    set { unsafe state.pointee.hooks.applyConfiguration = newValue }
  }

  /// CONFIG REWRITE: writes the configuration to its file; a text says why it could not.
  package var rewriteConfiguration: ((Configuration) -> String?)? {
    get { unsafe state.pointee.hooks.rewriteConfiguration }
    set { unsafe state.pointee.hooks.rewriteConfiguration = newValue }
  }

  /// `tcp-keepalive`: after how many idle seconds the system asks whether a peer is still there; 0 for never.
  package var keepAliveSeconds: Int { unsafe state.pointee.configuration.keepAliveSeconds }

  /// Sends something to another server, and comes back with `finishCall`. Without this hook no command can.
  package var startCall: ((OutgoingCall) -> Void)? {
    get { unsafe state.pointee.hooks.startCall }
    set { unsafe state.pointee.hooks.startCall = newValue }
  }

  /// Makes the listener of an endpoint; answers its TCP port, if it has one. Without this hook there are no endpoints.
  package var openEndpointListener: ((_ number: Int, EndpointListener) -> Result<Int?, EndpointRefusal>)? {
    get { unsafe state.pointee.hooks.openEndpoint }
    set { unsafe state.pointee.hooks.openEndpoint = newValue }
  }

  /// Closes the listener of an endpoint; its connections are closed by the engine.
  package var closeEndpointListener: ((_ number: Int) -> Void)? {
    get { unsafe state.pointee.hooks.closeEndpoint }
    set { unsafe state.pointee.hooks.closeEndpoint = newValue }
  }

  /// Has an endpoint listen no more, so that the system refuses whoever connects, or again, on the same port; its
  /// connections stay. Without this hook that cannot be.
  package var setListening: ((_ number: Int, _ listens: Bool) -> EndpointRefusal?)? {
    get { unsafe state.pointee.hooks.setListening }
    set { unsafe state.pointee.hooks.setListening = newValue }
  }

  /// The files of ACL LOAD and ACL SAVE; without them there are none.
  package var files: FileAccess? {
    get { unsafe state.pointee.hooks.files }
    set { unsafe state.pointee.hooks.files = newValue }
  }

  /// Takes a line for the log, which matters.
  package var log: ((String) -> Void)? {
    get { unsafe state.pointee.hooks.log }
    set { unsafe state.pointee.hooks.log = newValue }
  }

  /// The settings as they are now.
  package var configuration: Configuration {
    get { unsafe state.pointee.configuration }
    set {
      unsafe state.pointee.configuration = newValue
      unsafe state.pointee.followConfiguration()
    }
  }
}

extension EngineState {
  /// Makes what is kept apart from the configuration, for speed, agree with it.
  mutating func followConfiguration() {
    followObservation()
    smallestOutputLimit = configuration.outputLimits.smallest
    let normal = configuration.outputLimits.normal
    if normal.hard > 0 || normal.soft > 0 { gates.insert(.outputLimits) } else { gates.remove(.outputLimits) }
    followIdleLimit()
    access.follow(configuration)
    followMemoryLimit()
    followClientMemoryLimit()
    // Keys may expire by themselves again.
    unsafe tasksChanged.pointee = true
    if configuration.notifications.isDisjoint(with: [.keyspaceChannel, .keyeventChannel]) {
      interest.remove(.notifications)
    } else {
      interest.insert(.notifications)
    }
    followPassword()
  }
}
