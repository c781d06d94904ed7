/* The names of defects and freedoms come in. The model runs as a server until a signal.
 * */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_load.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/listen.h"
#include "cli/server.h"
#include "core/confine.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/model_server.h"

static const char reference_key[] = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

static struct listen_flags face = {.address = LISTEN_DEFAULT};
static const char *clock_text = "real", *credentials;
static struct option_list defects, freedoms;
static bool list_defects, list_freedoms;
static int64_t cap, seed = -1, max_body;

static const struct option options[] = {
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "a target profile whose keys are known"},
    {.name = "clock",
     .kind = OPTION_TEXT,
     .value = &clock_text,
     .argument = "CLOCK",
     .help = "real, frozen, or a time in seconds since 1970 that runs on"},
    {.name = "cap",
     .kind = OPTION_INT,
     .value = &cap,
     .argument = "N",
     .min = 1,
     .max = 1000000,
     .help = "secrets that a scope holds (default 10)"},
    {.name = "defect",
     .kind = OPTION_LIST,
     .value = &defects,
     .argument = "NAME",
     .help = "be wrong in this way; may be repeated"},
    {.name = "freedom",
     .kind = OPTION_LIST,
     .value = &freedoms,
     .argument = "NAME",
     .help = "use this freedom of the API; may be repeated"},
    {.name = "list-defects",
     .kind = OPTION_FLAG,
     .value = &list_defects,
     .help = "show the defects: name, clause, what is wrong"},
    {.name = "list-freedoms",
     .kind = OPTION_FLAG,
     .value = &list_freedoms,
     .help = "show the freedoms"},
    {.name = "max-body",
     .kind = OPTION_INT,
     .value = &max_body,
     .argument = "BYTES",
     .min = 1,
     .max = 1 << 30,
     .help = "the largest request body (default 16 MiB)"},
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "makes the ids repeatable"},
    LISTEN_OPTIONS(face),
};

static void dashed(const char *field, char *out, size_t size) {
    size_t i = 0;

    for (; field[i] && i + 1 < size; i++)
        out[i] = (char)(field[i] == '_' ? '-' : field[i]);
    out[i] = '\0';
}

static int list_variants(const struct model_variant *table, size_t count) {
    char name[64];

    for (size_t i = 0; i < count; i++) {
        dashed(table[i].name, name, sizeof(name));
        printf("%-26s %-8s %s\n", name, table[i].clause, table[i].help);
    }
    return 0;
}

static int apply(const struct command *c, struct model_rules *rules, const char *option,
                 const struct option_list *names, const struct model_variant *table,
                 size_t count) {
    for (size_t i = 0; i < names->count; i++) {
        const char *near = NULL;
        const struct model_variant *v =
            model_variant_find(table, count, names->items[i], &near);
        char hint[64] = "";

        if (near)
            dashed(near, hint, sizeof(hint));
        if (!v)
            return usage_error(c, "--%s: unknown name \"%s\"%s%s%s; see --list-%ss",
                               option, names->items[i], near ? "; did you mean \"" : "",
                               hint, near ? "\"?" : "", option);
        model_variant_apply(rules, v);
    }
    return -1;
}

/* *main_key: whose secrets are meant where no key is named; free() it. */
static int add_keys(struct model *model, char **main_key) {
    struct diags diags = {0};
    char *shipped = mem_printf("%s/targets/assay.yaml", specs_dir());
    struct profile *p = profile_load(credentials ? credentials : shipped,
                                     PROFILE_KEYS_ONLY | PROFILE_ALLOW_LIVE, &diags);
    struct model_key reference = {reference_key, "acct_reference", NULL, false};

    free(shipped);
    if (!p)
        return print_diags(&diags, 2);
    model_add_profile(model, p);
    if (!credentials)
        model_add_key(model, &reference);
    *main_key =
        mem_strdup(credentials ? profile_credential(p, "main")->key : reference_key);
    profile_free(p);
    return -1;
}

static int serve_until_signal(struct model *model, const struct clock *clock,
                              const char *main_key, const struct listening *l,
                              char *const *command) {
    const struct server_company with = {command, l->identity.ca_path};
    struct model_server_options o = {.listen = l->options, .main_key = main_key};
    struct err err = {0};
    const struct confine_options nothing = {0};
    struct model_server *s;
    int code;

    clock_copy(&o.clock, clock);
    o.listen.max_body = (size_t)max_body;
    server_block_signals(command);
    server_confine(&nothing, command);
    s = model_server_start(model, &o, &err);
    if (!s)
        return print_err(&err, 2);
    code = server_run(model_server_url(s), &with);
    model_server_stop(s, SERVER_STOP_MS);
    return code;
}

int cmd_serve(int argc, char **argv) {
    const struct command *c = command_find("serve");
    char **command = child_split(&argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct model_rules rules = {0};
    struct clock clock = {0};
    struct err err = {0};
    struct model *model;
    struct listening l;
    char *main_key = NULL;

    if (code >= 0)
        return code;
    if (list_defects)
        return list_variants(model_defects, model_defect_count);
    if (list_freedoms)
        return list_variants(model_freedoms, model_freedom_count);
    if (argc > 1)
        return usage_error(c, "takes no argument, got \"%s\"", argv[1]);
    if (!clock_parse(&clock, clock_text, &err))
        return usage_error(c, "--clock: %s", err.text);
    if ((code = apply(c, &rules, "defect", &defects, model_defects,
                      model_defect_count)) >= 0 ||
        (code = apply(c, &rules, "freedom", &freedoms, model_freedoms,
                      model_freedom_count)) >= 0)
        return code;
    if ((code = listen_prepare(c, &face, NULL, 0, &l)) >= 0)
        return code;
    rules.cap = (int)cap;
    model = model_new(&rules, seed >= 0 ? (uint64_t)seed : id_seed_random());
    code = add_keys(model, &main_key);
    if (code >= 0) {
        model_free(model);
        return code;
    }
    code = serve_until_signal(model, &clock, main_key, &l, command);
    free(main_key);
    listening_release(&l);
    free(face.cors.items);
    free(defects.items);
    free(freedoms.items);
    return code;
}
