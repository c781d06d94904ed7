/* The name of a format and documents come in. The writer of that format is called. */
#include "reports/reports.h"

#include <string.h>

#include "core/jsonx.h"
#include "reports/matrix.h"
#include "reports/text.h"

static const struct {
    const char *name;
    bool (*write)(const json_t *results, const struct report_options *o,
                  struct buf *out);
    /* several side by side, or NULL */
    bool (*matrix)(const json_t *const *results, size_t count, struct buf *out);
    enum report_needs needs;
} writers[] = {
    {"html", write_html, matrix_html, 0},
    {"junit", write_junit, NULL, 0},
    {"tap", write_tap, NULL, 0},
    {"ctrf", write_ctrf, NULL, 0},
    {"markdown", write_markdown, matrix_markdown, 0},
    {"badge", write_badge, NULL, NEEDS_CONCLUSION},
    {"shields", write_shields, NULL, NEEDS_CONCLUSION},
    {"json", write_json, NULL, 0},
    {"terminal", write_terminal, matrix_terminal, 0},
    {"sh", write_script, NULL, NEEDS_CHECK},
    {"hurl", write_hurl, NULL, NEEDS_CHECK},
    {"github", write_github, NULL, 0},
    {"waivers", write_waivers, NULL, 0},
    {"site", NULL, NULL, NEEDS_FOLDER},
};

const char *const report_formats[] = {
    "html",     "junit", "tap",  "ctrf",   "markdown", "badge", "shields", "json",
    "terminal", "sh",    "hurl", "github", "waivers",  "site",  NULL};

static size_t writer_named(const char *name) {
    size_t i = 0;

    while (i < ARRAY_LEN(writers) && strcmp(writers[i].name, name) != 0)
        i++;
    return i;
}

bool report_format_known(const char *name) {
    return writer_named(name) < ARRAY_LEN(writers);
}

bool report_format_needs(const char *name, enum report_needs what) {
    size_t i = writer_named(name);

    return i < ARRAY_LEN(writers) && (writers[i].needs & what);
}

bool write_json(const json_t *results, const struct report_options *o,
                struct buf *out) {
    (void)o;
    return jsonx_write(out, results, 1) && buf_addc(out, '\n');
}

/* Our own words stand in reports as they are, so that they may hold nothing else. */
static bool check_word(const json_t *object, const char *list, size_t i,
                       const char *member, struct err *err) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789 .:_+-";
    const char *text = jsonx_string(object, member, "");

    return strspn(text, plain) == strlen(text) ||
           err_at(err, ERR_SYNTAX, 0, 0,
                  "not a result document: %s of %s %zu holds other characters than "
                  "letters, digits and .:_+-",
                  member, list, i);
}

static bool check_words(const json_t *results, const char *list, struct err *err) {
    static const char *const members[] = {"clause", "level", "verdict"};
    const json_t *items = json_object_get(results, list);

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *o = json_array_get(items, i);

        for (size_t j = 0; j < ARRAY_LEN(members); j++)
            if (!check_word(o, list, i, members[j], err))
                return false;
        if (strcmp(list, "clauses") == 0 && !check_word(o, list, i, "id", err))
            return false;
    }
    return true;
}

bool results_check(const json_t *results, struct err *err) {
    static const struct {
        const char *pointer, *type;
    } wanted[] = {
        {"/assay_results", "integer"}, {"/target/name", "string"},
        {"/tool/version", "string"},   {"/spec_digest", "string"},
        {"/seed", "integer"},          {"/verdict", "string"},
        {"/checks", "array"},          {"/clauses", "array"},
        {"/levels", "object"},         {"/totals", "object"},
        {"/exit_code", "integer"},     {"/cases", "array"},
    };
    static const char *const members[] = {"id", "clause", "level", "verdict"};
    const json_t *checks = json_object_get(results, "checks");

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (strcmp(jsonx_type(jsonx_at(results, wanted[i].pointer)), wanted[i].type) !=
            0)
            return err_at(err, ERR_SYNTAX, 0, 0,
                          "not a result document: %s is %s, not %s", wanted[i].pointer,
                          jsonx_type(jsonx_at(results, wanted[i].pointer)),
                          wanted[i].type);
    for (size_t i = 0; i < json_array_size(checks); i++)
        for (size_t j = 0; j < ARRAY_LEN(members); j++)
            if (!jsonx_string(json_array_get(checks, i), members[j], NULL))
                return err_at(err, ERR_SYNTAX, 0, 0,
                              "not a result document: /checks/%zu/%s is no text", i,
                              members[j]);
    return check_word(results, "document", 0, "verdict", err) &&
           check_word(results, "document", 0, "spec_digest", err) &&
           check_word(json_object_get(results, "tool"), "tool", 0, "version", err) &&
           check_words(results, "checks", err) && check_words(results, "clauses", err);
}

