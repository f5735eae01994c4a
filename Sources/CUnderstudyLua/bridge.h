// What the files of the bridge share: the engine's structure and the words between its parts.
//
//   engine.c     the life of an engine and of its scripts
//   memory.c     Lua's allocator: the limit, free lists, the collector's pace
//   run.c        slices, the count hook, kill, the outer protected call
//   library.c    libraries of functions and their loading
//   errors.c     error texts: suffix, source and line, 5.4's wording into 5.1's
//   encode.c     Lua value → RESP          decode.c   RESP → Lua value
//   redis.c      the table `redis`
//   sandbox.c    globals, read-only proxies, the protected base functions
//   base.c protected.c coroutine.c string.c pattern.c table.c sort.c math.c numbers.c   Lua 5.1's library over 5.4
//   json_encode.c json_decode.c msgpack.c struct.c bit.c   the libraries cjson, cmsgpack, struct and bit; writer.c
//   lexer.c concat.c   the rewriting of 5.1 source, and what `..` becomes by it
//
// Two rules hold everywhere: a function called by the script may raise (everything it holds must be Lua's own
// memory, or the engine's); and the engine's own work runs inside the outer protected call with the memory
// limit lifted.
#ifndef BRIDGE_H
#define BRIDGE_H

#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "CUnderstudyLua.h"
#include "json.h"

#define bridge_unlikely(x) __builtin_expect(!!(x), 0)

/// Read-only tables: _G, redis, string, table, math, coroutine, cjson, cmsgpack, struct, bit, os, the metatables of
/// strings and of _G, and the `redis` of loading.
#define BRIDGE_PROXY_LIMIT 16

/// Bytes of the engine's own.
typedef struct {
  uint8_t *bytes;
  size_t count;
} bridge_text;

/// Free blocks of up to 256 bytes, by size in steps of 16: a short script makes and drops a score of them.
#define BRIDGE_POOL_CLASSES 16

typedef struct bridge_free_block {
  struct bridge_free_block *next;
} bridge_free_block;

struct understudy_lua {
  lua_State *main;
  /// The thread that scripts run in; null after a script failed (it may hold a large stack) until the next
  /// one.
  lua_State *thread;
  understudy_lua_host host;

  size_t used_bytes, limit_bytes;
  /// Above this the collector goes from its relaxed pace to Lua's own; SIZE_MAX while it has that.
  size_t pace_limit;
  bridge_free_block *pool[BRIDGE_POOL_CLASSES];
  size_t pool_bytes;
  /// Above zero while the engine does its own work: the limit is lifted.
  int uncapped;
  bool strict, suspended, functions, watches_parameters;
  /// The outer protected call caught something: the state is replaced before the next script.
  bool poisoned;
  /// The script is to end: every protected call of the script lets the error pass.
  bool aborting;
  /// A hook ended the slice: coroutines between the hook and the thread pass the yield on.
  bool slice_over;
  bool client_resp3, script_resp3;
  /// The reply is an error that a command of the script has had before.
  bool error_counted;
  uint32_t version, valkey_version;
  /// Counts the states this engine has had; scripts compile themselves again when it has moved on.
  uint32_t generation;

  uint64_t slice_instructions, run_instructions;
  uint64_t slice_limit, stuck_limit;
  uint64_t random_state, seed;
  json_settings json;

  const void *proxies[BRIDGE_PROXY_LIMIT];
  int proxy_count;
  /// Registry references: the proxy of _G, the table of globals behind it, the thread.
  int globals_proxy, globals, thread_reference;
  /// What getmetatable(_G) shows.
  int globals_metatable;
  /// The same of the globals that libraries are loaded in.
  int load_globals;
  /// The library whose code runs.
  understudy_lua_library *loading;
  /// Whether KEYS and ARGV of the last run are worth dropping at its end.
  bool holds_large_arguments;

  understudy_lua_script *running;
  /// The reply under construction, or the last one.
  uint8_t *out;
  size_t out_count, out_capacity;
  /// Memory for the reply was short: it is replaced by an error.
  bool out_failed;
};

struct understudy_lua_script {
  uint8_t *body;
  size_t body_count;
  char sha[41];
  int reference;
  uint32_t generation;
  /// Of a function; a script has none.
  understudy_lua_library *library;
  bridge_text name, description;
  uint32_t flags;
};

struct understudy_lua_library {
  bridge_text code;
  understudy_lua_script **functions;
  size_t count, capacity, held_bytes;
  /// Its functions have been registered once.
  bool is_known;
};

static inline understudy_lua *engine_of(lua_State *L) { return *(understudy_lua **)lua_getextraspace(L); }

// engine.c
bool bridge_ensure_state(understudy_lua *engine);
bool bridge_out_reserve(understudy_lua *engine, size_t more);
/// Compiles text (never bytecode) under 5.1's syntax; pushes the function, or an error text and answers
/// false.
bool bridge_load(lua_State *L, const char *body, size_t count, const char *name);
/// Brings the function of a script onto the stack, compiling it again if the state is a new one.
bool bridge_push_script(lua_State *L, understudy_lua_script *script);

static inline void bridge_out_bytes(understudy_lua *engine, const void *bytes, size_t count) {
  if (bridge_unlikely(engine->out_capacity - engine->out_count < count) && !bridge_out_reserve(engine, count))
    return;
  if (count) memcpy(engine->out + engine->out_count, bytes, count);
  engine->out_count += count;
}

