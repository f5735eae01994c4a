// Rules of access, one by one and in rows, against the real server: the reply to ACL SETUSER, and what GETUSER and LIST say
// of the user then.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "ACLRulesOracleTests")))
struct ACLRulesOracleTests {
  private static let hash = String(repeating: "a", count: 64)

  /// Rows of rules for a new user; a blank divides them, `·` is a blank within one.
  static let rows = [
    "", "on", "ON >a >b >a", "nopass >a", ">a nopass", "#\(hash)", "#\(hash.uppercased())", "#abc", "<a",
    "!\(hash)", "!abc",
    ">a <a", "~a ~b ~a", "%R~a %W~a", "%RW~b", "%~c", "%RW", "%R", "%", "%rw~x", "%RR~x", "%X~a", "~*",
    "~* ~a",
    "allkeys %R~a", "%RW~*", "~a·b", "~a\0b", "&a", "&* &a", "&a &b &a", "allchannels", "resetchannels",
    "&a·b", "foo",
    "+foo", "+@foo", "-foo", "+get|a", "+GET|A", "+select|0 +select|1 +select|0", "+SELECT|FoO +select|foo",
    "+select|",
    "+config|", "+config|get", "+CONFIG|GET", "+config|get|x", "+get|a|b", "-config|get", "-get|a",
    "+debug|object +debug",
    "+debug|object -debug", "+debug|a -debug|a", "+@all -get", "+@all -get +get", "allcommands", "nocommands",
    "+@ALL",
    "-@all +@read", "+@all -@dangerous", "+@read -get", "+@write +@read", "+config -config|set",
    "+@all -client +client|id", "(+get·~a)", "(·+get··~a·)", "(+get ~a)", "(", ")", "()", "(+get·~a)·",
    "(on)", "(+get )",
    "x( )", "((+get·~a))", "(+get·\"~a\")", "(+get·'~a)", "(+get)·x", "(+get·~a on nopass",
    "(+get·~a) (+set·~b) clearselectors",
    "sanitize-payload", "skip-sanitize-payload", "skip-sanitize-payload sanitize-payload", "reset",
    "on >a ~a +get (+get) reset", "resetpass", "resetkeys", "off", "clearselectors", "(+@all·-get·~*·&*)",
    "(&*·&fail)",
    "(+foo)", "on\0x", ">", "<", "#", "!", "~", "&", "+", "-", "+@", "@all", "+|a", "+|", "~é", "&é", "ONX",
    "+multi -@all",
    "+@all +select|0", "+@all -select +select|0", "-@all +select|0 -@connection", "+select|0 +@connection",
    "+@pubsub +publish", "+@transaction -exec", "+@hash -hget", "+@all -@set -@hash", "+@all -@all +@set",
    "+get +get -get",
    "+@stream +xinfo|stream", "-@stream +xgroup -xgroup|create", "+client|id +client|getname -client",
    "+@bitmap -@read",
    "on nopass +@all ~* &*", "on nopass +@all ~* &* resetkeys ~x resetchannels &y",
    "(~a·+get·%R~b·&c) (%W~d·-@all·+@list)",
    "+a\0b", "+get\0b", ">p\0q <p", "~x off ~y on", "+@string -set -get -mget", "+@all -@string +get +set",
  ]

  @Test func rulesOfANewUser() throws {
    let both = try OracleComparison()
    for row in Self.rows { try compare([row], both) }
  }

  /// Rules that are given one after the other, the second to a user that is there.
  @Test func rulesInSteps() throws {
    let both = try OracleComparison()
    for rows in [
      ["on >a ~x +get", "foo"], ["+@all", "-get", "-set", "+get"], ["~a", "~*", "~b"],
      ["(+get)", "(+foo)", "(+set)"],
      ["on >a", ">b (", "<a"], ["+@read", "+@write", "-@read"], ["&*", "resetchannels &x"],
      ["+select|0", "+select|1", "-select"],
      ["reset", "on", "~y +@all", "reset"], ["nopass", "resetpass", ">x"], ["on >a ~x", "~y +bogus >b"],
    ] {
      try compare(rows, both)
    }
  }

