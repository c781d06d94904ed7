/* Ledgers of killed runs and the account scope of a target come in. What they left is
 * deleted, and told. */
#include "harness/run/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/file.h"
#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/request.h"

struct sweeper {
    const struct specs *specs;
    struct target target;
    void (*say)(void *context, const char *line);
    void *context;
    struct sweep_report *report;
    bool unreachable;
    int refused;  /* the status of the account's list if it was not 200 */
    json_t *busy; /* prefixes of runs that are still going */
};

static void tell(struct sweeper *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void tell(struct sweeper *s, const char *fmt, ...) {
    char line[400];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (s->say)
        s->say(s->context, line);
}

/* One call as main (or another role), by itself; the parsed body is for json_decref().
 */
static int send(struct sweeper *s, const struct call *call, const json_t *params,
                const char *role, json_t **body) {
    struct form f = {0};
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct exchange x = {0};
    char *target;
    int status;

    if (!profile_credential(s->target.profile, role))
        return 0;
    form_from_json(&f, params, 0);
    form_write(&text, &f, 0);
    target = call->in_body ? mem_strdup(call->path)
                           : mem_printf("%s?%s", call->path, text.ptr);
    http_request_set(&x.request, call->method, target);
    if (call->in_body) {
        http_request_body(&x.request, text.ptr, text.len);
        http_headers_add(&x.request.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
    }
    add_authorization(&s->target, NULL, role, &x.request.headers);
    client_send(s->target.client, &x);
    while (!x.done)
        client_turn(s->target.client, 1000);
    s->unreachable = s->unreachable || x.unreachable;
    status = x.failure ? 0 : x.response.status;
    if (body)
        *body = x.failure ? NULL : jsonx_body(&x.response);
    exchange_release(&x);
    form_release(&f);
    buf_release(&text);
    free(target);
    return status;
}

static int send_named(struct sweeper *s, enum effect effect, const json_t *scope,
                      const json_t *name, const char *role) {
    const struct call *call = catalogue_effect(s->specs->catalogue, effect);
    json_t *params = json_object();
    int status;

    for (size_t i = 0; i < call->param_count; i++) {
        if (call->params[i].kind == PARAM_NAME)
            json_object_set(params, call->params[i].name, (json_t *)(uintptr_t)name);
        if (call->params[i].kind == PARAM_SCOPE)
            json_object_set(params, call->params[i].name, (json_t *)(uintptr_t)scope);
    }
    status = send(s, call, params, role, NULL);
    json_decref(params);
    return status;
}

/* A ledger also names what was refused when it was set: a delete of that is refused
 * too, and there is nothing to find. */
static bool never_was(struct sweeper *s, const json_t *scope, const json_t *name,
                      const char *role) {
    int status = send_named(s, EFFECT_READS, scope, name, role);

    return status / 100 == 4 && status != 401 && status != 429;
}

static bool remove_one(struct sweeper *s, const json_t *scope, const json_t *name,
                       const char *role) {
    int status = send_named(s, EFFECT_REMOVES, scope, name, role);

    if (status == 404 || (status / 100 == 4 && never_was(s, scope, name, role)))
        return true;
    s->report->found++;
    if (status / 100 == 2) {
        s->report->removed++;
        return true;
    }
    s->report->failed++;
    if (status)
        tell(s, "could not remove \"%.80s\": delete answered %d",
             json_string_value(name), status);
    else
        tell(s, "could not remove \"%.80s\": no answer, or no key for %.40s",
             json_string_value(name), role);
    return false;
}

static bool is_run_id(const char *id) {
    return strlen(id) == 6 && strspn(id, "0123456789abcdefghjkmnpqrstvwxyz") == 6;
}

/* "assay", six characters, a dash: a name of ours. */
static bool our_name(const struct sweeper *s, const char *name) {
    char run[7];

    if (!str_starts(name, "assay") || strlen(name) < 13 || name[11] != '-')
        return false;
    memcpy(run, name + 5, 6);
    run[6] = '\0';
    return is_run_id(run) && !json_object_get(s->busy, run);
}

/* Has what a ledger names the prefix of the run that wrote it, the name or the user of
 * its scope? Nothing else is deleted, whatever a ledger says. */
static bool has_prefix(const char *run, const json_t *scope, const json_t *name) {
    char prefix[16];

    snprintf(prefix, sizeof(prefix), "assay%.6s", run);
    return is_run_id(run) &&
           (strstr(json_is_string(name) ? json_string_value(name) : "", prefix) ||
            (strcmp(jsonx_string(scope, "type", ""), "account") != 0 &&
             strstr(jsonx_string(scope, "user", ""), prefix)));
}

static bool refuse(struct sweeper *s, const json_t *name) {
    s->report->found++;
    s->report->failed++;
    tell(s,
         "left alone: \"%.80s\" has no name that a run makes, though a ledger says so",
         json_is_string(name) ? json_string_value(name) : "");
    return false;
}

/* What has a name of ours, whatever the target made of the name that was sent; the
 * status of the list if it was not 200, -1 without an answer. */
static int sweep_scope(struct sweeper *s, json_t *scope) {
    const struct call *list = catalogue_effect(s->specs->catalogue, EFFECT_LISTS);
    json_t *params = json_pack("{s:O, s:i}", "scope", scope, "limit", 100), *body;
    json_t *names = json_array();
    int refused = 0;

    for (int page = 0; page < 100 && !s->unreachable; page++) {
        int status = send(s, list, params, "main", &body);
        json_t *data;
        size_t n;

        if (status != 200) {
            refused = status ? status : -1;
            json_decref(body);
            break;
        }
        data = json_object_get(body, "data");
        n = json_array_size(data);
        for (size_t i = 0; i < n; i++) {
            json_t *name = json_object_get(json_array_get(data, i), "name");

            if (json_is_string(name) && our_name(s, json_string_value(name)))
                json_array_append(names, name);
        }
        if (n)
            json_object_set(params, "starting_after",
                            json_object_get(json_array_get(data, n - 1), "id"));
        if (!n || !json_is_true(json_object_get(body, "has_more"))) {
            json_decref(body);
            break;
        }
        json_decref(body);
    }
    for (size_t i = 0; i < json_array_size(names); i++)
        remove_one(s, scope, json_array_get(names, i), "main");
    json_decref(names);
    json_decref(params);
    return refused;
}

static int list_account(struct sweeper *s) {
    const struct call *list = catalogue_effect(s->specs->catalogue, EFFECT_LISTS);
    json_t *params = json_pack("{s:{s:s}}", "scope", "type", "account"), *body = NULL;
    int status = send(s, list, params, "main", &body);

    json_decref(params);
    json_decref(body);
    return status;
}

/* As the preflight of a run does: Basic, and Bearer where that is refused. */
static void choose_scheme(struct sweeper *s) {
    int status = list_account(s);

    if (status != 401 && status != 403)
        return;
    s->target.bearer = true;
    status = list_account(s);
    s->target.bearer = status != 401 && status != 403;
}

/* The users among the scopes of a ledger, each once. */
static void note_scope(json_t *scopes, const json_t *scope) {
    const char *user = jsonx_string(scope, "user", NULL);

    if (user && *user && strcmp(jsonx_string(scope, "type", ""), "user") == 0)
        json_object_set(scopes, user, (json_t *)(uintptr_t)scope);
}

static bool still_running(const json_t *head) {
    pid_t pid = (pid_t)jsonx_int(head, "pid", 0);

    return pid > 0 && pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM);
}

/* A run that was killed before its first line: nothing was sent yet. */
static bool abandoned(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool unlocked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

    if (fd >= 0)
        close(fd);
    return unlocked;
}

static bool sweep_line(struct sweeper *s, const char *run, const json_t *line,
                       json_t *scopes) {
    const json_t *scope = json_object_get(line, "scope"),
                 *name = json_object_get(line, "name");

    if (!has_prefix(run, scope, name))
        return refuse(s, name);
    if (strstr(jsonx_string(scope, "user", ""), run))
        note_scope(scopes, scope);
    return remove_one(s, scope, name, jsonx_string(line, "as", "main"));
}

static void sweep_ledger(struct sweeper *s, const char *path) {
    struct err err = {0};
    bool ours = ledger_is_ours(path, &err);
    size_t len;
    char *text = ours ? file_slurp(path, 64 << 20, &len, &err) : NULL, *save = NULL;
    json_t *head = NULL, *scopes = json_object(), *scope;
    const char *key;
    bool clean = true;

    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        json_t *o =
            jsonx_load(line, strlen(line), 16, NULL); /* a torn last line: NULL */

        if (!head) {
            head = json_incref(o);
            if (strcmp(jsonx_string(head, "target", ""), s->target.profile->base_url) !=
                    0 ||
                still_running(head)) {
                json_object_set_new(s->busy, jsonx_string(head, "run", ""),
                                    json_true());
                clean = false;
                json_decref(o);
                break;
            }
        } else if (o && !s->unreachable) {
            clean = sweep_line(s, jsonx_string(head, "run", ""), o, scopes) && clean;
        }
        json_decref(o);
    }
    if (!ours) {
        tell(s, "left alone: the ledger %.200s: %.150s", path, err.text);
        s->report->failed++;
    }
    json_object_foreach(scopes, key, scope)
        sweep_scope(s, scope);
    if (ours && clean && !s->unreachable && (head || abandoned(path)))
        unlink(path);
    json_decref(scopes);
    json_decref(head);
    free(text);
}

