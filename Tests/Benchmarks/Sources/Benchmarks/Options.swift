// The command line of the benchmark, and what it means. `--help` prints the text below.

import UnderstudyTestSupport

struct Options {
  static let help = """
    Usage: swift run -c release --package-path Tests/Benchmarks Benchmarks [quick|full] [options]

    Starts this project's server and redis-server, drives both by turns with redis-benchmark, and prints throughput and
    server CPU per operation as medians with ratios. Run it on a machine with nothing else to do.

      quick | full          few or many requests and rounds (default: quick)
      --markdown FILE       write the tables to FILE as well
      --only PART[,PART]    parts: throughput, collections, elements, startup, memory, connections,
                            inprocess, snapshots (default: all)
      --commands A,B        only these commands of the throughput and collections parts, as named in
                            their tables
      --pipeline 1,16,100   only these depths
      --transport tcp,unix  only these transports
      --rounds N            how many times each measurement is repeated
      --binary FILE         the release build of `understudy` to measure (default: built now)
      --debug-binary FILE   the debug build to measure beside it (default: built now); `none` leaves it out
      --subject redis       measure redis-server against redis-server: the ratios show the noise
      --callgrind           count instructions per operation with valgrind instead (slow; exact on any machine)
    """

  var full = false
  var markdown: String?
  var parts: Set<String> = [
    "throughput", "collections", "elements", "startup", "memory", "connections", "inprocess",
    "snapshots",
  ]
  var commands: Set<String>?
  var depths = [1, 16, 100]
  var transports: Set<String> = ["tcp", "unix"]
  var rounds: Int
  var binary: String?
  var debugBinary: String?
  var subjectIsRedis = false
  var callgrind = false

  /// Reads the arguments; an unknown one is an error that shows the help.
  init(_ arguments: [String]) throws {
    var rounds: Int?
    var rest = arguments[...]
    func value(_ name: String) throws -> String {
      guard let value = rest.popFirst() else { throw BenchmarkError("\(name) needs a value\n\n\(Self.help)") }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "quick": full = false
      case "full": full = true
      case "--markdown": markdown = try value(argument)
      case "--only": parts = Set(try value(argument).split(separator: ",").map(String.init))
      case "--commands": commands = Set(try value(argument).split(separator: ",").map { $0.uppercased() })
      case "--pipeline": depths = try value(argument).split(separator: ",").compactMap { Int($0) }
      case "--transport": transports = Set(try value(argument).split(separator: ",").map(String.init))
      case "--rounds": rounds = Int(try value(argument))
      case "--binary": binary = try value(argument)
      case "--debug-binary": debugBinary = try value(argument)
      case "--subject": subjectIsRedis = try value(argument) == "redis"
      case "--callgrind": callgrind = true
      case "--help", "-h": throw BenchmarkError(Self.help)
      default: throw BenchmarkError("unknown argument \(argument)\n\n\(Self.help)")
      }
    }
    self.rounds = rounds ?? (full ? 7 : 3)
  }
}

/// A failure that ends the benchmark with a message.
struct BenchmarkError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
