// Numbers in 5.1's manner. 5.1 knows doubles only; 5.4 also integers, and prints 3.0 where 5.1 printed 3. So
// whatever makes numbers here makes integers when the value is integral and below 2^53, and whatever prints
// them uses `%.14g`.

#include <math.h>
#include <stdio.h>

#include "bridge.h"

#define EXACT 9007199254740992.0

void bridge_push_number(lua_State *L, lua_Number n) {
  if (n > -EXACT && n < EXACT && n == floor(n) && !(n == 0 && signbit(n))) lua_pushinteger(L, (lua_Integer)n);
  else lua_pushnumber(L, n);
}

static size_t integer_text(long long n, char *out) {
  char digits[24], *end = digits + sizeof digits, *p = end;
  unsigned long long magnitude = n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;
  do *--p = (char)('0' + magnitude % 10);
  while ((magnitude /= 10) != 0);
  if (n < 0) *--p = '-';
  memcpy(out, p, (size_t)(end - p));
  return (size_t)(end - p);
}

// Integral values below `limit` need no printf. Integers above 2^53 are rounded as 5.1's doubles were.
static size_t number_text(lua_State *L, int index, char *out, long long limit, const char *format) {
  if (lua_isinteger(L, index)) {
    long long n = lua_tointeger(L, index);
    if (n > -limit && n < limit && n > -(long long)EXACT && n < (long long)EXACT) return integer_text(n, out);
  }
  lua_Number n = lua_tonumber(L, index);
  if (n > (double)-limit && n < (double)limit && n == floor(n) && !(n == 0 && signbit(n)))
    return integer_text((long long)n, out);
  return (size_t)snprintf(out, 64, format, n);
}

size_t bridge_number_text(lua_State *L, int index, char *out) {
  return number_text(L, index, out, 100000000000000LL, "%.14g");
}

size_t bridge_argument_text(lua_State *L, int index, char *out) {
  return number_text(L, index, out, 100000000000000000LL, "%.17g");
}

lua_Integer bridge_check_integer(lua_State *L, int argument) {
  if (lua_isinteger(L, argument)) return lua_tointeger(L, argument);
  lua_Number n = luaL_checknumber(L, argument);
  if (n >= -9223372036854775808.0 && n < 9223372036854775808.0) return (lua_Integer)n;
  // What x86 makes of infinities, NaN and numbers too large; 5.1 scripts met it there.
  return LUA_MININTEGER;
}

lua_Integer bridge_opt_integer(lua_State *L, int argument, lua_Integer fallback) {
  return lua_isnoneornil(L, argument) ? fallback : bridge_check_integer(L, argument);
}

const char *bridge_check_string(lua_State *L, int argument, size_t *count) {
  if (lua_type(L, argument) == LUA_TNUMBER) {
    char text[64];
    size_t length = bridge_number_text(L, argument, text);
    lua_pushlstring(L, text, length);
    lua_replace(L, argument);
  }
  return luaL_checklstring(L, argument, count);
}
