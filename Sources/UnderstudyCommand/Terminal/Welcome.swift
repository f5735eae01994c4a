// Welcome: what a person at a terminal is shown when the server is ready, instead of redis-server's lines: where it
// listens, what it is, and how to stop it. And the word for why it could not start.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer

struct Welcome {
  let addresses: ServerAddresses
  let version: Version
  let isVerbose: Bool
  let terminal: Terminal

  var text: String {
    let product = version.isValkey ? "Valkey" : "Redis"
    var text = "\n  \(terminal.styled("Understudy \(ProgramVersion.text)", .bold)), as \(product) \(version.numbers)\n\n"
    for (term, value, note) in rows {
      let blanks = String(repeating: " ", count: 9 - term.count)
      text += "  \(terminal.styled(term, .faint))\(blanks)\(terminal.styled(value, .cyan))"
      text += note.isEmpty ? "\n" : "  \(terminal.styled(note, .faint))\n"
    }
    if isVerbose { text += "\n  Commands are shown as they come.\n" }
    text += "\n  Ctrl-C stops it; what is in it is gone then.\n\n"
    return text
  }

  private func place(_ host: String, _ port: UInt16) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private var rows: [(term: String, value: String, note: String)] {
    var rows: [(term: String, value: String, note: String)] = []
    if let port = addresses.port { rows.append(("Clients", "redis://\(place(addresses.host, port))", "redis-cli -p \(port)")) }
    if let port = addresses.tlsPort { rows.append(("TLS", "rediss://\(place(addresses.host, port))", "")) }
    if let path = addresses.unixSocket { rows.append(("Socket", path, "redis-cli -s \(path)")) }
    if let port = addresses.controlPort {
      rows.append(("Control", place(addresses.controlHost, port), "understudy top --control-port \(port)"))
    } else {
      rows.append(("Control", "none", "--control-port auto opens one, for understudy top and the LAB verbs"))
    }
    rows.append(("Process", "\(understudy_process_identifier())", ""))
    return rows
  }
}

extension ServerError {
  /// What a person is told who has started the server by hand; nil if the log's words say it all.
  func advice(_ configuration: Configuration) -> String? {
    guard case .cannotListen(let address, let code) = self else { return nil }
    if address == configuration.unixSocketPath {
      return "Cannot listen at the Unix socket \(address): \(Self.text(code)). --unixsocket names another path."
    }
    let port = address.split(separator: ":").last.map { String($0) } ?? ""
    let (option, what) =
      port == String(configuration.tls.port) ? ("--tls-port", "the port of TLS")
      : port == configuration.controlPort.map({ String($0) }) ? ("--control-port", "the control port") : ("--port", "the port")
    if understudy_is_address_in_use(code) {
      return "Port \(port) is taken: another program listens there, perhaps another server. \(option) chooses \(what): "
        + "\(option) auto picks a free one."
    }
    if understudy_is_permission_missing(code) {
      return "Port \(port) may not be listened on: \(Self.text(code)). \(option) chooses \(what), above 1023 for everybody."
    }
    return "Cannot listen on \(address): \(Self.text(code)). --bind chooses the addresses, \(option) \(what)."
  }
}
