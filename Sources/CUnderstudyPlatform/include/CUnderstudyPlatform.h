// Thin inline shims over what Swift cannot say itself: unaligned loads, prefetch, epoll, accept4.
// No _GNU_SOURCE here: a header may not decide feature macros for those who include it.
#ifndef CUNDERSTUDYPLATFORM_H
#define CUNDERSTUDYPLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// Asks the processor to bring the cache line at `address` near; never faults.
static inline void understudy_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif
