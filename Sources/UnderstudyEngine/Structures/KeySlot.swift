// KeySlot: where a cluster keeps a key.

/// The slots of a cluster.
enum KeySlot {
  static let count: UInt16 = 16_384

  /// The slot of a key: CRC16 (XMODEM) of it, or of what stands in its first braces if anything does, modulo 16384.
  static func slot(of key: [UInt8]) -> UInt16 {
    var part = key[...]
    if let open = key.firstIndex(of: UInt8(ascii: "{")), let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")),
      close > open + 1
    {
      part = key[(open + 1)..<close]
    }
    var crc: UInt16 = 0
    for byte in part {
      crc ^= UInt16(byte) << 8
      for _ in 0..<8 { crc = crc & 0x8000 != 0 ? (crc << 1) ^ 0x1021 : crc << 1 }
    }
    return crc % count
  }
}
