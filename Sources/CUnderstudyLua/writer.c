// The text that the encoders build: it grows in a userdata of Lua's, so that an error on the way loses nothing.

#include "bridge.h"

/// The longest text that is made, the length limit of a value.
#define TEXT_LIMIT ((size_t)512 << 20)

void bridge_begin(bridge_writer *w, lua_State *L) {
  w->L = L;
  w->count = 0;
  w->values = 0;
  w->capacity = 256;
  w->bytes = lua_newuserdatauv(L, w->capacity, 0);
  w->slot = lua_gettop(L);
}

void bridge_grow(bridge_writer *w, size_t more) {
  if (w->count > TEXT_LIMIT || more > TEXT_LIMIT) luaL_error(w->L, "Cannot serialise, the text is too long");
  size_t capacity = w->capacity * 2;
  while (capacity - w->count < more) capacity *= 2;
  char *moved = lua_newuserdatauv(w->L, capacity, 0);
  memcpy(moved, w->bytes, w->count);
  lua_replace(w->L, w->slot);
  w->bytes = moved;
  w->capacity = capacity;
}
