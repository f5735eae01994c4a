#include "bridge.h"
bool bridge_rewrite(lua_State *L, const char *body, size_t count) {
  (void)L, (void)body, (void)count;
  return false;
}
