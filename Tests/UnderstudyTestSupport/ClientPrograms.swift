// The programs of others that the tests drive as clients: a Python with redis-py and its like, redis-cli,
// redis-benchmark, node with node-redis, Go, Ruby with redis-rb, Java with JUnit, a C compiler that finds hiredis, openssl, a
// browser.
//
// Each may be missing. Then the tests that need it are skipped, each one named on standard output, unless this is
// continuous integration, where they run and fail: as with the oracle. A further program is a `static let` here.

/// A program that tests drive.
public struct ClientProgram: Sendable {
  public let name: String
  /// Where it is, or nil if it is not there.
  public let path: String?
  /// What to do if it is not there.
  private let advice: String
  /// Whether continuous integration does without it too: a browser is large, and its tests take long; so are Go, and Java.
  private let isOptional: Bool

  init(name: String, path: String?, advice: String, isOptional: Bool = false) {
    self.name = name
    self.path = path
    self.advice = advice
    self.isOptional = isOptional
  }

  /// The program is missing.
  public struct Missing: Error, CustomStringConvertible {
    public let description: String
  }

  /// Python with the packages that the programs in `Tests/UnderstudyCommandTests/Python` import.
  public static let python = ClientProgram(
    name: "Python with redis-py and rq",
    path: TestEnvironment.variable("UNDERSTUDY_PYTHON")
      ?? ["\(TestEnvironment.repository)/.build/python/bin/python"].first { isExecutable($0) },
    advice: "Run .ci/python once, or name an interpreter in UNDERSTUDY_PYTHON.")

  /// It makes what our own certificates lack, and is a client of TLS.
  public static let openssl = ClientProgram(
    name: "openssl", path: TestEnvironment.executable(named: "openssl"),
    advice: "Install it (Debian, Ubuntu: apt-get install openssl).")
  /// Node.js; node-redis lies where Debian puts it (`nodeModules`).
  public static let nodeRedis = ClientProgram(
    name: "node with node-redis",
    path: readSmallFile("\(nodeModules)/redis/package.json") == nil ? nil : TestEnvironment.executable(named: "node"),
    advice: "Debian, Ubuntu: apt-get install nodejs node-redis. UNDERSTUDY_NODE_MODULES names another folder of modules.")

  /// Where node finds node-redis: what NODE_PATH must be.
  public static let nodeModules = TestEnvironment.variable("UNDERSTUDY_NODE_MODULES") ?? "/usr/share/nodejs"

  /// A browser that runs without a screen.
  public static let chromium = ClientProgram(
    name: "chromium",
    path: ["chromium", "chromium-browser", "google-chrome"].lazy.compactMap { TestEnvironment.executable(named: $0) }.first,
    advice: "Debian, Ubuntu: apt-get install chromium.", isOptional: true)

  public static let go = ClientProgram(
    name: "go", path: TestEnvironment.executable(named: "go"), advice: "Debian, Ubuntu: apt-get install golang-go.",
    isOptional: true)

  /// Ruby with redis-rb and minitest, as Debian has them.
  public static let ruby = ClientProgram(
    name: "ruby with redis-rb and minitest",
    path: isPackaged("ruby-redis") && isPackaged("ruby-minitest") ? TestEnvironment.executable(named: "ruby") : nil,
    advice: "Debian, Ubuntu: apt-get install ruby-redis ruby-minitest.")

  /// A Java compiler, with JUnit where Debian puts it.
  public static let javac = ClientProgram(
    name: "javac with JUnit 5", path: isPackaged("junit5") ? TestEnvironment.executable(named: "javac") : nil,
    advice: "Debian, Ubuntu: apt-get install default-jdk-headless junit5.", isOptional: true)

  private static func isPackaged(_ name: String) -> Bool { readSmallFile("/var/lib/dpkg/info/\(name).list") != nil }

  /// A C compiler, with hiredis to compile against.
  public static let hiredisCompiler = ClientProgram(
    name: "a C compiler with hiredis",
    path: readSmallFile("/usr/include/hiredis/hiredis.h") == nil
      ? nil : TestEnvironment.executable(named: "cc") ?? TestEnvironment.executable(named: "clang"),
    advice: "Debian, Ubuntu: apt-get install gcc libhiredis-dev.")

  public static let redisCLI = besideRedis("redis-cli")
  public static let redisBenchmark = besideRedis("redis-benchmark")

  private static func besideRedis(_ name: String) -> ClientProgram {
    ClientProgram(
      name: name, path: TestEnvironment.executable(named: name),
      advice: "It comes with redis-server (Debian, Ubuntu: apt-get install redis-server).")
  }

  /// Whether tests that need it can run: for `@Test(.enabled(if: ClientProgram.python.isAvailable(for: …)))`.
  public func isAvailable(for test: String) -> Bool {
    if path != nil || (TestEnvironment.isContinuousIntegration && !isOptional) { return true }
    print("⚠️  SKIPPED: \(test). \(missing)")
    return false
  }

  /// Where it is; throws if it is not there.
  public func find() throws -> String {
    guard let path else { throw missing }
    return path
  }

  private var missing: Missing { Missing(description: "\(name) was not found. \(advice)") }
}
