// CUnderstudyLua: the bridge between the engine and Lua.
//
// This target owns every call of the Lua API; whoever uses it sees opaque handles and flat buffers only, and
// lua.h stays out of this header. The reason is `longjmp`: Lua raises errors with it (also for lack of
// memory), and a jump over a Swift frame is undefined. So the host's callbacks always return normally, and C
// raises afterwards.
//
// Protocol:
//   understudy_lua_create → understudy_lua_compile → understudy_lua_run → (YIELDED → understudy_lua_resume)* →
//   DONE or ERROR, with the reply as RESP bytes that stay valid until the next call on the same engine.
//   Functions: understudy_lua_load → understudy_lua_function → understudy_lua_run, and on as a script.
//   A yielded script may instead be ended by understudy_lua_kill. One script runs at a time; nothing here is re-entrant,
//   and a host callback must not call back into the engine that called it.
//   Handles are used by one thread at a time; they share no global state, so any number of engines may live side by side.
//
// To add a redis.* function see redis.c; a global function or library: sandbox.c.
#ifndef CUNDERSTUDYLUA_H
#define CUNDERSTUDYLUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The scripting state of one server.
typedef struct understudy_lua understudy_lua;

/// A compiled script. It survives the recreation of a poisoned state (it keeps its source and compiles itself
/// again).
typedef struct understudy_lua_script understudy_lua_script;

/// The functions that one piece of code has registered. Each is a script that understudy_lua_run runs; keys and
/// arguments are its parameters. A library survives the recreation of a poisoned state by loading itself again.
typedef struct understudy_lua_library understudy_lua_library;

/// A borrowed run of bytes. `bytes` may be null when `count` is 0.
typedef struct {
  const uint8_t *bytes;
  size_t count;
} understudy_lua_slice;

/// What came of running a script.
typedef enum {
  /// The script returned; the reply holds its value as RESP.
  UNDERSTUDY_LUA_DONE = 0,
  /// The script failed, or was killed; the reply holds one RESP error (`-CODE text\r\n`).
  UNDERSTUDY_LUA_ERROR = 1,
  /// The script's time slice is over; resume it, or kill it. No reply yet.
  UNDERSTUDY_LUA_YIELDED = 2,
} understudy_lua_status;

/// What a running script is to do, asked every UNDERSTUDY_LUA_HOOK_INSTRUCTIONS instructions.
typedef enum {
  UNDERSTUDY_LUA_CONTINUE = 0,
  /// End the slice as soon as the script stands where it can be suspended.
  UNDERSTUDY_LUA_YIELD = 1,
  /// End the script with an error that nothing in it can catch.
  UNDERSTUDY_LUA_ABORT = 2,
} understudy_lua_action;

/// The number of VM instructions between two questions to the host.
#define UNDERSTUDY_LUA_HOOK_INSTRUCTIONS 1000

/// Flags of `call` in the host's callbacks.
enum {
  /// The script asked for RESP3 (`redis.setresp(3)`): reply in RESP3; otherwise RESP2.
  UNDERSTUDY_LUA_CALL_RESP3 = 1,
  /// The script used `redis.pcall`.
  UNDERSTUDY_LUA_CALL_PROTECTED = 2,
};

/// Flags of understudy_lua_run.
enum {
  /// The client that runs the script speaks RESP3: encode the reply so.
  UNDERSTUDY_LUA_RUN_RESP3 = 1,
};

/// The host's side: what a script can reach. Every callback is handed `context`, returns normally, never
/// calls back. `call` and `check` are required; the others may be null.
typedef struct {
  void *context;
  /// Runs one command for the script and answers its RESP reply, which must stay readable until the next
  /// callback or the return of run/resume. The arguments are valid during the call only; there is at least
  /// one.
  understudy_lua_slice (*call)(
    void *context, const understudy_lua_slice *arguments, size_t count, uint32_t flags);
  /// Asked every UNDERSTUDY_LUA_HOOK_INSTRUCTIONS instructions, with the instructions run in this slice so
  /// far. `can_yield` says whether the script stands where it can be suspended.
  understudy_lua_action (*check)(void *context, uint64_t slice_instructions, bool can_yield);
  /// redis.log; `level` is 0 (debug) … 3 (warning).
  void (*log)(void *context, int level, understudy_lua_slice message);
  /// redis.acl_check_cmd: 1 allowed, 0 refused, -1 no such command (or a wrong number of arguments).
  int (*acl_check)(void *context, const understudy_lua_slice *arguments, size_t count);
  /// The flag of a function that goes by this name; 0 if there is none.
  uint32_t (*function_flag)(void *context, understudy_lua_slice name);
  /// Processor time in microseconds for os.clock (only offered by emulated versions that have it).
  uint64_t (*clock_microseconds)(void *context);
  /// A script reads KEYS or ARGV where there is nothing (see understudy_lua_watch_parameters).
  void (*missing_parameter)(void *context, bool is_key, int64_t index);
} understudy_lua_host;

