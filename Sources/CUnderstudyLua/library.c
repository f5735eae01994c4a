// Libraries of functions: the environment that their code is loaded in, redis.register_function, and loading
// again when the state has been replaced.
//
// The code of a library runs once, in globals that hold nothing but a `redis` for loading (redis.c). What it
// registers are ordinary scripts to run.c, with a library: their keys and arguments are parameters. All
// functions of an engine share one table of globals, which nobody can write to; while a library loads, that
// table shows the globals of loading instead. What a library keeps, it keeps in its own local variables.
//
// Loading is never suspended: the host, asked by the hook, ends it when it takes too long.

#include <ctype.h>
#include <stdlib.h>

#include "bridge.h"

static const char short_of_memory[] = "not enough memory";

bool understudy_lua_is_name(understudy_lua_slice name) {
  for (size_t i = 0; i < name.count; i++)
    if (!isalnum(name.bytes[i]) && name.bytes[i] != '_') return false;
  return name.count > 0;
}

// ---- What a library consists of

static void free_function(understudy_lua_script *function) {
  free(function->name.bytes);
  free(function->description.bytes);
  free(function);
}

static void free_library(understudy_lua_library *library) {
  for (size_t i = 0; i < library->count; i++) free_function(library->functions[i]);
  free(library->functions);
  free(library->code.bytes);
  free(library);
}

static bool copy(bridge_text *to, const char *bytes, size_t count) {
  to->bytes = malloc(count ? count : 1);
  if (to->bytes == NULL) return false;
  if (count) memcpy(to->bytes, bytes, count);
  to->count = count;
  return true;
}

static understudy_lua_library *new_library(understudy_lua_slice code) {
  understudy_lua_library *library = calloc(1, sizeof *library);
  if (library && copy(&library->code, (const char *)code.bytes, code.count)) return library;
  free(library);
  return NULL;
}

// Makes room for one more function and puts an empty one there; null if memory is short.
static understudy_lua_script *new_function(understudy_lua_library *library) {
  if (library->count == library->capacity) {
    size_t capacity = library->capacity ? library->capacity * 2 : 8;
    understudy_lua_script **moved = realloc(library->functions, capacity * sizeof *moved);
    if (moved == NULL) return NULL;
    library->functions = moved;
    library->capacity = capacity;
  }
  understudy_lua_script *function = calloc(1, sizeof *function);
  if (function == NULL) return NULL;
  function->library = library;
  library->functions[library->count++] = function;
  return function;
}

static bool equals(const bridge_text *text, const char *bytes, size_t count) {
  return text->count == count && memcmp(text->bytes, bytes, count) == 0;
}

// The same, whatever the case: that is how functions are called.
static bool clashes(const bridge_text *text, const char *bytes, size_t count) {
  if (text->count != count) return false;
  for (size_t i = 0; i < count; i++)
    if (tolower(text->bytes[i]) != tolower((unsigned char)bytes[i])) return false;
  return true;
}

// ---- redis.register_function

// The arguments of a call: stack positions of name, description and callback (0: not given), and the flags.
typedef struct {
  int name, description, callback;
  uint32_t flags;
} registration;

_Noreturn static void refuse(lua_State *L, const char *text) { bridge_raise_reply_error(L, text); }

// Makes the number or string at `index` a string; answers false if it is neither.
static bool make_string(lua_State *L, int index) {
  if (!lua_isstring(L, index)) return false;
  size_t count;
  bridge_check_string(L, index, &count);
  return true;
}

