/* In: paths of PEM files, or a folder and the names that a server is called by. Out: a
 * certificate and its key as PEM texts, and where the authority's certificate lies. */
#include "proxy/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum {
    MAX_PEM = 1 << 20,
    DAY_S = 86400,
    CA_DAYS = 3650,
    SERVER_DAYS = 397, /* what browsers accept at most */
};

bool tls_load(struct tls_identity *id, const char *cert_path, const char *key_path,
              struct err *err) {
    *id = (struct tls_identity){.cert = file_slurp(cert_path, MAX_PEM, NULL, err)};
    id->key = id->cert ? file_slurp(key_path, MAX_PEM, NULL, err) : NULL;
    if (id->key)
        return true;
    tls_release(id);
    return false;
}

void tls_release(struct tls_identity *id) {
    free(id->cert);
    free(id->key);
    free(id->ca_path);
    *id = (struct tls_identity){0};
}

/* --- making one --- */

/* A key and its certificate under way. */
struct making {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t crt;
};

static void making_release(struct making *m) {
    if (m->crt)
        gnutls_x509_crt_deinit(m->crt);
    if (m->key)
        gnutls_x509_privkey_deinit(m->key);
    *m = (struct making){0};
}

static bool failed(int code, struct err *err) {
    if (code >= 0)
        return false;
    err_at(err, ERR_OS, 0, 0, "cannot make a certificate: %s", gnutls_strerror(code));
    return true;
}

static bool begin(struct making *m, const char *name, int days, struct err *err) {
    unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    unsigned char serial[16], id[20];
    size_t id_len = sizeof(id);
    time_t now = time(NULL);

    if (failed(gnutls_x509_privkey_init(&m->key), err) ||
        failed(gnutls_x509_privkey_generate(m->key, GNUTLS_PK_ECDSA, bits, 0), err) ||
        failed(gnutls_x509_crt_init(&m->crt), err) ||
        failed(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)), err))
        return false;
    serial[0] &= 0x7f; /* a positive number */
    return !(
        failed(gnutls_x509_crt_set_version(m->crt, 3), err) ||
        failed(gnutls_x509_crt_set_serial(m->crt, serial, sizeof(serial)), err) ||
        failed(gnutls_x509_crt_set_activation_time(m->crt, now - DAY_S), err) ||
        failed(gnutls_x509_crt_set_expiration_time(m->crt, now + days * DAY_S), err) ||
        failed(gnutls_x509_crt_set_dn_by_oid(m->crt, GNUTLS_OID_X520_COMMON_NAME, 0,
                                             name, (unsigned)strlen(name)),
               err) ||
        failed(gnutls_x509_crt_set_key(m->crt, m->key), err) ||
        failed(gnutls_x509_crt_get_key_id(m->crt, 0, id, &id_len), err) ||
        failed(gnutls_x509_crt_set_subject_key_id(m->crt, id, id_len), err));
}

static bool sign(struct making *m, const struct making *by, struct err *err) {
    unsigned char id[20];
    size_t len = sizeof(id);

    return !(
        failed(gnutls_x509_crt_get_key_id(by->crt, 0, id, &len), err) ||
        failed(gnutls_x509_crt_set_authority_key_id(m->crt, id, len), err) ||
        failed(gnutls_x509_crt_sign2(m->crt, by->crt, by->key, GNUTLS_DIG_SHA256, 0),
               err));
}

static char *pem_of_key(const struct making *m, struct err *err) {
    gnutls_datum_t text = {0};
    char *pem = NULL;

    if (!failed(gnutls_x509_privkey_export2(m->key, GNUTLS_X509_FMT_PEM, &text), err))
        pem = mem_strndup((char *)text.data, text.size);
    gnutls_free(text.data);
    return pem;
}

static char *pem_of_crt(const struct making *m, struct err *err) {
    gnutls_datum_t text = {0};
    char *pem = NULL;

    if (!failed(gnutls_x509_crt_export2(m->crt, GNUTLS_X509_FMT_PEM, &text), err))
        pem = mem_strndup((char *)text.data, text.size);
    gnutls_free(text.data);
    return pem;
}

/* --- the authority --- */

