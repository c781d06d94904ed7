/* Texts of a message come in; out go the same texts with tokens for their secrets. */
#include "recording/redact/draft.h"

#include <stdlib.h>
#include <string.h>

#include "core/http.h"
#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/encoded_runs.h"
#include "recording/redact/lookalike.h"

enum {
    MIN_LEAF = 4,
    MIN_IN_KEY = 8,
    MAX_DEPTH = 3, /* base64 in base64 */
    ENCODED_MORE = 1 << 20,
    MIN_ENCODED = 12, /* characters of base64 that may hold a field */
};

static const char part_text[] = "[part of a secret]";

void draft_init(struct draft *d, struct secret_book *b) {
    *d = (struct draft){
        .book = b, .text = BUF_INIT(BUF_UNLIMITED), .flaws = BUF_INIT(BUF_UNLIMITED)};
}

void draft_release(struct draft *d) {
    buf_release(&d->text);
    buf_release(&d->flaws);
    free(d->leaves);
    *d = (struct draft){0};
}

static void add_leaf(struct draft *d, struct draft_leaf leaf) {
    if (d->count == d->room) {
        d->room = d->room ? 2 * d->room : 32;
        d->leaves = mem_grow(d->leaves, d->room, sizeof(*d->leaves));
    }
    d->leaves[d->count++] = leaf;
}

/* --- what is learned --- */

static enum token_kind kind_of(enum secret_kind secret) {
    return secret == SECRET_PAYLOAD      ? TOKEN_PAYLOAD
           : secret == SECRET_CREDENTIAL ? TOKEN_CREDENTIAL
                                         : TOKEN_REDACTED;
}

static enum token_kind kind_of_look(const struct lookalike *look) {
    return look->kind == LOOKALIKE_KEY ? TOKEN_KEY : TOKEN_CREDENTIAL;
}

/* What a value says may look like a secret that the text around it hides. */
static void learn_looks(struct secret_book *b, const char *text, size_t len) {
    struct lookalike look;

    for (size_t at = 0; lookalike_find(text, len, at, &look); at = look.at + look.len)
        if (look.kind != LOOKALIKE_MASKED)
            secret_book_token(b, kind_of_look(&look), text + look.at, look.len);
}

/* A guess that is the name of something is none. */
static bool is_secret(const struct secret_book *b, const struct leaf *leaf) {
    return leaf->secret &&
           !(leaf->guessed && secret_book_is_named(b, leaf->value, leaf->value_len));
}

static void learn_nested(void *context, const struct leaf *leaf) {
    struct secret_book *b = context;

    if (is_secret(b, leaf))
        secret_book_token(b, kind_of(leaf->secret), leaf->value, leaf->value_len);
    else if (leaf->kind != LEAF_KEY)
        learn_looks(b, leaf->value, leaf->value_len);
}

struct draft_learning {
    struct secret_book *book;
    size_t *budget;
    unsigned depth;
};

static void learn_encoded(const struct draft_learning *l, const char *text, size_t len);

static void learn_run(void *context, const struct encoded_run *run) {
    const struct draft_learning *l = context;

    if (!run->text || run->len < MIN_ENCODED * 3 / 4)
        return;
    fields_each(&l->book->fields, NULL, run->bytes, run->len, learn_nested, l->book);
    if (l->depth < MAX_DEPTH) {
        struct draft_learning inner = {l->book, l->budget, l->depth + 1};

        learn_encoded(&inner, run->bytes, run->len);
    }
}

/* Fields in base64, whose names no other reader sees. */
static void learn_encoded(const struct draft_learning *l, const char *text,
                          size_t len) {
    struct text_view v;

    if (text_view_is_encoded(text, len))
        text_view_decoded(&v, text, len);
    else
        text_view_plain(&v, text, len);
    encoded_runs_text(&v, MIN_ENCODED, l->budget, learn_run, (void *)(uintptr_t)l);
    text_view_release(&v);
}

static void learn_from(struct secret_book *b, const char *text, size_t len) {
    size_t budget = 2 * len + ENCODED_MORE;
    struct draft_learning l = {b, &budget, 0};

    learn_encoded(&l, text, len);
}

/* --- drafting --- */

/* Is it what stands for a secret already, with what was invalid in it? */
static bool is_redacted(const struct draft *d, const struct leaf *leaf) {
    const char *text = d->text.ptr + d->base + leaf->at;
    size_t n = d->book->keep_tokens ? redactor_token(text, leaf->len) : 0;

    return n && leaf->len - n == leaf->flaw_len &&
           memcmp(text + n, leaf->flaw, leaf->flaw_len) == 0;
}