static uint32_t read_flags(lua_State *L, int table) {
  understudy_lua *engine = engine_of(L);
  uint32_t flags = 0;
  for (lua_Integer i = 1; lua_rawgeti(L, table, i) != LUA_TNIL; i++) {
    if (lua_type(L, -1) != LUA_TSTRING) refuse(L, "unknown flag given");
    understudy_lua_slice name;
    name.bytes = (const uint8_t *)lua_tolstring(L, -1, &name.count);
    uint32_t flag = engine->host.function_flag ? engine->host.function_flag(engine->host.context, name) : 0;
    if (flag == 0) refuse(L, "unknown flag given");
    flags |= flag;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return flags;
}

static bool is_field(const char *text, size_t count, const char *name) {
  if (strlen(name) != count) return false;
  for (size_t i = 0; i < count; i++)
    if (tolower((unsigned char)text[i]) != name[i]) return false;
  return true;
}

// Reads one named argument: key and value are the two on top, and stay there if they are needed.
static void read_field(lua_State *L, registration *call) {
  int value = lua_gettop(L);
  size_t count;
  if (!lua_isstring(L, value - 1)) refuse(L, "named argument key given to redis.register_function is not a string");
  const char *key = lua_type(L, value - 1) == LUA_TSTRING ? lua_tolstring(L, value - 1, &count) : (count = 0, "");
  if (is_field(key, count, "function_name")) {
    if (!make_string(L, value)) refuse(L, "function_name argument given to redis.register_function must be a string");
    call->name = value;
  } else if (is_field(key, count, "description")) {
    if (!make_string(L, value)) refuse(L, "description argument given to redis.register_function must be a string");
    call->description = value;
  } else if (is_field(key, count, "callback")) {
    if (!lua_isfunction(L, value)) refuse(L, "callback argument given to redis.register_function must be a function");
    call->callback = value;
  } else if (is_field(key, count, "flags")) {
    if (!lua_istable(L, value))
      refuse(L, "flags argument to redis.register_function must be a table representing function flags");
    call->flags = read_flags(L, value);
  } else {
    refuse(L, "unknown argument given to redis.register_function");
  }
}

static void read_named(lua_State *L, registration *call) {
  if (!lua_istable(L, 1))
    refuse(
      L, "calling redis.register_function with a single argument is only applicable to Lua table (representing "
         "named arguments).");
  bridge_push_keys(L, 1);
  // In the order of pairs; a table of many keys has one that is unknown among the first.
  for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; i++) {
    luaL_checkstack(L, 8, "arguments");
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    read_field(L, call);
  }
  if (call->name == 0) refuse(L, "redis.register_function must get a function name argument");
  if (call->callback == 0) refuse(L, "redis.register_function must get a callback argument");
}

static void read_positional(lua_State *L, registration *call) {
  if (!make_string(L, 1)) refuse(L, "first argument to redis.register_function must be a string");
  if (!lua_isfunction(L, 2)) refuse(L, "second argument to redis.register_function must be a function");
  call->name = 1;
  call->callback = 2;
}

// The function of a library that is loaded again: what it was is known.
static int register_again(lua_State *L, understudy_lua_library *library, const registration *call) {
  size_t count;
  const char *name = lua_tolstring(L, call->name, &count);
  for (size_t i = 0; i < library->count; i++) {
    understudy_lua_script *function = library->functions[i];
    if (!equals(&function->name, name, count)) continue;
    lua_pushvalue(L, call->callback);
    function->reference = luaL_ref(L, LUA_REGISTRYINDEX);
    function->generation = engine_of(L)->generation;
  }
  return 0;
}

int bridge_register_function(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  understudy_lua_library *library = engine->loading;
  if (library == NULL) refuse(L, "redis.register_function can only be called on FUNCTION LOAD command");
  int given = lua_gettop(L);
  if (given < 1 || given > 2) refuse(L, "wrong number of arguments to redis.register_function");
  registration call = {0, 0, 0, 0};
  if (given == 1) read_named(L, &call);
  else read_positional(L, &call);
  if (library->is_known) return register_again(L, library, &call);

  size_t count, description_count = 0;
  const char *name = lua_tolstring(L, call.name, &count);
  const char *description = call.description ? lua_tolstring(L, call.description, &description_count) : NULL;
  if (!understudy_lua_is_name((understudy_lua_slice){(const uint8_t *)name, count}))
    refuse(
      L, "Library names can only contain letters, numbers, or underscores(_) and must be at least one character "
         "long");
  bridge_spend(L, library->count);
  for (size_t i = 0; i < library->count; i++)
    if (clashes(&library->functions[i]->name, name, count)) refuse(L, "Function already exists in the library");
  // What is kept outside Lua's memory counts against its limit as well.
  library->held_bytes += sizeof(understudy_lua_script) + count + description_count;
  if (engine->limit_bytes != 0 && engine->used_bytes + library->held_bytes > engine->limit_bytes)
    return luaL_error(L, short_of_memory);
  lua_pushvalue(L, call.callback);
  int reference = luaL_ref(L, LUA_REGISTRYINDEX);
  understudy_lua_script *function = new_function(library);
  if (function == NULL || !copy(&function->name, name, count) ||
      (description && !copy(&function->description, description, description_count)))
    return luaL_error(L, short_of_memory);
  function->flags = call.flags;
  function->reference = reference;
  function->generation = engine->generation;
  return 0;
}

// ---- Loading

// Has the globals of functions show the table that the registry holds at `reference`.
static void show_globals(lua_State *L, int reference) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine_of(L)->globals_proxy);
  lua_getmetatable(L, -1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
}

