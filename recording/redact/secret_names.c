/* A name comes in, in any spelling; out goes whether what stands under it is secret. */
#include "recording/redact/secret_names.h"

#include <string.h>

enum { MAX_WORDS = 12, MAX_WORD = 24 };

struct words { /* in small letters */
    char of[MAX_WORDS][MAX_WORD + 1];
    size_t count;
};

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c) {
    return is_upper(c) || is_lower(c);
}

/* Does a new word begin at i? apiKey, APIKey */
static bool begins(const char *name, size_t len, size_t i) {
    if (i == 0 || !is_letter(name[i - 1]))
        return true;
    if (!is_upper(name[i]))
        return false;
    return is_lower(name[i - 1]) || (i + 1 < len && is_lower(name[i + 1]));
}

static void split(struct words *w, const char *name, size_t len) {
    size_t n = 0;

    w->count = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_letter(name[i]))
            continue;
        if (begins(name, len, i)) {
            if (w->count == MAX_WORDS)
                return;
            n = 0;
            w->count++;
        }
        if (n < MAX_WORD)
            w->of[w->count - 1][n++] = (char)(name[i] | 0x20);
        w->of[w->count - 1][n] = '\0';
    }
}

static bool is_one_of(const char *word, const char *const *of) {
    for (; *of; of++)
        if (strcmp(word, *of) == 0)
            return true;
    return false;
}

static bool has_one_of(const struct words *w, const char *const *of) {
    for (size_t i = 0; i < w->count; i++)
        if (is_one_of(w->of[i], of))
            return true;
    return false;
}

static bool starts(const char *word, const char *const *with) {
    for (; *with; with++)
        if (strncmp(word, *with, strlen(*with)) == 0)
            return true;
    return false;
}

static bool ends(const char *word, const char *const *with) {
    size_t len = strlen(word);

    for (; *with; with++) {
        size_t n = strlen(*with);

        if (len >= n && strcmp(word + len - n, *with) == 0)
            return true;
    }
    return false;
}

/* "authority" is none, "authorisation" is; "passed" is none, "passcode" is. */
static bool is_secret_word(const char *word) {
    static const char *const whole[] = {
        "pwd", "pw",       "otp",      "totp",    "pin", "pins", "jwt",
        "sig", "creds",    "bearer",   "session", "sid", "cred", "passes",
        "mfa", "verifier", "mnemonic", "ssn",     "cvc", "cvv",  NULL};
    static const char *const beginnings[] = {"secret",     "token",     "password",
                                             "credential", "signature", "assertion",
                                             "passw",      NULL};
    static const char *const endings[] = {
        "secret", "token",      "tokens",     "password",    "passwords",
        "passwd", "passphrase", "credential", "credentials", "signature",
        "pwd",    "assertion",  NULL};
    static const char *const no_pass[] = {
        "passe", "passi", "passage", "passport", "passthrough", "passive", NULL};
    static const char *const no_auth[] = {"author", NULL};
    static const char *const yes_auth[] = {"authoriz", "authoris", NULL};
    static const char *const pass[] = {"pass", NULL}, *const auth[] = {"auth", NULL};

    if (is_one_of(word, whole) || starts(word, beginnings) || ends(word, endings))
        return true;
    if (starts(word, pass))
        return !starts(word, no_pass);
    return starts(word, auth) && (!starts(word, no_auth) || starts(word, yes_auth));
}

static bool is_key_word(const char *word) {
    static const char *const keys[] = {"key", "keys", NULL};
    static const char *const others[] = {"monkey",  "turkey", "donkey", "hockey",
                                         "whiskey", "jockey", NULL};

    return ends(word, keys) && !is_one_of(word, others);
}

/* What says of a key that it is none of a lock. */
static bool is_other_key(const struct words *w) {
    static const char *const kinds[] = {
        "idempotency",   "idempotent", "surrogate", "public",  "primary",
        "foreign",       "sort",       "partition", "cache",   "row",
        "index",         "lookup",     "dedupe",    "dedup",   "object",
        "deduplication", "websocket",  "grouping",  "routing", "message",
        "issue",         NULL};

    return has_one_of(w, kinds);
}

