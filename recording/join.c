/* Two recordings come in. One goes out, in which equal tokens stand for equal values.
 * */
#include "recording/join.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"
#include "recording/history/history_load.h"
#include "recording/key_token.h"
#include "recording/redact/redactor.h"

static char *main_key(const struct recording *r) {
    struct histories *s = histories_new(r);
    char *key = mem_strdup(s->main_key);

    histories_free(s);
    return key;
}

static bool has_role(const char *key) {
    return key_token_role(key) != API_ROLES;
}

static void rename_text(char **text, size_t *len, const char *from, const char *to) {
    size_t n = strlen(from), end = *text ? (len ? *len : strlen(*text)) : 0, at = 0;
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    while (at < end) {
        if (end - at >= n && memcmp(*text + at, from, n) == 0 &&
            redactor_token(*text + at, end - at) == n) {
            buf_adds(&out, to);
            at += n;
            any = true;
        } else {
            buf_addc(&out, (*text)[at++]);
        }
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, len);
    }
    buf_release(&out);
}

static void rename_key(struct recording *r, const char *from, const char *to) {
    for (size_t i = 0; i < r->count; i++) {
        struct recorded *x = &r->items[i];

        for (size_t k = 0; k < x->request.headers.count; k++)
            rename_text(http_owned(&x->request.headers.items[k].value), NULL, from, to);
        rename_text(&x->response.body, &x->response.body_len, from, to);
    }
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
    char *first = NULL, *second = NULL;

    if (all->count) {
        redactor_renumber(next, all);
        first = main_key(all);
        second = main_key(next);
    }
    if (first && second && strcmp(first, second) != 0 &&
        key_token_is_live(first) == key_token_is_live(second)) {
        if (!has_role(second))
            rename_key(next, second, first);
        else if (!has_role(first))
            rename_key(all, first, second);
    }
    free(first);
    free(second);
    put_after(next, all);
    recording_append(all, next);
}
