/* A file in the user's state folder and secrets come in. Marks go out that are equal when
 * the secrets are, and say nothing else to whom has no key. */
#include "recording/identity_key.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/mem.h"

enum { NAME_HEX = 8, DIGEST_HEX = 16 };

static void add_hex(char *out, const unsigned char *bytes, size_t hex) {
    for (size_t i = 0; i < hex / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void digest_of(const struct identity_key *key, const char *text, size_t len,
                      unsigned char out[SHA256_DIGEST_SIZE]) {
    struct hmac_sha256_ctx hmac;

    hmac_sha256_set_key(&hmac, sizeof(key->bytes), key->bytes);
    hmac_sha256_update(&hmac, len, (const uint8_t *)text);
    hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, out);
}

static void name_key(struct identity_key *key) {
    static const char what[] = "the name of this key";
    unsigned char digest[SHA256_DIGEST_SIZE];

    digest_of(key, what, sizeof(what), digest);
    add_hex(key->name, digest, NAME_HEX);
}

/* False: it is not there, or holds something else. */
static bool read_key(struct identity_key *key, const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && read(fd, key->bytes, sizeof(key->bytes)) == sizeof(key->bytes);

    if (fd >= 0)
        close(fd);
    return ok;
}

/* Whole under its name or not at all; whoever came first has made the key. */
static bool make_key(const char *path) {
    unsigned char bytes[IDENTITY_KEY_BYTES];
    char *temporary = mem_printf("%s.%ld", path, (long)getpid());
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes) &&
              write(fd, bytes, sizeof(bytes)) == sizeof(bytes) && fsync(fd) == 0;

    if (fd >= 0 && close(fd) != 0)
        ok = false;
    if (ok && link(temporary, path) != 0)
        ok = errno == EEXIST;
    if (fd >= 0)
        unlink(temporary);
    free(temporary);
    return ok;
}

bool identity_key_load(struct identity_key *key, const char *path, struct err *err) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup(".");
    bool ok = read_key(key, path);

    key->name[0] = '\0';
    if (!ok && file_make_dir(folder, err)) {
        ok = make_key(path);
        if (!ok)
            err_at(err, ERR_OS, 0, 0, "%s: cannot make it: %s", path, strerror(errno));
        else if (!(ok = read_key(key, path)))
            err_at(err, ERR_OS, 0, 0, "%s: is no key of %d bytes; remove it", path,
                   IDENTITY_KEY_BYTES);
    }
    if (ok)
        name_key(key);
    free(folder);
    return ok;
}

void identity_mark(const struct identity_key *key, const char *secret, size_t len,
                   char out[IDENTITY_MARK_SIZE]) {
    unsigned char digest[SHA256_DIGEST_SIZE];

    digest_of(key, secret, len, digest);
    snprintf(out, IDENTITY_MARK_SIZE, "%s:", key->name);
    add_hex(out + NAME_HEX + 1, digest, DIGEST_HEX);
}

bool identity_marks_comparable(const char *a, const char *b) {
    return strncmp(a, b, NAME_HEX + 1) == 0;
}

bool identity_mark_valid(const char *text) {
    return strlen(text) == IDENTITY_MARK_SIZE - 1 && text[NAME_HEX] == ':' &&
           strspn(text, "0123456789abcdef") == NAME_HEX &&
           strspn(text + NAME_HEX + 1, "0123456789abcdef") == DIGEST_HEX;
}
