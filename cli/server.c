#include "cli/server.h"

#include <signal.h>
#include <stdio.h>

#include "core/buf.h"
#include "core/str.h"

void server_log(void *context, const struct arrival *a, int status, int64_t us) {
    struct buf path = BUF_INIT(BUF_UNLIMITED);
    const char *target = a->request->target;

    (void)context;
    str_add_visible(&path, target, http_target_path_len(target), 200);
    fprintf(stderr, "%.20s %s %d %lld.%03lld ms\n", a->request->method, path.ptr, status,
            (long long)(us / 1000), (long long)(us % 1000));
    buf_release(&path);
}

/* SIGHUP comes when the terminal is closed; who started us with nohup ignores it, and
 * so do we. */
static sigset_t ending(void) {
    struct sigaction hangup = {0};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigaction(SIGHUP, NULL, &hangup) != 0 || hangup.sa_handler != SIG_IGN)
        sigaddset(&signals, SIGHUP);
    return signals;
}

void server_block_signals(void) {
    sigset_t signals = ending();

    sigprocmask(SIG_BLOCK, &signals, NULL);
}

void server_run(const char *url) {
    sigset_t signals = ending();
    int caught;

    printf("listening on %s\n", url);
    fflush(stdout);
    sigwait(&signals, &caught);
}
