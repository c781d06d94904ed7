/* In: what a replay answered, as it comes. Out: whether that was allowed, and a list that
 * says which requests and which exchanges were not. */
#include "proxy/gate.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/request_brief.h"

enum { MAX_LINES = 200, MAX_LABEL = 120, MAX_DIFFERENCES = 3 };

struct finding {
    char *text; /* the request and its test */
    char *why;  /* or NULL */
    uint64_t times;
};

struct finding_list {
    struct finding *items;
    size_t count;
    uint64_t requests; /* all of them */
    json_t *index;     /* text -> place */
};

struct gate {
    struct gate_options options;
    struct finding_list modelled, missed;
    unsigned char *used; /* by place in the recording as it was at first */
    size_t count;        /* of these places */
};

struct gate *gate_new(const struct gate_options *options) {
    struct gate *g = mem_new(1, sizeof(*g));

    g->options = *options;
    g->count = options->recording->count;
    g->used = mem_new(options->recording->count + 1, 1);
    g->modelled.index = json_object();
    g->missed.index = json_object();
    return g;
}

static void add_label(struct buf *out, const struct http_headers *headers) {
    const char *label = http_headers_get(headers, ASSAY_LABEL_HEADER);

    if (!label)
        return;
    buf_adds(out, "  (test \"");
    str_add_visible(out, label, strlen(label), MAX_LABEL);
    buf_adds(out, "\")");
}

/* "fixtures/a.yaml:120: #12": where an exchange stands. */
static void add_place(const struct gate *g, struct buf *out, const struct recorded *x) {
    const struct gate_options *o = &g->options;
    size_t i = 0;

    while (i + 1 < o->file_count && o->files[i].last < x->number)
        i++;
    if (o->file_count && x->line)
        buf_addf(out, "%s:%d: ", o->files[i].path, x->line);
    buf_addf(out, "#%llu", (unsigned long long)x->number);
}

/* Numbers count from 1 without gaps, but for what was cut out of a file. */
static size_t place_of(const struct recording *r, uint64_t exchange) {
    if (exchange && exchange <= r->count && r->items[exchange - 1].number == exchange)
        return exchange - 1;
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].number == exchange)
            return i;
    return SIZE_MAX;
}

/* The nearest recorded request, and where it differs. */
static char *reason(const struct gate *g, const json_t *nearest) {
    const json_t *first = json_array_get(nearest, 0),
                 *differs = json_object_get(first, "differs");
    size_t at =
        place_of(g->options.recording, (uint64_t)jsonx_int(first, "exchange", 0));
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    if (!first || at == SIZE_MAX)
        return NULL;
    buf_adds(&out, "nearest is ");
    add_place(g, &out, &g->options.recording->items[at]);
    for (size_t i = 0; i < json_array_size(differs) && i < MAX_DIFFERENCES; i++) {
        const char *text = json_string_value(json_array_get(differs, i));

        buf_adds(&out, i ? "; " : ", ");
        if (text)
            str_add_visible(&out, text, strlen(text), MAX_LABEL);
    }
    return buf_take(&out, NULL);
}

void gate_add(struct gate *g, enum gate_rules rule, const struct http_request *q,
              const json_t *nearest) {
    struct finding_list *l = rule == GATE_MODELLED ? &g->modelled : &g->missed;
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    const json_t *known;

    if (!(g->options.rules & rule))
        return;
    l->requests++;
    request_brief(&text, q);
    add_label(&text, &q->headers);
    known = json_object_get(l->index, text.ptr);
    if (known) {
        l->items[json_integer_value(known)].times++;
    } else if (l->count < MAX_LINES) {
        l->items = mem_grow(l->items, l->count + 1, sizeof(*l->items));
        json_object_set_new(l->index, text.ptr, json_integer((json_int_t)l->count));
        l->items[l->count++] =
            (struct finding){buf_take(&text, NULL), reason(g, nearest), 1};
    }
    buf_release(&text);
}

void gate_used(struct gate *g, uint64_t exchange) {
    size_t at = exchange ? place_of(g->options.recording, exchange) : SIZE_MAX;

    if (at < g->count)
        g->used[at] = 1;
}

static bool tell_requests(const struct finding_list *l, const char *what,
                          struct buf *out) {
    uint64_t shown = 0;

    if (!l->requests)
        return true;
    buf_addf(out, "%llu request%s %s:\n", (unsigned long long)l->requests,
             l->requests == 1 ? "" : "s", what);
    for (size_t i = 0; i < l->count; i++) {
        const struct finding *f = &l->items[i];

        shown += f->times;
        buf_addf(out, "  %s", f->text);
        if (f->times > 1)
            buf_addf(out, "  %llu times", (unsigned long long)f->times);
        if (f->why)
            buf_addf(out, "\n    %s", f->why);
        buf_addc(out, '\n');
    }
    if (shown < l->requests)
        buf_addf(out, "  and %llu more\n", (unsigned long long)(l->requests - shown));
    return false;
}

static bool tell_unused(const struct gate *g, struct buf *out) {
    const struct recording *r = g->options.recording;
    size_t count = 0;
    struct buf lines = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < g->count; i++) {
        const struct recorded *x = &r->items[i];

        if (g->used[i] || x->outcome != OUTCOME_ANSWERED || ++count > MAX_LINES)
            continue;
        buf_adds(&lines, "  ");
        add_place(g, &lines, x);
        buf_addc(&lines, ' ');
        request_brief(&lines, &x->request);
        add_label(&lines, &x->request.headers);
        buf_addc(&lines, '\n');
    }
    if (count)
        buf_addf(out, "%zu of %zu exchanges never asked for:\n%s", count, g->count,
                 lines.ptr);
    if (count > MAX_LINES)
        buf_addf(out, "  and %zu more\n", count - MAX_LINES);
    buf_release(&lines);
    return count == 0;
}

bool gate_passes(const struct gate *g, struct buf *out) {
    bool modelled = tell_requests(&g->modelled, "answered by the model", out),
         missed = tell_requests(&g->missed, "not recorded", out),
         unused = !(g->options.rules & GATE_UNUSED) || tell_unused(g, out);

    return modelled && missed && unused;
}

static void release_list(struct finding_list *l) {
    for (size_t i = 0; i < l->count; i++) {
        free(l->items[i].text);
        free(l->items[i].why);
    }
    free(l->items);
    json_decref(l->index);
}

void gate_free(struct gate *g) {
    if (!g)
        return;
    release_list(&g->modelled);
    release_list(&g->missed);
    free(g->used);
    free(g);
}
