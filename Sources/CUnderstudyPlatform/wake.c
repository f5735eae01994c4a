// Wakeups, threads, gates, signals and the parent. See the header for the contract of each function.
#define _GNU_SOURCE
#include "CUnderstudyNet.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/eventfd.h>
#include <sys/prctl.h>
#endif

// Wakeups.

int understudy_wake_create(int ends[2]) {
#ifdef __linux__
  int made = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made < 0) return -errno;
  ends[0] = ends[1] = made;
#else
  if (pipe(ends) < 0) return -errno;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[i], F_SETFL, O_NONBLOCK);
  }
#endif
  return 0;
}

void understudy_wake_signal(int end) {
  uint64_t one = 1;
  ssize_t written;
  do written = write(end, &one, sizeof one);
  while (written < 0 && errno == EINTR);
}

void understudy_wake_clear(int end) {
  uint64_t taken[8];
  ssize_t received;
  do received = read(end, taken, sizeof taken);
  while (received == sizeof taken || (received < 0 && errno == EINTR));
}

// Threads.

typedef struct {
  void (*body)(void *);
  void *context;
} thread_start;

static void *run_thread(void *argument) {
  thread_start start = *(thread_start *)argument;
  free(argument);
#ifdef __linux__
  prctl(PR_SET_NAME, "understudy-loop");
#else
  pthread_setname_np("understudy-loop");
#endif
  start.body(start.context);
  return 0;
}

int understudy_thread_start(void (*body)(void *), void *context) {
  thread_start *start = malloc(sizeof *start);
  if (!start) return -ENOMEM;
  *start = (thread_start){body, context};
  // The host program's signal handlers run on its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, run_thread, start);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, 0);
  if (error) free(start);
  return -error;
}

struct understudy_gate {
  pthread_mutex_t mutex;
  pthread_cond_t opened;
  bool is_open;
};

understudy_gate *understudy_gate_create(void) {
  understudy_gate *gate = calloc(1, sizeof *gate);
  if (!gate) abort();
  pthread_mutex_init(&gate->mutex, 0);
  pthread_cond_init(&gate->opened, 0);
  return gate;
}

void understudy_gate_open(understudy_gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  gate->is_open = true;
  pthread_cond_signal(&gate->opened);
  pthread_mutex_unlock(&gate->mutex);
}

void understudy_gate_wait(understudy_gate *gate) {
  pthread_mutex_lock(&gate->mutex);
  while (!gate->is_open) pthread_cond_wait(&gate->opened, &gate->mutex);
  pthread_mutex_unlock(&gate->mutex);
  pthread_mutex_destroy(&gate->mutex);
  pthread_cond_destroy(&gate->opened);
  free(gate);
}

uintptr_t understudy_thread_identity(void) { return (uintptr_t)pthread_self(); }

// Signals and the parent.

static volatile sig_atomic_t received_signal;
static volatile int signal_end = -1;

static void note_signal(int number) {
  int saved = errno;
  received_signal = number;
  if (signal_end >= 0) understudy_wake_signal(signal_end);
  errno = saved;
}

#ifdef __linux__
static void note_parent(int number) {
  (void)number;
  int saved = errno;
  if (signal_end >= 0) understudy_wake_signal(signal_end);
  errno = saved;
}
#endif

void understudy_signals_to(int end) {
  signal_end = end;
  struct sigaction action = {.sa_handler = note_signal};
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, 0);
  sigaction(SIGINT, &action, 0);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  // Whoever starts us from a thread of a pool may have them blocked, and that is inherited.
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGUSR2);
  pthread_sigmask(SIG_UNBLOCK, &wanted, 0);
}

int understudy_signal_received(void) { return received_signal; }

int understudy_signal_is_interrupt(int signal) { return signal == SIGINT; }

bool understudy_wake_with_parent(void) {
#ifdef __linux__
  struct sigaction action = {.sa_handler = note_parent};
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR2, &action, 0);
  return prctl(PR_SET_PDEATHSIG, SIGUSR2) == 0;
#else
  return false;
#endif
}

static void *look_at_parent(void *context) {
  int end = (int)(intptr_t)context;
  pid_t parent = getppid();
  struct timespec pause = {.tv_nsec = 100000000};
  while (getppid() == parent) nanosleep(&pause, 0);
  understudy_wake_signal(end);
  return 0;
}

void understudy_watch_parent(int end) {
  pthread_t thread;
  if (pthread_create(&thread, 0, look_at_parent, (void *)(intptr_t)end) == 0) pthread_detach(thread);
}
