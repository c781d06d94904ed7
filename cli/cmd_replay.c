/* Recordings come in. A server that answers from them runs until a signal. */
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
#include "proxy/replayer.h"
#include "recording/join.h"

static struct listen_flags face = {.address = LISTEN_DEFAULT};
static const char *clock_text = "real", *credentials;
static const char *faults_path, *admin_token, *latency_text, *fail_on, *key;
static bool strict, literal;
static int64_t seed = -1;

static const struct option options[] = {
    LISTEN_OPTIONS(face),
    FORWARD_OPTION(face),
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "keys by role; without, the first key shown is the recording's main one"},
    {.name = "key",
     .kind = OPTION_TEXT,
     .value = &key,
     .argument = "KEY",
     .help = "the key that stands for the recording's main one"},
    {.name = "strict",
     .kind = OPTION_FLAG,
     .value = &strict,
     .help = "what was not recorded is a miss (501), not the model's answer"},
    {.name = "literal",
     .kind = OPTION_FLAG,
     .value = &literal,
     .help = "the recorded exchanges alone, in their order"},
    {.name = "clock",
     .kind = OPTION_TEXT,
     .value = &clock_text,
     .argument = "CLOCK",
     .help = "real, frozen, or a time in seconds since 1970 that runs on"},
    {.name = "latency",
     .kind = OPTION_TEXT,
     .value = &latency_text,
     .argument = "FACTOR",
     .help = "times what each answer took when it was recorded (default 0: at once)"},
    {.name = "faults",
     .kind = OPTION_TEXT,
     .value = &faults_path,
     .argument = "FILE",
     .help = "answers to spoil: statuses, delays, resets, cut bodies"},
    {.name = "fail-on",
     .kind = OPTION_TEXT,
     .value = &fail_on,
     .argument = "WHAT,..",
     .help = "exit 1 with a list if there was any of these: modelled, missed, unused"},
    {.name = "admin-token",
     .kind = OPTION_TEXT,
     .value = &admin_token,
     .argument = "TOKEN",
     .help = "what /_assay/ asks of everybody, as a Bearer credential; else only the "
             "loopback may"},
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "makes new ids repeatable"},
};

/* Several files as one recording. */
struct loaded {
    struct recording recording;
    size_t count;
    struct gate_file *files; /* one each */
    char **upstreams;        /* likewise; NULL where it does not say */
};

static void loaded_release(struct loaded *l) {
    for (size_t i = 0; i < l->count; i++)
        free(l->upstreams[i]);
    free(l->upstreams);
    free(l->files);
    recording_release(&l->recording);
}

static int load_all(struct loaded *l, int count, char **paths) {
    struct recording *r = &l->recording;

    l->files = mem_new((size_t)count, sizeof(*l->files));
    l->upstreams = mem_new((size_t)count, sizeof(*l->upstreams));
    for (; l->count < (size_t)count; l->count++) {
        const char *path = paths[l->count];
        struct recording next = {0};
        struct diags diags = {0};

        if (!recording_load(&next, path, &diags))
            return print_diags(&diags, 2);
        l->upstreams[l->count] = mem_strdup(next.upstream);
        recording_join(r, &next);
        l->files[l->count] =
            (struct gate_file){path, r->count ? r->items[r->count - 1].number : 0};
    }
    return -1;
}

static int replay_until_signal(const struct recording *recording,
                               const struct replayer_options *o,
                               const struct server_company *with) {
    struct buf list = BUF_INIT(BUF_UNLIMITED);
    struct replayer_counts n;
    struct err err = {0};
    const struct confine_options nothing = {0};
    struct replayer *r;
    int code;

    server_block_signals(with->command);
    server_confine(&nothing, with->command);
    r = replayer_start(recording, o, &err);
    if (!r)
        return print_err(&err, 2);
    code = server_run(replayer_url(r), with);
    replayer_stop(r, SERVER_STOP_MS, &n);
    if (!common.quiet)
        fprintf(stderr,
                "answers: %llu recorded, %llu derived, %llu modelled, %llu missed\n",
                (unsigned long long)n.labels[REPLAY_RECORDED],
                (unsigned long long)n.labels[REPLAY_DERIVED],
                (unsigned long long)n.labels[REPLAY_MODELLED],
                (unsigned long long)n.labels[REPLAY_MISS]);
    if (n.unknown_keys && !common.quiet)
        fprintf(
            stderr,
            "%zu key%s shown that the recording does not know: --key KEY says which "
            "is the main one, --credentials PROFILE whose each is\n",
            n.unknown_keys, n.unknown_keys == 1 ? " was" : "s were");
    if (n.faults && !common.quiet)
        fprintf(stderr, "%llu answers were spoilt by --faults\n",
                (unsigned long long)n.faults);
    if (o->gate && !gate_passes(o->gate, &list)) {
        fprintf(stderr, "assay replay: --fail-on %s:\n%s", fail_on, list.ptr);
        code = code ? code : 1;
    }
    buf_release(&list);
    return code;
}

