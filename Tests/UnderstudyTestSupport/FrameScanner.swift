// Finds where one reply ends in the bytes that a server sends, without building anything from them.
//
// Resumable: it is handed the same growing buffer again and goes on where it stopped, so a reply of many megabytes in
// small pieces costs one pass. Push frames are frames of their own; an attribute belongs to the value after it.

/// Finds the end of one frame in a buffer that grows.
public struct FrameScanner {
  /// Values that are still to come before the frame is whole.
  private var missing = 1
  /// Where the next value starts.
  private var position = 0

  public init() {}

  /// The length of the frame, or nil if `buffer` does not hold it whole yet.
  public mutating func frameLength(in buffer: [UInt8]) throws(RESPParseError) -> Int? {
    while missing > 0 {
      guard let lineEnd = lineEnd(in: buffer) else { return nil }
      var next = lineEnd + 2
      switch buffer[position] {
      case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "#"),
        UInt8(ascii: ","), UInt8(ascii: "("):
        missing -= 1
      case UInt8(ascii: "$"), UInt8(ascii: "!"), UInt8(ascii: "="):
        let length = try count(in: buffer, lineEnd: lineEnd)
        if length >= 0 { next += length + 2 }
        guard next <= buffer.count else { return nil }
        missing -= 1
      case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"):
        missing += max(0, try count(in: buffer, lineEnd: lineEnd)) - 1
      case UInt8(ascii: "%"):
        missing += 2 * max(0, try count(in: buffer, lineEnd: lineEnd)) - 1
      case UInt8(ascii: "|"):
        missing += 2 * max(0, try count(in: buffer, lineEnd: lineEnd))
      default:
        throw RESPParseError(reason: "unknown type byte \(quoted([buffer[position]]))", frame: buffer)
      }
      position = next
    }
    return position
  }

  private func lineEnd(in buffer: [UInt8]) -> Int? {
    guard position < buffer.count, let end = buffer[position...].firstIndex(of: 0x0D), end + 1 < buffer.count
    else { return nil }
    return end
  }

  private func count(in buffer: [UInt8], lineEnd: Int) throws(RESPParseError) -> Int {
    let text = String(decoding: buffer[(position + 1)..<lineEnd], as: UTF8.self)
    guard let count = Int(text), count >= -1, count <= 1 << 40 else {
      throw RESPParseError(reason: "a length of '\(text)'", frame: buffer)
    }
    return count
  }
}
