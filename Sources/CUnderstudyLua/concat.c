// The operator `..` in 5.1's manner, for operands that may be floats: 10/2 .. '' is "5". The rewriter turns a
// chain of `..` into one call of this function, a hidden method of strings.
//
// What gets lost is the name that the VM would have put into the error of a bad operand. It is found again in
// the source of the line: the operand beside a `..` that is a variable with such a value, or a field.

#include <ctype.h>

#include "bridge.h"

static bool is_joinable(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TSTRING || type == LUA_TNUMBER;
}

// Whether `name` is a local or an upvalue of the running function, of the given type; puts its kind.
static bool find_variable(lua_State *L, lua_Debug *frame, const char *name, int type, const char **kind) {
  int found = -1;
  const char *candidate;
  for (int i = 1; (candidate = lua_getlocal(L, frame, i)) != NULL; i++) {
    if (strcmp(candidate, name) == 0) found = lua_type(L, -1);
    lua_pop(L, 1);
  }
  *kind = "local";
  if (found < 0 && lua_getinfo(L, "f", frame)) {
    for (int i = 1; (candidate = lua_getupvalue(L, -1, i)) != NULL; i++) {
      if (strcmp(candidate, name) == 0) found = lua_type(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
    *kind = "upvalue";
  }
  return found == type;
}

// The last line of `count` lines of text.
static const char *nth_line(const char *text, size_t count, int line, size_t *length) {
  const char *end = text + count;
  for (; line > 1 && text < end; line--) {
    const char *stop = memchr(text, '\n', (size_t)(end - text));
    if (stop == NULL) return NULL;
    text = stop + 1;
  }
  const char *stop = memchr(text, '\n', (size_t)(end - text));
  *length = (size_t)((stop ? stop : end) - text);
  return text;
}

// Tries the operand whose text is [from, to); true if it is the bad one, with its description pushed.
static bool describe_operand(lua_State *L, lua_Debug *frame, const char *from, const char *to, int type) {
  char name[64];
  const char *kind = "field";
  while (from < to && isspace((unsigned char)*from)) from++;
  while (to > from && isspace((unsigned char)to[-1])) to--;
  if (to == from) return false;
  if (to[-1] == ']') {
    lua_pushliteral(L, "field '?'");
    return true;
  }
  const char *word = to;
  while (word > from && (isalnum((unsigned char)word[-1]) || word[-1] == '_')) word--;
  size_t length = (size_t)(to - word);
  if (length == 0 || length >= sizeof name || isdigit((unsigned char)*word)) return false;
  memcpy(name, word, length);
  name[length] = 0;
  bool is_field = word > from && word[-1] == '.';
  // An operand that is more than a name (a call, arithmetic) has no name.
  if (!is_field && word > from) return false;
  if (!is_field && !find_variable(L, frame, name, type, &kind)) return false;
  lua_pushfstring(L, "%s '%s'", kind, name);
  return true;
}

// Where the operand that starts at p ends: behind names, dots and balanced brackets.
static const char *operand_end(const char *p, const char *end) {
  while (p < end && isspace((unsigned char)*p)) p++;
  while (p < end) {
    if (isalnum((unsigned char)*p) || *p == '_' || (*p == '.' && !(p + 1 < end && p[1] == '.'))) {
      p++;
    } else if (*p == '[') {
      int depth = 0;
      do {
        if (*p == '[') depth++;
        else if (*p == ']') depth--;
        p++;
      } while (p < end && depth > 0);
    } else {
      break;
    }
  }
  return p;
}

static const char *operand_start(const char *p, const char *start) {
  while (p > start && isspace((unsigned char)p[-1])) p--;
  while (p > start) {
    if (isalnum((unsigned char)p[-1]) || p[-1] == '_' || p[-1] == '.') {
      p--;
    } else if (p[-1] == ']') {
      int depth = 0;
      do {
        p--;
        if (*p == ']') depth++;
        else if (*p == '[') depth--;
      } while (p > start && depth > 0);
    } else {
      break;
    }
  }
  return p;
}

// The text of the script that runs, or of the function's library, if that is what the source is.
static bool source_text(const understudy_lua *engine, const char *source, understudy_lua_slice *text) {
  const understudy_lua_script *running = engine->running;
  const understudy_lua_library *library = running ? running->library : engine->loading;
  if (library) *text = (understudy_lua_slice){library->code.bytes, library->code.count};
  else if (running) *text = (understudy_lua_slice){running->body, running->body_count};
  else return false;
  return strcmp(source, library ? "@user_function" : "@user_script") == 0;
}

_Noreturn static void raise_unjoinable(lua_State *L, int index) {
  understudy_lua *engine = engine_of(L);
  const char *typename = luaL_typename(L, index);
  int type = lua_type(L, index);
  lua_Debug frame;
  size_t length;
  understudy_lua_slice text;
  if (lua_getstack(L, 1, &frame) && lua_getinfo(L, "Sl", &frame) && source_text(engine, frame.source, &text)) {
    const char *line = nth_line((const char *)text.bytes, text.count, frame.currentline, &length);
    const char *end = line ? line + length : NULL;
    for (const char *p = line; p && p + 1 < end; p++) {
      if (p[0] != '.' || p[1] != '.' || (p + 2 < end && p[2] == '.')) continue;
      const char *after = operand_end(p + 2, end);
      const char *rest = after;
      while (rest < end && isspace((unsigned char)*rest)) rest++;
      bool is_whole = rest == end || strchr("(:{'\"+-*/%^", *rest) == NULL;
      if (describe_operand(L, &frame, operand_start(p, line), p, type) ||
          (is_whole && describe_operand(L, &frame, p + 2, after, type))) {
        luaL_error(L, "attempt to concatenate %s (a %s value)", lua_tostring(L, -1), typename);
      }
      p++;
    }
  }
  luaL_error(L, "attempt to concatenate a %s value", typename);
  __builtin_unreachable();
}

// Joins from the right. Stack: the string whose method this is, then the operands.
static int join(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  size_t ignored;
  for (int top = lua_gettop(L); top > 2; top = lua_gettop(L)) {
    int first = top;
    while (first >= 2 && is_joinable(L, first)) {
      if (lua_type(L, first) == LUA_TNUMBER) bridge_check_string(L, first, &ignored);
      first--;
    }
    if (top - first >= 2) {
      lua_concat(L, top - first);
      continue;
    }
    if (luaL_getmetafield(L, top - 1, "__concat") == LUA_TNIL &&
        luaL_getmetafield(L, top, "__concat") == LUA_TNIL)
      raise_unjoinable(L, is_joinable(L, top - 1) ? top : top - 1);
    lua_insert(L, top - 1);
    lua_callk(L, 2, 1, 0, join);
  }
  return 1;
}

// Short results of strings and numbers are put together here, without a string for each number.
int bridge_join(lua_State *L) {
  char text[256];
  size_t used = 0, count;
  int top = lua_gettop(L);
  luaL_checkany(L, 3);
  for (int i = 2; i <= top; i++) {
    int type = lua_type(L, i);
    if (type == LUA_TSTRING) {
      const char *part = lua_tolstring(L, i, &count);
      if (count > sizeof text - used) return join(L, LUA_OK, 0);
      memcpy(text + used, part, count);
      used += count;
    } else if (type == LUA_TNUMBER && sizeof text - used >= 64) {
      used += bridge_number_text(L, i, text + used);
    } else {
      return join(L, LUA_OK, 0);
    }
  }
  lua_pushlstring(L, text, used);
  return 1;
}
