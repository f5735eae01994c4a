// coroutine.*: as 5.1, with one thing more: a slice that ends inside a nested coroutine must suspend the
// whole script.
//
// The hook yields the innermost coroutine. Its resumer sees a yield with `slice_over` set, and yields in
// turn, up to the thread that the host resumes; on the way back in, each continuation resumes the coroutine
// it was waiting for. Where that is not possible (a metamethod called by a library stands between), the
// coroutine just goes on.

#include "bridge.h"

static lua_State *check_thread(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argcheck(L, thread, 1, "coroutine expected");
  return thread;
}

// Runs `thread` with `count` values already moved to it, until it finishes, fails, or yields by itself.
// Answers the number of results, moved to L, or -1 with an error on top, or -2 if L itself has to yield.
static int advance(lua_State *L, lua_State *thread, int count) {
  understudy_lua *engine = engine_of(L);
  for (;;) {
    int results = 0;
    int status = lua_resume(thread, L, count, &results);
    if (status == LUA_YIELD && engine->slice_over) {
      if (lua_isyieldable(L)) return -2;
      engine->slice_over = false;
      if (engine->slice_instructions >= engine->stuck_limit) bridge_raise_abort(L);
      count = 0;
      continue;
    }
    if (status == LUA_OK || status == LUA_YIELD) {
      if (!lua_checkstack(L, results + 1)) {
        lua_pop(thread, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
      }
      lua_xmove(thread, L, results);
      return results;
    }
    if (engine->aborting) bridge_raise_abort(L);
    lua_xmove(thread, L, 1);
    return -1;
  }
}

// Moves the top `count` values to the thread, if it can be resumed; otherwise pushes why not.
static bool prepare(lua_State *L, lua_State *thread, int count) {
  int status = lua_status(thread);
  if (status == LUA_OK && thread != L) {
    lua_Debug frame;
    if (lua_getstack(thread, 0, &frame)) {
      lua_pushliteral(L, "cannot resume non-suspended coroutine");
      return false;
    }
    if (lua_gettop(thread) == 0) status = LUA_ERRRUN;
  }
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_pushliteral(L, "cannot resume dead coroutine");
    return false;
  }
  if (thread == L) {
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
    return false;
  }
  if (!lua_checkstack(thread, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return false;
  }
  lua_xmove(L, thread, count);
  return true;
}

static int finish_resume(lua_State *L, int results);

static int continue_resume(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return finish_resume(L, advance(L, lua_tothread(L, 1), 0));
}

static int finish_resume(lua_State *L, int results) {
  if (results == -2) return lua_yieldk(L, 0, 0, continue_resume);
  lua_pushboolean(L, results >= 0);
  if (results < 0) {
    results = 1;
    lua_pushvalue(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING) bridge_translate_top(L);
    return 2;
  }
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int coroutine_resume(lua_State *L) {
  lua_State *thread = check_thread(L);
  int count = lua_gettop(L) - 1;
  if (!prepare(L, thread, count)) return finish_resume(L, -1);
  return finish_resume(L, advance(L, thread, count));
}

static int finish_wrap(lua_State *L, int results);

static int continue_wrap(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return finish_wrap(L, advance(L, lua_tothread(L, lua_upvalueindex(1)), 0));
}

static int finish_wrap(lua_State *L, int results) {
  if (results == -2) return lua_yieldk(L, 0, 0, continue_wrap);
  if (results >= 0) return results;
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrapped(lua_State *L) {
  lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
  int count = lua_gettop(L);
  if (!prepare(L, thread, count)) return finish_wrap(L, -1);
  return finish_wrap(L, advance(L, thread, count));
}

static int coroutine_create(lua_State *L) {
  luaL_argcheck(L, lua_isfunction(L, 1) && !lua_iscfunction(L, 1), 1, "Lua function expected");
  // The new thread inherits the hook.
  lua_State *thread = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  return 1;
}

static int coroutine_wrap(lua_State *L) {
  coroutine_create(L);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

static int coroutine_yield(lua_State *L) {
  if (L == engine_of(L)->thread || !lua_isyieldable(L)) {
    lua_pushliteral(L, "attempt to yield across metamethod/C-call boundary");
    return lua_error(L);
  }
  return lua_yield(L, lua_gettop(L));
}

static int coroutine_status(lua_State *L) {
  lua_State *thread = check_thread(L);
  const char *text = "dead";
  lua_Debug frame;
  if (thread == L) text = "running";
  else if (lua_status(thread) == LUA_YIELD) text = "suspended";
  else if (lua_status(thread) == LUA_OK) {
    if (lua_getstack(thread, 0, &frame)) text = "normal";
    else if (lua_gettop(thread) > 0) text = "suspended";
  }
  lua_pushstring(L, text);
  return 1;
}

// A script believes that it is the main program: it runs in no coroutine.
static int coroutine_running(lua_State *L) {
  if (L == engine_of(L)->thread) lua_pushnil(L);
  else lua_pushthread(L);
  return 1;
}

void bridge_push_coroutine(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"create", coroutine_create}, {"resume", coroutine_resume}, {"running", coroutine_running},
    {"status", coroutine_status}, {"wrap", coroutine_wrap},     {"yield", coroutine_yield},
    {NULL, NULL},
  };
  luaL_newlib(L, functions);
}
