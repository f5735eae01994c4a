// cmsgpack.*: MessagePack as cmsgpack 0.4.0 writes and reads it in servers of this family. Its `bin` and extension types
// are not known; tables of 16 levels and deeper become nil.
//
// Maps are written in the order of `pairs`, so that the same table gives the same bytes in every state. Reading costs no
// C stack: open containers stand in frames on the Lua stack.

#include <math.h>

#include "bridge.h"

#define NESTING 16
// As many values as a function of 5.1 may have on its stack.
#define STACK_LIMIT 8000

// ---- Writing

static void put_byte(bridge_writer *w, unsigned byte) {
  char c = (char)byte;
  bridge_put(w, &c, 1);
}

// A mark, and so many bytes of a number, the high one first.
static void put_marked(bridge_writer *w, unsigned mark, uint64_t bits, int count) {
  char bytes[9] = {(char)mark};
  for (int i = 0; i < count; i++) bytes[1 + i] = (char)(bits >> (8 * (count - 1 - i)));
  bridge_put(w, bytes, (size_t)count + 1);
}

static void put_integer(bridge_writer *w, int64_t n) {
  uint64_t bits = (uint64_t)n;
  if (n >= 0) {
    if (n <= 127) put_byte(w, (unsigned)n);
    else if (n <= 0xff) put_marked(w, 0xcc, bits, 1);
    else if (n <= 0xffff) put_marked(w, 0xcd, bits, 2);
    else if (n <= 0xffffffffLL) put_marked(w, 0xce, bits, 4);
    else put_marked(w, 0xcf, bits, 8);
  } else if (n >= -32) {
    put_byte(w, (unsigned)(bits & 0xff));
  } else if (n >= -128) {
    put_marked(w, 0xd0, bits, 1);
  } else if (n >= -32768) {
    put_marked(w, 0xd1, bits, 2);
  } else if (n >= -2147483648LL) {
    put_marked(w, 0xd2, bits, 4);
  } else {
    put_marked(w, 0xd3, bits, 8);
  }
}

static void put_number(bridge_writer *w, lua_Number n) {
  const lua_Number limit = 9223372036854775808.0;
  if (n >= -limit && n < limit && n == floor(n)) {
    put_integer(w, (int64_t)n);
  } else if (n == (lua_Number)(float)n) {
    float value = (float)n;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_marked(w, 0xca, bits, 4);
  } else {
    uint64_t bits;
    memcpy(&bits, &n, sizeof bits);
    put_marked(w, 0xcb, bits, 8);
  }
}

// The head of what has a length: in the mark itself below `small`, or in the bytes behind one of three marks; a mark
// of 0 is not there.
static void put_length(
  bridge_writer *w, size_t length, size_t small, unsigned mark, unsigned mark8, unsigned mark16, unsigned mark32
) {
  if (length < small) put_byte(w, mark | (unsigned)length);
  else if (mark8 && length <= 0xff) put_marked(w, mark8, length, 1);
  else if (length <= 0xffff) put_marked(w, mark16, length, 2);
  else put_marked(w, mark32, length, 4);
}

static void put_string(bridge_writer *w, int index) {
  size_t count;
  const char *text = lua_tolstring(w->L, index, &count);
  put_length(w, count, 32, 0xa0, 0xd9, 0xda, 0xdb);
  bridge_put(w, text, count);
}

// The number of elements if the table on top is an array from 1 on without holes; -1 if it is a map.
static lua_Integer array_length(lua_State *L, lua_Integer *pairs) {
  lua_Number greatest = 0;
  bool is_array = true;
  *pairs = 0;
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pop(L, 1);
    lua_Number n = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
    if (n <= 0 || n != floor(n) || n > 0x7fffffff) is_array = false;
    if (n > greatest) greatest = n;
    *pairs += 1;
  }
  return is_array && greatest == (lua_Number)*pairs ? *pairs : -1;
}

static void put_value(bridge_writer *w, int level);

static void put_table(bridge_writer *w, int level) {
  lua_State *L = w->L;
  int table = lua_gettop(L);
  bridge_see_through(L, table);
  lua_Integer pairs, count = array_length(L, &pairs);
  if (count >= 0) {
    put_length(w, (size_t)count, 16, 0x90, 0, 0xdc, 0xdd);
    for (lua_Integer i = 1; i <= count; i++) {
      lua_rawgeti(L, table, i);
      put_value(w, level + 1);
    }
    return;
  }
  put_length(w, (size_t)pairs, 16, 0x80, 0, 0xde, 0xdf);
  bridge_push_keys(L, table);
  for (lua_Integer i = 1; lua_rawgeti(L, table + 1, i) != LUA_TNIL; i++) {
    lua_pushvalue(L, -1);
    put_value(w, level + 1);
    lua_rawget(L, table);
    put_value(w, level + 1);
  }
  lua_settop(L, table);
}

