// string.*, but for what needs patterns: 5.1's behaviour (positions are truncated, %d takes floats, %s
// refuses tables). Also the arithmetic of strings: "10" + 1.

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "bridge.h"

// No string a script makes here gets longer (the length limit of a value in a server of this family).
#define STRING_LIMIT ((size_t)512 << 20)

static lua_Integer from_end(lua_Integer position, size_t count) {
  if (position < 0) position = position < -(lua_Integer)count ? 0 : position + (lua_Integer)count + 1;
  return position < 0 ? 0 : position;
}

static int string_byte(lua_State *L) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  lua_Integer from = from_end(bridge_opt_integer(L, 2, 1), count);
  lua_Integer to = from_end(bridge_opt_integer(L, 3, from), count);
  if (from < 1) from = 1;
  if (to > (lua_Integer)count) to = (lua_Integer)count;
  if (from > to) return 0;
  if (to - from >= 1000000) return luaL_error(L, "string slice too long");
  int n = (int)(to - from) + 1;
  luaL_checkstack(L, n, "string slice too long");
  for (int i = 0; i < n; i++) lua_pushinteger(L, (unsigned char)text[from - 1 + i]);
  return n;
}

static int string_char(lua_State *L) {
  int count = lua_gettop(L);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, (size_t)count);
  for (int i = 1; i <= count; i++) {
    lua_Integer c = bridge_check_integer(L, i);
    luaL_argcheck(L, c == (unsigned char)c, i, "invalid value");
    out[i - 1] = (char)c;
  }
  luaL_pushresultsize(&buffer, (size_t)count);
  return 1;
}

static int string_len(lua_State *L) {
  size_t count;
  bridge_check_string(L, 1, &count);
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

static int map_bytes(lua_State *L, int (*convert)(int)) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, count);
  for (size_t i = 0; i < count; i++) out[i] = (char)convert((unsigned char)text[i]);
  luaL_pushresultsize(&buffer, count);
  return 1;
}

static int string_lower(lua_State *L) { return map_bytes(L, tolower); }
static int string_upper(lua_State *L) { return map_bytes(L, toupper); }

static int string_reverse(lua_State *L) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, count);
  for (size_t i = 0; i < count; i++) out[i] = text[count - 1 - i];
  luaL_pushresultsize(&buffer, count);
  return 1;
}

static int string_rep(lua_State *L) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  lua_Integer times = bridge_check_integer(L, 2);
  if (times <= 0 || count == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((size_t)times > STRING_LIMIT / count) return luaL_error(L, "resulting string too large");
  size_t total = count * (size_t)times;
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, total);
  memcpy(out, text, count);
  for (size_t done = count; done < total;) {
    size_t more = done < total - done ? done : total - done;
    memcpy(out + done, out, more);
    done += more;
  }
  luaL_pushresultsize(&buffer, total);
  return 1;
}

static int string_sub(lua_State *L) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  lua_Integer from = from_end(bridge_check_integer(L, 2), count);
  lua_Integer to = from_end(bridge_opt_integer(L, 3, -1), count);
  if (from < 1) from = 1;
  if (to > (lua_Integer)count) to = (lua_Integer)count;
  if (from <= to) lua_pushlstring(L, text + from - 1, (size_t)(to - from) + 1);
  else lua_pushliteral(L, "");
  return 1;
}

// ---- format

static void add_quoted(lua_State *L, luaL_Buffer *buffer, int argument) {
  size_t count;
  const char *text = bridge_check_string(L, argument, &count);
  luaL_addchar(buffer, '"');
  for (size_t i = 0; i < count; i++) {
    switch (text[i]) {
      case '"':
      case '\\':
      case '\n':
        luaL_addchar(buffer, '\\');
        luaL_addchar(buffer, text[i]);
        break;
      case '\r':
        luaL_addlstring(buffer, "\\r", 2);
        break;
      case 0:
        luaL_addlstring(buffer, "\\000", 4);
        break;
      default:
        luaL_addchar(buffer, text[i]);
    }
  }
  luaL_addchar(buffer, '"');
}

