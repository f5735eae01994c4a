// Packages of the program, as far as they are cheap to make: the Debian package of the program that is built for the tests,
// and the systemd unit. What takes long (the static build, images) is run by hand; the folder's README says what was.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct PackagingTests {
  private static let folder = "\(TestEnvironment.repository)/Sources/UnderstudyCommand/Packaging"

  @Test(.enabled(if: TestEnvironment.executable(named: "dpkg-deb") != nil))
  func theDebianPackageHasItAll() throws {
    let folder = try TestFolder()
    // The program itself would be a hundred megabytes: a script in its place passes on what it is asked.
    let program = try folder.file("understudy", "#!/bin/sh\nexec '\(try ProgramRun.understudy)' \"$@\"\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let made = try ProgramRun(
      of: "/usr/bin/env", ["DEB_COMPRESSION=none", "\(Self.folder)/debian-package", program, folder.path])
    try #require(made.status == 0, "\(made.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".deb") }
    let name = try #require(names.first)
    #expect(names.count == 1 && name.contains(#/^understudy_\d+\.\d+\.\d+_\w+\.deb$/#))
    let tool = try #require(TestEnvironment.executable(named: "dpkg-deb"))
    let contents = try ProgramRun(of: tool, ["--contents", "\(folder.path)/\(name)"]).output
    for path in [
      "usr/bin/understudy", "usr/share/man/man1/understudy.1.gz", "usr/share/bash-completion/completions/understudy",
      "usr/share/zsh/vendor-completions/_understudy", "usr/share/fish/vendor_completions.d/understudy.fish",
      "usr/lib/systemd/system/understudy.service", "etc/understudy.conf",
    ] { #expect(contents.contains("./\(path)\n"), "\(path)") }
    #expect(!contents.contains(#/ (?!root\/root)\w+\/\w+ +\d+ \d{4}-/#))
    let field = try ProgramRun(of: tool, ["--field", "\(folder.path)/\(name)", "Version"]).output
    #expect(name.contains("_\(field.trimmingCharacters(in: .newlines))_"))
  }

  /// Its configuration is one that the program takes, and its unit one that systemd does.
  @Test func theServiceCanStart() throws {
    let folder = try TestFolder()
    let socket = try folder.file("s")
    let server = try UnderstudyProcess(leading: ["\(Self.folder)/understudy.conf"], ["--unixsocket", socket])
    #expect(try RawClient(server.tcp).command("PING") == .simple("PONG"))
    guard let tool = TestEnvironment.executable(named: "systemd-analyze") else { return }
    // The program stands where the package puts it.
    let text = try String(contentsOfFile: "\(Self.folder)/understudy.service", encoding: .utf8)
    let unit = try folder.file(
      "understudy.service", text.replacing("/usr/bin/understudy", with: try ProgramRun.understudy).replacing("Documentation=", with: "#"))
    let run = try ProgramRun(of: tool, ["verify", "--man=no", unit])
    #expect(run.status == 0 && !run.errors.contains("understudy.service"), "\(run.errors)")
  }

  @Test func scriptsAreWellFormed() throws {
    for name in ["build-static", "debian-package"] {
      let run = try ProgramRun(of: "/usr/bin/env", ["bash", "-n", "\(Self.folder)/\(name)"])
      #expect(run.status == 0, "\(run.errors)")
    }
  }
}
