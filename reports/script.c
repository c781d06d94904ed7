/* A check that is red comes in, with all that its case sent. A shell script goes out that
 * sends it again under fresh names and tells whether the fault shows. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/curl_words.h"
#include "reports/fresh.h"
#include "reports/mustache.h"
#include "reports/text.h"
#include "reports/writers.h"

enum { LONG_VALUE = 2000 };

struct script {
    struct buf *out;
    int began_ms;      /* how far into its second the case began */
    bool waits;        /* time has to pass */
    bool side_by_side; /* some requests overlapped */
    struct fresh fresh;
};

/* ---- a command line made for other names ---- */

static bool starts_at(const char *at, const char *text) {
    return *text && strncmp(at, text, strlen(text)) == 0;
}

/* What stands at a place of a line and is another each time, as a word of the shell; its
 * length in the line, or 0. */
static size_t variable_at(const struct script *s, const char *begin, const char *at,
                          bool single, struct buf *word) {
    struct fresh_place p = fresh_at(&s->fresh, begin, at);
    size_t key;

    switch (p.kind) {
    case FRESH_BASE:
        buf_adds(word, "$base");
        return p.len;
    case FRESH_NAME:
        buf_adds(word, "$n");
        return p.len;
    case FRESH_ID:
        buf_addf(word, "$(id %zu %zu)", p.id->number, p.id->k);
        return p.len;
    case FRESH_TIME:
        buf_addf(word, "$((t + %lld))", (long long)p.distance_s);
        return p.len;
    case FRESH_NOTHING:
        break;
    }
    key = single ? curl_key_at(at) : 0;
    buf_add(word, at, key);
    return key;
}

/* A line for sh, its quotes respected. */
static void add_line(const struct script *s, const char *line) {
    bool single = false, twofold = false;

    for (const char *at = line; *at;) {
        struct buf word = BUF_INIT(4096);
        size_t len = variable_at(s, line, at, single, &word);

        if (len) {
            buf_addf(s->out, "%s%s%s",
                     single    ? "'\""
                     : twofold ? ""
                               : "\"",
                     word.ptr,
                     single    ? "\"'"
                     : twofold ? ""
                               : "\"");
            at += len;
        } else {
            if (*at == '\\' && !single && at[1])
                buf_addc(s->out, *at++);
            else if (*at == '\'' && !twofold)
                single = !single;
            else if (*at == '"' && !single)
                twofold = !twofold;
            buf_addc(s->out, *at++);
        }
        buf_release(&word);
    }
}

/* ---- the requests ---- */

static void add_quoted(struct buf *out, const char *text, size_t max) {
    struct buf visible = BUF_INIT(BUF_UNLIMITED);

    str_add_visible(&visible, text, strlen(text), max);
    buf_addc(out, '\'');
    for (const char *p = visible.ptr; *p; p++)
        buf_adds(out, *p == '\'' ? "'\\''" : (char[]){*p, '\0'});
    buf_addc(out, '\'');
    buf_release(&visible);
}

/* "curl -sS -i ARGUMENTS" or "printf '..' | curl -sS -i ARGUMENTS" as `send`. */
static bool add_send(const struct script *s, const json_t *x, size_t number,
                     const char *end) {
    static const char curl[] = "curl -sS -i ";
    const char *line = text_of(x, "curl"), *at = strstr(line, curl);
    char *before;

    if (!at || *line == '#')
        return false;
    before = mem_strndup(line, (size_t)(at - line));
    add_line(s, before);
    buf_addf(s->out, "send %zu ", number);
    add_line(s, at + strlen(curl));
    buf_adds(s->out, end);
    free(before);
    return true;
}

static void add_after(const struct script *s, const json_t *x, size_t number) {
    const char *url = text_of(x, "url");
    char *what = mem_printf(
        "%s %.*s", text_of(x, "method"),
        (int)strcspn(starts_at(url, s->fresh.base) ? url + strlen(s->fresh.base) : url,
                     "?"),
        starts_at(url, s->fresh.base) ? url + strlen(s->fresh.base) : url);

    buf_addf(s->out, "after %zu %lld ", number, (long long)jsonx_int(x, "status", 0));
    add_quoted(s->out, what, 200);
    buf_adds(s->out, strstr(text_of(x, "curl"), "$ASSAY_KEY:\"") ||
                             strstr(text_of(x, "curl"), "Bearer $ASSAY_KEY\"")
                         ? " known\n"
                         : "\n");
    free(what);
}

static bool is_cleaning(const json_t *x) {
    return json_is_true(json_object_get(x, "cleaning"));
}

static bool overlaps_next(const json_t *exchanges, size_t i) {
    return json_is_true(json_object_get(json_array_get(exchanges, i + 1), "overlaps"));
}

