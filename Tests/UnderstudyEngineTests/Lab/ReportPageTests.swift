// The report's page in a real browser, without a screen: what it shows of a large run, and how soon.

import Foundation
import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: ClientProgram.chromium.isAvailable(for: "what the report's page shows")))
struct ReportPageTests {
  /// A run of 200 connections and 10,000 commands, some of which went wrong.
  private func run() throws -> LabReport {
    let harness = EngineHarness(seed: 1)
    harness.engine.withLock { harness.engine.setLedgerLevel(.full) }
    var clients: [HarnessClient] = []
    for index in 0..<200 {
      let client = harness.client()
      client.call("HELLO", "3", "SETNAME", "pool-\(index % 4)")
      clients.append(client)
    }
    for round in 0..<48 {
      for (index, client) in clients.enumerated() { client.call("INCR", "visits:\(index % 10):\(round % 3)") }
    }
    for client in clients.dropLast(10) { client.call("LPUSH", "visits:0:0", "x") }
    // Ten of them wait for ever.
    for client in clients.suffix(10) { client.call("BLPOP", "</script><b>none", "0") }
    var taken = try #require(harness.engine.withLock { harness.engine.labReport() })
    let numbers = taken.ledger.connections.map(\.identifier)
    taken.ledger.bite([.sample("cut", "truncate(3)", at: taken.duration / 4)])
    return LabReport(
      version: taken.version, seed: taken.seed, endpoints: taken.endpoints, ledger: taken.ledger,
      findings: FindingsReport([
        Finding.sample(
          "conn.leak", .high, by: "pool-0", Array(numbers.prefix(20)),
          "20 <i>connections</i> were opened while another one stood idle", evidence: "HELLO 3", fix: "Close them.",
          at: taken.duration / 2),
        Finding.sample("reply.desync", .certain, by: "pool-1", [numbers[30]], "a reply too many", at: taken.duration / 3),
      ], allowances: []),
      marks: [LabMark(kind: .checkpoint, connection: nil, time: taken.duration / 2)])
  }

  @Test func showsALargeRun() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("understudy-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("report.html")
    let page = try run().page
    #expect(page.utf8.count < 2_000_000)
    try page.write(to: file, atomically: true, encoding: .utf8)
    // Without a desktop it complains of much, and of nothing that matters here.
    let document = try ChildProcess.output(of: [
      "/bin/sh", "-c", "exec \"$@\" 2>/dev/null", "sh",
      try ClientProgram.chromium.find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(folder.path)/profile", "--window-size=1440,900", "--dump-dom", file.absoluteString,
    ], milliseconds: 120_000).joined(separator: "\n")

    let shown = try #require(document.firstMatch(of: /<html lang="en"([^>]*)>/)).1
    func figure(_ name: String) -> Int? {
      let parts = shown.components(separatedBy: "data-\(name)=\"")
      return parts.count == 2 ? Int(parts[1].prefix { $0 != "\"" }) : nil
    }
    #expect(figure("lanes") == 200 && figure("commands") == 10_000)
    #expect(figure("findings") == 2 && figure("faults") == 1 && figure("marks") == 1)
    // Those that a finding or a fault speaks of, and those that still wait.
    #expect(figure("flagged") == 22 && figure("stuck") == 10)
    let ready = try #require(figure("ready"), "the script did not come to its end: \(shown)")
    print("the report's page of 200 connections and 10,000 commands was ready after \(ready) ms")
    // Under a second on a machine that does nothing else; this one runs other tests.
    #expect(ready < 5_000)

    // The verdict, the findings in words, the tables.
    #expect(document.contains("<title>1 certain, 1 high findings · Understudy</title>"))
    #expect(document.components(separatedBy: "<article").count == 3)
    #expect(document.contains("20 &lt;i&gt;connections&lt;/i&gt; were opened"))
    #expect(document.contains("<b>Fix. </b>Close them."))
    for text in ["pool-0", "pool-3", "blpop", "truncate(3)", "checkpoint"] { #expect(document.contains(text), "\(text) is missing") }
    #expect(document.contains("aria-label=\"Timeline of 200 connections with 10,000 commands"))
    // What keys hold is text.
    #expect(!document.contains("<b>none"))
  }
}
