/* What comes in: the table of known defects as JSON. What goes out: the same as bits, by
 * check and by clause. */
#include "harness/causes/diagnoses.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

enum { TABLE_BYTES = 32 << 20 };

static size_t place_in(const json_t *map, const char *key) {
    const json_t *place = json_object_get(map, key);

    return place ? (size_t)json_integer_value(place) : SIZE_MAX;
}

size_t diagnoses_check(const struct diagnoses *d, const char *id) {
    return place_in(d->place_of, id);
}

size_t diagnoses_clause(const struct diagnoses *d, const char *id) {
    return place_in(d->clause_of, id);
}

bool diagnosis_speaks_of(const struct diagnoses *d, const struct diagnosis *item,
                         size_t check) {
    return check < d->check_count && (item->grids || !d->of_grid[check]);
}

bool diagnosis_has(const struct diagnosis *item, size_t check) {
    return check != SIZE_MAX && item->red[check / 64] >> (check % 64) & 1;
}

bool diagnosis_breaks(const struct diagnosis *item, size_t clause) {
    for (size_t i = 0; i < item->clause_count; i++)
        if (item->clauses[i] == clause)
            return true;
    return false;
}

static size_t clause_place(struct diagnoses *d, const char *id) {
    size_t place = diagnoses_clause(d, id);

    if (place != SIZE_MAX)
        return place;
    d->clauses = mem_grow(d->clauses, d->clause_count + 1, sizeof(*d->clauses));
    d->clauses[d->clause_count] = id;
    json_object_set_new(d->clause_of, id, json_integer((json_int_t)d->clause_count));
    return d->clause_count++;
}

static bool load_checks(struct diagnoses *d, struct err *err) {
    const json_t *list = json_object_get(d->doc, "checks");

    d->check_count = json_array_size(list);
    d->checks = mem_new(d->check_count + 1, sizeof(*d->checks));
    d->check_clause = mem_new(d->check_count + 1, sizeof(*d->check_clause));
    d->of_grid = mem_new(d->check_count + 1, sizeof(*d->of_grid));
    for (size_t i = 0; i < d->check_count; i++) {
        const json_t *pair = json_array_get(list, i);
        const char *id = json_string_value(json_array_get(pair, 0));
        const char *clause = json_string_value(json_array_get(pair, 1));

        if (!id || !clause)
            return err_at(err, ERR_SYNTAX, 0, 0, "/checks/%zu is no [id, clause]", i);
        d->checks[i] = id;
        d->of_grid[i] = str_starts(id, "grid.");
        d->check_clause[i] = clause_place(d, clause);
        json_object_set_new(d->place_of, id, json_integer((json_int_t)i));
    }
    return true;
}

static bool load_one(struct diagnoses *d, const json_t *o, struct diagnosis *item,
                     struct err *err) {
    static const char *const words[] = {"name",  "from", "clauses", "about",
                                        "likes", "red",  "grids"};
    const json_t *red = json_object_get(o, "red"),
                 *clauses = json_object_get(o, "clauses");

    if (!jsonx_only(o, words, ARRAY_LEN(words), "a defect", err))
        return false;

    item->name = jsonx_string(o, "name", NULL);
    item->about = jsonx_string(o, "about", "");
    item->served = strcmp(jsonx_string(o, "from", ""), "model") == 0;
    item->likes = json_object_get(o, "likes");
    item->grids = json_is_true(json_object_get(o, "grids"));
    item->red = mem_new(d->check_count / 64 + 1, sizeof(*item->red));
    for (size_t i = 0; i < json_array_size(red); i++) {
        json_int_t at = json_integer_value(json_array_get(red, i));

        if (at < 0 || (size_t)at >= d->check_count)
            return err_at(err, ERR_SYNTAX, 0, 0, "%s: there is no check %lld",
                          item->name ? item->name : "?", (long long)at);
        item->red[at / 64] |= (uint64_t)1 << (at % 64);
    }
    for (size_t i = 0; i < json_array_size(clauses) && i < DIAGNOSIS_CLAUSES; i++) {
        const char *id = json_string_value(json_array_get(clauses, i));

        if (id)
            item->clauses[item->clause_count++] = clause_place(d, id);
    }
    return item->name && item->clause_count
               ? true
               : err_at(err, ERR_SYNTAX, 0, 0, "a defect without name or clauses");
}

static bool check_root(const json_t *root, struct err *err) {
    static const char *const words[] = {"assay_diagnoses", "checks", "defects"};

    if (!jsonx_only(root, words, ARRAY_LEN(words), "the document", err))
        return false;
    if (jsonx_int(root, "assay_diagnoses", 0) != 1)
        return err_at(err, ERR_SYNTAX, 0, 0, "/assay_diagnoses is not 1");
    for (size_t i = 1; i < ARRAY_LEN(words); i++)
        if (!json_is_array(json_object_get(root, words[i])))
            return err_at(err, ERR_SYNTAX, 0, 0, "/%s is no array", words[i]);
    return true;
}

struct diagnoses *diagnoses_load_file(const char *path, struct err *err) {
    struct diagnoses *d = mem_new(1, sizeof(*d));
    const json_t *list;
    bool ok;

    d->place_of = json_object();
    d->clause_of = json_object();
    d->doc = jsonx_load_file(path, TABLE_BYTES, err);
    ok = d->doc && check_root(d->doc, err) && load_checks(d, err);
    list = json_object_get(d->doc, "defects");
    d->items = mem_new(json_array_size(list) + 1, sizeof(*d->items));
    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = load_one(d, json_array_get(list, i), &d->items[d->count++], err);
    if (!ok) {
        err_in(err, path);
        diagnoses_free(d);
        d = NULL;
    }
    return d;
}

struct diagnoses *diagnoses_load(const char *dir, struct err *err) {
    char *path = mem_printf("%s/diagnoses/known.json", dir);
    struct diagnoses *d = diagnoses_load_file(path, err);

    free(path);
    return d;
}

void diagnoses_free(struct diagnoses *d) {
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++)
        free(d->items[i].red);
    free(d->items);
    free((void *)d->checks);
    free(d->check_clause);
    free(d->of_grid);
    free((void *)d->clauses);
    json_decref(d->place_of);
    json_decref(d->clause_of);
    json_decref(d->doc);
    free(d);
}
