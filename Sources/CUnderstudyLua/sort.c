// table.sort: the quicksort of 5.1 (so that equal elements end up where they did there), written as a state
// machine, so that the script can be suspended inside the comparator.
//
// The machine stops at every comparison. Its state is in a userdata: the range at work, the ranges to come,
// and the place to go on at. Stack: 1 table, 2 comparator or nil, 3 state, 4 pivot.

#include "bridge.h"

typedef enum {
  at_range,
  at_ends,
  at_middle_low,
  at_middle_high,
  at_scan_up,
  at_scan_down,
} place;

typedef struct {
  lua_Integer low, high, i, j;
  place at;
  int pending;
  // The smaller half is always done first, so 64 ranges are enough.
  struct {
    lua_Integer low, high;
  } range[64];
} sorting;

static void swap(lua_State *L, lua_Integer i, lua_Integer j) {
  lua_rawgeti(L, 1, i);
  lua_rawgeti(L, 1, j);
  lua_rawseti(L, 1, i);
  lua_rawseti(L, 1, j);
}

// Pushes the two values that the machine compares at its place: is the first less than the second?
static void push_operands(lua_State *L, const sorting *s) {
  switch (s->at) {
    case at_ends:
      lua_rawgeti(L, 1, s->high);
      lua_rawgeti(L, 1, s->low);
      break;
    case at_middle_low:
      lua_rawgeti(L, 1, s->i);
      lua_rawgeti(L, 1, s->low);
      break;
    case at_middle_high:
      lua_rawgeti(L, 1, s->high);
      lua_rawgeti(L, 1, s->i);
      break;
    case at_scan_up:
      lua_rawgeti(L, 1, s->i);
      lua_pushvalue(L, 4);
      break;
    default:
      lua_pushvalue(L, 4);
      lua_rawgeti(L, 1, s->j);
  }
}

static void invalid_order(lua_State *L) { luaL_error(L, "invalid order function for sorting"); }

// The median of three is known and at i: makes it the pivot and starts the scans.
static void start_partition(lua_State *L, sorting *s) {
  if (s->high - s->low == 2) {
    s->at = at_range;
    s->low = s->high;
    return;
  }
  lua_rawgeti(L, 1, s->i);
  lua_replace(L, 4);
  swap(L, s->i, s->high - 1);
  s->i = s->low + 1;
  s->j = s->high - 1;
  s->at = at_scan_up;
}

// Both scans have met: the pivot goes to i; the smaller side is sorted next, the other waits.
static void finish_partition(lua_State *L, sorting *s) {
  swap(L, s->high - 1, s->i);
  lua_Integer low, high;
  if (s->i - s->low < s->high - s->i) {
    low = s->i + 1, high = s->high;
    s->high = s->i - 1;
  } else {
    low = s->low, high = s->i - 1;
    s->low = s->i + 1;
  }
  if (s->pending == 64) invalid_order(L);
  s->range[s->pending].low = low;
  s->range[s->pending++].high = high;
  s->at = at_range;
}

// Goes on after a comparison, up to the next one; answers false when everything is sorted.
static bool advance(lua_State *L, sorting *s, bool less) {
  switch (s->at) {
    case at_ends:
      if (less) swap(L, s->low, s->high);
      if (s->high - s->low == 1) {
        s->low = s->high;
        s->at = at_range;
        break;
      }
      s->i = s->low + (s->high - s->low) / 2;
      s->at = at_middle_low;
      return true;
    case at_middle_low:
      if (!less) {
        s->at = at_middle_high;
        return true;
      }
      swap(L, s->i, s->low);
      start_partition(L, s);
      break;
    case at_middle_high:
      if (less) swap(L, s->i, s->high);
      start_partition(L, s);
      break;
    case at_scan_up:
      if (less) {
        if (++s->i > s->high) invalid_order(L);
        return true;
      }
      s->j--;
      s->at = at_scan_down;
      return true;
    case at_scan_down:
      if (less) {
        if (--s->j < s->low) invalid_order(L);
        return true;
      }
      if (s->j < s->i) {
        finish_partition(L, s);
        break;
      }
      swap(L, s->i++, s->j);
      s->at = at_scan_up;
      return true;
    case at_range:
      break;
  }
  if (s->at != at_range) return true;
  while (s->low >= s->high) {
    if (s->pending == 0) return false;
    s->low = s->range[--s->pending].low;
    s->high = s->range[s->pending].high;
  }
  s->at = at_ends;
  return true;
}

static int run(lua_State *L, int status, lua_KContext context) {
  sorting *s = lua_touserdata(L, 3);
  (void)context;
  bool less = false;
  if (status == LUA_YIELD) {
    less = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  while (advance(L, s, less)) {
    if (lua_isnil(L, 2)) {
      push_operands(L, s);
      less = lua_compare(L, -2, -1, LUA_OPLT);
      lua_pop(L, 2);
    } else {
      lua_pushvalue(L, 2);
      push_operands(L, s);
      lua_callk(L, 2, 1, 0, run);
      less = lua_toboolean(L, -1);
      lua_pop(L, 1);
    }
  }
  return 0;
}

int bridge_sort(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = (lua_Integer)lua_rawlen(L, 1);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  if (bridge_is_proxy(L, 1)) bridge_raise_readonly(L);
  lua_settop(L, 2);
  sorting *s = lua_newuserdatauv(L, sizeof *s, 0);
  s->low = 1;
  s->high = count;
  s->at = at_range;
  s->pending = 0;
  lua_pushnil(L);
  return run(L, LUA_OK, 0);
}
