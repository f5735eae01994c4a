// The base functions of 5.1: what 5.4 lacks, does differently, or does in a way that could hang, escape or
// never yield. pcall, xpcall, load and tostring are written so that what they call may be suspended (the
// continuation functions).

#include <lualib.h>
#include <stdlib.h>

#include "bridge.h"

// ---- Protected calls

// After an abort no protected call of the script keeps the error.
static void pass_abort(lua_State *L) {
  if (bridge_unlikely(engine_of(L)->aborting)) bridge_raise_abort(L);
}

// An error reply caught by pcall becomes its text, as in servers of this family; other texts get 5.1's
// wording. Any other table is followed by what it has under `err`. Answers how many values that makes.
static int caught(lua_State *L) {
  pass_abort(L);
  if (lua_type(L, -1) == LUA_TSTRING) {
    bridge_translate_top(L);
  } else if (lua_istable(L, -1)) {
    lua_pushstring(L, "err");
    lua_rawget(L, -2);
    if (!lua_isstring(L, -1)) return 2;
    lua_replace(L, -2);
  }
  return 1;
}

static int finish_pcall(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L);
  int count = caught(L);
  lua_pushboolean(L, 0);
  lua_insert(L, -count - 1);
  return count + 1;
}

static int base_pcall(lua_State *L) {
  // pcall() calls the `true` put below; 5.1 complained about the boolean too.
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  int count = lua_gettop(L) - 2;
  if (count < 0) {
    lua_pushvalue(L, 1);
    count = 0;
  }
  return finish_pcall(L, lua_pcallk(L, count, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

static int finish_handler(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status != LUA_OK && status != LUA_YIELD) {
    pass_abort(L);
    lua_pushliteral(L, "error in error handling");
  }
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

// The handler runs after unwinding: so it may be suspended, and sees the error but not the stack.
static int finish_xpcall(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
  pass_abort(L);
  bridge_translate_top(L);
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  return finish_handler(L, lua_pcallk(L, 1, 1, 0, 0, finish_handler), 0);
}

static int base_xpcall(lua_State *L) {
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  // Stack: handler, true, function.
  lua_insert(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 2);
  return finish_xpcall(L, lua_pcallk(L, 0, LUA_MULTRET, 0, 0, finish_xpcall), 0);
}

// ---- Loading

static int load_text(lua_State *L, int index, const char *name) {
  size_t count;
  const char *text = lua_tolstring(L, index, &count);
  if (bridge_load(L, text ? text : "", text ? count : 0, name)) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int base_loadstring(lua_State *L) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  const char *name = luaL_optstring(L, 2, text);
  return load_text(L, 1, name);
}

// Gathers the pieces that a function returns: one piece is on top, slot 3 holds those before it. An error of
// the function is an answer of load, not an error.
static int next_piece(lua_State *L, int status, lua_KContext context) {
  (void)context;
  for (;;) {
    if (status != LUA_OK && status != LUA_YIELD) {
      // An answer of load, not of pcall: the error is one value.
      if (caught(L) == 2) lua_pop(L, 1);
      lua_pushnil(L);
      lua_insert(L, -2);
      return 2;
    }
    if (status == LUA_YIELD) {
      // Entered with a piece on top.
      size_t count = 0;
      if (!lua_isnil(L, -1)) {
        if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
        bridge_check_string(L, lua_gettop(L), &count);
      }
      if (count == 0) {
        lua_settop(L, 3);
        // A text that grows by concatenation is quadratic; the pieces are joined once.
        lua_Integer pieces = (lua_Integer)lua_rawlen(L, 3);
        luaL_Buffer buffer;
        luaL_buffinit(L, &buffer);
        for (lua_Integer i = 1; i <= pieces; i++) {
          lua_rawgeti(L, 3, i);
          luaL_addvalue(&buffer);
        }
        luaL_pushresult(&buffer);
        return load_text(L, 4, luaL_optstring(L, 2, "=(load)"));
      }
      lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1);
    }
    lua_settop(L, 3);
    lua_pushvalue(L, 1);
    status = lua_pcallk(L, 0, 1, 0, 0, next_piece);
    if (status == LUA_OK) status = LUA_YIELD;
  }
}

static int base_load(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 2);
  lua_createtable(L, 0, 0);
  return next_piece(L, LUA_OK, 0);
}

// ---- Texts and numbers

static int finish_tostring(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 1;
}

static int base_tostring(lua_State *L) {
  char text[64];
  luaL_checkany(L, 1);
  switch (lua_type(L, 1)) {
    case LUA_TSTRING:
      lua_settop(L, 1);
      return 1;
    case LUA_TNUMBER: {
      size_t count = bridge_number_text(L, 1, text);
      lua_pushlstring(L, text, count);
      return 1;
    }
    case LUA_TNIL:
      lua_pushliteral(L, "nil");
      return 1;
    case LUA_TBOOLEAN:
      if (lua_toboolean(L, 1)) lua_pushliteral(L, "true");
      else lua_pushliteral(L, "false");
      return 1;
    default:
      if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 1, 0, finish_tostring);
        return finish_tostring(L, LUA_OK, 0);
      }
      lua_pushfstring(L, "%s: %p", luaL_typename(L, 1), lua_topointer(L, 1));
      return 1;
  }
}

