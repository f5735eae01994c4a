// Lua's allocator: the memory limit, free lists for small blocks, and the pace of the collector.
//
// Lua tells the size of every block that it gives back, so a free block needs no header. The lists are bounded: what
// the collector frees beyond POOL_BYTES goes back to malloc. Under the address sanitizer there are none, so that it
// sees every block.

#include <stdlib.h>

#include "bridge.h"

#define POOL_BYTES ((size_t)256 << 10)
#define POOL_LARGEST ((size_t)BRIDGE_POOL_CLASSES * 16)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef POOL_LARGEST
#define POOL_LARGEST ((size_t)0)
#endif
#endif

// How much the heap may grow, in percent of what lives, before the collector starts anew. A fresh state is some twenty
// kilobytes of library: at Lua's own pace short scripts spend a good part of their time on marking it over and over, so
// a small heap may grow tenfold. Above RELAXED_BYTES the pace is Lua's own.
#define RELAXED_PAUSE 1000
#define NORMAL_PAUSE 200
#define RELAXED_BYTES ((size_t)1 << 20)

static void set_pace(understudy_lua *engine, int pause) {
  // Lua refuses while the collector itself is at work; then the next allocation asks again.
  if (lua_gc(engine->main, LUA_GCINC, pause, 0, 0) < 0) return;
  engine->pace_limit = pause == RELAXED_PAUSE ? RELAXED_BYTES : SIZE_MAX;
}

void bridge_relax_collector(understudy_lua *engine) {
  if (engine->pace_limit == SIZE_MAX && engine->used_bytes < RELAXED_BYTES / 2) set_pace(engine, RELAXED_PAUSE);
}

bool bridge_is_relaxed(const understudy_lua *engine) { return engine->used_bytes < RELAXED_BYTES; }

// The size of the block that holds `size` bytes, which are more than none.
static inline size_t block_size(size_t size) { return size <= POOL_LARGEST ? (size + 15) & ~(size_t)15 : size; }

static inline void *take(understudy_lua *engine, size_t size) {
  if (size > POOL_LARGEST) return malloc(size);
  bridge_free_block **list = &engine->pool[(size - 1) >> 4], *block = *list;
  if (block == NULL) return malloc(block_size(size));
  *list = block->next;
  engine->pool_bytes -= block_size(size);
  return block;
}

static inline void give(understudy_lua *engine, void *block, size_t size) {
  if (size == 0 || size > POOL_LARGEST || engine->pool_bytes >= POOL_BYTES) {
    free(block);
    return;
  }
  bridge_free_block **list = &engine->pool[(size - 1) >> 4], *first = block;
  first->next = *list;
  *list = first;
  engine->pool_bytes += block_size(size);
}

void bridge_drain_pool(understudy_lua *engine) {
  for (int class = 0; class < BRIDGE_POOL_CLASSES; class++) {
    bridge_free_block *block;
    while ((block = engine->pool[class]) != NULL) {
      engine->pool[class] = block->next;
      free(block);
    }
  }
  engine->pool_bytes = 0;
}

// Resizes a block. Null if there is no memory; then the block is as it was.
static void *resize(understudy_lua *engine, void *block, size_t old_size, size_t new_size) {
  if (old_size > POOL_LARGEST && new_size > POOL_LARGEST) return realloc(block, new_size);
  if (block_size(old_size) == block_size(new_size)) return block;
  void *moved = take(engine, new_size);
  if (bridge_unlikely(moved == NULL)) return NULL;
  memcpy(moved, block, old_size < new_size ? old_size : new_size);
  give(engine, block, old_size);
  return moved;
}

// Shrinking and freeing never fail; growing fails over the limit, unless the engine is at work.
void *bridge_allocate(void *context, void *block, size_t old_size, size_t new_size) {
  understudy_lua *engine = context;
  // Without a block Lua says there what kind of object the memory is for.
  if (block == NULL) old_size = 0;
  if (new_size == 0) {
    if (block) give(engine, block, old_size);
    engine->used_bytes -= old_size;
    return NULL;
  }
  if (bridge_unlikely(new_size > old_size && engine->limit_bytes != 0 && engine->uncapped == 0)) {
    if (engine->used_bytes + (new_size - old_size) > engine->limit_bytes) return NULL;
  }
  void *moved = block ? resize(engine, block, old_size, new_size) : take(engine, new_size);
  // A block that could not shrink would be given back later as one of the smaller size: harmless to `free`, and in a
  // list it serves as one that is too large.
  if (bridge_unlikely(moved == NULL)) return new_size <= old_size ? block : NULL;
  engine->used_bytes += new_size - old_size;
  if (bridge_unlikely(engine->used_bytes > engine->pace_limit)) set_pace(engine, NORMAL_PAUSE);
  return moved;
}
