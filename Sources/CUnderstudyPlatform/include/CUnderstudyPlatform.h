#ifndef CUNDERSTUDYPLATFORM_H
#define CUNDERSTUDYPLATFORM_H

#include <stdbool.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/// Asks the processor to bring the cache line at `address` near; never faults.
static inline void understudy_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

// Memory of the key table, the value containers and what clients own. Out of memory ends the process, as it does in
// redis-server: nothing above could go on.
//
// Whoever frees says how much: so what is given out is counted in a few instructions, the same on every system. The count
// is the thread's; the engine puts its own there while it runs (`MemoryAccount` in Swift).

#ifdef __ELF__
#define UNDERSTUDY_THREAD_MODEL __attribute__((tls_model("initial-exec")))
#else
#define UNDERSTUDY_THREAD_MODEL
#endif
extern _Thread_local int64_t understudy_thread_bytes UNDERSTUDY_THREAD_MODEL;

/// The bytes that whatever runs on this thread has been given.
static inline int64_t understudy_counted_bytes(void) { return understudy_thread_bytes; }
static inline void understudy_set_counted_bytes(int64_t bytes) { understudy_thread_bytes = bytes; }
/// Counts memory that comes from elsewhere: how much more (or less, if negative) it has become.
static inline void understudy_count(int64_t bytes) { understudy_thread_bytes += bytes; }

/// What a block of `size` bytes costs: allocators put a word in front, and deal in units of 16.
static inline int64_t understudy_block_cost(size_t size) { return (int64_t)((size + 23) & ~(size_t)15); }

__attribute__((returns_nonnull)) static inline void *understudy_allocate(size_t size) {
  void *memory = malloc(size);
  if (__builtin_expect(!memory, 0)) abort();
  understudy_thread_bytes += understudy_block_cost(size);
  return memory;
}

/// Makes a block of `old` bytes one of `size` bytes.
__attribute__((returns_nonnull)) static inline void *understudy_reallocate(void *memory, size_t old, size_t size) {
  void *moved = realloc(memory, size);
  if (__builtin_expect(!moved, 0)) abort();
  understudy_thread_bytes += understudy_block_cost(size) - understudy_block_cost(old);
  return moved;
}

/// Frees a block of `size` bytes, which must be what it was allocated with.
static inline void understudy_free(void *memory, size_t size) {
  understudy_thread_bytes -= understudy_block_cost(size);
  free(memory);
}

/// The address that a word of a node holds. A word that holds none must not be asked: there is no check.
__attribute__((returns_nonnull)) static inline void *understudy_pointer(uint64_t word) {
  return (void *)(uintptr_t)word;
}

// Bytes of keys and values.

static inline uint64_t understudy_load64(const void *address) {
  uint64_t word;
  memcpy(&word, address, 8);
  return word;
}

static inline uint32_t understudy_load32(const void *address) {
  uint32_t word;
  memcpy(&word, address, 4);
  return word;
}

/// Whether two runs of `count` bytes are equal; short runs (keys) without a call, by overlapping words.
static inline bool understudy_equal(const void *left, const void *right, size_t count) {
  const char *a = (const char *)left, *b = (const char *)right;
  if (count >= 8) {
    if (count <= 16)
      return ((understudy_load64(a) ^ understudy_load64(b))
              | (understudy_load64(a + count - 8) ^ understudy_load64(b + count - 8))) == 0;
    if (count <= 32)
      return ((understudy_load64(a) ^ understudy_load64(b))
              | (understudy_load64(a + 8) ^ understudy_load64(b + 8))
              | (understudy_load64(a + count - 16) ^ understudy_load64(b + count - 16))
              | (understudy_load64(a + count - 8) ^ understudy_load64(b + count - 8))) == 0;
    return memcmp(a, b, count) == 0;
  }
  if (count >= 4)
    return ((understudy_load32(a) ^ understudy_load32(b))
            | (understudy_load32(a + count - 4) ^ understudy_load32(b + count - 4))) == 0;
  for (size_t i = 0; i < count; i++)
    if (a[i] != b[i]) return false;
  return true;
}

/// Copies `count` bytes; the runs may overlap. Short runs (keys, small values) without a call: everything is loaded
/// before anything is stored.
static inline void understudy_copy(void *to, const void *from, size_t count) {
  char *a = (char *)to;
  const char *b = (const char *)from;
  if (count > 32) {
    memmove(a, b, count);
  } else if (count > 16) {
    uint64_t w0 = understudy_load64(b), w1 = understudy_load64(b + 8);
    uint64_t w2 = understudy_load64(b + count - 16), w3 = understudy_load64(b + count - 8);
    memcpy(a, &w0, 8);
    memcpy(a + 8, &w1, 8);
    memcpy(a + count - 16, &w2, 8);
    memcpy(a + count - 8, &w3, 8);
  } else if (count >= 8) {
    uint64_t w0 = understudy_load64(b), w1 = understudy_load64(b + count - 8);
    memcpy(a, &w0, 8);
    memcpy(a + count - 8, &w1, 8);
  } else if (count >= 4) {
    uint32_t w0 = understudy_load32(b), w1 = understudy_load32(b + count - 4);
    memcpy(a, &w0, 4);
    memcpy(a + count - 4, &w1, 4);
  } else if (count > 0) {
    char first = b[0], middle = b[count / 2], last = b[count - 1];
    a[0] = first;
    a[count / 2] = middle;
    a[count - 1] = last;
  }
}

