// Clients of other languages: node-redis, and hiredis in C. The programs lie in `Programs/`; each prints the names of its
// cases as they pass, and ends with an error at the first that does not.

import Testing
import UnderstudyTestSupport

@Suite struct OtherClientTests {
  private static let folder = "\(TestEnvironment.repository)/Tests/UnderstudyCommandTests/Programs"

  @Test(.enabled(if: ClientProgram.nodeRedis.isAvailable(for: "what node-redis does")))
  func nodeRedis() throws {
    let server = try UnderstudyProcess()
    try runNode(on: server, "redis://127.0.0.1:\(server.tcpPort)")
    try runNode(on: server, "unix://\(server.unixPath)")
  }

  @Test(
    .enabled(
      if: OracleServer.isAvailable(for: "what node-redis expects")
        && ClientProgram.nodeRedis.isAvailable(for: "what node-redis expects")))
  func nodeRedisWithTheRealServer() throws {
    let server = try OracleServer()
    try runNode(on: server, "unix://\(server.unixPath)")
  }

  @Test(.enabled(if: ClientProgram.hiredisCompiler.isAvailable(for: "what hiredis does")))
  func hiredis() throws {
    let folder = try TestFolder()
    let program = try folder.file("client")
    let made = try ProgramRun(
      of: ClientProgram.hiredisCompiler.find(),
      ["-Wall", "-Werror", "-O1", "-o", program, "\(Self.folder)/hiredis_client.c", "-lhiredis"])
    try #require(made.status == 0, "\(made.errors)")
    let server = try UnderstudyProcess()
    for arguments in [["tcp", "127.0.0.1", "\(server.tcpPort)"], ["unix", server.unixPath]] {
      let run = try ProgramRun(of: program, arguments)
      #expect(run.status == 0 && run.output == "values\npipeline\nlarge\ntransaction\nerrors\n", "\(run.output)\(run.errors)")
    }
  }

  private func runNode(on server: any TestServer, _ url: String) throws {
    let run = try ProgramRun(
      of: "/usr/bin/env", ["NODE_PATH=\(ClientProgram.nodeModules)", ClientProgram.nodeRedis.find(), "node_redis.mjs", url],
      in: Self.folder)
    // As many lines as there are cases.
    let text = try #require(readSmallFile("\(Self.folder)/node_redis.mjs"))
    let cases = text.matches(of: /\n  async '/).count
    #expect(run.status == 0, "\(server.name): \(run.output)\(run.errors)")
    #expect(cases > 0 && run.output.split(separator: "\n").count == cases, "\(run.output)\(run.errors)")
  }
}

extension TestServer {
  fileprivate var tcpPort: Int {
    if case .tcp(_, let port) = tcp { return Int(port) }
    return 0
  }

  fileprivate var unixPath: String {
    if case .unix(let path) = unix { return path }
    return ""
  }
}
