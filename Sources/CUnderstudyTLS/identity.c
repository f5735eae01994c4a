// Identities for tests: keys and certificates, and the files that hold them.
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

struct understudy_tls_identity {
  EVP_PKEY *key;
  X509 *certificate;
};

static bool extend(X509 *certificate, X509 *issuer, int name, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, 0, 0, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(0, &context, name, value);
  bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

static bool set_serial(X509 *certificate) {
  uint64_t serial = 0;
  if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1) return false;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

static bool fill(
    understudy_tls_identity *made, int purpose, const char *common_name, const char *names, int64_t not_before,
    int64_t not_after, const understudy_tls_identity *issuer) {
  X509 *certificate = made->certificate, *signer = issuer ? issuer->certificate : certificate;
  X509_NAME *subject = X509_get_subject_name(certificate);
  bool is_authority = purpose == UNDERSTUDY_TLS_AUTHORITY;
  return X509_set_version(certificate, 2) == 1 && set_serial(certificate)
         && ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before)
         && ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_after)
         && X509_NAME_add_entry_by_txt(
                subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) == 1
         && X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1
         && X509_set_pubkey(certificate, made->key) == 1
         && extend(certificate, signer, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE")
         && extend(
                certificate, signer, NID_key_usage,
                is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature")
         && (is_authority
             || extend(
                 certificate, signer, NID_ext_key_usage, purpose == UNDERSTUDY_TLS_SERVER ? "serverAuth" : "clientAuth"))
         && (!*names || extend(certificate, signer, NID_subject_alt_name, names))
         && extend(certificate, signer, NID_subject_key_identifier, "hash")
         && extend(certificate, signer, NID_authority_key_identifier, "keyid:always")
         && X509_sign(certificate, issuer ? issuer->key : made->key, EVP_sha256()) > 0;
}

understudy_tls_identity *understudy_tls_identity_create(
    int purpose, const char *common_name, const char *names, int64_t not_before, int64_t not_after,
    const understudy_tls_identity *issuer) {
  understudy_tls_identity *made = calloc(1, sizeof *made);
  if (!made) return 0;
  made->key = EVP_EC_gen("P-256");
  made->certificate = X509_new();
  if (made->key && made->certificate && fill(made, purpose, common_name, names, not_before, not_after, issuer))
    return made;
  understudy_tls_identity_free(made);
  ERR_clear_error();
  return 0;
}

void understudy_tls_identity_free(understudy_tls_identity *identity) {
  if (!identity) return;
  EVP_PKEY_free(identity->key);
  X509_free(identity->certificate);
  free(identity);
}

char *understudy_tls_identity_text(const understudy_tls_identity *identity, bool key) {
  BIO *memory = BIO_new(BIO_s_mem());
  if (!memory) return 0;
  int written = key ? PEM_write_bio_PrivateKey(memory, identity->key, 0, 0, 0, 0, 0)
                    : PEM_write_bio_X509(memory, identity->certificate);
  char *bytes = 0;
  long count = BIO_get_mem_data(memory, &bytes);
  char *text = written == 1 && count > 0 ? malloc((size_t)count + 1) : 0;
  if (text) {
    memcpy(text, bytes, (size_t)count);
    text[count] = 0;
  }
  BIO_free(memory);
  ERR_clear_error();
  return text;
}

void understudy_tls_text_free(char *text) { free(text); }

int understudy_tls_write_file(const char *path, const char *text, bool secret) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644);
  if (file < 0) return -errno;
  size_t left = strlen(text);
  // One that was there keeps the permissions that it had.
  int error = secret && fchmod(file, 0600) < 0 ? errno : 0;
  while (left > 0 && !error) {
    ssize_t written = write(file, text, left);
    if (written >= 0) {
      text += written;
      left -= (size_t)written;
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (close(file) < 0 && !error) error = errno;
  return -error;
}
