// swift-tools-version: 6.2
// A project that depends on Understudy, as somebody else would write it: no settings of the house, a plain library and
// its tests. `.ci/downstream` builds and tests it, with the package at hand and with a tagged clone of it.

import PackageDescription

/// A tagged repository to depend on, as a project far away would; the package that this folder lies in if there is none.
let understudy: Package.Dependency =
  if let url = Context.environment["UNDERSTUDY_DOWNSTREAM_URL"] {
    .package(url: url, exact: "0.0.1")
  } else {
    .package(name: "understudy", path: "../..")
  }

let package = Package(
  name: "downstream",
  dependencies: [understudy],
  targets: [
    .target(name: "Greeter"),
    .testTarget(
      name: "GreeterTests",
      dependencies: [
        "Greeter",
        .product(name: "Understudy", package: "understudy"),
        .product(name: "UnderstudyTesting", package: "understudy"),
      ]),
  ]
)
