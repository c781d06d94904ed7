/* In: a shell command and the URL that it should serve. Out: the running target, as
 * soon as it answers there. */
#include "cli/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/child.h"
#include "cli/stop.h"
#include "core/clock.h"
#include "core/mem.h"
#include "harness/run/client.h"

enum { LOOK_MS = 2000, PAUSE_MS = 50 };

struct started {
    struct child child;
    struct client *client; /* to look whether it answers */
};

/* Any answer of its own counts; one of a gateway without a server behind it does not.
 */
static bool answers(struct started *s, char **why) {
    struct exchange x = {0};
    bool yes;

    http_request_set(&x.request, "GET", "/");
    client_send(s->client, &x);
    while (!x.done)
        client_turn(s->client, LOOK_MS);
    yes = x.response.status && (x.response.status < 502 || x.response.status > 504);
    free(*why);
    *why = x.failure ? mem_strdup(x.failure)
                     : mem_printf("it answers %d", x.response.status);
    exchange_release(&x);
    return yes;
}

/* Until the child changes, or a moment has passed. */
static void pause_shortly(void) {
    struct timespec moment = {.tv_nsec = PAUSE_MS * 1000000L};
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigtimedwait(&child, NULL, &moment);
}

static bool wait_for_answer(struct started *s, const char *url, int64_t wait_ms,
                            struct err *err) {
    int64_t until = clock_steady_ms() + wait_ms;
    char *why = NULL;

    while (!answers(s, &why)) {
        if (stop_requested)
            err_at(err, ERR_PEER, 0, 0, "stopped before the target answered");
        else if (child_ended(&s->child))
            err_at(err, ERR_PEER, 0, 0,
                   "--start: the command ended with %d before it answered on %.120s",
                   child_code(&s->child), url);
        else if (clock_steady_ms() >= until)
            err_at(err, ERR_PEER, 0, 0,
                   "--start: no answer on %.120s within %lld ms (%.120s); --wait TIME "
                   "waits longer",
                   url, (long long)wait_ms, why);
        if (err->code)
            break;
        pause_shortly();
    }
    free(why);
    return err->code == ERR_NONE;
}

static bool start(struct started *s, const char *command, const char *url,
                  struct err *err) {
    char sh[] = "/bin/sh", c[] = "-c", *line = mem_strdup(command), *why = NULL;
    char *const argv[] = {sh, c, line, NULL};
    sigset_t child;
    bool taken = answers(s, &why), ok;

    if (taken)
        ok = err_at(err, ERR_PEER, 0, 0,
                    "--start: something answers on %.120s already; end it, or leave "
                    "--start out",
                    url);
    else {
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, NULL);
        ok = child_start(&s->child, argv, NULL, 0, true, err);
    }
    free(why);
    free(line);
    return ok;
}

struct started *start_target(const char *command, const struct profile *target,
                             int64_t wait_ms, struct err *err) {
    struct client_options options = client_options_for(target, 1, NULL);
    struct started *s = mem_new(1, sizeof(*s));

    options.connection.timeout_ms = LOOK_MS;
    s->client = client_new(&options);
    if (start(s, command, target->base_url, err) &&
        wait_for_answer(s, target->base_url, wait_ms, err))
        return s;
    started_end(s, NULL);
    return NULL;
}

bool started_end(struct started *s, struct err *err) {
    bool early = s && s->child.pid > 0 && child_ended(&s->child);

    if (!s)
        return true;
    if (early)
        err_at(err, ERR_PEER, 0, 0, "--start: the target ended during the run, with %d",
               child_code(&s->child));
    child_end_group(&s->child, CHILD_BOUND_MS);
    client_free(s->client);
    free(s);
    return !early;
}
