// Directives: every setting by name. CONFIG GET and SET, the configuration file and the command line all come here, so
// that they take the same values and refuse them in the same words.
//
// The tables stand in `Directives+….swift`, by subject. A new directive is a line there, and a field of `Configuration`
// if anything reads it; with the trait `.inert` it is only kept and answered, and documents say so.

/// Why a directive was refused.
package struct DirectiveError: Error, Equatable {
  package enum Kind: Sendable, Equatable { case unknown, immutable, protected, duplicate, refused }
  package let kind: Kind
  /// As it was given.
  package let name: String
  /// What is wrong, in the words of redis-server.
  package let text: String
}

package enum Directives {
  /// The tables by subject, each with its heading, in the order in which CONFIG GET answers.
  package static let groups: [(title: String, directives: [Directive])] = [
    ("This server's own", own), ("Network", network), ("Process and log", process), ("Users and limits", limits),
    ("Encodings", encodings), ("Memory", memory), ("Scripts", scripts), ("Events, slow log, latency", observation),
    ("Persistence", persistence), ("Replication", replication), ("Cluster", cluster), ("TLS", tls),
  ]

  /// Every directive, older names included, in the order of the tables.
  package static let all: [Directive] = {
    var result: [Directive] = []
    for group in groups {
      for directive in group.directives {
        result.append(directive)
        if let alias = directive.alias { result.append(directive.renamed(alias)) }
      }
    }
    return result
  }()

  private static let byName: [String: Int] = {
    var result: [String: Int] = [:]
    for (index, directive) in all.enumerated() { result[directive.name] = index }
    return result
  }()

  /// The directive of a name, whatever its case; nil if the emulated version has none.
  package static func find(_ name: String, version: Version) -> Directive? {
    guard let index = byName[name.lowercased()], all[index].since <= version else { return nil }
    return all[index]
  }

  /// The directive of a name, whatever the version.
  package static func find(_ name: String) -> Directive? { find(name, version: latest) }

  /// Whether a command line may name the directive alone, which means yes: a switch of this server's own.
  static func isSwitch(_ name: String) -> Bool {
    guard let directive = find(name), case .bool = directive.form else { return false }
    return directive.traits.contains(.own)
  }

  /// The name under which a directive is written, which may have been given by its older one.
  static func presentName(_ name: String) -> String {
    guard let index = byName[name] else { return name }
    return all[index].replacement ?? name
  }

  /// Sets a directive as a line of the file or of the command line does.
  ///
  /// - Parameter values: what stands behind the name, quotes taken away.
  /// - Throws: what is wrong, as redis-server says it; nothing has changed then.
  package static func apply(
    name: String, values: [[UInt8]], to configuration: inout Configuration
  ) throws(DirectiveError) {
    guard let directive = find(name, version: latest) else {
      throw DirectiveError(kind: .unknown, name: name, text: "Bad directive or wrong number of arguments")
    }
    var given = values
    if directive.traits.contains(.multiple) && values.count == 1 { given = split(values[0]) }
    let key = directive.name
    let isContinued = configuration.replacedDefaults.contains(key)
    try set(directive, given, isContinued: isContinued, as: name, in: &configuration)
    if directive.traits.contains(.multiple) { configuration.replacedDefaults.insert(key) }
  }

  /// Sets directives as CONFIG SET does: all of them, or, if one is refused, none.
  ///
  /// - Parameter isAllowed: whether a client may use what is guarded by an `enable-…` directive.
  /// - Returns: the directives, in the order given.
  package static func set(
    _ pairs: [(name: [UInt8], value: [UInt8])], in configuration: inout Configuration,
    isAllowed: (ProtectedAccess) -> Bool
  ) throws(DirectiveError) -> [Directive] {
    var directives: [Directive] = []
    var refusal: DirectiveError?
    for pair in pairs {
      // A name ends where a C string does.
      let name = String(decoding: pair.name.prefix { $0 != 0 }, as: UTF8.self)
      guard let directive = find(name, version: configuration.emulatedVersion) else {
        let text = "Unknown option or number of arguments for CONFIG SET - '\(name)'"
        if refusal == nil { refusal = DirectiveError(kind: .unknown, name: name, text: text) }
        continue
      }
      if refusal != nil { continue }
      if directive.traits.contains(.immutable) {
        refusal = DirectiveError(kind: .immutable, name: name, text: "can't set immutable config")
      } else if directive.traits.contains(.protected) && !isAllowed(configuration.protectedConfigs) {
        refusal = DirectiveError(kind: .protected, name: name, text: "can't set protected config")
      } else if directives.contains(where: { $0.name == directive.name }) {
        refusal = DirectiveError(kind: .duplicate, name: name, text: "duplicate parameter")
      }
      directives.append(directive)
    }
    if let refusal { throw refusal }
    var changed = configuration
    for (directive, pair) in zip(directives, pairs) {
      let given = directive.traits.contains(.multiple) ? split(pair.value) : [pair.value]
      try set(directive, given, isContinued: false, as: directive.name, in: &changed)
    }
    configuration = changed
    return directives
  }

  private static func set(
    _ directive: Directive, _ given: [[UInt8]], isContinued: Bool, as name: String, in configuration: inout Configuration
  ) throws(DirectiveError) {
    let values = Directive.Values(
      given: given, current: directive.value(in: configuration), isContinued: isContinued)
    do {
      directive.store(try directive.read(values), in: &configuration)
    } catch {
      throw DirectiveError(kind: .refused, name: name, text: error.text)
    }
  }

  /// The parts between single blanks: empty parts stay, an empty text has none.
  static func split(_ text: [UInt8]) -> [[UInt8]] {
    text.isEmpty ? [] : text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { Array($0) }
  }

  /// Newer than every version: a file may name any directive.
  private static var latest: Version { Version(9999, 0) }
}
