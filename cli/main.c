/* The command line comes in. The command that it names is run; its exit code goes out.
 * */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/stop.h"
#include "core/str.h"

const struct command commands[] = {
    {"run", cmd_run, "[SPEC...] --target URL|PROFILE", "run the suite against a target",
     "Without SPEC it runs the suite that is installed. Results go to stdout, talk to "
     "stderr.\n"
     "Exit: 0 conformant, 1 a MUST failed, 2 usage, 3 could not check.\n\n"
     "  assay run --target http://127.0.0.1:8080 --key sk_test_...\n"
     "  assay run --target profile.yaml --report html=report.html --report "
     "junit=junit.xml\n"
     "  assay run --target profile.yaml --filter 'list.*/*/*'\n"
     "  assay run --target profile.yaml --start './server --port 8080' --wait 30s\n"},
    {"serve", cmd_serve, "[--listen HOST:PORT] [-- COMMAND ARGS..]",
     "serve the API from the model, a stand-in",
     "The first line on stdout is `listening on http://HOST:PORT`. SIGTERM, SIGINT and "
     "SIGHUP end it.\n"
     "Without --credentials it knows the keys of the shipped profile "
     "targets/assay.yaml and the\n"
     "example key of the API reference, sk_test_4eC39HqLyjWDarjtT1zdp7dc.\n\n"
     "  assay serve --listen 127.0.0.1:0\n"
     "  assay serve -- npm test                  with ASSAY_URL set\n"
     "  assay serve --defect list-shows-expired --clock frozen\n"},
    {"record", cmd_record, "--upstream URL --fixture FILE [-- COMMAND ARGS..]",
     "a proxy that records what an implementation answers",
     "Put it between a client and the real API. Every exchange is on disk before its "
     "answer is\n"
     "relayed, and no secret is: keys become key:1, payloads payload:1. The first line "
     "on stdout\n"
     "is `listening on http://HOST:PORT`. SIGTERM, SIGINT and SIGHUP finish what is "
     "under "
     "way and write\n"
     "FILE; after a crash the next start, or `assay fixture recover FILE`, does "
     "that.\n\n"
     "  assay record --upstream https://api.example.com --fixture "
     "fixtures/example.yaml\n"
     "  assay record --upstream http://127.0.0.1:8080 --fixture f.yaml --credentials "
     "profile.yaml\n"
     "  assay record --upstream http://127.0.0.1:8080 --fixture f.yaml -- npm test\n"},
    {"replay", cmd_replay, "FILE... [--listen HOST:PORT] [-- COMMAND ARGS..]",
     "serve a recording, a stand-in that needs no network",
     "Answers as the recorded implementation did: in any order, for other names, on "
     "another "
     "day.\n"
     "Each answer says in Assay-Replay where it comes from: recorded, derived "
     "(recorded for "
     "another\n"
     "name, user, time or cursor) or modelled (nothing like it was recorded).\n"
     "http://HOST:PORT/_assay/ shows what happens; POST /_assay/clock advances the "
     "time.\n\n"
     "  assay replay fixtures/reference.yaml\n"
     "  assay replay f.yaml --credentials profile.yaml --strict\n"
     "  assay replay f.yaml -- npm test          with ASSAY_URL set\n"},
    {"diff", cmd_diff, "FILE --target URL|PROFILE",
     "re-send what was recorded, report what answers differently",
     "Every story of the recording is sent again under fresh names and compared: "
     "status, "
     "shape, words\n"
     "of the API; times by their distance from now. What it makes is removed.\n"
     "Exit: 0 the same, 1 drift, 2 usage, 3 could not be compared.\n\n"
     "  assay diff fixtures/example.yaml --target profile.yaml --report "
     "html=drift.html\n"},
    {"explore", cmd_explore, "--target URL|PROFILE",
     "try random sequences of calls against the model",
     "Each sequence is sent under fresh names, and every answer compared with the "
     "model's; what\n"
     "the API leaves open is left open. A failure is shrunk to the fewest calls that "
     "still show\n"
     "it and printed as a spec, to stdout or into the FILE of --spec: keep it, `assay "
     "run` it\n"
     "until it passes. The report is on stdout, or on stderr when the spec is there.\n"
     "Nothing found proves nothing: only what was tried is known.\n"
     "Exit: 0 nothing differs, 1 a MUST does, 2 usage, 3 could not be told.\n\n"
     "  assay explore --target http://127.0.0.1:8080 --key sk_test_...\n"
     "  assay explore --target profile.yaml --sequences 500 --spec found.yaml\n"
     "  assay explore --target profile.yaml --seed 42    the same calls again\n"},
    {"fixture", cmd_fixture, "recover|scrub|show|export|import|merge|slice FILE...",
     "look at recordings, repair and convert them",
     "  assay fixture show FILE [--curl]          a readable list of the exchanges\n"
     "  assay fixture recover FILE [--force]      finish what a killed recorder left\n"
     "  assay fixture scrub FILE [-o OUT]         redact again, in place or into OUT\n"
     "  assay fixture export FILE --har [-o OUT]  as HAR 1.2\n"
     "  assay fixture import HAR --har -o FILE    from HAR of any tool, redacted\n"
     "  assay fixture import CASSETTE --vcr -o FILE  from VCR or vcrpy\n"
     "  assay fixture merge FILE... -o OUT        one behind the other\n"
     "  assay fixture slice FILE --from N --to N --path GLOB -o OUT\n"},
    {"check", cmd_check, "[FILE...]",
     "validate specs, profiles, results and recordings",
     "Without FILE it checks the shipped suite. What a file is, its contents say. "
     "Every error\n"
     "of a file is told at once, with its place. A recording is also searched for "
     "secrets, and its\n"
     "traffic is held against the clauses. Exit: 0 valid, 1 invalid, 2 cannot be "
     "read.\n\n"
     "  assay check\n"
     "  assay check profile.yaml results.json my-suite.yaml\n"
     "  assay check fixtures/example.yaml --results traffic.json\n"},
    {"report", cmd_report, "RESULTS... --format FORMAT -o PATH",
     "render result documents",
     "Several results make a matrix (html, markdown, terminal); shards of one run are "
     "merged.\n\n"
     "  assay report results.json --format html -o report.html\n"
     "  assay report a.json b.json --format html -o matrix.html\n"},
    {"sweep", cmd_sweep, "--target URL|PROFILE", "remove what an interrupted run left",
     "Looks into the clean-up ledgers of runs that were killed, and for names with the "
     "prefix\n"
     "of a run in the account scope. Exit: 0 removed, 1 something is left, 3 could not "
     "be asked.\n\n"
     "  assay sweep --target profile.yaml\n"},
    {"explain", cmd_explain, "CLAUSE|CHECK|SUITE",
     "say what a clause means and how it is checked",
     "  assay explain LIST-6\n"
     "  assay explain list.limit/out-of-range/zero\n"
     "  assay explain 'list.limit/*'\n"},
};
const size_t command_count = ARRAY_LEN(commands);