// Writes the value on top and takes it away.
static void put_value(bridge_writer *w, int level) {
  lua_State *L = w->L;
  luaL_checkstack(L, 12, "in function mp_encode");
  // Nobody else is served meanwhile.
  if (bridge_unlikely(++w->values > BRIDGE_VALUE_LIMIT)) luaL_error(L, "too many values to pack");
  switch (lua_type(L, -1)) {
    case LUA_TSTRING:
      put_string(w, -1);
      break;
    case LUA_TBOOLEAN:
      put_byte(w, lua_toboolean(L, -1) ? 0xc3 : 0xc2);
      break;
    case LUA_TNUMBER:
      put_number(w, lua_tonumber(L, -1));
      break;
    case LUA_TTABLE:
      if (level < NESTING) {
        put_table(w, level);
        break;
      }
      put_byte(w, 0xc0);
      break;
    default:
      put_byte(w, 0xc0);
  }
  lua_pop(L, 1);
}

static int msgpack_pack(lua_State *L) {
  int count = lua_gettop(L);
  if (count == 0) return luaL_argerror(L, 0, "MessagePack pack needs input.");
  bridge_writer w;
  bridge_begin(&w, L);
  for (int i = 1; i <= count; i++) {
    lua_pushvalue(L, i);
    put_value(&w, 0);
  }
  lua_pushlstring(L, w.bytes, w.count);
  return 1;
}

// ---- Reading

// What is read, and how much 5.1 would have on its stack by now.
typedef struct {
  lua_State *L;
  const uint8_t *next, *end;
  int stack;
} reader;

static const char missing[] = "Missing bytes in input.";

_Noreturn static void fail(reader *r, const char *text) {
  luaL_error(r->L, "%s", text);
  __builtin_unreachable();
}

static uint64_t bits(reader *r, size_t count) {
  if ((size_t)(r->end - r->next) < count) fail(r, missing);
  uint64_t value = 0;
  for (size_t i = 0; i < count; i++) value = value << 8 | *r->next++;
  return value;
}

static void push_integer(reader *r, int64_t n) { bridge_push_number(r->L, (lua_Number)n); }

static void push_string(reader *r, uint64_t count) {
  if ((uint64_t)(r->end - r->next) < count) fail(r, missing);
  lua_pushlstring(r->L, (const char *)r->next, (size_t)count);
  r->next += count;
}

static void push_float(reader *r) {
  uint32_t pattern = (uint32_t)bits(r, 4);
  float value;
  memcpy(&value, &pattern, sizeof value);
  bridge_push_number(r->L, value);
}

static void push_double(reader *r) {
  uint64_t pattern = bits(r, 8);
  double value;
  memcpy(&value, &pattern, sizeof value);
  bridge_push_number(r->L, value);
}

// An open container: three slots on the Lua stack.
typedef struct {
  // How many values are to come: of an array its elements, of a map its keys.
  uint64_t left;
  lua_Integer index;
  bool is_map, awaits_value;
} frame;

// Pushes a value, or an empty table for a container with `opened` told what follows; answers whether it is one.
static bool push_value(reader *r, frame *opened) {
  lua_State *L = r->L;
  unsigned mark = (unsigned)bits(r, 1);
  bool is_map = false;
  uint64_t length;
  switch (mark) {
    case 0xc0: lua_pushnil(L); return false;
    case 0xc2: lua_pushboolean(L, 0); return false;
    case 0xc3: lua_pushboolean(L, 1); return false;
    case 0xca: push_float(r); return false;
    case 0xcb: push_double(r); return false;
    case 0xcc: push_integer(r, (int64_t)bits(r, 1)); return false;
    case 0xcd: push_integer(r, (int64_t)bits(r, 2)); return false;
    case 0xce: push_integer(r, (int64_t)bits(r, 4)); return false;
    // A number from 2^63 on comes out negative.
    case 0xcf: case 0xd3: push_integer(r, (int64_t)bits(r, 8)); return false;
    case 0xd0: push_integer(r, (int8_t)bits(r, 1)); return false;
    case 0xd1: push_integer(r, (int16_t)bits(r, 2)); return false;
    case 0xd2: push_integer(r, (int32_t)bits(r, 4)); return false;
    case 0xd9: push_string(r, bits(r, 1)); return false;
    case 0xda: push_string(r, bits(r, 2)); return false;
    case 0xdb: push_string(r, bits(r, 4)); return false;
    case 0xdc: length = bits(r, 2); break;
    case 0xdd: length = bits(r, 4); break;
    case 0xde: length = bits(r, 2); is_map = true; break;
    case 0xdf: length = bits(r, 4); is_map = true; break;
    default:
      if (mark < 0x80) return push_integer(r, (int64_t)mark), false;
      if (mark >= 0xe0) return push_integer(r, (int8_t)mark), false;
      if ((mark & 0xe0) == 0xa0) return push_string(r, mark & 0x1f), false;
      length = mark & 0xf;
      if ((mark & 0xf0) == 0x80) is_map = true;
      else if ((mark & 0xf0) != 0x90) fail(r, "Bad data format in input.");
  }
  lua_createtable(L, 0, 0);
  *opened = (frame){length, 1, is_map, false};
  return true;
}

