// Top: `understudy top`: joins a server over its control port, and shows what it does, in a terminal's second screen, or
// once as plain text.

internal import CUnderstudyPlatform
internal import UnderstudyEngine

struct Top {
  private let options: TopOptions

  /// What the command line asks for.
  static func read(_ words: [String]) -> Launch {
    if words.contains(where: { $0 == ProgramOption.help.name || $0 == ProgramOption.help.short }) {
      return .answer(HelpText.command(.top), status: 0, isError: false)
    }
    do throws(GivenOptions.Refusal) {
      return .top(Top(options: try TopOptions(words, variable: EnvironmentVariables.value)))
    } catch {
      return .answer("understudy top: \(error.text)\nTry: understudy top --help\n", status: 1, isError: true)
    }
  }

  /// Shows it, and ends the process.
  func run() {
    do throws(ControlClient.Failure) {
      var client = try ControlClient(host: options.host, port: options.port)
      // Maps are what the replies are read by.
      let greeting = ["HELLO", "3"] + (options.password.map { ["AUTH", "default", $0] } ?? [])
      let answer = try client.replies(to: [greeting])[0]
      if case .error(let text) = answer, text.hasPrefix("NOAUTH") || text.hasPrefix("WRONGPASS") {
        throw ControlClient.Failure(text: "the control port wants its password: --password, or redis://:password@host:port")
      }
      guard case .map = answer else {
        throw ControlClient.Failure(text: "what answers at \(options.host):\(options.port) is no control port")
      }
      if options.isOnce { try showOnce(&client) } else { try showLive(&client) }
      understudy_exit(0)
    } catch {
      Launch.end("understudy top: \(error.text)\n", status: 1, isError: true)
    }
  }

  private func showOnce(_ client: inout ControlClient) throws(ControlClient.Failure) {
    let start = understudy_monotonic_microseconds()
    let before = try sample(&client)
    // Rates need two looks.
    understudy_pause(min(options.intervalMilliseconds, 200))
    let now = try sample(&client)
    let seconds = Double(understudy_monotonic_microseconds() - start) / 1_000_000
    let limits = TopFrame.Limits(pools: 50, commands: 20, waits: 50, slowCalls: 20, findings: 50)
    let frame = TopFrame(now, before: before, seconds: seconds, width: Terminal(1).size.columns, limits: limits)
    Terminal(1).write(frame.lines.map { $0.text + "\n" }.joined())
  }

  private func sample(_ client: inout ControlClient) throws(ControlClient.Failure) -> TopSample {
    try TopSample(try client.replies(to: TopSample.requests))
  }

  // MARK: Live

  private func showLive(_ client: inout ControlClient) throws(ControlClient.Failure) {
    let terminal = Terminal(1)
    guard terminal.isThere, Terminal(0).isThere, understudy_keys_begin() else {
      throw ControlClient.Failure(text: "this is no terminal; --once prints one frame")
    }
    // The second screen, without a cursor; both go back to what they were, however this ends.
    terminal.write("\u{1B}[?1049h\u{1B}[?25l")
    defer {
      terminal.write("\u{1B}[?25h\u{1B}[?1049l")
      understudy_keys_end()
    }
    var before: TopSample?
    var now = try sample(&client)
    var times = (before: Int64(0), now: understudy_monotonic_microseconds())
    while true {
      draw(now, before, Double(times.now - times.before) / 1_000_000, terminal)
      var isDue = false
      while !isDue {
        let passed = (understudy_monotonic_microseconds() - times.now) / 1000
        let key = understudy_keys_wait(Int32(clamping: max(0, Int64(options.intervalMilliseconds) - passed)))
        switch key {
        case UNDERSTUDY_KEYS_END, Self.key("q"), Self.key("Q"): return
        case UNDERSTUDY_KEYS_RESIZED: draw(now, before, Double(times.now - times.before) / 1_000_000, terminal)
        case UNDERSTUDY_KEYS_NOTHING, Self.key(" "): isDue = true
        default: break
        }
      }
      before = now
      now = try sample(&client)
      times = (times.now, understudy_monotonic_microseconds())
    }
  }

  private static func key(_ letter: Unicode.Scalar) -> Int32 { Int32(letter.value) }

  private func draw(_ now: TopSample, _ before: TopSample?, _ seconds: Double, _ terminal: Terminal) {
    let (columns, rows) = terminal.size
    let frame = TopFrame(now, before: before, seconds: seconds, width: columns)
    var lines = frame.lines.prefix(max(1, rows - 1)).map { line in line.style.map { terminal.styled(line.text, $0) } ?? line.text }
    lines.append(terminal.styled("q ends it", .faint))
    // From the top, each line to its end, and nothing below the last.
    terminal.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
  }
}
