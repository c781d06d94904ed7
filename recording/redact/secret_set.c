/* Secrets and a text come in; out goes where in the text they stand, in whatever form.
 */
#include "recording/redact/secret_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "recording/redact/encoded_runs.h"
#include "recording/redact/secret_index.h"
#include "recording/redact/text_view.h"

enum {
    MIN_BYTES = 4,
    WORD_BYTES = 8,  /* what is shorter must be a whole word, if it is one */
    WALK_BUDGET = 8, /* bytes walked in vain, for each byte of a text */
    WALK_START = 4096,
    MAX_DEPTH = 3, /* of runs in runs */
    NESTED = 2,    /* bytes of runs in runs, for each byte of a text */
    NESTED_START = 1 << 20,
};

struct secret_set {
    struct secret_index *index;
};

struct secret_set *secret_set_new(void) {
    struct secret_set *s = mem_new(1, sizeof(*s));

    s->index = secret_index_new();
    return s;
}

void secret_set_free(struct secret_set *s) {
    if (s)
        secret_index_free(s->index);
    free(s);
}

/* --- adding --- */

static bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **text, size_t *len) {
    while (*len && is_blank(**text))
        ++*text, --*len;
    while (*len && is_blank((*text)[*len - 1]))
        --*len;
}

/* Perhaps with blanks around it: "one " is none in "one of them". */
static bool is_word(const char *text, size_t len) {
    bool is_short = len < WORD_BYTES;

    trim(&text, &len);
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]))
            return false;
    return is_short;
}

/* As it stands, and decoded. */
static void add_forms(struct secret_set *s, const char *secret, size_t len,
                      const char *token) {
    bool word = is_word(secret, len);
    struct text_view v;

    text_view_plain(&v, secret, len);
    secret_index_add(s->index, v.shown, v.folded, v.count, word, *secret == '\\',
                     token);
    text_view_release(&v);
    if (!text_view_is_encoded(secret, len))
        return;
    text_view_decoded(&v, secret, len);
    secret_index_add(s->index, v.shown, v.folded, v.count, word, *secret == '\\',
                     token);
    text_view_release(&v);
}

/* UTF-8 that was taken for Latin-1 and encoded once more. */
static void add_twice_encoded(struct secret_set *s, const char *secret, size_t len,
                              const char *token) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)secret[i];

        if (c >= 0x80)
            buf_addc(&text, (char)(0xc0 | c >> 6));
        buf_addc(&text, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
    }
    if (text.len > len)
        add_forms(s, text.ptr, text.len, token);
    buf_release(&text);
}

bool secret_set_add(struct secret_set *s, const char *secret, size_t len,
                    const char *token) {
    const char *core = secret;
    size_t core_len = len;

    trim(&core, &core_len);
    if (core_len < MIN_BYTES)
        return false;
    add_forms(s, secret, len, token);
    if (core_len < len) /* as many a server keeps what it is sent */
        add_forms(s, core, core_len, token);
    add_twice_encoded(s, core, core_len, token);
    return true;
}

void secret_set_open(struct secret_set *s, const char *text, size_t len) {
    struct text_view v;

    text_view_plain(&v, text, len);
    secret_index_open(s->index, v.folded, v.count);
    text_view_release(&v);
    if (!text_view_is_encoded(text, len))
        return;
    text_view_decoded(&v, text, len);
    secret_index_open(s->index, v.folded, v.count);
    text_view_release(&v);
}

bool secret_text_is_dull(const char *text, size_t len) {
    for (size_t i = 0; i + SECRET_PART <= len; i++)
        if (!secret_gram_is_dull(text + i))
            return false;
    return len >= SECRET_PART;
}

/* --- finding --- */

struct secret_finding {
    const struct secret_set *search;
    struct secret_hits *hits;
    size_t *budget; /* bytes that runs in runs may have in all */
    unsigned depth;
};

static void add_hit(struct secret_hits *hits, struct secret_hit hit) {
    if ((hits->count & (hits->count - 1)) == 0) /* full at the powers of two */
        hits->items = mem_grow(hits->items, hits->count ? 2 * hits->count : 1,
                               sizeof(*hits->items));
    hits->items[hits->count++] = hit;
}

static void add_from_view(struct secret_hits *hits, const struct text_view *v,
                          size_t from, size_t to, const char *token) {
    size_t at = text_view_begin(v, from);

    add_hit(hits, (struct secret_hit){at, text_view_end(v, to) - at, token, false});
}

static void add_secret(struct secret_hits *hits, const struct text_view *v, size_t i,
                       const struct secret_pattern *p) {
    size_t at = p->slash ? text_view_before(v, i) : text_view_begin(v, i);

    add_hit(hits, (struct secret_hit){at, text_view_end(v, i + p->len) - at, p->token,
                                      false});
}

