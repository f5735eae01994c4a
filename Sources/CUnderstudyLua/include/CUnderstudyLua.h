// The public face of the Lua bridge. No lua.h here: Swift sees opaque handles and flat buffers only.
#ifndef CUNDERSTUDYLUA_H
#define CUNDERSTUDYLUA_H
#include <stddef.h>
#include <stdint.h>
#endif
