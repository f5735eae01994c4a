// Files, as far as the program needs them.
//
// Safety: each C pointer lives in the one expression, or in the scope, of the call that gave it.

internal import UnderstudyTestSupport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

package struct FileError: Error, CustomStringConvertible {
  package var description: String
}

package enum FileSystem {
  package static func read(_ path: String) throws(FileError) -> [UInt8] {
    guard let file = unsafe fopen(path, "rb") else { throw failure(path) }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    if unsafe ferror(file) != 0 { throw failure(path) }
    return bytes
  }

  /// Writes a whole file; its folder is made if it is not there.
  package static func write(_ text: String, to path: String) throws(FileError) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    if !folder.isEmpty { makeFolder(folder) }
    guard let file = unsafe fopen(path, "wb") else { throw failure(path) }
    let bytes = Array(text.utf8)
    let count = unsafe fwrite(bytes, 1, bytes.count, file)
    let status = unsafe fclose(file)
    guard count == bytes.count, status == 0 else { throw failure(path) }
  }

  private static func makeFolder(_ path: String) {
    guard !isFolder(path) else { return }
    let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    if !parent.isEmpty { makeFolder(parent) }
    _ = unsafe mkdir(path, 0o777)
  }

  package static func isFolder(_ path: String) -> Bool {
    guard let folder = unsafe opendir(path) else { return false }
    unsafe closedir(folder)
    return true
  }

  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// The paths of all files below `folder` that end in `ending`, without that folder, in order.
  package static func files(below folder: String, ending: String) throws(FileError) -> [String] {
    var paths: [String] = []
    for name in try names(folder) {
      let path = "\(folder)/\(name)"
      if isFolder(path) {
        paths += try files(below: path, ending: ending).map { "\(name)/\($0)" }
      } else if name.hasSuffix(ending) {
        paths.append(name)
      }
    }
    return paths.sorted()
  }

  private static func names(_ folder: String) throws(FileError) -> [String] {
    guard let handle = unsafe opendir(folder) else { throw failure(folder) }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func failure(_ path: String) -> FileError {
    FileError(description: "\(path): \(unsafe String(cString: strerror(errno)))")
  }

  // MARK: Standard streams

  package static func print(_ text: String) { write(text + "\n", 1) }
  package static func complain(_ text: String) { write(text + "\n", 2) }

  /// A line that the next one takes the place of.
  package static func progress(_ text: String) { write("\r\u{1B}[K" + text, 2) }

  package static var isTerminal: Bool { isatty(2) == 1 }

  private static func write(_ text: String, _ descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, count))
    }
  }

  /// The next line of the standard input, without its end.
  package static func readLine() -> String? { Swift.readLine() }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, bytes, count)
}
