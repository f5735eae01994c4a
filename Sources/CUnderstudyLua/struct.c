// struct.*: packing and unpacking of C's binary forms, as the library of that name does in servers of this family, on a
// little-endian 64-bit machine.
//
//   b B h H i I l L T   integers: 1, 2, 4, 8 and 8 bytes; i and I take a size (i3), up to 32; small letters are signed
//   f d                 float and double
//   s                   a string and a zero byte
//   c                   a string of one byte; c8 of eight; c0 the whole string, or when unpacking as long as the number
//                       before it says
//   x                   a byte of padding
//   < >                 the low or the high byte first from here on
//   !                   values stand at multiples of their size from here on, of 8 at most, or of what follows (!4)

#include <ctype.h>
#include <limits.h>

#include "bridge.h"

#define WIDEST_INTEGER 32
#define DEFAULT_ALIGNMENT 8

typedef struct {
  lua_State *L;
  // What is left of the format.
  const char *next;
  bool high_first;
  int alignment;
} format;

static format open(lua_State *L) {
  size_t count;
  // A zero byte ends the format.
  return (format){L, bridge_check_string(L, 1, &count), false, 1};
}

// The number in the format, or `fallback` if there is none.
static int number(format *f, int fallback) {
  if (!isdigit((unsigned char)*f->next)) return fallback;
  long long n = 0;
  while (isdigit((unsigned char)*f->next)) {
    n = n * 10 + (*f->next++ - '0');
    if (n > INT_MAX) luaL_error(f->L, "integral size overflow");
  }
  return (int)n;
}

static size_t size_of(format *f, char option) {
  switch (option) {
    case 'b': case 'B': case 'x': return 1;
    case 'h': case 'H': return 2;
    case 'f': return 4;
    case 'l': case 'L': case 'T': case 'd': return 8;
    case 'c': return (size_t)number(f, 1);
    case 'i': case 'I': {
      int size = number(f, 4);
      if (size > WIDEST_INTEGER)
        luaL_error(f->L, "integral size %d is larger than limit of %d", size, WIDEST_INTEGER);
      return (size_t)size;
    }
    default: return 0;
  }
}

// How many bytes stand before a value of that size at `position`.
static size_t padding(const format *f, char option, size_t size, size_t position) {
  if (size == 0 || option == 'c') return 0;
  if (size > (size_t)f->alignment) size = (size_t)f->alignment;
  return (size - (position & (size - 1))) & (size - 1);
}

// What is no value: a blank, or how those that follow are written.
static void control(format *f, char option) {
  switch (option) {
    case ' ': return;
    case '<': f->high_first = false; return;
    case '>': f->high_first = true; return;
    case '!': {
      int alignment = number(f, DEFAULT_ALIGNMENT);
      if (alignment <= 0 || (alignment & (alignment - 1)) != 0)
        luaL_error(f->L, "alignment %d is not a power of 2", alignment);
      f->alignment = alignment;
      return;
    }
    default:
      lua_pushfstring(f->L, "invalid format option '%c'", (unsigned char)option);
      luaL_argerror(f->L, 1, lua_tostring(f->L, -1));
  }
}

// The conversion to 64 bits as x86 does it: from 2^63 on without a sign, and what does not fit is 0 or 2^63.
static uint64_t bits_of(lua_Number n) {
  const lua_Number limit = 9223372036854775808.0;
  if (n >= limit) return n - limit < limit ? (uint64_t)(n - limit) ^ 1ULL << 63 : 0;
  return n >= -limit ? (uint64_t)(int64_t)n : 1ULL << 63;
}

static void put_bytes(bridge_writer *w, const format *f, uint64_t bits, size_t size) {
  char bytes[WIDEST_INTEGER];
  for (size_t i = 0; i < size; i++) {
    bytes[f->high_first ? size - 1 - i : i] = (char)(bits & 0xff);
    bits >>= 8;
  }
  bridge_put(w, bytes, size);
}

static uint64_t bytes_at(const format *f, const char *bytes, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits = bits << 8 | (unsigned char)bytes[f->high_first ? i : size - 1 - i];
  return bits;
}

