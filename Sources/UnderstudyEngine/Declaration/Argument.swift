// Argument: the grammar of a command's arguments, as COMMAND DOCS shows it and as generators of valid calls read it.

/// One argument of a command, or a group of them.
package struct Argument: Sendable {
  package enum Kind: String, Sendable {
    case string, integer, double, key, pattern
    case unixTime = "unix-time"
    case pureToken = "pure-token"
    case oneOf = "oneof"
    case block
  }

  package let name: String
  package let kind: Kind
  package internal(set) var token: String?
  package internal(set) var since: String?
  /// The version of Valkey that has it as well.
  package internal(set) var valkeySince: Version?
  /// The version in which Redis began to call it deprecated.
  package internal(set) var deprecatedSince: String?
  package internal(set) var keySpecIndex: Int?
  package internal(set) var isOptional = false
  package internal(set) var isMultiple = false
  /// The token is repeated before each occurrence.
  package internal(set) var repeatsToken = false
  package internal(set) var arguments: [Argument] = []

  private init(_ name: String, _ kind: Kind, token: String? = nil, arguments: [Argument] = []) {
    self.name = name
    self.kind = kind
    self.token = token
    self.arguments = arguments
  }

  package static func key(_ name: String = "key", spec: Int = 0, token: String? = nil) -> Argument {
    var result = Argument(name, .key, token: token)
    result.keySpecIndex = spec
    return result
  }
  package static func string(_ name: String, token: String? = nil) -> Argument {
    Argument(name, .string, token: token)
  }
  package static func integer(_ name: String, token: String? = nil) -> Argument {
    Argument(name, .integer, token: token)
  }
  package static func double(_ name: String, token: String? = nil) -> Argument {
    Argument(name, .double, token: token)
  }
  package static func pattern(_ name: String, spec: Int? = nil, token: String? = nil) -> Argument {
    var result = Argument(name, .pattern, token: token)
    result.keySpecIndex = spec
    return result
  }
  package static func unixTime(_ name: String, token: String? = nil) -> Argument {
    Argument(name, .unixTime, token: token)
  }
  /// A bare word, named after itself in lower case unless a name is given.
  package static func token(_ token: String, name: String? = nil) -> Argument {
    Argument(name ?? token.lowercased(), .pureToken, token: token)
  }
  package static func oneOf(_ name: String, token: String? = nil, _ arguments: [Argument]) -> Argument {
    Argument(name, .oneOf, token: token, arguments: arguments)
  }
  package static func block(_ name: String, token: String? = nil, _ arguments: [Argument]) -> Argument {
    Argument(name, .block, token: token, arguments: arguments)
  }

  package var optional: Argument {
    var copy = self
    copy.isOptional = true
    return copy
  }
  package var multiple: Argument {
    var copy = self
    copy.isMultiple = true
    return copy
  }
  package var multipleTokens: Argument {
    var copy = multiple
    copy.repeatsToken = true
    return copy
  }
  package func deprecated(since version: String) -> Argument {
    var copy = self
    copy.deprecatedSince = version
    return copy
  }
  package func since(_ version: String, valkey: String? = nil) -> Argument {
    var copy = self
    copy.since = version
    copy.valkeySince = valkey.flatMap { Version("valkey-\($0)") }
    return copy
  }
}
