// math.*: 5.1's functions. Results that are whole are integers, so that they print as 5.1 printed them. In
// strict mode random and randomseed are refused; otherwise the generator is seeded by the server and repeats
// for the same seed.

#include <math.h>

#include "bridge.h"

#define UNARY(name, expression) \
  static int math_##name(lua_State *L) { \
    lua_Number x = luaL_checknumber(L, 1); \
    bridge_push_number(L, expression); \
    return 1; \
  }

#define BINARY(name, expression) \
  static int math_##name(lua_State *L) { \
    lua_Number x = luaL_checknumber(L, 1), y = luaL_checknumber(L, 2); \
    bridge_push_number(L, expression); \
    return 1; \
  }

#define DEGREE (3.141592653589793238462643383279502884 / 180.0)

UNARY(acos, acos(x))
UNARY(asin, asin(x))
UNARY(atan, atan(x))
UNARY(ceil, ceil(x))
UNARY(cos, cos(x))
UNARY(cosh, cosh(x))
UNARY(deg, x / DEGREE)
UNARY(exp, exp(x))
UNARY(floor, floor(x))
UNARY(log, log(x))
UNARY(log10, log10(x))
UNARY(rad, x *DEGREE)
UNARY(sin, sin(x))
UNARY(sinh, sinh(x))
UNARY(sqrt, sqrt(x))
UNARY(tan, tan(x))
UNARY(tanh, tanh(x))
UNARY(abs, fabs(x))
BINARY(atan2, atan2(x, y))
BINARY(fmod, fmod(x, y))
BINARY(pow, pow(x, y))

static int math_ldexp(lua_State *L) {
  lua_Number x = luaL_checknumber(L, 1);
  lua_Integer e = bridge_check_integer(L, 2);
  bridge_push_number(L, ldexp(x, e > 100000 ? 100000 : e < -100000 ? -100000 : (int)e));
  return 1;
}

static int math_frexp(lua_State *L) {
  int e = 0;
  lua_Number fraction = frexp(luaL_checknumber(L, 1), &e);
  bridge_push_number(L, fraction);
  lua_pushinteger(L, e);
  return 2;
}

static int math_modf(lua_State *L) {
  lua_Number whole, fraction = modf(luaL_checknumber(L, 1), &whole);
  bridge_push_number(L, whole);
  bridge_push_number(L, fraction);
  return 2;
}

static int extreme(lua_State *L, bool greatest) {
  int count = lua_gettop(L), best = 1;
  lua_Number value = luaL_checknumber(L, 1);
  for (int i = 2; i <= count; i++) {
    lua_Number n = luaL_checknumber(L, i);
    if (greatest ? n > value : n < value) {
      value = n;
      best = i;
    }
  }
  if (lua_isinteger(L, best)) lua_pushvalue(L, best);
  else bridge_push_number(L, value);
  return 1;
}

static int math_max(lua_State *L) { return extreme(L, true); }
static int math_min(lua_State *L) { return extreme(L, false); }

// ---- Randomness

static void refuse_random(lua_State *L, const char *name) {
  if (engine_of(L)->strict)
    luaL_error(
      L,
      "math.%s is refused inside scripts: its result cannot be repeated by a test. Draw the random value in "
      "the client and pass it in ARGV (or set lua-strict no)",
      name);
}

// splitmix64: small, and good enough for what scripts do with it.
static double draw(understudy_lua *engine) {
  uint64_t z = engine->random_state += 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return (double)(z >> 11) * 0x1.0p-53;
}

static int math_random(lua_State *L) {
  refuse_random(L, "random");
  double r = draw(engine_of(L));
  switch (lua_gettop(L)) {
    case 0:
      lua_pushnumber(L, r);
      return 1;
    case 1: {
      lua_Integer to = bridge_check_integer(L, 1);
      luaL_argcheck(L, 1 <= to, 1, "interval is empty");
      bridge_push_number(L, floor(r * (double)to) + 1);
      return 1;
    }
    case 2: {
      lua_Integer from = bridge_check_integer(L, 1), to = bridge_check_integer(L, 2);
      luaL_argcheck(L, from <= to, 2, "interval is empty");
      bridge_push_number(L, floor(r * ((double)to - (double)from + 1)) + (double)from);
      return 1;
    }
    default:
      return luaL_error(L, "wrong number of arguments");
  }
}

static int math_randomseed(lua_State *L) {
  refuse_random(L, "randomseed");
  understudy_lua *engine = engine_of(L);
  engine->random_state = engine->seed ^ (uint64_t)bridge_check_integer(L, 1);
  return 0;
}

void bridge_push_math(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"abs", math_abs},     {"acos", math_acos},   {"asin", math_asin},
    {"atan", math_atan},   {"atan2", math_atan2}, {"ceil", math_ceil},
    {"cos", math_cos},     {"cosh", math_cosh},   {"deg", math_deg},
    {"exp", math_exp},     {"floor", math_floor}, {"fmod", math_fmod},
    {"frexp", math_frexp}, {"ldexp", math_ldexp}, {"log", math_log},
    {"log10", math_log10}, {"max", math_max},     {"min", math_min},
    {"mod", math_fmod},    {"modf", math_modf},   {"pow", math_pow},
    {"rad", math_rad},     {"random", math_random}, {"randomseed", math_randomseed},
    {"sin", math_sin},     {"sinh", math_sinh},   {"sqrt", math_sqrt},
    {"tan", math_tan},     {"tanh", math_tanh},   {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lua_pushnumber(L, HUGE_VAL);
  lua_setfield(L, -2, "huge");
  lua_pushnumber(L, 3.141592653589793238462643383279502884);
  lua_setfield(L, -2, "pi");
}
