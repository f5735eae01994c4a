// What the tests take from the environment, in one place: each variable is read here and nowhere else.
//
//   CI                            set by continuous integration: a missing redis-server fails the tests that need it, and
//                                 the randomized tests always have the same seed
//   UNDERSTUDY_SEED               the seed of the randomized tests; without it, each run has a fresh one
//   UNDERSTUDY_SEQUENCES          how many random sequences each differential test runs
//   UNDERSTUDY_STEPS              how many steps the simulation makes
//   UNDERSTUDY_FAMILY             the one family of commands that the differential tests make sequences of
//   UNDERSTUDY_BINARY             the `understudy` executable to test, instead of the one built beside the tests
//   UNDERSTUDY_REDIS_SERVER       the redis-server to compare with, instead of the first one on PATH
//   UNDERSTUDY_PYTHON             a Python with the packages of the Python clients' tests, instead of `.ci/python`'s
//   UNDERSTUDY_REWRITE_PAGES      set to 1: pages that are made from the sources are written instead of compared
//
// A new variable is added here with a line above, and only if a command line cannot say it.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

public enum TestEnvironment {
  /// True under continuous integration, where nothing may be skipped.
  public static var isContinuousIntegration: Bool {
    guard let value = variable("CI") else { return false }
    return !value.isEmpty && value != "0" && value != "false"
  }

  /// The seed of this run's randomized tests, said on standard output: a fresh one unless the environment names one, or
  /// this is continuous integration, which judges a change and not the luck of the day.
  public static let seed: UInt64 = {
    let seed = variable("UNDERSTUDY_SEED").flatMap { UInt64($0) } ?? (isContinuousIntegration ? 1 : UInt64.random(in: 0..<1_000_000_000))
    print("randomized tests: UNDERSTUDY_SEED=\(seed) runs these sequences again")
    return seed
  }()

  /// Whether pages made from the sources are to be written.
  public static var rewritesPages: Bool { variable("UNDERSTUDY_REWRITE_PAGES") == "1" }

  /// How many sequences a randomized test runs: what the environment says, or the test's own default.
  public static func sequenceCount(default count: Int) -> Int {
    variable("UNDERSTUDY_SEQUENCES").flatMap { Int($0) } ?? count
  }

  /// How many steps the simulation makes: what the environment says, or the test's own default.
  public static func stepCount(default count: Int) -> Int {
    variable("UNDERSTUDY_STEPS").flatMap { Int($0) } ?? count
  }

  /// The value of an environment variable, or nil if it is not set.
  public static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The path of the first executable called `name` on PATH, or nil.
  public static func executable(named name: String) -> String? {
    for folder in (variable("PATH") ?? "/usr/bin:/bin").split(separator: ":") {
      let path = "\(folder)/\(name)"
      if isExecutable(path) { return path }
    }
    return nil
  }

  /// The top folder of the repository that these sources lie in.
  public static let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(3).joined(separator: "/")

  /// The folder of the executable that is running, where SwiftPM puts the package's other products too.
  public static var folderOfRunningExecutable: String? {
    #if os(Linux)
      guard let resolved = unsafe realpath("/proc/self/exe", nil) else { return nil }
      defer { unsafe free(resolved) }
      let path = unsafe String(cString: resolved)
    #else
      // xctest is what runs on macOS; the bundle it was given is the last argument and lies beside the products.
      guard let path = CommandLine.arguments.last(where: { $0.contains(".xctest") }) ?? CommandLine.arguments.first
      else { return nil }
    #endif
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let bundle = parts.firstIndex { $0.hasSuffix(".xctest") } ?? (parts.count - 1)
    return parts[..<bundle].joined(separator: "/")
  }
}

/// True if there is a file at `path` that this process may run.
func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }
