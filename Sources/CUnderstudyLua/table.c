// table.*: 5.1's functions, raw: lengths come from the table itself (5.4 would ask __len, which may answer
// anything), and read-only tables are refused. sort has its own file.

#include "bridge.h"

/// The most elements that one insertion at a negative position moves.
#define SHIFT_LIMIT 10000000

static lua_Integer length_of(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return (lua_Integer)lua_rawlen(L, 1);
}

static int table_getn(lua_State *L) {
  lua_pushinteger(L, length_of(L));
  return 1;
}

static int table_setn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  return luaL_error(L, "'setn' is obsolete");
}

static int table_maxn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Number greatest = 0;
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) > greatest) greatest = lua_tonumber(L, -1);
  }
  bridge_push_number(L, greatest);
  return 1;
}

static int table_insert(lua_State *L) {
  lua_Integer end = length_of(L) + 1, position = end;
  if (bridge_is_proxy(L, 1)) bridge_raise_readonly(L);
  switch (lua_gettop(L)) {
    case 2:
      break;
    case 3:
      position = bridge_check_integer(L, 2);
      if (position > end) end = position;
      if (position < -SHIFT_LIMIT) return luaL_argerror(L, 2, "position out of bounds");
      for (lua_Integer i = end; i > position; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
      }
      break;
    default:
      return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_rawseti(L, 1, position);
  return 0;
}

static int table_remove(lua_State *L) {
  lua_Integer end = length_of(L), position = bridge_opt_integer(L, 2, end);
  if (bridge_is_proxy(L, 1)) bridge_raise_readonly(L);
  if (position < 1 || position > end) return 0;
  lua_rawgeti(L, 1, position);
  for (; position < end; position++) {
    lua_rawgeti(L, 1, position + 1);
    lua_rawseti(L, 1, position);
  }
  lua_pushnil(L);
  lua_rawseti(L, 1, end);
  return 1;
}

static int table_concat(lua_State *L) {
  size_t separator_count = 0, count;
  lua_Integer length = length_of(L);
  const char *separator = lua_isnoneornil(L, 2) ? "" : bridge_check_string(L, 2, &separator_count);
  lua_Integer from = bridge_opt_integer(L, 3, 1), to = bridge_opt_integer(L, 4, length);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (lua_Integer i = from; i <= to; i++) {
    int type = lua_rawgeti(L, 1, i);
    if (type == LUA_TSTRING) {
      luaL_addvalue(&buffer);
    } else if (type == LUA_TNUMBER) {
      char text[64];
      count = bridge_number_text(L, -1, text);
      lua_pop(L, 1);
      luaL_addlstring(&buffer, text, count);
    } else {
      return luaL_error(
        L, "invalid value (%s) at index %d in table for 'concat'", luaL_typename(L, -1), (int)i);
    }
    if (i == to) break;
    luaL_addlstring(&buffer, separator, separator_count);
  }
  luaL_pushresult(&buffer);
  return 1;
}

// foreach and foreachi call a function for each element until it answers something.

static int finish_foreachi(lua_State *L, int status, lua_KContext context) {
  lua_Integer i = (lua_Integer)context, length = (lua_Integer)lua_rawlen(L, 1);
  for (;;) {
    if (status == LUA_YIELD) {
      if (!lua_isnil(L, -1)) return 1;
      lua_pop(L, 1);
      i++;
    }
    if (i > length) return 0;
    lua_pushvalue(L, 2);
    lua_pushinteger(L, i);
    lua_rawgeti(L, 1, i);
    lua_callk(L, 2, 1, (lua_KContext)i, finish_foreachi);
    status = LUA_YIELD;
  }
}

static int table_foreachi(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  return finish_foreachi(L, LUA_OK, 1);
}

// Stack: table, function, key.
static int finish_foreach(lua_State *L, int status, lua_KContext context) {
  (void)context;
  for (;;) {
    if (status == LUA_YIELD) {
      if (!lua_isnil(L, -1)) return 1;
      lua_pop(L, 1);
    }
    if (!lua_next(L, 1)) return 0;
    // Stack: table, function, key, value.
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_rotate(L, 4, -1);
    lua_callk(L, 2, 1, 0, finish_foreach);
    status = LUA_YIELD;
  }
}

static int table_foreach(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  bridge_see_through(L, 1);
  lua_pushnil(L);
  return finish_foreach(L, LUA_OK, 0);
}

void bridge_push_table(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"concat", table_concat}, {"foreach", table_foreach}, {"foreachi", table_foreachi},
    {"getn", table_getn},     {"insert", table_insert},   {"maxn", table_maxn},
    {"remove", table_remove}, {"setn", table_setn},       {"sort", bridge_sort},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
}
