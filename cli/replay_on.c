/* In: a recording and its upstream. Out: a server that answers from the one, and adds to it
 * from the other. */
#include "cli/replay_on.h"

#include <stdio.h>

#include "api/profile_connection.h"
#include "cli/identity.h"
#include "cli/recording_session.h"

enum { CONNECTIONS = 64, MAX_BODY = 16 << 20 };

/* A recorder with a replayer before its upstream. */
struct both {
    struct replayer *replayer;
    struct recording_session session;
};

static bool answer(void *context, struct arrival *a) {
    return replayer_answer(((struct both *)context)->replayer, a);
}

static size_t before(void *context, struct recorder_before **out) {
    return replayer_unsent(((struct both *)context)->replayer, out);
}

static void recorded(void *context, const struct arrival *a, const struct recorded *x,
                     struct http_response *relayed) {
    struct both *b = context;

    replayer_learn(b->replayer, a, x, b->session.started_ms, relayed);
}

static void report_trouble(const char *what) {
    fprintf(stderr, "assay replay: %s\n", what);
}

static struct recording_session session_of(const struct replay_on *on) {
    return (struct recording_session){.command = on->command,
                                      .fixture = on->fixture,
                                      .conflict = "append",
                                      .durability = "strict"};
}

bool replay_on_recover(const struct replay_on *on, int *code) {
    struct recording_session s = session_of(on);

    return recording_session_recover(&s, code);
}

int replay_on_run(const struct replay_on *on, const struct replayer_options *options,
                  const struct server_company *with, struct replayer_counts *counts) {
    struct both b = {.session = session_of(on)};
    struct recorder_options o = {.listen = options->listen,
                                 .upstream = {.max_body = MAX_BODY},
                                 .trouble = report_trouble,
                                 .answer = answer,
                                 .before = before,
                                 .recorded = recorded,
                                 .context = &b};
    int code;

    profile_connection(on->upstream, CONNECTIONS, &o.upstream.connection);
    b.session.redactor = redactor_new();
    identity_give(b.session.redactor);
    if (on->credentials)
        redactor_add_profile(b.session.redactor, on->credentials);
    b.replayer = replayer_new(options->grows, options);
    code = recording_session_run(&b.session, &o, with);
    replayer_stop(b.replayer, 0, counts);
    redactor_free(b.session.redactor);
    return code;
}
