/* An upstream and the path of a fixture come in. The recorder runs between them until a
 * signal; the fixture is on disk at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/profile_connection.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/identity.h"
#include "cli/listen.h"
#include "cli/reach.h"
#include "cli/recording_session.h"

static struct listen_flags face = {.address = LISTEN_DEFAULT};
static const char *upstream_url, *fixture, *credentials;
static const char *durability_text = "strict", *conflict = "append";
static struct reach_flags reach = {.timeout_ms = 60000};
static struct option_list redact_headers, redact_fields;
static int64_t max_body = 16 << 20;
enum { CONNECTIONS = 256 };

static const char *const durabilities[] = {"strict", "batch", "none", NULL};
static const char *const conflicts[] = {"append", "fail", "replace", NULL};

static const struct option options[] = {
    {.name = "upstream",
     .kind = OPTION_TEXT,
     .value = &upstream_url,
     .argument = "URL",
     .help = "the one server that is forwarded to"},
    {.name = "fixture",
     .kind = OPTION_TEXT,
     .value = &fixture,
     .argument = "FILE",
     .help = "the recording; its journal stands beside it"},
    LISTEN_OPTIONS(face),
    FORWARD_OPTION(face),
    {.name = "credentials",
     .kind = OPTION_TEXT,
     .value = &credentials,
     .argument = "PROFILE",
     .help = "a target profile: its keys are recorded by role, key:main"},
    {.name = "durability",
     .kind = OPTION_TEXT,
     .value = &durability_text,
     .choices = durabilities,
     .argument = "HOW",
     .help =
         "strict: synced before an answer is relayed; batch: written before, synced "
         "soon; none: written before (default strict)"},
    {.name = "on-conflict",
     .kind = OPTION_TEXT,
     .value = &conflict,
     .choices = conflicts,
     .argument = "HOW",
     .help = "when FILE exists: append, fail or replace (default append)"},
    {.name = "redact-header",
     .kind = OPTION_LIST,
     .value = &redact_headers,
     .argument = "NAME",
     .help = "the values of this header are secret too; may be repeated"},
    {.name = "redact-field",
     .kind = OPTION_LIST,
     .value = &redact_fields,
     .argument = "PATH",
     .help = "this field of forms and JSON is secret too, as `token` or "
             "`owner.email`; may be repeated"},
    {.name = "upstream-insecure",
     .kind = OPTION_FLAG,
     .value = &reach.insecure,
     .help = "the same as --insecure"},
    REACH_OPTIONS(reach),
    {.name = "max-body",
     .kind = OPTION_INT,
     .value = &max_body,
     .argument = "BYTES",
     .min = 1,
     .max = 1 << 30,
     .help = "the largest body of a request or an answer (default 16 MiB)"},
    {.name = "timeout",
     .kind = OPTION_DURATION,
     .value = &reach.timeout_ms,
     .argument = "TIME",
     .min = 1,
     .max = 86400000,
     .help = "how long the upstream may take: 500ms, 2m (default 60s)"},
};

static void report_trouble(const char *what) {
    fprintf(stderr, "assay record: %s\n", what);
}

int cmd_record(int argc, char **argv) {
    const struct command *c = command_find("record");
    char **command = child_split(&argc, argv);
    int code = options_parse(c, options, ARRAY_LEN(options), &argc, argv);
    struct recorder_options o = {0};
    struct server_company with = {.command = command};
    struct recording_session session = {.command = c};
    struct listening l;
    struct redactor *redactor;
    struct profile *upstream;

    if (code >= 0)
        return code;
    if (argc > 1)
        return usage_error(c, "takes no argument, got \"%s\"", argv[1]);
    if (!upstream_url || !fixture)
        return usage_error(c, "--upstream URL and --fixture FILE are needed");
    if (!(upstream = reach_upstream(c, credentials, upstream_url, &reach)))
        return 2;
    if ((code = listen_prepare(c, &face, (const char *const *)&upstream->base_url, 1,
                               &l)) >= 0) {
        profile_free(upstream);
        return code;
    }
    with.ca_path = l.identity.ca_path;
    o.listen = l.options;
    profile_connection(upstream, CONNECTIONS, &o.upstream.connection);
    o.upstream.max_body = (size_t)max_body;
    o.trouble = report_trouble;
    redactor = redactor_new();
    identity_give(redactor);
    for (size_t i = 0; i < redact_headers.count; i++)
        redactor_add_header(redactor, redact_headers.items[i]);
    for (size_t i = 0; i < redact_fields.count; i++)
        redactor_add_field(redactor, redact_fields.items[i]);
    redactor_add_profile(redactor, upstream);
    session.redactor = redactor;
    session.fixture = fixture;
    session.conflict = conflict;
    session.durability = durability_text;
    code = recording_session_run(&session, &o, &with);
    redactor_free(redactor);
    listening_release(&l);
    free(face.cors.items);
    free(redact_headers.items);
    free(redact_fields.items);
    profile_free(upstream);
    reach_release(&reach);
    return code;
}
