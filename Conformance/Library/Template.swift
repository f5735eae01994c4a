// Text of a case with places to fill in, and what they are filled with.

/// Bytes with variables in them.
package struct Template: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case bytes([UInt8])
    case variable(String)
  }

  var parts: [Part] = []

  init() {}
  package init(_ text: String) { parts = [.bytes(Array(text.utf8))] }

  mutating func append(_ bytes: [UInt8]) {
    if case .bytes(let before)? = parts.last {
      parts[parts.count - 1] = .bytes(before + bytes)
    } else {
      parts.append(.bytes(bytes))
    }
  }

  mutating func append(variable name: String) { parts.append(.variable(name)) }

  /// The bytes, once every variable is known.
  package func bytes(_ variables: Variables) throws(UnknownVariable) -> [UInt8] {
    if parts.count == 1, case .bytes(let bytes) = parts[0] { return bytes }
    var result: [UInt8] = []
    for part in parts {
      switch part {
      case .bytes(let bytes): result += bytes
      case .variable(let name):
        guard let value = variables.values[name] else { throw UnknownVariable(name: name) }
        result += value
      }
    }
    return result
  }

  /// As text, its variables as they are written.
  package var text: String {
    parts.map { part in
      switch part {
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .variable(let name): "${\(name)}"
      }
    }.joined()
  }
}

/// A case asks for a variable that nothing was remembered as.
package struct UnknownVariable: Error, CustomStringConvertible {
  let name: String
  package var description: String { "nothing was remembered as ${\(name)}" }
}

/// What a case has remembered, and what time it is.
package struct Variables: Sendable {
  package var values: [String: [UInt8]] = [:]
  /// Unix time in milliseconds when the reply came.
  package var now: Int64 = 0

  package init() {}
}