static bool write_private(const char *path, const char *text, struct err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 &&
              write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;

    if (!ok)
        err_at(err, ERR_OS, 0, 0, "cannot write %.200s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool make_authority(struct making *ca, const char *cert_path,
                           const char *key_path, struct err *err) {
    char *cert = NULL, *key = NULL;
    bool ok = begin(ca, "Assay, an authority of this machine's own", CA_DAYS, err) &&
              !failed(gnutls_x509_crt_set_basic_constraints(ca->crt, 1, 0), err) &&
              !failed(gnutls_x509_crt_set_key_usage(ca->crt, GNUTLS_KEY_KEY_CERT_SIGN |
                                                                 GNUTLS_KEY_CRL_SIGN),
                      err) &&
              sign(ca, ca, err) && (key = pem_of_key(ca, err)) &&
              (cert = pem_of_crt(ca, err)) && write_private(key_path, key, err) &&
              file_replace(cert_path, cert, strlen(cert), err);

    free(cert);
    free(key);
    return ok;
}

static bool load_authority(struct making *ca, const char *cert_path,
                           const char *key_path, struct err *err) {
    struct tls_identity files;
    gnutls_datum_t cert, key;
    bool ok;

    if (!tls_load(&files, cert_path, key_path, err))
        return false;
    cert = (gnutls_datum_t){(unsigned char *)files.cert, (unsigned)strlen(files.cert)};
    key = (gnutls_datum_t){(unsigned char *)files.key, (unsigned)strlen(files.key)};
    ok = gnutls_x509_crt_init(&ca->crt) >= 0 &&
         gnutls_x509_privkey_init(&ca->key) >= 0 &&
         gnutls_x509_crt_import(ca->crt, &cert, GNUTLS_X509_FMT_PEM) >= 0 &&
         gnutls_x509_privkey_import2(ca->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) >= 0;
    if (!ok)
        err_at(err, ERR_SYNTAX, 0, 0,
               "%.200s and %.200s are no certificate and its key; remove both, and "
               "others are made",
               cert_path, key_path);
    else if (gnutls_x509_crt_get_expiration_time(ca->crt) < time(NULL) + DAY_S)
        ok = err_at(err, ERR_SYNTAX, 0, 0,
                    "the certificate in %.200s is over; remove it and its key, and "
                    "others are made",
                    cert_path);
    tls_release(&files);
    return ok;
}

/* One process at a time: else two would make a half each. */
static bool take_authority(struct making *ca, const char *folder, const char *cert_path,
                           struct err *err) {
    char *key_path = mem_printf("%s/ca-key.pem", folder);
    char *lock_path = mem_printf("%s/lock", folder);
    int lock = -1;
    bool ok = file_make_dir(folder, err);

    if (ok) {
        lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ok = lock >= 0 && flock(lock, LOCK_EX) == 0;
        if (!ok)
            err_at(err, ERR_OS, 0, 0, "cannot lock %.200s: %s", lock_path,
                   strerror(errno));
    }
    if (ok)
        ok = file_exists(cert_path) && file_exists(key_path)
                 ? load_authority(ca, cert_path, key_path, err)
                 : make_authority(ca, cert_path, key_path, err);
    if (lock >= 0)
        close(lock);
    free(key_path);
    free(lock_path);
    return ok;
}

/* --- the server's --- */

static bool add_host(struct making *m, const char *host, struct err *err) {
    unsigned char address[16];
    size_t len = strlen(host);
    char *plain =
        host[0] == '[' && len > 2 ? mem_strndup(host + 1, len - 2) : mem_strdup(host);
    int code;

    if (inet_pton(AF_INET, plain, address) == 1)
        code = gnutls_x509_crt_set_subject_alt_name(m->crt, GNUTLS_SAN_IPADDRESS,
                                                    address, 4, GNUTLS_FSAN_APPEND);
    else if (inet_pton(AF_INET6, plain, address) == 1)
        code = gnutls_x509_crt_set_subject_alt_name(m->crt, GNUTLS_SAN_IPADDRESS,
                                                    address, 16, GNUTLS_FSAN_APPEND);
    else
        code = gnutls_x509_crt_set_subject_alt_name(m->crt, GNUTLS_SAN_DNSNAME, plain,
                                                    (unsigned)strlen(plain),
                                                    GNUTLS_FSAN_APPEND);
    free(plain);
    return !failed(code, err);
}

static bool add_hosts(struct making *m, const char *const *hosts, size_t count,
                      struct err *err) {
    static const char *const own[] = {"localhost", "127.0.0.1", "::1"};

    for (size_t i = 0; i < count; i++)
        if (!add_host(m, hosts[i], err))
            return false;
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (!add_host(m, own[i], err))
            return false;
    return true;
}

bool tls_make(struct tls_identity *id, const char *ca_folder, const char *const *hosts,
              size_t count, struct err *err) {
    char *folder = ca_folder ? mem_strdup(ca_folder) : file_in_state("ca");
    char *cert_path = mem_printf("%s/ca.pem", folder ? folder : "");
    struct making ca = {0}, server = {0};
    bool ok =
        (folder || err_at(err, ERR_OS, 0, 0,
                          "there is no place for a certificate authority: name one "
                          "with --ca, or set HOME or XDG_STATE_HOME")) &&
        take_authority(&ca, folder, cert_path, err) &&
        begin(&server, "Assay", SERVER_DAYS, err) &&
        add_hosts(&server, hosts, count, err) &&
        !failed(gnutls_x509_crt_set_basic_constraints(server.crt, 0, -1), err) &&
        !failed(gnutls_x509_crt_set_key_usage(server.crt, GNUTLS_KEY_DIGITAL_SIGNATURE),
                err) &&
        !failed(gnutls_x509_crt_set_key_purpose_oid(server.crt,
                                                    GNUTLS_KP_TLS_WWW_SERVER, 0),
                err) &&
        sign(&server, &ca, err);

    *id = (struct tls_identity){0};
    if (ok) {
        id->cert = pem_of_crt(&server, err);
        id->key = pem_of_key(&server, err);
        id->ca_path = realpath(cert_path, NULL);
        ok = id->cert && id->key && id->ca_path;
    }
    if (!ok)
        tls_release(id);
    making_release(&server);
    making_release(&ca);
    free(cert_path);
    free(folder);
    return ok;
}
