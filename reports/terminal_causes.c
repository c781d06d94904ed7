/* The causes of a result document come in. For each a few lines go out: what is wrong, the
 * clause, an example with wanted and got, and the command that shows it. */
#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/terminal.h"
#include "reports/text.h"

enum { CAUSES_SHOWN = 10, WIDTH = 118, VALUE = 48 };

static void add_cut(struct buf *out, const char *text, size_t max) {
    struct buf line = BUF_INIT(BUF_UNLIMITED);
    size_t len = 0, n;

    str_add_visible(&line, text, strlen(text), 4000);
    while (len < max && line.ptr[len]) {
        n = str_utf8_step(line.ptr + len, line.len - len);
        len += n ? n : 1;
    }
    buf_add(out, line.ptr, len);
    if (line.ptr[len])
        buf_adds(out, "..");
    buf_release(&line);
}

/* "list.yaml:12:9 list/order/newest: /body/data/0/name is "a", wanted "b"" */
static void add_example(struct buf *out, const json_t *check) {
    const json_t *m = json_array_get(json_object_get(check, "mismatches"), 0);

    buf_adds(out, "   ");
    add_cut(out, text_of(check, "file"), 60);
    buf_addf(out, ":%lld:%lld ", (long long)jsonx_int(check, "line", 0),
             (long long)jsonx_int(check, "column", 0));
    add_cut(out, text_of(check, "id"), 80);
    if (m) {
        buf_adds(out, "\n   ");
        add_cut(out, *text_of(m, "pointer") ? text_of(m, "pointer") : "the answer", 60);
        buf_adds(out, " wanted ");
        add_cut(out, text_of(m, "expected"), VALUE);
        buf_adds(out, ", got ");
        add_cut(out, text_of(m, "got"), VALUE);
    } else if (*text_of(check, "reason")) {
        buf_adds(out, "\n   ");
        add_cut(out, text_of(check, "reason"), WIDTH);
    }
    if (strcmp(text_of(check, "again"), "not again") == 0)
        buf_adds(out, " (not again when it was sent alone)");
    buf_addc(out, '\n');
}

static void add_cause(struct buf *out, const json_t *results, const json_t *cause,
                      size_t number, const struct report_options *o) {
    const json_t *clause = clause_of(results, text_of(cause, "clause"));
    size_t n = json_array_size(json_object_get(cause, "checks"));
    bool must = strcmp(text_of(cause, "level"), "must") == 0;

    buf_addf(out, "%zu. %s", number, !o->color ? "" : must ? "\x1b[31m" : "\x1b[33m");
    add_cut(out, text_of(cause, "title"), WIDTH);
    buf_addf(out, "%s (%zu check%s, %s)\n   ", o->color ? "\x1b[0m" : "", n,
             n == 1 ? "" : "s",
             strcmp(text_of(cause, "confidence"), "guess") == 0
                 ? "a guess"
                 : text_of(cause, "confidence"));
    add_cut(out, text_of(cause, "clause"), 20);
    add_cut(out, " ", 1);
    add_cut(out, text_of(cause, "level"), 8);
    buf_adds(out, ", ");
    add_cut(out, text_of(clause, "source"), 40);
    buf_adds(out, ": ");
    add_cut(out, text_of(clause, "text"), WIDTH - 35);
    buf_addc(out, '\n');
    add_example(out, check_named(results, text_of(cause, "first")));
}

/* Where the target was gone, that is said once, in the summary. */
static bool is_gone(const json_t *results, const json_t *cause) {
    const json_t *first = check_named(results, text_of(cause, "first"));

    return json_is_false(json_object_get(results, "complete")) &&
           is_verdict(first, "error");
}

size_t causes_to_tell(const json_t *results) {
    const json_t *causes = json_object_get(results, "causes");
    size_t n = json_array_size(causes);

    while (n > 0 && is_gone(results, json_array_get(causes, n - 1)))
        n--;
    return n;
}

void add_causes(struct buf *out, const json_t *results,
                const struct report_options *o) {
    const json_t *causes = json_object_get(results, "causes");
    size_t n = causes_to_tell(results), shown = 0;

    for (; shown < n && (shown < CAUSES_SHOWN || o->verbose); shown++)
        add_cause(out, results, json_array_get(causes, shown), shown + 1, o);
    if (shown < n)
        buf_addf(out, "... and %zu more cause%s: --verbose\n", n - shown,
                 n - shown == 1 ? "" : "s");
    if (n && !o->quiet) {
        const char *first = text_of(json_array_get(causes, 0), "first");

        buf_adds(out, "To see the first by itself: assay report ");
        str_add_shell(out, o->results ? o->results : "RESULTS.json",
                      strlen(o->results ? o->results : "RESULTS.json"));
        buf_adds(out, " --format sh --check ");
        str_add_shell(out, first, strlen(first));
        buf_adds(out, " -o fault.sh; sh fault.sh\n");
    }
    buf_addc(out, '\n');
}
