/* The name of a kind of file comes in. The JSON Schema by which editors complete and check it
 * goes to stdout; without a name the kinds, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/mem.h"
#include "core/str.h"

enum { SCHEMA_BYTES = 1 << 20 };

extern const char schema_results[]; /* reports/schema/results.json */

static const struct schema {
    const char *name, *about;
    const char *text; /* NULL = in the folder of the specs, schema/NAME.json */
} schemas[] = {
    {"clauses", "the catalogue of clauses: specs/clauses.yaml", NULL},
    {"diagnoses", "what each known defect turns red: specs/diagnoses/known.json", NULL},
    {"endpoints", "the calls of the API: specs/endpoints.yaml", NULL},
    {"faults", "what a replay spoils: replay --faults FILE", NULL},
    {"grid", "factors that are crossed into cases: specs/grids", NULL},
    {"profile", "a target profile: --target and --credentials", NULL},
    {"recording", "each document of a recording: record --fixture FILE", NULL},
    {"results", "a result document: run --results FILE", schema_results},
    {"spec", "cases with their checks: specs/suites", NULL},
};

static int list_schemas(void) {
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++)
        printf("%-10s %s\n", schemas[i].name, schemas[i].about);
    return 0;
}

static int print_schema(const struct schema *s) {
    char *path, *text;
    struct err err = {0};
    size_t len;

    if (s->text) {
        fputs(s->text, stdout);
        return 0;
    }
    path = mem_printf("%s/schema/%s.json", specs_dir(), s->name);
    text = file_slurp(path, SCHEMA_BYTES, &len, &err);
    if (text)
        fwrite(text, 1, len, stdout);
    free(text);
    free(path);
    return text ? 0 : print_err(&err, 2);
}

int cmd_schema(int argc, char **argv) {
    const struct command *c = command_find("schema");
    int code = options_parse(c, NULL, 0, &argc, argv);
    const char *names[ARRAY_LEN(schemas)], *near;

    if (code >= 0)
        return code;
    if (argc < 2)
        return list_schemas();
    if (argc > 2)
        return usage_error(c, "expected one name; without any they are listed");
    for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
        if (strcmp(argv[1], schemas[i].name) == 0)
            return print_schema(&schemas[i]);
        names[i] = schemas[i].name;
    }
    near = str_nearest(argv[1], names, ARRAY_LEN(schemas));
    return usage_error(c, "no schema \"%.40s\"%s%s%s", argv[1],
                       near ? "; did you mean \"" : "; `assay schema` lists them",
                       near ? near : "", near ? "\"?" : "");
}
