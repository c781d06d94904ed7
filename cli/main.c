/* The command line comes in. The command that it names is run; its exit code goes out.
 * */
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/manual.h"
#include "cli/options.h"
#include "cli/stop.h"
#include "cli/version.h"
#include "core/file_within.h"
#include "core/mem.h"
#include "core/str.h"

/* what --help says: the files in cli/help/ */
extern const char help_run[];
extern const char help_serve[];
extern const char help_record[];
extern const char help_replay[];
extern const char help_diff[];
extern const char help_explore[];
extern const char help_fixture[];
extern const char help_check[];
extern const char help_report[];
extern const char help_sweep[];
extern const char help_explain[];
extern const char help_schema[];
extern const char help_completion[];

extern const struct file_within specs_within[]; /* the folder specs/ */

const struct command commands[] = {
    {"run", cmd_run, "[SPEC...] --target URL|PROFILE", "run the suite against a target",
     help_run},
    {"serve", cmd_serve, "[--listen HOST:PORT] [-- COMMAND ARGS..]",
     "serve the API from the model, a stand-in", help_serve},
    {"record", cmd_record, "--upstream URL --fixture FILE [-- COMMAND ARGS..]",
     "a proxy that records what an implementation answers", help_record},
    {"replay", cmd_replay, "FILE... [--listen HOST:PORT] [-- COMMAND ARGS..]",
     "serve a recording, a stand-in that needs no network", help_replay},
    {"diff", cmd_diff, "FILE --target URL|PROFILE",
     "re-send what was recorded, report what answers differently", help_diff},
    {"explore", cmd_explore, "--target URL|PROFILE",
     "try random sequences of calls against the model", help_explore},
    {"fixture", cmd_fixture,
     "recover|scrub|show|diff|export|import|merge|slice FILE...",
     "look at recordings, repair and convert them", help_fixture},
    {"check", cmd_check, "[FILE...]",
     "validate specs, profiles, results and recordings", help_check},
    {"report", cmd_report, "RESULTS... --format FORMAT -o PATH",
     "render result documents", help_report},
    {"sweep", cmd_sweep, "--target URL|PROFILE", "remove what an interrupted run left",
     help_sweep},
    {"explain", cmd_explain, "CLAUSE|CHECK|SUITE [SPEC...]",
     "say what a clause means and how it is checked", help_explain},
    {"schema", cmd_schema,
     "[clauses|diagnoses|endpoints|faults|grid|profile|recording|results|spec]",
     "print the JSON Schema of a kind of file, for editors", help_schema},
    {"completion", cmd_completion, "bash|zsh|fish",
     "print what completes assay in a shell", help_completion},
};
const size_t command_count = ARRAY_LEN(commands);

static int usage(FILE *to) {
    fprintf(to, "usage: assay COMMAND [ARGUMENTS]\n\n"
                "Tells whether an implementation of the Secrets API does what the API "
                "says.\n\n"
                "commands:\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
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

static bool asks_version(int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--version") == 0)
            return true;
    return false;
}

static int dispatch(int argc, char **argv) {
    static char help[] = "--help";
    const struct command *c;

    if (argc < 2)
        return usage(stderr);
    if (asks_version(argc, argv))
        return version_print();
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc < 3))
        return usage(stdout);
    if (strcmp(argv[1], "help") == 0 && argc == 4 && strcmp(argv[2], "--man") == 0) {
        c = command_find(argv[3]);
        if (!c)
            return unknown_command(argv[3]);
        manual_print(c);
        return 0;
    }
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

/* "Could not check" is never 0. What a run has made is in its ledger, what was recorded in
 * the journal. */
static void end_without_memory(void) {
    static const char line[] = "assay: out of memory\n";
    ssize_t written = write(STDERR_FILENO, line, sizeof(line) - 1);

    (void)written;
    _exit(3);
}

int main(int argc, char **argv) {
    int code;

    mem_on_exhausted(end_without_memory);
    json_set_alloc_funcs(mem_malloc, free);

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* the write says it */
    stop_on_signals();
    file_hold(specs_within);
    no_core();
    unsetenv("SSLKEYLOGFILE"); /* TLS libraries would write their keys there */
    open_standard_streams();
    code = dispatch(argc, argv);
    if ((fflush(stdout) == 0 && !ferror(stdout)) || reader_gone())
        return code;
    fputs("assay: cannot write to standard output\n", stderr);
    return code ? code : 3; /* what could not be said is no success */
}
