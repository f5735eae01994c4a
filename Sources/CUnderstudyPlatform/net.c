// Sockets and readiness. See the header for the contract of each function; wakeups, threads and signals are in wake.c.
#define _GNU_SOURCE
#include "CUnderstudyNet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

// Readiness.

#ifdef __linux__

int understudy_epoll_create(void) {
  int made = epoll_create1(EPOLL_CLOEXEC);
  return made < 0 ? -errno : made;
}

static int control(int epoll, int operation, int descriptor, uint32_t interest, uintptr_t handle) {
  struct epoll_event event = {.events = 0, .data.u64 = handle};
  if (interest & UNDERSTUDY_READABLE) event.events |= EPOLLIN;
  if (interest & UNDERSTUDY_WRITABLE) event.events |= EPOLLOUT;
  if (interest & UNDERSTUDY_PEER_END) event.events |= EPOLLRDHUP;
  return epoll_ctl(epoll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int understudy_epoll_add(int epoll, int descriptor, uint32_t interest, uintptr_t handle) {
  return control(epoll, EPOLL_CTL_ADD, descriptor, interest, handle);
}

int understudy_epoll_modify(int epoll, int descriptor, uint32_t interest, uintptr_t handle) {
  return control(epoll, EPOLL_CTL_MOD, descriptor, interest, handle);
}

int understudy_epoll_remove(int epoll, int descriptor) {
  return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int understudy_epoll_wait(int epoll, understudy_event *events, int capacity, int timeout) {
  struct epoll_event raw[256];
  int count = epoll_wait(epoll, raw, capacity < 256 ? capacity : 256, timeout);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) {
    uint32_t ready = 0;
    if (raw[i].events & EPOLLIN) ready |= UNDERSTUDY_READABLE;
    if (raw[i].events & EPOLLOUT) ready |= UNDERSTUDY_WRITABLE;
    if (raw[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) ready |= UNDERSTUDY_HUNG_UP;
    events[i].handle = (uintptr_t)raw[i].data.u64;
    events[i].ready = ready;
  }
  return count;
}

#else

int understudy_epoll_create(void) { return -ENOSYS; }
int understudy_epoll_add(int epoll, int descriptor, uint32_t interest, uintptr_t handle) { return -ENOSYS; }
int understudy_epoll_modify(int epoll, int descriptor, uint32_t interest, uintptr_t handle) { return -ENOSYS; }
int understudy_epoll_remove(int epoll, int descriptor) { return -ENOSYS; }
int understudy_epoll_wait(int epoll, understudy_event *events, int capacity, int timeout) { return -ENOSYS; }

#endif

int understudy_poll(understudy_poll_item *items, int count, int timeout) {
  // The item is one word larger than pollfd; the stack serves usual counts, the heap the others.
  struct pollfd few[256];
  struct pollfd *raw = count <= 256 ? few : malloc(sizeof(struct pollfd) * (size_t)count);
  if (!raw) return -ENOMEM;
  for (int i = 0; i < count; i++) {
    raw[i].fd = items[i].descriptor;
    raw[i].events = 0;
    if (items[i].interest & UNDERSTUDY_READABLE) raw[i].events |= POLLIN;
    if (items[i].interest & UNDERSTUDY_WRITABLE) raw[i].events |= POLLOUT;
    if (items[i].interest & UNDERSTUDY_PEER_END) raw[i].events |= POLLRDHUP;
    raw[i].revents = 0;
  }
  int found = poll(raw, (nfds_t)count, timeout);
  int error = errno;
  for (int i = 0; i < count; i++) {
    uint32_t ready = 0;
    if (found > 0) {
      if (raw[i].revents & POLLIN) ready |= UNDERSTUDY_READABLE;
      if (raw[i].revents & POLLOUT) ready |= UNDERSTUDY_WRITABLE;
      if (raw[i].revents & (POLLHUP | POLLERR | POLLNVAL | POLLRDHUP)) ready |= UNDERSTUDY_HUNG_UP;
    }
    items[i].ready = ready;
  }
  if (raw != few) free(raw);
  if (found < 0) return error == EINTR ? 0 : -error;
  return found;
}

// Bytes.

long understudy_receive(int descriptor, void *target, size_t count) {
  ssize_t received;
  do received = recv(descriptor, target, count, 0);
  while (received < 0 && errno == EINTR);
  return received < 0 ? -errno : received;
}

long understudy_send(int descriptor, const void *bytes, size_t count) {
  ssize_t sent;
  do sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

long understudy_send_segments(int descriptor, const understudy_segment *segments, int count) {
  struct iovec vector[64];
  if (count > 64) count = 64;
  for (int i = 0; i < count; i++) {
    vector[i].iov_base = (void *)segments[i].bytes;
    vector[i].iov_len = segments[i].count;
  }
  struct msghdr message = {.msg_iov = vector, .msg_iovlen = (size_t)count};
  ssize_t sent;
  do sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

// Sockets.

static int set_flags(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int make_socket(int family) {
#ifdef SOCK_CLOEXEC
  int made = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  return made < 0 ? -errno : made;
#else
  int made = socket(family, SOCK_STREAM, 0);
  if (made < 0) return -errno;
  int result = set_flags(made);
  if (result < 0) { close(made); return result; }
  int on = 1;
  setsockopt(made, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  return made;
#endif
}

/// An address in figures, a name, or all addresses of one family.
static int resolve(const char *host, uint16_t port, struct sockaddr_storage *address, socklen_t *length) {
  memset(address, 0, sizeof *address);
  struct sockaddr_in *four = (struct sockaddr_in *)address;
  struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;
  bool any_six = strcmp(host, "::*") == 0;
  if (strcmp(host, "*") == 0 || inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    *length = sizeof *four;
    return 0;
  }
  if (any_six || inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    if (any_six) six->sin6_addr = in6addr_any;
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    *length = sizeof *six;
    return 0;
  }
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = 0;
  if (getaddrinfo(host, 0, &hints, &found) != 0 || !found) return -EADDRNOTAVAIL;
  memcpy(address, found->ai_addr, found->ai_addrlen);
  *length = found->ai_addrlen;
  freeaddrinfo(found);
  if (address->ss_family == AF_INET6) six->sin6_port = htons(port);
  else four->sin_port = htons(port);
  return 0;
}

int understudy_listen_tcp(const char *host, uint16_t port, int backlog, uint16_t *bound) {
  struct sockaddr_storage address;
  socklen_t length;
  int result = resolve(host, port, &address, &length);
  if (result < 0) return result;
  int made = make_socket(address.ss_family);
  if (made < 0) return made;
  int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ss_family == AF_INET6) setsockopt(made, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // Accepted sockets inherit both.
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(made, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (bind(made, (struct sockaddr *)&address, length) < 0 || listen(made, backlog) < 0
      || getsockname(made, (struct sockaddr *)&address, &length) < 0) {
    result = -errno;
    close(made);
    return result;
  }
  *bound = ntohs(
      address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                    : ((struct sockaddr_in *)&address)->sin_port);
  return made;
}

static int unix_address(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  strcpy(address->sun_path, path);
  return 0;
}

int understudy_listen_unix(const char *path, uint32_t mode, int backlog) {
  struct sockaddr_un address;
  int result = unix_address(path, &address);
  if (result < 0) return result;
  // A socket that nobody listens on is what a dead server left behind. Anything else is not ours to remove.
  struct stat status;
  if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
    int probe = understudy_connect_unix(path);
    if (probe == -ECONNREFUSED) unlink(path);
    else if (probe >= 0) close(probe);
  }
  int made = make_socket(AF_UNIX);
  if (made < 0) return made;
  if (bind(made, (struct sockaddr *)&address, sizeof address) < 0 || (mode && chmod(path, (mode_t)mode) < 0)
      || listen(made, backlog) < 0) {
    result = -errno;
    close(made);
    return result;
  }
  return made;
}

void understudy_keep_alive(int descriptor, int seconds) {
  int on = 1, between = seconds / 3 > 0 ? seconds / 3 : 1, probes = 3;
  if (setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0) return;
#ifdef TCP_KEEPIDLE
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
#elif defined(TCP_KEEPALIVE)
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPALIVE, &seconds, sizeof seconds);
#endif
#ifdef TCP_KEEPINTVL
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof between);
#endif
#ifdef TCP_KEEPCNT
  setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
#endif
}

int understudy_accept(int listener) {
  int made;
  do {
#ifdef __linux__
    made = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    made = accept(listener, 0, 0);
#endif
  } while (made < 0 && errno == EINTR);
  if (made < 0) return -errno;
#ifndef __linux__
  int on = 1;
  if (set_flags(made) < 0) { int error = errno; close(made); return -error; }
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
  setsockopt(made, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
#endif
  return made;
}

/// Connects and only then makes the socket non-blocking.
static int connect_to(const struct sockaddr *address, socklen_t length) {
  int made = make_socket(address->sa_family);
  if (made < 0) return made;
  fcntl(made, F_SETFL, fcntl(made, F_GETFL) & ~O_NONBLOCK);
  if (connect(made, address, length) < 0) {
    int error = errno;
    close(made);
    return -error;
  }
  set_flags(made);
  return made;
}

int understudy_connect_start(const char *host, uint16_t port) {
  struct sockaddr_storage address;
  socklen_t length;
  int result = resolve(host, port, &address, &length);
  if (result < 0) return result;
  int made = make_socket(address.ss_family);
  if (made < 0) return made;
  int on = 1;
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(made, (struct sockaddr *)&address, length) < 0 && errno != EINPROGRESS && errno != EINTR) {
    int error = errno;
    close(made);
    return -error;
  }
  return made;
}

int understudy_connect_error(int descriptor) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int understudy_connect_unix(const char *path) {
  struct sockaddr_un address;
  int result = unix_address(path, &address);
  return result < 0 ? result : connect_to((struct sockaddr *)&address, sizeof address);
}

bool understudy_is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

bool understudy_is_address_in_use(int error) { return error == EADDRINUSE; }

bool understudy_is_address_missing(int error) {
  return error == EADDRNOTAVAIL || error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == ESOCKTNOSUPPORT
         || error == ENOPROTOOPT;
}

bool understudy_is_would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

bool understudy_is_connecting(int error) { return error == ENOTCONN || error == EINPROGRESS; }

void understudy_error_text(int error, char *text, size_t capacity) {
#ifdef __GLIBC__
  const char *found = strerror_r(error, text, capacity);
  if (found != text) snprintf(text, capacity, "%s", found);
#else
  if (strerror_r(error, text, capacity) != 0) snprintf(text, capacity, "error %d", error);
#endif
}

void understudy_silence(int listener) {
  int idle = make_socket(AF_INET);
  if (idle < 0) return;
  if (dup2(idle, listener) >= 0) set_flags(listener);
  close(idle);
}

int understudy_stop_listening(int listener) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) return -errno;
  int fresh = make_socket(address.ss_family);
  if (fresh < 0) return fresh;
  int on = 1;
  mode_t mode = 0;
  if (address.ss_family == AF_UNIX) {
    struct stat found;
    const char *path = ((struct sockaddr_un *)&address)->sun_path;
    if (stat(path, &found) == 0) mode = found.st_mode & 0777;
    understudy_unlink(path);
  } else {
    setsockopt(fresh, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6) setsockopt(fresh, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  // The listener's number now belongs to a socket that has the address and does not listen.
  int result = dup2(fresh, listener) < 0 ? -errno : set_flags(listener);
  close(fresh);
  if (result >= 0 && bind(listener, (struct sockaddr *)&address, length) < 0) result = -errno;
  if (result >= 0 && mode) chmod(((struct sockaddr_un *)&address)->sun_path, mode);
  return result < 0 ? result : 0;
}

int understudy_listen_again(int listener, int backlog) { return listen(listener, backlog) < 0 ? -errno : 0; }

bool understudy_is_peer_local(int descriptor) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getpeername(descriptor, (struct sockaddr *)&address, &length) < 0) return false;
  if (address.ss_family == AF_INET)
    return (ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24) == 127;
  return address.ss_family != AF_INET6 || IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
}

void understudy_unlink(const char *path) {
  struct stat found;
  // What the server may have made: never a device or a pipe that it was told to write to.
  if (lstat(path, &found) < 0 || !(S_ISREG(found.st_mode) || S_ISSOCK(found.st_mode) || S_ISLNK(found.st_mode))) return;
  unlink(path);
}

void understudy_shutdown_write(int descriptor) { shutdown(descriptor, SHUT_WR); }

void understudy_close(int descriptor) { close(descriptor); }

void understudy_close_with_reset(int descriptor) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(descriptor);
}

size_t understudy_address(int descriptor, bool peer, char *text, size_t capacity) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int result = peer ? getpeername(descriptor, (struct sockaddr *)&address, &length)
                    : getsockname(descriptor, (struct sockaddr *)&address, &length);
  char host[INET6_ADDRSTRLEN];
  int written = 0;
  if (result == 0 && address.ss_family == AF_INET) {
    struct sockaddr_in *four = (struct sockaddr_in *)&address;
    if (inet_ntop(AF_INET, &four->sin_addr, host, sizeof host))
      written = snprintf(text, capacity, "%s:%d", host, ntohs(four->sin_port));
  } else if (result == 0 && address.ss_family == AF_INET6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    if (inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host))
      written = snprintf(text, capacity, "[%s]:%d", host, ntohs(six->sin6_port));
  }
  return written > 0 && (size_t)written < capacity ? (size_t)written : 0;
}
