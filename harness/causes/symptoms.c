/* What comes in: the checks of a result document. What goes out: those that are red, each
 * with what makes it like others, and the set of those that passed. */
#include "harness/causes/symptoms.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"

static bool is(const json_t *check, const char *verdict) {
    return strcmp(jsonx_string(check, "verdict", ""), verdict) == 0;
}

static bool path_ends(const char *url, const char *path) {
    size_t len = strcspn(url, "?"), tail = strlen(path);

    return len >= tail && memcmp(url + len - tail, path, tail) == 0;
}

const char *symptom_call(const struct symptoms *s, const json_t *check) {
    const json_t *t = json_object_get(check, "transcript"),
                 *x = json_array_get(t, json_array_size(t) - 1);

    for (size_t i = 0; s->catalogue && i < s->catalogue->call_count; i++)
        if (strcmp(s->catalogue->calls[i].method, jsonx_string(x, "method", "")) == 0 &&
            path_ends(jsonx_string(x, "url", ""), s->catalogue->calls[i].path))
            return s->catalogue->calls[i].name;
    return "the request";
}

/* What a status or a word of the API is stays, a longer value is its first character: so
 * values of one kind are alike. tools/diagnoses does the same. */
static void add_kind(struct buf *out, const char *text) {
    size_t len = strlen(text);

    if (len > 0 && len < 24 && !strpbrk(text, "_-"))
        buf_adds(out, text);
    else
        buf_addc(out, len ? text[0] : '-');
}

/* "/body/data/#/name": places in lists are alike, too. */
static void add_place(struct buf *out, const char *pointer) {
    bool digits = false;

    for (const char *p = pointer; *p; p++) {
        bool digit = *p >= '0' && *p <= '9';

        if (!digit || !digits)
            buf_addc(out, digit ? '#' : *p);
        digits = digit;
    }
}

static char *like_of(const struct symptoms *s, const json_t *check, size_t *seen_at) {
    const json_t *m = json_array_get(json_object_get(check, "mismatches"), 0);
    struct buf out = BUF_INIT(4096);

    if (!m)
        return mem_strdup("");
    buf_addf(&out, "%s ", symptom_call(s, check));
    add_kind(&out, jsonx_string(m, "expected", ""));
    buf_addc(&out, ' ');
    *seen_at = out.len;
    add_place(&out, jsonx_string(m, "pointer", ""));
    buf_addc(&out, ' ');
    add_kind(&out, jsonx_string(m, "got", ""));
    return buf_take(&out, NULL);
}

/* "preparation failed: set answered 400 (SET-1)" */
static void read_culprit(struct symptom *s) {
    const char *reason = jsonx_string(s->check, "reason", ""),
               *open = strrchr(reason, '('), *close = open ? strchr(open, ')') : NULL;
    size_t len = close ? (size_t)(close - open - 1) : 0;

    if (len && len < sizeof(s->culprit)) {
        memcpy(s->culprit, open + 1, len);
        s->culprit[len] = '\0';
    }
}

static void add(struct symptoms *s, json_t *check) {
    const struct diagnoses *t = s->table;
    struct symptom *one;
    size_t seen_at = 0;

    s->items = mem_grow(s->items, s->count + 1, sizeof(*s->items));
    one = &s->items[s->count++];
    *one = (struct symptom){.check = check,
                            .id = jsonx_string(check, "id", ""),
                            .clause = jsonx_string(check, "clause", ""),
                            .case_id = jsonx_string(check, "case", ""),
                            .line = jsonx_int(check, "line", 0),
                            .lacks = jsonx_string(check, "lacks", NULL),
                            .clause_place = SIZE_MAX,
                            .place = SIZE_MAX,
                            .cause = SIZE_MAX};
    one->kind = is(check, "fail") || is(check, "warn") ||
                        (one->lacks && json_object_get(check, "mismatches"))
                    ? SYMPTOM_FAILED
                : is(check, "blocked") ? SYMPTOM_BLOCKED
                                       : SYMPTOM_OTHER;
    one->like =
        one->kind == SYMPTOM_FAILED ? like_of(s, check, &seen_at) : mem_strdup("");
    one->seen = one->like + seen_at;
    if (t) {
        one->clause_place = diagnoses_clause(t, one->clause);
        one->place = diagnoses_check(t, one->id);
    }
    if (one->kind == SYMPTOM_BLOCKED)
        read_culprit(one);
}

void symptoms_read(struct symptoms *s, const json_t *results,
                   const struct catalogue *catalogue, const struct diagnoses *table) {
    const json_t *checks = json_object_get(results, "checks");

    *s = (struct symptoms){.catalogue = catalogue, .table = table};
    if (table)
        s->green = mem_new(table->check_count / 64 + 1, sizeof(*s->green));
    for (size_t i = 0; i < json_array_size(checks); i++) {
        json_t *k = json_array_get(checks, i);
        size_t place;

        if (is(k, "fail") || is(k, "warn") || is(k, "blocked") || is(k, "stale") ||
            is(k, "error")) {
            add(s, k);
        } else if (table && (is(k, "pass") || is(k, "note"))) {
            place = diagnoses_check(table, jsonx_string(k, "id", ""));
            if (place != SIZE_MAX)
                s->green[place / 64] |= (uint64_t)1 << (place % 64);
        }
    }
}

void symptoms_release(struct symptoms *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->items[i].like);
    free(s->items);
    free(s->green);
    *s = (struct symptoms){0};
}
