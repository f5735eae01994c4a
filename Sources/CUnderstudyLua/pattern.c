// Patterns: find, match, gmatch (gfind), gsub, with a matcher of our own.
//
// The stock matcher is replaced for two reasons: it backtracks without limit, where no hook reaches (a
// pattern of a few characters can run for years), and gsub calls functions in a way that cannot be suspended.
// This one counts its steps and gives up with an error; gsub keeps its state in a userdata and continues
// after a suspension. What matches is what 5.1 matched, also for empty matches (5.4 changed gsub and gmatch
// there).

#define _GNU_SOURCE
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "bridge.h"

#define CAPTURE_LIMIT 32
#define RECURSION_LIMIT 200
/// Steps of one call before it is given up: about a fifth of a second.
#define STEP_LIMIT 20000000ULL

enum { capture_open = -1, capture_position = -2 };

typedef struct {
  lua_State *L;
  const char *text, *text_end, *pattern_end;
  uint64_t steps;
  int recursion, captures;
  struct {
    const char *start;
    ptrdiff_t count;
  } capture[CAPTURE_LIMIT];
} matcher;

static void step(matcher *m) {
  if (bridge_unlikely(++m->steps > STEP_LIMIT)) luaL_error(m->L, "pattern too complex");
}

// The end of the item (one character class) that starts at p.
static const char *item_end(matcher *m, const char *p) {
  if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
  char c = *p++;
  if (c == '%') {
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 1;
  }
  if (c != '[') return p;
  if (p < m->pattern_end && *p == '^') p++;
  // A bracket that comes first is a member of the set.
  do {
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    c = *p++;
    if (c == '%' && p < m->pattern_end) p++;
  } while (p == m->pattern_end || *p != ']');
  return p + 1;
}

static bool in_class(int c, int letter) {
  bool found;
  switch (letter | 0x20) {
    case 'a': found = isalpha(c); break;
    case 'c': found = iscntrl(c); break;
    case 'd': found = isdigit(c); break;
    case 'l': found = islower(c); break;
    case 'p': found = ispunct(c); break;
    case 's': found = isspace(c); break;
    case 'u': found = isupper(c); break;
    case 'w': found = isalnum(c); break;
    case 'x': found = isxdigit(c); break;
    case 'z': found = c == 0; break;
    default: return letter == c;
  }
  return isupper(letter) ? !found : found;
}

// Whether c is in the set from p (its bracket) to last (the closing one).
static bool in_set(int c, const char *p, const char *last) {
  bool wanted = true;
  if (p[1] == '^') {
    wanted = false;
    p++;
  }
  while (++p < last) {
    if (*p == '%') {
      p++;
      if (in_class(c, (unsigned char)*p)) return wanted;
    } else if (p[1] == '-' && p + 2 < last) {
      if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) return wanted;
      p += 2;
    } else if ((unsigned char)*p == c) {
      return wanted;
    }
  }
  return !wanted;
}

static bool matches_one(matcher *m, const char *s, const char *p, const char *end) {
  if (s >= m->text_end) return false;
  step(m);
  int c = (unsigned char)*s;
  switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(c, p, end - 1);
    default: return (unsigned char)*p == c;
  }
}

static const char *match(matcher *m, const char *s, const char *p);

static const char *match_balanced(matcher *m, const char *s, const char *p) {
  if (m->pattern_end - p < 2) luaL_error(m->L, "unbalanced pattern");
  if (s >= m->text_end || *s != p[0]) return NULL;
  long depth = 1;
  while (++s < m->text_end) {
    step(m);
    if (*s == p[1]) {
      if (--depth == 0) return s + 1;
    } else if (*s == p[0]) {
      depth++;
    }
  }
  return NULL;
}

static const char *match_greedy(matcher *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (matches_one(m, s + count, p, end)) count++;
  for (; count >= 0; count--) {
    step(m);
    const char *found = match(m, s + count, end + 1);
    if (found) return found;
  }
  return NULL;
}

static const char *match_lazy(matcher *m, const char *s, const char *p, const char *end) {
  for (;; s++) {
    step(m);
    const char *found = match(m, s, end + 1);
    if (found) return found;
    if (!matches_one(m, s, p, end)) return NULL;
  }
}