/* The words of --fail-on; 0 after telling that one is none. */
static unsigned read_rules(const struct command *c) {
    static const char *const words[] = {"modelled", "missed", "unused"};
    unsigned rules = 0;

    for (const char *at = fail_on; *at;) {
        size_t len = strcspn(at, ","), i = 0;
        char *word = mem_strndup(at, len);
        const char *near = str_nearest(word, words, ARRAY_LEN(words));

        while (i < ARRAY_LEN(words) && strcmp(words[i], word) != 0)
            i++;
        if (i == ARRAY_LEN(words)) {
            usage_error(c,
                        "--fail-on: unknown word \"%s\"%s%s%s; there are modelled, "
                        "missed and unused",
                        word, near ? "; did you mean \"" : "", near ? near : "",
                        near ? "\"?" : "");
            free(word);
            return 0;
        }
        rules |= 1U << i;
        free(word);
        at += len + (at[len] == ',');
    }
    if (!rules)
        usage_error(c, "--fail-on: expected modelled, missed or unused, with commas");
    return rules;
}

static int load_rest(const struct command *c, struct replayer_options *o,
                     struct profile **profile) {
    struct diags diags = {0};
    struct err err = {0};
    char *end;

    if (!clock_parse(&o->clock, clock_text, &err))
        return usage_error(c, "--clock: %s", err.text);
    o->latency = latency_text ? strtod(latency_text, &end) : 0;
    if (latency_text &&
        (*end || end == latency_text || !(o->latency >= 0) || o->latency > 1000))
        return usage_error(c, "--latency: expected a factor from 0 to 1000, got \"%s\"",
                           latency_text);
    if (credentials) {
        *profile =
            profile_load(credentials, PROFILE_KEYS_ONLY | PROFILE_ALLOW_LIVE, &diags);
        if (!*profile)
            return print_diags(&diags, 2);
    }
    if (faults_path && !(o->faults = faults_load(faults_path, &diags)))
        return print_diags(&diags, 2);
    return -1;
}

int cmd_replay(int argc, char **argv) {
    const struct command *c = command_find("replay");
    char **command = child_split(&argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct replayer_options o = {.admin_token = admin_token};
    struct server_company with = {.command = command};
    struct listening l = {0};
    struct loaded loaded = {0};
    struct profile *profile = NULL;
    struct gate_options gate = {.recording = &loaded.recording};

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c, "expected one or more recordings");
    if (key && credentials)
        return usage_error(c, "--key is for a recording without --credentials");
    if (strict && literal)
        return usage_error(c, "--strict and --literal exclude each other");
    if (fail_on && !(gate.rules = read_rules(c)))
        return 2;
    code = load_rest(c, &o, &profile);
    if (code < 0)
        code = load_all(&loaded, argc - 1, argv + 1);
    if (code < 0)
        code = listen_prepare(c, &face, (const char *const *)loaded.upstreams,
                              loaded.count, &l);
    if (code < 0) {
        gate.files = loaded.files;
        gate.file_count = loaded.count;
        with.ca_path = l.identity.ca_path;
        o.listen = l.options;
        o.gate = fail_on ? gate_new(&gate) : NULL;
        o.replay = (struct replay_options){.strict = strict,
                                           .literal = literal,
                                           .credentials = profile,
                                           .key = key,
                                           .seed = seed >= 0 ? (uint64_t)seed
                                                             : id_seed_random()};
        code = replay_until_signal(&loaded.recording, &o, &with);
    }
    loaded_release(&loaded);
    listening_release(&l);
    free(face.cors.items);
    profile_free(profile);
    faults_free(o.faults);
    gate_free(o.gate);
    return code;
}