// Reads flags, width and precision behind a `%` into `form` (at most 16 bytes); answers where the letter
// stands.
static const char *read_spec(lua_State *L, const char *p, const char *end, char *form) {
  const char *start = p;
  while (p < end && *p && strchr("-+ #0", *p)) p++;
  if (p - start >= 6) luaL_error(L, "invalid format (repeated flags)");
  for (int i = 0; i < 2 && p < end && isdigit((unsigned char)*p); i++) p++;
  if (p < end && *p == '.') {
    p++;
    for (int i = 0; i < 2 && p < end && isdigit((unsigned char)*p); i++) p++;
  }
  if (p < end && isdigit((unsigned char)*p)) luaL_error(L, "invalid format (width or precision too long)");
  *form++ = '%';
  memcpy(form, start, (size_t)(p - start));
  form[p - start] = 0;
  return p;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_formatted(lua_State *L, luaL_Buffer *buffer, char letter, char *form, int argument) {
  // Two digits of width and of precision: 99 before and after the point, and 309 digits of a double.
  char item[512];
  size_t length = strlen(form), count;
  int written = 0;
  switch (letter) {
    case 'c':
      strcpy(form + length, "c");
      written = snprintf(item, sizeof item, form, (int)bridge_check_integer(L, argument));
      break;
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
      strcpy(form + length, "ll");
      form[length + 2] = letter;
      form[length + 3] = 0;
      written = snprintf(item, sizeof item, form, (long long)bridge_check_integer(L, argument));
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      form[length] = letter;
      form[length + 1] = 0;
      written = snprintf(item, sizeof item, form, luaL_checknumber(L, argument));
      break;
    case 'q':
      add_quoted(L, buffer, argument);
      return;
    case 's': {
      const char *text = bridge_check_string(L, argument, &count);
      if (strchr(form, '.') == NULL && count >= 100) {
        // Longer than any width: nothing to format, and the string may hold zeros.
        lua_pushvalue(L, argument);
        luaL_addvalue(buffer);
        return;
      }
      strcpy(form + length, "s");
      written = snprintf(item, sizeof item, form, text);
      break;
    }
    default:
      luaL_error(L, "invalid option '%%%c' to 'format'", letter);
  }
  if (written < 0) return;
  luaL_addlstring(buffer, item, (size_t)written < sizeof item ? (size_t)written : sizeof item - 1);
}
#pragma GCC diagnostic pop

static int string_format(lua_State *L) {
  size_t count;
  int argument = 1, top = lua_gettop(L);
  const char *p = bridge_check_string(L, 1, &count), *end = p + count;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (p < end) {
    const char *percent = memchr(p, '%', (size_t)(end - p));
    if (percent == NULL) percent = end;
    luaL_addlstring(&buffer, p, (size_t)(percent - p));
    p = percent;
    if (p == end) break;
    p++;
    if (p < end && *p == '%') {
      luaL_addchar(&buffer, '%');
      p++;
      continue;
    }
    if (++argument > top) luaL_argerror(L, argument, "no value");
    char form[24];
    p = read_spec(L, p, end, form);
    add_formatted(L, &buffer, p < end ? *p : 0, form, argument);
    p++;
  }
  luaL_pushresult(&buffer);
  return 1;
}

// ---- Arithmetic

static bool to_number(lua_State *L, int index, lua_Number *n) {
  int ok;
  *n = lua_tonumberx(L, index, &ok);
  return ok;
}

static int arithmetic(lua_State *L, int operation) {
  lua_Number a, b;
  if (to_number(L, 1, &a) && to_number(L, 2, &b)) {
    lua_pushnumber(L, a);
    lua_pushnumber(L, b);
    if (operation == LUA_OPUNM) lua_pop(L, 1);
    lua_arith(L, operation);
    bridge_push_number(L, lua_tonumber(L, -1));
    return 1;
  }
  int culprit = lua_type(L, 2) == LUA_TSTRING && !lua_isnumber(L, 2) ? 2 : lua_isnumber(L, 1) ? 2 : 1;
  return luaL_error(L, "attempt to perform arithmetic on a %s value", luaL_typename(L, culprit));
}

static int string_add(lua_State *L) { return arithmetic(L, LUA_OPADD); }
static int string_subtract(lua_State *L) { return arithmetic(L, LUA_OPSUB); }
static int string_multiply(lua_State *L) { return arithmetic(L, LUA_OPMUL); }
static int string_divide(lua_State *L) { return arithmetic(L, LUA_OPDIV); }
static int string_modulo(lua_State *L) { return arithmetic(L, LUA_OPMOD); }
static int string_power(lua_State *L) { return arithmetic(L, LUA_OPPOW); }
static int string_negate(lua_State *L) { return arithmetic(L, LUA_OPUNM); }

static int append_dump(lua_State *L, const void *part, size_t count, void *writer) {
  (void)L;
  bridge_put(writer, part, count);
  return 0;
}

// What is dumped cannot be loaded again: only text is.
static int string_dump(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  bridge_writer w;
  bridge_begin(&w, L);
  lua_pushvalue(L, 1);
  if (lua_dump(L, append_dump, &w, 1) != 0) return luaL_error(L, "unable to dump given function");
  lua_pushlstring(L, w.bytes, w.count);
  return 1;
}

void bridge_add_string(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"byte", string_byte}, {"char", string_char},   {"dump", string_dump},       {"format", string_format},
    {"len", string_len},   {"lower", string_lower}, {"rep", string_rep},         {"reverse", string_reverse},
    {"sub", string_sub},   {"upper", string_upper}, {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}

void bridge_add_string_arithmetic(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"__add", string_add},      {"__div", string_divide},   {"__mod", string_modulo},
    {"__mul", string_multiply}, {"__pow", string_power},    {"__sub", string_subtract},
    {"__unm", string_negate},   {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
