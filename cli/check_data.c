/* Files of clauses, calls, known defects or faults come in. What is wrong with each goes to
 * stderr, that nothing is to stdout. */
#include "cli/check_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "core/file.h"
#include "core/mem.h"
#include "harness/causes/diagnoses.h"
#include "harness/spec/catalogue.h"
#include "proxy/faults.h"

/* `name` beside `path`, else where the specs are; free(). */
static char *beside(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    char *file = mem_printf("%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);

    if (file_exists(file))
        return file;
    free(file);
    return mem_printf("%s/%s", specs_dir(), name);
}

static struct catalogue *load(const char *clauses, const char *calls) {
    struct diags diags = {0};
    struct catalogue *c = catalogue_load_files(clauses, calls, &diags);

    print_diags(&diags, 0);
    return c;
}

int check_clauses(const char *path) {
    char *calls = beside(path, "endpoints.yaml");
    struct catalogue *c = load(path, calls);

    if (c)
        printf("%s: ok (%zu clauses)\n", path, c->clause_count);
    free(calls);
    catalogue_free(c);
    return c ? 0 : 1;
}

int check_endpoints(const char *path) {
    char *clauses = beside(path, "clauses.yaml");
    struct catalogue *c = load(clauses, path);

    if (c)
        printf("%s: ok (%zu calls)\n", path, c->call_count);
    free(clauses);
    catalogue_free(c);
    return c ? 0 : 1;
}

int check_faults(const char *path) {
    struct diags diags = {0};
    struct faults *f = faults_load(path, &diags);
    json_t *list;

    if (!f)
        return print_diags(&diags, 1);
    list = faults_json(f);
    printf("%s: ok (%zu faults)\n", path,
           json_array_size(json_object_get(list, "faults")));
    json_decref(list);
    faults_free(f);
    return 0;
}

int check_diagnoses(const char *path) {
    struct err err = {0};
    struct diagnoses *d = diagnoses_load_file(path, &err);

    if (!d)
        return print_err(&err, 1);
    printf("%s: ok (%zu known defects)\n", path, d->count);
    diagnoses_free(d);
    return 0;
}
