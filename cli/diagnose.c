/* What comes in: a result document. What goes out: the same with its causes, found by the
 * catalogue and the table of known defects that are installed. */
#include "cli/diagnose.h"

#include <string.h>

#include "cli/options.h"
#include "core/jsonx.h"
#include "harness/causes/causes.h"

static bool any_red(const json_t *results) {
    static const char *const red[] = {"fail", "warn", "blocked", "stale", "error"};
    const json_t *checks = json_object_get(results, "checks");

    for (size_t i = 0; i < json_array_size(checks); i++)
        for (size_t k = 0; k < ARRAY_LEN(red); k++)
            if (strcmp(jsonx_string(json_array_get(checks, i), "verdict", ""),
                       red[k]) == 0)
                return true;
    return false;
}

void diagnose(json_t *results) {
    struct diags diags = {0};
    struct err err = {0};
    struct catalogue *catalogue;
    struct diagnoses *table;

    if (!any_red(results)) {
        json_object_set_new(results, "causes", json_array());
        return;
    }
    catalogue = catalogue_load(specs_dir(), &diags);
    table = diagnoses_load(specs_dir(), &err);
    diags_release(&diags);
    if (!table && !common.quiet)
        print_err(&err, 0);
    causes_find(results, catalogue, table);
    diagnoses_free(table);
    catalogue_free(catalogue);
}