static bool stands_alone(const struct text_view *v, size_t at, size_t len) {
    return (at == 0 || !is_alnum(v->shown[at - 1])) &&
           (at + len >= v->count || !is_alnum(v->shown[at + len]));
}

static bool is_exact(const struct secret_pattern *p, const char *shown) {
    for (size_t i = 0; i < p->len; i++)
        if (p->shown[i] != shown[i] && !(shown[i] == '+' && p->shown[i] == ' ') &&
            !(shown[i] == ' ' && p->shown[i] == '+'))
            return false;
    return true;
}

/* Of those that fold alike the one that is spelt so, else the first; NULL = it is too
 * short to be found in the other case, or no word here. */
static const struct secret_pattern *spelt(const struct secret_pattern *p,
                                          const struct text_view *v, size_t at) {
    const struct secret_pattern *exact = p;

    if (!p || (p->word && !stands_alone(v, at, p->len)))
        return NULL;
    while (exact && !is_exact(exact, v->shown + at))
        exact = exact->alike;
    return exact || p->len < WORD_BYTES ? exact : p;
}

static const struct secret_pattern *short_at(const struct secret_index *x,
                                             const struct text_view *v, size_t at) {
    size_t len = v->count - at;
    const struct secret_pattern *p, *found = NULL;

    while (!found && (p = secret_index_short(x, v->folded + at, len))) {
        found = spelt(p, v, at);
        len = p->len - 1;
    }
    return found;
}

/* A run of characters that are parts of secrets. */
struct part_run {
    size_t from, to;
};

static void end_run(struct part_run *run, const struct text_view *v,
                    struct secret_hits *hits) {
    if (run->to > run->from)
        add_from_view(hits, v, run->from, run->to, NULL);
    *run = (struct part_run){0, 0};
}

/* The beginning of a secret before a mark that says it was cut: "s3cr3t-va.." */
static void find_cut(const struct secret_index *x, const struct text_view *v, size_t at,
                     struct secret_hits *hits) {
    static const char *const marks[] = {"..", "\xe2\x80\xa6", "**"};

    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t n = strlen(marks[i]);

        if (v->count - at < n || memcmp(v->shown + at, marks[i], n) != 0)
            continue;
        for (size_t len = SECRET_PART - 1; len >= SECRET_HEAD; len--)
            if (len <= at && secret_index_head(x, v->folded + at - len, len)) {
                add_from_view(hits, v, at - len, at, NULL);
                return;
            }
    }
}

static void find_in_view(const struct secret_index *x, const struct text_view *v,
                         struct secret_hits *hits) {
    size_t budget = WALK_BUDGET * v->count + WALK_START, i = 0;
    struct part_run run = {0, 0};

    while ((i = secret_index_next(x, v->folded, v->count, i)) < v->count) {
        const struct secret_pattern *p = NULL;
        unsigned gram = v->count - i >= SECRET_PART
                            ? secret_index_gram(x, v->folded + i)
                            : GRAM_NONE;
        size_t walked;

        if (run.to && run.to <= i)
            end_run(&run, v, hits);
        if ((gram & GRAM_BEGIN) && budget) {
            p = spelt(secret_index_long(x, v->folded + i, v->count - i, &walked), v, i);
            walked -= p ? p->len : 0;
            budget -= walked < budget ? walked : budget;
        }
        if (!p)
            p = short_at(x, v, i);
        if (gram & GRAM_PART) {
            run.from = run.to ? run.from : i;
            run.to = i + SECRET_PART;
        }
        if (v->shown[i] == '.' || v->shown[i] == '*' || v->shown[i] == '\xe2')
            find_cut(x, v, i, hits);
        if (p) {
            if (run.to <= i + p->len)
                end_run(&run, v, hits);
            add_secret(hits, v, i, p);
        }
        i += p ? p->len : 1;
        if (run.to && run.to <= i)
            end_run(&run, v, hits);
    }
    end_run(&run, v, hits);
}

static void find_bytes(const struct secret_finding *f, const char *text, size_t len);

static void find_plain(const struct secret_finding *f, const char *text, size_t len) {
    struct text_view v;

    text_view_plain(&v, text, len);
    find_in_view(f->search->index, &v, f->hits);
    text_view_release(&v);
}

/* What a run says is searched as the text is. A hit is told in places of the text. */
static void find_in_run(void *context, const struct encoded_run *run) {
    const struct secret_finding *f = context;
    struct secret_hits inner = {0};
    struct secret_finding in = {f->search, &inner, f->budget, f->depth + 1};

    if (run->text)
        find_bytes(&in, run->bytes, run->len);
    else
        find_plain(&in, run->bytes, run->len);
    for (size_t i = 0; i < inner.count; i++) {
        const struct secret_hit *h = &inner.items[i];
        size_t from = encoded_run_begin(run, h->at),
               to = encoded_run_end(run, h->at + h->len);

        add_hit(f->hits, (struct secret_hit){from, to - from, h->token, run->numbers});
    }
    secret_hits_release(&inner);
}