  private func compare(_ rows: [String], _ both: OracleComparison) throws {
    for version in [2, 3] {
      _ = try both.replies(["ACL", "DELUSER", "user"], protocol: version)
      var calls = rows.map { ["ACL", "SETUSER", "user"] + words($0) }
      calls += [["ACL", "GETUSER", "user"], ["ACL", "LIST"]]
      for call in calls {
        let (ours, theirs) = try both.replies(call, protocol: version)
        #expect(
          ACLComparison.ordered(ours) == ACLComparison.ordered(theirs),
          "\(rows), \(call[1]) in RESP\(version)")
      }
    }
  }

  private func words(_ row: String) -> [String] {
    row.split(separator: " ").map { String($0.map { $0 == "·" ? " " : $0 }) }
  }

  @Test func passwordsOfAllLengths() throws {
    let both = try OracleComparison()
    for length in Array(0...130) + [1000, 4096, 65_537] {
      let password = String(repeating: "pass", count: length / 4) + "word".prefix(length % 4)
      _ = try both.replies(["ACL", "SETUSER", "user", "reset", ">\(password)"], protocol: 2)
      let (ours, theirs) = try both.replies(["ACL", "GETUSER", "user"], protocol: 2)
      #expect(ours == theirs, "\(length) bytes")
    }
  }

  @Test func categories() throws {
    let both = try OracleComparison()
    try both.expectEqual("ACL", "CAT")
    for name in ["foo", "READ2", "@read", "all", ""] { try both.expectEqual("ACL", "CAT", name) }
    let known = try both.replies(["COMMAND", "LIST"], protocol: 2).ours
    for category in ACLCategories.names {
      let (ours, theirs) = try both.replies(["ACL", "CAT", "\(category.1)"], protocol: 2)
      func names(_ reply: String) -> Set<String> {
        Set(reply.components(separatedBy: "\r\n").filter { $0.first?.isLetter == true })
      }
      // Of commands that are not there yet nothing can be said.
      let comparable = names(known).union(names(known).map { String($0.prefix { $0 != "|" }) })
      #expect(names(ours) == names(theirs).intersection(comparable), "\(category.1)")
    }
  }

  @Test func formsOfTheCommand() throws {
    let both = try OracleComparison()
    for line in [
      "ACL", "ACL FOO", "ACL LIST", "ACL LIST x", "ACL USERS", "ACL USERS x", "ACL WHOAMI", "ACL WHOAMI x",
      "ACL GETUSER",
      "ACL GETUSER default", "ACL GETUSER nobody", "ACL SETUSER", "ACL SETUSER a·b on", "ACL SETUSER a\0b",
      "ACL SETUSER x",
      "ACL USERS", "ACL DELUSER", "ACL DELUSER default", "ACL DELUSER x x y", "ACL DELUSER x default",
      "ACL CAT a b",
      "ACL GENPASS 0", "ACL GENPASS 4097", "ACL GENPASS -1", "ACL GENPASS abc", "ACL GENPASS 1 2", "ACL LOG",
      "ACL LOG x",
      "ACL LOG -1", "ACL LOG reset", "ACL LOG RESET x", "ACL LOAD", "ACL SAVE", "ACL LOAD x",
      "ACL DRYRUN default",
      "ACL DRYRUN nobody GET", "ACL DRYRUN default GET", "ACL DRYRUN default foo x",
      "ACL DRYRUN default config x",
      "ACL DRYRUN default config", "ACL DRYRUN default config|get x", "ACL DRYRUN default GET x",
      "ACL HELP x",
      "ACL DRYRUN nobody\0x GET", "ACL DRYRUN default foo\0x",
    ] {
      let words = line.split(separator: " ").map { String($0.map { $0 == "·" ? " " : $0 }) }
      for version in [2, 3] {
        let (ours, theirs) = try both.replies(words, protocol: version)
        #expect(ours == theirs, "\(line) in RESP\(version)")
      }
    }
    for bits in ["1", "4", "5", "8", "255", "4096"] {
      let (ours, theirs) = try both.replies(["ACL", "GENPASS", bits], protocol: 2)
      #expect(ours.utf8.count == theirs.utf8.count, "\(bits) bits")
    }
  }
}
