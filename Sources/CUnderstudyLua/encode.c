// Lua value → RESP, as a server of this family converts the value that a script returns.
//
// Tables are read raw. The fields err, ok, double, map, set, big_number and verbatim_string, tried in this
// order, make typed replies; any other table is an array up to its first nil. Nesting costs no C stack: open
// containers stand in frames on the Lua stack (table, and for maps and sets the current key), and a depth
// limit answers cyclic tables.

#include <math.h>
#include <stdio.h>

#include "bridge.h"

// One unit for an array, three for a map or a set, as many as a real server has room for.
#define DEPTH_LIMIT 7995
// A table that holds itself twice has more paths than can ever be walked. No honest value comes to the depth limit this
// often, and none has so many parts; a real server walks on until it is killed.
#define OVERFLOW_LIMIT 10000
// What the bytes of a reply are limited to if the memory of scripts is not; one long string may stand in it many times.
#define REPLY_LIMIT ((size_t)1 << 30)

typedef struct {
  int depth, overflows;
  long values;
} progress;

static const char too_deep[] = "ERR reached lua stack limit";

static void emit_line(understudy_lua *engine, char kind, const char *text, size_t count) {
  bridge_out_bytes(engine, &kind, 1);
  size_t start = engine->out_count;
  bridge_out_bytes(engine, text, count);
  for (size_t i = start; i < engine->out_count; i++)
    if (engine->out[i] == '\r' || engine->out[i] == '\n') engine->out[i] = ' ';
  bridge_out_bytes(engine, "\r\n", 2);
}

static void emit_count(understudy_lua *engine, char kind, long long n) {
  char text[32], *end = text + sizeof text, *p = end;
  unsigned long long magnitude = n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;
  *--p = '\n';
  *--p = '\r';
  do *--p = (char)('0' + magnitude % 10);
  while ((magnitude /= 10) != 0);
  if (n < 0) *--p = '-';
  *--p = kind;
  bridge_out_bytes(engine, p, (size_t)(end - p));
}

static void emit_bulk(understudy_lua *engine, const char *text, size_t count) {
  emit_count(engine, '$', (long long)count);
  bridge_out_bytes(engine, text, count);
  bridge_out_bytes(engine, "\r\n", 2);
}

static void emit_null(understudy_lua *engine) {
  if (engine->client_resp3) bridge_out_bytes(engine, "_\r\n", 3);
  else bridge_out_bytes(engine, "$-1\r\n", 5);
}

static void emit_boolean(understudy_lua *engine, bool value) {
  if (!engine->script_resp3) {
    if (value) bridge_out_bytes(engine, ":1\r\n", 4);
    else emit_null(engine);
  } else if (engine->client_resp3) {
    bridge_out_bytes(engine, value ? "#t\r\n" : "#f\r\n", 4);
  } else {
    bridge_out_bytes(engine, value ? ":1\r\n" : ":0\r\n", 4);
  }
}

// The conversion of a double to a 64-bit integer as x86 does it: what does not fit becomes the least integer.
static long long truncated(lua_Number n) {
  const double limit = 9223372036854775808.0;
  return n >= -limit && n < limit ? (long long)n : -0x7fffffffffffffffLL - 1;
}

static void emit_double(understudy_lua *engine, double value) {
  char text[64];
  int count = isinf(value) ? snprintf(text, sizeof text, value < 0 ? "-inf" : "inf")
                           : snprintf(text, sizeof text, "%.17g", value);
  if (engine->client_resp3) emit_line(engine, ',', text, (size_t)count);
  else emit_bulk(engine, text, (size_t)count);
}

// Pushes the field `name` of the table on top; answers its type.
static int push_field(lua_State *L, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, -2);
}

// Replies of one piece: true if the table on top was one (and it is gone then).
static bool emit_typed(lua_State *L, understudy_lua *engine) {
  static const struct {
    const char *name;
    char kind;
  } lines[] = {{"err", '-'}, {"ok", '+'}};
  size_t count;
  for (int i = 0; i < 2; i++) {
    if (push_field(L, lines[i].name) == LUA_TSTRING) {
      const char *text = lua_tolstring(L, -1, &count);
      if (i == 0 && engine->out_count == 0) engine->error_counted = bridge_is_counted(L, lua_gettop(L) - 1);
      emit_line(engine, lines[i].kind, text, count);
      lua_pop(L, 2);
      return true;
    }
    lua_pop(L, 1);
  }
  if (push_field(L, "double") == LUA_TNUMBER) {
    emit_double(engine, lua_tonumber(L, -1));
    lua_pop(L, 2);
    return true;
  }
  lua_pop(L, 1);
  return false;
}

