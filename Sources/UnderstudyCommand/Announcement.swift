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
    let fields: [(String, String)] = [
      ("host", Self.quoted(addresses.host)),
      ("port", addresses.port.map { String($0) } ?? "null"),
      ("tlsPort", addresses.tlsPort.map { String($0) } ?? "null"),
      ("controlPort", addresses.controlPort.map { String($0) } ?? "null"),
      ("unixSocket", addresses.unixSocket.map(Self.quoted) ?? "null"),
      ("pid", String(understudy_process_identifier())),
      ("version", Self.quoted(version.released.description)),
    ]
    return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}\n"
  }

  /// A JSON string. Control characters, quotes and backslashes are escaped; the rest is UTF-8 already.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