static const char *match_opening(matcher *m, const char *s, const char *p, ptrdiff_t kind) {
  if (m->captures >= CAPTURE_LIMIT) luaL_error(m->L, "too many captures");
  m->capture[m->captures].start = s;
  m->capture[m->captures].count = kind;
  m->captures++;
  const char *found = match(m, s, p);
  if (found == NULL) m->captures--;
  return found;
}

static const char *match_closing(matcher *m, const char *s, const char *p) {
  int i = m->captures - 1;
  while (i >= 0 && m->capture[i].count != capture_open) i--;
  if (i < 0) luaL_error(m->L, "invalid pattern capture");
  m->capture[i].count = s - m->capture[i].start;
  const char *found = match(m, s, p);
  if (found == NULL) m->capture[i].count = capture_open;
  return found;
}

static const char *match_back_reference(matcher *m, const char *s, int letter) {
  int i = letter - '1';
  if (i < 0 || i >= m->captures || m->capture[i].count == capture_open)
    luaL_error(m->L, "invalid capture index");
  ptrdiff_t count = m->capture[i].count;
  if (count < 0 || m->text_end - s < count) return NULL;
  m->steps += (uint64_t)count / 8;
  step(m);
  return memcmp(m->capture[i].start, s, (size_t)count) == 0 ? s + count : NULL;
}

// Where the pattern from p matches the text from s, the end of the match; otherwise null.
static const char *match(matcher *m, const char *s, const char *p) {
  if (++m->recursion > RECURSION_LIMIT) luaL_error(m->L, "pattern too complex");
  const char *found = NULL;
  for (;;) {
    if (p == m->pattern_end) {
      found = s;
      break;
    }
    if (*p == '(') {
      bool position = p + 1 < m->pattern_end && p[1] == ')';
      found = match_opening(m, s, p + (position ? 2 : 1), position ? capture_position : capture_open);
      break;
    }
    if (*p == ')') {
      found = match_closing(m, s, p + 1);
      break;
    }
    if (*p == '$' && p + 1 == m->pattern_end) {
      found = s == m->text_end ? s : NULL;
      break;
    }
    if (*p == '%' && p + 1 < m->pattern_end) {
      if (p[1] == 'b') {
        s = match_balanced(m, s, p + 2);
        if (s == NULL) break;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p == m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
        const char *end = item_end(m, p);
        int before = s == m->text ? 0 : (unsigned char)s[-1], here = s < m->text_end ? (unsigned char)*s : 0;
        if (in_set(before, p, end - 1) || !in_set(here, p, end - 1)) break;
        p = end;
        continue;
      }
      if (isdigit((unsigned char)p[1])) {
        s = match_back_reference(m, s, (unsigned char)p[1]);
        if (s == NULL) break;
        p += 2;
        continue;
      }
    }
    const char *end = item_end(m, p);
    char repeat = end < m->pattern_end ? *end : 0;
    if (repeat == '*') {
      found = match_greedy(m, s, p, end);
      break;
    }
    if (repeat == '+') {
      found = matches_one(m, s, p, end) ? match_greedy(m, s + 1, p, end) : NULL;
      break;
    }
    if (repeat == '-') {
      found = match_lazy(m, s, p, end);
      break;
    }
    bool one = matches_one(m, s, p, end);
    if (repeat == '?') {
      if (one && (found = match(m, s + 1, end + 1)) != NULL) break;
      p = end + 1;
      continue;
    }
    if (!one) break;
    s++;
    p = end;
  }
  m->recursion--;
  return found;
}

static const char *match_at(matcher *m, const char *s, const char *pattern) {
  m->captures = m->recursion = 0;
  return match(m, s, pattern);
}

static void push_capture(matcher *m, int i, const char *s, const char *e) {
  if (i >= m->captures) {
    if (i != 0) luaL_error(m->L, "invalid capture index");
    lua_pushlstring(m->L, s, (size_t)(e - s));
    return;
  }
  ptrdiff_t count = m->capture[i].count;
  if (count == capture_open) luaL_error(m->L, "unfinished capture");
  if (count == capture_position) lua_pushinteger(m->L, m->capture[i].start - m->text + 1);
  else lua_pushlstring(m->L, m->capture[i].start, (size_t)count);
}

