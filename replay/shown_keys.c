/* In: the keys that clients show. Out: the recorded key that each stands for. */
#include "replay/shown_keys.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "recording/key_token.h"

const char *shown_keys_main(const struct replay *r) {
    return r->histories->main_key ? r->histories->main_key : "key:main";
}

const char *shown_keys_account(const struct replay *r, const char *token) {
    const char *known =
        json_string_value(json_object_get(r->histories->accounts, token));

    if (known)
        return known;
    return key_token_role(token) == API_OTHER_ACCOUNT ? "other"
           : str_starts(token, "key:") && strncmp(token, "key:unknown", 11) != 0
               ? "main"
               : "";
}

/* For a role that the recording does not name: a key that was let in, of that mode, and
 * that no other role has. */
static const char *token_for_role(const struct replay *r, const char *role) {
    bool live = strcmp(role, "live") == 0;
    char *token = mem_printf("key:%s", role);
    const char *found = NULL, *key;
    json_t *unused;

    for (void *i = json_object_iter(r->histories->accounts); i && !found;
         i = json_object_iter_next(r->histories->accounts, i))
        if (strcmp(json_object_iter_key(i), token) == 0)
            found = json_object_iter_key(i);
    free(token);
    if (found)
        return found;
    if (strcmp(role, "main") == 0)
        return r->histories->main_key;
    json_object_foreach(r->histories->accounts, key, unused) {
        bool taken = false;
        const char *shown;
        json_t *value;

        json_object_foreach(r->keys, shown, value)
            taken = taken || strcmp(json_string_value(value), key) == 0;
        if (!taken && *json_string_value(unused) && key_token_is_live(key) == live &&
            key != r->histories->main_key)
            return key;
    }
    return NULL;
}

void shown_keys_add(struct replay *r, const char *key, const char *token,
                    const char *user) {
    const char *account = shown_keys_account(r, token);
    bool live = key_token_is_live(token);
    struct model_key k = {key, account, user, live};

    json_object_set_new_nocheck(r->keys, key, json_string_nocheck(token));
    if (*account && !model_knows_key(r->model, key))
        model_add_key(r->model, &k);
}

void shown_keys_init(struct replay *r) {
    const struct profile *p = r->options.credentials;

    r->keys = json_object();
    if (r->options.key)
        shown_keys_add(r, r->options.key, shown_keys_main(r), NULL);
    for (size_t i = 0; p && i < p->credential_count; i++) {
        const struct credential *c = &p->credentials[i];
        const char *token = token_for_role(r, c->role);
        char *own = mem_printf("key:%s", c->role);

        shown_keys_add(r, c->key, token ? token : own, c->user);
        free(own);
    }
}

/* A recorded key without a role that nobody has shown here yet. With credentials also
 * one that was let in: the implementation took a key that it should not. */
static const char *free_token(const struct replay *r, const char *fingerprint,
                              const char *user) {
    for (size_t i = 0; i < r->histories->count; i++) {
        const struct interaction *t = &r->histories->interactions[i];
        const char *token = t->key.credential, *shown;
        bool taken = false, number;
        json_t *value;

        if (t->history < 0 || !token || strcmp(t->key.fingerprint, fingerprint) != 0 ||
            (user && (!t->key.user || strcmp(t->key.user, user) != 0)))
            continue;
        number = str_starts(token, "key:") && token[4] >= '0' && token[4] <= '9';
        json_object_foreach(r->keys, shown, value)
            taken = taken || strcmp(json_string_value(value), token) == 0;
        if (number && !taken &&
            (r->options.credentials || !*shown_keys_account(r, token)) &&
            (!r->histories->main_key || strcmp(token, r->histories->main_key) != 0))
            return token;
    }
    return NULL;
}

/* One that was shown for the same user, best. */
static const char *token_for(const struct replay *r, const struct request_key *a) {
    char *user = a->user ? renaming_text(&r->sessions.renaming, a->user, false) : NULL;
    const char *token = user ? free_token(r, a->fingerprint, user) : NULL;

    free(user);
    return token ? token : free_token(r, a->fingerprint, NULL);
}

/* --- the first key of all --- */

/* What the text of a key says, and of its token: test, live, or nothing. */
static char mode_of_key(const char *key) {
    return strstr(key, "_test_") ? 't' : strstr(key, "_live_") ? 'l' : '-';
}

static char mode_of_token(const char *token) {
    return str_ends(token, "(test)") ? 't' : str_ends(token, "(live)") ? 'l' : '-';
}

/* Was such a request recorded with that key: of the same name and user, and when? */
struct evidence {
    bool any, exact;
    size_t first;
};

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct evidence evidence_for(const struct replay *r, const char *token,
                                    const struct request_key *a) {
    struct evidence e = {.first = SIZE_MAX};

    for (size_t i = 0; i < r->histories->count; i++) {
        const struct request_key *k = &r->histories->interactions[i].key;
        bool exact;

        if (!k->credential || strcmp(k->credential, token) != 0 ||
            strcmp(k->fingerprint, a->fingerprint) != 0)
            continue;
        exact = same_text(k->name, a->name) && same_text(k->user, a->user);
        if (!e.any || (exact && !e.exact))
            e = (struct evidence){true, exact, i};
    }
    return e;
}

/* Nobody says which is the main key: the first one that is shown, unless what it asks was
 * recorded with one that was refused, and less so with the main one. */
static const char *first_token(const struct replay *r, const struct request_key *a) {
    const char *main_key = shown_keys_main(r), *other = token_for(r, a);
    struct evidence of_main, of_other;
    char mode = mode_of_key(a->credential);

    if (!other)
        return main_key;
    of_main = evidence_for(r, main_key, a);
    of_other = evidence_for(r, other, a);
    if (!of_main.any)
        return other;
    if ((mode_of_token(main_key) == mode) != (mode_of_token(other) == mode))
        return mode_of_token(main_key) == mode ? main_key : other;
    if (of_main.exact != of_other.exact)
        return of_main.exact ? main_key : other;
    return of_other.first < of_main.first ? other : main_key;
}

static bool is_main_known(const struct replay *r) {
    const char *key;
    json_t *token;

    json_object_foreach(r->keys, key, token) {
        if (strcmp(json_string_value(token), shown_keys_main(r)) == 0)
            return true;
    }
    return false;
}

const char *shown_keys_token(struct replay *r, const struct request_key *a) {
    const char *key = a->credential, *token;
    json_t *known;

    if (!key)
        return NULL;
    if (strcmp(key, r->own_key) == 0)
        return shown_keys_main(r);
    if ((known = json_object_get(r->keys, key)))
        return json_string_value(known);
    token = r->histories->main_key && !r->options.credentials && !is_main_known(r)
                ? first_token(r, a)
                : token_for(r, a);
    if (!token)
        return SHOWN_KEY_UNKNOWN;
    shown_keys_add(r, key, token, NULL);
    return json_string_value(json_object_get(r->keys, key));
}
