// The shims that are not worth inlining. See the header for what each does.
#include "CUnderstudyPlatform.h"

#include <time.h>

_Thread_local int64_t understudy_thread_bytes;

static int64_t microseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t understudy_wall_microseconds(void) { return microseconds(CLOCK_REALTIME); }

int64_t understudy_monotonic_microseconds(void) { return microseconds(CLOCK_MONOTONIC); }
