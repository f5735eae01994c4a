// The `understudy` program: a server with a process of its own, in the place of `redis-server`.
//
// `Launch` reads the command line and the configuration, `Program` runs the server until a signal, a SHUTDOWN or the end
// of the parent, `CommandRun` runs a command against it, `Serving` is what both begin with. `ServerLog` writes what
// redis-server would write, `Announcement` says where the server listens. Nothing here knows commands or data; a new
// option is a directive of the engine's tables.

switch Launch.read(Array(CommandLine.arguments.dropFirst())) {
case .run(let configuration): Program(configuration).run()
case .command(let run): run.run()
case .answer(let text, let status, let isError): Launch.end(text, status: status, isError: isError)
}
