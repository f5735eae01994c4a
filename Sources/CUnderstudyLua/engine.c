// The life of an engine: its Lua state (made at the first use, replaced when poisoned) and its scripts.
//
// Every entry from the host goes through `protect`: one lua_pcall on the main thread with the memory limit
// lifted, so that no error of Lua's can leave this target. Whatever that call catches poisons the state.

#include <stdlib.h>

#include "bridge.h"

#define DEFAULT_SLICE_INSTRUCTIONS 20000000ULL
#define DEFAULT_STUCK_INSTRUCTIONS 1000000000ULL

// Lua calls this for an error outside any protected call, right before abort(). All calls are protected, so
// this is never reached; should it be, spinning or unwinding would be worse than the abort.
static int panic(lua_State *L) {
  (void)L;
  return 0;
}

static int open_state(lua_State *L) {
  bridge_open_sandbox(L);
  return 0;
}

bool bridge_ensure_state(understudy_lua *engine) {
  if (engine->main && !engine->poisoned) return true;
  engine->uncapped++;
  if (engine->main) lua_close(engine->main);
  engine->main = engine->thread = NULL;
  engine->running = NULL;
  engine->suspended = engine->poisoned = engine->aborting = false;
  engine->loading = NULL;
  engine->proxy_count = 0;
  engine->generation++;
  bridge_drain_pool(engine);
  engine->pace_limit = SIZE_MAX;
  bool usable = false;
  lua_State *L = lua_newstate(bridge_allocate, engine);
  if (L) {
    lua_atpanic(L, panic);
    *(understudy_lua **)lua_getextraspace(L) = engine;
    lua_pushcfunction(L, open_state);
    usable = lua_pcall(L, 0, 0, 0) == LUA_OK;
    if (usable) {
      engine->main = L;
    } else {
      lua_close(L);
    }
  }
  engine->uncapped--;
  return usable;
}

understudy_lua *understudy_lua_create(const understudy_lua_config *config) {
  understudy_lua *engine = calloc(1, sizeof *engine);
  if (engine == NULL) return NULL;
  engine->host = config->host;
  engine->limit_bytes = config->memory_limit_bytes;
  engine->strict = config->strict;
  engine->functions = config->functions;
  engine->version = config->version;
  engine->valkey_version = config->valkey_version;
  engine->seed = engine->random_state = config->seed;
  engine->slice_limit = config->slice_instructions ? config->slice_instructions : DEFAULT_SLICE_INSTRUCTIONS;
  engine->stuck_limit = config->stuck_instructions ? config->stuck_instructions : DEFAULT_STUCK_INSTRUCTIONS;
  return engine;
}

void understudy_lua_destroy(understudy_lua *engine) {
  if (engine == NULL) return;
  engine->uncapped++;
  if (engine->main) lua_close(engine->main);
  bridge_drain_pool(engine);
  free(engine->out);
  free(engine);
}

static int collect(lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT);
  return 0;
}

void understudy_lua_tidy(understudy_lua *engine) {
  // A script may be asking for its own size.
  if (engine->main == NULL || engine->running || engine->loading || engine->poisoned) return;
  if (!bridge_is_relaxed(engine)) return;
  engine->uncapped++;
  lua_pushcfunction(engine->main, collect);
  if (lua_pcall(engine->main, 0, 0, 0) != LUA_OK) lua_settop(engine->main, 0);
  engine->uncapped--;
}

size_t understudy_lua_used_memory(const understudy_lua *engine) { return engine->used_bytes; }
uint64_t understudy_lua_instructions(const understudy_lua *engine) { return engine->run_instructions; }
bool understudy_lua_is_suspended(const understudy_lua *engine) { return engine->suspended; }
void understudy_lua_set_memory_limit(understudy_lua *engine, size_t bytes) { engine->limit_bytes = bytes; }
void understudy_lua_set_strict(understudy_lua *engine, bool strict) { engine->strict = strict; }

void understudy_lua_watch_parameters(understudy_lua *engine, bool watch) { engine->watches_parameters = watch; }

