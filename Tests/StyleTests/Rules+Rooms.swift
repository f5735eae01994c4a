// Rules about the rooms: which folder may know of which, and that no command is forgotten.

extension Rule {
  private static let engine = "Sources/UnderstudyEngine"
  private static let commands = "\(engine)/Commands"

  static let families = Rule(
    name: "every family of commands is in the manifest",
    advice: "A family that `CommandManifest.all` does not name does not exist for clients. Give the folder a "
      + "`<Family>Commands.swift` with `enum <Family>Commands`, and name it in CommandManifest.",
    bad: [
      "\(commands)/CommandManifest.swift": "let all = AbcCommands.all\n",
      "\(commands)/Abc/AbcCommands.swift": "enum AbcCommands {}\n",
      "\(commands)/Xyz/XyzCommands.swift": "enum XyzCommands {}\n",
    ],
    good: [
      "\(commands)/CommandManifest.swift": "let all = AbcCommands.all\n",
      "\(commands)/Abc/AbcCommands.swift": "enum AbcCommands {}\n",
    ]
  ) { tree in
    let listed = tree.file("\(commands)/CommandManifest.swift").map(words) ?? []
    return families(tree).flatMap { family, files in
      let manifests = files.filter { $0.name.hasSuffix("Commands.swift") }
      guard let manifest = manifests.first, manifests.count == 1 else {
        return files.prefix(1).map { Violation($0, "\(family) has \(manifests.count) manifests") }
      }
      let name = String(manifest.name.dropLast(".swift".count))
      return listed.contains(name) ? [] : [Violation(manifest, "\(name) is not in CommandManifest")]
    }
  }

  static let manifests = Rule(
    name: "every command is in its family's manifest",
    advice: "A declaration that its family's `<Family>Commands.swift` does not name does not exist for clients. Name its "
      + "enclosing type there.",
    bad: [
      "\(commands)/Abc/AbcCommands.swift": "enum AbcCommands { static var all: [Command] { [OneCommand.command] } }\n",
      "\(commands)/Abc/One.swift": "enum OneCommand {\n  static let command = Command(\"one\")\n}\n",
      "\(commands)/Abc/Two.swift": "enum TwoCommand {\n  static let command = Command(\"two\")\n}\n",
    ],
    good: [
      "\(commands)/Abc/AbcCommands.swift": "enum AbcCommands { static var all: [Command] { [OneCommand.command] } }\n",
      "\(commands)/Abc/One.swift": "enum OneCommand {\n  static let command = Command(\"one\")\n}\n",
      "\(commands)/Abc/Options.swift": "struct Options {}\n",
    ]
  ) { tree in
    families(tree).flatMap { family, files -> [Violation] in
      let wordsByPath = Dictionary(uniqueKeysWithValues: files.map { ($0.path, words($0)) })
      return files.flatMap { file -> [Violation] in
        var type = ""
        var found: [Violation] = []
        for (index, line) in file.code.enumerated() {
          if let match = line.firstMatch(of: /^(?:package |private )?(?:enum|struct|extension) (\w+)/) {
            type = String(match.1)
          }
          guard line.holds("Command("), line.words.contains("Command"), line.hasSuffix("(") || line.holds("Command(\"")
          else { continue }
          // Named in the manifest, or by the declaration that takes it as its subcommand.
          let isNamed = files.contains { $0.path != file.path && wordsByPath[$0.path]?.contains(type) == true }
          if !isNamed && !file.name.hasSuffix("Commands.swift") && !found.contains(where: { $0.what.hasPrefix(type) }) {
            found.append(Violation(file, line: index + 1, "\(type) is not named in the manifest of \(family)"))
          }
        }
        return found
      }
    }
  }

  /// The files of each family's folder.
  private static func families(_ tree: SourceTree) -> [(String, [SourceFile])] {
    let files = tree.files.filter { $0.isSwift && $0.isIn(commands) && $0.folder != commands }
    return Dictionary(grouping: files, by: \.folder).sorted { $0.key < $1.key }
      .map { ($0.key.split(separator: "/").last.map { String($0) } ?? "", $0.value) }
  }

