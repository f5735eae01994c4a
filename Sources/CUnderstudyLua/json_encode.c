// cjson.encode and the library's settings, as cjson 2.1.0 behaves in servers of this family: `%.14g`, `{}`
// for empty tables, `\/`, null for holes, an error for arrays that are mostly holes.
//
// Objects are written in the order of `pairs`, so that the same table gives the same text in every state.

#include <math.h>
#include <stdio.h>

#include "bridge.h"

/// However deep a script allows tables to nest: the C stack has an end.
#define DEPTH_CAP 1500

typedef struct {
  bridge_writer text;
  lua_State *L;
  const json_settings *settings;
} writer;

static void put(writer *w, const char *text, size_t count) { bridge_put(&w->text, text, count); }

static void put_byte(writer *w, char c) { bridge_put(&w->text, &c, 1); }

static void put_string(writer *w, int index) {
  static const char hexadecimal[] = "0123456789abcdef";
  static const char letters[] = "btn\0fr";
  size_t count;
  const char *text = lua_tolstring(w->L, index, &count);
  put_byte(w, '"');
  for (size_t i = 0; i < count; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c == '"' || c == '\\' || c == '/') {
      put_byte(w, '\\');
      put_byte(w, (char)c);
    } else if (c >= 8 && c <= 13 && letters[c - 8]) {
      put_byte(w, '\\');
      put_byte(w, letters[c - 8]);
    } else if (c < 32 || c == 127) {
      char escape[6] = {'\\', 'u', '0', '0', hexadecimal[c >> 4], hexadecimal[c & 15]};
      put(w, escape, sizeof escape);
    } else {
      put_byte(w, (char)c);
    }
  }
  put_byte(w, '"');
}

_Noreturn static void refuse(writer *w, int index, const char *reason) {
  luaL_error(w->L, "Cannot serialise %s: %s", luaL_typename(w->L, index), reason);
  __builtin_unreachable();
}

static void put_number(writer *w, int index) {
  lua_Number n = lua_tonumber(w->L, index);
  char text[64];
  if (isnan(n) || isinf(n)) {
    if (w->settings->encode_invalid == json_refuse) refuse(w, index, "must not be NaN or Inf");
    if (w->settings->encode_invalid == json_null) {
      put(w, "null", 4);
      return;
    }
    const char *name = isnan(n) ? "nan" : n < 0 ? "-inf" : "inf";
    put(w, name, strlen(name));
    return;
  }
  size_t count = w->settings->precision == 14
    ? bridge_number_text(w->L, index, text)
    : (size_t)snprintf(text, sizeof text, "%.*g", w->settings->precision, n);
  put(w, text, count);
}

// The number of elements if the table on top is to be an array; -1 for an object.
static lua_Integer array_length(writer *w) {
  lua_State *L = w->L;
  lua_Integer greatest = 0, count = 0;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1) {
      lua_pop(L, 1);
      return -1;
    }
    if (lua_tointeger(L, -1) > greatest) greatest = lua_tointeger(L, -1);
    count++;
  }
  const json_settings *s = w->settings;
  if (s->sparse_ratio > 0 && greatest > s->sparse_safe && greatest / s->sparse_ratio >= count &&
      greatest > count * s->sparse_ratio) {
    if (!s->sparse_convert) refuse(w, -1, "excessively sparse array");
    return -1;
  }
  return greatest == 0 ? -1 : greatest;
}

static void put_value(writer *w, int depth);

static void put_array(writer *w, lua_Integer count, int depth) {
  put_byte(w, '[');
  for (lua_Integer i = 1; i <= count; i++) {
    if (i > 1) put_byte(w, ',');
    lua_rawgeti(w->L, -1, i);
    put_value(w, depth);
    lua_pop(w->L, 1);
  }
  put_byte(w, ']');
}

static void put_object(writer *w, int depth) {
  lua_State *L = w->L;
  int table = lua_gettop(L);
  put_byte(w, '{');
  bridge_push_keys(L, table);
  for (lua_Integer i = 1; lua_rawgeti(L, table + 1, i) != LUA_TNIL; i++) {
    if (i > 1) put_byte(w, ',');
    if (lua_type(L, -1) == LUA_TSTRING) {
      put_string(w, -1);
    } else if (lua_type(L, -1) == LUA_TNUMBER) {
      put_byte(w, '"');
      put_number(w, -1);
      put_byte(w, '"');
    } else {
      refuse(w, -1, "table key must be a number or string");
    }
    put_byte(w, ':');
    lua_rawget(L, table);
    put_value(w, depth);
    lua_pop(L, 1);
  }
  lua_settop(L, table);
  put_byte(w, '}');
}

// Writes the value on top and leaves it there.
static void put_value(writer *w, int depth) {
  lua_State *L = w->L;
  switch (lua_type(L, -1)) {
    case LUA_TSTRING:
      put_string(w, -1);
      return;
    case LUA_TNUMBER:
      put_number(w, -1);
      return;
    case LUA_TBOOLEAN:
      if (lua_toboolean(L, -1)) put(w, "true", 4);
      else put(w, "false", 5);
      return;
    case LUA_TNIL:
      put(w, "null", 4);
      return;
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(L, -1) != NULL) break;
      put(w, "null", 4);
      return;
    case LUA_TTABLE: {
      depth++;
      if (depth > w->settings->encode_depth || depth > DEPTH_CAP || !lua_checkstack(L, 12))
        luaL_error(L, "Cannot serialise, excessive nesting (%d)", depth);
      lua_Integer count = array_length(w);
      if (count >= 0) put_array(w, count, depth);
      else put_object(w, depth);
      return;
    }
  }
  refuse(w, -1, "type not supported");
}

