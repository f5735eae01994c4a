// Running scripts: slices, the count hook, kill.
//
// A script runs in a thread (a Lua coroutine) whose count hook asks the host whether to go on. To end a slice
// the hook yields, which suspends everything without unwinding it. lua_resume stands inside lua_pcall on the
// main thread: its own error path allocates unprotected. The thread is used again only after a clean finish,
// because after an error it may hold a stack of many megabytes.
//
// Where a yield is impossible (a metamethod called from C), the script goes on to the next place where it is;
// one that never gets there is aborted: the hook raises, and protected calls pass the error on while
// `aborting` is set.

#include "bridge.h"

static const char abort_text[] =
  "ERR Script aborted: it ran past the limit inside code that cannot be suspended (a metamethod called by a "
  "library)";

static const char load_text[] = "ERR FUNCTION LOAD timeout";

// The code of a library may run for so many instructions if the host's clock stands still.
#define LOAD_INSTRUCTIONS 200000000ULL

_Noreturn void bridge_raise_abort(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  engine->aborting = true;
  lua_sethook(L, bridge_hook, LUA_MASKCOUNT, 1);
  lua_pushstring(L, engine->loading ? load_text : abort_text);
  lua_error(L);
  __builtin_unreachable();
}

void bridge_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  understudy_lua *engine = engine_of(L);
  if (engine->aborting) bridge_raise_abort(L);
  engine->slice_instructions += UNDERSTUDY_LUA_HOOK_INSTRUCTIONS;
  engine->run_instructions += UNDERSTUDY_LUA_HOOK_INSTRUCTIONS;
  bool can_yield = lua_isyieldable(L);
  understudy_lua_action action =
    engine->host.check(engine->host.context, engine->slice_instructions, can_yield);
  if (action == UNDERSTUDY_LUA_ABORT) bridge_raise_abort(L);
  if (bridge_unlikely(engine->loading != NULL)) {
    if (engine->run_instructions >= LOAD_INSTRUCTIONS) bridge_raise_abort(L);
    return;
  }
  if (can_yield) {
    if (action == UNDERSTUDY_LUA_YIELD || engine->slice_instructions >= engine->slice_limit) {
      engine->slice_over = true;
      lua_yield(L, 0);
    }
  } else if (engine->slice_instructions >= engine->stuck_limit) {
    bridge_raise_abort(L);
  }
}

void bridge_spend(lua_State *L, uint64_t instructions) {
  understudy_lua *engine = engine_of(L);
  engine->slice_instructions += instructions;
  engine->run_instructions += instructions;
  if (engine->aborting || engine->slice_instructions >= engine->stuck_limit) bridge_raise_abort(L);
}

// ---- Entering

typedef struct {
  understudy_lua_script *script;
  const understudy_lua_slice *keys, *arguments;
  size_t key_count, argument_count;
  understudy_lua_status status;
} job;