static bool emit_late_typed(lua_State *L, understudy_lua *engine) {
  size_t count;
  if (push_field(L, "big_number") == LUA_TSTRING) {
    const char *text = lua_tolstring(L, -1, &count);
    if (engine->client_resp3) {
      emit_line(engine, '(', text, count);
    } else {
      emit_count(engine, '$', (long long)count);
      size_t start = engine->out_count;
      bridge_out_bytes(engine, text, count);
      for (size_t i = start; i < engine->out_count; i++)
        if (engine->out[i] == '\r' || engine->out[i] == '\n') engine->out[i] = ' ';
      bridge_out_bytes(engine, "\r\n", 2);
    }
    lua_pop(L, 2);
    return true;
  }
  lua_pop(L, 1);
  if (push_field(L, "verbatim_string") == LUA_TTABLE) {
    if (push_field(L, "format") == LUA_TSTRING) {
      lua_pushstring(L, "string");
      if (lua_rawget(L, -3) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, -1, &count), *format = lua_tostring(L, -2);
        if (engine->client_resp3) {
          char kind[5] = "   :";
          for (int i = 0; i < 3 && format[i]; i++) kind[i] = format[i];
          emit_count(engine, '=', (long long)count + 4);
          bridge_out_bytes(engine, kind, 4);
          bridge_out_bytes(engine, text, count);
          bridge_out_bytes(engine, "\r\n", 2);
        } else {
          emit_bulk(engine, text, count);
        }
        lua_pop(L, 4);
        return true;
      }
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}

typedef enum { frame_array, frame_map_key, frame_map_value, frame_set } frame_kind;

// A frame on the Lua stack: the container; its state as an integer (kind, and for arrays the next index); the
// key.
#define FRAME_SLOTS 3

static void push_frame(lua_State *L, frame_kind kind) {
  lua_pushinteger(L, (lua_Integer)kind);
  if (kind == frame_array) lua_pushinteger(L, 1);
  else lua_pushnil(L);
}

static lua_Integer count_pairs(lua_State *L) {
  lua_Integer count = 0;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    count++;
  }
  return count;
}

// Emits the value on top, or opens a frame for it. The depth grows by what the frame costs.
static void emit_value(lua_State *L, understudy_lua *engine, progress *made) {
  size_t count;
  made->values++;
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, -1, &count);
      emit_bulk(engine, text, count);
      break;
    }
    case LUA_TNUMBER:
      // Through a double, as 5.1's numbers are: integers above 2^53 are rounded.
      emit_count(engine, ':', truncated(lua_tonumber(L, -1)));
      break;
    case LUA_TBOOLEAN:
      emit_boolean(engine, lua_toboolean(L, -1));
      break;
    case LUA_TTABLE: {
      if (made->depth >= DEPTH_LIMIT || !lua_checkstack(L, FRAME_SLOTS + 8)) {
        emit_line(engine, '-', too_deep, sizeof too_deep - 1);
        made->overflows++;
        break;
      }
      if (emit_typed(L, engine)) return;
      bool is_map = push_field(L, "map") == LUA_TTABLE;
      if (!is_map) {
        lua_pop(L, 1);
        if (push_field(L, "set") != LUA_TTABLE) {
          lua_pop(L, 1);
          if (emit_late_typed(L, engine)) return;
          lua_Integer n = 0;
          while (lua_rawgeti(L, -1, n + 1) != LUA_TNIL) {
            lua_pop(L, 1);
            n++;
          }
          lua_pop(L, 1);
          emit_count(engine, '*', n);
          if (n == 0) break;
          push_frame(L, frame_array);
          made->depth += 1;
          return;
        }
      }
      lua_replace(L, -2);
      lua_Integer pairs = count_pairs(L);
      if (!engine->client_resp3) emit_count(engine, '*', is_map ? pairs * 2 : pairs);
      else emit_count(engine, is_map ? '%' : '~', pairs);
      if (pairs == 0) break;
      push_frame(L, is_map ? frame_map_key : frame_set);
      made->depth += 3;
      return;
    }
    default:
      emit_null(engine);
  }
  lua_pop(L, 1);
}

void bridge_encode(lua_State *L, understudy_lua *engine) {
  static const char too_large[] = "ERR the reply of the script is too large";
  progress made = {0, 0, 0};
  int base = lua_gettop(L) - 1;
  size_t limit = engine->limit_bytes > 0 ? engine->limit_bytes : REPLY_LIMIT;
  engine->out_count = 0;
  engine->error_counted = false;
  emit_value(L, engine, &made);
  while (lua_gettop(L) > base) {
    bool is_endless = made.overflows > OVERFLOW_LIMIT;
    if (bridge_unlikely(is_endless || made.values > BRIDGE_VALUE_LIMIT || engine->out_count > limit)) {
      lua_settop(L, base);
      engine->out_count = 0;
      engine->error_counted = false;
      if (is_endless) emit_line(engine, '-', too_deep, sizeof too_deep - 1);
      else emit_line(engine, '-', too_large, sizeof too_large - 1);
      return;
    }
    // Stack: …, container, kind, key or index.
    int container = lua_gettop(L) - 2;
    frame_kind kind = (frame_kind)lua_tointeger(L, -2);
    if (kind == frame_array) {
      lua_Integer index = lua_tointeger(L, -1);
      if (lua_rawgeti(L, container, index) == LUA_TNIL) {
        lua_pop(L, 1 + FRAME_SLOTS);
        made.depth -= 1;
        continue;
      }
      lua_pushinteger(L, index + 1);
      lua_replace(L, container + 2);
    } else if (kind == frame_map_value) {
      lua_pushvalue(L, -1);
      lua_rawget(L, container);
      lua_pushinteger(L, frame_map_key);
      lua_replace(L, container + 1);
    } else {
      lua_pushvalue(L, -1);
      if (!lua_next(L, container)) {
        lua_pop(L, FRAME_SLOTS);
        made.depth -= 3;
        continue;
      }
      // One copy of the key is kept in the frame; the other stays on top and is emitted below.
      lua_pop(L, 1);
      lua_copy(L, -1, container + 2);
      if (kind == frame_map_key) {
        lua_pushinteger(L, frame_map_value);
        lua_replace(L, container + 1);
      }
    }
    emit_value(L, engine, &made);
  }
}
