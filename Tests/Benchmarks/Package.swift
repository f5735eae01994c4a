// swift-tools-version: 6.2
// The benchmark, beside the tests and not among them: `swift run -c release --package-path Tests/Benchmarks Benchmarks`.
// A package of its own, so that the library's package stays without anything that only measuring needs.

import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "understudy", path: "../..")],
  targets: [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        .product(name: "Understudy", package: "understudy"),
        .product(name: "_UnderstudyTestSupport", package: "understudy"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