  private static func words(_ file: SourceFile) -> Set<String> { Set(file.code.flatMap(\.words)) }

  /// What a room of the engine may use of others: `Room`, or `Room.Type`. Rooms that are not named here may use all
  /// but commands, which only the table of the executor looks at.
  private static let walls: [String: Set<String>] = [
    "RESP": ["Structures.NumberText", "Structures.SharedBuffer"],
    "Structures": ["RESP.Bytes"],
    "Clock": ["Executor.Engine", "Executor.EngineState"],
    "Config": ["Declaration.Version", "Structures.NumberText", "Keyspace.NotificationClass", "ACL.UserDeclaration"],
    "Declaration": [
      "RESP.Bytes", "RESP.ReplyError", "Structures.NumberText", "Introspection.KeyFinder", "Executor.Context",
    ],
  ]

  static let rooms = Rule(
    name: "rooms of the engine keep to their walls",
    advice: "Structures that know the engine cannot be tested or reused alone, and a protocol that knows the keyspace is no "
      + "protocol. Pass in what is needed, or move the code to the room whose types it uses. The walls stand in "
      + "`Rule.walls`, and on the Architecture page.",
    bad: [
      "\(engine)/Executor/Session.swift": "package struct Session {}\n",
      "\(engine)/Structures/List.swift": "func f(_ session: Session) {}\n",
      "\(engine)/Keyspace/Entries.swift": "struct Entries {}\n",
      "\(engine)/RESP/Parser.swift": "let x = Entries()\n",
      "\(engine)/Commands/Set/SAdd.swift": "enum SAddCommand {}\n",
      "\(engine)/Keyspace/Database.swift": "let x = SAddCommand.command\n",
    ],
    good: [
      "\(engine)/Executor/Session.swift": "struct Session {}\nstruct Node {}\n",
      "\(engine)/RESP/Bytes.swift": "struct Bytes {}\n",
      "\(engine)/Structures/List.swift":
        "struct Node {}  // not a Session\nstruct List { struct Session {}; let x: Session; func f(_ bytes: Bytes) {} }\n",
      "\(engine)/Commands/Set/SAdd.swift": "enum SAddCommand { let x: Session }\n",
    ]
  ) { tree in
    let files = tree.files.filter { $0.isSwift && $0.isIn(engine) }
    // By path: what a file declares, at its top and nested.
    let declared = files.map { file in file.code.flatMap(declarations) }
    var homes: [String: Set<String>] = [:]
    for (file, declared) in zip(files, declared) {
      for type in declared where !type.isNested { homes[type.name, default: []].insert(room(file)) }
    }
    return zip(files, declared).flatMap { file, declared -> [Violation] in
      let here = room(file)
      // A nested type of the same name is this file's own.
      let own = Set(declared.map(\.name))
      return zip(1..., file.code).flatMap { number, line in
        line.words.compactMap { type -> Violation? in
          guard let home = homes[type], !home.contains(here), !own.contains(type), home.count == 1,
            let other = home.first, !mayUse(here, other, type)
          else { return nil }
          return Violation(file, line: number, "\(here) uses \(type), which lives in \(other)")
        }
      }
    }
  }

  /// The types that a line declares. One that does not begin the line is nested in another.
  private static func declarations(_ line: Substring) -> [(name: String, isNested: Bool)] {
    guard typeWords.contains(where: line.holds) else { return [] }
    let words = line.words
    let names = zip(words, words.dropFirst()).filter { typeWords.contains($0) && $1.first?.isUppercase == true }.map(\.1)
    return names.enumerated().map { ($1, line.hasPrefix(" ") || $0 > 0) }
  }

  private static let typeWords = ["struct", "class", "enum", "protocol", "typealias"]

