// cjson.decode: with the leniency and the error texts of cjson 2.1.0, which takes 0x10, 01, nan and control
// characters in strings, and names what it expected and what it found by the names of its tokens.

#include <stdlib.h>
#include <strings.h>

#include "bridge.h"

#define DEPTH_CAP 1500

typedef enum {
  found_object,
  found_object_end,
  found_array,
  found_array_end,
  found_string,
  found_number,
  found_true,
  found_false,
  found_null,
  found_colon,
  found_comma,
  found_end,
  found_error,
} found_kind;

typedef struct {
  lua_State *L;
  const char *text, *p, *end;
  int depth;
  bool allow_invalid;
  int depth_limit;
  // The present token: a string is on the Lua stack, a number here, an error's text too.
  found_kind kind;
  size_t position;
  lua_Number number;
  const char *problem;
  /// Room for a string with escapes: as long as the text.
  char *scratch;
  int scratch_slot;
} reader;

static void fail(reader *r, const char *at, const char *problem) {
  r->kind = found_error;
  r->position = (size_t)(at - r->text);
  r->problem = problem;
}

static int hexadecimal(const char *p) {
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = p[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static size_t put_utf8(char *out, unsigned c) {
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 63));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 63));
    out[2] = (char)(0x80 | (c & 63));
    return 3;
  }
  out[0] = (char)(0xf0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 63));
  out[2] = (char)(0x80 | (c >> 6 & 63));
  out[3] = (char)(0x80 | (c & 63));
  return 4;
}

// The code point of `\uXXXX` at p (and of the low surrogate behind it), or -1; sets how long the escape is.
static long unicode_escape(const reader *r, const char *p, size_t *length) {
  int high = r->end - p >= 6 ? hexadecimal(p + 2) : -1;
  *length = 6;
  if (high < 0 || (high & 0xfc00) == 0xdc00) return -1;
  if ((high & 0xfc00) != 0xd800) return high;
  if (r->end - p < 12 || p[6] != '\\' || p[7] != 'u') return -1;
  int low = hexadecimal(p + 8);
  if (low < 0 || (low & 0xfc00) != 0xdc00) return -1;
  *length = 12;
  return 0x10000 + ((long)(high & 0x3ff) << 10) + (low & 0x3ff);
}

// A string; its first quote is at r->p.
static void read_string(reader *r) {
  const char *p = r->p + 1, *start = p;
  while (p < r->end && *p != '"' && *p != '\\' && *p) p++;
  if (p < r->end && *p == '"') {
    lua_pushlstring(r->L, start, (size_t)(p - start));
    r->kind = found_string;
    r->p = p + 1;
    return;
  }
  if (r->scratch == NULL) {
    r->scratch = lua_newuserdatauv(r->L, (size_t)(r->end - r->text) + 4, 0);
    lua_replace(r->L, r->scratch_slot);
  }
  size_t count = (size_t)(p - start), length;
  memcpy(r->scratch, start, count);
  while (p < r->end && *p != '"') {
    if (*p == 0) break;
    if (*p != '\\') {
      r->scratch[count++] = *p++;
      continue;
    }
    char c = p + 1 < r->end ? p[1] : 0;
    const char *known = c ? strchr("\"\"\\\\//b\bf\fn\nr\rt\t", c) : NULL;
    if (c == 'u') {
      long code = unicode_escape(r, p, &length);
      if (code < 0) return fail(r, p, "invalid unicode escape code");
      count += put_utf8(r->scratch + count, (unsigned)code);
      p += length;
    } else if (known && c != '\b' && c != '\f' && c != '\n' && c != '\r' && c != '\t') {
      r->scratch[count++] = known[1];
      p += 2;
    } else {
      return fail(r, p, "invalid escape code");
    }
  }
  if (p >= r->end || *p == 0) return fail(r, p, "unexpected end of string");
  lua_pushlstring(r->L, r->scratch, count);
  r->kind = found_string;
  r->p = p + 1;
}

// Whether what stands here is a number for strtod but not for JSON.
static bool is_invalid_number(const char *p) {
  if (*p == '+') return true;
  if (*p == '-') p++;
  if (*p == '0') return (p[1] | 32) == 'x' || (p[1] >= '0' && p[1] <= '9');
  if (*p <= '9') return false;
  return strncasecmp(p, "inf", 3) == 0 || strncasecmp(p, "nan", 3) == 0;
}

static void read_number(reader *r) {
  char *end;
  r->number = strtod(r->p, &end);
  if (end == r->p) return fail(r, r->p, "invalid number");
  r->kind = found_number;
  r->p = end;
}