/// How an engine is made.
typedef struct {
  understudy_lua_host host;
  /// Lua's memory limit in bytes; 0 is none. Over it, the script gets an error that it may catch.
  size_t memory_limit_bytes;
  /// Refuse KEYS and math.random inside scripts, with an error that says what to do instead.
  bool strict;
  /// Whether this is an engine for libraries of functions; otherwise it is one for scripts. Their globals differ.
  bool functions;
  /// Seeds math.random where it is allowed.
  uint64_t seed;
  /// The emulated server version, 0x00MMmmpp (7.0.15 is 0x0007000f).
  uint32_t version;
  /// The same of the Valkey that is emulated, which calls `redis` also `server`; 0 is none.
  uint32_t valkey_version;
  /// A slice ends after so many instructions, whatever the clock says; 0 takes the default (20 million).
  uint64_t slice_instructions;
  /// Code that cannot be suspended is ended after so many instructions; 0 takes the default (1,000 million).
  uint64_t stuck_instructions;
} understudy_lua_config;

/// A new engine, or null when memory is short. Destroy with understudy_lua_destroy.
understudy_lua *understudy_lua_create(const understudy_lua_config *config);

/// Frees the engine; the scripts compiled by it must have been forgotten before.
void understudy_lua_destroy(understudy_lua *engine);

/// Collects a small heap, which is otherwise left to grow for a while, so that its size tells what lives. Does nothing
/// while a script runs or is suspended.
void understudy_lua_tidy(understudy_lua *engine);

/// Whether the error that the last reply is came from a command which the script had called: it was counted then.
bool understudy_lua_error_is_counted(const understudy_lua *engine);

/// The bytes held by Lua.
size_t understudy_lua_used_memory(const understudy_lua *engine);

/// Instructions run by the current (or last) script, rounded down to UNDERSTUDY_LUA_HOOK_INSTRUCTIONS.
uint64_t understudy_lua_instructions(const understudy_lua *engine);

/// Whether a script is suspended in this engine, waiting for understudy_lua_resume or understudy_lua_kill.
bool understudy_lua_is_suspended(const understudy_lua *engine);

/// Replaces the memory limit, in bytes; 0 is none.
void understudy_lua_set_memory_limit(understudy_lua *engine, size_t bytes);

/// Switches strict mode (see the config) for the scripts that start from now on.
void understudy_lua_set_strict(understudy_lua *engine, bool strict);

/// Whether scripts that start from now on tell the host when they read KEYS or ARGV where there is nothing.
void understudy_lua_watch_parameters(understudy_lua *engine, bool watch);

/// Compiles a body under its SHA1 (40 lower-case hex digits). On failure answers null and puts one RESP error
/// into `error`, valid until the next call.
understudy_lua_script *understudy_lua_compile(
  understudy_lua *engine, understudy_lua_slice body, const char *sha, understudy_lua_slice *error);

/// The source of a script, as it was compiled.
understudy_lua_slice understudy_lua_script_body(const understudy_lua_script *script);

/// The SHA1 of a script: 40 hex digits and a terminating zero.
const char *understudy_lua_script_sha(const understudy_lua_script *script);

/// Frees a script. It must not be the one that is suspended.
void understudy_lua_forget(understudy_lua *engine, understudy_lua_script *script);

/// Whether a library or function may be called so: letters, digits and underscores, at least one.
bool understudy_lua_is_name(understudy_lua_slice name);

/// Runs the code of a library, which registers its functions. It is not suspended: the host ends what takes too long by
/// answering UNDERSTUDY_LUA_ABORT. On failure answers null and puts one RESP error into `error`, valid until the next
/// call; so it does in an engine for scripts, and while a function is suspended.
understudy_lua_library *understudy_lua_load(
  understudy_lua *engine, understudy_lua_slice code, understudy_lua_slice *error);

/// Frees a library and its functions. None of them may be suspended.
void understudy_lua_unload(understudy_lua *engine, understudy_lua_library *library);

/// How many functions a library has.
size_t understudy_lua_function_count(const understudy_lua_library *library);

/// A function, in the order of registration; null beyond the last. It belongs to its library.
understudy_lua_script *understudy_lua_function(const understudy_lua_library *library, size_t index);

/// The name of a function.
understudy_lua_slice understudy_lua_function_name(const understudy_lua_script *function);

/// What a function says of itself; the bytes are null if it says nothing.
understudy_lua_slice understudy_lua_function_description(const understudy_lua_script *function);

/// The flags of a function, as the host has named them.
uint32_t understudy_lua_function_flags(const understudy_lua_script *function);

/// Starts a script and runs its first slice. Keys and arguments are copied before this returns.
understudy_lua_status understudy_lua_run(
  understudy_lua *engine, understudy_lua_script *script, const understudy_lua_slice *keys, size_t key_count,
  const understudy_lua_slice *arguments, size_t argument_count, uint32_t flags, understudy_lua_slice *reply);

/// Runs the next slice of the suspended script.
understudy_lua_status understudy_lua_resume(understudy_lua *engine, understudy_lua_slice *reply);

/// Ends the suspended script: it is never resumed, so nothing in it can object. `text` is the error without
/// its dash; where the script stood is appended to it as a real server does.
void understudy_lua_kill(understudy_lua *engine, understudy_lua_slice text, understudy_lua_slice *reply);

/// The SHA1 of `bytes`, as 40 lower-case hex digits and a terminating zero.
void understudy_sha1_hex(understudy_lua_slice bytes, char out[41]);

#ifdef __cplusplus
}
#endif
#endif
