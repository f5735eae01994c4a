// Connections: OpenSSL between two stretches of memory.
//
// Instead of OpenSSL's memory BIOs, which keep what they have once grown to, one BIO of our own reads where the bytes lie
// that were offered and appends to an output that is freed as soon as it is empty: an idle connection has no buffers.
#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

/// The plain bytes of one record at most, and about how many are sealed at once.
enum { RECORD = 16384, BATCH = 4 * RECORD };

struct understudy_tls_connection {
  SSL *ssl;
  const unsigned char *source;
  size_t source_count;
  bool source_ended;
  bool is_established;
  bool is_broken;
  bool is_finished;
  unsigned char *output;
  size_t output_start, output_count, output_capacity;
  char failure[256];
};

// The BIO.

static int take(BIO *bio, char *target, int count) {
  understudy_tls_connection *connection = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count <= 0) return 0;
  if (connection->source_count == 0) {
    if (connection->source_ended) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t taken = (size_t)count < connection->source_count ? (size_t)count : connection->source_count;
  memcpy(target, connection->source, taken);
  connection->source += taken;
  connection->source_count -= taken;
  return (int)taken;
}

static int give(BIO *bio, const char *bytes, int count) {
  understudy_tls_connection *connection = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (count <= 0) return 0;
  size_t end = connection->output_start + connection->output_count;
  if (connection->output_capacity - end < (size_t)count) {
    if (connection->output_start > 0) {
      memmove(connection->output, connection->output + connection->output_start, connection->output_count);
      connection->output_start = 0;
    }
    size_t needed = connection->output_count + (size_t)count;
    if (connection->output_capacity < needed) {
      size_t capacity = connection->output_capacity ? connection->output_capacity * 2 : 1024;
      if (capacity < needed) capacity = needed;
      unsigned char *grown = realloc(connection->output, capacity);
      if (!grown) return -1;
      connection->output = grown;
      connection->output_capacity = capacity;
    }
    end = connection->output_count;
  }
  memcpy(connection->output + end, bytes, (size_t)count);
  connection->output_count += (size_t)count;
  return count;
}

static long control(BIO *bio, int command, long number, void *pointer) {
  (void)number;
  (void)pointer;
  understudy_tls_connection *connection = BIO_get_data(bio);
  switch (command) {
  case BIO_CTRL_FLUSH: return 1;
  case BIO_CTRL_EOF: return connection->source_ended && connection->source_count == 0;
  case BIO_CTRL_PENDING: return (long)connection->source_count;
  case BIO_CTRL_WPENDING: return (long)connection->output_count;
  default: return 0;
  }
}

static int set_up(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static BIO_METHOD *method;

static void make_method(void) {
  BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "understudy");
  if (!made) return;
  BIO_meth_set_create(made, set_up);
  BIO_meth_set_read(made, take);
  BIO_meth_set_write(made, give);
  BIO_meth_set_ctrl(made, control);
  method = made;
}

// Life.

static understudy_tls_connection *create(understudy_tls_context *context) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_method);
  understudy_tls_connection *connection = calloc(1, sizeof *connection);
  BIO *bio = method && connection ? BIO_new(method) : 0;
  if (bio) connection->ssl = SSL_new(context->ssl);
  if (!bio || !connection->ssl) {
    BIO_free(bio);
    free(connection);
    ERR_clear_error();
    return 0;
  }
  BIO_set_data(bio, connection);
  SSL_set_bio(connection->ssl, bio, bio);
  return connection;
}

understudy_tls_connection *understudy_tls_accept(understudy_tls_context *context) {
  understudy_tls_connection *connection = create(context);
  if (connection) SSL_set_accept_state(connection->ssl);
  return connection;
}

understudy_tls_connection *understudy_tls_connect(understudy_tls_context *context, const char *host) {
  understudy_tls_connection *connection = create(context);
  if (!connection) return 0;
  SSL_set_connect_state(connection->ssl);
  if (host) {
    SSL_set_tlsext_host_name(connection->ssl, host);
    SSL_set1_host(connection->ssl, host);
  }
  return connection;
}

void understudy_tls_free(understudy_tls_connection *connection) {
  if (!connection) return;
  // One that was cut short is not to be mistaken for a bad session: OpenSSL would forget it.
  if (connection->is_established && !connection->is_broken)
    SSL_set_shutdown(connection->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(connection->ssl);
  free(connection->output);
  free(connection);
}

// Input.

void understudy_tls_offer(understudy_tls_connection *connection, const void *bytes, size_t count) {
  connection->source = bytes;
  connection->source_count = count;
}

void understudy_tls_offer_end(understudy_tls_connection *connection) { connection->source_ended = true; }

static void become_broken(understudy_tls_connection *connection) {
  connection->is_broken = true;
  unsigned long error = ERR_get_error();
  // The verdict on a certificate says more than that there was one.
  long verdict = SSL_get_verify_result(connection->ssl);
  if (error) ERR_error_string_n(error, connection->failure, sizeof connection->failure);
  else strcpy(connection->failure, "the peer has closed the connection");
  if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK) {
    size_t count = strlen(connection->failure);
    const char *text = X509_verify_cert_error_string(verdict);
    if (count + strlen(text) + 4 < sizeof connection->failure) {
      strcat(strcat(strcat(connection->failure, " ("), text), ")");
    }
  }
  ERR_clear_error();
}