/* In order up to `to`: waits as waits, what overlapped side by side. */
static bool add_requests(struct script *s, const json_t *exchanges, size_t to) {
    int64_t passed = 0;
    size_t group = 1;

    for (size_t i = 0; i < json_array_size(exchanges) && i <= to; i++) {
        const json_t *x = json_array_get(exchanges, i);
        int64_t at = jsonx_int(x, "at_ms", 0);

        if (is_cleaning(x))
            continue;
        if (at - passed >= 500) {
            buf_addf(s->out, "wait_until %lld\n", (long long)at);
            passed = at;
        }
        if (!add_send(s, x, i + 1,
                      overlaps_next(exchanges, i) || group > 1 ? " &\n" : "\n"))
            return false;
        if (overlaps_next(exchanges, i)) {
            group++;
            continue;
        }
        if (group > 1)
            buf_adds(s->out, "wait\n");
        for (; group > 0; group--) {
            const json_t *ended = json_array_get(exchanges, i + 1 - group);

            add_after(s, ended, i + 2 - group);
            fresh_note_ids(&s->fresh, text_of(ended, "response_body"), i + 2 - group);
        }
        group = 1;
    }
    return true;
}

static void add_clean(const struct script *s, const json_t *exchanges) {
    buf_adds(s->out, "# what it made is removed, however it ends\nclean() {\n  :\n");
    for (size_t i = 0; i < json_array_size(exchanges); i++)
        if (is_cleaning(json_array_get(exchanges, i)))
            add_send(s, json_array_get(exchanges, i), i + 1, "\n");
    buf_adds(s->out, "}\n");
}

/* ---- what was recorded ---- */

static void add_here(struct buf *out, const char *path, const char *text) {
    buf_addf(out, "cat >\"$dir/%s\" <<'ASSAY_RECORDED'\n", path);
    buf_adds(out, text);
    buf_adds(out, "\nASSAY_RECORDED\n");
}

static void add_recorded(const struct script *s, const json_t *exchanges, size_t from,
                         size_t to) {
    char name[40];

    buf_adds(s->out, ": >\"$dir/recorded.ids\"\n");
    for (size_t i = 0; i < s->fresh.id_count; i++) {
        buf_adds(s->out, "printf '%s\\n' ");
        add_quoted(s->out, s->fresh.ids[i].text, 200);
        buf_adds(s->out, " >>\"$dir/recorded.ids\"\n");
    }
    for (size_t i = from; i <= to && i < json_array_size(exchanges); i++) {
        const json_t *x = json_array_get(exchanges, i);

        snprintf(name, sizeof(name), "%zu.recorded", i + 1);
        add_here(s->out, name, text_of(x, "response_body"));
        buf_addf(s->out,
                 "printf %lld >\"$dir/%zu.was\"; printf %lld >\"$dir/%zu.bytes\"\n",
                 (long long)jsonx_int(x, "status", 0), i + 1,
                 (long long)jsonx_int(x, "response_bytes", 0), i + 1);
    }
}

/* ---- the whole ---- */

static void add_comment(struct buf *out, const char *label, const char *text) {
    buf_addf(out, "# %s", label);
    str_add_visible(out, text, strlen(text), 300);
    buf_addc(out, '\n');
}

static void add_keys(const struct script *s, const json_t *exchanges) {
    char *all = json_dumps(exchanges, 0);
    json_t *seen = json_object();

    for (const char *at = all ? strstr(all, "$ASSAY_KEY") : NULL; at;
         at = strstr(at + 1, "$ASSAY_KEY")) {
        char *name = mem_strndup(at + 1, curl_key_at(at) - 1);

        if (strcmp(name, "ASSAY_KEY_RECASED") != 0 && !json_object_get(seen, name)) {
            json_object_set_new(seen, name, json_true());
            buf_addf(
                s->out,
                "[ -n \"${%s:-}\" ] || { echo 'could not tell: the key is wanted in "
                "$%s'; exit 3; }\n",
                name, name);
        }
        free(name);
    }
    buf_adds(s->out,
             "ASSAY_KEY_RECASED=$(printf %s \"${ASSAY_KEY:-}\" | tr a-zA-Z A-Za-z)\n");
    json_decref(seen);
    free(all);
}

