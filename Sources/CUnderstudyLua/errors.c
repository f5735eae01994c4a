// Error texts: what a failed script answers, and 5.4's wording put into 5.1's.
//
// A server of this family answers `-<text> script: <sha or function>, on <source>:<line>.` where source and line are
// those of the Lua function that raised, or of the caller of the C function that raised. They are read from
// the dead thread, whose stack an error leaves standing, so that no message handler runs.
//
// To add a wording: `translate`. It is tried on every message that leaves a protected call, so it must be
// quick to say no.

#include <stdio.h>
#include <stdlib.h>

#include "bridge.h"

// What stands before the error of a library's code.
static const char loading_text[] = "ERR Error registering functions: ";

void bridge_where(lua_State *thread, const char **source, int *line, lua_Debug *storage) {
  *source = NULL;
  *line = 0;
  for (int level = 0; level < 2; level++) {
    if (!lua_getstack(thread, level, storage) || !lua_getinfo(thread, "Sl", storage)) return;
    *source = storage->source;
    *line = storage->currentline;
    if (storage->what[0] != 'C') return;
  }
}

// As on the real server the table of an error that a call brought says so, to the script as well.
bool bridge_is_counted(lua_State *L, int table) {
  lua_pushstring(L, "ignore_error_stats_update");
  bool is_counted = lua_rawget(L, table) != LUA_TNIL && lua_toboolean(L, -1);
  lua_pop(L, 1);
  return is_counted;
}

bool understudy_lua_error_is_counted(const understudy_lua *engine) { return engine->error_counted; }

// Line breaks would end the reply early.
static void append_line(understudy_lua *engine, const char *text, size_t count) {
  size_t start = engine->out_count;
  bridge_out_bytes(engine, text, count);
  for (size_t i = start; i < engine->out_count; i++)
    if (engine->out[i] == '\r' || engine->out[i] == '\n') engine->out[i] = ' ';
}

void bridge_emit_error(
  understudy_lua *engine, const char *prefix, const char *text, size_t count, const char *source, int line
) {
  bridge_out_bytes(engine, "-", 1);
  if (engine->loading) append_line(engine, loading_text, sizeof loading_text - 1);
  append_line(engine, prefix, strlen(prefix));
  append_line(engine, text, count);
  if (source && engine->running) {
    char number[32];
    append_line(engine, " script: ", 9);
    const understudy_lua_script *running = engine->running;
    if (running->library) append_line(engine, (const char *)running->name.bytes, running->name.count);
    else append_line(engine, running->sha, 40);
    append_line(engine, ", on ", 5);
    append_line(engine, source, strnlen(source, 512));
    append_line(engine, number, (size_t)snprintf(number, sizeof number, ":%d.", line));
  }
  bridge_out_bytes(engine, "\r\n", 2);
}

void bridge_describe_error(lua_State *L, lua_State *thread) {
  understudy_lua *engine = engine_of(L);
  lua_Debug storage;
  const char *source, *text, *prefix = "ERR ";
  size_t count;
  int line, top = lua_gettop(L);
  bridge_where(thread, &source, &line, &storage);
  engine->out_count = 0;
  engine->error_counted = false;
  lua_xmove(thread, L, 1);
  if (engine->aborting) {
    text = lua_tolstring(L, -1, &count);
    prefix = "";
  } else if (lua_istable(L, -1)) {
    lua_pushstring(L, "err");
    lua_rawget(L, -2);
    engine->error_counted = bridge_is_counted(L, lua_gettop(L) - 1);
    if (lua_isstring(L, -1)) {
      prefix = "";
      text = bridge_check_string(L, lua_gettop(L), &count);
    } else {
      text = "unknown error";
      count = strlen(text);
    }
  } else if (lua_isstring(L, -1)) {
    if (lua_type(L, -1) == LUA_TSTRING) bridge_translate_top(L);
    text = bridge_check_string(L, lua_gettop(L), &count);
  } else {
    // __tostring could raise; only the kind is named.
    lua_pushfstring(L, lua_isnil(L, -1) || lua_isboolean(L, -1) ? "%s" : "(a %s value)",
                    lua_isboolean(L, -1) ? (lua_toboolean(L, -1) ? "true" : "false") : luaL_typename(L, -1));
    text = lua_tolstring(L, -1, &count);
  }
  bridge_emit_error(engine, prefix, text ? text : "", text ? count : 0, source, line);
  lua_settop(L, top);
}

// ---- Wording

typedef struct {
  char *bytes;
  size_t count, capacity;
} line_buffer;

static void put(line_buffer *out, const char *text, size_t count) {
  if (count > out->capacity - out->count) count = out->capacity - out->count;
  memcpy(out->bytes + out->count, text, count);
  out->count += count;
}

// The first occurrence of `word` in text, or null.
static const char *find(const char *text, size_t count, const char *word) {
  size_t length = strlen(word);
  if (length == 0 || count < length) return NULL;
  for (const char *p = text, *last = text + (count - length); p <= last; p++) {
    p = memchr(p, word[0], (size_t)(last - p) + 1);
    if (p == NULL) return NULL;
    if (memcmp(p, word, length) == 0) return p;
  }
  return NULL;
}

static bool starts(const char *p, const char *end, const char *word) {
  size_t length = strlen(word);
  return (size_t)(end - p) >= length && memcmp(p, word, length) == 0;
}

