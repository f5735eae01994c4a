// VerboseLines: what `verbose` shows: a line for each command that has its reply, or begins to wait for it, in columns that
// grow with what they have to hold. The texts come from the ledger, without secrets.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

final class VerboseLines {
  private let terminal: Terminal
  private let worker: String?
  private let write: (String) -> Void
  private var endpointWidth = 8
  private var clientWidth = 15
  private var hasHeading = false

  /// - Parameters:
  ///   - worker: whose server it is, if it is a worker's (`Workers`).
  ///   - write: takes lines.
  init(_ terminal: Terminal, worker: String?, write: @escaping (String) -> Void) {
    self.terminal = terminal
    self.worker = worker
    self.write = write
  }

  func show(_ trace: CommandTrace) {
    let text = line(trace)
    write(hasHeading ? text : heading + text)
    hasHeading = true
  }

  private var heading: String {
    let cells = ["time".padded(to: 12), "endpoint".padded(to: endpointWidth), "client".padded(to: clientWidth)]
    return terminal.styled("\((cells + ["took".padded(to: 8, isRight: true), "command"]).joined(separator: "  "))", .faint) + "\n"
  }

  private func line(_ trace: CommandTrace) -> String {
    let command = trace.command
    let name = worker.map { LabEndpoint.name(trace.endpoint, ofWorker: $0) } ?? trace.endpoint
    let endpoint = TextLayout.printable(name), client = TextLayout.printable(trace.client)
    endpointWidth = min(max(endpointWidth, endpoint.count), 16)
    clientWidth = min(max(clientWidth, client.count), 24)
    let took = command.took.map { TextLayout.duration($0) } ?? "waits"
    var text = TextLayout.printable(command.text)
    var note = command.error.map { " → \(TextLayout.printable($0))" } ?? ""
    switch command.place {
    case .direct: break
    case .queued: note = " → queued"
    // Their caller's line follows.
    case .transaction, .script: text = "· " + text
    }
    let start = [
      Self.time.padded(to: 12), TextLayout.shortened(endpoint, to: endpointWidth).padded(to: endpointWidth),
      TextLayout.shortened(client, to: clientWidth).padded(to: clientWidth), took.padded(to: 8, isRight: true), "",
    ].joined(separator: "  ")
    if terminal.isThere {
      let room = max(20, terminal.size.columns - start.count)
      text = TextLayout.shortened(text, to: room)
      note = TextLayout.shortened(note, to: max(0, room - text.count))
    }
    let style: Terminal.Style = command.error == nil ? .faint : .red
    return start + text + (note.isEmpty ? "" : terminal.styled(note, style)) + "\n"
  }

  /// The time of day, as the log has it.
  private static var time: String { ServerLog.time.split(separator: " ").last.map { String($0) } ?? "" }
}

extension String {
  func padded(to width: Int, isRight: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - count))
    return isRight ? blanks + self : self + blanks
  }
}