static void add_head(const struct script *s, const json_t *results,
                     const json_t *check) {
    const json_t *clause = clause_of(results, text_of(check, "clause")),
                 *clock = jsonx_at(results, "/target/clock"),
                 *m = json_array_get(json_object_get(check, "mismatches"), 0);

    buf_adds(s->out, "#!/bin/sh\n# Sends the case of one red check again, under fresh "
                     "names, and tells whether the fault shows.\n");
    add_comment(s->out, "check   ", text_of(check, "id"));
    add_comment(s->out, "case    ", text_of(check, "title"));
    buf_addf(s->out, "# clause  %s (%s): ", text_of(check, "clause"),
             text_of(check, "level"));
    str_add_visible(s->out, text_of(clause, "text"), strlen(text_of(clause, "text")),
                    300);
    buf_addc(s->out, '\n');
    add_comment(s->out, "wanted  ", text_of(m, "expected"));
    add_comment(s->out, "got     ", text_of(m, "got"));
    buf_adds(s->out,
             "# Usage: sh FILE [BASE_URL]; keys in $ASSAY_KEY, $ASSAY_KEY_ROLE.\n"
             "# Exit: 1 the fault shows, 0 it does not, 3 could not tell.\n");
    buf_addf(s->out, "side_by_side=%d\n", s->side_by_side);
    buf_addf(s->out, "judged_from=%lld\n", (long long)jsonx_int(check, "from", 0) + 1);
    buf_adds(s->out, "recorded_base=");
    add_quoted(s->out, s->fresh.base, 1000);
    buf_addf(s->out,
             "\nrecorded_prefix=%s\nrecorded_t=%lld\nrecorded_ms=%d\nclock_method=",
             s->fresh.prefix, (long long)s->fresh.began_s, s->waits ? s->began_ms : -1);
    add_quoted(s->out, text_of(clock, "method"), 20);
    buf_adds(s->out, "\nclock_path=");
    add_quoted(s->out, text_of(clock, "path"), 500);
    buf_adds(s->out, "\nclock_form=");
    add_quoted(s->out, text_of(clock, "form"), 500);
    buf_addc(s->out, '\n');
}

static void add_judge(const struct script *s, const json_t *check, const json_t *red,
                      size_t from, size_t to) {
    const json_t *m = json_array_get(json_object_get(check, "mismatches"), 0);
    const char *pointer = m ? text_of(m, "pointer") : "";
    bool whole = json_is_true(json_object_get(check, "whole")) ||
                 json_is_true(json_object_get(red, "truncated"));

    buf_addf(s->out, "judge %zu %zu ", from + 1, to + 1);
    add_quoted(s->out, whole ? "/text" : pointer, 500);
    buf_addc(s->out, ' ');
    add_quoted(s->out, text_of(m, "expected"), LONG_VALUE);
    buf_addc(s->out, ' ');
    add_quoted(s->out, m ? text_of(m, "got") : text_of(check, "reason"), LONG_VALUE);
    buf_addc(s->out, '\n');
}

const char *script_missing(const json_t *results, const char *id) {
    const json_t *check = id ? check_named(results, id) : NULL,
                 *row = json_object_get(json_object_get(results, "rows"),
                                        text_of(check, "row"));

    if (!id)
        return "--check ID says which check the script is for";
    if (!check)
        return "no check of the result is called so";
    if (!json_is_array(json_object_get(row, "exchanges")))
        return is_red(check) || is_verdict(check, "warn")
                   ? "the result does not hold what this check's case sent: only a run "
                     "keeps it, of rows up to 400 requests"
                   : "this check is not red";
    return NULL;
}

bool write_script(const json_t *results, const struct report_options *o,
                  struct buf *out) {
    const json_t *check = check_named(results, o->check),
                 *row = json_object_get(json_object_get(results, "rows"),
                                        text_of(check, "row")),
                 *exchanges = json_object_get(row, "exchanges");
    struct script *s = mem_new(1, sizeof(*s));
    size_t from = (size_t)jsonx_int(check, "from", 0),
           to = (size_t)jsonx_int(check, "to", 0);

    s->out = out;
    fresh_init(&s->fresh, results, row);
    s->began_ms = (int)jsonx_int(row, "began_ms", -1);
    s->waits = jsonx_int(json_array_get(exchanges, to), "at_ms", 0) >= 500;
    for (size_t i = 0; i < json_array_size(exchanges); i++)
        s->side_by_side = s->side_by_side || overlaps_next(exchanges, i);
    add_head(s, results, check);
    add_keys(s, exchanges);
    buf_adds(out, "\n");
    buf_adds(out, mustache_template("fault.sh"));
    buf_adds(out, "# ---- the case ----\n");
    add_clean(s, exchanges);
    buf_adds(out, "begin\n");
    if (!add_requests(s, exchanges, to))
        buf_adds(out,
                 "cannot_tell 'a request of the case is too large for a script'\n");
    buf_adds(out, "\n# what was answered then\n");
    add_recorded(s, exchanges, from, to);
    add_judge(s, check, json_array_get(exchanges, to), from, to);
    buf_adds(out, "exit $shows\n");
    fresh_release(&s->fresh);
    free(s);
    return !out->failed;
}
