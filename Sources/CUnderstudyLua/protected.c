// The base functions that see tables raw: each knows the read-only proxies. Also the order of pairs.
//
// 5.4 seeds its string hashes anew in every state, so that the order of `next` differs from run to run. For a
// test server that is a nuisance: pairs answers the array part, then the other keys in one fixed order
// (positive integers, other numbers, strings, the rest), taken when the first of them is reached. Keys
// removed meanwhile are skipped.

#include <stdlib.h>

#include "bridge.h"

static int base_getmetatable(lua_State *L) {
  luaL_checkany(L, 1);
  understudy_lua *engine = engine_of(L);
  if (lua_topointer(L, 1) == engine->proxies[0]) {
    // Of the globals, which come first, a stand-in that nobody can write to.
    lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals_metatable);
    return 1;
  }
  if (bridge_is_proxy(L, 1) || !lua_getmetatable(L, 1)) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushstring(L, "__metatable");
  if (lua_rawget(L, -2) == LUA_TNIL) lua_pop(L, 1);
  return 1;
}

// A metatable with __gc would mark the object for finalization, and finalizers run where no hook reaches. 5.4
// looks for the field only now, so it is taken away for the moment.
static int base_setmetatable(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argcheck(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table expected");
  if (bridge_is_proxy(L, 1)) bridge_raise_readonly(L);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
    return luaL_error(L, "cannot change a protected metatable");
  lua_settop(L, 2);
  if (lua_istable(L, 2) && !bridge_is_proxy(L, 2)) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL) {
      lua_pushliteral(L, "__gc");
      lua_pushnil(L);
      lua_rawset(L, 2);
      lua_pushvalue(L, 2);
      lua_setmetatable(L, 1);
      lua_pushliteral(L, "__gc");
      lua_insert(L, -2);
      lua_rawset(L, 2);
      lua_settop(L, 1);
      return 1;
    }
    lua_settop(L, 2);
  }
  lua_setmetatable(L, 1);
  return 1;
}

static int base_rawget(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  bridge_see_through(L, 1);
  lua_rawget(L, 1);
  return 1;
}

static int base_rawset(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  lua_settop(L, 3);
  if (bridge_is_proxy(L, 1)) bridge_raise_readonly(L);
  if (lua_isnil(L, 2)) return luaL_error(L, "table index is nil");
  lua_rawset(L, 1);
  return 1;
}

static int base_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  bridge_see_through(L, 1);
  if (lua_next(L, 1)) return 2;
  lua_pushnil(L);
  return 1;
}

// ---- pairs

// Kinds in their order; within the first three keys are compared, others keep the table's order. Positive
// integers come first wherever the table keeps them, so that they continue the array part.
enum { kind_index, kind_number, kind_string, kind_other };

static int kind_of(lua_State *L, int index) {
  int type = lua_type(L, index);
  if (type == LUA_TNUMBER)
    return lua_isinteger(L, index) && lua_tointeger(L, index) > 0 ? kind_index : kind_number;
  return type == LUA_TSTRING ? kind_string : kind_other;
}

// What qsort compares: the Lua values stay in a table; `position` breaks ties, which keeps the sort stable.
typedef struct {
  int kind, position;
  double number;
  const char *text;
  size_t count;
} sort_key;

static int compare(const void *left, const void *right) {
  const sort_key *a = left, *b = right;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  if (a->number != b->number) return a->number < b->number ? -1 : 1;
  if (a->kind == kind_string) {
    int order = memcmp(a->text, b->text, a->count < b->count ? a->count : b->count);
    if (order != 0) return order;
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
  }
  return a->position < b->position ? -1 : a->position > b->position;
}

// Replaces the key on top (the first behind the array part of the table at `table`) by a list of it and all
// keys after it in their order.
static void collect_keys(lua_State *L, int table) {
  lua_createtable(L, 8, 0);
  int unsorted = lua_gettop(L);
  lua_pushvalue(L, -2);
  int count = 0;
  for (;;) {
    lua_pushvalue(L, -1);
    lua_rawseti(L, unsorted, ++count);
    if (!lua_next(L, table)) break;
    lua_pop(L, 1);
  }
  if (count > 1) {
    sort_key *keys = lua_newuserdatauv(L, (size_t)count * sizeof *keys, 0);
    for (int i = 0; i < count; i++) {
      lua_rawgeti(L, unsorted, i + 1);
      keys[i] = (sort_key){kind_of(L, -1), i, 0, NULL, 0};
      if (keys[i].kind < kind_string) keys[i].number = lua_tonumber(L, -1);
      else if (keys[i].kind == kind_string) keys[i].text = lua_tolstring(L, -1, &keys[i].count);
      else keys[i].number = lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
    qsort(keys, (size_t)count, sizeof *keys, compare);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
      lua_rawgeti(L, unsorted, keys[i].position + 1);
      lua_rawseti(L, -2, i + 1);
    }
    lua_replace(L, unsorted);
    lua_settop(L, unsorted);
  }
  lua_replace(L, unsorted - 1);
}

void bridge_push_keys(lua_State *L, int table) {
  lua_pushnil(L);
  if (lua_next(L, table)) {
    lua_pop(L, 1);
    collect_keys(L, table);
  } else {
    lua_createtable(L, 0, 0);
  }
}

// The iterator; upvalues: the list of keys (or nil while in the array part), the next position in it.
static int step_pairs(lua_State *L) {
  lua_settop(L, 2);
  if (lua_isnil(L, lua_upvalueindex(1))) {
    lua_Integer last = lua_tointeger(L, 2);
    if (!lua_next(L, 1)) return 0;
    if (lua_isinteger(L, -2) && lua_tointeger(L, -2) == last + 1) return 2;
    lua_pop(L, 1);
    collect_keys(L, 1);
    lua_copy(L, -1, lua_upvalueindex(1));
    lua_pushinteger(L, 1);
    lua_replace(L, lua_upvalueindex(2));
  }
  lua_Integer position = lua_tointeger(L, lua_upvalueindex(2));
  for (;; position++) {
    if (lua_rawgeti(L, lua_upvalueindex(1), position) == LUA_TNIL) return 0;
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) break;
    lua_pop(L, 2);
  }
  lua_pushinteger(L, position + 1);
  lua_replace(L, lua_upvalueindex(2));
  return 2;
}

static int base_pairs(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  bridge_see_through(L, 1);
  lua_pushnil(L);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, step_pairs, 2);
  lua_insert(L, 1);
  lua_pushnil(L);
  return 3;
}

void bridge_add_protected(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"getmetatable", base_getmetatable},
    {"next", base_next},
    {"pairs", base_pairs},
    {"rawget", base_rawget},
    {"rawset", base_rawset},
    {"setmetatable", base_setmetatable},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
