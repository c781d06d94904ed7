/* Dated result documents come in, one after the other. The files of a site go out. */
#include "reports/site.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/html.h"
#include "reports/matrix.h"
#include "reports/text.h"
#include "reports/view.h"

enum {
    SIDE_BY_SIDE = 12, /* columns of the matrix: the newest results */
    OVER_TIME = 30,    /* columns of a trend */
    NAME_BYTES = 80
};

struct site_run {
    json_t *results; /* without checks and requests */
    char *file, *page;
};

struct site {
    site_put *put;
    void *arg;
    struct site_run *runs;
    size_t count;
    json_t *names; /* taken by pages and badges */
};

struct site *site_new(site_put *put, void *arg) {
    struct site *s = mem_new(1, sizeof(*s));

    *s = (struct site){put, arg, NULL, 0, json_object()};
    return s;
}

void site_free(struct site *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        json_decref(s->runs[i].results);
        free(s->runs[i].file);
        free(s->runs[i].page);
    }
    json_decref(s->names);
    free(s->runs);
    free(s);
}

/* A name as a file's: letters, digits, - _ and ., no other one's. free() */
static char *file_name(struct site *s, const char *kind, const char *name) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t begin;

    buf_addf(&out, "%s/", kind);
    begin = out.len;
    for (const char *p = name; *p && out.len < begin + NAME_BYTES; p++)
        buf_addc(&out, str_is_word_char(*p) || (*p == '.' && p > name) ? *p : '_');
    if (out.len == begin)
        buf_addc(&out, '_');
    if (json_object_get(s->names, out.ptr))
        buf_addf(&out, "-%zu", json_object_size(s->names) + 1);
    json_object_set_new(s->names, out.ptr, json_true());
    return buf_take(&out, NULL);
}

static bool put_page(struct site *s, const char *path, const char *name, json_t *page,
                     struct err *err) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool ok = html_page(&out, name, page) && s->put(s->arg, path, &out, err);

    buf_release(&out);
    return ok;
}

/* ---- one run ---- */

static json_t *without_evidence(const json_t *results) {
    static const char *const members[] = {
        "target", "tool",    "spec_digest", "seed",  "verdict", "conformant",
        "reason", "started", "levels",      "bases", "command"};
    static const char *const kept[] = {"id", "level", "text", "source", "verdict"};
    const json_t *clauses = json_object_get(results, "clauses");
    json_t *light = json_object(), *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        view_take(light, results, members[i]);
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        json_t *c = json_object();

        for (size_t j = 0; j < ARRAY_LEN(kept); j++)
            view_take(c, json_array_get(clauses, i), kept[j]);
        json_array_append_new(list, c);
    }
    json_object_set_new(light, "clauses", list);
    return light;
}

bool site_add(struct site *s, const char *file, const json_t *results,
              struct err *err) {
    const struct report_options o = {.results = file, .home = "../index.html"};
    const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
    char *stem = mem_strndup(name, strlen(name) -
                                       (str_ends(name, ".json") ? strlen(".json") : 0));
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    struct site_run *run;
    char *place = file_name(s, "runs", stem);
    bool ok;

    s->runs = mem_grow(s->runs, s->count + 1, sizeof(*s->runs));
    run = &s->runs[s->count++];
    *run = (struct site_run){without_evidence(results), mem_strdup(name),
                             mem_printf("%s.html", place)};
    ok = write_html(results, &o, &out) && s->put(s->arg, run->page, &out, err);
    buf_release(&out);
    free(place);
    free(stem);
    return ok;
}

/* ---- what is over all of them ---- */

static const char *target_name(const struct site_run *run) {
    return text_of(json_object_get(run->results, "target"), "name");
}

static int newest_first(const void *a, const void *b) {
    const struct site_run *x = a, *y = b;
    int order = strcmp(text_of(y->results, "started"), text_of(x->results, "started"));

    return order ? order : strcmp(x->file, y->file);
}

static bool has_clauses(const struct site_run *run) {
    return json_array_size(json_object_get(run->results, "clauses")) > 0;
}

/* Some runs, as the functions of a matrix want them. */
struct chosen {
    const json_t *results[OVER_TIME];
    const char *pages[OVER_TIME];
    size_t count;
};

static void choose(struct chosen *c, const struct site_run *run) {
    c->results[c->count] = run->results;
    c->pages[c->count++] = run->page;
}

static json_t *table_of(const struct chosen *c) {
    return matrix_view(c->results, c->count, c->pages);
}

static json_t *run_line(const struct site_run *run) {
    json_t *line = view_head(run->results);

    json_object_set_new(line, "page", json_string(run->page));
    json_object_set_new(line, "file", json_string(run->file));
    return line;
}

