#ifndef CUNDERSTUDYPROGRAM_H
#define CUNDERSTUDYPROGRAM_H

// What the `understudy` program needs of the system: files, the log, the process itself. Errors are answered as
// negative errno.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Reads a whole file, or the standard input if `path` is "-": a block to be freed with `understudy_free_file`, or null with
/// `error` set.
char *understudy_read_file(const char *path, size_t *count, int *error);
/// Reads and joins, with a line end behind each, the files that a pattern of the shell names; null if the path has no
/// wildcard and cannot be read. A pattern that names nothing reads as nothing.
char *understudy_read_files(const char *pattern, size_t *count, int *error);
void understudy_free_file(char *bytes);
/// Writes a file: to a temporary name beside it first, so that nobody ever sees half of it; if `lasting`, the disk has it
/// when this returns. What is no regular file (a pipe, a device) is written to as it is.
int understudy_write_file(const char *path, const char *bytes, size_t count, bool lasting);

/// 0 if `understudy_write_file` could write at `path`, as far as permissions tell.
int understudy_check_writable(const char *path);

/// Opens a log for appending, or answers the standard output for an empty path.
int understudy_open_log(const char *path);
/// Writes everything, or as much as the descriptor takes.
void understudy_write_all(int descriptor, const char *bytes, size_t count);
/// The local time as `26 Nov 2026 00:02:46.569`.
size_t understudy_log_time(char *text, size_t capacity);

int understudy_process_identifier(void);
int understudy_parent_identifier(void);
int understudy_change_directory(const char *path);
/// The working directory, with a NUL at its end.
int understudy_current_directory(char *path, size_t capacity);
/// Goes on in the background, away from the terminal: 0 in the process that goes on; the one that was called ends.
int understudy_daemonize(void);
/// Lets the process open at least `wanted` descriptors if the system allows it; answers how many it may open.
long understudy_raise_descriptor_limit(long wanted);

/// From now on, writing to a pipe that nobody reads is an error, and does not end the process. A command that is run later
/// has it as it was before.
void understudy_ignore_broken_pipes(void);
/// Runs another program to its end, in `folder` (null: where this process is), with this one's standard input, output and
/// error. `words` are its path or name (looked for on PATH) and its arguments, `settings` what its environment has besides
/// this one's, as NAME=value; each with a NUL behind it. Signals that somebody sends to this process are sent on meanwhile.
/// `status` is its exit status, or 128 and the signal that ended it, as shells have it. Meant for the main thread: it is the
/// one that signals come to.
int understudy_run_command(
    const char *folder, const char *words, size_t word_count, const char *settings, size_t setting_count, int *status);
/// Whether `error` (positive) says that there is no such file.
bool understudy_is_missing(int error);
/// Ends the process at once with a status; nothing is left to flush.
__attribute__((noreturn)) void understudy_exit(int status);

#endif