static void push_slices(lua_State *L, const understudy_lua_slice *slices, size_t count) {
  lua_createtable(L, count < 0x7fffffff ? (int)count : 0, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushlstring(L, slices[i].count ? (const char *)slices[i].bytes : "", slices[i].count);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

// The __index of a watched KEYS or ARGV: called only where there is nothing.
static int missing_parameter(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  int is_index = 0;
  lua_Integer index = lua_type(L, 2) == LUA_TNUMBER ? lua_tointegerx(L, 2, &is_index) : 0;
  if (engine->host.missing_parameter && is_index)
    engine->host.missing_parameter(engine->host.context, lua_toboolean(L, lua_upvalueindex(1)), index);
  lua_pushnil(L);
  return 1;
}

// Watches the table on top.
static void watch(lua_State *L, bool is_key) {
  lua_createtable(L, 0, 1);
  lua_pushboolean(L, is_key);
  lua_pushcclosure(L, missing_parameter, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

static bool are_large(const understudy_lua_slice *slices, size_t count) {
  size_t bytes = count * 16;
  for (size_t i = 0; i < count && bytes < 65536; i++) bytes += slices[i].count;
  return bytes >= 65536;
}

void bridge_ensure_thread(lua_State *L, understudy_lua *engine) {
  if (engine->thread) return;
  engine->thread = lua_newthread(L);
  lua_sethook(engine->thread, bridge_hook, LUA_MASKCOUNT, UNDERSTUDY_LUA_HOOK_INSTRUCTIONS);
  lua_rawseti(L, LUA_REGISTRYINDEX, engine->thread_reference);
}

void bridge_drop_thread(lua_State *L, understudy_lua *engine) {
  engine->thread = NULL;
  lua_pushboolean(L, 0);
  lua_rawseti(L, LUA_REGISTRYINDEX, engine->thread_reference);
}

static void drop_arguments(lua_State *L, understudy_lua *engine) {
  engine->holds_large_arguments = false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals);
  lua_createtable(L, 0, 0);
  lua_setfield(L, -2, "KEYS");
  lua_createtable(L, 0, 0);
  lua_setfield(L, -2, "ARGV");
  lua_pop(L, 1);
}

// Runs the thread until its slice is over or the script is; in the latter case leaves the reply. On the main
// thread. `passed` parameters stand on the thread.
static void step(lua_State *L, understudy_lua *engine, job *task, int passed) {
  lua_State *thread = engine->thread;
  int results = 0;
  engine->slice_instructions = 0;
  engine->slice_over = false;
  int uncapped = engine->uncapped;
  engine->uncapped = 0;
  int status = lua_resume(thread, L, passed, &results);
  engine->uncapped = uncapped;
  if (status == LUA_YIELD) {
    lua_pop(thread, results);
    task->status = UNDERSTUDY_LUA_YIELDED;
    return;
  }
  if (status == LUA_OK) {
    if (results == 0) lua_pushnil(L);
    else {
      lua_settop(thread, lua_gettop(thread) - results + 1);
      lua_xmove(thread, L, 1);
    }
    bridge_encode(L, engine);
    lua_settop(thread, 0);
    task->status = UNDERSTUDY_LUA_DONE;
  } else {
    bridge_describe_error(L, thread);
    bridge_drop_thread(L, engine);
    task->status = UNDERSTUDY_LUA_ERROR;
  }
  if (engine->holds_large_arguments) drop_arguments(L, engine);
}

// A function gets its keys and arguments as parameters.
static int enter_function(lua_State *L, understudy_lua *engine, job *task) {
  if (!bridge_push_function(L, task->script)) {
    task->status = UNDERSTUDY_LUA_ERROR;
    return 0;
  }
  bridge_ensure_thread(L, engine);
  push_slices(L, task->keys, task->key_count);
  push_slices(L, task->arguments, task->argument_count);
  lua_xmove(L, engine->thread, 3);
  step(L, engine, task, 2);
  return 0;
}

static int enter(lua_State *L) {
  job *task = lua_touserdata(L, 1);
  understudy_lua *engine = engine_of(L);
  if (task->script == NULL) {
    step(L, engine, task, 0);
    return 0;
  }
  if (task->script->library) return enter_function(L, engine, task);
  bridge_ensure_thread(L, engine);
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals);
  push_slices(L, task->keys, task->key_count);
  if (bridge_unlikely(engine->watches_parameters)) watch(L, true);
  lua_setfield(L, -2, "KEYS");
  push_slices(L, task->arguments, task->argument_count);
  if (bridge_unlikely(engine->watches_parameters)) watch(L, false);
  lua_setfield(L, -2, "ARGV");
  if (!bridge_push_script(L, task->script)) return lua_error(L);
  // A script may have assigned to _ENV, which is an upvalue of the cached function.
  lua_rawgeti(L, LUA_REGISTRYINDEX, engine->globals_proxy);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  lua_xmove(L, engine->thread, 1);
  step(L, engine, task, 0);
  return 0;
}

static const char broken_reply[] = "-ERR the script engine ran out of memory and was restarted\r\n";

static understudy_lua_status run(understudy_lua *engine, job *task, understudy_lua_slice *reply) {
  lua_State *L = engine->main;
  engine->uncapped = 1;
  lua_pushcfunction(L, enter);
  lua_pushlightuserdata(L, task);
  if (bridge_unlikely(lua_pcall(L, 1, 0, 0) != LUA_OK)) {
    lua_settop(L, 0);
    engine->poisoned = engine->out_failed = true;
    task->status = UNDERSTUDY_LUA_ERROR;
  }
  engine->uncapped = 0;
  engine->suspended = task->status == UNDERSTUDY_LUA_YIELDED;
  if (engine->suspended) return task->status;
  engine->running = NULL;
  engine->aborting = false;
  if (bridge_unlikely(engine->out_failed)) {
    *reply = (understudy_lua_slice){(const uint8_t *)broken_reply, sizeof broken_reply - 1};
    return UNDERSTUDY_LUA_ERROR;
  }
  *reply = (understudy_lua_slice){engine->out, engine->out_count};
  return task->status;
}

understudy_lua_status understudy_lua_run(
  understudy_lua *engine, understudy_lua_script *script, const understudy_lua_slice *keys, size_t key_count,
  const understudy_lua_slice *arguments, size_t argument_count, uint32_t flags, understudy_lua_slice *reply
) {
  static const char busy[] = "-ERR a script is suspended in this engine\r\n";
  if (engine->suspended) {
    *reply = (understudy_lua_slice){(const uint8_t *)busy, sizeof busy - 1};
    return UNDERSTUDY_LUA_ERROR;
  }
  if (!bridge_ensure_state(engine)) {
    *reply = (understudy_lua_slice){(const uint8_t *)broken_reply, sizeof broken_reply - 1};
    return UNDERSTUDY_LUA_ERROR;
  }
  engine->running = script;
  engine->out_count = 0;
  engine->error_counted = false;
  engine->out_failed = false;
  engine->client_resp3 = (flags & UNDERSTUDY_LUA_RUN_RESP3) != 0;
  engine->script_resp3 = false;
  engine->run_instructions = 0;
  bridge_reset_json(&engine->json);
  bridge_relax_collector(engine);
  if (!script->library && (are_large(keys, key_count) || are_large(arguments, argument_count)))
    engine->holds_large_arguments = true;
  job task = {script, keys, arguments, key_count, argument_count, UNDERSTUDY_LUA_ERROR};
  return run(engine, &task, reply);
}

understudy_lua_status understudy_lua_resume(understudy_lua *engine, understudy_lua_slice *reply) {
  static const char nothing[] = "-ERR no script is suspended in this engine\r\n";
  if (!engine->suspended) {
    *reply = (understudy_lua_slice){(const uint8_t *)nothing, sizeof nothing - 1};
    return UNDERSTUDY_LUA_ERROR;
  }
  job task = {NULL, NULL, NULL, 0, 0, UNDERSTUDY_LUA_ERROR};
  return run(engine, &task, reply);
}

static int close_thread(lua_State *L) {
  understudy_lua *engine = engine_of(L);
  // Variables to be closed run their __close now; with the hook at one instruction none gets anywhere.
  lua_State *thread = engine->thread;
  if (thread) {
    lua_sethook(thread, bridge_hook, LUA_MASKCOUNT, 1);
    lua_resetthread(thread);
  }
  bridge_drop_thread(L, engine);
  if (engine->holds_large_arguments) drop_arguments(L, engine);
  return 0;
}

void understudy_lua_kill(understudy_lua *engine, understudy_lua_slice text, understudy_lua_slice *reply) {
  if (!engine->suspended) {
    *reply = (understudy_lua_slice){NULL, 0};
    return;
  }
  const char *source;
  int line;
  lua_Debug storage;
  bridge_where(engine->thread, &source, &line, &storage);
  engine->out_count = 0;
  engine->error_counted = false;
  engine->out_failed = false;
  bridge_emit_error(engine, "", (const char *)text.bytes, text.count, source, line);
  lua_State *L = engine->main;
  engine->uncapped++;
  engine->aborting = true;
  lua_pushcfunction(L, close_thread);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    lua_settop(L, 0);
    engine->poisoned = true;
  }
  engine->uncapped--;
  engine->aborting = engine->suspended = false;
  engine->running = NULL;
  *reply = engine->out_failed
    ? (understudy_lua_slice){(const uint8_t *)broken_reply, sizeof broken_reply - 1}
    : (understudy_lua_slice){engine->out, engine->out_count};
}
