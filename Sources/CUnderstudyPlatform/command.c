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

int understudy_run_command(
    const char *words, size_t word_count, const char *settings, size_t setting_count, int *status) {
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
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction before;
    if (sigaction(signals[i], 0, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    struct sigaction action = {.sa_sigaction = forward, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(signals[i], &action, 0);
  }
  pid_t started = 0;
  int error = posix_spawnp(&started, arguments[0], 0, 0, arguments, variables);
  free(arguments);
  free(variables);
  if (error) return -error;
  child = (sig_atomic_t)started;
  if (early_signal) kill(started, early_signal);
  int result = 0;
  while (waitpid(started, &result, 0) < 0)
    if (errno != EINTR) return -errno;
  child = 0;
  *status = WIFEXITED(result) ? WEXITSTATUS(result) : 128 + WTERMSIG(result);
  return 0;
}

bool understudy_is_missing(int error) { return error == ENOENT || error == ENOTDIR; }

int understudy_check_writable(const char *path) {
  if (access(path, F_OK) == 0) return access(path, W_OK) == 0 ? 0 : -errno;
  const char *slash = strrchr(path, '/');
  if (!slash) return access(".", W_OK | X_OK) == 0 ? 0 : -errno;
  size_t length = slash == path ? 1 : (size_t)(slash - path);
  char *folder = strndup(path, length);
  if (!folder) return -ENOMEM;
  int result = access(folder, W_OK | X_OK) == 0 ? 0 : -errno;
  free(folder);
  return result;
}
