#ifndef CUNDERSTUDYTERMINAL_H
#define CUNDERSTUDYTERMINAL_H

// What the `understudy` program needs of a terminal and of a server that it joins as a client.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool understudy_is_terminal(int descriptor);
/// Whether colours are wanted, as far as the environment tells (NO_COLOR, TERM).
bool understudy_wants_colours(void);
bool understudy_terminal_size(int descriptor, int *columns, int *rows);

/// Has the standard input answer each key at once, unseen, and keeps what it was. False if it is no terminal.
bool understudy_keys_begin(void);
/// Makes the terminal what it was.
void understudy_keys_end(void);
/// What `understudy_keys_wait` answers besides a key.
#define UNDERSTUDY_KEYS_NOTHING (-1)
#define UNDERSTUDY_KEYS_END (-2)
#define UNDERSTUDY_KEYS_RESIZED (-3)
/// Waits for a key, for a signal that ends the program (SIGINT, SIGTERM, SIGHUP), for another size of the window, or for
/// the time to pass. The end of the standard input is an end.
int understudy_keys_wait(int milliseconds);

/// Whether an error (positive) says that somebody may not do what they asked for.
bool understudy_is_permission_missing(int error);

/// Lets time pass.
void understudy_pause(int milliseconds);
/// The value of a variable of the environment; null if it is not set.
const char *understudy_environment(const char *name);

/// Connects to a TCP port of a host, for reading and writing that take no longer than `milliseconds`: a descriptor.
int understudy_join(const char *host, const char *port, int milliseconds);
/// Reads what has come, at least a byte: how many, 0 at the end.
long understudy_join_read(int descriptor, char *bytes, size_t capacity);
/// Writes everything.
int understudy_join_write(int descriptor, const char *bytes, size_t count);

#endif
