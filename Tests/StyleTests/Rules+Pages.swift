// Rules about the documentation: that links lead somewhere, and that every page is reached.

extension Rule {
  private static let catalogue = "Sources/Understudy/Documentation.docc"

  static let links = Rule(
    name: "links lead somewhere",
    advice: "A dead link costs the reader's trust. Write the page, or mend the link.",
    bad: [
      "\(catalogue)/Understudy.md": "- <doc:NotThere>\n", "README.md": "See [this](Sources/NotThere.md).\n",
    ],
    good: [
      "\(catalogue)/Understudy.md": "- <doc:Page>\n- <doc:Page#Part>\n", "\(catalogue)/Page.md": "# Page\n",
      "README.md": "See [this](\(catalogue)/Page.md) and [that](https://redis.io/docs).\n",
    ]
  ) { tree in
    let names = Set(tree.files.filter { $0.isPage && $0.folder == catalogue }.map { $0.name.dropLast(3) })
    return tree.files.filter { $0.isPage || $0.isIn("Sources") }.flatMap { file in
      zip(1..., file.comments).flatMap { number, line -> [Violation] in
        let pages = line.matches(of: /<doc:([^>#]+)/).filter { !names.contains($0.1) }
        let files = !file.isPage ? [] : line.matches(of: /\]\((?!https?:|#)([^)#]+)/).filter { match in
          let path = file.folder.isEmpty ? String(match.1) : "\(file.folder)/\(match.1)"
          return !tree.files.contains { $0.path == path || $0.path.hasPrefix(path + "/") }
        }
        return pages.map { Violation(file, line: number, "no page \($0.1)") }
          + files.map { Violation(file, line: number, "no file \($0.1)") }
      }
    }
  }

  static let pages = Rule(
    name: "every page is reached from the front page",
    advice: "A page that nothing links to is read by nobody. Name it under Topics in Understudy.md.",
    bad: ["\(catalogue)/Understudy.md": "# Understudy\n", "\(catalogue)/Lost.md": "# Lost\n"],
    good: ["\(catalogue)/Understudy.md": "- <doc:Found>\n", "\(catalogue)/Found.md": "# Found\n"]
  ) { tree in
    guard let front = tree.file("\(catalogue)/Understudy.md") else { return [] }
    return tree.files.filter { $0.isPage && $0.folder == catalogue && $0.path != front.path }.compactMap { page in
      front.text.contains("<doc:\(page.name.dropLast(3))>") ? nil : Violation(page, "not named in Understudy.md")
    }
  }

  static let namedTests = Rule(
    name: "tests that pages name exist",
    advice: "Whoever reads that a test holds something looks for it. Name it as `Suite.test`, or `Suite`, as it is called now.",
    bad: [
      "\(catalogue)/Page.md": "| `LifeTests.ends` |\n", "Tests/LifeTests.swift": "struct LifeTests {\n  func begins() {}\n}\n",
    ],
    good: [
      "\(catalogue)/Page.md": "| `LifeTests.begins` `LifeTests` |\n",
      "Tests/LifeTests.swift": "struct LifeTests {\n  func begins() {}\n}\n",
    ]
  ) { tree in
    let suites = tree.files.filter { $0.isSwift && $0.isIn("Tests") && $0.name.contains("Tests") }
    return tree.files.filter { $0.isPage && $0.folder == catalogue }.flatMap { page in
      zip(1..., page.lines).flatMap { number, line in
        line.matches(of: /`(\w+Tests)(?:\.(\w+))?`/).compactMap { match in
          let exists = suites.contains { file in
            file.text.contains("struct \(match.1) ") && match.2.map { file.text.contains("func \($0)(") } ?? true
          }
          return exists ? nil : Violation(page, line: number, "no test \(match.0)")
        }
      }
    }
  }

  static let advisories = Rule(
    name: "the page of security names the advisories that are tested",
    advice: "A number stands in Security.md and beside the attack in AdvisoryTests.swift, or in neither.",
    bad: ["\(catalogue)/Security.md": "CVE-2000-1\n", "Tests/AdvisoryTests.swift": "// CVE-2000-2\n"],
    good: ["\(catalogue)/Security.md": "CVE-2000-1\n", "Tests/AdvisoryTests.swift": "// CVE-2000-1\n"]
  ) { tree in
    guard let page = tree.file("\(catalogue)/Security.md"),
      let tests = tree.files.first(where: { $0.name == "AdvisoryTests.swift" })
    else { return [] }
    func numbers(_ lines: some Sequence<Substring>) -> Set<Substring> {
      Set(lines.flatMap { line in line.matches(of: /CVE-\d+-\d+/).map(\.output) })
    }
    let told = numbers(page.lines.filter { $0.hasPrefix("|") || !$0.contains("(CVE") }), tested = numbers(tests.lines)
    let elsewhere: Set<Substring> = ["CVE-2023-45145"]
    return tested.subtracting(told).map { Violation(page, "\($0) is tested and not named") }
      + told.subtracting(tested).subtracting(elsewhere).map { Violation(tests, "\($0) is named and not tested") }
  }
}
