#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/file.h"
#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/client.h"
#include "harness/ledger.h"
#include "harness/run.h"

struct sweeper {
    const struct specs *specs;
    const struct profile *profile;
    struct client *client;
    void (*say)(void *context, const char *line);
    void *context;
    struct sweep_report *report;
    bool unreachable;
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
    const struct credential *k = profile_credential(s->profile, role);
    struct form f = {0};
    struct buf text = BUF_INIT(BUF_UNLIMITED), auth = BUF_INIT(8192),
               pair = BUF_INIT(8192);
    struct exchange x = {0};
    char *target;
    int status;

    if (!k)
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
    buf_addf(&pair, "%s:", k->key);
    buf_adds(&auth, "Basic ");
    str_add_base64(&auth, pair.ptr, pair.len);
    http_headers_add(&x.request.headers, "Authorization", auth.ptr);
    client_send(s->client, &x);
    while (!x.done)
        client_turn(s->client, 1000);
    s->unreachable = s->unreachable || x.unreachable;
    status = x.failure ? 0 : x.response.status;
    if (body)
        *body = x.failure ? NULL
                          : jsonx_load(x.response.body, x.response.body_len, 64, NULL);
    exchange_release(&x);
    form_release(&f);
    buf_release(&text);
    buf_release(&auth);
    buf_release(&pair);
    free(target);
    return status;
}

/* One that could hold something: a refused set may stand in the ledger with half a
 * scope, and its delete is refused too. */
static bool is_whole(const json_t *scope) {
    const char *type = jsonx_string(scope, "type", "");

    return strcmp(type, "account") == 0 ||
           (strcmp(type, "user") == 0 && *jsonx_string(scope, "user", ""));
}

static bool remove_one(struct sweeper *s, const json_t *scope, const char *name,
                       const char *role) {
    const struct call *call = catalogue_effect(s->specs->catalogue, EFFECT_REMOVES);
    json_t *params = json_object();
    int status;

    for (size_t i = 0; i < call->param_count; i++) {
        if (call->params[i].kind == PARAM_NAME)
            json_object_set_new(params, call->params[i].name, json_string(name));
        if (call->params[i].kind == PARAM_SCOPE)
            json_object_set(params, call->params[i].name, (json_t *)(uintptr_t)scope);
    }
    status = send(s, call, params, role, NULL);
    json_decref(params);
    if (status == 404 || (status / 100 == 4 && !is_whole(scope)))
        return true;
    s->report->found++;
    if (status / 100 == 2) {
        s->report->removed++;
        return true;
    }
    s->report->failed++;
    tell(s, "could not remove \"%.80s\": delete answered %d", name, status);
    return false;
}

static bool still_running(const json_t *head) {
    pid_t pid = (pid_t)jsonx_int(head, "pid", 0);

    return pid > 0 && pid != getpid() && (kill(pid, 0) == 0 || errno == EPERM);
}

static void sweep_ledger(struct sweeper *s, const char *path) {
    struct err err = {0};
    size_t len;
    char *text = file_slurp(path, 64 << 20, &len, &err), *save = NULL;
    json_t *head = NULL;
    bool clean = true;

    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save)) {
        json_t *o =
            jsonx_load(line, strlen(line), 16, NULL); /* a torn last line: NULL */

        if (!head) {
            head = json_incref(o);
            if (strcmp(jsonx_string(head, "target", ""), s->profile->base_url) != 0 ||
                still_running(head)) {
                json_object_set_new(s->busy, jsonx_string(head, "run", ""),
                                    json_true());
                clean = false;
                json_decref(o);
                break;
            }
        } else if (o && !s->unreachable) {
            clean =
                remove_one(s, json_object_get(o, "scope"), jsonx_string(o, "name", ""),
                           jsonx_string(o, "as", "main")) &&
                clean;
        }
        json_decref(o);
    }
    if (clean && head && !s->unreachable)
        unlink(path);
    json_decref(head);
    free(text);
}

/* "assay", six characters, a dash: a name of ours. */
static bool our_name(const struct sweeper *s, const char *name) {
    char run[7];

    if (!str_starts(name, "assay") || strlen(name) < 13 || name[11] != '-')
        return false;
    memcpy(run, name + 5, 6);
    run[6] = '\0';
    return strspn(run, "0123456789abcdefghjkmnpqrstvwxyz") == 6 &&
           !json_object_get(s->busy, run);
}

static void sweep_account(struct sweeper *s) {
    const struct call *list = catalogue_effect(s->specs->catalogue, EFFECT_LISTS);
    json_t *scope = json_pack("{s:s}", "type", "account");
    json_t *params = json_pack("{s:O, s:i}", "scope", scope, "limit", 100), *body;
    json_t *names = json_array();

    for (int page = 0; page < 100 && !s->unreachable; page++) {
        json_t *data;
        size_t n;

        if (send(s, list, params, "main", &body) != 200) {
            json_decref(body);
            break;
        }
        data = json_object_get(body, "data");
        n = json_array_size(data);
        for (size_t i = 0; i < n; i++) {
            const char *name = jsonx_string(json_array_get(data, i), "name", "");

            if (our_name(s, name))
                json_array_append_new(names, json_string(name));
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
        remove_one(s, scope, json_string_value(json_array_get(names, i)), "main");
    json_decref(names);
    json_decref(params);
    json_decref(scope);
}

bool sweep(const struct specs *specs, const struct profile *profile, const char *dir,
           void (*say)(void *context, const char *line), void *context,
           struct sweep_report *report, struct err *err) {
    struct client_options o = {
        .base_url = profile->base_url, .timeout_ms = 10000, .connections = 1};
    struct sweeper s = {specs,   profile, client_new(&o), say,
                        context, report,  false,          json_object()};
    char *folder = ledger_dir(dir);
    size_t count = 0;
    char **paths =
        file_exists(folder) ? file_list(folder, ".ledger", &count, NULL) : NULL;

    *report = (struct sweep_report){0};
    for (size_t i = 0; i < count; i++) {
        sweep_ledger(&s, paths[i]);
        free(paths[i]);
    }
    free(paths);
    sweep_account(&s);
    client_free(s.client);
    json_decref(s.busy);
    free(folder);
    return !s.unreachable ||
           err_at(err, ERR_PEER, 0, 0, "%.200s cannot be reached", profile->base_url);
}