// Text of floating point numbers (numbers.c). All of these use the "C" locale whatever the host program has set.

/// How `understudy_parse_double` treats the odd cases.
enum {
  UNDERSTUDY_PARSE_STRICT = 0,  ///< a score or increment: whole text, no leading space, no overflow, no underflow
  UNDERSTUDY_PARSE_BOUND = 1,   ///< the bound of a score range: C's strtod up to the first NUL
  UNDERSTUDY_PARSE_WEIGHT = 2,  ///< what SORT sorts by: the same, but no number too large or too small for a double
};

/// What `understudy_sum_long_doubles` found.
enum {
  UNDERSTUDY_SUM_BAD_VALUE = -1,      ///< the first text is no number
  UNDERSTUDY_SUM_BAD_INCREMENT = -2,  ///< the second text is no number (reported before the first)
  UNDERSTUDY_SUM_NOT_FINITE = -3,     ///< the sum is an infinity or not a number
};

/// What `understudy_classify_long_double` found.
enum { UNDERSTUDY_NUMBER_INVALID = 0, UNDERSTUDY_NUMBER_FINITE = 1, UNDERSTUDY_NUMBER_INFINITE = 2 };

/// The room `understudy_sum_long_doubles` and `understudy_format_plain` need at `out`.
#define UNDERSTUDY_LONG_DOUBLE_CAPACITY 5120

/// Reads a double; answers 1 if the text is one (never a NaN), else 0. The text needs no NUL at its end.
int understudy_parse_double(const char *text, size_t count, int mode, double *value);

/// Writes `value` as printf's %.*g with `digits` (1...17) significant digits; at most 32 bytes, no NUL.
size_t understudy_format_double(double value, int digits, char *out);

/// Writes `value` with exactly `decimals` (0...17) digits behind the point; at most 330 bytes, no NUL.
size_t understudy_format_fixed(double value, int decimals, char *out);

/// Writes `value` without an exponent: up to 17 decimals, trailing zeros and a trailing point cut, "-0" as "0".
size_t understudy_format_plain(double value, char *out);

/// What a text is as a long double: one of UNDERSTUDY_NUMBER_*. A NaN is invalid.
int understudy_classify_long_double(const char *text, size_t count);

/// Adds two numbers given as text in long double arithmetic and writes the sum as `understudy_format_plain` would.
/// A null `value` counts as zero. Answers the length, or one of UNDERSTUDY_SUM_*.
long understudy_sum_long_doubles(
    const char *value, size_t value_count, const char *increment, size_t increment_count, char *out);

// The C library's functions of angles: what a distance on a map is made of, to the last bit.

double understudy_sin(double angle);
double understudy_cos(double angle);
double understudy_asin(double value);

/// The engine's lock: a mutex that never fails and knows its owner, so that a re-entrant call is refused, not a hang.
typedef struct {
  pthread_mutex_t mutex;
  uintptr_t owner;
} understudy_mutex;
static inline void understudy_mutex_init(understudy_mutex *lock) {
  pthread_mutex_init(&lock->mutex, 0);
  lock->owner = 0;
}
static inline void understudy_mutex_destroy(understudy_mutex *lock) { pthread_mutex_destroy(&lock->mutex); }
static inline void understudy_mutex_lock(understudy_mutex *lock) {
  pthread_mutex_lock(&lock->mutex);
  __atomic_store_n(&lock->owner, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
}
static inline void understudy_mutex_unlock(understudy_mutex *lock) {
  __atomic_store_n(&lock->owner, (uintptr_t)0, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&lock->mutex);
}
/// Whether the calling thread holds the lock.
static inline int understudy_mutex_is_mine(const understudy_mutex *lock) {
  return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == (uintptr_t)pthread_self();
}

/// Microseconds since 1970.
int64_t understudy_wall_microseconds(void);

/// What the system tells of this process, all of it; 0 for what it does not tell.
typedef struct {
  int64_t process;
  /// Bytes that the allocator has given out.
  int64_t allocated;
  int64_t resident;
  int64_t machine_memory;
  int64_t user_microseconds;
  int64_t system_microseconds;
  /// The system's name, release and processor, with a NUL at its end.
  char system[160];
} understudy_process_facts;

/// Costs some microseconds: asked for by INFO and the like only.
void understudy_process(understudy_process_facts *facts);

/// Microseconds of a clock that only goes forward.
int64_t understudy_monotonic_microseconds(void);

#include "CUnderstudyNet.h"
#include "CUnderstudyProgram.h"
#include "CUnderstudyTerminal.h"

#endif