static int struct_pack(lua_State *L) {
  format f = open(L);
  // What follows the arguments is no longer one of them.
  lua_pushnil(L);
  int argument = 2, last = lua_gettop(L);
  bridge_writer w;
  bridge_begin(&w, L);
  while (*f.next) {
    char option = *f.next++;
    size_t size = size_of(&f, option), count;
    for (size_t pad = padding(&f, option, size, w.count); pad > 0; pad--) bridge_put(&w, "", 1);
    switch (option) {
      case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'L': case 'T':
        put_bytes(&w, &f, bits_of(luaL_checknumber(L, argument < last ? argument : last)), size);
        argument++;
        break;
      case 'x':
        bridge_put(&w, "", 1);
        break;
      case 'f': {
        float value = (float)luaL_checknumber(L, argument < last ? argument : last);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_bytes(&w, &f, bits, size);
        argument++;
        break;
      }
      case 'd': {
        double value = luaL_checknumber(L, argument < last ? argument : last);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        put_bytes(&w, &f, bits, size);
        argument++;
        break;
      }
      case 'c': case 's': {
        const char *text = bridge_check_string(L, argument < last ? argument : last, &count);
        argument++;
        if (size == 0) size = count;
        luaL_argcheck(L, count >= size, argument, "string too short");
        bridge_put(&w, text, size);
        if (option == 's') bridge_put(&w, "", 1);
        break;
      }
      default:
        control(&f, option);
    }
  }
  lua_pushlstring(L, w.bytes, w.count);
  return 1;
}

// A sign that stands in the highest bit of the value is carried on; beyond 64 bits as x86 shifts.
static lua_Number signed_value(uint64_t bits, size_t size) {
  uint64_t mask = ~0ULL << ((size * 8 - 1) & 63);
  if (bits & mask) bits |= mask;
  return (lua_Number)(int64_t)bits;
}

static int struct_unpack(lua_State *L) {
  format f = open(L);
  size_t count, position;
  const char *data = bridge_check_string(L, 2, &count);
  position = (size_t)bridge_opt_integer(L, 3, 1);
  luaL_argcheck(L, position > 0, 3, "offset must be 1 or greater");
  position--;
  int values = 0;
  while (*f.next) {
    char option = *f.next++;
    size_t size = size_of(&f, option);
    position += padding(&f, option, size, position);
    luaL_argcheck(L, size <= count && position <= count - size, 2, "data string too short");
    if (values > 7990 || !lua_checkstack(L, 8)) luaL_error(L, "stack overflow (too many results)");
    switch (option) {
      case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'L': case 'T': {
        uint64_t bits = bytes_at(&f, data + position, size);
        bridge_push_number(L, islower((unsigned char)option) ? signed_value(bits, size) : (lua_Number)bits);
        values++;
        break;
      }
      case 'x':
        break;
      case 'f': {
        uint32_t bits = (uint32_t)bytes_at(&f, data + position, size);
        float value;
        memcpy(&value, &bits, sizeof value);
        bridge_push_number(L, value);
        values++;
        break;
      }
      case 'd': {
        uint64_t bits = bytes_at(&f, data + position, size);
        double value;
        memcpy(&value, &bits, sizeof value);
        bridge_push_number(L, value);
        values++;
        break;
      }
      case 'c':
        if (size == 0) {
          if (values == 0 || !lua_isnumber(L, -1)) luaL_error(L, "format 'c0' needs a previous size");
          size = (size_t)bits_of(lua_tonumber(L, -1));
          lua_pop(L, 1);
          values--;
          luaL_argcheck(L, size <= count && position <= count - size, 2, "data string too short");
        }
        lua_pushlstring(L, data + position, size);
        values++;
        break;
      case 's': {
        const char *end = memchr(data + position, 0, count - position);
        if (end == NULL) luaL_error(L, "unfinished string in data");
        lua_pushlstring(L, data + position, (size_t)(end - (data + position)));
        size = (size_t)(end - (data + position)) + 1;
        values++;
        break;
      }
      default:
        control(&f, option);
    }
    position += size;
  }
  lua_pushinteger(L, (lua_Integer)(position + 1));
  return values + 1;
}

static int struct_size(lua_State *L) {
  format f = open(L);
  size_t position = 0;
  while (*f.next) {
    char option = *f.next++;
    size_t size = size_of(&f, option);
    position += padding(&f, option, size, position);
    if (option == 's') luaL_argerror(L, 1, "option 's' has no fixed size");
    if (option == 'c' && size == 0) luaL_argerror(L, 1, "option 'c0' has no fixed size");
    if (!isalnum((unsigned char)option)) control(&f, option);
    position += size;
  }
  bridge_push_number(L, (lua_Number)position);
  return 1;
}

void bridge_push_struct(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"pack", struct_pack}, {"size", struct_size}, {"unpack", struct_unpack}, {NULL, NULL},
  };
  luaL_newlib(L, functions);
}