/* What stands under a name of the API, and what a request says of no secret name. */
static void take_open(struct draft *d, const struct leaf *leaf) {
    bool api = leaf->name_len && field_is_structure(leaf->name, leaf->name_len);

    if (api || d->opens)
        secret_book_name(d->book, leaf->value, leaf->value_len);
    if (api && d->opens)
        secret_set_open(d->book->secrets, leaf->value, leaf->value_len);
}

static void take_leaf(void *context, const struct leaf *leaf) {
    struct draft *d = context;
    struct secret_book *b = d->book;
    struct draft_leaf mine = {.at = d->base + leaf->at,
                              .len = leaf->len,
                              .kind = leaf->kind,
                              .structure = leaf->structure,
                              .number = leaf->number,
                              .flaw = d->flaws.len,
                              .flaw_len = leaf->flaw_len};

    if (leaf->nested) {
        learn_nested(b, leaf);
        return;
    }
    if (leaf->secret && is_redacted(d, leaf))
        mine.structure = true;
    else if (is_secret(b, leaf))
        mine.token =
            secret_book_token(b, kind_of(leaf->secret), leaf->value, leaf->value_len);
    else if (leaf->kind != LEAF_KEY)
        take_open(d, leaf);
    buf_add(&d->flaws, leaf->flaw, leaf->flaw_len);
    if (leaf->len)
        add_leaf(d, mine);
}

void draft_body(struct draft *d, const char *type, const char *text, size_t len) {
    d->base = d->text.len;
    buf_add(&d->text, text, len);
    fields_each(&d->book->fields, type, text, len, take_leaf, d);
    learn_from(d->book, text, len);
}

void draft_target(struct draft *d, const char *target) {
    size_t path = http_target_path_len(target), len = strlen(target);
    struct draft_leaf leaf = {
        .at = d->text.len, .len = path, .structure = field_is_structure(target, path)};

    add_leaf(d, leaf);
    buf_add(&d->text, target, len);
    if (path < len) { /* behind '?' or '#' */
        d->base = leaf.at + path + 1;
        fields_each_in_form(&d->book->query, target + path + 1, len - path - 1,
                            take_leaf, d);
    }
    learn_from(d->book, target, len);
}

void draft_text(struct draft *d, const char *text, size_t len) {
    struct draft_leaf leaf = {.at = d->text.len, .len = len};

    buf_add(&d->text, text, len);
    add_leaf(d, leaf);
}

void draft_kept(struct draft *d, const char *text, size_t len) {
    buf_add(&d->text, text, len);
}

/* --- what is found --- */

struct span { /* is to be replaced, unless it crosses the bounds of a leaf */
    size_t at, len;
    const char *token; /* NULL = a part of a secret */
    char *owned;
    bool numbers;
};

struct spans {
    struct span *items;
    size_t count, room;
};

static void add_span(struct spans *s, struct span span) {
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->items = mem_grow(s->items, s->room, sizeof(*s->items));
    }
    s->items[s->count++] = span;
}

static void spans_release(struct spans *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i].owned);
    free(s->items);
}

static bool is_token_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_';
}

/* What reads as a token stays, where tokens are kept. */
static void find_tokens(const struct draft *d, struct spans *kept) {
    const char *text = d->text.ptr;
    size_t len = d->text.len, n;

    for (size_t i = 0; d->book->keep_tokens && i < len; i += n) {
        n = (i == 0 || !is_token_char(text[i - 1])) ? redactor_token(text + i, len - i)
                                                    : 0;
        if (n)
            add_span(kept, (struct span){.at = i, .len = n});
        n = n ? n : 1;
    }
}

static bool span_of_look(struct secret_book *b, const char *text,
                         const struct lookalike *look, struct span *span) {
    *span = (struct span){.at = look->at, .len = look->len};
    if (look->kind == LOOKALIKE_MASKED)
        span->token = span->owned = secret_book_masked(b, text + look->at, look->len);
    else
        span->token =
            secret_book_token(b, kind_of_look(look), text + look->at, look->len);
    return span->token != NULL;
}