static void find_bytes(const struct secret_finding *f, const char *text, size_t len) {
    struct text_view v;

    text_view_plain(&v, text, len);
    find_in_view(f->search->index, &v, f->hits);
    if (text_view_is_encoded(text, len)) {
        text_view_release(&v);
        text_view_decoded(&v, text, len);
        find_in_view(f->search->index, &v, f->hits);
    }
    if (f->depth < MAX_DEPTH)
        encoded_runs_each(&v, f->budget, find_in_run, (void *)(uintptr_t)f);
    text_view_release(&v);
}

/* --- hits in order --- */

static size_t segment_end(const struct secret_hits *h, size_t from) {
    size_t i = from + 1;

    while (i < h->count && h->items[i].at >= h->items[i - 1].at)
        i++;
    return i < h->count ? i : h->count;
}

static void merge(const struct secret_hit *a, size_t a_count,
                  const struct secret_hit *b, size_t b_count, struct secret_hit *out) {
    while (a_count || b_count)
        if (a_count && (!b_count || a->at <= b->at))
            *out++ = *a++, a_count--;
        else
            *out++ = *b++, b_count--;
}

/* Each view gave its hits in order: there are few segments to merge. */
static void sort(struct secret_hits *h) {
    size_t segments = 2;

    while (h->count && segments > 1) {
        struct secret_hit *out = mem_grow(NULL, h->count, sizeof(*out));

        segments = 0;
        for (size_t from = 0; from < h->count; segments++) {
            size_t middle = segment_end(h, from),
                   to = middle < h->count ? segment_end(h, middle) : middle;

            merge(h->items + from, middle - from, h->items + middle, to - middle,
                  out + from);
            from = to;
        }
        free(h->items);
        h->items = out;
    }
}

/* Secrets that overlap are one; so are parts. */
static void unite(const struct secret_hits *h, bool parts, struct secret_hits *out) {
    size_t longest = 0;

    for (size_t i = 0; i < h->count; i++) {
        struct secret_hit now = h->items[i], *last;

        if (!now.token != parts)
            continue;
        last = out->count ? &out->items[out->count - 1] : NULL;
        if (!last || now.at >= last->at + last->len) {
            add_hit(out, now);
            longest = now.len;
            continue;
        }
        if (now.len > longest) {
            last->token = now.token;
            longest = now.len;
        }
        last->numbers = last->numbers || now.numbers;
        if (now.at + now.len > last->at + last->len)
            last->len = now.at + now.len - last->at;
    }
}

/* What is left of a part from `at` on, before `end`. */
static void add_rest(struct secret_hits *out, struct secret_hit part, size_t at,
                     size_t end) {
    if (end >= at + SECRET_PART || (at == part.at && end == at + part.len)) {
        part.at = at;
        part.len = end - at;
        add_hit(out, part);
    }
}

/* Secrets, and what of the parts they leave. */
static void join(const struct secret_hits *whole, const struct secret_hits *parts,
                 struct secret_hits *out) {
    size_t w = 0;

    for (size_t i = 0; i < parts->count; i++) {
        struct secret_hit part = parts->items[i];
        size_t at = part.at, end = part.at + part.len;

        for (; w < whole->count && whole->items[w].at < end; w++) {
            const struct secret_hit *h = &whole->items[w];

            if (h->at > at)
                add_rest(out, part, at, h->at);
            add_hit(out, *h);
            at = h->at + h->len > at ? h->at + h->len : at;
        }
        if (w && whole->items[w - 1].at + whole->items[w - 1].len > at)
            at = whole->items[w - 1].at + whole->items[w - 1].len;
        add_rest(out, part, at, end);
    }
    while (w < whole->count)
        add_hit(out, whole->items[w++]);
}

void secret_set_find(const struct secret_set *s, const char *text, size_t len,
                     struct secret_hits *hits) {
    struct secret_hits found = {0}, whole = {0}, parts = {0};
    size_t budget = NESTED * len + NESTED_START;
    struct secret_finding f = {s, &found, &budget, 0};

    *hits = (struct secret_hits){0};
    if (secret_index_is_empty(s->index))
        return;
    find_bytes(&f, text, len);
    sort(&found);
    unite(&found, false, &whole);
    unite(&found, true, &parts);
    join(&whole, &parts, hits);
    secret_hits_release(&found);
    secret_hits_release(&whole);
    secret_hits_release(&parts);
}

void secret_hits_release(struct secret_hits *h) {
    free(h->items);
    *h = (struct secret_hits){0};
}
