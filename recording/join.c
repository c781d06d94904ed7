/* Two recordings come in. One goes out, in which a token of the second never passes for
 * another secret of the first, and nothing of the second happened during the first. */
#include "recording/join.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "recording/identity.h"
#include "recording/redact/redactor.h"

struct renaming_tokens {
    const struct recording *second;
    json_t *by_mark; /* mark -> token of the first */
    json_t *highest; /* kind -> its highest number in the first */
    json_t *names;   /* token of the second -> token in the whole */
};

static size_t number_at(const char *token) {
    size_t at = strcspn(token, ":") + 1;

    return token[at] >= '0' && token[at] <= '9' ? at : 0;
}

static void note_highest(void *context, const char *token, size_t len) {
    struct renaming_tokens *n = context;
    size_t at = number_at(token);
    json_int_t number = at ? (json_int_t)strtoul(token + at, NULL, 10) : 0;

    (void)len;
    if (at && number > json_integer_value(json_object_getn(n->highest, token, at)))
        json_object_setn_new_nocheck(n->highest, token, at, json_integer(number));
}

static char *next_token(struct renaming_tokens *n, const char *token, size_t at) {
    json_int_t number = json_integer_value(json_object_getn(n->highest, token, at)) + 1;
    const char *note = token + at + strspn(token + at, "0123456789");

    json_object_setn_new_nocheck(n->highest, token, at, json_integer(number));
    return mem_printf("%.*s%lld%s", (int)at, token, (long long)number, note);
}

/* What it is called in the whole; those named by a role stay. */
static const char *name_in_whole(struct renaming_tokens *n, const char *token) {
    const json_t *known = json_object_get(n->names, token);
    const char *mark = recording_mark(n->second, token), *same;
    size_t at = number_at(token);
    char *fresh;

    if (!at)
        return token;
    if (known)
        return json_string_value(known);
    same = mark ? json_string_value(json_object_get(n->by_mark, mark)) : NULL;
    fresh = same ? mem_strdup(same) : next_token(n, token, at);
    json_object_set_new_nocheck(n->names, token, json_string_nocheck(fresh));
    free(fresh);
    return json_string_value(json_object_get(n->names, token));
}

/* --- the texts --- */

static bool is_letter(char c) {
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static void rename_text(struct renaming_tokens *n, char **text, size_t *len) {
    size_t end = *text ? (len ? *len : strlen(*text)) : 0;
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (size_t i = 0; i < end;) {
        size_t token =
            i && is_letter((*text)[i - 1]) ? 0 : redactor_token(*text + i, end - i);
        char *whole, *bare;

        if (!token) {
            buf_addc(&out, (*text)[i++]);
            continue;
        }
        whole = mem_strndup(*text + i, token);
        bare = redactor_token_bare(whole);
        buf_adds(&out, name_in_whole(n, bare));
        buf_adds(&out, whole + strlen(bare)); /* of a number in JSON */
        free(whole);
        free(bare);
        i += token;
        any = true;
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, len);
    }
    buf_release(&out);
}

static void rename_headers(struct renaming_tokens *n, struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++) {
        rename_text(n, http_owned(&h->items[i].name), NULL);
        rename_text(n, http_owned(&h->items[i].value), NULL);
    }
}

static void rename_exchange(struct renaming_tokens *n, struct recorded *x) {
    rename_text(n, http_owned(&x->request.target), NULL);
    rename_headers(n, &x->request.headers);
    rename_text(n, http_owned(&x->request.body), &x->request.body_len);
    rename_text(n, &x->response.reason, NULL);
    rename_headers(n, &x->response.headers);
    rename_text(n, &x->response.body, &x->response.body_len);
    rename_headers(n, &x->trailers);
    rename_text(n, &x->failure, NULL);
}

static void rename_marks(struct renaming_tokens *n, struct recording *r) {
    json_t *old = r->marks, *mark;
    const char *token;

    r->marks = NULL;
    json_object_foreach(old, token, mark) {
        const char *name = number_at(token)
                               ? json_string_value(json_object_get(n->names, token))
                               : token;

        if (name) /* else it stands nowhere */
            recording_add_mark(r, name, json_string_value(mark));
    }
    json_decref(old);
}

static void rename_tokens(struct recording *next, const struct recording *all) {
    struct renaming_tokens n = {next, json_object(), json_object(), json_object()};
    const char *token;
    json_t *mark;

    for (size_t i = 0; i < all->count; i++)
        identity_each_token(&all->items[i], note_highest, &n);
    json_object_foreach(all->marks, token, mark)
        json_object_set_new(n.by_mark, json_string_value(mark), json_string(token));
    for (size_t i = 0; i < next->count; i++)
        rename_exchange(&n, &next->items[i]);
    rename_marks(&n, next);
    json_decref(n.by_mark);
    json_decref(n.highest);
    json_decref(n.names);
}

/* One after the other, whenever they were made: else they would seem to overlap. */
static void put_after(struct recording *next, const struct recording *all) {
    int64_t end_us = 0, end_ms;

    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].ended_us > end_us)
            end_us = all->items[i].ended_us;
    end_ms = all->started_ms + end_us / 1000 + 1;
    if (all->count && next->started_ms < end_ms)
        next->started_ms = end_ms;
}

void recording_join(struct recording *all, struct recording *next) {
    if (all->count)
        rename_tokens(next, all);
    put_after(next, all);
    recording_append(all, next);
}