/* Of what is known and what looks like a secret the longer one goes, where both are. */
static void join_spans(struct spans *all, const struct secret_hits *known,
                       struct spans *looks) {
    size_t h = 0, l = 0;

    while (h < known->count || l < looks->count) {
        const struct secret_hit *hit = h < known->count ? &known->items[h] : NULL;
        struct span *look = l < looks->count ? &looks->items[l] : NULL;

        if (hit && look && hit->at < look->at + look->len &&
            look->at < hit->at + hit->len) {
            if (look->len > hit->len)
                h++;
            else
                l++;
        } else if (!look || (hit && hit->at < look->at)) {
            add_span(all,
                     (struct span){hit->at, hit->len, hit->token, NULL, hit->numbers});
            h++;
        } else {
            add_span(all, *look);
            look->owned = NULL;
            l++;
        }
    }
}

static void find_spans(const struct draft *d, struct spans *all) {
    const char *text = d->text.ptr;
    size_t len = d->text.len;
    struct spans looks = {0};
    struct secret_hits known;
    struct lookalike look;
    struct span span;

    for (size_t at = 0; lookalike_find(text, len, at, &look); at = look.at + look.len)
        if (span_of_look(d->book, text, &look, &span))
            add_span(&looks, span);
    secret_set_find(d->book->secrets, text, len, &known);
    join_spans(all, &known, &looks);
    secret_hits_release(&known);
    spans_release(&looks);
}

/* --- writing --- */

struct draft_writing {
    const struct draft *draft;
    struct buf *out;
    size_t done; /* of the text */
    struct spans spans, kept;
    size_t span, token; /* the next ones */
};

static void write_until(struct draft_writing *w, size_t at) {
    if (at > w->done)
        buf_add(w->out, w->draft->text.ptr + w->done, at - w->done);
    w->done = at > w->done ? at : w->done;
}

static void write_token(struct draft_writing *w, size_t at, size_t end,
                        const char *token, bool quotes) {
    struct secret_book *b = w->draft->book;

    write_until(w, at);
    if (quotes)
        buf_addc(w->out, '"');
    buf_adds(w->out, token ? token : part_text);
    if (quotes)
        buf_addc(w->out, '"');
    w->done = end;
    secret_book_count(b, token);
}

/* Does a kept token stand in [at, end)? Spans come in order. */
static bool is_kept(struct draft_writing *w, size_t at, size_t end) {
    const struct spans *k = &w->kept;

    while (w->token < k->count && k->items[w->token].at + k->items[w->token].len <= at)
        w->token++;
    return w->token < k->count && k->items[w->token].at < end;
}

/* Is there one comma between a leaf and the next? */
static bool is_listed(const struct draft *d, size_t leaf) {
    const struct draft_leaf *l = &d->leaves[leaf];
    size_t at = l->at + l->len, commas = 0;

    for (; leaf + 1 < d->count && at < l[1].at; at++) {
        commas += d->text.ptr[at] == ',';
        if (!strchr(", \t\r\n", d->text.ptr[at]))
            return false;
    }
    return commas == 1;
}

/* Is it a list of numbers that a span covers exactly? */
static bool is_list(const struct draft_writing *w, size_t leaf, const struct span *s) {
    const struct draft *d = w->draft;

    for (size_t i = leaf; i < d->count && d->leaves[i].number; i++) {
        if (d->leaves[i].at + d->leaves[i].len == s->at + s->len)
            return true;
        if (!is_listed(d, i))
            return false;
    }
    return false;
}