// Pushes all captures; without any, the whole match if `whole`.
static int push_captures(matcher *m, const char *s, const char *e, bool whole) {
  int count = m->captures == 0 && whole ? 1 : m->captures;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(m, i, s, e);
  return count;
}

// ---- find, match

static bool has_specials(const char *p, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (p[i] && strchr("^$*+?.([%-", p[i])) return true;
  return false;
}

static int find(lua_State *L, bool want_positions) {
  size_t text_count, pattern_count;
  const char *text = bridge_check_string(L, 1, &text_count);
  const char *pattern = bridge_check_string(L, 2, &pattern_count);
  lua_Integer from = bridge_opt_integer(L, 3, 1);
  if (from < 0) from = from < -(lua_Integer)text_count ? 1 : from + (lua_Integer)text_count + 1;
  if (from < 1) from = 1;
  // 5.1 clamps a start behind the end.
  if (from > (lua_Integer)text_count + 1) from = (lua_Integer)text_count + 1;
  const char *s = text + from - 1, *text_end = text + text_count;
  if (want_positions && (lua_toboolean(L, 4) || !has_specials(pattern, pattern_count))) {
    const char *found = pattern_count == 0 ? s : memmem(s, (size_t)(text_end - s), pattern, pattern_count);
    if (found) {
      lua_pushinteger(L, found - text + 1);
      lua_pushinteger(L, found - text + (ptrdiff_t)pattern_count);
      return 2;
    }
    lua_pushnil(L);
    return 1;
  }
  matcher m = {.L = L, .text = text, .text_end = text_end, .pattern_end = pattern + pattern_count};
  bool anchored = pattern_count > 0 && *pattern == '^';
  if (anchored) pattern++;
  do {
    const char *e = match_at(&m, s, pattern);
    if (e == NULL) continue;
    if (!want_positions) return push_captures(&m, s, e, true);
    lua_pushinteger(L, s - text + 1);
    lua_pushinteger(L, e - text);
    return push_captures(&m, s, e, false) + 2;
  } while (s++ < text_end && !anchored);
  lua_pushnil(L);
  return 1;
}

static int string_find(lua_State *L) { return find(L, true); }
static int string_match(lua_State *L) { return find(L, false); }

// Upvalues: text, pattern, the position to go on from.
static int step_gmatch(lua_State *L) {
  size_t text_count, pattern_count;
  const char *text = lua_tolstring(L, lua_upvalueindex(1), &text_count);
  const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_count);
  matcher m = {.L = L, .text = text, .text_end = text + text_count, .pattern_end = pattern + pattern_count};
  for (const char *s = text + lua_tointeger(L, lua_upvalueindex(3)); s <= m.text_end; s++) {
    const char *e = match_at(&m, s, pattern);
    if (e == NULL) continue;
    lua_pushinteger(L, e - text + (e == s));
    lua_replace(L, lua_upvalueindex(3));
    return push_captures(&m, s, e, true);
  }
  return 0;
}

static int string_gmatch(lua_State *L) {
  size_t count;
  bridge_check_string(L, 1, &count);
  bridge_check_string(L, 2, &count);
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, step_gmatch, 3);
  return 1;
}

// ---- gsub

// Stack while it runs: 1 text, 2 pattern, 3 replacement, 4 this state, 5 the storage of the result.
typedef struct {
  matcher m;
  const char *pattern, *s, *e;
  lua_Integer count, limit;
  bool anchored;
  size_t out_count, out_capacity;
} substitution;

static void append(lua_State *L, substitution *g, const char *bytes, size_t count) {
  if (count > g->out_capacity - g->out_count) {
    size_t capacity = g->out_capacity < 64 ? 64 : g->out_capacity;
    while (capacity - g->out_count < count) capacity *= 2;
    void *moved = lua_newuserdatauv(L, capacity, 0);
    if (g->out_count) memcpy(moved, lua_touserdata(L, 5), g->out_count);
    lua_replace(L, 5);
    g->out_capacity = capacity;
  }
  if (count) memcpy((char *)lua_touserdata(L, 5) + g->out_count, bytes, count);
  g->out_count += count;
}

