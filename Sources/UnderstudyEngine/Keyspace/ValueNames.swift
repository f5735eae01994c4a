// What clients call the kinds of values and their forms: TYPE, SCAN's TYPE, OBJECT ENCODING.
//
// The forms are named as the emulated version names them. A new kind of value is named here.

extension ValueKind {
  /// The name of the type, as TYPE answers it.
  var typeName: StaticString {
    switch self {
    case .inline, .integer, .buffer: "string"
    case .list: "list"
    case .hash: "hash"
    case .set: "set"
    case .sortedSet: "zset"
    case .stream: "stream"
    case .module: "module"
    }
  }

  /// Whether a value may be of the type of that name.
  static func isTypeName(_ name: Bytes) -> Bool {
    let kinds: [ValueKind] = [.inline, .list, .hash, .set, .sortedSet, .stream]
    return kinds.contains { Bytes($0.typeName).equalsIgnoringCase(name) }
  }
}

extension EngineState {
  /// A real server keeps strings up to this length in the block of their object ("embstr").
  private static var embeddedStringLimit: Int { 44 }

  /// The name of the form that a value has in memory, as OBJECT ENCODING answers it.
  func encodingName(of entry: Entry) -> StaticString {
    switch entry.kind {
    case .inline: entry.inlineBytes.count <= Self.embeddedStringLimit ? "embstr" : "raw"
    case .integer: "int"
    // Longer strings, and those that were appended to or written into.
    case .buffer: "raw"
    // Before 7.2 a list had one form.
    case .list: !emulates72 || entry.list.isQuicklist ? "quicklist" : "listpack"
    case .hash: entry.hash.encoding
    case .set: entry.set.encoding
    case .sortedSet: entry.sortedSet.encoding
    case .stream: "stream"
    case .module: "raw"
    }
  }
}