static bool is_continued(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Nothing but a whole escape, or a whole character, goes or stays. */
static void keep_whole(const struct draft *d, const struct draft_leaf *l, size_t *from,
                       size_t *to) {
    const char *text = d->text.ptr + l->at;
    size_t a = *from - l->at, b = *to - l->at;

    a = field_after_escape(l->kind, text, l->len, a);
    b = field_after_escape(l->kind, text, l->len, b);
    while (a && a < l->len && is_continued(text[a]))
        a--;
    while (b < l->len && is_continued(text[b]))
        b++;
    *from = l->at + a;
    *to = l->at + (b > a ? b : a);
}

static void write_piece(struct draft_writing *w, const struct draft_leaf *l,
                        size_t from, size_t to, const char *token) {
    keep_whole(w->draft, l, &from, &to);
    if (from < w->done || to == from)
        return;
    write_token(w, from, to, token, l->number);
    field_flaws(l->kind, w->draft->text.ptr + from, to - from, w->out);
}

static void write_span(struct draft_writing *w, size_t leaf, const struct span *s) {
    const struct draft_leaf *l = &w->draft->leaves[leaf];
    size_t end = l->at + l->len, from = s->at > l->at ? s->at : l->at,
           to = s->at + s->len < end ? s->at + s->len : end;
    bool inside = s->at >= l->at && s->at + s->len <= end,
         whole = from == l->at && to == end && l->len >= MIN_LEAF;

    if (from < w->done || is_kept(w, s->at, s->at + s->len))
        return;
    if (s->numbers && l->number && s->at == l->at && is_list(w, leaf, s))
        write_token(w, s->at, s->at + s->len, s->token, true);
    else if (l->kind == LEAF_KEY && s->len < MIN_IN_KEY && !whole)
        return; /* a short secret in a longer name is chance: `after` */
    else if (l->number ? whole && !s->numbers
                       : inside || whole || to - from >= MIN_LEAF)
        write_piece(w, l, from, to, s->token);
}

static const struct draft_leaf *leaf_at(const struct draft *d, size_t leaf, size_t at) {
    while (leaf < d->count && d->leaves[leaf].at + d->leaves[leaf].len <= at)
        leaf++;
    return leaf < d->count && d->leaves[leaf].at <= at ? &d->leaves[leaf] : NULL;
}

/* Is a secret over several leaves one thing: a text, an object of JSON, pairs of a form?
 * *quotes: it stands where JSON wants a value. */
static bool is_closed(const struct draft *d, size_t leaf, const struct span *s,
                      bool *quotes) {
    size_t end = s->at + s->len;
    const struct draft_leaf *first = leaf_at(d, leaf, s->at),
                            *last = leaf_at(d, leaf, end - 1);
    const char *text = d->text.ptr;

    *quotes = false;
    if (!s->token || s->numbers || first == last)
        return *quotes = !first && s->token && !s->numbers &&
                         memchr("{[", text[s->at], 2) && memchr("}]", text[end - 1], 2);
    if (first && last && first->kind == LEAF_TEXT && last->kind == LEAF_TEXT)
        return true;
    return first && last && first->kind == LEAF_KEY && last->kind == LEAF_FORM &&
           first->at == s->at && last->at + last->len == end;
}

/* Secrets that are longer than a leaf, before the leaf at `at`. */
static void write_closed(struct draft_writing *w, size_t leaf) {
    const struct draft *d = w->draft;
    const struct draft_leaf *l = &d->leaves[leaf], *before = leaf ? l - 1 : NULL;
    size_t from =
        before ? before->at + before->len : 0; /* else it has been looked at */
    bool quotes;

    for (size_t i = w->span;
         i < w->spans.count && w->spans.items[i].at < l->at + l->len; i++) {
        const struct span *s = &w->spans.items[i];
        size_t end = s->at + s->len;

        if (s->at >= w->done && s->at >= from && end > l->at + l->len &&
            is_closed(d, leaf ? leaf - 1 : 0, s, &quotes) && !is_kept(w, s->at, end))
            write_token(w, s->at, end, s->token, quotes);
    }
}

static void write_leaf(struct draft_writing *w, size_t leaf) {
    const struct draft *d = w->draft;
    const struct draft_leaf *l = &d->leaves[leaf];
    size_t end = l->at + l->len;

    while (w->span < w->spans.count &&
           w->spans.items[w->span].at + w->spans.items[w->span].len <= l->at)
        w->span++;
    write_closed(w, leaf);
    if (l->at < w->done && end <= w->done)
        return; /* went with what it stands in */
    if (l->token) {
        struct leaf as = {.kind = l->kind,
                          .number = l->number,
                          .flaw = d->flaws.ptr + l->flaw,
                          .flaw_len = l->flaw_len};

        write_until(w, l->at);
        field_put(&as, l->token, w->out);
        w->done = end;
        secret_book_count(d->book, l->token);
        return;
    }
    while (w->span < w->spans.count &&
           w->spans.items[w->span].at + w->spans.items[w->span].len <= l->at)
        w->span++;
    for (size_t i = w->span;
         !l->structure && i < w->spans.count && w->spans.items[i].at < end; i++)
        write_span(w, leaf, &w->spans.items[i]);
}

void draft_write(const struct draft *d, struct buf *out) {
    struct draft_writing w = {.draft = d, .out = out};

    if (!d->text.len)
        return;
    find_spans(d, &w.spans);
    find_tokens(d, &w.kept);
    for (size_t i = 0; i < d->count; i++)
        write_leaf(&w, i);
    write_until(&w, d->text.len);
    spans_release(&w.spans);
    spans_release(&w.kept);
}

bool draft_may_change(const struct secret_book *b, const char *text, size_t len) {
    struct secret_hits known;
    struct lookalike look;
    bool found;

    if (lookalike_find(text, len, 0, &look))
        return true;
    secret_set_find(b->secrets, text, len, &known);
    found = known.count > 0;
    secret_hits_release(&known);
    return found;
}
