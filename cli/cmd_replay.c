/* Recordings come in. A server that answers from them runs until a signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/child.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/server.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/replayer.h"
#include "recording/join.h"

static const char *address = "127.0.0.1:12111", *clock_text = "real", *credentials;
static const char *faults_path, *admin_token, *latency_text, *fail_on;
static bool strict, literal, verbose;
static int64_t seed = -1;

static const struct option options[] = {
    {.name = "listen",
     .kind = OPTION_TEXT,
     .value = &address,
     .argument = "HOST:PORT",
     .help = "where to listen; port 0 picks one (default 127.0.0.1:12111)"},
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "keys by role; without, the first key shown is the recording's main one"},
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
     .help = "lets others than the loopback use /_assay/, as a Bearer credential"},
    {.name = "seed",
     .kind = OPTION_INT,
     .value = &seed,
     .argument = "N",
     .min = 0,
     .max = INT64_MAX,
     .help = "makes new ids repeatable"},
    {.name = "verbose",
     .kind = OPTION_FLAG,
     .value = &verbose,
     .help = "an access log on stderr"},
};

/* `files`: one for each path, filled in. */
static int load_all(struct recording *r, int count, char **paths,
                    struct gate_file *files) {
    for (int i = 0; i < count; i++) {
        struct recording next = {0};
        struct diags diags = {0};

        if (!recording_load(&next, paths[i], &diags)) {
            recording_release(r);
            return print_diags(&diags, 2);
        }
        recording_join(r, &next);
        files[i] =
            (struct gate_file){paths[i], r->count ? r->items[r->count - 1].number : 0};
    }
    return -1;
}

static int replay_until_signal(const struct recording *recording,
                               const struct replayer_options *o, char *const *command) {
    struct buf list = BUF_INIT(BUF_UNLIMITED);
    struct replayer_counts n;
    struct err err = {0};
    struct replayer *r;
    int code;

    server_block_signals(command);
    r = replayer_start(recording, o, &err);
    if (!r)
        return print_err(&err, 2);
    code = server_run(replayer_url(r), command);
    replayer_stop(r, SERVER_STOP_MS, &n);
    if (!common.quiet)
        fprintf(stderr,
                "answers: %llu recorded, %llu derived, %llu modelled, %llu missed\n",
                (unsigned long long)n.labels[REPLAY_RECORDED],
                (unsigned long long)n.labels[REPLAY_DERIVED],
                (unsigned long long)n.labels[REPLAY_MODELLED],
                (unsigned long long)n.labels[REPLAY_MISS]);
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
    struct replayer_options o = {.address = address, .admin_token = admin_token};
    struct recording recording = {0};
    struct profile *profile = NULL;
    struct gate_options gate = {.recording = &recording};
    struct gate_file *files;

    if (code >= 0)
        return code;
    if (argc < 2)
        return usage_error(c, "expected one or more recordings");
    if (strict && literal)
        return usage_error(c, "--strict and --literal exclude each other");
    if (fail_on && !(gate.rules = read_rules(c)))
        return 2;
    files = mem_new((size_t)argc, sizeof(*files));
    code = load_rest(c, &o, &profile);
    if (code < 0)
        code = load_all(&recording, argc - 1, argv + 1, files);
    if (code < 0) {
        gate.files = files;
        gate.file_count = (size_t)argc - 1;
        o.gate = fail_on ? gate_new(&gate) : NULL;
        o.log = verbose ? server_log : NULL;
        o.replay = (struct replay_options){.strict = strict,
                                           .literal = literal,
                                           .credentials = profile,
                                           .seed = seed >= 0 ? (uint64_t)seed
                                                             : id_seed_random()};
        code = replay_until_signal(&recording, &o, command);
    }
    recording_release(&recording);
    profile_free(profile);
    faults_free(o.faults);
    gate_free(o.gate);
    free(files);
    return code;
}
