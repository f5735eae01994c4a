// ScriptPreamble: the first line of a script that declares its flags, `#!lua flags=no-writes,allow-oom`.

/// Why a script cannot be had: the text of an error reply, without its dash and line end.
struct ScriptError: Error {
  let text: [UInt8]

  init(_ text: String) { self.text = Array(text.utf8) }

  /// Text around what a client has sent, which need not be text; what stands behind a zero byte is not shown.
  init(_ before: String, quoting quoted: [UInt8], _ after: String = "") {
    text = Array(before.utf8) + quoted.prefix { $0 != 0 } + Array(after.utf8)
  }

  /// From an error reply as the bridge writes it.
  init(reply: Bytes) { text = reply.slice(1..<(reply.count - 2)).copied() }
}

struct ScriptPreamble {
  var flags: ScriptFlags = []
  /// How many bytes stand before what is compiled: up to the end of the line, whose line end is left so that
  /// line numbers are right.
  var count = 0

  /// Reads the line, if there is one.
  static func read(_ body: Bytes) -> Result<ScriptPreamble, ScriptError> {
    guard body.count >= 2, body[0] == UInt8(ascii: "#"), body[1] == UInt8(ascii: "!") else {
      return .success(ScriptPreamble())
    }
    guard let end = body.firstIndex(of: 10) else {
      return .failure(ScriptError("ERR Invalid script shebang"))
    }
    var words = body.slice(0..<end).split { $0 == 32 || ($0 >= 9 && $0 <= 13) }
    let engine = words.isEmpty ? Bytes("") : words.removeFirst()
    guard engine == Bytes("#!lua") else {
      return .failure(ScriptError("ERR Unexpected engine in script shebang: \(engine.text)"))
    }
    var result = ScriptPreamble(flags: .declared, count: end)
    for word in words {
      guard word.slice(0..<6) == Bytes("flags=") else {
        return .failure(ScriptError("ERR Unknown lua shebang option: \(word.text)"))
      }
      let list = word.slice(6..<word.count)
      guard !list.isEmpty else { continue }
      for name in list.split(omittingEmpty: false, { $0 == UInt8(ascii: ",") }) {
        guard let flag = ScriptFlags(name: name) else {
          return .failure(ScriptError("ERR Unexpected flag in script shebang: \(name.text)"))
        }
        result.flags.insert(flag)
      }
    }
    return .success(result)
  }
}

extension Bytes {
  /// The parts between separators.
  fileprivate func split(omittingEmpty: Bool = true, _ isSeparator: (UInt8) -> Bool) -> [Bytes] {
    var parts: [Bytes] = []
    var start = 0
    for index in 0...count where index == count || isSeparator(self[index]) {
      if index > start || !omittingEmpty { parts.append(slice(start..<index)) }
      start = index + 1
    }
    return parts
  }
}