bool bridge_out_reserve(understudy_lua *engine, size_t more) {
  size_t needed = engine->out_count + more, capacity = engine->out_capacity ? engine->out_capacity : 256;
  while (capacity < needed) capacity *= 2;
  uint8_t *moved = realloc(engine->out, capacity);
  if (moved == NULL) {
    engine->out_failed = true;
    return false;
  }
  engine->out = moved;
  engine->out_capacity = capacity;
  return true;
}

// ---- Scripts

bool bridge_load(lua_State *L, const char *body, size_t count, const char *name) {
  int base = lua_gettop(L);
  if (bridge_rewrite(L, body, count)) body = lua_tolstring(L, -1, &count);
  bool loaded = luaL_loadbufferx(L, body, count, name, "t") == LUA_OK;
  if (!loaded) bridge_translate_top(L);
  // The rewritten source, if any, lies below the result.
  if (lua_gettop(L) > base + 1) lua_replace(L, base + 1);
  return loaded;
}

bool bridge_push_script(lua_State *L, understudy_lua_script *script) {
  understudy_lua *engine = engine_of(L);
  if (script->generation == engine->generation) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, script->reference);
    return true;
  }
  if (!bridge_load(L, (const char *)script->body, script->body_count, "@user_script")) return false;
  lua_pushvalue(L, -1);
  script->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  script->generation = engine->generation;
  return true;
}

typedef struct {
  understudy_lua_script *script;
  bool compiled;
} compilation;

static int compile(lua_State *L) {
  compilation *job = lua_touserdata(L, 1);
  job->compiled = bridge_push_script(L, job->script);
  if (!job->compiled) {
    size_t count;
    const char *text = lua_tolstring(L, -1, &count);
    if (text == NULL) text = "", count = 0;
    bridge_emit_error(engine_of(L), "ERR Error compiling script (new function): ", text, count, NULL, 0);
  }
  return 0;
}

static understudy_lua_script *new_script(understudy_lua_slice body, const char *sha) {
  understudy_lua_script *script = calloc(1, sizeof *script);
  if (script == NULL) return NULL;
  script->body = malloc(body.count ? body.count : 1);
  if (script->body == NULL) {
    free(script);
    return NULL;
  }
  if (body.count) memcpy(script->body, body.bytes, body.count);
  script->body_count = body.count;
  memcpy(script->sha, sha, 40);
  return script;
}

static void free_script(understudy_lua_script *script) {
  free(script->body);
  free(script);
}

understudy_lua_script *understudy_lua_compile(
  understudy_lua *engine, understudy_lua_slice body, const char *sha, understudy_lua_slice *error
) {
  static const char no_memory[] = "-OOM not enough memory for the script engine\r\n";
  *error = (understudy_lua_slice){(const uint8_t *)no_memory, sizeof no_memory - 1};
  // A suspended script owns the state; a poisoned one cannot be suspended.
  if (!bridge_ensure_state(engine)) return NULL;
  compilation job = {new_script(body, sha), false};
  if (job.script == NULL) return NULL;
  lua_State *L = engine->main;
  engine->out_count = 0;
  engine->out_failed = false;
  engine->uncapped++;
  lua_pushcfunction(L, compile);
  lua_pushlightuserdata(L, &job);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lua_settop(L, 0);
    engine->poisoned = !engine->suspended;
    job.compiled = false;
    engine->out_failed = true;
  }
  engine->uncapped--;
  if (job.compiled) return job.script;
  free_script(job.script);
  if (!engine->out_failed) *error = (understudy_lua_slice){engine->out, engine->out_count};
  return NULL;
}

understudy_lua_slice understudy_lua_script_body(const understudy_lua_script *script) {
  return (understudy_lua_slice){script->body, script->body_count};
}

const char *understudy_lua_script_sha(const understudy_lua_script *script) { return script->sha; }

static int release(lua_State *L) {
  luaL_unref(L, LUA_REGISTRYINDEX, (int)lua_tointeger(L, 1));
  return 0;
}

void understudy_lua_forget(understudy_lua *engine, understudy_lua_script *script) {
  lua_State *L = engine->main;
  if (L && !engine->poisoned && script->generation == engine->generation) {
    engine->uncapped++;
    lua_pushcfunction(L, release);
    lua_pushinteger(L, script->reference);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_settop(L, 0);
    engine->uncapped--;
  }
  free_script(script);
}
