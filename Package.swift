// swift-tools-version: 6.2
// The package has no package dependency, so that a project which depends on it gains none either.
// The targets are walls: each may import only those above it (see the Architecture page of the documentation).

import PackageDescription

/// What every Swift target of the package is compiled with.
let strict: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

/// What every C target is compiled with.
let strictC: [CSetting] = warningsAreErrors ? [.treatAllWarnings(as: .error)] : []

/// Set by `.ci/run` alone: a newer compiler's warnings must not break the builds of those who depend on the package.
var warningsAreErrors: Bool { Context.environment["UNDERSTUDY_WARNINGS_ARE_ERRORS"] == "1" }

/// The engine is optimised in debug builds too: `swift test` compiles dependencies without optimisation, and a fake
/// server that is slow there is slow where it is used. So is what drives it millions of times in tests; never the other
/// targets, never whole-module in debug.
let engineSettings: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "understudy",
  products: [
    .library(name: "Understudy", targets: ["Understudy"]),
    .library(name: "UnderstudyTesting", targets: ["UnderstudyTesting"]),
    // Of its own, so that who needs no TLS links none.
    .library(name: "UnderstudyTLS", targets: ["UnderstudyTLS"]),
    .executable(name: "understudy", targets: ["UnderstudyCommand"]),
    .executable(name: "understudy-conformance", targets: ["UnderstudyConformanceCommand"]),
    // For the nested packages Tests/Benchmarks and Tests/Fuzzing only; the underscore says that it promises nothing to others.
    .library(name: "_UnderstudyTestSupport", targets: ["UnderstudyTestSupport", "UnderstudyConformance", "UnderstudyEngine"]),
  ],
  targets: [
    .systemLibrary(
      name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"]), .brew(["lua"])]),
    .target(
      name: "CUnderstudyLua", dependencies: ["CLua"], cSettings: strictC,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "CUnderstudyPlatform", cSettings: strictC,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "UnderstudyEngine", dependencies: ["CUnderstudyLua", "CUnderstudyPlatform"],
      swiftSettings: engineSettings),
    .target(
      name: "UnderstudyServer", dependencies: ["UnderstudyEngine", "CUnderstudyPlatform"],
      swiftSettings: strict),
    .target(
      name: "Understudy", dependencies: ["UnderstudyServer", "UnderstudyEngine"],
      swiftSettings: strict),
    .target(name: "UnderstudyTesting", dependencies: ["Understudy"], swiftSettings: strict),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .target(name: "CUnderstudyTLS", dependencies: ["COpenSSL", "CUnderstudyPlatform"], cSettings: strictC),
    .target(
      name: "UnderstudyTLS",
      dependencies: ["Understudy", "UnderstudyServer", "UnderstudyEngine", "CUnderstudyTLS", "CUnderstudyPlatform"],
      swiftSettings: strict),
    .executableTarget(
      name: "UnderstudyCommand", dependencies: ["UnderstudyServer", "UnderstudyEngine", "UnderstudyTLS"],
      exclude: ["Packaging"], swiftSettings: strict),
    // Optimised as the engine is, because it makes millions of calls.
    .target(
      name: "UnderstudyTestSupport", path: "Tests/UnderstudyTestSupport", swiftSettings: engineSettings),
    .target(
      name: "UnderstudySimulation",
      dependencies: ["UnderstudyEngine", "UnderstudyServer", "UnderstudyTestSupport", "CUnderstudyPlatform"],
      path: "Tests/UnderstudySimulation", swiftSettings: engineSettings),
    // The conformance suite knows RESP and sockets and nothing of this server, so that it cannot cheat.
    .target(
      name: "UnderstudyConformance", dependencies: ["UnderstudyTestSupport"], path: "Conformance/Library",
      swiftSettings: strict),
    .executableTarget(
      name: "UnderstudyConformanceCommand", dependencies: ["UnderstudyConformance"], path: "Conformance/Runner",
      swiftSettings: strict),
    .testTarget(
      name: "ConformanceTests", dependencies: ["UnderstudyConformance", "UnderstudyTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "UnderstudyTLSTests",
      dependencies: [
        "UnderstudyTLS", "CUnderstudyTLS", "UnderstudyServer", "UnderstudyEngine", "Understudy", "UnderstudyTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "UnderstudyCommandTests",
      dependencies: ["UnderstudyTestSupport", "UnderstudyCommand", "UnderstudyTLS"],
      exclude: ["Python", "Programs"], swiftSettings: strict),
    .testTarget(
      name: "DifferentialTests", dependencies: ["UnderstudyTestSupport"], swiftSettings: strict),
    .testTarget(name: "CUnderstudyLuaTests", dependencies: ["CUnderstudyLua"], swiftSettings: strict),
    .testTarget(
      name: "UnderstudyEngineTests", dependencies: ["UnderstudyEngine", "UnderstudySimulation", "UnderstudyTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "UnderstudyTests", dependencies: ["Understudy", "UnderstudyTesting", "UnderstudyTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "StyleTests", dependencies: ["Understudy", "UnderstudyEngine", "UnderstudyTesting", "UnderstudyTestSupport"],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