long understudy_tls_open(understudy_tls_connection *connection, void *target, size_t capacity) {
  if (connection->is_broken) return UNDERSTUDY_TLS_BROKEN;
  ERR_clear_error();
  if (!connection->is_established) {
    int result = SSL_do_handshake(connection->ssl);
    if (result != 1) {
      if (SSL_get_error(connection->ssl, result) == SSL_ERROR_WANT_READ) return UNDERSTUDY_TLS_WANTS_MORE;
      become_broken(connection);
      return UNDERSTUDY_TLS_BROKEN;
    }
    connection->is_established = true;
  }
  size_t opened = 0;
  while (opened < capacity) {
    size_t count = 0;
    int result = SSL_read_ex(connection->ssl, (char *)target + opened, capacity - opened, &count);
    if (result == 1) {
      opened += count;
      continue;
    }
    int error = SSL_get_error(connection->ssl, result);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN) return opened ? (long)opened : UNDERSTUDY_TLS_ENDED;
    become_broken(connection);
    if (opened == 0) return UNDERSTUDY_TLS_BROKEN;
    break;
  }
  return (long)opened;
}

bool understudy_tls_is_established(const understudy_tls_connection *connection) { return connection->is_established; }

const char *understudy_tls_failure(const understudy_tls_connection *connection) { return connection->failure; }

// Output.

static bool write_record(understudy_tls_connection *connection, const unsigned char *bytes, size_t count) {
  size_t written = 0;
  if (SSL_write_ex(connection->ssl, bytes, count, &written) == 1 && written == count) return true;
  become_broken(connection);
  return false;
}

long understudy_tls_seal(
    understudy_tls_connection *connection, const understudy_segment *segments, int count, size_t skipped) {
  if (connection->is_broken || connection->is_finished || !connection->is_established) return -1;
  ERR_clear_error();
  // Large runs are sealed where they lie; small ones are gathered, so that they share a record.
  unsigned char gathered[RECORD];
  size_t sealed = 0, waiting = 0;
  for (int i = 0; i < count && sealed + waiting < BATCH; i++) {
    const unsigned char *bytes = segments[i].bytes;
    size_t left = segments[i].count;
    if (skipped >= left) {
      skipped -= left;
      continue;
    }
    bytes += skipped;
    left -= skipped;
    skipped = 0;
    while (left > 0 && sealed + waiting < BATCH) {
      if (waiting == 0 && left >= RECORD) {
        if (!write_record(connection, bytes, RECORD)) return -1;
        sealed += RECORD;
        bytes += RECORD;
        left -= RECORD;
        continue;
      }
      size_t part = left < RECORD - waiting ? left : RECORD - waiting;
      memcpy(gathered + waiting, bytes, part);
      waiting += part;
      bytes += part;
      left -= part;
      if (waiting == RECORD) {
        if (!write_record(connection, gathered, RECORD)) return -1;
        sealed += RECORD;
        waiting = 0;
      }
    }
  }
  if (waiting > 0) {
    if (!write_record(connection, gathered, waiting)) return -1;
    sealed += waiting;
  }
  return (long)sealed;
}

const void *understudy_tls_output(const understudy_tls_connection *connection, size_t *count) {
  *count = connection->output_count;
  return connection->output_count ? connection->output + connection->output_start : 0;
}

void understudy_tls_output_sent(understudy_tls_connection *connection, size_t count) {
  if (count < connection->output_count) {
    connection->output_start += count;
    connection->output_count -= count;
    return;
  }
  free(connection->output);
  connection->output = 0;
  connection->output_start = connection->output_count = connection->output_capacity = 0;
}

void understudy_tls_finish(understudy_tls_connection *connection) {
  if (connection->is_finished || connection->is_broken || !connection->is_established) return;
  connection->is_finished = true;
  ERR_clear_error();
  SSL_shutdown(connection->ssl);
  ERR_clear_error();
}

// Facts.

const char *understudy_tls_protocol(const understudy_tls_connection *connection) {
  return SSL_get_version(connection->ssl);
}

const char *understudy_tls_cipher(const understudy_tls_connection *connection) {
  const char *name = SSL_get_cipher_name(connection->ssl);
  return name ? name : "";
}

bool understudy_tls_is_resumed(const understudy_tls_connection *connection) {
  return SSL_session_reused(connection->ssl) == 1;
}

bool understudy_tls_resume(understudy_tls_connection *connection, const understudy_tls_connection *earlier) {
  SSL_SESSION *session = SSL_get1_session(earlier->ssl);
  if (!session) return false;
  bool taken = SSL_SESSION_is_resumable(session) && SSL_set_session(connection->ssl, session) == 1;
  SSL_SESSION_free(session);
  return taken;
}
