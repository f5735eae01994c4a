// RESP → Lua value: what redis.call and redis.pcall answer the script.
//
// RESP2: integer → number, bulk → string, null → false, status → {ok=}, error → {err=}, array → table. RESP3,
// after redis.setresp(3): null → nil, boolean, {double=}, {big_number=}, {map=}, {set=},
// {verbatim_string={string=,format=}}; attributes are skipped. The reply comes from our own engine; a
// malformed one raises an error rather than reads on.

#include <stdlib.h>

#include "bridge.h"

#define NESTING_LIMIT 128

typedef struct {
  lua_State *L;
  const uint8_t *p, *end;
} reader;

_Noreturn static void malformed(reader *r) {
  luaL_error(r->L, "ERR malformed reply of a command");
  __builtin_unreachable();
}

// The rest of the header line; moves behind it.
static const char *line(reader *r, size_t *count) {
  const uint8_t *start = r->p;
  const uint8_t *stop = memchr(start, '\r', (size_t)(r->end - start));
  if (stop == NULL || r->end - stop < 2) malformed(r);
  r->p = stop + 2;
  *count = (size_t)(stop - start);
  return (const char *)start;
}

static long long number(reader *r) {
  const uint8_t *p = r->p, *end = r->end;
  bool negative = p < end && *p == '-';
  if (negative) p++;
  unsigned long long value = 0;
  const uint8_t *digits = p;
  while (p < end && *p >= '0' && *p <= '9') value = value * 10 + (unsigned)(*p++ - '0');
  if (p == digits || end - p < 2 || *p != '\r') malformed(r);
  r->p = p + 2;
  return (long long)(negative ? 0ULL - value : value);
}

static void push_bulk(reader *r, long long count) {
  if (count < 0 || count > r->end - r->p - 2) malformed(r);
  lua_pushlstring(r->L, (const char *)r->p, (size_t)count);
  r->p += count + 2;
}

static bool value(reader *r, int depth);

static void wrap(lua_State *L, const char *field) {
  lua_createtable(L, 0, 1);
  lua_insert(L, -2);
  lua_setfield(L, -2, field);
}

static void push_pairs(reader *r, long long count, int depth, bool is_set) {
  lua_createtable(r->L, 0, count < 0x7fffff ? (int)count : 0);
  for (long long i = 0; i < count; i++) {
    value(r, depth);
    if (is_set) lua_pushboolean(r->L, 1);
    else value(r, depth);
    // A null cannot be a key; a server that sends one gets it dropped.
    if (lua_isnil(r->L, -2)) lua_pop(r->L, 2);
    else lua_rawset(r->L, -3);
  }
}

static void push_double(reader *r) {
  size_t count;
  char text[64];
  const char *start = line(r, &count);
  if (count >= sizeof text) malformed(r);
  memcpy(text, start, count);
  text[count] = 0;
  lua_pushnumber(r->L, strtod(text, NULL));
  wrap(r->L, "double");
}

static bool value(reader *r, int depth) {
  lua_State *L = r->L;
  size_t count;
  long long n;
  const char *text;
  if (r->p >= r->end || depth > NESTING_LIMIT) malformed(r);
  luaL_checkstack(L, 8, "reply");
  switch (*r->p++) {
    case '$':
      n = number(r);
      if (n < 0) lua_pushboolean(L, 0);
      else push_bulk(r, n);
      return false;
    case ':':
      n = number(r);
      if (n > -9007199254740992LL && n < 9007199254740992LL) lua_pushinteger(L, n);
      else lua_pushnumber(L, (lua_Number)n);
      return false;
    case '+':
      text = line(r, &count);
      lua_createtable(L, 0, 1);
      lua_pushlstring(L, text, count);
      lua_setfield(L, -2, "ok");
      return false;
    case '-':
      text = line(r, &count);
      lua_createtable(L, 0, 4);
      lua_pushlstring(L, text, count);
      lua_setfield(L, -2, "err");
      lua_pushboolean(L, 1);
      lua_setfield(L, -2, "ignore_error_stats_update");
      return true;
    case '*':
    case '>':
      n = number(r);
      if (n < 0) {
        lua_pushboolean(L, 0);
        return false;
      }
      lua_createtable(L, n < 0x7fffff ? (int)n : 0, 0);
      for (long long i = 1; i <= n; i++) {
        value(r, depth + 1);
        lua_rawseti(L, -2, i);
      }
      return false;
    case '_':
      line(r, &count);
      lua_pushnil(L);
      return false;
    case '#':
      text = line(r, &count);
      lua_pushboolean(L, count == 1 && text[0] == 't');
      return false;
    case ',':
      push_double(r);
      return false;
    case '(':
      text = line(r, &count);
      lua_pushlstring(L, text, count);
      wrap(L, "big_number");
      return false;
    case '=':
      n = number(r);
      if (n < 4 || n > r->end - r->p - 2) malformed(r);
      lua_createtable(L, 0, 2);
      lua_pushlstring(L, (const char *)r->p + 4, (size_t)n - 4);
      lua_setfield(L, -2, "string");
      lua_pushlstring(L, (const char *)r->p, 3);
      lua_setfield(L, -2, "format");
      r->p += n + 2;
      wrap(L, "verbatim_string");
      return false;
    case '%':
      n = number(r);
      push_pairs(r, n, depth + 1, false);
      wrap(L, "map");
      return false;
    case '~':
      n = number(r);
      push_pairs(r, n, depth + 1, true);
      wrap(L, "set");
      return false;
    case '|':
      n = number(r);
      for (long long i = 0; i < 2 * n; i++) {
        value(r, depth + 1);
        lua_pop(L, 1);
      }
      return value(r, depth + 1);
    default:
      malformed(r);
  }
}

bool bridge_decode(lua_State *L, understudy_lua_slice reply) {
  reader r = {L, reply.bytes, reply.bytes + reply.count};
  return value(&r, 0);
}
