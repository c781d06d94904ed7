/* A sequence that fails comes in. The shortest one that still fails in the same way
 * goes out. */
#include "harness/explore/shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/explore/traffic.h"
#include "harness/spec/spec_write.h"

enum { MAX_TRIES = 600, PLAIN_FAMILY = 5 };

/* One sequence as a spec of its own; free(). */
static char *spec_of(const struct prediction *how, const struct sequence *s,
                     const char *prefix, size_t number) {
    char *id = mem_printf("%s-%zu", prefix, number);
    char *title = mem_printf("%zu random calls answer as the model does", s->count);
    json_t *one = oracle_predict(how, s, id, title), *cases = json_pack("[o]", one);
    char *text =
        spec_write("explore", "Random calls, made up on the way.", cases, NULL);

    json_decref(cases);
    free(id);
    free(title);
    return text;
}

json_t *explorer_run(struct explorer *e, const struct spec_text *texts, size_t count,
                     const struct run_progress *progress) {
    struct run_options o = *e->options;
    struct specs *specs = specs_load_texts(e->specs_dir, texts, count, e->diags);
    json_t *doc = NULL;
    struct err err = {0};

    o.command = "explore";
    o.clock_shift_ms = &e->clock_shift_ms;
    o.seen = e->traffic ? traffic_add : NULL;
    o.seen_context = e->traffic;
    o.seed += e->runs++;
    if (specs && !(doc = run_specs(specs, e->profile, &o, progress, &err)))
        diags_add_err(e->diags, &err);
    e->requests += (size_t)jsonx_int(doc, "requests", 0);
    specs_free(specs);
    return doc;
}

json_t *explorer_send(struct explorer *e, const char *prefix,
                      const struct sequence *list, size_t count,
                      const struct prediction *how,
                      const struct run_progress *progress) {
    struct spec_text *texts = mem_new(count, sizeof(*texts));
    json_t *doc = NULL;
    size_t i = 0;

    for (; i < count && !explorer_stopped(e); i++) {
        char *text = spec_of(how, &list[i], prefix, i + 1);

        texts[i] = (struct spec_text){"explore.yaml", text, strlen(text)};
    }
    if (i == count)
        doc = explorer_run(e, texts, count, progress);
    else
        diags_add(e->diags, "explore", 0, 0, "interrupted before the calls were sent");
    while (i-- > 0)
        free((void *)(uintptr_t)texts[i].text);
    free(texts);
    return doc;
}

bool failure_of(const json_t *check, struct failure *f) {
    static const char left[] = "-left-nothing";
    const char *id = jsonx_string(check, "id", ""), *at = strrchr(id, '/'), *dot;
    char *what, *dash;

    *f = (struct failure){.number = at ? (unsigned)strtoul(at + 1, NULL, 10) : 0};
    dot = at ? strchr(at, '.') : NULL;
    if (!dot || strcmp(jsonx_string(check, "verdict", ""), "fail") != 0)
        return false;
    f->left = str_ends(id, left);
    snprintf(f->tail, sizeof(f->tail), "%.*s",
             (int)(strlen(dot + 1) - (f->left ? strlen(left) : 0)), dot + 1);
    what = mem_strndup(dot + 1, strcspn(dot + 1, "."));
    if ((dash = strrchr(what, '-'))) { /* WHAT-INDEX */
        *dash = '\0';
        f->index = (unsigned)strtoul(dash + 1, NULL, 10);
    }
    snprintf(f->what, sizeof(f->what), "%s", what);
    free(what);
    snprintf(f->clause, sizeof(f->clause), "%s", jsonx_string(check, "clause", ""));
    snprintf(f->pointer, sizeof(f->pointer), "%s",
             jsonx_string(json_array_get(json_object_get(check, "mismatches"), 0),
                          "pointer", ""));
    return true;
}

bool failure_alike(const struct failure *a, const struct failure *b) {
    bool status = strcmp(a->pointer, "/status") == 0;

    return strcmp(a->pointer, b->pointer) == 0 && strcmp(a->what, b->what) == 0 &&
           a->left == b->left && (status || a->index == b->index);
}

/* Does a case of the document fail in the same way? */
static bool fails_alike(const json_t *doc, size_t number, struct failure *f) {
    const json_t *checks = json_object_get(doc, "checks");
    char *id = mem_printf("explore/try-%zu", number);
    bool alike = false;

    for (size_t i = 0; !alike && i < json_array_size(checks); i++) {
        const json_t *k = json_array_get(checks, i);
        struct failure now;

        alike = strcmp(jsonx_string(k, "case", ""), id) == 0 && failure_of(k, &now) &&
                failure_alike(&now, f);
        if (alike)
            *f = now;
    }
    free(id);
    return alike;
}

struct shrinker {
    struct explorer *e;
    struct sequence *s; /* the best so far */
    struct failure *f;
    struct sequence *tries;
    size_t count, sent;
    bool alone; /* one try after another, as they disturb each other */
};

static struct sequence *next_try(struct shrinker *k) {
    k->tries = mem_grow(k->tries, k->count + 1, sizeof(*k->tries));
    return &k->tries[k->count++];
}