// "attempt to index a nil value (field 'x')" → "attempt to index field 'x' (a nil value)".
static bool swap_variable(const char *text, size_t count, line_buffer *out) {
  static const char *const verbs[] = {
    "attempt to index a ", "attempt to call a ", "attempt to concatenate a ", "attempt to get length of a ",
    "attempt to perform arithmetic on a ",
  };
  static const char *const kinds[] = {"field '", "local '", "global '", "upvalue '", "method '"};
  const char *end = text + count;
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
    const char *verb = find(text, count, verbs[i]);
    if (verb == NULL) continue;
    const char *kind = verb + strlen(verbs[i]);
    const char *open = find(kind, (size_t)(end - kind), " value (");
    if (open == NULL || end[-1] != ')') return false;
    const char *variable = open + 8;
    put(out, text, (size_t)(kind - 2 - text));
    bool known = false;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) known |= starts(variable, end, kinds[k]);
    if (known) {
      put(out, variable, (size_t)(end - 1 - variable));
      put(out, " (", 2);
      put(out, kind - 2, (size_t)(open + 6 - (kind - 2)));
      put(out, ")", 1);
    } else {
      // 5.1 names no constants.
      put(out, kind - 2, (size_t)(open + 6 - (kind - 2)));
    }
    return true;
  }
  return false;
}

static bool translate_syntax(const char *text, size_t count, line_buffer *out) {
  const char *end = text + count, *near = find(text, count, " near "), *found;
  if ((found = find(text, count, "break outside loop at line ")) != NULL) {
    put(out, text, (size_t)(found - text));
    put(out, "no loop to break", 16);
  } else if (near && (found = find(text, count, "syntax error near ")) != NULL &&
             !starts(near, end, " near '='") && !starts(near, end, " near ','")) {
    put(out, text, (size_t)(found - text));
    put(out, "'=' expected", 12);
  } else if ((found = find(text, count, " (starting at line ")) != NULL && near) {
    put(out, text, (size_t)(found - text));
  } else if ((found = find(text, count, ": <eof> expected")) != NULL ||
             (found = find(text, count, ": <name> expected")) != NULL) {
    const char *stop = memchr(found, '>', (size_t)(end - found));
    put(out, text, (size_t)(found + 2 - text));
    put(out, "'", 1);
    put(out, found + 2, (size_t)(stop + 1 - found - 2));
    put(out, "' expected", 10);
  } else if (near && starts(near, end, " near <")) {
    put(out, text, (size_t)(near - text));
  } else {
    return false;
  }
  if (near == NULL) return true;
  if (starts(near, end, " near <")) {
    put(out, " near '", 7);
    put(out, near + 6, (size_t)(end - near - 6));
    put(out, "'", 1);
  } else {
    put(out, near, (size_t)(end - near));
  }
  return true;
}

// "number (local 'i') ..." and the like that 5.4 says with other words.
static bool translate_phrases(const char *text, size_t count, line_buffer *out) {
  static const char *const pairs[][2] = {
    {"table index is n", "table index is n"},
    {"table index is N", "table index is N"},
    {"index is nil", "table index is nil"},
    {"index is NaN", "table index is NaN"},
    {"attempt to yield from outside a coroutine", "attempt to yield across metamethod/C-call boundary"},
    {"attempt to yield across a C-call boundary", "attempt to yield across metamethod/C-call boundary"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    const char *found = find(text, count, pairs[i][0]);
    if (found == NULL) continue;
    if (strcmp(pairs[i][0], pairs[i][1]) == 0) return false;
    put(out, text, (size_t)(found - text));
    put(out, pairs[i][1], strlen(pairs[i][1]));
    found += strlen(pairs[i][0]);
    put(out, found, (size_t)(text + count - found));
    return true;
  }
  return false;
}

// "bad 'for' limit (number expected, got string)" → "'for' limit must be a number".
static bool translate_loop(const char *text, size_t count, line_buffer *out) {
  const char *bad = find(text, count, "bad 'for' "), *end = text + count;
  const char *open = bad ? find(bad, (size_t)(end - bad), " (number expected") : NULL;
  if (open == NULL) return false;
  put(out, text, (size_t)(bad - text));
  put(out, bad + 4, (size_t)(open - bad - 4));
  put(out, " must be a number", 17);
  return true;
}

// What the rewriter hid from the compiler is shown again; `(starting at line n)` was not there in 5.1.
static bool translate_hidden(const char *text, size_t count, line_buffer *out) {
  static const char *const hidden[][2] = {
    {"'<\\1>'", "'&'"}, {"'<\\2>'", "'|'"}, {"'<\\3>'", "'~'"}, {"'_goto'", "'goto'"},
  };
  const char *end = text + count;
  for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
    const char *found = find(text, count, hidden[i][0]);
    if (found == NULL) continue;
    put(out, text, (size_t)(found - text));
    put(out, hidden[i][1], strlen(hidden[i][1]));
    found += strlen(hidden[i][0]);
    put(out, found, (size_t)(end - found));
    return true;
  }
  return false;
}

static bool replace_top(lua_State *L, bool (*translate)(const char *, size_t, line_buffer *)) {
  size_t count;
  char storage[1024];
  line_buffer out = {storage, 0, sizeof storage};
  const char *text = lua_tolstring(L, -1, &count);
  if (count + 64 > sizeof storage || !translate(text, count, &out)) return false;
  lua_pushlstring(L, out.bytes, out.count);
  lua_replace(L, -2);
  return true;
}

void bridge_translate_top(lua_State *L) {
  if (lua_type(L, -1) != LUA_TSTRING) return;
  replace_top(L, translate_hidden);
  if (!replace_top(L, swap_variable) && !replace_top(L, translate_syntax) && !replace_top(L, translate_loop))
    replace_top(L, translate_phrases);
}
