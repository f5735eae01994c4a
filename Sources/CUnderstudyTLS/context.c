// Contexts: what the tls- directives say, made known to OpenSSL. The error texts are those of redis-server 7.0.15.
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

static bool fail(understudy_tls_context *context, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context->error, sizeof context->error, format, arguments);
  va_end(arguments);
  ERR_clear_error();
  return false;
}

/// The first of OpenSSL's errors: the cause of the others.
static const char *reason(char text[256]) {
  ERR_error_string_n(ERR_get_error(), text, 256);
  return text;
}

/// A password is known or it is not: nobody sits at a terminal.
static int give_password(char *target, int capacity, int is_writing, void *data) {
  (void)is_writing;
  understudy_tls_context *context = data;
  if (!context->password || !*context->password) return -1;
  size_t count = strlen(context->password);
  if (count > (size_t)capacity) return -1;
  memcpy(target, context->password, count);
  return (int)count;
}

understudy_tls_context *understudy_tls_context_create(bool is_server) {
  understudy_tls_context *context = calloc(1, sizeof *context);
  if (!context) return 0;
  context->is_server = is_server;
  context->ssl = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
  if (!context->ssl) {
    free(context);
    ERR_clear_error();
    return 0;
  }
  SSL_CTX_set_options(
      context->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_SINGLE_DH_USE | SSL_OP_SINGLE_ECDH_USE);
  // An idle connection keeps no buffers. Nothing is written in part: the BIO takes everything, and records may be shorter
  // than what is given (max_fragment_length).
  SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context->ssl, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(context->ssl, context);
  understudy_tls_authenticate(context, is_server ? UNDERSTUDY_TLS_NO : UNDERSTUDY_TLS_REQUIRED);
  understudy_tls_use_protocols(context, "");
  return context;
}

void understudy_tls_context_free(understudy_tls_context *context) {
  if (!context) return;
  SSL_CTX_free(context->ssl);
  free(context);
}

const char *understudy_tls_context_error(const understudy_tls_context *context) { return context->error; }

bool understudy_tls_use_protocols(understudy_tls_context *context, const char *names) {
  static const struct { const char *name; uint64_t option; } known[] = {
    {"TLSv1", SSL_OP_NO_TLSv1}, {"TLSv1.1", SSL_OP_NO_TLSv1_1},
    {"TLSv1.2", SSL_OP_NO_TLSv1_2}, {"TLSv1.3", SSL_OP_NO_TLSv1_3},
  };
  const uint64_t all = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
  uint64_t wanted = 0;
  const char *rest = names;
  while (*(rest += strspn(rest, " \t\r\n"))) {
    size_t count = strcspn(rest, " \t\r\n"), index = 0;
    while (index < 4 && !(strlen(known[index].name) == count && strncasecmp(known[index].name, rest, count) == 0)) index++;
    if (index == 4)
      return fail(
          context, "Invalid tls-protocols specified. "
                   "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.");
    wanted |= known[index].option;
    rest += count;
  }
  if (!wanted) wanted = SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
  SSL_CTX_clear_options(context->ssl, all);
  SSL_CTX_set_options(context->ssl, SSL_OP_NO_SSLv3 | (all & ~wanted));
  // The system's configuration may have set a floor.
  if (wanted & (SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1)) SSL_CTX_set_min_proto_version(context->ssl, 0);
  return true;
}

bool understudy_tls_use_certificate(understudy_tls_context *context, const char *file) {
  char text[256];
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context->ssl, file) == 1) return true;
  return fail(context, "Failed to load certificate: %s: %s", file, reason(text));
}

bool understudy_tls_use_key(understudy_tls_context *context, const char *file, const char *password) {
  char text[256];
  ERR_clear_error();
  context->password = password;
  int result = SSL_CTX_use_PrivateKey_file(context->ssl, file, SSL_FILETYPE_PEM);
  context->password = 0;
  if (result == 1) return true;
  return fail(context, "Failed to load private key: %s: %s", file, reason(text));
}

bool understudy_tls_use_authorities(understudy_tls_context *context, const char *file, const char *directory) {
  char text[256];
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context->ssl, *file ? file : 0, *directory ? directory : 0) == 1) return true;
  return fail(context, "Failed to configure CA certificate(s) file/directory: %s", reason(text));
}

void understudy_tls_authenticate(understudy_tls_context *context, int whether) {
  int mode = whether == UNDERSTUDY_TLS_NO ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
  if (whether == UNDERSTUDY_TLS_REQUIRED) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context->ssl, mode, 0);
}

bool understudy_tls_use_ciphers(understudy_tls_context *context, const char *ciphers) {
  return SSL_CTX_set_cipher_list(context->ssl, ciphers) == 1 || fail(context, "Failed to configure ciphers: %s", ciphers);
}

bool understudy_tls_use_cipher_suites(understudy_tls_context *context, const char *suites) {
  return SSL_CTX_set_ciphersuites(context->ssl, suites) == 1
         || fail(context, "Failed to configure ciphersuites: %s", suites);
}

bool understudy_tls_use_parameters(understudy_tls_context *context, const char *file) {
  char text[256];
  ERR_clear_error();
  FILE *stream = fopen(file, "re");
  if (!stream) return fail(context, "Failed to load %s: %s", file, strerror(errno));
  EVP_PKEY *parameters = 0;
  OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
      &parameters, "PEM", 0, "DH", OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS, 0, 0);
  bool read = decoder && OSSL_DECODER_from_fp(decoder, stream) == 1 && parameters;
  OSSL_DECODER_CTX_free(decoder);
  fclose(stream);
  if (!read) {
    EVP_PKEY_free(parameters);
    return fail(context, "%s: failed to read DH params.", file);
  }
  // The context owns them then.
  if (SSL_CTX_set0_tmp_dh_pkey(context->ssl, parameters) == 1) return true;
  EVP_PKEY_free(parameters);
  return fail(context, "Failed to load DH params file: %s: %s", file, reason(text));
}

void understudy_tls_prefer_server_ciphers(understudy_tls_context *context) {
  SSL_CTX_set_options(context->ssl, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

void understudy_tls_cache_sessions(understudy_tls_context *context, bool caches, long size, long seconds) {
  if (!caches) {
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
    return;
  }
  SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context->ssl, size);
  SSL_CTX_set_timeout(context->ssl, seconds);
  // Sessions of clients that have shown a certificate need one.
  static const unsigned char name[] = "redis";
  SSL_CTX_set_session_id_context(context->ssl, name, sizeof name - 1);
}