bool explorer_stopped(const struct explorer *e) {
    return run_stop_heard(e->options->stop);
}

static bool given_up(const struct shrinker *k) {
    return k->sent >= MAX_TRIES || explorer_stopped(k->e);
}

/* Which of these sequences fails alike, sent side by side; `count` = none. */
static size_t first_alike(struct shrinker *k, const struct sequence *list,
                          size_t count) {
    struct run_progress ticks = {0};
    struct prediction how = k->e->prediction;
    json_t *doc = NULL;
    size_t i = 0;

    if (k->e->progress)
        ticks = *k->e->progress;
    ticks.say = NULL; /* what there is to say has been said */
    how.last_only = true;
    if (!given_up(k))
        doc = explorer_send(k->e, "try", list, count, &how, &ticks);
    k->sent += count;
    while (i < count && !(doc && fails_alike(doc, i + 1, k->f)))
        i++;
    json_decref(doc);
    return i;
}

/* The first try that fails alike becomes the best. */
static bool improve(struct shrinker *k) {
    size_t best = 0, step = k->alone ? 1 : k->count;
    bool improved;

    while (best < k->count) {
        size_t at = first_alike(k, k->tries + best, step);

        best += at;
        if (at < step)
            break;
    }
    for (size_t i = 0; i < k->count; i++) {
        if (i != best) {
            sequence_release(&k->tries[i]);
        } else {
            sequence_release(k->s);
            *k->s = k->tries[i];
        }
    }
    improved = best < k->count;
    k->count = 0;
    return improved;
}

/* Without each run of `chunk` moves in turn; the last move is what fails and stays. */
static bool shorten(struct shrinker *k, size_t chunk) {
    size_t before = k->s->count - 1;

    for (size_t from = 0; from < before; from += chunk)
        sequence_without(next_try(k), k->s, from,
                         from + chunk < before ? from + chunk : before);
    return improve(k);
}

static void plain_text(struct move *m) {
    m->text = 0;
}
static void no_expand(struct move *m) {
    m->expand = false;
}
static void no_end(struct move *m) {
    m->lasts = m->kind == MOVE_SET ? 0 : m->lasts;
}
static void usual_encoding(struct move *m) {
    m->encoding = 0;
}
static void as_main(struct move *m) {
    m->role = AS_MAIN;
}
static void of_a_user(struct move *m) {
    m->place = m->place == PLACE_ACCOUNT ? PLACE_ANN : m->place;
}

/* `which` is a move, or the number of moves: all of them. */
static void try_simpler(struct shrinker *k, void (*simplify)(struct move *m),
                        size_t which) {
    struct sequence *t = next_try(k);
    bool changed;

    sequence_without(t, k->s, 0, 0);
    for (size_t i = 0; i < t->count; i++)
        if (which == t->count || which == i)
            simplify(&t->moves[i]);
    changed = memcmp(t->moves, k->s->moves, t->count * sizeof(*t->moves)) != 0;
    if (!changed) {
        sequence_release(t);
        k->count--;
    }
}

/* What is left, in plainer words. */
static bool simplify(struct shrinker *k) {
    static void (*const ways[])(struct move * m) = {
        plain_text, no_expand, no_end, usual_encoding, as_main, of_a_user};
    struct sequence *plain;

    if (k->s->family != PLAIN_FAMILY) {
        plain = next_try(k);
        sequence_without(plain, k->s, 0, 0);
        plain->family = PLAIN_FAMILY;
    }
    for (size_t w = 0; w < ARRAY_LEN(ways); w++) {
        try_simpler(k, ways[w], k->s->count);
        for (size_t i = 0; k->s->count > 1 && i < k->s->count; i++)
            try_simpler(k, ways[w], i);
    }
    return improve(k);
}

static void make_short(struct shrinker *k) {
    const struct sequence *s = k->s;
    size_t chunk = (s->count - 1) / 2;

    while (chunk > 0 && s->count > 1 && !given_up(k)) {
        if (!shorten(k, chunk))
            chunk /= 2;
        else if (chunk > (s->count - 1) / 2 && chunk > 1)
            chunk = (s->count - 1) / 2;
    }
    while (!given_up(k) && simplify(k))
        ;
    while (!given_up(k) && s->count > 1 && shorten(k, 1))
        ;
}

bool shrink(struct explorer *e, struct sequence *s, struct failure *f) {
    struct shrinker k = {.e = e, .s = s, .f = f};
    struct sequence cut = {0};
    struct failure first;

    s->count = f->number;
    if (first_alike(&k, s, 1) == 1)
        return false;
    first = *f;
    sequence_without(&cut, s, 0, 0);
    make_short(&k);
    k.sent = MAX_TRIES / 2; /* what is left if all was for nothing */
    if (!explorer_stopped(e) && first_alike(&k, s, 1) == 1) {
        sequence_release(s);
        *s = cut;
        *f = first;
        k.alone = true;
        make_short(&k);
    } else {
        sequence_release(&cut);
    }
    free(k.tries);
    return true;
}