static bool take(reader *r, const char *word, found_kind kind) {
  size_t count = strlen(word);
  if ((size_t)(r->end - r->p) < count || memcmp(r->p, word, count) != 0) return false;
  r->p += count;
  r->kind = kind;
  return true;
}

// Reads the next token; a string's value is pushed.
static void next(reader *r) {
  static const char marks[] = "{}[]:,";
  static const found_kind kinds[] = {
    found_object, found_object_end, found_array, found_array_end, found_colon, found_comma,
  };
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) r->p++;
  r->position = (size_t)(r->p - r->text);
  // A zero byte ends the text, wherever it stands.
  if (r->p >= r->end || *r->p == 0) {
    r->kind = found_end;
    return;
  }
  char c = *r->p;
  const char *mark = strchr(marks, c);
  if (mark) {
    r->kind = kinds[mark - marks];
    r->p++;
  } else if (c == '"') {
    read_string(r);
  } else if (c == '-' || (c >= '0' && c <= '9')) {
    if (!r->allow_invalid && is_invalid_number(r->p)) fail(r, r->p, "invalid number");
    else read_number(r);
  } else if (!take(r, "true", found_true) && !take(r, "false", found_false) && !take(r, "null", found_null)) {
    if (r->allow_invalid && is_invalid_number(r->p)) read_number(r);
    else fail(r, r->p, "invalid token");
  }
}

_Noreturn static void unexpected(reader *r, const char *expected) {
  static const char *const names[] = {
    "T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER", "T_BOOLEAN",
    "T_BOOLEAN",   "T_NULL",    "T_COLON",     "T_COMMA",   "T_END",
  };
  const char *found = r->kind == found_error ? r->problem : names[r->kind];
  luaL_error(r->L, "Expected %s but found %s at character %d", expected, found, (int)r->position + 1);
  __builtin_unreachable();
}

static void value(reader *r);

static void descend(reader *r) {
  r->depth++;
  if (r->depth > r->depth_limit || r->depth > DEPTH_CAP || !lua_checkstack(r->L, 8))
    luaL_error(
      r->L, "Found too many nested data structures (%d) at character %d", r->depth, (int)(r->p - r->text));
}

static void object(reader *r) {
  descend(r);
  lua_createtable(r->L, 0, 4);
  next(r);
  if (r->kind == found_object_end) {
    r->depth--;
    return;
  }
  for (;;) {
    if (r->kind != found_string) unexpected(r, "object key string");
    next(r);
    if (r->kind != found_colon) unexpected(r, "colon");
    next(r);
    value(r);
    lua_rawset(r->L, -3);
    next(r);
    if (r->kind == found_object_end) break;
    if (r->kind != found_comma) unexpected(r, "comma or object end");
    next(r);
  }
  r->depth--;
}

static void array(reader *r) {
  descend(r);
  lua_createtable(r->L, 4, 0);
  next(r);
  for (lua_Integer i = 1; r->kind != found_array_end || i > 1; i++) {
    value(r);
    lua_rawseti(r->L, -2, i);
    next(r);
    if (r->kind == found_array_end) break;
    if (r->kind != found_comma) unexpected(r, "comma or array end");
    next(r);
  }
  r->depth--;
}

// Pushes the value that the present token begins.
static void value(reader *r) {
  switch (r->kind) {
    case found_string:
      return;
    case found_number:
      bridge_push_number(r->L, r->number);
      return;
    case found_true:
    case found_false:
      lua_pushboolean(r->L, r->kind == found_true);
      return;
    case found_null:
      lua_pushlightuserdata(r->L, NULL);
      return;
    case found_object:
      object(r);
      return;
    case found_array:
      array(r);
      return;
    default:
      unexpected(r, "value");
  }
}

int bridge_json_decode(lua_State *L) {
  const json_settings *settings = &engine_of(L)->json;
  size_t count;
  luaL_argcheck(L, lua_gettop(L) == 1, 1, "expected 1 argument");
  const char *text = bridge_check_string(L, 1, &count);
  if (count >= 2 && (text[0] == 0 || text[1] == 0))
    return luaL_error(L, "JSON parser does not support UTF-16 or UTF-32");
  lua_pushnil(L);
  reader r = {
    .L = L, .text = text, .p = text, .end = text + count, .allow_invalid = settings->decode_invalid,
    .depth_limit = settings->decode_depth, .scratch_slot = 2,
  };
  next(&r);
  value(&r);
  next(&r);
  if (r.kind != found_end) unexpected(&r, "the end");
  return 1;
}
