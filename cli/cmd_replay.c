/* Recordings come in. A server that answers from them runs until a signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_load.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/key.h"
#include "cli/listen.h"
#include "cli/reach.h"
#include "cli/replay_on.h"
#include "cli/server.h"
#include "core/confine.h"
#include "core/file.h"
#include "core/id.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/replayer.h"
#include "recording/join.h"

static struct listen_flags face = {.address = LISTEN_DEFAULT};
static const char *clock_text = "real", *credentials;
static const char *faults_path, *admin_token, *latency_text, *fail_on, *key;
static const char *upstream_url, *on_miss;
static struct reach_flags reach;
static const char *const on_miss_words[] = {"record", NULL};
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
     .secret = true,
     .help = "the key that stands for the recording's main one; - reads it from stdin"},
    {.name = "upstream",
     .kind = OPTION_TEXT,
     .value = &upstream_url,
     .argument = "URL",
     .help = "with --on-miss: what is not recorded is asked of this server"},
    {.name = "on-miss",
     .kind = OPTION_TEXT,
     .value = &on_miss,
     .choices = on_miss_words,
     .argument = "WHAT",
     .help = "record: what is not recorded is, into FILE, and replayed from then on"},
    REACH_OPTIONS(reach),
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
     .secret = true,
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

        if (!(upstream_url && !file_exists(path)) && /* then it begins here */
            !recording_load(&next, path, &diags))
            return print_diags(&diags, 2);
        l->upstreams[l->count] =
            mem_strdup(next.upstream ? next.upstream : upstream_url);
        recording_join(r, &next);
        l->files[l->count] =
            (struct gate_file){path, r->count ? r->items[r->count - 1].number : 0};
    }
    return -1;
}

static int replay_until_signal(const struct recording *recording,
                               const struct replayer_options *o,
                               const struct server_company *with,
                               struct replayer_counts *counts) {
    const struct confine_options nothing = {0};
    struct err err = {0};
    struct replayer *r;
    int code;

    server_block_signals(with->command);
    server_confine(&nothing, with->command);
    r = replayer_start(recording, o, &err);
    if (!r)
        return print_err(&err, 2);
    code = server_run(replayer_url(r), with);
    replayer_stop(r, SERVER_STOP_MS, counts);
    return code;
}

static void report(const struct replayer_counts *n) {
    fprintf(stderr, "answers: %llu recorded, %llu derived, %llu modelled, %llu missed",
            (unsigned long long)n->labels[REPLAY_RECORDED],
            (unsigned long long)n->labels[REPLAY_DERIVED],
            (unsigned long long)n->labels[REPLAY_MODELLED],
            (unsigned long long)n->labels[REPLAY_MISS]);
    if (upstream_url)
        fprintf(stderr, ", %llu forwarded", (unsigned long long)n->forwarded);
    fputc('\n', stderr);
    if (n->unknown_keys)
        fprintf(
            stderr,
            "%zu key%s shown that the recording does not know: --key KEY says which "
            "is the main one, --credentials PROFILE whose each is\n",
            n->unknown_keys, n->unknown_keys == 1 ? " was" : "s were");
    if (n->faults)
        fprintf(stderr, "%llu answers were spoilt by --faults\n",
                (unsigned long long)n->faults);
}

/* The exit code when the gate has something against it. */
static int ask_gate(const struct gate *gate, int code) {
    struct buf list = BUF_INIT(BUF_UNLIMITED);

    if (gate && !gate_passes(gate, &list)) {
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

/* Options that make no sense together. -1 to go on. */
static int check_options(const struct command *c, int files) {
    if (files < 1)
        return usage_error(c, "expected one or more recordings");
    if (!key_read(c, key, NULL, NULL, &key))
        return 2;
    if (key && credentials)
        return usage_error(c, "--key is for a recording without --credentials");
    if (strict && literal)
        return usage_error(c, "--strict and --literal exclude each other");
    if (!upstream_url != !on_miss)
        return usage_error(c, "--upstream URL and --on-miss record go together");
    if (on_miss && (literal || files > 1))
        return usage_error(c, "--on-miss record is for one recording%s",
                           literal ? ", and not --literal" : "");
    if (!upstream_url && reach_given(&reach))
        return usage_error(c,
                           "--header, --cacert, --cert, --proxy, --insecure and --rate "
                           "are for --upstream");
    return -1;
}

static int prepare_upstream(struct replay_on *on, struct profile **upstream) {
    int code = -1;

    if (!upstream_url)
        return -1;
    *upstream = reach_upstream(on->command, credentials, upstream_url, &reach);
    on->upstream = *upstream;
    return *upstream && replay_on_recover(on, &code) ? -1 : code >= 0 ? code : 2;
}

int cmd_replay(int argc, char **argv) {
    const struct command *c = command_find("replay");
    char **command = child_split(&argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct replayer_options o = {.admin_token = admin_token};
    struct server_company with = {.command = command};
    struct replayer_counts counts = {0};
    struct replay_on on = {.command = c};
    struct listening l = {0};
    struct loaded loaded = {0};
    struct profile *profile = NULL, *upstream = NULL;
    struct gate_options gate = {.recording = &loaded.recording};

    if (code >= 0 || (code = check_options(c, argc - 1)) >= 0)
        return code;
    if (fail_on && !(gate.rules = read_rules(c)))
        return 2;
    on.fixture = argv[1];
    code = load_rest(c, &o, &profile);
    if (code < 0)
        code = prepare_upstream(&on, &upstream);
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
        o.files = loaded.files;
        o.file_count = loaded.count;
        o.gate = fail_on ? gate_new(&gate) : NULL;
        o.replay = (struct replay_options){.strict = strict,
                                           .literal = literal,
                                           .credentials = profile,
                                           .key = key,
                                           .seed = seed >= 0 ? (uint64_t)seed
                                                             : id_seed_random()};
        on.credentials = profile;
        o.grows = upstream ? &loaded.recording : NULL;
        code = upstream ? replay_on_run(&on, &o, &with, &counts)
                        : replay_until_signal(&loaded.recording, &o, &with, &counts);
        if (!common.quiet && counts.ran)
            report(&counts);
        if (counts.ran)
            code = ask_gate(o.gate, code);
    }
    loaded_release(&loaded);
    listening_release(&l);
    free(face.cors.items);
    reach_release(&reach);
    profile_free(profile);
    profile_free(upstream);
    faults_free(o.faults);
    gate_free(o.gate);
    return code;
}
