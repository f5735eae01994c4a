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
}
