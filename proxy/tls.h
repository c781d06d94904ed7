/*
 * tls.h - the certificate that a server of ours shows: from files, or made by an
 * authority of our own.
 *
 * The authority is a pair of files in a folder, made when they are not there: ca.pem,
 * for those who shall trust it, and ca-key.pem, readable by its owner only. Several
 * processes may make it at once. The server's own certificate is made anew at each
 * start and never written.
 *
 * Errors     false with `err`; the identity is then empty.
 * Ownership  tls_release() frees what the others filled in.
 * Threads    none shared.
 */
#ifndef ASSAY_PROXY_TLS_H
#define ASSAY_PROXY_TLS_H

#include "core/err.h"

struct tls_identity {
    char *cert, *key; /* PEM texts */
    char *ca_path;    /* of ca.pem; NULL for files of the user's */
};

/* The user's own files. */
bool tls_load(struct tls_identity *id, const char *cert_path, const char *key_path,
              struct err *err);
/* For these names and addresses, besides localhost and the loopback. The authority is
 * kept in `ca_folder`; NULL = in the user's state folder. */
bool tls_make(struct tls_identity *id, const char *ca_folder, const char *const *hosts,
              size_t count, struct err *err);
void tls_release(struct tls_identity *id);

#endif
