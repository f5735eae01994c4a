// The terminal, and a connection to a server that the program joins. See the header for the contract of each function.

#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "CUnderstudyTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

// The terminal.

bool understudy_is_terminal(int descriptor) { return isatty(descriptor) == 1; }

const char *understudy_environment(const char *name) { return getenv(name); }

bool understudy_wants_colours(void) {
  const char *none = getenv("NO_COLOR"), *kind = getenv("TERM");
  return !(none && *none) && !(kind && strcmp(kind, "dumb") == 0);
}

bool understudy_terminal_size(int descriptor, int *columns, int *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return false;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return true;
}

static struct termios before;
static bool is_changed;
static volatile sig_atomic_t has_ended, is_resized;

static void note(int number) {
  if (number == SIGWINCH) is_resized = 1;
  else has_ended = 1;
}

static const int watched[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};

bool understudy_keys_begin(void) {
  // Blocked but while somebody waits for a key, so that none comes at a time at which nobody looks.
  sigset_t set;
  sigemptyset(&set);
  struct sigaction action = {.sa_handler = note};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
    sigaddset(&set, watched[i]);
    sigaction(watched[i], &action, 0);
  }
  sigprocmask(SIG_BLOCK, &set, 0);
  if (tcgetattr(STDIN_FILENO, &before) < 0) return false;
  struct termios raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  // A program that is stopped would leave the terminal as it is.
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  is_changed = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  return is_changed;
}

void understudy_keys_end(void) {
  if (is_changed) tcsetattr(STDIN_FILENO, TCSANOW, &before);
  is_changed = false;
}

int understudy_keys_wait(int milliseconds) {
  sigset_t open;
  sigprocmask(SIG_BLOCK, 0, &open);
  for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) sigdelset(&open, watched[i]);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(STDIN_FILENO, &readable);
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  int ready = pselect(STDIN_FILENO + 1, &readable, 0, 0, &time, &open);
  if (has_ended) return UNDERSTUDY_KEYS_END;
  if (is_resized) {
    is_resized = 0;
    return UNDERSTUDY_KEYS_RESIZED;
  }
  if (ready <= 0) return ready < 0 && errno != EINTR ? UNDERSTUDY_KEYS_END : UNDERSTUDY_KEYS_NOTHING;
  unsigned char key;
  ssize_t got = read(STDIN_FILENO, &key, 1);
  return got == 1 ? key : got < 0 && errno == EINTR ? UNDERSTUDY_KEYS_NOTHING : UNDERSTUDY_KEYS_END;
}

void understudy_pause(int milliseconds) { poll(0, 0, milliseconds); }

// The connection.

bool understudy_is_permission_missing(int error) { return error == EACCES || error == EPERM; }

/// Connects within the time; an errno.
static int connect_within(int descriptor, const struct addrinfo *address, int milliseconds) {
  int flags = fcntl(descriptor, F_GETFL);
  fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  int error = connect(descriptor, address->ai_addr, address->ai_addrlen) < 0 ? errno : 0;
  if (error == EINPROGRESS) {
    struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
    int ready;
    do ready = poll(&wait, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    socklen_t size = sizeof error;
    if (ready == 0) error = ETIMEDOUT;
    else if (ready < 0 || getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  }
  fcntl(descriptor, F_SETFL, flags);
  return error;
}

int understudy_join(const char *host, const char *port, int milliseconds) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = 0;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -EADDRNOTAVAIL;
  int error = EADDRNOTAVAIL, descriptor = -1;
  for (struct addrinfo *address = found; address && descriptor < 0; address = address->ai_next) {
    descriptor = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (descriptor < 0) {
      error = errno;
      continue;
    }
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    error = connect_within(descriptor, address, milliseconds);
    if (error == 0) break;
    close(descriptor);
    descriptor = -1;
  }
  freeaddrinfo(found);
  if (descriptor < 0) return -error;
  struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  return descriptor;
}

long understudy_join_read(int descriptor, char *bytes, size_t capacity) {
  ssize_t got;
  do got = read(descriptor, bytes, capacity);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int understudy_join_write(int descriptor, const char *bytes, size_t count) {
#ifdef MSG_NOSIGNAL
  int flags = MSG_NOSIGNAL;
#else
  int flags = 0;
#endif
  while (count > 0) {
    ssize_t written = send(descriptor, bytes, count, flags);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -errno;
    bytes += written;
    count -= (size_t)written;
  }
  return 0;
}
