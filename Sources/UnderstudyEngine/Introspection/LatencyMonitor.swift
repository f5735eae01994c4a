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
