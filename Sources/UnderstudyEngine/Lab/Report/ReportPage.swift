// ReportPage: the report as a page for a browser, in one file that needs nothing else: markup, style and script stand in
// `Page/`, the run itself as JSON in an element of its own, from which the script draws. Nothing of a run is ever markup:
// the script makes texts of it, and `JSONText` writes no `<`.
//
// The run's form is made for size, because there may be fifty thousand commands: words that come again stand once, in
// `strings`, and are told by their number; rows of what there is much of are arrays. Whoever changes it here changes
// `PageScript+Model`. For programs there is `ReportJSON`.

extension LabReport {
  package var page: String {
    """
    \(PageMarkup.head)
    <title>Understudy</title>
    <style>
    \(PageStyle.text)</style>
    \(PageMarkup.body)<script type="application/json" id="run">\(pageData)</script>
    <script>
    \(PageScript.text)</script>
    </body>
    </html>

    """
  }

  private var pageData: String {
    var json = JSONText()
    var words = WordList()
    json.object { json in
      json.member("provenance", provenance)
      json.member("duration", duration)
      json.member("ruleCount", FindingManifest.all.count)
      json.member("errors", errorCount)
      json.member("faultCount", faultCount)
      json.object("total") { ledger.total.write(to: &$0) }
      json.array("endpoints") { json in for endpoint in endpoints { json.object { endpoint.write(to: &$0) } } }
      json.array("figures") { json in for figures in ledger.figures { json.object { figures.write(to: &$0) } } }
      json.array("findings") { json in
        for finding in findings {
          json.object { json in
            finding.write(to: &json)
            json.member("place", finding.place)
          }
        }
      }
      writeRows(to: &json, &words)
      let numbers = Dictionary(ledger.figures.enumerated().map { ($1.identity, $0) }, uniquingKeysWith: { first, _ in first })
      json.array("connections") { json in
        for connection in ledger.connections {
          json.object { connection.writePage(to: &$0, identity: numbers[connection.identity] ?? 0, &words) }
        }
      }
      json.array("omissions") { json in for omission in omissions { json.string(omission) } }
      // Last: by now they are all known.
      json.array("strings") { json in for text in words.all { json.string(text) } }
    }
    return json.text
  }

  private func writeRows(to json: inout JSONText, _ words: inout WordList) {
    json.name("faults")
    json.array { json in
      for fault in faults {
        let texts = [words.number(of: fault.fault.rule), words.number(of: fault.fault.action)]
        json.array { json in
          json.integer(fault.fault.time)
          json.integer(fault.connection)
          for text in texts { json.integer(text) }
        }
      }
    }
    json.array("marks") { json in
      for mark in marks {
        json.array { json in
          json.integer(mark.time)
          if let connection = mark.connection { json.integer(connection) } else { json.integer(-1) }
          json.string(mark.kind.rawValue)
        }
      }
    }
    json.array("latencies") { json in
      for latency in latencies {
        let name = words.number(of: latency.name)
        json.array { json in
          json.integer(name)
          for figure in [
            latency.count, latency.sum.errors, latency.sum.unanswered, latency.sum.total, latency.median,
            latency.percentile95, latency.sum.maximum, latency.sampled,
          ] { json.integer(figure) }
        }
      }
    }
    json.array("executions") { json in
      for execution in ledger.executions {
        let name = words.number(of: execution.name)
        json.array { json in
          json.integer(name)
          json.string(execution.key.text)
          json.integer(execution.count)
        }
      }
    }
    json.array("scripts") { json in
      for script in ledger.scripts {
        json.array { json in
          json.string(script.name)
          json.integer(script.count)
        }
      }
    }
  }
}

/// Words that come again and again, each told once.
struct WordList {
  private(set) var all: [String] = []
  private var numbers: [String: Int] = [:]

  /// The word's number; -1 for none.
  mutating func number(of word: String?) -> Int {
    guard let word else { return -1 }
    if let number = numbers[word] { return number }
    numbers[word] = all.count
    all.append(word)
    return all.count - 1
  }
}

extension ConnectionReport {
  fileprivate func writePage(to json: inout JSONText, identity number: Int, _ words: inout WordList) {
    json.member("id", identifier)
    json.member("endpoint", endpoint)
    json.member("ordinal", ordinal)
    json.member("identity", number)
    json.member("libraryVersion", libraryVersion)
    json.member("resp", protocolVersion)
    json.member("openedAt", openedAt)
    if let closedAt { json.member("closedAt", closedAt) }
    if let ending { json.member("closedBy", ending.rawValue) }
    json.member("count", commandCount)
    json.member("received", bytesReceived)
    json.member("sent", bytesSent)
    json.array("handshake") { json in for name in handshake { json.string(name) } }
    json.array("left") { json in for state in stateLeft { json.string(state.rawValue) } }
    json.member("dropped", droppedCommands)
    json.array("lane") { json in
      for interval in lane {
        json.integer(interval.kind.rawValue)
        json.integer(interval.start)
        json.integer(interval.end)
      }
    }
    json.array("commands") { json in
      for command in commands {
        let (name, reply) = (words.number(of: command.name), words.number(of: "\(command.reply)"))
        let error = words.number(of: command.error)
        json.array { json in
          json.integer(command.ordinal)
          json.integer(command.place.rawValue)
          json.integer(name)
          json.string(command.text)
          json.integer(command.time)
          json.integer(command.took ?? -1)
          json.integer(reply)
          json.integer(error)
          json.integer(command.database)
        }
      }
    }
  }
}
