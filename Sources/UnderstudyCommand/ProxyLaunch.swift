// `understudy proxy`: the server's own command line, with the address of the server behind, and ports that are free
// unless it says otherwise. What a proxy does is the engine's (Lab/Proxy); `understudy run --upstream` comes the same way.

internal import UnderstudyEngine

enum ProxyLaunch {
  /// - Parameter arguments: those behind `proxy`.
  static func read(_ arguments: [String]) -> Launch {
    if arguments.isEmpty || arguments.contains(ProgramOption.help.name) || arguments.contains("-h") {
      return .answer(HelpText.command(.proxy), status: 0, isError: false)
    }
    let own = ["--port", "auto", "--control-port", "auto", "--bind", "127.0.0.1"]
    let launch: Launch
    if let first = arguments.first, !first.hasPrefix("--") {
      launch = Launch.read([first] + own + arguments.dropFirst())
    } else {
      launch = Launch.read(own + arguments)
    }
    guard case .run(let configuration) = launch else { return launch }
    guard configuration.upstream != nil else {
      return .answer(
        "understudy proxy: there is no server to stand before; name it: --upstream host:port\nTry: understudy proxy --help\n",
        status: 1, isError: true)
    }
    return launch
  }
}
