// Users that the configuration declares or a file names, and what stops the start, in redis-server's words.

import Foundation
import Testing
import UnderstudyTestSupport

@Suite struct UsersAtStartTests {
  private static let end =
    "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
  private static let unknown = "Unknown command or category name in ACL"

  /// Files of users and what redis-server 7.0.15 says of them; `%` is the file's name.
  static let files: [(String, String)] = [
    ("user alice on\nuser alice off\n", "WARNING: Duplicate user 'alice' found on line 2. \(end)"),
    ("user default on\nuser default on\n", "WARNING: Duplicate user 'default' found on line 2. \(end)"),
    ("alice on\n", "%:1 should start with user keyword followed by the username. \(end)"),
    ("# a comment\nuser a on\n", "%:1 should start with user keyword followed by the username. \(end)"),
    ("\nuser\n", "%:2 should start with user keyword followed by the username. \(end)"),
    ("user\ta on\n", "%:1 should start with user keyword followed by the username. \(end)"),
    ("user a\ton\n", "'%:1: username 'a\ton' contains invalid characters. \(end)"),
    ("user  a on\n", "%:1: Syntax error. \(end)"), ("user a \"on\"\n", "%:1: Syntax error. \(end)"),
    (
      "user a foo +bar ~x ~* ~y\n",
      "%:1: Syntax error. %:1: Error in applying operation '+bar': \(unknown). \(end)"
    ),
    ("user a (+get ~x\n", "%:1: Unmatched parenthesis in selector definition.\(end)"),
    ("user a (+get ~x)\nuser b (+foo)\n", "%:2: Error in applying operation '(+foo)': \(unknown). \(end)"),
    (
      "user a foo\nuser b foo\nbad\n",
      "%:1: Syntax error. %:2: Syntax error. %:3 should start with user keyword followed by the username. \(end)"
    ),
    ("user a on\0\nuser b foo\n", "%:1: Syntax error. \(end)"),
  ]

  @Test(arguments: files)
  func faultyFilesOfUsers(text: String, fault: String) throws {
    let folder = try TestFolder()
    let path = try folder.file("x.acl", text)
    let fault = fault.replacingOccurrences(of: "%", with: path)
    let run = try ProgramRun(["--port", "auto", "--aclfile", path])
    #expect(run.status == 1)
    #expect(run.output.hasSuffix(" # Aborting Redis startup because of ACL errors: \(fault)\n"))
    guard let oracle = OracleServer.path else { return }
    let theirs = try ProgramRun(of: oracle, ["--port", "\(try freePort())", "--save", "", "--aclfile", path])
    #expect(theirs.output.hasSuffix(" # Aborting Redis startup because of ACL errors: \(fault)\n"))
  }

  @Test func aFileOfUsersThatIsNotThere() throws {
    let run = try ProgramRun(["--port", "auto", "--aclfile", "/nonexistent/x.acl"])
    #expect(run.status == 1)
    let fault = "Error loading ACLs, opening file '/nonexistent/x.acl': No such file or directory"
    #expect(run.output.hasSuffix(" # Aborting Redis startup because of ACL errors: \(fault)\n"))
  }

  @Test func usersInBothPlaces() throws {
    let folder = try TestFolder()
    let path = try folder.file("x.acl", "")
    let run = try ProgramRun(["--port", "auto", "--aclfile", path, "--user", "a", "on"])
    #expect(run.status == 1)
    #expect(
      run.output.contains(
        " # Configuring Redis with users defined in redis.conf and at the same setting an ACL file"))
  }

  /// Lines of a configuration file, and what redis-server 7.0.15 says of them: on the standard error, with the line, or in
  /// the log.
  static let declarations: [(String, String)] = [
    ("user", "Bad directive or wrong number of arguments"),
    ("user a foo", "Error in user declaration 'user': Syntax error"),
    ("user a on foo", "Error in user declaration 'a': Syntax error"),
    ("user a \"on\" \"~x y\"", "Error in user declaration 'a': Syntax error"),
    (
      "user a on\nuser a off",
      "Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files"
    ),
    (
      "user a #abc",
      "Error in user declaration 'user': The password hash must be exactly 64 characters and contain only lowercase "
        + "hexadecimal characters"
    ),
  ]

  @Test(arguments: declarations)
  func faultyDeclarations(text: String, fault: String) throws {
    let folder = try TestFolder()
    let path = try folder.file("redis.conf", text + "\n")
    let last = text.split(separator: "\n").last ?? ""
    let number = text.split(separator: "\n").count
    let expected = "at line \(number)\n>>> '\(last)'\n\(fault)\n"
    let run = try ProgramRun([path, "--port", "auto"])
    #expect(run.status == 1)
    #expect(run.errors.hasSuffix(expected))
    guard let oracle = OracleServer.path else { return }
    #expect(try ProgramRun(of: oracle, [path, "--port", "\(try freePort())"]).errors.hasSuffix(expected))
  }

  static let laterFaults: [(String, String)] = [
    ("user a +foo", "Error loading ACL rule '+foo' for the user named 'a': \(unknown)"),
    ("user a (+foo)", "Error loading ACL rule '(+foo)' for the user named 'a': \(unknown)"),
    ("user a +get|x|y", "Error loading ACL rule '+get|x|y' for the user named 'a': \(unknown)"),
    ("user \"a b\" on", "Spaces not allowed in ACL usernames"),
  ]

  @Test(arguments: laterFaults)
  func declarationsThatCannotBeCarriedOut(text: String, fault: String) throws {
    let folder = try TestFolder()
    let path = try folder.file("redis.conf", text + "\n")
    let run = try ProgramRun([path, "--port", "auto"])
    #expect(run.status == 1)
    func isToldBy(_ run: ProgramRun) -> Bool {
      let lines = run.output.split(separator: "\n").suffix(2)
      return lines.first?.hasSuffix(" # \(fault)") == true
        && lines.last?.hasSuffix(" # Critical error while loading ACLs. Exiting.") == true
    }
    #expect(isToldBy(run))
    guard let oracle = OracleServer.path else { return }
    #expect(isToldBy(try ProgramRun(of: oracle, [path, "--port", "\(try freePort())"])))
  }

  @Test func usersOnTheCommandLineAndInAFile() throws {
    let folder = try TestFolder()
    let server = try UnderstudyProcess(["--user", "alice", "on", ">pw", "(+get ~a*)", "--user", "bob", "off"])
    let client = try RawClient(server.tcp)
    #expect(try client.command("ACL", "USERS").texts == ["alice", "bob", "default"])
    #expect(try client.command("AUTH", "alice", "pw").text == "OK")
    #expect(try client.command("GET", "abc") == .nullBulk)
    #expect(try client.command("GET", "b").text == "NOPERM No permissions to access a key")
    // A user is written to its file, and read again.
    let path = try folder.file("users.acl", "user default on nopass ~* &* +@all\n")
    let other = try UnderstudyProcess(["--aclfile", path])
    let admin = try RawClient(other.tcp)
    try admin.command("ACL", "SETUSER", "carol", "on", ">pw", "+get", "~c*")
    #expect(try admin.command("ACL", "SAVE").text == "OK")
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("user carol on sanitize-payload #"))
    try admin.command("ACL", "DELUSER", "carol")
    #expect(try admin.command("ACL", "LOAD").text == "OK")
    #expect(try admin.command("AUTH", "carol", "pw").text == "OK")
  }
}
