/* Two recordings come in. What changed from one to the other goes out, exchange by
 * exchange. */
#include "recording/recording_diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/edit_script.h"
#include "core/mem.h"

struct diff_work {
    struct recording_diff *d;
    json_t *there, *here; /* reference of one -> of the other */
    json_t *seen_in;      /* "a id.3" -> number of the exchange that had it first */
};

static struct recording_change *add(struct recording_diff *d, enum change_kind kind,
                                    size_t a, size_t b) {
    d->items = mem_grow(d->items, d->count + 1, sizeof(*d->items));
    d->items[d->count] = (struct recording_change){kind, a, b, NULL};
    return &d->items[d->count++];
}

static uint64_t *hashes(const struct stable_texts *t) {
    uint64_t *all = mem_new(t->count + 1, sizeof(*all));

    for (size_t i = 0; i < t->count; i++)
        all[i] = edit_hash(t->items[i].text, t->items[i].len);
    return all;
}

/* --- what ids and tokens stand for --- */

static long long first_seen(const struct diff_work *w, char side, const char *ref) {
    char *key = mem_printf("%c %s", side, ref);
    json_int_t number = json_integer_value(json_object_get(w->seen_in, key));

    free(key);
    return (long long)number;
}

static void see(struct diff_work *w, char side, const char *ref, uint64_t number) {
    char *key = mem_printf("%c %s", side, ref);

    if (!json_object_get(w->seen_in, key))
        json_object_set_new_nocheck(w->seen_in, key, json_integer((json_int_t)number));
    free(key);
}

/* Does that pair agree with those before? NULL, or what does not; free(). */
static char *pair(struct diff_work *w, const char *a, const char *b) {
    const char *was = json_string_value(json_object_get(w->there, a)),
               *is = json_string_value(json_object_get(w->here, b));

    if (!was && !is) {
        json_object_set_new_nocheck(w->there, a, json_string_nocheck(b));
        json_object_set_new_nocheck(w->here, b, json_string_nocheck(a));
        return NULL;
    }
    if (was && is && strcmp(was, b) == 0 && strcmp(is, a) == 0)
        return NULL;
    if (was && first_seen(w, 'b', was))
        return mem_printf(
            "%s was first seen in exchange %lld; here stands %s, not %s of "
            "exchange %lld",
            a, first_seen(w, 'a', a), b, was, first_seen(w, 'b', was));
    return mem_printf("%s stands here for two that differed, %s and %s", b, a,
                      is ? is : "another one");
}

static void compare_identity(struct diff_work *w, size_t a, size_t b) {
    const struct stable_text *x = &w->d->a_texts.items[a], *y = &w->d->b_texts.items[b];
    char *what = NULL;

    for (size_t i = 0; i < x->ref_count && i < y->ref_count; i++) {
        char *wrong = pair(w, x->refs[i], y->refs[i]);

        see(w, 'a', x->refs[i], w->d->a->items[a].number);
        see(w, 'b', y->refs[i], w->d->b->items[b].number);
        if (wrong && !what)
            what = wrong;
        else
            free(wrong);
    }
    if (what)
        add(w->d, CHANGE_IDENTITY, a, b)->what = what;
    else
        w->d->same++;
}

/* --- what goes and comes --- */

static bool same_request(const struct recorded *x, const struct recorded *y) {
    size_t path = http_target_path_len(x->request.target);

    return strcmp(x->request.method, y->request.method) == 0 &&
           path == http_target_path_len(y->request.target) &&
           memcmp(x->request.target, y->request.target, path) == 0;
}

/* Between two exchanges that stayed: `gone` and `came` at most, in order. */
static void add_gap(struct diff_work *w, const size_t *gone, size_t gone_count,
                    const size_t *came, size_t came_count) {
    size_t k = 0;

    for (size_t i = 0; i < gone_count; i++) {
        size_t match = k;

        while (match < came_count &&
               !same_request(&w->d->a->items[gone[i]], &w->d->b->items[came[match]]))
            match++;
        if (match == came_count || came_count - match < (gone_count - i) / 2) {
            add(w->d, CHANGE_GONE, gone[i], 0);
            continue;
        }
        for (; k < match; k++)
            add(w->d, CHANGE_NEW, 0, came[k]);
        add(w->d, CHANGE_ANSWERED, gone[i], came[k++]);
    }
    for (; k < came_count; k++)
        add(w->d, CHANGE_NEW, 0, came[k]);
}

void recording_diff(struct recording_diff *d, const struct recording *a,
                    const struct recording *b) {
    struct diff_work w = {d, json_object(), json_object(), json_object()};
    size_t *gone = mem_new(a->count + 1, sizeof(*gone)),
           *came = mem_new(b->count + 1, sizeof(*came));
    size_t gone_count = 0, came_count = 0, count;
    uint64_t *x, *y;
    struct edit *script;

    *d = (struct recording_diff){
        .a = a, .b = b, .a_texts = stable_texts_of(a), .b_texts = stable_texts_of(b)};
    x = hashes(&d->a_texts);
    y = hashes(&d->b_texts);
    script = edit_script(x, a->count, y, b->count, &count);
    for (size_t i = 0; i < count; i++) {
        if (script[i].kind == EDIT_GONE) {
            gone[gone_count++] = script[i].a;
        } else if (script[i].kind == EDIT_NEW) {
            came[came_count++] = script[i].b;
        } else {
            add_gap(&w, gone, gone_count, came, came_count);
            gone_count = came_count = 0;
            compare_identity(&w, script[i].a, script[i].b);
        }
    }
    add_gap(&w, gone, gone_count, came, came_count);
    free(script);
    free(x);
    free(y);
    free(gone);
    free(came);
    json_decref(w.there);
    json_decref(w.here);
    json_decref(w.seen_in);
}

void recording_diff_release(struct recording_diff *d) {
    for (size_t i = 0; i < d->count; i++)
        free(d->items[i].what);
    free(d->items);
    stable_texts_release(&d->a_texts);
    stable_texts_release(&d->b_texts);
    *d = (struct recording_diff){0};
}
