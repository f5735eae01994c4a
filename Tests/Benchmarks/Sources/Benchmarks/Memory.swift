// Memory: bytes for each of a million keys, and bytes for each idle connection, as the resident size of the server's process.

import Foundation
import UnderstudyTestSupport

struct MemoryBenchmark {
  let options: Options
  let subjects: [Subject]

  func run(_ report: Report) throws {
    let count = 1_000_000
    var perKey: [Double] = []
    var seconds: [Double] = []
    for subject in subjects.prefix(2) {
      let server = try subject.start()
      let client = try RawClient(server.tcp, timeoutMilliseconds: 120_000)
      // Keys of 16 bytes, values of 32.
      let value = Argument(String(repeating: "v", count: 32))
      try client.command("PING")
      let before = server.residentBytes
      let began = ContinuousClock.now
      try fill(client, "SET", count: count) { ["key:\(padded($0))", value] }
      seconds.append(began.duration(to: .now) / .seconds(1))
      perKey.append((server.residentBytes - before) / Double(count))
    }
    report.table(
      "One million keys of 16 bytes with values of 32", ["server", "bytes a key", "ratio", "seconds to load"],
      perKey.indices.map { [subjects[$0].name, figure(perKey[$0]), ratio(perKey[0], perKey[$0]), figure(seconds[$0])] })
  }
}

struct ConnectionBenchmark {
  let options: Options
  let subjects: [Subject]

  func run(_ report: Report) throws {
    raiseDescriptorLimit()
    var rows: [[String]] = []
    for count in [1_000, 10_000] {
      var idle: [Double] = []
      var used: [Double] = []
      for subject in subjects.prefix(2) {
        let server = try subject.start()
        let observer = try RawClient(server.tcp)
        try observer.command("PING")
        let before = server.residentBytes
        var clients: [RawClient] = []
        for _ in 0..<count { clients.append(try RawClient(server.tcp)) }
        // Connections are made in order, so when the last one is answered all are there.
        try clients.last?.command("PING")
        idle.append((server.residentBytes - before) / Double(count))
        for client in clients { try client.command("PING") }
        used.append((server.residentBytes - before) / Double(count))
      }
      rows += idle.indices.map { [
        "\(count)", subjects[$0].name, figure(idle[$0]), ratio(idle[0], idle[$0]), figure(used[$0]),
        ratio(used[0], used[$0]),
      ] }
    }
    report.table(
      "Memory of idle connections", note: "Resident bytes of the server for each connection.",
      ["connections", "server", "untouched", "ratio", "after one PING", "ratio"], rows)
  }
}
