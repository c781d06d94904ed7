/* A run comes in, just after a connection broke before its answer. Out goes whether the target takes
 * no new one: then it has ended, and its last words say nothing of what it was asked. */
#include "harness/run/ended.h"

#include "api/secrets_api.h"

struct asking {
    struct run *run;
    struct fiber *fiber;
};

static void wake(struct exchange *x, void *context) {
    struct asking *a = context;

    (void)x;
    run_ready(a->run, a->fiber);
}

bool target_has_ended(struct run *r) {
    struct asking a = {r, fiber_self()};
    struct exchange x = {.fresh = true, .finished = wake, .context = &a};
    bool ended;

    http_request_set(&x.request, "GET", API_PATH);
    client_send(r->target.client, &x);
    while (!x.done)
        fiber_pause();
    ended = x.unreachable;
    exchange_release(&x);
    return ended;
}