/* Of one target: oldest first, at most OVER_TIME of the newest. */
static void choose_trend(struct chosen *c, const struct site *s, const char *name) {
    size_t fits = 0;

    for (size_t i = 0; i < s->count; i++)
        fits += strcmp(target_name(&s->runs[i]), name) == 0 && has_clauses(&s->runs[i]);
    for (size_t i = s->count, left = fits; i-- > 0;) {
        if (strcmp(target_name(&s->runs[i]), name) != 0 || !has_clauses(&s->runs[i]))
            continue;
        if (left-- <= OVER_TIME)
            choose(c, &s->runs[i]);
    }
}

/* How many MUST clauses passed in each run, as the points of a line 300 wide, 40 high. */
static json_t *line_of(const struct chosen *c) {
    struct buf points = BUF_INIT(BUF_UNLIMITED);
    json_t *line;

    for (size_t i = 0; i < c->count; i++) {
        const json_t *must =
            json_object_get(json_object_get(c->results[i], "levels"), "must");
        double all = (double)jsonx_int(must, "clauses", 0),
               share = all > 0 ? (double)jsonx_int(must, "passed", 0) / all : 0,
               x = c->count > 1 ? 298.0 * (double)i / (double)(c->count - 1) : 0;

        buf_addf(&points, "%s%.1f,%.1f", i ? " " : "", x + 1, 39 - 38 * share);
    }
    line = json_string(points.ptr);
    buf_release(&points);
    return line;
}

static json_t *trends_view(const struct site *s, const json_t *targets) {
    json_t *list = json_array();

    for (size_t i = 0; i < json_array_size(targets); i++) {
        json_t *target = json_array_get(targets, i), *trend;
        struct chosen c = {.count = 0};

        choose_trend(&c, s, text_of(target, "name"));
        if (!c.count)
            continue;
        trend = table_of(&c);
        if (c.count > 1)
            json_object_set_new(trend, "line", line_of(&c));
        view_take(trend, target, "name");
        view_take(trend, target, "anchor");
        json_array_append_new(list, trend);
    }
    return list;
}

static bool put_badges(struct site *s, const struct site_run *run, json_t *target,
                       struct err *err) {
    static const struct {
        bool (*write)(const json_t *results, const struct report_options *o,
                      struct buf *out);
        const char *key, *suffix;
    } badges[] = {{write_badge, "svg", ".svg"}, {write_shields, "json", ".json"}};
    char *stem = file_name(s, "badges", target_name(run));
    bool ok = true;

    json_object_set_new(target, "anchor", json_string(stem + strlen("badges/")));
    for (size_t i = 0; i < ARRAY_LEN(badges) && ok; i++) {
        struct buf out = BUF_INIT(BUF_UNLIMITED);
        char *path = mem_printf("%s%s", stem, badges[i].suffix);

        json_object_set_new(target, badges[i].key, json_string(path));
        ok = badges[i].write(run->results, NULL, &out) &&
             s->put(s->arg, path, &out, err);
        buf_release(&out);
        free(path);
    }
    free(stem);
    return ok;
}

/* The newest run of each target, by their names, and its badges. */
static bool find_targets(struct site *s, json_t *targets, struct err *err) {
    json_t *seen = json_object();
    bool ok = true;

    for (size_t i = 0; i < s->count && ok; i++) {
        const struct site_run *run = &s->runs[i];
        json_t *target;

        if (!has_clauses(run) || json_object_get(seen, target_name(run)))
            continue;
        json_object_set_new(seen, target_name(run), json_true());
        target = run_line(run);
        json_array_append_new(targets, target);
        ok = put_badges(s, run, target, err);
    }
    json_decref(seen);
    return ok;
}

static json_t *index_view(const struct site *s, json_t *targets) {
    struct chosen c = {.count = 0};
    json_t *page, *runs = json_array();

    for (size_t i = 0; i < s->count; i++) {
        if (has_clauses(&s->runs[i]) && c.count < SIDE_BY_SIDE)
            choose(&c, &s->runs[i]);
        json_array_append_new(runs, run_line(&s->runs[i]));
    }
    page = table_of(&c);
    json_object_set_new(page, "title", json_string("Secrets API: conformance results"));
    json_object_set(page, "targets", targets);
    json_object_set_new(page, "runs", runs);
    json_object_set_new(page, "run_count", json_integer((json_int_t)s->count));
    return page;
}

bool site_finish(struct site *s, struct err *err) {
    json_t *targets = json_array(), *index, *trend;
    bool ok;

    qsort(s->runs, s->count, sizeof(*s->runs), newest_first);
    ok = find_targets(s, targets, err);
    index = index_view(s, targets);
    trend = json_pack("{s:s, s:o}", "title", "Secrets API: conformance over time",
                      "trends", trends_view(s, targets));
    ok = ok && put_page(s, "index.html", "site.html", index, err) &&
         put_page(s, "trend.html", "trend.html", trend, err);
    json_decref(index);
    json_decref(trend);
    json_decref(targets);
    return ok;
}
