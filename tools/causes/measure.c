/* What comes in: the table of known defects. What goes out: how often the first cause cites
 * the clause that is broken when a defect and all its family are unknown, and how many causes
 * one defect makes. Usage: causes_measure SPECS [--words N] [--miss] [--known] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/causes/causes.h"

struct figures {
    size_t tried, right, counts[64];
};

static bool show_misses, known;
static int family_words = 1;
static size_t every = 1;
static struct diagnoses *by; /* searched; NULL = the table that is measured */

/* A family: what begins with the same words. */
static bool same_family(const char *a, const char *b) {
    int words = 0;

    for (; *a && *a == *b; a++, b++)
        if (*a == '-' && ++words == family_words)
            return true;
    return (!*a || *a == '-') && (!*b || *b == '-');
}

static json_t *document(const struct diagnoses *d, const struct diagnosis *const *group,
                        size_t size) {
    json_t *checks = json_array();

    for (size_t i = 0; i < d->check_count; i++) {
        bool red = false;
        const char *slash = strrchr(d->checks[i], '/');
        char *case_id = mem_strndup(d->checks[i], (size_t)(slash - d->checks[i]));

        bool asked = true; /* of every defect it is known what this check says */

        for (size_t k = 0; k < size; k++)
            asked = asked && diagnosis_speaks_of(d, group[k], i);
        if (!asked) {
            free(case_id);
            continue;
        }
        for (size_t k = 0; k < size; k++)
            red = red || diagnosis_has(group[k], i);
        json_array_append_new(
            checks, json_pack("{s:s, s:s, s:s, s:s, s:i}", "id", d->checks[i], "clause",
                              d->clauses[d->check_clause[i]], "verdict",
                              red ? "fail" : "pass", "case", case_id, "line", (int)i));
        free(case_id);
    }
    return json_pack("{s:o}", "checks", checks);
}

static bool breaks(const struct diagnoses *d, const struct diagnosis *item,
                   const json_t *cause) {
    return diagnosis_breaks(item,
                            diagnoses_clause(d, jsonx_string(cause, "clause", "")));
}

static struct diagnoses *searched(struct diagnoses *d) {
    return by ? by : d;
}

static void leave_out(struct diagnoses *d, const struct diagnosis *item) {
    for (size_t i = 0; i < d->count; i++)
        d->items[i].left_out = !known && same_family(d->items[i].name, item->name);
}

static void measure_one(struct diagnoses *d, const struct catalogue *c,
                        const struct diagnosis *item, struct figures *f) {
    json_t *doc = document(d, &item, 1), *causes;
    size_t n;
    bool right;

    leave_out(searched(d), item);
    causes_find(doc, c, searched(d));
    causes = json_object_get(doc, "causes");
    n = json_array_size(causes);
    right = breaks(d, item, json_array_get(causes, 0));
    f->tried++;
    f->right += right;
    f->counts[n < ARRAY_LEN(f->counts) ? n : ARRAY_LEN(f->counts) - 1]++;
    if (show_misses && (!right || n > 3))
        printf("%-32s %-8s -> %-8s (%s) %zu causes, %zu checks first\n", item->name,
               d->clauses[item->clauses[0]],
               jsonx_string(json_array_get(causes, 0), "clause", "?"),
               jsonx_string(json_array_get(causes, 0), "basis", "?"), n,
               json_array_size(json_object_get(json_array_get(causes, 0), "checks")));
    json_decref(doc);
}

static size_t share(const struct figures *f, double part) {
    size_t seen = 0;

    for (size_t i = 0; i < ARRAY_LEN(f->counts); i++)
        if ((double)(seen += f->counts[i]) >= part * (double)f->tried)
            return i;
    return ARRAY_LEN(f->counts);
}

/* Several defects at once: are their clauses among the causes? */
static void measure_groups(struct diagnoses *d, const struct catalogue *c,
                           size_t size) {
    size_t tried = 0, found = 0, causes_in_all = 0;

    for (size_t i = 0; i + size < d->count; i += 7 * every) {
        const struct diagnosis *group[8];
        json_t *doc, *causes;

        for (size_t k = 0; k < size; k++)
            group[k] = &d->items[(i + k * 131 + k * k * 17) % d->count];
        for (size_t k = 0; k < searched(d)->count; k++) {
            struct diagnosis *one = &searched(d)->items[k];

            one->left_out = false;
            for (size_t m = 0; !known && m < size; m++)
                one->left_out =
                    one->left_out || same_family(one->name, group[m]->name);
        }
        doc = document(d, group, size);
        causes_find(doc, c, searched(d));
        causes = json_object_get(doc, "causes");
        for (size_t m = 0; m < size; m++) {
            bool has = false;

            for (size_t k = 0; k < json_array_size(causes); k++)
                has = has || breaks(d, group[m], json_array_get(causes, k));
            found += has;
        }
        tried++;
        causes_in_all += json_array_size(causes);
        json_decref(doc);
    }
    printf("%zu at once: %.1f %% of the broken clauses are among the causes, %.1f "
           "causes each\n",
           size, 100.0 * (double)found / (double)(tried * size),
           (double)causes_in_all / (double)tried);
}

int main(int argc, char **argv) {
    struct diags diags = {0};
    struct err err = {0};
    struct catalogue *c = argc > 1 ? catalogue_load(argv[1], &diags) : NULL;
    struct diagnoses *d = c ? diagnoses_load(argv[1], &err) : NULL;
    struct figures f = {0};
    double percent = 0, at_least = 0;

    for (int i = 2; i < argc; i++) {
        show_misses = show_misses || strcmp(argv[i], "--miss") == 0;
        known = known || strcmp(argv[i], "--known") == 0;
        if (i + 1 >= argc)
            continue;
        if (strcmp(argv[i], "--words") == 0)
            family_words = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--every") == 0)
            every = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--at-least") == 0)
            at_least = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--by") == 0)
            by = diagnoses_load(argv[++i], &err);
    }
    if (!d || every == 0) {
        fprintf(stderr, "usage: causes_measure SPECS: %s\n", err.text);
        return 2;
    }
    for (size_t i = 0; i < d->count; i += every)
        measure_one(d, c, &d->items[i], &f);
    percent = 100.0 * (double)f.right / (double)f.tried;
    printf(
        "%zu defects, each with its family %s: the first cause is right for %.1f %%; "
        "causes: median %zu, nine of ten at most %zu\n",
        f.tried, known ? "known" : "left out", percent, share(&f, 0.5), share(&f, 0.9));
    measure_groups(d, c, 2);
    measure_groups(d, c, 6);
    diagnoses_free(by);
    diagnoses_free(d);
    catalogue_free(c);
    return percent < at_least || share(&f, 0.9) > 3;
}