  private static func mayUse(_ room: String, _ other: String, _ type: String) -> Bool {
    guard let allowed = walls[room] else { return other != "Commands" || room == "Executor" }
    return allowed.contains(other) || allowed.contains("\(other).\(type)")
  }

  private static func room(_ file: SourceFile) -> String {
    String(file.path.dropFirst(engine.count + 1).split(separator: "/").first ?? "")
  }

  static let sockets = Rule(
    name: "the engine touches no socket",
    advice: "The engine is a state machine without IO: that is why it can be tested, simulated and replayed. Sockets belong to "
      + "UnderstudyServer; a command says what is to happen with a flag or an effect.",
    bad: [
      "\(engine)/Commands/Connection/Quit.swift": "understudy_close(descriptor)\n",
      "\(engine)/Executor/A.swift": "let n = write(2, base, count)\n",
      "\(engine)/Executor/B.swift": "internal import UnderstudyServer\n",
    ],
    good: [
      "\(engine)/RESP/A.swift": "understudy_copy(a, b, 1)\nreply.write(1)\n",
      "\(engine)/Config/A.swift": "try read(text, 1)\nfunc read(_ text: Text, _ depth: Int) {}\n",
    ]
  ) { tree in
    tree.files.filter { $0.isIn(engine) && $0.isSwift }.flatMap { file in
      // A function of the file's own may be called as one of the system's.
      let calls = systemCalls.filter { call in !file.code.contains { $0.holds("func \(call)") } }
      return zip(1..., file.code).compactMap { number, line -> Violation? in
        if line.holds("understudy_") || line.holds("UnderstudyServer"),
          let word = line.words.first(where: { $0 == "UnderstudyServer" || isSocketFunction($0) })
        {
          return Violation(file, line: number, "“\(word)”")
        }
        guard calls.contains(where: line.holds) else { return nil }
        let match = line.firstMatch(of: /(?:^|[^.\w])(\w+\()(?=\w+, )/)
        return match.flatMap { calls.contains(String($0.1)) ? Violation(file, line: number, "“\($0.1)…)”") : nil }
      }
    }
  }

  static let conformance = Rule(
    "the conformance suite knows no server",
    "A suite that shares code with the server it judges shares its mistakes. It speaks RESP over sockets, with the client of "
      + "UnderstudyTestSupport, which must not know the server either.",
    bad: [
      "Conformance/Library/A.swift": "internal import UnderstudyEngine\n",
      "Conformance/Runner/B.swift": "import Understudy\n",
      "Tests/UnderstudyTestSupport/C.swift": "import UnderstudyServer\n",
      "Tests/ConformanceTests/D.swift": "@testable import UnderstudyTesting\n",
      "Conformance/Library/E.swift": "import CUnderstudyPlatform\n",
    ],
    good: [
      "Conformance/Library/A.swift": "internal import UnderstudyTestSupport  // not UnderstudyEngine\n",
      "Tests/ConformanceTests/B.swift": "import UnderstudyConformance\nimport Testing\n",
      "Sources/UnderstudyServer/C.swift": "internal import UnderstudyEngine\n",
    ],
    in: { $0.isSwift && $0.isIn("Conformance", "Tests/UnderstudyTestSupport", "Tests/ConformanceTests") }, hints: ["import"]
  ) { line in
    let words = line.words
    let allowed: Set = ["UnderstudyTestSupport", "UnderstudyConformance"]
    guard words.contains("import") else { return nil }
    return words.first { ($0.hasPrefix("Understudy") || $0.hasPrefix("CUnderstudy")) && !allowed.contains($0) }
      .map { "import of \($0)" }
  }

  private static let systemCalls = ["socket(", "bind(", "send(", "recv(", "write(", "read(", "close(", "open("]

  private static func isSocketFunction(_ word: String) -> Bool {
    ["close", "listen", "accept", "connect", "send", "receive", "read", "write", "poll", "epoll", "wake"]
      .contains { word.hasPrefix("understudy_\($0)") }
  }
}
