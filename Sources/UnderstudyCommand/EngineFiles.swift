// The files that the engine asks for: those of its users.

internal import UnderstudyEngine

extension FileAccess {
  /// The files of this machine.
  static let system = FileAccess(
    read: { path in SystemFile.read(path).mapError { Failure(reason: $0.description) } },
    replace: { path, bytes in
      do throws(SystemError) {
        try SystemFile.write(bytes, to: path, isLasting: true)
        return nil
      } catch {
        return Failure(reason: error.description)
      }
    })
}
