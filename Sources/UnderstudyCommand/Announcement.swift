// Where the server listens, said in one line of JSON for whoever started it: on the standard output if a port was picked,
// and in `announce-file`.

internal import CUnderstudyPlatform
internal import UnderstudyEngine
internal import UnderstudyServer

struct Announcement {
  let addresses: ServerAddresses
  let version: Version

  /// One line, its end included. What there is not is null.
  var json: String {
    func number(_ name: String, _ value: UInt16?, _ json: inout JSONText) {
      json.name(name)
      if let value { json.integer(value) } else { json.null() }
    }
    var json = JSONText()
    json.object { json in
      json.member("host", addresses.host)
      number("port", addresses.port, &json)
      number("tlsPort", addresses.tlsPort, &json)
      number("controlPort", addresses.controlPort, &json)
      json.name("unixSocket")
      if let path = addresses.unixSocket { json.string(path) } else { json.null() }
      json.member("pid", understudy_process_identifier())
      json.member("version", version.released.description)
    }
    return json.text + "\n"
  }
}
