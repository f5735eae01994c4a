// Files, the log and the process: what the `understudy` program asks of the system.

#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CUnderstudyProgram.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// Files.

/// Appends what can be read from `descriptor` to a growing block.
static int read_all(int descriptor, char **bytes, size_t *count, size_t *capacity) {
  for (;;) {
    if (*capacity - *count < 4096) {
      char *moved = realloc(*bytes, *capacity * 2);
      if (!moved) return ENOMEM;
      *bytes = moved;
      *capacity *= 2;
    }
    ssize_t got = read(descriptor, *bytes + *count, *capacity - *count);
    if (got == 0) return 0;
    if (got > 0) *count += (size_t)got;
    else if (errno != EINTR) return errno;
  }
}

static int read_path(const char *path, char **bytes, size_t *count, size_t *capacity) {
  bool is_input = strcmp(path, "-") == 0;
  int descriptor = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int result = read_all(descriptor, bytes, count, capacity);
  if (!is_input) close(descriptor);
  return result;
}

void understudy_free_file(char *bytes) { free(bytes); }

char *understudy_read_file(const char *path, size_t *count, int *error) {
  size_t capacity = 16384;
  char *bytes = malloc(capacity);
  *count = 0;
  *error = bytes ? read_path(path, &bytes, count, &capacity) : ENOMEM;
  if (*error == 0) return bytes;
  free(bytes);
  return 0;
}

char *understudy_read_files(const char *pattern, size_t *count, int *error) {
  if (!strpbrk(pattern, "*?[")) return understudy_read_file(pattern, count, error);
  size_t capacity = 16384;
  char *bytes = malloc(capacity);
  glob_t found;
  *count = 0;
  *error = bytes ? 0 : ENOMEM;
  if (bytes && glob(pattern, 0, 0, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc && *error == 0; i++) {
      *error = read_path(found.gl_pathv[i], &bytes, count, &capacity);
      // `read_all` always leaves room for more.
      if (*error == 0) bytes[(*count)++] = '\n';
    }
    globfree(&found);
  }
  if (*error == 0) return bytes;
  free(bytes);
  return 0;
}

/// Writes everything to `descriptor`, and closes it; an errno.
static int write_and_close(int descriptor, const char *bytes, size_t count, bool lasting) {
  int error = 0;
  size_t written = 0;
  while (written < count && error == 0) {
    ssize_t done = write(descriptor, bytes + written, count - written);
    if (done >= 0) written += (size_t)done;
    else if (errno != EINTR) error = errno;
  }
  if (lasting && error == 0 && fsync(descriptor) < 0) error = errno;
  // Some file systems say only here that the disk is full.
  if (close(descriptor) < 0 && error == 0) error = errno;
  return error;
}

/// Has the disk keep what a folder holds: a rename in it.
static int sync_folder(const char *path, char *room) {
  strcpy(room, path);
  char *slash = strrchr(room, '/');
  if (!slash) strcpy(room, ".");
  else slash[slash == room] = 0;
  int descriptor = open(room, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  // Some file systems have no such thing for folders.
  int error = fsync(descriptor) < 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
  close(descriptor);
  return error;
}

/// Writes a regular file that is there already, or that is to be.
static int replace_file(const char *path, const char *bytes, size_t count, bool lasting) {
  size_t length = strlen(path);
  char *temporary = malloc(length + 32);
  if (!temporary) return ENOMEM;
  snprintf(temporary, length + 32, "%s.%ld.tmp", path, (long)getpid());
  int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int error = descriptor < 0 ? errno : write_and_close(descriptor, bytes, count, lasting);
  if (descriptor >= 0) {
    if (error == 0 && rename(temporary, path) < 0) error = errno;
    if (error != 0) unlink(temporary);
    else if (lasting) error = sync_folder(path, temporary);
  }
  free(temporary);
  return error;
}

int understudy_write_file(const char *path, const char *bytes, size_t count, bool lasting) {
  struct stat found;
  // A pipe, a terminal or another device is written to: a file put in its place would never reach whoever reads there.
  if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) {
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    return -(descriptor < 0 ? errno : write_and_close(descriptor, bytes, count, false));
  }
  // What a symbolic link points to is written, and the link stays.
  char *resolved = realpath(path, 0);
  int error = replace_file(resolved ? resolved : path, bytes, count, lasting);
  free(resolved);
  return -error;
}

int understudy_check_writable(const char *path) {
  struct stat found;
  if (stat(path, &found) == 0 && !S_ISREG(found.st_mode)) {
    if (S_ISDIR(found.st_mode)) return -EISDIR;
    return access(path, W_OK) == 0 ? 0 : -errno;
  }
  // A file beside it is written and takes its place: what matters is the folder.
  char *folder = realpath(path, 0);
  if (!folder) folder = strdup(path);
  if (!folder) return -ENOMEM;
  char *slash = strrchr(folder, '/');
  if (slash) slash[slash == folder] = 0;
  int error = access(slash ? folder : ".", W_OK | X_OK) == 0 ? 0 : errno;
  free(folder);
  return -error;
}

// The log.

int understudy_open_log(const char *path) {
  if (!*path) return STDOUT_FILENO;
  int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return descriptor < 0 ? -errno : descriptor;
}

void understudy_write_all(int descriptor, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

size_t understudy_log_time(char *text, size_t capacity) {
  struct timeval now;
  struct tm parts;
  gettimeofday(&now, 0);
  localtime_r(&now.tv_sec, &parts);
  // The names of months must not follow the locale of the environment.
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int length = snprintf(
      text, capacity, "%02d %s %04d %02d:%02d:%02d.%03d", parts.tm_mday, months[parts.tm_mon % 12],
      parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec, (int)(now.tv_usec / 1000));
  return length < 0 ? 0 : (size_t)length < capacity ? (size_t)length : capacity - 1;
}

// The process.

int understudy_process_identifier(void) { return (int)getpid(); }

int understudy_parent_identifier(void) { return (int)getppid(); }

int understudy_change_directory(const char *path) { return chdir(path) < 0 ? -errno : 0; }

int understudy_current_directory(char *path, size_t capacity) { return getcwd(path, capacity) ? 0 : -errno; }

int understudy_daemonize(void) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child > 0) _exit(0);
  setsid();
  int null = open("/dev/null", O_RDWR);
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO) close(null);
  }
  return 0;
}

long understudy_raise_descriptor_limit(long wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 1024;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < (rlim_t)wanted) {
    struct rlimit raised = limit;
    raised.rlim_cur = (rlim_t)wanted;
    if (raised.rlim_max != RLIM_INFINITY && raised.rlim_max < raised.rlim_cur) raised.rlim_max = raised.rlim_cur;
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
      // Not allowed beyond the hard limit: as far as that goes.
      raised = limit;
      raised.rlim_cur = limit.rlim_max;
      setrlimit(RLIMIT_NOFILE, &raised);
    }
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > 1L << 30 ? 1L << 30 : (long)limit.rlim_cur;
}

void understudy_exit(int status) { _exit(status); }
