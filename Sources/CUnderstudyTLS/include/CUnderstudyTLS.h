#ifndef CUNDERSTUDYTLS_H
#define CUNDERSTUDYTLS_H

// TLS without IO, over OpenSSL 3: a context is what connections have in common, a connection turns plain bytes into
// cipher bytes and back, an identity is a certificate with its key, made for tests.
//
// It is C because most of OpenSSL's interface are macros. Nothing of OpenSSL shows here, so that no one who imports this
// needs its headers. Contexts and identities may be used by several threads at once, a connection by one at a time.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CUnderstudyNet.h"

// Contexts. Functions that answer a bool leave the reason of a failure in `understudy_tls_context_error`, in the words
// of redis-server's log.

typedef struct understudy_tls_context understudy_tls_context;

/// Whether the other end must show a certificate.
enum {
  UNDERSTUDY_TLS_NO = 0,
  UNDERSTUDY_TLS_OPTIONAL = 1,
  UNDERSTUDY_TLS_REQUIRED = 2,
};

/// A context for servers, or for clients; null if there is no memory.
understudy_tls_context *understudy_tls_context_create(bool is_server);
void understudy_tls_context_free(understudy_tls_context *context);
const char *understudy_tls_context_error(const understudy_tls_context *context);

/// Names between blanks, of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3; none means the last two.
bool understudy_tls_use_protocols(understudy_tls_context *context, const char *names);
/// PEM files; `password` may be empty, and nobody is ever asked for one.
bool understudy_tls_use_certificate(understudy_tls_context *context, const char *file);
bool understudy_tls_use_key(understudy_tls_context *context, const char *file, const char *password);
/// Whose signature makes the other end's certificate good: a file, a directory of OpenSSL's form; either may be empty.
bool understudy_tls_use_authorities(understudy_tls_context *context, const char *file, const char *directory);
void understudy_tls_authenticate(understudy_tls_context *context, int whether);
/// Up to TLSv1.2, and of TLSv1.3; in OpenSSL's form.
bool understudy_tls_use_ciphers(understudy_tls_context *context, const char *ciphers);
bool understudy_tls_use_cipher_suites(understudy_tls_context *context, const char *suites);
bool understudy_tls_use_parameters(understudy_tls_context *context, const char *file);
void understudy_tls_prefer_server_ciphers(understudy_tls_context *context);
/// Sessions that clients may take up again: how many are kept (0: any number), and for how many seconds.
void understudy_tls_cache_sessions(understudy_tls_context *context, bool caches, long size, long seconds);

// Connections. What comes from the peer is offered, what is to go to it stands in the output; nothing blocks.

typedef struct understudy_tls_connection understudy_tls_connection;

/// A connection that waits for a client, or one that begins with a hello to a server of that name (which its
/// certificate must have; null: any). Null if there is no memory.
understudy_tls_connection *understudy_tls_accept(understudy_tls_context *context);
understudy_tls_connection *understudy_tls_connect(understudy_tls_context *context, const char *host);
void understudy_tls_free(understudy_tls_connection *connection);

/// Hands in cipher bytes. They are read where they are: they must stay until `understudy_tls_open` has answered 0 or
/// less, or are taken back by offering none.
void understudy_tls_offer(understudy_tls_connection *connection, const void *bytes, size_t count);
/// The peer sends no more.
void understudy_tls_offer_end(understudy_tls_connection *connection);

/// What `understudy_tls_open` answers besides a number of bytes.
enum {
  /// More cipher bytes are needed.
  UNDERSTUDY_TLS_WANTS_MORE = 0,
  /// The peer has said that it sends no more.
  UNDERSTUDY_TLS_ENDED = -1,
  /// The connection is broken: see `understudy_tls_failure`. There may be output that tells the peer.
  UNDERSTUDY_TLS_BROKEN = -2,
};

/// Goes on with the handshake, and opens what was offered: writes up to `capacity` plain bytes to `target`.
long understudy_tls_open(understudy_tls_connection *connection, void *target, size_t capacity);
bool understudy_tls_is_established(const understudy_tls_connection *connection);
/// Why the connection is broken, in OpenSSL's words; empty if it is not.
const char *understudy_tls_failure(const understudy_tls_connection *connection);

/// Turns plain bytes, behind the first `skipped` of the segments, into output, about 64 KB at once.
///
/// Answers how many; less than 0 if the connection is broken.
long understudy_tls_seal(
    understudy_tls_connection *connection, const understudy_segment *segments, int count, size_t skipped);
/// What is to be sent to the peer; `understudy_tls_output_sent` takes away its beginning.
const void *understudy_tls_output(const understudy_tls_connection *connection, size_t *count);
void understudy_tls_output_sent(understudy_tls_connection *connection, size_t count);
/// Says to the peer that no more will be sent: its end can be told from a cut then.
void understudy_tls_finish(understudy_tls_connection *connection);

/// Facts for tests and logs: `TLSv1.3`, the cipher, whether a session was taken up again.
const char *understudy_tls_protocol(const understudy_tls_connection *connection);
const char *understudy_tls_cipher(const understudy_tls_connection *connection);
bool understudy_tls_is_resumed(const understudy_tls_connection *connection);
/// Lets a client's connection take up the session of an earlier one; false if that has none.
bool understudy_tls_resume(understudy_tls_connection *connection, const understudy_tls_connection *earlier);

// Identities: a P-256 key with a certificate.

typedef struct understudy_tls_identity understudy_tls_identity;

enum { UNDERSTUDY_TLS_AUTHORITY = 0, UNDERSTUDY_TLS_SERVER = 1, UNDERSTUDY_TLS_CLIENT = 2 };

/// A new key, and a certificate for it that `issuer` has signed (null: the key itself).
///
/// `names` are the alternative names in OpenSSL's form (`DNS:localhost,IP:127.0.0.1`), may be empty; the times are
/// seconds since 1970. Null if OpenSSL cannot make it.
understudy_tls_identity *understudy_tls_identity_create(
    int purpose, const char *common_name, const char *names, int64_t not_before, int64_t not_after,
    const understudy_tls_identity *issuer);
void understudy_tls_identity_free(understudy_tls_identity *identity);
/// The certificate or the key as PEM: a block with a NUL at its end, to be freed with `understudy_tls_text_free`.
char *understudy_tls_identity_text(const understudy_tls_identity *identity, bool key);
void understudy_tls_text_free(char *text);
/// Writes a file that only its owner may read if it is `secret`; a negative errno if that fails.
int understudy_tls_write_file(const char *path, const char *text, bool secret);

#endif
