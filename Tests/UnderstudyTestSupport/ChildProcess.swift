// A server process that ends with the test, however the test ends.
//
// The server runs under a shell that waits on a pipe from us: when we close it, or when this process dies in whatever way,
// the pipe ends and the shell ends the server. Nothing is left behind by a crashed or interrupted test run.
// Safety: the C arrays for posix_spawn are made and freed around the one call that reads them.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A process started by a test.
public final class ChildProcess: @unchecked Sendable {
  // Unchecked: everything is set in the initialiser but for `input`, which only `stop` and `deinit` change.

  /// The process id of the program itself, not of the shell that guards it.
  public let processID: Int32

  private let shell: pid_t
  private let isGuarded: Bool
  private let output: Descriptor
  private var input: Descriptor?
  private var pending: [UInt8] = []

  /// Starts a program.
  /// - Parameters:
  ///   - arguments: the program, as a path or to be found on PATH, and its arguments
  ///   - keepsOutput: true to read the program's standard output with `readLine`; false sends it nowhere
  ///   - leftover: a file to remove once the program has ended, such as its Unix socket
  public init(
    _ arguments: [String], keepsOutput: Bool = false, leftover: String = ""
  ) throws(SocketError) {
    let script = """
      leftover=$1; shift
      "$@" \(keepsOutput ? "" : ">/dev/null 2>&1") </dev/null 3>&- & child=$!
      echo "$child" >&3; exec 3>&-
      trap 'kill -9 $child 2>/dev/null; wait $child 2>/dev/null; rm -f "$leftover"' EXIT
      trap 'exit 1' HUP INT TERM
      read -r end
      """
    let (inputRead, inputWrite) = try Descriptor.pair()
    let (outputRead, outputWrite) = try Descriptor.pair()
    let (announceRead, announceWrite) = try Descriptor.pair()
    shell = try Self.spawn(
      ["/bin/sh", "-c", script, "sh", leftover] + arguments,
      descriptors: [(inputRead, 0), (outputWrite, 1), (announceWrite, 3)])
    input = inputWrite
    output = outputRead
    var line: [UInt8] = []
    while !line.contains(0x0A) {
      guard try announceRead.wait(for: Int32(POLLIN), milliseconds: 10_000) == .ready else { break }
      let more = try announceRead.read()
      if more.isEmpty { break }
      line += more
    }
    guard let number = Int32(String(decoding: line.prefix { $0 != 0x0A }, as: UTF8.self)) else {
      throw SocketError("could not start \(arguments.joined(separator: " "))")
    }
    processID = number
    isGuarded = true
  }

  /// Starts a program without the guarding shell, for measuring how long its start takes. Its output goes nowhere.
  public init(unguarded arguments: [String]) throws(SocketError) {
    let (outputRead, outputWrite) = try Descriptor.pair()
    shell = try Self.spawn(arguments, descriptors: [(outputWrite, 1)])
    output = outputRead
    input = outputWrite
    processID = shell
    isGuarded = false
  }

  deinit { stop() }

  /// Ends the program and waits until it is gone.
  public func stop() {
    guard input != nil else { return }
    input = nil
    if !isGuarded { kill(processID, SIGKILL) }
    var status: Int32 = 0
    while unsafe waitpid(shell, &status, 0) < 0 && errno == EINTR {}
  }

  /// Sends the program a signal.
  public func signal(_ number: Int32) { kill(processID, number) }

  /// True while the program has not ended.
  public var isRunning: Bool {
    // The shell does not collect its child before it ends itself, so a program that has ended is a zombie: ask /proc.
    #if os(Linux)
      guard let stat = readSmallFile("/proc/\(processID)/stat"), let end = stat.lastIndex(of: ")") else { return false }
      return !stat[end...].dropFirst(2).hasPrefix("Z")
    #else
      return kill(processID, 0) == 0
    #endif
  }

  /// The next line that the program writes, without its end; nil once it has closed its output.
  /// - Parameter milliseconds: how long to wait for it
  public func readLine(milliseconds: Int = 10_000) throws(SocketError) -> String? {
    let deadline = Deadline(milliseconds: milliseconds)
    while true {
      if let end = pending.firstIndex(of: 0x0A) {
        defer { pending.removeSubrange(...end) }
        return String(decoding: pending[..<end], as: UTF8.self)
      }
      guard try output.wait(for: Int32(POLLIN), milliseconds: deadline.remainingMilliseconds) == .ready else {
        throw SocketError("the program wrote no whole line within \(milliseconds) ms; so far: \(quoted(pending))")
      }
      let more = try output.read()
      if more.isEmpty { return nil }
      pending += more
    }
  }

  /// True if a whole line is there, or comes within `milliseconds`.
  func hasLine(milliseconds: Int) throws(SocketError) -> Bool {
    if pending.contains(0x0A) { return true }
    guard try output.wait(for: Int32(POLLIN), milliseconds: milliseconds) == .ready else { return false }
    pending += try output.read()
    return pending.contains(0x0A)
  }

  /// Waits up to `milliseconds`, shorter if the program writes something.
  func pause(milliseconds: Int) { _ = try? output.wait(for: Int32(POLLIN), milliseconds: milliseconds) }

  private static func spawn(
    _ arguments: [String], descriptors: [(Descriptor, Int32)]
  ) throws(SocketError) -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, target) in descriptors {
      unsafe posix_spawn_file_actions_adddup2(&actions, descriptor.number, target)
    }
    var vector: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) } + [nil]
    defer { for unsafe argument in unsafe vector { unsafe free(argument) } }
    var child: pid_t = 0
    // The thread that starts a child may have signals blocked, as worker threads of a pool do; a server must not inherit
    // that, or it would never see SIGTERM.
    #if canImport(Darwin)
      var attributes: posix_spawnattr_t?
      let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
    #else
      var attributes = posix_spawnattr_t()
      let flags = POSIX_SPAWN_SETSIGMASK
    #endif
    var noSignals = sigset_t()
    unsafe sigemptyset(&noSignals)
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    let code = unsafe posix_spawn(&child, arguments[0], &actions, &attributes, &vector, environ)
    if code != 0 { throw SocketError("posix_spawn \(arguments[0]): \(unsafe String(cString: strerror(code)))") }
    return child
  }
}

extension ChildProcess {
  /// Runs a program to its end.
  /// - Returns: the lines that it wrote to standard output
  public static func output(of arguments: [String], milliseconds: Int = 600_000) throws -> [String] {
    let process = try ChildProcess(arguments, keepsOutput: true)
    let deadline = Deadline(milliseconds: milliseconds)
    var lines: [String] = []
    // The guarding shell holds the output open too, so the program's last line is followed by silence, not by the end.
    while process.isRunning {
      if let line = try process.readLineIfAny(milliseconds: 20) { lines.append(line) }
      if deadline.hasPassed { throw SocketError("\(arguments[0]) took longer than \(milliseconds) ms") }
    }
    while let line = try process.readLineIfAny(milliseconds: 0) { lines.append(line) }
    return lines
  }

  private func readLineIfAny(milliseconds: Int) throws(SocketError) -> String? {
    guard try hasLine(milliseconds: milliseconds) else { return nil }
    return try readLine(milliseconds: 1000)
  }
}

/// The text of a small file such as those under /proc, or nil if it cannot be read.
public func readSmallFile(_ path: String) -> String? {
  let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard number >= 0 else { return nil }
  let file = Descriptor(number)
  var bytes: [UInt8] = []
  while let more = try? file.read(), !more.isEmpty { bytes += more }
  return String(decoding: bytes, as: UTF8.self)
}
