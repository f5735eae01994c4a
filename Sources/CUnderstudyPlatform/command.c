// Another program as a child of this one: started, sent the signals that this process is sent, and waited for.

#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CUnderstudyProgram.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static volatile sig_atomic_t child;
static volatile sig_atomic_t early_signal;

/// Whether this process was killed by writing to a pipe that nobody reads, before it said that it will not be.
static bool child_minds_pipes;

void understudy_ignore_broken_pipes(void) {
  struct sigaction before;
  if (sigaction(SIGPIPE, 0, &before) != 0 || before.sa_handler == SIG_IGN) return;
  child_minds_pipes = true;
  signal(SIGPIPE, SIG_IGN);
}

/// Whether the system itself sent a signal: a terminal's keys reach the child without our doing.
static bool is_from_terminal(const siginfo_t *info) {
#ifdef __linux__
  return info->si_code > 0;
#else
  return info->si_pid == 0;
#endif
}

static void forward(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (!is_from_terminal(info)) {
    if (child > 0) kill((pid_t)child, number);
    else early_signal = number;
  }
  errno = saved;
}

/// What a shell makes of the words: `count` strings, each with a NUL behind it.
static char **split(const char *words, size_t count, size_t room) {
  char **list = calloc(count + room + 1, sizeof *list);
  if (!list) return 0;
  for (size_t i = 0; i < count; i++, words += strlen(words) + 1) list[i] = (char *)words;
  return list;
}

/// Whether one of the settings is of the variable that `entry` sets.
static bool is_replaced(const char *entry, char **settings, size_t count) {
  size_t length = strcspn(entry, "=");
  for (size_t i = 0; i < count; i++)
    if (strncmp(entry, settings[i], length) == 0 && settings[i][length] == '=') return true;
  return false;
}

/// Starts the child in `folder`; answers an errno.
static int spawn(pid_t *started, const char *folder, char **arguments, char **variables) {
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  int error = posix_spawnattr_init(&attributes);
  if (error) return error;
  error = posix_spawn_file_actions_init(&actions);
  if (!error) {
    if (child_minds_pipes) {
      sigset_t defaults;
      sigemptyset(&defaults);
      sigaddset(&defaults, SIGPIPE);
      posix_spawnattr_setsigdefault(&attributes, &defaults);
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    }
    if (folder) error = posix_spawn_file_actions_addchdir_np(&actions, folder);
    if (!error) error = posix_spawnp(started, arguments[0], &actions, &attributes, arguments, variables);
    posix_spawn_file_actions_destroy(&actions);
  }
  posix_spawnattr_destroy(&attributes);
  return error;
}

static const int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
enum { forwarded_count = sizeof forwarded / sizeof *forwarded };

/// Waits for the child, which is there to be signalled until `child` says otherwise: only then is its number given back.
/// Signals come to this thread first, so none of them is being passed on while it goes on.
static int wait_for_child(pid_t started, int *result) {
  siginfo_t info;
  while (waitid(P_PID, (id_t)started, &info, WEXITED | WNOWAIT) < 0)
    if (errno != EINTR) break;
  child = 0;
  while (waitpid(started, result, 0) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

int understudy_run_command(
    const char *folder, const char *words, size_t word_count, const char *settings, size_t setting_count, int *status) {
  size_t inherited = 0;
  while (environ[inherited]) inherited++;
  char **arguments = split(words, word_count, 0);
  char **variables = split(settings, setting_count, inherited);
  if (!arguments || !variables) {
    free(arguments);
    free(variables);
    return -ENOMEM;
  }
  size_t used = setting_count;
  for (size_t i = 0; i < inherited; i++)
    if (!is_replaced(environ[i], variables, setting_count)) variables[used++] = environ[i];

  // Set before the child is there, so that none is lost. What is caught is back to its default in the child; what this
  // process was told to ignore (nohup) is ignored there too.
  struct sigaction before[forwarded_count];
  for (int i = 0; i < forwarded_count; i++) {
    if (sigaction(forwarded[i], 0, &before[i]) != 0) before[i].sa_handler = SIG_IGN;
    if (before[i].sa_handler == SIG_IGN) continue;
    struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(forwarded[i], &action, 0);
  }
  pid_t started = 0;
  int result = 0;
  int error = spawn(&started, folder, arguments, variables);
  free(arguments);
  free(variables);
  if (!error) {
    child = (sig_atomic_t)started;
    if (early_signal) kill(started, early_signal);
    early_signal = 0;
    error = wait_for_child(started, &result);
  }
  // From now on there is nobody to pass them on to: they are this process's own.
  for (int i = 0; i < forwarded_count; i++)
    if (before[i].sa_handler != SIG_IGN) sigaction(forwarded[i], &before[i], 0);
  if (early_signal) raise(early_signal);
  if (error) return -error;
  *status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
  return 0;
}

bool understudy_is_missing(int error) { return error == ENOENT || error == ENOTDIR; }