/* A badge says that something conforms, or that it does not: what was not all checked
 * has none. */
static bool has_badge(const json_t *results, struct err *err) {
    return json_is_boolean(json_object_get(results, "conformant")) ||
           err_at(err, ERR_PEER, 0, 0,
                  "no badge is made: whether the target conforms is not known (%s)",
                  text_of(results, "verdict"));
}

/* Whether this writer has what it needs. */
static bool can_write(size_t writer, const json_t *const *results, size_t count,
                      const struct report_options *o, struct err *err) {
    const char *name = writers[writer].name;
    const char *missing = writers[writer].needs & NEEDS_CHECK && count == 1
                              ? script_missing(results[0], o->check)
                              : NULL;

    if (writers[writer].needs & NEEDS_FOLDER)
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "%s is of many files, made from a folder of results", name);
    if (count != 1 && !writers[writer].matrix)
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "%s shows one result; several make a matrix in html, markdown "
                      "or terminal",
                      name);
    if (missing)
        return err_at(err, ERR_SYNTAX, 0, 0, "%s: %s", name, missing);
    return count != 1 || !(writers[writer].needs & NEEDS_CONCLUSION) ||
           has_badge(results[0], err);
}

bool report_write(const char *format, const json_t *const *results, size_t count,
                  const struct report_options *options, struct buf *out,
                  struct err *err) {
    size_t i = writer_named(format);
    bool ok;

    if (i == ARRAY_LEN(writers))
        return err_at(err, ERR_SYNTAX, 0, 0, "unknown format \"%.40s\"", format);
    if (!can_write(i, results, count, options, err))
        return false;
    ok = count == 1 ? writers[i].write(results[0], options, out)
                    : writers[i].matrix(results, count, out);
    return ok || err_at(err, ERR_LIMIT, 0, 0, "%s: it cannot be made", format);
}

static int rank(const char *verdict) {
    static const char *const order[] = {"skip",    "pass",  "note",  "warn", "waived",
                                        "blocked", "error", "stale", "fail"};

    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (strcmp(order[i], verdict) == 0)
            return (int)i;
    return 0;
}

json_t *results_worst(json_t *a, json_t *b) {
    json_t *worse =
        jsonx_int(b, "exit_code", 0) > jsonx_int(a, "exit_code", 0) ||
                (jsonx_int(b, "exit_code", 0) == 1 && jsonx_int(a, "exit_code", 0) == 3)
            ? b
            : a;
    json_t *other = worse == a ? b : a, *seen = json_object();
    json_t *mine = json_object_get(worse, "checks"),
           *theirs = json_object_get(other, "checks");

    for (size_t i = 0; i < json_array_size(theirs); i++)
        json_object_set(seen, text_of(json_array_get(theirs, i), "id"),
                        json_array_get(theirs, i));
    for (size_t i = 0; i < json_array_size(mine); i++) {
        json_t *k = json_array_get(mine, i),
               *o = json_object_get(seen, text_of(k, "id"));

        if (!o || strcmp(text_of(o, "verdict"), text_of(k, "verdict")) == 0)
            continue;
        if (rank(text_of(o, "verdict")) > rank(text_of(k, "verdict")))
            json_array_set(mine, i, o);
        json_object_set_new(json_array_get(mine, i), "flaky", json_true());
    }
    if (json_object_get(other, "rows") && !json_object_get(worse, "rows"))
        json_object_set_new(worse, "rows", json_object());
    json_object_update_missing(json_object_get(worse, "rows"),
                               json_object_get(other, "rows"));
    json_decref(seen);
    json_decref(other);
    return worse;
}
