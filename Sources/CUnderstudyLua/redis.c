// The table `redis`: call, pcall, error_reply, status_reply, sha1hex, log, setresp, replication and debug
// stubs.
//
// call and pcall gather their arguments as slices that point into Lua's own strings, hand them to the host,
// and decode what it answers. Errors made here carry the texts of a 7.0 server; those of commands come from
// the host as they are.

#include "bridge.h"

#define STACK_ARGUMENTS 32

_Noreturn void bridge_raise_reply_error(lua_State *L, const char *text) {
  lua_createtable(L, 0, 3);
  lua_pushfstring(L, "ERR %s", text);
  lua_setfield(L, -2, "err");
  lua_error(L);
  __builtin_unreachable();
}

static int refuse(lua_State *L, const char *text, bool protected) {
  if (!protected) bridge_raise_reply_error(L, text);
  lua_createtable(L, 0, 1);
  lua_pushfstring(L, "ERR %s", text);
  lua_setfield(L, -2, "err");
  return 1;
}

// Fills `slices` from the Lua arguments; answers an error text or null. Numbers are written into `digits`.
static const char *gather(lua_State *L, int count, understudy_lua_slice *slices, char (*digits)[64]) {
  if (count == 0) return "Please specify at least one argument for this redis lib call";
  int numbers = 0;
  for (int i = 0; i < count; i++) {
    int type = lua_type(L, i + 1);
    if (type == LUA_TSTRING) {
      slices[i].bytes = (const uint8_t *)lua_tolstring(L, i + 1, &slices[i].count);
    } else if (type == LUA_TNUMBER) {
      slices[i].count = bridge_argument_text(L, i + 1, digits[numbers]);
      slices[i].bytes = (const uint8_t *)digits[numbers++];
    } else {
      return "Lua redis lib command arguments must be strings or integers";
    }
  }
  return NULL;
}

static bool equals(understudy_lua_slice a, const char *upper) {
  size_t count = strlen(upper);
  if (a.count != count) return false;
  for (size_t i = 0; i < count; i++)
    if ((a.bytes[i] & ~0x20) != upper[i]) return false;
  return true;
}

static int call(lua_State *L, bool protected) {
  understudy_lua *engine = engine_of(L);
  understudy_lua_slice small[STACK_ARGUMENTS], *slices = small;
  char small_digits[STACK_ARGUMENTS][64], (*digits)[64] = small_digits;
  int count = lua_gettop(L);
  if (bridge_unlikely(count > STACK_ARGUMENTS)) {
    luaL_checkstack(L, 10, "arguments");
    slices = lua_newuserdatauv(L, (size_t)count * sizeof *slices, 0);
    digits = lua_newuserdatauv(L, (size_t)count * sizeof *digits, 0);
  }
  const char *problem = gather(L, count, slices, digits);
  if (bridge_unlikely(problem != NULL)) return refuse(L, problem, protected);
  if (bridge_unlikely(engine->strict) && equals(slices[0], "KEYS"))
    return refuse(
      L,
      "KEYS is refused inside scripts: it walks the whole keyspace while every client waits. Find the keys "
      "with SCAN outside the script and pass them in KEYS (or set lua-strict no)",
      protected);
  uint32_t flags = (engine->script_resp3 ? UNDERSTUDY_LUA_CALL_RESP3 : 0) |
                   (protected ? UNDERSTUDY_LUA_CALL_PROTECTED : 0);
  understudy_lua_slice reply = engine->host.call(engine->host.context, slices, (size_t)count, flags);
  bool failed = bridge_decode(L, reply);
  if (bridge_unlikely(failed && !protected)) return lua_error(L);
  return 1;
}

static int redis_call(lua_State *L) { return call(L, false); }
static int redis_pcall(lua_State *L) { return call(L, true); }

static int redis_acl_check_cmd(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  int count = lua_gettop(L);
  luaL_checkstack(L, 10, "arguments");
  understudy_lua_slice *slices = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *slices, 0);
  char(*digits)[64] = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof *digits, 0);
  const char *problem = gather(L, count, slices, digits);
  if (problem) bridge_raise_reply_error(L, problem);
  int answer = 1;
  if (engine->host.acl_check) answer = engine->host.acl_check(engine->host.context, slices, (size_t)count);
  if (answer < 0) bridge_raise_reply_error(L, "Invalid command passed to redis.acl_check_cmd()");
  lua_pushboolean(L, answer);
  return 1;
}

static int single_field(lua_State *L, const char *field) {
  if (lua_gettop(L) != 1 || lua_type(L, 1) != LUA_TSTRING) {
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "ERR wrong number or type of arguments");
    lua_setfield(L, -2, "err");
    return 1;
  }
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, field);
  return 1;
}

// `-CODE text` and `CODE text` are kept; a text without a code gets ERR.
static int redis_error_reply(lua_State *L) {
  if (lua_gettop(L) == 1 && lua_type(L, 1) == LUA_TSTRING) {
    size_t count;
    const char *text = lua_tolstring(L, 1, &count);
    bool dashed = count > 0 && text[0] == '-';
    bool coded = memchr(text, ' ', count) != NULL;
    if (dashed || !coded) {
      luaL_Buffer buffer;
      luaL_buffinit(L, &buffer);
      if (!coded) luaL_addlstring(&buffer, "ERR ", 4);
      luaL_addlstring(&buffer, text + dashed, count - dashed);
      luaL_pushresult(&buffer);
      lua_replace(L, 1);
    }
  }
  return single_field(L, "err");
}