// memory.c
void *bridge_allocate(void *context, void *block, size_t old_size, size_t new_size);
/// Gives back what the free lists hold.
void bridge_drain_pool(understudy_lua *engine);
/// Lets a small heap grow more before it is collected.
void bridge_relax_collector(understudy_lua *engine);
/// Whether the heap is small, and collected at the relaxed pace.
bool bridge_is_relaxed(const understudy_lua *engine);

// run.c
void bridge_hook(lua_State *L, lua_Debug *ar);
_Noreturn void bridge_raise_abort(lua_State *L);
/// Accounts work done outside the VM (pattern steps); may raise when it runs away.
void bridge_spend(lua_State *L, uint64_t instructions);

/// Makes the thread that scripts run in, unless it is there.
void bridge_ensure_thread(lua_State *L, understudy_lua *engine);
void bridge_drop_thread(lua_State *L, understudy_lua *engine);

// library.c
int bridge_register_function(lua_State *L);
/// Brings a function onto the stack, loading its library again if the state is a new one; on failure leaves an
/// error in the engine's reply and answers false.
bool bridge_push_function(lua_State *L, understudy_lua_script *function);

// errors.c
void bridge_emit_error(
  understudy_lua *engine, const char *prefix, const char *text, size_t count, const char *source, int line);
/// Replaces the string on top by 5.1's wording of the same error, if it differs.
void bridge_translate_top(lua_State *L);
/// Describes the error object on top of a dead thread in the engine's reply. Must run protected.
void bridge_describe_error(lua_State *L, lua_State *thread);
void bridge_where(lua_State *thread, const char **source, int *line, lua_Debug *storage);
/// Whether the table at `table` is an error that a command of the script has had, and was counted with.
bool bridge_is_counted(lua_State *L, int table);

// encode.c, decode.c
void bridge_encode(lua_State *L, understudy_lua *engine);
/// Pushes the value of a RESP reply; answers whether it was an error (then a table with the field err).
bool bridge_decode(lua_State *L, understudy_lua_slice reply);

// numbers.c
/// Pushes a number as 5.1 would have printed it: an integer when integral and below 2^53.
void bridge_push_number(lua_State *L, lua_Number n);
/// 5.1's `%.14g` text of the number at `index`, into 64 bytes; answers its length.
size_t bridge_number_text(lua_State *L, int index, char *out);
/// The text of a number as a command argument, into 64 bytes; answers its length.
size_t bridge_argument_text(lua_State *L, int index, char *out);
/// An integer argument in 5.1's manner: floats are truncated, out-of-range values saturate.
lua_Integer bridge_check_integer(lua_State *L, int argument);
lua_Integer bridge_opt_integer(lua_State *L, int argument, lua_Integer fallback);
/// The bytes of a string or number argument; numbers are converted in 5.1's manner (in place).
const char *bridge_check_string(lua_State *L, int argument, size_t *count);

// sandbox.c
void bridge_open_sandbox(lua_State *L);
bool bridge_is_proxy(lua_State *L, int index);
/// Replaces a proxy at `index` (absolute) by the table behind it.
void bridge_see_through(lua_State *L, int index);
_Noreturn void bridge_raise_readonly(lua_State *L);
/// Makes the table on top read-only and publishes it as a global.
void bridge_publish(lua_State *L, const char *name);

// The libraries: each pushes one fresh table with its functions, or adds its functions to the table on top.
void bridge_add_base(lua_State *L);
void bridge_add_protected(lua_State *L);
void bridge_push_coroutine(lua_State *L);
void bridge_add_string(lua_State *L);
void bridge_add_pattern(lua_State *L);
void bridge_add_string_arithmetic(lua_State *L);
void bridge_push_table(lua_State *L);
void bridge_push_math(lua_State *L);
void bridge_push_redis(lua_State *L);
/// `redis` as the code of a library sees it while it loads.
void bridge_push_load_redis(lua_State *L);
/// Raises {err = "ERR " + text}; the source and line are found when the thread has died of it.
_Noreturn void bridge_raise_reply_error(lua_State *L, const char *text);
int bridge_sort(lua_State *L);
void bridge_push_json(lua_State *L);
int bridge_json_decode(lua_State *L);
void bridge_reset_json(json_settings *settings);
void bridge_push_msgpack(lua_State *L);
void bridge_push_struct(lua_State *L);
void bridge_push_bit(lua_State *L);

// writer.c
/// A text under construction, in a userdata at `slot`.
typedef struct {
  lua_State *L;
  char *bytes;
  size_t count, capacity;
  int slot;
  /// How many values have been written, for the formats that bound them.
  long values;
} bridge_writer;

/// So many values a reply or a packed text may have: a table that holds itself twice has more paths than can ever be walked.
#define BRIDGE_VALUE_LIMIT (16L << 20)

/// Begins a text, whose memory is pushed.
void bridge_begin(bridge_writer *w, lua_State *L);
/// Makes room for `more` bytes, or raises.
void bridge_grow(bridge_writer *w, size_t more);

static inline void bridge_put(bridge_writer *w, const char *bytes, size_t count) {
  if (bridge_unlikely(w->capacity - w->count < count)) bridge_grow(w, count);
  if (count) memcpy(w->bytes + w->count, bytes, count);
  w->count += count;
}

// protected.c
/// Pushes a list of the keys of the table at `table` (absolute), in the order of pairs.
void bridge_push_keys(lua_State *L, int table);

// lexer.c
/// Rewrites 5.1 source for 5.4 and leaves it on the stack; answers false, and leaves nothing, when nothing
/// changed.
bool bridge_rewrite(lua_State *L, const char *body, size_t count);

// concat.c
/// The hidden method of strings that a rewritten `..` calls.
int bridge_join(lua_State *L);

#endif
