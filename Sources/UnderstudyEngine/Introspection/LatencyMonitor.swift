// LatencyMonitor: what took longer than `latency-monitor-threshold`, by event: the last 160 seconds in which it did.

struct LatencyMonitor {
  struct Sample {
    /// Data clock.
    let seconds: Int64
    var milliseconds: Int64
  }

  struct Event {
    fileprivate(set) var samples: [Sample] = []
    fileprivate(set) var longest: Int64 = 0
  }

  private(set) var events: [String: Event] = [:]

  /// Within one second the longest counts.
  mutating func add(_ name: String, milliseconds: Int64, seconds: Int64) {
    var event = events[name] ?? Event()
    event.longest = max(event.longest, milliseconds)
    if let last = event.samples.indices.last, event.samples[last].seconds == seconds {
      event.samples[last].milliseconds = max(event.samples[last].milliseconds, milliseconds)
    } else {
      event.samples.append(Sample(seconds: seconds, milliseconds: milliseconds))
      if event.samples.count > 160 { event.samples.removeFirst() }
    }
    events[name] = event
  }

  /// Forgets an event; false if there was none.
  mutating func remove(_ name: String) -> Bool { events.removeValue(forKey: name) != nil }

  mutating func removeAll() -> Int {
    defer { events.removeAll() }
    return events.count
  }
}

extension EngineState {
  /// When something begins that may be an event; nil while nobody wants events. Cost source, microseconds.
  @inline(__always)
  var latencyStart: Int64? {
    configuration.latencyThreshold > 0 ? clocks.source.monotonicMicroseconds() : nil
  }

  /// What began at `start` has ended: an event, if it took long enough.
  @inline(__always)
  mutating func noteLatency(_ event: String, since start: Int64?) {
    if let start { noteEvent(event, since: start) }
  }

  @inline(never)
  private mutating func noteEvent(_ event: String, since start: Int64) {
    let milliseconds = (clocks.source.monotonicMicroseconds() &- start) / 1000
    guard milliseconds >= configuration.latencyThreshold else { return }
    observation.latency.add(event, milliseconds: milliseconds, seconds: nowMicroseconds / 1_000_000)
  }
}