static bool is_blank(const char *p) {
  while (*p == ' ' || (*p >= '\t' && *p <= '\r')) p++;
  return *p == 0;
}

static int base_tonumber(lua_State *L) {
  lua_Integer base = bridge_opt_integer(L, 2, 10);
  size_t count;
  if (base == 10) {
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TNUMBER) {
      lua_settop(L, 1);
      return 1;
    }
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &count) : NULL;
    char *end;
    if (text) {
      // strtod is what 5.1 used: it also reads inf, nan and hexadecimal floats, and nothing behind a zero byte.
      lua_Number n = strtod(text, &end);
      if (end != text && is_blank(end)) {
        bridge_push_number(L, n);
        return 1;
      }
    }
  } else {
    const char *text = bridge_check_string(L, 1, &count);
    luaL_argcheck(L, 2 <= base && base <= 36, 2, "base out of range");
    char *end;
    unsigned long long n = strtoull(text, &end, (int)base);
    if (end != text && is_blank(end)) {
      bridge_push_number(L, (lua_Number)n);
      return 1;
    }
  }
  lua_pushnil(L);
  return 1;
}

// ---- The rest

static int base_assert(lua_State *L) {
  luaL_checkany(L, 1);
  if (lua_toboolean(L, 1)) return lua_gettop(L);
  return luaL_error(L, "%s", luaL_optstring(L, 2, "assertion failed!"));
}

static int base_error(lua_State *L) {
  lua_Integer level = bridge_opt_integer(L, 2, 1);
  lua_settop(L, 1);
  if (lua_isstring(L, 1) && level > 0 && level < 1000) {
    size_t count;
    bridge_check_string(L, 1, &count);
    luaL_where(L, (int)level);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int base_select(lua_State *L) {
  int count = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
    lua_pushinteger(L, count - 1);
    return 1;
  }
  lua_Integer from = bridge_check_integer(L, 1);
  if (from < 0) from = count + from;
  else if (from > count) from = count;
  luaL_argcheck(L, 1 <= from, 1, "index out of range");
  return count - (int)from;
}

static int base_unpack(lua_State *L) {
  int given = lua_gettop(L);
  luaL_checktype(L, 1, LUA_TTABLE);
  bridge_see_through(L, 1);
  lua_Integer from = bridge_opt_integer(L, 2, 1);
  lua_Integer to = lua_isnoneornil(L, 3) ? (lua_Integer)lua_rawlen(L, 1) : bridge_check_integer(L, 3);
  if (from > to) return 0;
  lua_Unsigned count = (lua_Unsigned)to - (lua_Unsigned)from;
  // 5.1 gives a function 8000 slots, its arguments among them.
  lua_Unsigned room = (lua_Unsigned)(8000 - (given < 8000 ? given : 8000));
  if (count >= room || !lua_checkstack(L, (int)count + 1)) return luaL_error(L, "too many results to unpack");
  for (lua_Integer i = from;; i++) {
    lua_rawgeti(L, 1, i);
    if (i == to) break;
  }
  return (int)count + 1;
}

static int next_index(lua_State *L) {
  lua_Integer i = lua_tointeger(L, 2) + 1;
  lua_pushinteger(L, i);
  return lua_rawgeti(L, 1, i) == LUA_TNIL ? 0 : 2;
}

static int base_ipairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  bridge_see_through(L, 1);
  lua_pushcfunction(L, next_index);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

static int base_collectgarbage(lua_State *L) {
  static const char *const options[] = {
    "collect", "count", "step", "stop", "restart", "setpause", "setstepmul", NULL,
  };
  switch (luaL_checkoption(L, 1, "collect", options)) {
    case 1:
      lua_pushnumber(L, (lua_Number)lua_gc(L, LUA_GCCOUNT) + (lua_Number)lua_gc(L, LUA_GCCOUNTB) / 1024);
      return 1;
    case 2:
      // How the collector is run is not the script's business.
      lua_pushboolean(L, 0);
      return 1;
    default:
      lua_pushinteger(L, 0);
      return 1;
  }
}

static int base_gcinfo(lua_State *L) {
  lua_pushinteger(L, lua_gc(L, LUA_GCCOUNT));
  return 1;
}

static int base_rawequal(lua_State *L) {
  luaL_checkany(L, 1);
  luaL_checkany(L, 2);
  lua_pushboolean(L, lua_rawequal(L, 1, 2));
  return 1;
}

static int base_type(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

void bridge_add_base(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"assert", base_assert},
    {"collectgarbage", base_collectgarbage},
    {"error", base_error},
    {"gcinfo", base_gcinfo},
    {"ipairs", base_ipairs},
    {"load", base_load},
    {"loadstring", base_loadstring},
    {"pcall", base_pcall},
    {"rawequal", base_rawequal},
    {"select", base_select},
    {"tonumber", base_tonumber},
    {"tostring", base_tostring},
    {"type", base_type},
    {"unpack", base_unpack},
    {"xpcall", base_xpcall},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
  lua_pushliteral(L, "Lua 5.1");
  lua_setfield(L, -2, "_VERSION");
}
