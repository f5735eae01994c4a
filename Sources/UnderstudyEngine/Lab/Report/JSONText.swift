// JSONText: JSON as it is written, value by value. For reports and announcements, which are written and never read here.

/// A JSON text that is being written. Every value is well formed, whatever the strings hold; commas come by themselves.
package struct JSONText {
  private var bytes: [UInt8] = []
  /// Whether a value stands before the next one, so that a comma has to come between.
  private var needsComma = false

  package init() {}

  /// What has been written.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  private mutating func begin() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func raw(_ text: String) { bytes += Array(text.utf8) }

  /// An object, whose members `body` writes.
  package mutating func object(_ body: (inout JSONText) -> Void) { nested("{", "}", body) }

  /// An array, whose elements `body` writes.
  package mutating func array(_ body: (inout JSONText) -> Void) { nested("[", "]", body) }

  private mutating func nested(_ open: String, _ close: String, _ body: (inout JSONText) -> Void) {
    begin()
    raw(open)
    needsComma = false
    body(&self)
    raw(close)
    needsComma = true
  }

  /// The name of a member; its value follows.
  package mutating func name(_ name: String) {
    begin()
    quote(name)
    raw(":")
    needsComma = false
  }

  package mutating func string(_ value: String) {
    begin()
    quote(value)
  }

  package mutating func integer(_ value: some BinaryInteger) {
    begin()
    raw(String(value))
  }

  /// A number; what JSON has no number for becomes null.
  package mutating func number(_ value: Double) {
    begin()
    raw(value.isFinite ? "\(value)" : "null")
  }

  package mutating func boolean(_ value: Bool) {
    begin()
    raw(value ? "true" : "false")
  }

  package mutating func null() {
    begin()
    raw("null")
  }

  // MARK: Members

  package mutating func member(_ name: String, _ value: String) {
    self.name(name)
    string(value)
  }

  package mutating func member(_ name: String, _ value: some BinaryInteger) {
    self.name(name)
    integer(value)
  }

  package mutating func member(_ name: String, _ value: Double) {
    self.name(name)
    number(value)
  }

  package mutating func member(_ name: String, _ value: Bool) {
    self.name(name)
    boolean(value)
  }

  /// A member whose value is an object.
  package mutating func object(_ name: String, _ body: (inout JSONText) -> Void) {
    self.name(name)
    object(body)
  }

  /// A member whose value is an array.
  package mutating func array(_ name: String, _ body: (inout JSONText) -> Void) {
    self.name(name)
    array(body)
  }

  /// A string. `<` is written so that the text may stand in an HTML script element.
  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 10: raw("\\n")
      case 13: raw("\\r")
      case 9: raw("\\t")
      case UInt8(ascii: "<"): raw("\\u003c")
      case 0..<32, 127:
        let digits = String(byte, radix: 16)
        raw("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