static void append_replacement(lua_State *L, substitution *g) {
  size_t count, length;
  const char *r = lua_tolstring(L, 3, &count);
  for (size_t i = 0; i < count; i++) {
    if (r[i] != '%') {
      append(L, g, r + i, 1);
      continue;
    }
    // 5.1 reads the terminating zero behind a last %.
    char c = ++i < count ? r[i] : 0;
    if (!isdigit((unsigned char)c)) {
      append(L, g, &c, 1);
    } else if (c == '0') {
      append(L, g, g->s, (size_t)(g->e - g->s));
    } else {
      push_capture(&g->m, c - '1', g->s, g->e);
      const char *text = bridge_check_string(L, lua_gettop(L), &length);
      append(L, g, text, length);
      lua_pop(L, 1);
    }
  }
}

// The value that a table or a function gave for the match is on top.
static void append_value(lua_State *L, substitution *g) {
  size_t count;
  if (!lua_toboolean(L, -1)) {
    append(L, g, g->s, (size_t)(g->e - g->s));
  } else if (!lua_isstring(L, -1)) {
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  } else {
    const char *text = bridge_check_string(L, lua_gettop(L), &count);
    append(L, g, text, count);
  }
  lua_pop(L, 1);
}

static bool advance(lua_State *L, substitution *g) {
  if (g->e && g->e > g->s) g->s = g->e;
  else if (g->s < g->m.text_end) append(L, g, g->s++, 1);
  else return false;
  return !g->anchored;
}

static int run_gsub(lua_State *L, int status, lua_KContext context) {
  substitution *g = lua_touserdata(L, 4);
  (void)context;
  // The thread may have changed hands; errors and captures go to the one that runs now.
  g->m.L = L;
  bool going = true;
  if (status == LUA_YIELD) {
    append_value(L, g);
    going = advance(L, g);
  }
  while (going && g->count < g->limit) {
    g->e = match_at(&g->m, g->s, g->pattern);
    if (g->e) {
      g->count++;
      int type = lua_type(L, 3);
      if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_callk(L, push_captures(&g->m, g->s, g->e, true), 1, 0, run_gsub);
        append_value(L, g);
      } else if (type == LUA_TTABLE) {
        push_capture(&g->m, 0, g->s, g->e);
        lua_gettable(L, 3);
        append_value(L, g);
      } else {
        append_replacement(L, g);
      }
    }
    going = advance(L, g);
  }
  append(L, g, g->s, (size_t)(g->m.text_end - g->s));
  lua_pushlstring(L, g->out_count ? lua_touserdata(L, 5) : "", g->out_count);
  lua_pushinteger(L, g->count);
  return 2;
}

static int string_gsub(lua_State *L) {
  size_t text_count, pattern_count, ignored;
  const char *text = bridge_check_string(L, 1, &text_count);
  const char *pattern = bridge_check_string(L, 2, &pattern_count);
  int type = lua_type(L, 3);
  luaL_argcheck(
    L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
    "string/function/table expected");
  if (type == LUA_TNUMBER) bridge_check_string(L, 3, &ignored);
  lua_Integer limit = bridge_opt_integer(L, 4, (lua_Integer)text_count + 1);
  lua_settop(L, 3);
  substitution *g = lua_newuserdatauv(L, sizeof *g, 0);
  memset(g, 0, sizeof *g);
  g->m.text = text;
  g->m.text_end = text + text_count;
  g->m.pattern_end = pattern + pattern_count;
  g->anchored = pattern_count > 0 && *pattern == '^';
  g->pattern = pattern + g->anchored;
  g->s = text;
  g->limit = limit;
  lua_pushnil(L);
  luaL_checkstack(L, CAPTURE_LIMIT + 4, "too many captures");
  return run_gsub(L, LUA_OK, 0);
}

void bridge_add_pattern(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"find", string_find},     {"gfind", string_gmatch}, {"gmatch", string_gmatch},
    {"gsub", string_gsub},     {"match", string_match},  {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
