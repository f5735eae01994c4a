// What the system tells of this process. See the header.
#define _GNU_SOURCE
#include "CUnderstudyPlatform.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#endif
#ifdef __APPLE__
#include <mach/mach.h>
#include <malloc/malloc.h>
#endif

static int64_t allocated(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
  struct mallinfo2 info = mallinfo2();
  return (int64_t)(info.uordblks + info.hblkhd);
#elif defined(__APPLE__)
  malloc_statistics_t statistics;
  malloc_zone_statistics(NULL, &statistics);
  return (int64_t)statistics.size_in_use;
#else
  return 0;
#endif
}

static int64_t resident(void) {
#ifdef __linux__
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  fclose(file);
  return (int64_t)pages * sysconf(_SC_PAGESIZE);
#elif defined(__APPLE__)
  struct mach_task_basic_info info;
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, (task_info_t)&info, &count) != KERN_SUCCESS) return 0;
  return (int64_t)info.resident_size;
#else
  return 0;
#endif
}

static int64_t microseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

void understudy_process(understudy_process_facts *facts) {
  memset(facts, 0, sizeof *facts);
  facts->process = getpid();
  facts->allocated = allocated();
  facts->resident = resident();
  facts->machine_memory = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    facts->user_microseconds = microseconds(usage.ru_utime);
    facts->system_microseconds = microseconds(usage.ru_stime);
  }
  struct utsname name;
  if (uname(&name) == 0)
    snprintf(facts->system, sizeof facts->system, "%.40s %.80s %.30s", name.sysname, name.release, name.machine);
}
