// ReportJSON: the whole report as JSON. Times are microseconds since the ledger's start. Members are only ever added.

extension LabReport {
  package var json: String {
    var json = JSONText()
    json.object { json in
      json.object("server") { json in
        json.member("emulates", "\(version.isValkey ? "valkey" : "redis")-\(version.released.numbers)")
        // A string: JSON's readers keep 53 bits of a number.
        json.member("seed", "\(seed)")
      }
      json.member("verdict", verdict)
      json.member("duration", duration)
      json.member("errorCount", errorCount)
      json.member("faultCount", faultCount)
      json.array("endpoints") { json in for endpoint in endpoints { json.object { endpoint.write(to: &$0) } } }
      json.array("findings") { json in for finding in findings { json.object { finding.write(to: &$0) } } }
      json.array("faults") { json in for fault in faults { json.object { fault.write(to: &$0) } } }
      json.array("marks") { json in for mark in marks { json.object { mark.write(to: &$0) } } }
      json.array("latencies") { json in for latency in latencies { json.object { latency.write(to: &$0) } } }
      json.object("ledger") { ledger.write(to: &$0) }
      json.array("omissions") { json in for omission in omissions { json.string(omission) } }
    }
    return json.text
  }
}

extension LabEndpoint {
  package func write(to json: inout JSONText) {
    json.member("name", name)
    if let port { json.member("port", port) }
    if case .unix(let path)? = listener { json.member("path", path) }
    json.member("open", isOpen)
    json.member("level", level.rawValue)
    json.member("connections", connectionCount)
  }
}

extension ReportFault {
  package func write(to json: inout JSONText) {
    json.member("connection", connection)
    fault.write(to: &json)
  }
}

extension LabMark {
  package func write(to json: inout JSONText) {
    json.member("time", time)
    if let connection { json.member("connection", connection) }
    json.member("kind", kind.rawValue)
  }
}

extension CommandLatency {
  package func write(to json: inout JSONText) {
    json.member("command", name)
    json.member("count", count)
    json.member("errors", sum.errors)
    json.member("unanswered", sum.unanswered)
    json.member("total", sum.total)
    json.member("max", sum.maximum)
    json.member("sampled", sampled)
    json.member("p50", median)
    json.member("p95", percentile95)
  }
}
