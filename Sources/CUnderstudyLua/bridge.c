#include "CUnderstudyLua.h"
#include <lua.h>
int understudy_lua_version(void) { return LUA_VERSION_NUM; }
