// CRC64: the checksum of dumps: the polynomial of D. T. Jones, bits reflected, beginning at zero.

enum CRC64 {
  /// 0xad93d23594c935a9 with its bits in reverse.
  private static let polynomial: UInt64 = 0x95ac_9329_ac4b_c9b5

  /// What each byte does to the checksum.
  private static let table: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(UInt64(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ polynomial : rest >> 1 }
  }

  static func checksum(_ bytes: Bytes) -> UInt64 {
    let table = table
    var checksum: UInt64 = 0
    for index in 0..<bytes.count { checksum = table[Int((checksum ^ UInt64(bytes[index])) & 0xff)] ^ checksum >> 8 }
    return checksum
  }
}
