// The sandbox: which globals exist, and why no script can change what the next one sees.
//
// 5.4 has no read-only tables, so every library a script can see is an empty proxy: __index is the real
// table, __newindex raises. lua_rawset and its like do not ask metatables, so the engine knows the addresses
// of its proxies and the functions that write or iterate raw (rawset, next, pairs, setmetatable, table.insert
// …) check them. Real tables are reachable from nowhere. The state's own globals table is replaced by the
// proxy, so that code loaded at run time sees no more than the script does.
//
// To add a global function: base.c. A library: a push function, one line in bridge_open_sandbox, and mind
// BRIDGE_PROXY_LIMIT. A function that writes to a table it is given must call bridge_is_proxy first.

#include <lualib.h>

#include "bridge.h"

static const char readonly_text[] = "Attempt to modify a readonly table";

_Noreturn void bridge_raise_readonly(lua_State *L) {
  lua_pushstring(L, readonly_text);
  lua_error(L);
  __builtin_unreachable();
}

static int refuse_write(lua_State *L) { return luaL_error(L, "%s", readonly_text); }

static int refuse_unknown_global(lua_State *L) {
  if (!lua_isstring(L, 2))
    return luaL_error(L, "Second argument to luaProtectedTableError must be a string or number");
  return luaL_error(L, "Script attempted to access nonexistent global variable '%s'", lua_tostring(L, 2));
}

bool bridge_is_proxy(lua_State *L, int index) {
  understudy_lua *engine = engine_of(L);
  const void *address = lua_topointer(L, index);
  for (int i = 0; i < engine->proxy_count; i++)
    if (engine->proxies[i] == address) return true;
  return false;
}

void bridge_see_through(lua_State *L, int index) {
  if (!bridge_is_proxy(L, index)) return;
  lua_getmetatable(L, index);
  lua_pushstring(L, "__index");
  lua_rawget(L, -2);
  lua_replace(L, index);
  lua_pop(L, 1);
}

// Replaces the table on top by a read-only proxy of it.
static void push_proxy(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  if (engine->proxy_count == BRIDGE_PROXY_LIMIT) luaL_error(L, "too many read-only tables");
  lua_createtable(L, 0, 0);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, refuse_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  engine->proxies[engine->proxy_count++] = lua_topointer(L, -1);
  lua_replace(L, -2);
}

void bridge_publish(lua_State *L, const char *name) {
  understudy_lua *engine = engine_of(L);
  push_proxy(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals);
  lua_insert(L, -2);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}

// Adds the functions of `string` to the table on top.
static void add_string(lua_State *L) {
  bridge_add_string(L);
  bridge_add_pattern(L);
}

// Strings find their methods in a table of their own, which also has the hidden one that a rewritten `..`
// calls; what getmetatable('') shows is a read-only stand-in.
static void open_string(lua_State *L) {
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 10);
  bridge_add_string_arithmetic(L);
  lua_createtable(L, 0, 16);
  add_string(L);
  lua_pushcfunction(L, bridge_join);
  lua_setfield(L, -2, "__join");
  lua_setfield(L, -2, "__index");

  lua_createtable(L, 0, 16);
  add_string(L);
  push_proxy(L);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "__index");
  push_proxy(L);
  lua_setfield(L, -3, "__metatable");
  // Stack: "", its metatable, the read-only `string`.
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine_of(L)->globals);
  lua_insert(L, -2);
  lua_setfield(L, -2, "string");
  lua_pop(L, 1);
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

// The globals that the code of a library is loaded in: `redis`, of another kind, and nothing else. What is not
// there is an error in both.
static void open_load_globals(lua_State *L) {
  lua_createtable(L, 0, 1);
  bridge_push_load_redis(L);
  for (int table = lua_gettop(L) - 1; table <= lua_gettop(L); table++) {
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, refuse_unknown_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, table);
  }
  push_proxy(L);
  if (engine_of(L)->valkey_version) {
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "server");
  }
  lua_setfield(L, -2, "redis");
  engine_of(L)->load_globals = luaL_ref(L, LUA_REGISTRYINDEX);
}

static int os_clock(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  uint64_t now = engine->host.clock_microseconds ? engine->host.clock_microseconds(engine->host.context) : 0;
  lua_pushnumber(L, (lua_Number)now / 1e6);
  return 1;
}

void bridge_open_sandbox(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  lua_createtable(L, 0, 64);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, refuse_unknown_global);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  engine->globals = luaL_ref(L, LUA_REGISTRYINDEX);
  bridge_add_base(L);
  bridge_add_protected(L);
  if (!engine->functions) {
    lua_createtable(L, 0, 0);
    lua_setfield(L, -2, "KEYS");
    lua_createtable(L, 0, 0);
    lua_setfield(L, -2, "ARGV");
  }

  lua_pushvalue(L, -1);
  push_proxy(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "_G");
  lua_pushvalue(L, -1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  engine->globals_proxy = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, refuse_unknown_global);
  lua_setfield(L, -2, "__index");
  push_proxy(L);
  engine->globals_metatable = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_pop(L, 1);
  lua_pushboolean(L, 0);
  engine->thread_reference = luaL_ref(L, LUA_REGISTRYINDEX);

  open_string(L);
  bridge_push_table(L);
  bridge_publish(L, "table");
  bridge_push_math(L);
  bridge_publish(L, "math");
  bridge_push_coroutine(L);
  bridge_publish(L, "coroutine");
  bridge_push_json(L);
  bridge_publish(L, "cjson");
  bridge_push_msgpack(L);
  bridge_publish(L, "cmsgpack");
  bridge_push_struct(L);
  bridge_publish(L, "struct");
  bridge_push_bit(L);
  bridge_publish(L, "bit");
  bridge_push_redis(L);
  bridge_publish(L, "redis");
  if (engine->valkey_version) {
    // The same table by another name.
    lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals);
    lua_getfield(L, -1, "redis");
    lua_setfield(L, -2, "server");
    lua_pop(L, 1);
  }
  // os.clock came with 7.4.
  if (engine->version >= 0x00070400) {
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, os_clock);
    lua_setfield(L, -2, "clock");
    bridge_publish(L, "os");
  }
  if (engine->functions) open_load_globals(L);
}