// Runs the code of a library, which registers its functions; on failure leaves the error in the engine's reply
// and answers false. On the main thread, inside the outer protected call.
static bool run_code(lua_State *L, understudy_lua_library *library) {
  understudy_lua *engine = engine_of(L);
  understudy_lua_script *running = engine->running;
  size_t count;
  // Errors name no script.
  engine->running = NULL;
  bool succeeded = bridge_load(L, (const char *)library->code.bytes, library->code.count, "@user_function");
  if (!succeeded) {
    const char *text = lua_tolstring(L, -1, &count);
    bridge_emit_error(engine, "ERR Error compiling function: ", text ? text : "", text ? count : 0, NULL, 0);
    lua_pop(L, 1);
  } else {
    bridge_ensure_thread(L, engine);
    lua_xmove(L, engine->thread, 1);
    show_globals(L, engine->load_globals);
    engine->loading = library;
    engine->slice_instructions = engine->run_instructions = 0;
    int results = 0, uncapped = engine->uncapped;
    engine->uncapped = 0;
    int status = lua_resume(engine->thread, L, 0, &results);
    engine->uncapped = uncapped;
    show_globals(L, engine->globals);
    succeeded = status == LUA_OK;
    if (succeeded) {
      lua_settop(engine->thread, 0);
    } else {
      // Nothing that is there while loading can yield.
      if (status == LUA_YIELD) lua_pushliteral(engine->thread, "attempt to yield while loading");
      bridge_describe_error(L, engine->thread);
      bridge_drop_thread(L, engine);
    }
    engine->loading = NULL;
    engine->aborting = false;
  }
  engine->running = running;
  return succeeded;
}

bool bridge_push_function(lua_State *L, understudy_lua_script *function) {
  understudy_lua *engine = engine_of(L);
  if (function->generation != engine->generation) {
    // The state was replaced. What the library had kept in its variables begins anew.
    engine->out_count = 0;
    if (!run_code(L, function->library)) return false;
    if (function->generation != engine->generation) {
      static const char text[] = "ERR the library no longer registers the function";
      engine->out_count = 0;
      bridge_emit_error(engine, text, "", 0, NULL, 0);
      return false;
    }
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, function->reference);
  return true;
}

typedef struct {
  understudy_lua_library *library;
  bool loaded;
} loading_job;

static int load(lua_State *L) {
  loading_job *job = lua_touserdata(L, 1);
  job->loaded = run_code(L, job->library);
  return 0;
}

static int release(lua_State *L) {
  understudy_lua_library *library = lua_touserdata(L, 1);
  for (size_t i = 0; i < library->count; i++)
    if (library->functions[i]->generation == engine_of(L)->generation)
      luaL_unref(L, LUA_REGISTRYINDEX, library->functions[i]->reference);
  return 0;
}

void understudy_lua_unload(understudy_lua *engine, understudy_lua_library *library) {
  lua_State *L = engine->main;
  if (L && !engine->poisoned) {
    engine->uncapped++;
    lua_pushcfunction(L, release);
    lua_pushlightuserdata(L, library);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_settop(L, 0);
    engine->uncapped--;
  }
  free_library(library);
}

understudy_lua_library *understudy_lua_load(
  understudy_lua *engine, understudy_lua_slice code, understudy_lua_slice *error
) {
  static const char no_memory[] = "-OOM not enough memory for the script engine\r\n";
  *error = (understudy_lua_slice){(const uint8_t *)no_memory, sizeof no_memory - 1};
  if (engine->suspended || !engine->functions || !bridge_ensure_state(engine)) return NULL;
  loading_job job = {new_library(code), false};
  if (job.library == NULL) return NULL;
  lua_State *L = engine->main;
  engine->out_count = 0;
  engine->out_failed = false;
  bridge_reset_json(&engine->json);
  bridge_relax_collector(engine);
  engine->uncapped++;
  lua_pushcfunction(L, load);
  lua_pushlightuserdata(L, &job);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lua_settop(L, 0);
    engine->poisoned = engine->out_failed = true;
    engine->loading = NULL;
    job.loaded = false;
  }
  engine->uncapped--;
  job.library->is_known = true;
  if (job.loaded) return job.library;
  understudy_lua_unload(engine, job.library);
  if (!engine->out_failed) *error = (understudy_lua_slice){engine->out, engine->out_count};
  return NULL;
}

// ---- Looking at a library

size_t understudy_lua_function_count(const understudy_lua_library *library) { return library->count; }

understudy_lua_script *understudy_lua_function(const understudy_lua_library *library, size_t index) {
  return index < library->count ? library->functions[index] : NULL;
}

static understudy_lua_slice slice(const bridge_text *text) {
  return (understudy_lua_slice){text->bytes, text->count};
}

understudy_lua_slice understudy_lua_function_name(const understudy_lua_script *function) {
  return slice(&function->name);
}

understudy_lua_slice understudy_lua_function_description(const understudy_lua_script *function) {
  return slice(&function->description);
}

uint32_t understudy_lua_function_flags(const understudy_lua_script *function) { return function->flags; }
