// bit.*: 32-bit operations with signed results, as the BitOp library. A number is taken modulo 2^32 after
// rounding to the nearest integer, which adding 2^52 + 2^51 does in the bits of a double.

#include "bridge.h"

static uint32_t bits_of(lua_State *L, int argument) {
  if (lua_isinteger(L, argument)) {
    lua_Integer n = lua_tointeger(L, argument);
    if (n > -(1LL << 51) && n < (1LL << 51)) return (uint32_t)n;
  }
  double shifted = luaL_checknumber(L, argument) + 6755399441055744.0;
  uint64_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  return (uint32_t)bits;
}

static int push_bits(lua_State *L, uint32_t bits) {
  lua_pushinteger(L, (int32_t)bits);
  return 1;
}

static int bit_tobit(lua_State *L) { return push_bits(L, bits_of(L, 1)); }
static int bit_bnot(lua_State *L) { return push_bits(L, ~bits_of(L, 1)); }
static int bit_bswap(lua_State *L) { return push_bits(L, __builtin_bswap32(bits_of(L, 1))); }

#define FOLD(name, operator) \
  static int bit_##name(lua_State *L) { \
    uint32_t bits = bits_of(L, 1); \
    for (int i = lua_gettop(L); i > 1; i--) bits operator bits_of(L, i); \
    return push_bits(L, bits); \
  }

FOLD(band, &=)
FOLD(bor, |=)
FOLD(bxor, ^=)

#define SHIFT(name, expression) \
  static int bit_##name(lua_State *L) { \
    uint32_t b = bits_of(L, 1), n = bits_of(L, 2) & 31; \
    return push_bits(L, expression); \
  }

SHIFT(lshift, b << n)
SHIFT(rshift, b >> n)
SHIFT(arshift, (uint32_t)((int32_t)b >> n))
SHIFT(rol, b << n | b >> (-n & 31))
SHIFT(ror, b >> n | b << (-n & 31))

static int bit_tohex(lua_State *L) {
  uint32_t bits = bits_of(L, 1);
  int32_t digits = lua_isnone(L, 2) ? 8 : (int32_t)bits_of(L, 2);
  const char *letters = digits < 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  uint32_t count = digits < 0 ? 0u - (uint32_t)digits : (uint32_t)digits;
  char text[8];
  if (count > 8) count = 8;
  for (uint32_t i = count; i > 0; i--, bits >>= 4) text[i - 1] = letters[bits & 15];
  lua_pushlstring(L, text, count);
  return 1;
}

void bridge_push_bit(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"arshift", bit_arshift}, {"band", bit_band},   {"bnot", bit_bnot},     {"bor", bit_bor},
    {"bswap", bit_bswap},     {"bxor", bit_bxor},   {"lshift", bit_lshift}, {"rol", bit_rol},
    {"ror", bit_ror},         {"rshift", bit_rshift}, {"tobit", bit_tobit}, {"tohex", bit_tohex},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
}
