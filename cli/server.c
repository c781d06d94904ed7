/* A server that listens comes in. Its first line and its log go out; it is waited for
 * until a signal. */
#include "cli/server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/child.h"
#include "cli/options.h"
#include "core/buf.h"
#include "core/confine.h"
#include "core/str.h"

void server_log(void *context, const struct arrival *a, int status, int64_t us) {
    struct buf path = BUF_INIT(BUF_UNLIMITED), method = BUF_INIT(BUF_UNLIMITED);
    const char *target = a->request->target;

    (void)context;
    str_add_visible(&path, target, http_target_path_len(target), 200);
    str_add_visible(&method, a->request->method, strlen(a->request->method), 20);
    fprintf(stderr, "%s %s %d %lld.%03lld ms\n", method.ptr, path.ptr, status,
            (long long)(us / 1000), (long long)(us % 1000));
    buf_release(&method);
    buf_release(&path);
}

/* SIGHUP comes when the terminal is closed; who started us with nohup ignores it, and
 * so do we. */
static sigset_t awaited(char *const *command) {
    const int passed_on[] = {SIGCHLD, SIGQUIT, SIGUSR1, SIGUSR2};
    struct sigaction hangup = {0};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigaction(SIGHUP, NULL, &hangup) != 0 || hangup.sa_handler != SIG_IGN)
        sigaddset(&signals, SIGHUP);
    for (size_t i = 0; command && i < ARRAY_LEN(passed_on); i++)
        sigaddset(&signals, passed_on[i]);
    return signals;
}

void server_confine(const struct confine_options *needs, char *const *command) {
    char missing[120];

    if (command) /* it would be confined, too */
        return;
    if (confine(needs, missing, sizeof(missing)) != CONFINED && !common.quiet)
        fprintf(stderr, "assay: notice: this system cannot close off %s\n", missing);
}

void server_block_signals(char *const *command) {
    sigset_t signals = awaited(command);

    sigprocmask(SIG_BLOCK, &signals, NULL);
}

static int run_command(const char *url, const struct server_company *with,
                       const sigset_t *signals) {
    const struct child_variable variables[] = {{"ASSAY_URL", url},
                                               {"ASSAY_CA", with->ca_path}};
    struct child child;
    struct err err = {0};
    int caught;

    if (!child_start(&child, with->command, variables, ARRAY_LEN(variables), false,
                     &err))
        return print_err(&err, 2);
    while (!child_ended(&child)) {
        sigwait(signals, &caught);
        if (caught != SIGCHLD)
            child_signal(&child, caught);
    }
    child_end_group(&child, CHILD_BOUND_MS);
    return child_code(&child);
}

int server_run(const char *url, const struct server_company *with) {
    sigset_t signals = awaited(with->command);
    int caught;

    printf("listening on %s\n", url);
    if (with->ca_path)
        printf("certificate authority %s\n", with->ca_path);
    fflush(stdout);
    if (with->command)
        return run_command(url, with, &signals);
    sigwait(&signals, &caught);
    if (!common.quiet)
        fputs("assay: stopping\n", stderr);
    return 0;
}
