// LibraryMetadata: the first line of a library of functions, `#!lua name=mylib`.

internal import CUnderstudyLua

struct LibraryMetadata {
  let name: [UInt8]
  /// How many bytes stand before what is compiled: up to the end of the line, whose line end is left so that line
  /// numbers are right.
  let count: Int

  /// Reads the line. The engine is one that there is.
  init(_ code: Bytes) throws(ScriptError) {
    guard code.count >= 2, code[0] == UInt8(ascii: "#"), code[1] == UInt8(ascii: "!") else {
      throw ScriptError("ERR Missing library metadata")
    }
    // A zero byte ends what a real server sees.
    guard let end = code.upToZero.firstIndex(of: 10),
      let words = ConfigurationFile.split(code.slice(0..<end).copied()), let first = words.first
    else { throw ScriptError("ERR Invalid library metadata") }
    var name: [UInt8]?
    for word in words.dropFirst() {
      guard word.withBytes({ $0.slice(0..<5).matches("NAME=") }) else {
        throw ScriptError("ERR Invalid metadata value given: ", quoting: word)
      }
      guard name == nil else {
        throw ScriptError("ERR Invalid metadata value, name argument was given multiple times")
      }
      name = Array(word.dropFirst(5))
    }
    guard let name else { throw ScriptError("ERR Library name was not given") }
    guard name.withBytes({ $0.isLibraryName }) else {
      throw ScriptError(
        """
        ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long
        """)
    }
    let engine = Array(first.dropFirst(2))
    guard engine.withBytes({ $0.matches("LUA") }) else {
      throw ScriptError("ERR Engine '", quoting: engine, "' not found")
    }
    self.name = name
    count = end
  }
}