/* What is told of a secret, not the secret: token_type, Access-Control-Allow-.. */
static bool tells_about(const struct words *w) {
    static const char *const last[] = {
        "type",      "types",   "count", "length", "expires", "expiry",
        "ttl",       "size",    "limit", "status", "policy",  "endpoint",
        "required",  "enabled", "at",    "in",     "method",  "methods",
        "algorithm", "alg",     "age",   "used",   "version", NULL};
    static const char *const first[] = {"access", "www", "proxy", NULL};

    if (w->count > 1 && is_one_of(w->of[w->count - 1], last))
        return true;
    if (w->count > 2 && is_one_of(w->of[0], first) && strcmp(w->of[1], "control") == 0)
        return true;
    return w->count == 2 && is_one_of(w->of[0], first) &&
           strcmp(w->of[1], "authenticate") == 0;
}

static enum secret_kind kind_of(const char *name, size_t len) {
    static const char *const payload[] = {"payload", NULL}, *const payloads[] = {
                                                                "payload", "payloads",
                                                                NULL};
    struct words w;
    bool secret = false, key = false;

    split(&w, name, len);
    for (size_t i = 0; i < w.count; i++) {
        if (starts(w.of[i], payload) || ends(w.of[i], payloads))
            return SECRET_PAYLOAD;
        secret = secret || is_secret_word(w.of[i]);
        key = key || (is_key_word(w.of[i]) && !(w.count == 1 && len <= 4));
    }
    if (!secret && (!key || is_other_key(&w)))
        return SECRET_NONE;
    return tells_about(&w) ? SECRET_NONE : SECRET_CREDENTIAL;
}

/* The same names come again and again. */
enum secret_kind secret_name_kind(const char *name, size_t len) {
    enum { SLOTS = 64, LONGEST = 30 };
    static _Thread_local struct {
        char name[LONGEST];
        unsigned char len, kind;
    } known[SLOTS];
    unsigned hash = 2166136261u, slot;

    if (!len || len > LONGEST)
        return kind_of(name, len);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    slot = hash % SLOTS;
    if (known[slot].len != len || memcmp(known[slot].name, name, len) != 0) {
        known[slot].kind = (unsigned char)kind_of(name, len);
        known[slot].len = (unsigned char)len;
        memcpy(known[slot].name, name, len);
    }
    return known[slot].kind;
}

bool secret_name_hides(const char *key) {
    const char *open = strrchr(key, '['),
               *name = open && open[1] != ']' ? open + 1 : key;
    size_t len;

    name += strspn(name, " ");
    len = strcspn(name, "[] ");
    return secret_name_is_key(name, len) || secret_name_kind(name, len) != SECRET_NONE;
}

bool secret_name_is_key(const char *name, size_t len) {
    return len == 3 && strncasecmp(name, "key", 3) == 0;
}

bool secret_name_is_identifier(const char *name, size_t len) {
    static const char *const words[] = {
        "id",      "ids",      "uuid",    "guid",        "name",        "names",
        "object",  "ray",      "trace",   "traceparent", "tracestate",  "span",
        "request", "etag",     "nonce",   "digest",      "hash",        "sha",
        "md",      "checksum", "cursor",  "boundary",    "version",     "commit",
        "build",   "revision", "date",    "correlation", "idempotency", "user",
        "url",     "uri",      "link",    "location",    "server",      "via",
        "agent",   "created",  "expires", "after",       "before",      "match",
        "type",    "message",  "code",    "param",       "host",        "report",
        "nel",     "policy",   "content", "accept",      "region",      "served",
        "path",    NULL};
    struct words w;

    split(&w, name, len);
    return has_one_of(&w, words);
}

size_t secret_name_spelt(const char *text, size_t len, const char *name) {
    size_t n = 0;

    for (; *name; name++) {
        if (*name == '_' || *name == '-')
            continue;
        while (n && n < len && (text[n] == '_' || text[n] == '-'))
            n++;
        if (n == len ||
            (text[n] != *name && ((text[n] ^ *name) != 0x20 || (*name | 0x20) < 'a')))
            return 0;
        n++;
    }
    return n;
}
