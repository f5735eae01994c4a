// What the C files share and nobody else sees.
#ifndef CUNDERSTUDYTLS_INTERNAL_H
#define CUNDERSTUDYTLS_INTERNAL_H

#include "CUnderstudyTLS.h"

#include <openssl/ssl.h>

struct understudy_tls_context {
  SSL_CTX *ssl;
  bool is_server;
  /// Of the key, while it is loaded.
  const char *password;
  char error[512];
};

#endif
