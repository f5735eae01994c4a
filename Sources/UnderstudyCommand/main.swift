// The `understudy` program: a server with a process of its own, in the place of `redis-server`.
//
// `Launch` reads the command line and the configuration, `Program` runs the server until a signal, a SHUTDOWN or the end
// of the parent, `CommandRun` runs a command against it, `Serving` is what both begin with. `ServerLog` writes what
// redis-server would write, `Announcement` says where the server listens. `Usage` holds what the program can be told,
// declared once, and the helps made of that; `Terminal` what a person sees; `Top` shows another server at work. Nothing here
// knows commands or data; a new option of the server is a directive of the engine's tables.

switch Launch.read(Array(CommandLine.arguments.dropFirst())) {
case .run(let configuration): Program(configuration).run()
case .command(let run): run.run()
case .top(let top): top.run()
case .answer(let text, let status, let isError): Launch.end(text, status: status, isError: isError)
}
