/* Several result documents come in. A table goes out in Markdown or for a terminal: a row a
 * clause, a column a result. */
#include "reports/matrix.h"

#include <string.h>

#include "core/jsonx.h"
#include "core/str.h"
#include "reports/text.h"

json_t *matrix_clauses(const json_t *const *results, size_t count) {
    json_t *all = json_array(), *seen = json_object();

    for (size_t i = 0; i < count; i++) {
        const json_t *clauses = json_object_get(results[i], "clauses");

        for (size_t j = 0; j < json_array_size(clauses); j++) {
            json_t *c = json_array_get(clauses, j);

            if (json_object_get(seen, text_of(c, "id")))
                continue;
            json_object_set_new(seen, text_of(c, "id"), json_true());
            json_array_append(all, c);
        }
    }
    json_decref(seen);
    return all;
}

static const char *name_of(const json_t *results) {
    return text_of(json_object_get(results, "target"), "name");
}

const char *matrix_verdict(const json_t *results, const char *clause) {
    const json_t *c = clause_of(results, clause);

    return c ? text_of(c, "verdict") : "unchecked";
}

bool matrix_differs(const json_t *const *results, size_t count, const char *clause) {
    for (size_t i = 1; i < count; i++)
        if (strcmp(matrix_verdict(results[0], clause),
                   matrix_verdict(results[i], clause)) != 0)
            return true;
    return false;
}

static long long level_count(const json_t *results, const char *level,
                             const char *key) {
    return (long long)jsonx_int(
        json_object_get(json_object_get(results, "levels"), level), key, 0);
}

static long long level_offered(const json_t *results, const char *level) {
    return clauses_offered(json_object_get(json_object_get(results, "levels"), level));
}

bool matrix_markdown(const json_t *const *results, size_t count, struct buf *out) {
    json_t *clauses = matrix_clauses(results, count);

    buf_adds(out, "| clause | level |");
    for (size_t i = 0; i < count; i++) {
        buf_addc(out, ' ');
        add_markdown(out, name_of(results[i]), 80);
        buf_adds(out, " |");
    }
    buf_adds(out, "\n|---|---|");
    for (size_t i = 0; i < count; i++)
        buf_adds(out, "---|");
    buf_adds(out, "\n| **verdict** | |");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " **%s** |", text_of(results[i], "verdict"));
    buf_addc(out, '\n');
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        buf_addf(out, "| %s | %s |", text_of(c, "id"), text_of(c, "level"));
        for (size_t k = 0; k < count; k++)
            buf_addf(out, " %s |", matrix_verdict(results[k], text_of(c, "id")));
        buf_addc(out, '\n');
    }
    json_decref(clauses);
    return !out->failed;
}

bool matrix_terminal(const json_t *const *results, size_t count, struct buf *out) {
    json_t *clauses = matrix_clauses(results, count);

    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%zu: ", i + 1);
        str_add_visible(out, name_of(results[i]), strlen(name_of(results[i])), 80);
        buf_addf(out, ": %s (must %lld/%lld, should %lld/%lld)\n",
                 text_of(results[i], "verdict"),
                 level_count(results[i], "must", "passed"),
                 level_offered(results[i], "must"),
                 level_count(results[i], "should", "passed"),
                 level_offered(results[i], "should"));
    }
    buf_addf(out, "\n%-10s %-7s", "clause", "level");
    for (size_t i = 0; i < count; i++)
        buf_addf(out, " %-10zu", i + 1);
    buf_addc(out, '\n');
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);

        buf_addf(out, "%-10s %-7s", text_of(c, "id"), text_of(c, "level"));
        for (size_t k = 0; k < count; k++)
            buf_addf(out, " %-10s", matrix_verdict(results[k], text_of(c, "id")));
        buf_adds(out, matrix_differs(results, count, text_of(c, "id")) ? " *\n" : "\n");
    }
    json_decref(clauses);
    return !out->failed;
}
