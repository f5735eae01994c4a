// Files of the program: whole ones, read and written in one go.
//
// This file may say `unsafe`. What keeps it safe: blocks that C hands over are copied and freed at once.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer

/// What the system said instead of doing it.
struct SystemError: Error, CustomStringConvertible {
  /// An errno, positive.
  let code: Int32
  var description: String { ServerError.text(code) }
}

enum SystemFile {
  /// A whole file; `-` is the standard input.
  static func read(_ path: String) -> Result<[UInt8], SystemError> {
    unsafe read(path) { unsafe understudy_read_file($0, $1, $2) }
  }

  /// The files that a pattern of the shell names, joined.
  static func readAll(_ pattern: String) -> Result<[UInt8], SystemError> {
    unsafe read(pattern) { unsafe understudy_read_files($0, $1, $2) }
  }

  private static func read(
    _ path: String,
    _ body: (UnsafePointer<CChar>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<Int32>) -> UnsafeMutablePointer<CChar>?
  ) -> Result<[UInt8], SystemError> {
    var count = 0
    var error: Int32 = 0
    guard let block = unsafe path.withCString({ unsafe body($0, &count, &error) }) else {
      return .failure(SystemError(code: error))
    }
    defer { unsafe understudy_free_file(block) }
    return unsafe .success(Array(UnsafeRawBufferPointer(start: block, count: count)))
  }

  /// Writes a file in place of what was there; nobody sees half of it.
  static func write(_ text: String, to path: String) throws(SystemError) { try write(Array(text.utf8), to: path) }

  /// - Parameter isLasting: the disk has it when this returns.
  static func write(_ bytes: [UInt8], to path: String, isLasting: Bool = false) throws(SystemError) {
    let result = unsafe path.withCString { path in
      bytes.withBytes { bytes in
        unsafe understudy_write_file(path, bytes.pointer.assumingMemoryBound(to: CChar.self), bytes.count, isLasting)
      }
    }
    if result < 0 { throw SystemError(code: -result) }
  }

  static func remove(_ path: String) { unsafe path.withCString { unsafe understudy_unlink($0) } }

  /// The path from the root of the file system, as far as text can tell: CONFIG REWRITE and INFO speak of it.
  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return currentDirectory.map { "\($0)/\(path)" } ?? path
  }

  /// Goes to a directory and back: where that is from the root, or why nobody can go there.
  static func visit(_ path: String) -> ConfigurationFile.Place {
    let home = currentDirectory
    let result = unsafe path.withCString { unsafe understudy_change_directory($0) }
    if result < 0 { return .nowhere(ServerError.text(-result)) }
    defer { if let home { _ = unsafe home.withCString { unsafe understudy_change_directory($0) } } }
    return .directory(currentDirectory ?? path)
  }

  /// The working directory; nil if the system does not tell it.
  static var currentDirectory: String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      guard let base = buffer.baseAddress, unsafe understudy_current_directory(base, buffer.count) == 0 else {
        return nil
      }
      return unsafe String(cString: base)
    }
  }
}