static int redis_status_reply(lua_State *L) { return single_field(L, "ok"); }

static int redis_sha1hex(lua_State *L) {
  if (lua_gettop(L) != 1) bridge_raise_reply_error(L, "wrong number of arguments");
  size_t count = 0;
  const char *text = lua_isstring(L, 1) ? bridge_check_string(L, 1, &count) : "";
  char hex[41];
  understudy_sha1_hex((understudy_lua_slice){(const uint8_t *)text, count}, hex);
  lua_pushlstring(L, hex, 40);
  return 1;
}

static int redis_log(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  int count = lua_gettop(L);
  if (count < 2) bridge_raise_reply_error(L, "redis.log() requires two arguments or more.");
  if (!lua_isnumber(L, 1)) bridge_raise_reply_error(L, "First argument must be a number (log level).");
  lua_Integer level = bridge_check_integer(L, 1);
  if (level < 0 || level > 3) bridge_raise_reply_error(L, "Invalid debug level.");
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (int i = 2; i <= count; i++) {
    size_t length = 0;
    const char *text = lua_isstring(L, i) ? bridge_check_string(L, i, &length) : "";
    if (i > 2) luaL_addchar(&buffer, ' ');
    luaL_addlstring(&buffer, text, length);
  }
  luaL_pushresult(&buffer);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  if (engine->host.log)
    engine->host.log(engine->host.context, (int)level, (understudy_lua_slice){(const uint8_t *)text, length});
  return 0;
}

static int redis_setresp(lua_State *L) {
  if (lua_gettop(L) != 1) bridge_raise_reply_error(L, "redis.setresp() requires one argument.");
  lua_Integer version = lua_isnumber(L, 1) ? bridge_check_integer(L, 1) : 0;
  if (version != 2 && version != 3) bridge_raise_reply_error(L, "RESP version must be 2 or 3.");
  engine_of(L)->script_resp3 = version == 3;
  return 0;
}

// Effects replication is the only kind there is; the choice is accepted and has no effect here.
static int redis_set_repl(lua_State *L) {
  if (lua_gettop(L) != 1) bridge_raise_reply_error(L, "redis.set_repl() requires two arguments.");
  lua_Integer flags = lua_isnumber(L, 1) ? bridge_check_integer(L, 1) : 0;
  if (flags & ~(lua_Integer)3)
    bridge_raise_reply_error(L, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
  return 0;
}

static int redis_replicate_commands(lua_State *L) {
  lua_pushboolean(L, 1);
  return 1;
}

// No debugging session is ever attached.
static int redis_breakpoint(lua_State *L) {
  lua_pushboolean(L, 0);
  return 1;
}

static int redis_debug(lua_State *L) {
  (void)L;
  return 0;
}

typedef struct {
  const char *name;
  int value;
} constant;

static void add_version(lua_State *L, const char *prefix, uint32_t version) {
  lua_pushfstring(L, "%s_VERSION_NUM", prefix);
  lua_pushinteger(L, version);
  lua_rawset(L, -3);
  lua_pushfstring(L, "%s_VERSION", prefix);
  lua_pushfstring(L, "%d.%d.%d", (int)(version >> 16), (int)(version >> 8 & 255), (int)(version & 255));
  lua_rawset(L, -3);
}

// Adds what `redis` holds wherever it is seen to the table on top.
static void add_common(lua_State *L) {
  static const constant levels[] = {
    {"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3},
  };
  const understudy_lua *engine = engine_of(L);
  lua_pushcfunction(L, redis_log);
  lua_setfield(L, -2, "log");
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    lua_pushinteger(L, levels[i].value);
    lua_setfield(L, -2, levels[i].name);
  }
  add_version(L, "REDIS", engine->version);
  if (engine->valkey_version == 0) return;
  add_version(L, "SERVER", engine->valkey_version);
  lua_pushliteral(L, "valkey");
  lua_setfield(L, -2, "SERVER_NAME");
}

void bridge_push_redis(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"call", redis_call},
    {"pcall", redis_pcall},
    {"error_reply", redis_error_reply},
    {"status_reply", redis_status_reply},
    {"sha1hex", redis_sha1hex},
    {"setresp", redis_setresp},
    {"set_repl", redis_set_repl},
    {"acl_check_cmd", redis_acl_check_cmd},
    {NULL, NULL},
  };
  // What functions do not have.
  static const luaL_Reg of_scripts[] = {
    {"replicate_commands", redis_replicate_commands},
    {"breakpoint", redis_breakpoint},
    {"debug", redis_debug},
    {NULL, NULL},
  };
  static const constant targets[] = {
    {"REPL_NONE", 0}, {"REPL_AOF", 1}, {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3},
  };
  luaL_newlib(L, functions);
  if (!engine_of(L)->functions) luaL_setfuncs(L, of_scripts, 0);
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    lua_pushinteger(L, targets[i].value);
    lua_setfield(L, -2, targets[i].name);
  }
  add_common(L);
}

void bridge_push_load_redis(lua_State *L) {
  lua_createtable(L, 0, 8);
  lua_pushcfunction(L, bridge_register_function);
  lua_setfield(L, -2, "register_function");
  add_common(L);
}