bool sweep(const struct specs *specs, const struct profile *profile,
           const struct run_options *options,
           void (*say)(void *context, const char *line), void *context,
           struct sweep_report *report, struct err *err) {
    struct client_options o = client_options_for(profile, 1, NULL);
    struct sweeper s = {.specs = specs,
                        .target = {.profile = profile, .client = client_new(&o)},
                        .say = say,
                        .context = context,
                        .report = report,
                        .busy = json_object()};
    char *folder = ledger_dir(options->ledger_dir);
    size_t count = 0;
    char **paths =
        file_exists(folder) ? file_list(folder, ".ledger", &count, NULL) : NULL;
    json_t *account;

    *report = (struct sweep_report){0};
    choose_scheme(&s);
    for (size_t i = 0; i < count; i++) {
        sweep_ledger(&s, paths[i]);
        free(paths[i]);
    }
    free(paths);
    account = json_pack("{s:s}", "type", "account");
    s.refused = sweep_scope(&s, account);
    json_decref(account);
    client_free(s.target.client);
    json_decref(s.busy);
    free(folder);
    if (s.unreachable)
        return err_at(err, ERR_PEER, 0, 0, "%.200s cannot be reached",
                      profile->base_url);
    if (s.refused < 0)
        return err_at(err, ERR_PEER, 0, 0,
                      "%.200s gives no answer to a list of the account scope",
                      profile->base_url);
    return !s.refused || err_at(err, ERR_PEER, 0, 0,
                                "%.200s answers %d to a list of the account scope",
                                profile->base_url, s.refused);
}
