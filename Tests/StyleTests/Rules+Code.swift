// Rules about what code may say.

extension Rule {
  static let sleeping = Rule(
    "no test sleeps",
    "A sleep is too short on a slow machine and too long on every other. Wait for a state: `wait(until:)`, a reply, a push.",
    bad: [
      "Tests/A/Sleeper.swift": "try await Task.sleep(for: .seconds(1))\n",
      "Tests/A/Napper.swift": "usleep(10)\n", "Tests/A/Thread.swift": "Thread.sleep(forTimeInterval: 1)\n",
      "Tests/A/sleeper.py": "    time.sleep(1)\n",
    ],
    good: ["Tests/A/Awake.swift": "try client.command(\"DEBUG sleep(1)\")  // sleep(1)\n"],
    in: { $0.isIn("Tests", "Conformance") && ($0.isSwift || $0.isPython) }, hints: ["sleep"]
  ) { line in
    line.firstMatch(of: /(?:\w+\.)?(?:u|nano)?sleep\s*\(/).map { String($0.0) }
  }

  private static let traps = ["fatalError", "precondition", "preconditionFailure", "unsafelyUnwrapped"]

  static let trapping = Rule(
    "nothing can trap",
    "A library that can trap takes its host program down. Throw a typed error, answer an error, or use `guard`.",
    bad: [
      "Sources/A/Try.swift": "let x = try! f()\n", "Sources/A/Cast.swift": "let x = y as! Int\n",
      "Sources/A/Fatal.swift": "fatalError()\n", "Sources/A/Check.swift": "precondition(x > 0)\n",
      "Sources/A/Failure.swift": "Swift.preconditionFailure()\n", "Sources/A/Unwrap.swift": "let x = y!\n",
      "Sources/A/Element.swift": "let x = y[0]!.z\n", "Sources/A/Implicit.swift": "var x: Int!\n",
      "Sources/A/Interpolated.swift": "let x = \"\\(y!)\"\n",
      "Sources/A/Unchecked.swift": "let x = y.unsafelyUnwrapped\n",
    ],
    good: ["Sources/A/Fine.swift": "if !x && y != z { f(\"a!\") }  // wow!\n"],
    in: { $0.isIn("Sources") && $0.isSwift }, hints: ["!"] + traps
  ) { line in
    line.words.first { traps.contains($0) }.map { "“\($0)”" }
      ?? line.firstMatch(of: /[\w)\]>]!(?!=)/).map { "“\($0.0)”" }
  }

  static let foundation = Rule(
    "no Foundation below the program",
    "Foundation costs start time, size and a dependency on Linux. What the engine needs of the system is in "
      + "CUnderstudyPlatform.",
    bad: [
      "Sources/UnderstudyEngine/A.swift": "import Foundation\n",
      "Sources/Understudy/A.swift": "internal import struct Foundation.Date\n",
      "Sources/UnderstudyTesting/A.swift": "public import FoundationEssentials\n",
      "Sources/UnderstudyServer/A.swift": "import Dispatch\n",
    ],
    good: ["Sources/UnderstudyCommand/A.swift": "import Foundation\n"],
    in: { $0.isIn("Sources") && !$0.isIn("Sources/UnderstudyCommand") && $0.isSwift }, hints: ["import"]
  ) { line in
    let system = line.words.first { $0.hasPrefix("Foundation") || ["Dispatch", "Glibc", "Musl", "Darwin"].contains($0) }
    return line.words.contains("import") ? system.map { "import of \($0)" } : nil
  }

  /// Where files may say `unsafe`. Files of commands and of the public library may not: what they need is offered in
  /// safe form by these.
  static let unsafeRooms =
    ["RESP", "Structures", "Keyspace", "Executor", "Clock", "Lab", "Lab/Snapshots", "Blocking", "PubSub", "Transactions", "Scripting",
      "Introspection", "Tracking", "ACL"].map { "Sources/UnderstudyEngine/\($0)" } 
    + ["Sources/UnderstudyServer", "Sources/UnderstudyTLS", "Sources/UnderstudyCommand"]

  static let unsafeFiles = Rule(
    name: "unsafe code is rare, and says what keeps it safe",
    advice: "A file that says `unsafe` says at its top “This file may say `unsafe`. What keeps it safe: …”, and lies in "
      + "one of `Rule.unsafeRooms`. Move the unsafe part there behind a safe function, or state its reason.",
    bad: [
      "Sources/UnderstudyEngine/Commands/Set/SAdd.swift":
        "// SADD. This file may say `unsafe`. What keeps it safe: luck.\nlet x = unsafe y\n",
      "Sources/UnderstudyEngine/RESP/Silent.swift": "// A parser.\nlet x = unsafe y\n",
      "Sources/Understudy/A.swift": "nonisolated(unsafe) var x = 1\n",
    ],
    good: [
      "Sources/UnderstudyEngine/RESP/Bytes.swift":
        "// Bytes. This file may say `unsafe`. What keeps it safe: it\n// never owns.\nlet x = unsafe y\n",
      "Sources/UnderstudyEngine/Commands/Set/SPop.swift": "// Not unsafe.\n",
    ]
  ) { tree in
    tree.files.filter { $0.isIn("Sources") && $0.isSwift }.compactMap { file in
      guard let index = file.code.firstIndex(where: { $0.holds("unsafe") && $0.words.contains("unsafe") }) else { return nil }
      if !unsafeRooms.contains(where: { file.isIn($0) }) { return Violation(file, line: index + 1, "`unsafe` outside its rooms") }
      let heading = file.heading.replacing("\n// ", with: " ")
      let says = heading.contains(/This file (?:may say|says) `unsafe`\. What keeps it safe: [`\w]/)
      return says ? nil : Violation(file, line: index + 1, "`unsafe`, and the heading does not say what keeps it safe")
    }
  }

  static let documented = Rule(
    name: "what is public has a docstring",
    advice: "Users read the documentation, not the source. Say what it does, what it throws, and what it leaves alone.",
    bad: [
      "Sources/Understudy/A.swift": "/// A.\npublic struct A {\n  public var b = 1\n}\n",
      "Sources/Understudy/B.swift": "/// B.\npublic enum B {\n  case c\n}\n",
      "Sources/UnderstudyTesting/C.swift": "@frozen\npublic struct C {}\n",
    ],
    good: [
      "Sources/Understudy/A.swift":
        "public import B\n\n/// A.\n@frozen\npublic enum A {\n  /// B.\n  case b\n\n  func c() { switch self { case .b: 1 } }\n}\n",
      "Sources/UnderstudyEngine/A.swift": "public struct A {}\n",
    ]
  ) { tree in
    let folders = ["Sources/Understudy", "Sources/UnderstudyTesting", "Sources/UnderstudyTLS"]
    return tree.files.filter { file in file.isSwift && folders.contains { file.isIn($0) } }.flatMap { file in
      undocumented(file).map { Violation(file, line: $0 + 1, "no docstring: \(file.lines[$0].trimmed)") }
    }
  }

  /// The lines of public declarations, and of cases of public enums, with no docstring above them.
  private static func undocumented(_ file: SourceFile) -> [Int] {
    var found: [Int] = []
    var depth = 0
    var enums: [Int] = []
    for (index, line) in file.code.enumerated() {
      let text = line.trimmed
      let words = text.holds("public") ? text.words : []
      let declares = words.contains("public") && !words.contains("import") && !text.hasPrefix("public extension")
      let isCase = text.hasPrefix("case ") && enums.last == depth - 1
      if declares || isCase {
        var above = index - 1
        while above >= 0 && (file.code[above].trimmed.hasPrefix("@")) { above -= 1 }
        if above < 0 || !file.lines[above].trimmed.hasPrefix("///") { found.append(index) }
      }
      if declares && words.contains("enum") { enums.append(depth) }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
      while let last = enums.last, depth <= last { enums.removeLast() }
    }
    return found
  }
}

extension Substring {
  var trimmed: Substring {
    let start = drop { $0 == " " }
    let count = start.reversed().prefix { $0 == " " }.count
    return start.dropLast(count)
  }
}
