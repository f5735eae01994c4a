// XXH3 against values that the reference implementation gives, for lengths on both sides of every change of way.

import Testing

@testable import UnderstudyEngine

@Suite struct XXH3Tests {
  /// Bytes that repeat late, by length, and their hash.
  private static let known: [(count: Int, hash: UInt64)] = [
    (0, 0x2d06_8005_38d3_94c2),
    (1, 0x929e_358d_27ae_3ee2),
    (2, 0x7453_273f_744e_c252),
    (3, 0xedbd_8908_5055_020f),
    (4, 0xb88a_3316_c9cb_ada6),
    (7, 0x77fe_a4ce_0a6e_9ec7),
    (8, 0xca52_9b01_8625_de44),
    (9, 0x70dc_2271_2a6e_e9fc),
    (15, 0x9db7_38c3_5648_8828),
    (16, 0x9886_7962_91da_8a97),
    (17, 0xf13e_1a95_2833_6483),
    (31, 0xa702_f492_08a4_f068),
    (32, 0x2f7d_df70_286c_3c84),
    (33, 0x266d_e476_c09d_9677),
    (64, 0x2cd7_0675_4e9e_bc4a),
    (65, 0x4939_9ef4_2812_4cb1),
    (96, 0x9da7_b83d_1549_8fd4),
    (97, 0x0676_eff8_40cd_2227),
    (127, 0x45b6_4b29_1980_cc07),
    (128, 0x160d_5cc1_4718_584d),
    (129, 0xf59f_df21_df59_14aa),
    (144, 0x5d55_08a1_e91e_e3b5),
    (200, 0xa620_102c_f307_d27c),
    (239, 0xf277_d194_4736_562b),
    (240, 0xe043_677d_5ae4_9e40),
    (241, 0x7d18_7ab6_42ec_16ed),
    (255, 0x284f_a3da_32e7_a868),
    (256, 0xaec8_f01d_dd10_80b0),
    (257, 0xe1c5_c554_7190_6357),
    (511, 0x4c82_6471_51f3_c506),
    (512, 0x5f98_5763_5af1_a094),
    (1023, 0x4f0f_5fb5_d52a_f501),
    (1024, 0x5e10_54d1_0959_bf1e),
    (1025, 0x97ff_34d6_cec3_109a),
    (1088, 0x61e6_4823_2896_da5d),
    (2048, 0x905a_119f_0a6e_c8ac),
    (2049, 0x3c55_edc8_cc56_a4fe),
    (4096, 0x5602_5443_6edd_0136),
    (5000, 0x900d_89a1_3aad_cc07),
    (10000, 0xf826_7116_70b2_e639),
  ]

  @Test func knownRuns() {
    for (count, hash) in Self.known {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 7 &+ $0 &* 13 &+ 5) }
      #expect(bytes.lend { XXH3.hash($0) } == hash, "\(count) bytes")
    }
  }

  @Test func knownStrings() {
    let known: [(String, UInt64)] = [
      ("", 0x2d06_8005_38d3_94c2), ("hello", 0x9555_e855_5c62_dcfd), ("123", 0x404a_763b_3f4c_8c9a),
      ("v8", 0x0cc7_6dbb_4138_1419),
    ]
    for (text, hash) in known { #expect(text.lend { XXH3.hash($0) } == hash, "\(text)") }
  }
}