static int json_encode(lua_State *L) {
  luaL_argcheck(L, lua_gettop(L) == 1, 1, "expected 1 argument");
  writer w = {.L = L, .settings = &engine_of(L)->json};
  bridge_see_through(L, 1);
  bridge_begin(&w.text, L);
  lua_pushvalue(L, 1);
  put_value(&w, 0);
  lua_pushlstring(L, w.text.bytes, w.text.count);
  return 1;
}

// ---- Settings: each answers its present value, and takes a new one.

static int check_between(lua_State *L, int argument, int least, int greatest) {
  lua_Integer n = bridge_check_integer(L, argument);
  if (n < least || n > greatest) {
    lua_pushfstring(L, "expected integer between %d and %d", least, greatest);
    luaL_argcheck(L, false, argument, lua_tostring(L, -1));
  }
  return (int)n;
}

static int integer_setting(lua_State *L, int *setting, int least, int greatest) {
  luaL_argcheck(L, lua_gettop(L) <= 1, 2, "found too many arguments");
  if (!lua_isnoneornil(L, 1)) *setting = check_between(L, 1, least, greatest);
  lua_pushinteger(L, *setting);
  return 1;
}

static bool check_switch(lua_State *L, int argument) {
  static const char *const names[] = {"off", "on", NULL};
  if (lua_isboolean(L, argument)) return lua_toboolean(L, argument);
  return luaL_checkoption(L, argument, NULL, names) == 1;
}

static int switch_setting(lua_State *L, bool *setting) {
  luaL_argcheck(L, lua_gettop(L) <= 1, 2, "found too many arguments");
  if (!lua_isnoneornil(L, 1)) *setting = check_switch(L, 1);
  lua_pushboolean(L, *setting);
  return 1;
}

static int json_encode_sparse_array(lua_State *L) {
  json_settings *s = &engine_of(L)->json;
  luaL_argcheck(L, lua_gettop(L) <= 3, 4, "found too many arguments");
  if (!lua_isnoneornil(L, 1)) s->sparse_convert = check_switch(L, 1);
  if (!lua_isnoneornil(L, 2)) s->sparse_ratio = check_between(L, 2, 0, 0x7fffffff);
  if (!lua_isnoneornil(L, 3)) s->sparse_safe = check_between(L, 3, 0, 0x7fffffff);
  lua_pushboolean(L, s->sparse_convert);
  lua_pushinteger(L, s->sparse_ratio);
  lua_pushinteger(L, s->sparse_safe);
  return 3;
}

static int json_encode_max_depth(lua_State *L) {
  return integer_setting(L, &engine_of(L)->json.encode_depth, 1, 0x7fffffff);
}

static int json_decode_max_depth(lua_State *L) {
  return integer_setting(L, &engine_of(L)->json.decode_depth, 1, 0x7fffffff);
}

static int json_encode_number_precision(lua_State *L) {
  return integer_setting(L, &engine_of(L)->json.precision, 1, 14);
}

static int json_encode_keep_buffer(lua_State *L) {
  return switch_setting(L, &engine_of(L)->json.keep_buffer);
}

static int json_decode_invalid_numbers(lua_State *L) {
  return switch_setting(L, &engine_of(L)->json.decode_invalid);
}

static int json_encode_invalid_numbers(lua_State *L) {
  static const char *const names[] = {"off", "on", "null", NULL};
  json_settings *s = &engine_of(L)->json;
  luaL_argcheck(L, lua_gettop(L) <= 1, 2, "found too many arguments");
  if (lua_isboolean(L, 1)) s->encode_invalid = lua_toboolean(L, 1) ? json_allow : json_refuse;
  else if (!lua_isnoneornil(L, 1)) s->encode_invalid = luaL_checkoption(L, 1, NULL, names);
  if (s->encode_invalid == json_null) lua_pushliteral(L, "null");
  else lua_pushboolean(L, s->encode_invalid == json_allow);
  return 1;
}

// cjson.new: the same functions in a table of the script's own. The settings are shared.
static int json_new(lua_State *L) {
  bridge_push_json(L);
  return 1;
}

void bridge_reset_json(json_settings *settings) {
  *settings = (json_settings){
    .sparse_ratio = 2, .sparse_safe = 10, .encode_depth = 1000, .decode_depth = 1000, .precision = 14,
    .keep_buffer = true, .encode_invalid = json_refuse, .decode_invalid = true,
  };
}

void bridge_push_json(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"decode", bridge_json_decode},
    {"decode_invalid_numbers", json_decode_invalid_numbers},
    {"decode_max_depth", json_decode_max_depth},
    {"encode", json_encode},
    {"encode_invalid_numbers", json_encode_invalid_numbers},
    {"encode_keep_buffer", json_encode_keep_buffer},
    {"encode_max_depth", json_encode_max_depth},
    {"encode_number_precision", json_encode_number_precision},
    {"encode_sparse_array", json_encode_sparse_array},
    {"new", json_new},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushliteral(L, "cjson");
  lua_setfield(L, -2, "_NAME");
  lua_pushliteral(L, "2.1.0");
  lua_setfield(L, -2, "_VERSION");
}
