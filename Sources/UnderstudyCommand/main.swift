// The `understudy` program: a server of its own process.

internal import UnderstudyEngine
internal import UnderstudyServer

var options = ServerOptions()
var iterator = CommandLine.arguments.dropFirst().makeIterator()
while let name = iterator.next(), let value = iterator.next() {
  switch name {
  case "--port": options.port = value == "auto" ? .automatic : UInt16(value).map { $0 == 0 ? .none : .fixed($0) } ?? .none
  case "--unixsocket": options.unixSocket = value
  default: break
  }
}
let loop = EventLoop(ownThread: false)
let server = Server(engine: Engine(), options: options, loop: loop)
// SHUTDOWN has stopped the server: its process ends with it.
try server.start(onShutdown: { loop.finish() })
print("Ready to accept connections", server.addresses.map { "\($0)" } ?? "")
try loop.run()