static int usage(FILE *to) {
    fprintf(to, "usage: assay COMMAND [ARGUMENTS]\n\n"
                "Tells whether an implementation of the Secrets API does what the API "
                "says.\n\n"
                "commands:\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
    fprintf(to,
            "\n`assay COMMAND --help` tells more; `assay --version` the version.\n");
    return to == stdout ? 0 : 2;
}

static int unknown_command(const char *name) {
    const char *words[ARRAY_LEN(commands) + 2], *near;

    for (size_t i = 0; i < command_count; i++)
        words[i] = commands[i].name;
    words[command_count] = "--help";
    words[command_count + 1] = "--version";
    near = str_nearest(name, words, command_count + 2);
    if (!near && name[0] == '-')
        return usage_error(NULL, "expected a command before %s (see assay --help)",
                           name);
    usage_error(NULL, "unknown command \"%s\"%s%s%s", name,
                near ? "; did you mean \"" : "", near ? near : "",
                near ? "\"?" : " (see assay --help)");
    return 2;
}

static int dispatch(int argc, char **argv) {
    static char help[] = "--help";
    const struct command *c;

    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--version") == 0) {
        printf("assay %s\n", ASSAY_VERSION);
        return 0;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc < 3))
        return usage(stdout);
    if (strcmp(argv[1], "help") == 0) {
        char *again[] = {argv[2], help, NULL};

        c = command_find(argv[2]);
        return c ? c->run(2, again) : unknown_command(argv[2]);
    }
    c = command_find(argv[1]);
    return c ? c->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}

/* A descriptor that the caller closed must not become a socket of ours. */
static void open_standard_streams(void) {
    int fd = open("/dev/null", O_RDWR);

    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = dup(fd);
    if (fd >= 0)
        close(fd);
}

/* Whoever closes a pipe early has read enough. */
static bool reader_gone(void) {
    struct pollfd p = {.fd = STDOUT_FILENO};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

/* A core file would hold the keys and payloads that nothing else of ours does. */
static void no_core(void) {
    struct rlimit none = {0, 0};

    getrlimit(RLIMIT_CORE, &none);
    none.rlim_cur = none.rlim_max > 0; /* 1 keeps it from a handler of Linux, too */
    setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv) {
    int code;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* the write says it */
    stop_on_signals();
    no_core();
    open_standard_streams();
    code = dispatch(argc, argv);
    if ((fflush(stdout) == 0 && !ferror(stdout)) || reader_gone())
        return code;
    fputs("assay: cannot write to standard output\n", stderr);
    return code ? code : 3; /* what could not be said is no success */
}
