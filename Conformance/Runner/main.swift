// The `understudy-conformance` program. All of it is in the library beside it, where tests can reach it.

internal import UnderstudyConformance

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

signal(SIGPIPE, SIG_IGN)
exit(Program.main(Array(CommandLine.arguments.dropFirst())))
