#ifndef CUNDERSTUDYNET_H
#define CUNDERSTUDYNET_H

// Sockets, readiness and signals for the server loop: what differs between systems, or what Swift cannot import.
//
// Functions that can fail answer a negative errno, so that no caller has to read `errno` across the border; EINTR is
// handled here. Every descriptor made here is non-blocking and closed on exec.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Readiness.

/// What a descriptor is watched for, and what it is ready for.
enum {
  UNDERSTUDY_READABLE = 1,
  UNDERSTUDY_WRITABLE = 2,
  /// Both directions are closed, or the socket failed; never asked for, always told.
  UNDERSTUDY_HUNG_UP = 4,
  /// Asks to be told `UNDERSTUDY_HUNG_UP` too when the peer sends no more, where the system can tell that.
  UNDERSTUDY_PEER_END = 8,
};

/// One descriptor that is ready; `handle` is what it was registered with.
typedef struct {
  uintptr_t handle;
  uint32_t ready;
} understudy_event;

/// A new epoll instance; -ENOSYS where there is no epoll.
int understudy_epoll_create(void);
int understudy_epoll_add(int epoll, int descriptor, uint32_t interest, uintptr_t handle);
int understudy_epoll_modify(int epoll, int descriptor, uint32_t interest, uintptr_t handle);
int understudy_epoll_remove(int epoll, int descriptor);
/// Waits for events, `timeout` milliseconds (-1: for ever); at most 256 of them at once.
int understudy_epoll_wait(int epoll, understudy_event *events, int capacity, int timeout);

/// One descriptor of `understudy_poll`.
typedef struct {
  int descriptor;
  uint32_t interest;
  uint32_t ready;
} understudy_poll_item;

/// poll(2) over `count` items, with the readiness bits above. A descriptor below 0 is passed over.
int understudy_poll(understudy_poll_item *items, int count, int timeout);

// Bytes.

/// Reads into `target`; 0 at the end of the stream.
long understudy_receive(int descriptor, void *target, size_t count);
/// Writes without ever raising SIGPIPE.
long understudy_send(int descriptor, const void *bytes, size_t count);

/// A run of bytes to send.
typedef struct {
  const void *bytes;
  size_t count;
} understudy_segment;

/// Writes up to 64 runs in one call, without ever raising SIGPIPE.
long understudy_send_segments(int descriptor, const understudy_segment *segments, int count);

// Sockets.

/// Listens on a TCP address. `host` is an address in figures, a name, or `*` (`::*` for IPv6).
///
/// `port` 0 picks a free one; `bound` gets the port.
int understudy_listen_tcp(const char *host, uint16_t port, int backlog, uint16_t *bound);
/// Listens on a Unix socket, in place of a dead one at that path; `mode` 0 leaves its permissions to the umask.
int understudy_listen_unix(const char *path, uint32_t mode, int backlog);
/// Accepts a connection.
int understudy_accept(int listener);
/// Has the system ask a TCP peer that has been silent for so many seconds whether it is still there, and close the
/// connection if it is not.
void understudy_keep_alive(int descriptor, int seconds);
/// Begins to connect to a TCP address: the descriptor is writable once it is known whether that has worked, which
/// `understudy_connect_error` then tells (0, or a positive error). A name is looked up at once.
int understudy_connect_start(const char *host, uint16_t port);
int understudy_connect_error(int descriptor);
/// Connects to a Unix socket (the check whether its owner lives).
int understudy_connect_unix(const char *path);
/// Whether `error` (positive) says that the process or the system has no descriptors or memory left.
bool understudy_is_exhaustion(int error);
/// Whether `error` (positive) says that the port is taken, or that this machine lacks the address.
bool understudy_is_address_in_use(int error);
bool understudy_is_address_missing(int error);
/// Whether `error` (positive) says that the operation would have to wait.
bool understudy_is_would_block(int error);
/// Whether `error` (positive) says that the connection is yet to be made.
bool understudy_is_connecting(int error);
/// The system's text for `error` (positive), with a NUL at its end.
void understudy_error_text(int error, char *text, size_t capacity);
/// Ends listening and frees the port at once, but keeps the number: whoever watches it can let go of it later.
void understudy_silence(int listener);
/// Has a listener refuse whoever connects, while it keeps its number and its address; and has it listen again.
int understudy_stop_listening(int listener);
int understudy_listen_again(int listener, int backlog);
/// Whether the other end of a connection is on this machine, by its address.
bool understudy_is_peer_local(int descriptor);
void understudy_unlink(const char *path);
void understudy_shutdown_write(int descriptor);
void understudy_close(int descriptor);
/// Closes with a reset: the peer sees a broken connection, and what was unsent is dropped.
void understudy_close_with_reset(int descriptor);
/// `127.0.0.1:5000`, `[::1]:5000` or empty: the other end (`peer`) or this end of a connection.
size_t understudy_address(int descriptor, bool peer, char *text, size_t capacity);

// Wakeups.

/// A descriptor that becomes readable by `understudy_wake_signal`: `ends[0]` is watched, `ends[1]` is signalled.
int understudy_wake_create(int ends[2]);
void understudy_wake_signal(int end);
void understudy_wake_clear(int end);

// Threads.

/// Starts a detached thread that handles no signals; a negative errno if there can be none.
int understudy_thread_start(void (*body)(void *), void *context);

/// What one thread waits for until another opens it.
typedef struct understudy_gate understudy_gate;
__attribute__((returns_nonnull)) understudy_gate *understudy_gate_create(void);
void understudy_gate_open(understudy_gate *gate);
/// Waits until the gate is open, and frees it.
void understudy_gate_wait(understudy_gate *gate);
/// A number that tells threads apart.
uintptr_t understudy_thread_identity(void);

// Signals and the parent, for the executable.

/// Makes SIGTERM and SIGINT signal `end` (a wake end); `understudy_signal_received` then tells which came.
void understudy_signals_to(int end);
int understudy_signal_received(void);
/// What `understudy_signal_received` answers for SIGINT.
int understudy_signal_is_interrupt(int signal);
/// Asks for a wakeup when the parent dies, where the system can; false if it cannot. The system speaks of the parent's
/// *thread*, so whoever is woken must look whether the parent itself is gone.
bool understudy_wake_with_parent(void);
/// Where the system cannot: a thread that looks every tenth of a second, and signals `end` once the parent is another.
void understudy_watch_parent(int end);

#endif
