// `understudy run --per-worker`: a server for each worker, told by the control port, and one report of them all.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite(.enabled(if: ClientProgram.redisCLI.isAvailable(for: "what the workers of a run have")))
struct WorkerTests {
  /// A shell's functions for a worker's server: `worker NAME FIELD` and `say NAME COMMAND …`.
  private static func script(_ body: String) throws -> String {
    """
    control() { \(try ClientProgram.redisCLI.find()) -p $UNDERSTUDY_CONTROL_PORT "$@"; }
    worker() { control LAB.WORKER "$1" | sed -n "/^$2\\$/{n;p;}"; }
    say() { port=$(worker "$1" port); shift; \(try ClientProgram.redisCLI.find()) -p "$port" "$@"; }
    \(body)
    """
  }

  private func run(_ options: [String], _ body: String) throws -> ProgramRun {
    try ProgramRun(["run"] + options + ["--", "sh", "-c", try Self.script(body)])
  }

  @Test func eachWorkerHasItsOwnServer() throws {
    let folder = try TestFolder()
    let report = try folder.file("report.json")
    let run = try run(
      ["--per-worker", "--seed", "7", "--emulate-version", "7.0", "--report", report],
      """
      echo $UNDERSTUDY_PER_WORKER
      say gw0 set k zero; say gw1 set k one; say gw0 get k; say gw1 get k
      \(try ClientProgram.redisCLI.find()) -p $REDIS_PORT get k
      [ "$(worker gw0 port)" = "$(worker gw0 port)" ] && [ "$(worker gw0 port)" != "$(worker gw1 port)" ] && echo idempotent
      worker gw0 url | sed 's/[0-9]*$//'
      say gw1 config get emulate-version | tail -1
      """)
    #expect(run.output == "1\nOK\nOK\nzero\none\n\nidempotent\nredis://127.0.0.1:\n7.0.0\n", "\(run.output) \(run.errors)")
    #expect(run.status == 0 && run.errors.contains("\ngw0 ") && run.errors.contains("\ngw1 "), "\(run.errors)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: report))) as? [String: Any])
    let ledger = try #require(json["ledger"] as? [String: Any])
    let connections = try #require(ledger["connections"] as? [[String: Any]])
    #expect(Set(connections.compactMap { $0["endpoint"] as? String }) == ["default", "gw0", "gw1"])
    // One number, one client.
    #expect(Set(connections.compactMap { $0["id"] as? Int }).count == connections.count && connections.count == 6)
    #expect((ledger["total"] as? [String: Any])?["opens"] as? Int == 6)
  }

  /// A finding of any worker is one of the run.
  @Test func workersAreJudgedTogether() throws {
    let lines = "WATCH k\\nGETSET k 1\\nMULTI\\nINCR k\\nEXEC\\n"
    let run = try run(["--per-worker"], "printf '\(lines)' | say gw3 > /dev/null; say gw4 ping")
    #expect(run.status == 1 && run.output == "PONG\n")
    #expect(run.errors.contains("certain  tx.self-dirtied  gw3"), "\(run.errors)")
  }

  @Test func withoutTheOptionThereAreNone() throws {
    let run = try run(["--quiet"], "echo \"[$UNDERSTUDY_PER_WORKER]\"; control LAB.WORKER gw0; control LAB.WORKER 'a b'")
    #expect(run.output.hasPrefix("[]\nERR this server starts none for workers"))
    #expect(run.output.contains("ERR an endpoint's name consists of printable ASCII"))
  }

  /// What one worker does to its server concerns nobody else.
  @Test func aWorkersServerMayEnd() throws {
    let folder = try TestFolder()
    let socket = try folder.file("s")
    let run = try run(
      ["--per-worker", "--unixsocket", socket, "--requirepass", "secret"],
      """
      worker gw0 unix-socket; worker gw0 url | sed 's/[0-9]*$//'
      say gw0 -a secret --no-auth-warning shutdown nosave; say gw1 -a secret --no-auth-warning ping
      """)
    #expect(run.output == "\(socket).gw0\nredis://:secret@127.0.0.1:\nPONG\n", "\(run.output) \(run.errors)")
    #expect(run.status == 0 && run.errors.contains("worker gw0"))
    #expect(!FileManager.default.fileExists(atPath: "\(socket).gw1"))
  }
}
