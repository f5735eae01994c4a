// How COMMAND tells of commands: everything is read off the declarations, in the shape of redis-server 7.0.15.

extension Command {
  /// All flags, those that follow from the key specs included.
  func allFlags(in version: Version) -> CommandFlags {
    let flags = flags(in: version)
    let isMovable = keys.contains { spec in
      guard case .index = spec.begin, case .range = spec.find else { return true }
      return false
    }
    return isMovable ? flags.union(.movableKeys) : flags
  }

  /// The subcommands that a version has.
  func subcommands(in version: Version) -> [Command] { subcommands.filter { $0.isKnown(in: version) } }
}

extension Reply {
  // MARK: COMMAND INFO

  /// One command as COMMAND INFO shows it: ten elements, of which the last are the same of each subcommand.
  func commandInfo(_ command: Command, name: String, version: Version) {
    array(10)
    bulk(name)
    integer(command.arity(in: version))
    let flags = command.allFlags(in: version)
    names(CommandFlags.names.filter { flags.contains($0.0) }.map(\.1))
    let range = command.keyRange
    integer(range.first)
    integer(range.last)
    integer(range.step)
    let categories = command.allCategories
    let shown = ACLCategories.names.filter { categories.contains($0.0) }
    set(shown.count)
    for category in shown {
      raw("+@")
      raw(category.1)
      raw("\r\n")
    }
    set(command.tips.count)
    for tip in command.tips { bulk(tip) }
    set(command.keys.count)
    for spec in command.keys { keySpec(spec) }
    let subcommands = command.subcommands(in: version)
    // An empty list is a set, a full one an array: so the real server has it.
    subcommands.isEmpty ? set(0) : array(subcommands.count)
    for subcommand in subcommands {
      commandInfo(subcommand, name: "\(name)|\(subcommand.name)", version: version)
    }
  }

  /// A set of simple strings.
  private func names(_ names: [StaticString]) {
    set(names.count)
    for name in names { simple(name) }
  }

  private func keySpec(_ spec: KeySpec) {
    map(spec.notes == nil ? 3 : 4)
    if let notes = spec.notes {
      bulk("notes")
      bulk(notes)
    }
    bulk("flags")
    names(KeySpec.Access.names.filter { spec.access.contains($0.0) }.map(\.1))
    bulk("begin_search")
    switch spec.begin {
    case .index(let index):
      kind("index", 1)
      field("index", index)
    case .keyword(let keyword, let from):
      kind("keyword", 2)
      bulk("keyword")
      bulk(keyword)
      field("startfrom", from)
    case .unknown:
      kind("unknown", 0)
    }
    bulk("find_keys")
    switch spec.find {
    case .range(let last, let step, let limit):
      kind("range", 3)
      field("lastkey", last)
      field("keystep", step)
      field("limit", limit)
    case .count(let at, let first, let step):
      kind("keynum", 3)
      field("keynumidx", at)
      field("firstkey", first)
      field("keystep", step)
    case .unknown:
      kind("unknown", 0)
    }
  }

  /// The type of a search, and the head of what specifies it.
  private func kind(_ type: StaticString, _ count: Int) {
    map(2)
    bulk("type")
    bulk(type)
    bulk("spec")
    map(count)
  }

  private func field(_ name: StaticString, _ value: Int) {
    bulk(name)
    integer(value)
  }

  // MARK: COMMAND DOCS

  /// One command as COMMAND DOCS shows it: its name and a map.
  func commandDocs(_ command: Command, name: String, version: Version) {
    // What a patch release has added is there: it is the last one that is emulated.
    let version = version.released
    let deprecation = command.deprecation.flatMap { Version($0.since).map { version.includes($0) } == true ? $0 : nil }
    let history = command.history.filter { Version($0.since).map { version.includes($0) } ?? true }
    let arguments = command.arguments.filter { $0.isKnown(in: version) }
    let subcommands = command.subcommands(in: version)
    var count = 4
    if deprecation != nil { count += 3 } else if command.isSystemCommand { count += 1 }
    if command.complexity.isEmpty { count -= 1 }
    if !history.isEmpty { count += 1 }
    if !arguments.isEmpty { count += 1 }
    if !subcommands.isEmpty { count += 1 }
    bulk(name)
    map(count)
    field("summary", command.summary)
    field("since", command.since.description)
    field("group", command.group.rawValue)
    if !command.complexity.isEmpty { field("complexity", command.complexity) }
    if let deprecation {
      bulk("doc_flags")
      names(["deprecated"])
      field("deprecated_since", deprecation.since)
      field("replaced_by", deprecation.replacement)
    }
    if deprecation == nil && command.isSystemCommand {
      bulk("doc_flags")
      names(["syscmd"])
    }
    if !history.isEmpty {
      bulk("history")
      set(history.count)
      for entry in history {
        array(2)
        bulk(entry.since)
        bulk(entry.change)
      }
    }
    if !arguments.isEmpty {
      bulk("arguments")
      argumentList(arguments, version: version)
    }
    if !subcommands.isEmpty {
      bulk("subcommands")
      map(subcommands.count)
      for subcommand in subcommands {
        commandDocs(subcommand, name: "\(name)|\(subcommand.name)", version: version)
      }
    }
  }

  private func field(_ name: StaticString, _ value: String) {
    bulk(name)
    bulk(value)
  }

  private func argumentList(_ arguments: [Argument], version: Version) {
    array(arguments.count)
    for argument in arguments {
      var flags: [StaticString] = []
      if argument.isOptional { flags.append("optional") }
      if argument.isMultiple { flags.append("multiple") }
      if argument.repeatsToken { flags.append("multiple_token") }
      let parts = argument.arguments.filter { $0.isKnown(in: version) }
      var count = 2
      if argument.keySpecIndex != nil { count += 1 }
      if argument.token != nil { count += 1 }
      if argument.since != nil { count += 1 }
      if argument.deprecatedSince != nil { count += 1 }
      if !flags.isEmpty { count += 1 }
      if !parts.isEmpty { count += 1 }
      map(count)
      field("name", argument.name)
      field("type", argument.kind.rawValue)
      if let index = argument.keySpecIndex { field("key_spec_index", index) }
      if let token = argument.token { field("token", token) }
      if let since = argument.since { field("since", since) }
      if let since = argument.deprecatedSince { field("deprecated_since", since) }
      if !flags.isEmpty {
        bulk("flags")
        names(flags)
      }
      if !parts.isEmpty {
        bulk("arguments")
        argumentList(parts, version: version)
      }
    }
  }
}

extension Argument {
  /// Whether a version takes this argument.
  func isKnown(in version: Version) -> Bool {
    guard let since else { return true }
    if let valkeySince, version.includes(valkeySince) { return true }
    return Version(since).map { version.includes($0) } ?? true
  }
}
