// SHA1 (FIPS 180-4): the name of a script is the SHA1 of its body. Not used for anything that needs to be
// secure.

#include "CUnderstudyLua.h"

#include <string.h>

static uint32_t rotate(uint32_t x, int n) { return (x << n) | (x >> (32 - n)); }

static void block(uint32_t state[5], const uint8_t bytes[64]) {
  uint32_t w[80];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 | (uint32_t)bytes[4 * i + 2] << 8 |
           bytes[4 * i + 3];
  for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t f, k;
    if (i < 20) f = (b & c) | (~b & d), k = 0x5a827999;
    else if (i < 40) f = b ^ c ^ d, k = 0x6ed9eba1;
    else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
    else f = b ^ c ^ d, k = 0xca62c1d6;
    uint32_t next = rotate(a, 5) + f + e + k + w[i];
    e = d, d = c, c = rotate(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

void understudy_sha1_hex(understudy_lua_slice bytes, char out[41]) {
  uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  size_t left = bytes.count;
  const uint8_t *p = bytes.bytes;
  for (; left >= 64; left -= 64, p += 64) block(state, p);
  uint8_t tail[128] = {0};
  if (left) memcpy(tail, p, left);
  tail[left] = 0x80;
  size_t tail_count = left < 56 ? 64 : 128;
  uint64_t bits = (uint64_t)bytes.count * 8;
  for (int i = 0; i < 8; i++) tail[tail_count - 1 - (size_t)i] = (uint8_t)(bits >> (8 * i));
  block(state, tail);
  if (tail_count == 128) block(state, tail + 64);
  for (int i = 0; i < 40; i++) out[i] = "0123456789abcdef"[state[i / 8] >> (28 - 4 * (i % 8)) & 15];
  out[40] = 0;
}