static void check_stack(reader *r, const char *what) {
  if (r->stack + 1 > STACK_LIMIT || !lua_checkstack(r->L, 16)) luaL_error(r->L, "stack overflow (%s)", what);
}

static const char too_many[] = "too many return values at once; use unpack_one or unpack_limit instead.";

// Puts the value on top into the container below it. Stack: container, for a map with a key the key, value.
static void put_into(reader *r, frame *f) {
  lua_State *L = r->L;
  if (f->is_map && !f->awaits_value) {
    f->awaits_value = true;
    return;
  }
  if (!f->is_map) {
    lua_rawseti(L, -2, f->index++);
  } else {
    bool is_nil = lua_isnil(L, -2), is_nan = lua_type(L, -2) == LUA_TNUMBER && isnan(lua_tonumber(L, -2));
    if (is_nil || is_nan) {
      // Without a place in the source, as the real one says it.
      lua_pushstring(L, is_nil ? "table index is nil" : "table index is NaN");
      lua_error(L);
    }
    lua_rawset(L, -3);
    f->awaits_value = false;
  }
  f->left--;
  r->stack -= 2;
}

// Reads one value of any depth and leaves it on the stack. The frames lie in a userdata at `slot`.
static void read_value(reader *r, int slot, size_t *capacity) {
  lua_State *L = r->L;
  frame *frames = lua_touserdata(L, slot);
  size_t depth = 0;
  for (;;) {
    frame opened;
    check_stack(r, too_many);
    bool is_open = push_value(r, &opened);
    r->stack++;
    if (is_open) {
      if (depth == *capacity) {
        size_t grown = *capacity * 2;
        frame *moved = lua_newuserdatauv(L, grown * sizeof *moved, 0);
        memcpy(moved, frames, depth * sizeof *moved);
        lua_replace(L, slot);
        frames = moved;
        *capacity = grown;
      }
      frames[depth++] = opened;
    }
    // What is complete goes into what is open.
    while (depth > 0) {
      frame *f = &frames[depth - 1];
      if (!is_open) put_into(r, f);
      if (f->left > 0) break;
      is_open = false;
      depth--;
    }
    if (depth == 0) return;
    if (!frames[depth - 1].is_map) {
      check_stack(r, "in function mp_decode_to_lua_array");
      r->stack++;
    }
  }
}

// Reads up to `limit` values (0: all) from `offset` on. Unless all are asked for from the start, the first result is where
// to go on; -1 at the end.
static int unpack(lua_State *L, lua_Integer limit, lua_Integer offset) {
  size_t count;
  const char *text = bridge_check_string(L, 1, &count);
  lua_settop(L, 1);
  if (offset < 0 || limit < 0)
    return luaL_error(
      L, "Invalid request to unpack with offset of %d and limit of %d.", (int)offset, (int)count);
  if ((size_t)offset > count)
    return luaL_error(L, "Start offset %d greater than input length %d.", (int)offset, (int)count);
  bool all = limit == 0 && offset == 0;
  reader r = {L, (const uint8_t *)text + offset, (const uint8_t *)text + count, 1};
  size_t capacity = 16;
  lua_newuserdatauv(L, capacity * sizeof(frame), 0);
  // The place to go on at comes first.
  lua_pushnil(L);
  int values = 0;
  for (; r.next < r.end && (all || values < limit); values++) read_value(&r, 2, &capacity);
  if (all) return values;
  luaL_checkstack(L, 1, "in function mp_unpack_full");
  lua_pushinteger(L, r.next == r.end ? -1 : (lua_Integer)(r.next - (const uint8_t *)text));
  lua_replace(L, 3);
  return values + 1;
}

static int msgpack_unpack(lua_State *L) { return unpack(L, 0, 0); }

static int msgpack_unpack_one(lua_State *L) { return unpack(L, 1, bridge_opt_integer(L, 2, 0)); }

static int msgpack_unpack_limit(lua_State *L) {
  lua_Integer limit = bridge_check_integer(L, 2);
  return unpack(L, limit, bridge_opt_integer(L, 3, 0));
}

void bridge_push_msgpack(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"pack", msgpack_pack},
    {"unpack", msgpack_unpack},
    {"unpack_limit", msgpack_unpack_limit},
    {"unpack_one", msgpack_unpack_one},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lua_pushliteral(L, "cmsgpack");
  lua_setfield(L, -2, "_NAME");
  lua_pushliteral(L, "lua-cmsgpack 0.4.0");
  lua_setfield(L, -2, "_VERSION");
}
