#include "harness/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/form.h"
#include "core/id.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/recording/redaction.h"
#include "core/replay/names.h"
#include "core/replay/stories.h"
#include "core/str.h"
#include "harness/compare.h"

enum {
    JSON_DEPTH = 64,
    LONG_NAME = 4900, /* a longer one is changed, not lengthened */
    MAX_WAIT_S = 30,  /* without a clock that can be advanced */
    MAX_UNREACHED = 3,
};

static int64_t now_here(const struct diff *d) {
    return clock_wall_ms() / 1000 + d->ahead;
}

/* --- there to here --- */

char *diff_name(const struct diff *d, const char *text) {
    char *plain = names_plain(d->stories->plain_names, text), *here;
    const char *there = plain ? plain : text;
    size_t n = strlen(d->id);

    if (!*there)
        here = mem_strdup("");
    else if (strlen(there) > LONG_NAME)
        here = mem_printf("%s%s", d->id, there + n);
    else
        here = mem_printf("%s-%s", d->id, there);
    free(plain);
    return here;
}

char *diff_user(const struct diff *d, const char *there) {
    for (size_t i = 0; i < d->run->profile->credential_count; i++) {
        const char *own = d->run->profile->credentials[i].user;

        if (own && strcmp(own, there) == 0)
            return mem_strdup(there); /* a UI extension is bound to it */
    }
    if (!*there)
        return mem_strdup("");
    return str_starts(there, "usr_") ? mem_printf("usr_%s%s", d->id, there + 4)
                                     : mem_printf("%s%s", d->id, there);
}

char *diff_payload(const struct diff *d, const char *token) {
    return mem_printf("payload-%s-%s", d->id, strchr(token, ':') + 1);
}

static char *id_here(const struct diff *d, const char *there) {
    const char *here = json_string_value(json_object_get(d->ids, there));

    return mem_strdup(here ? here : there);
}

/* The value of a parameter as it is sent here; NULL = as it was. */
static char *value_here(struct diff *d, const struct tale *t, const char *key,
                        const char *value) {
    int64_t number;

    if (strcmp(key, "name") == 0)
        return diff_name(d, value);
    if (strcmp(key, "scope[user]") == 0)
        return diff_user(d, value);
    if (strcmp(key, "starting_after") == 0 || strcmp(key, "ending_before") == 0)
        return id_here(d, value);
    if (redaction_token(value, strlen(value)) && str_starts(value, "payload:"))
        return diff_payload(d, value);
    if (strcmp(key, "expires_at") == 0 && str_to_int(value, strlen(value), &number) &&
        number > 1000000000 && number < 100000000000) {
        d->sent_expires = number - t->now + now_here(d);
        return mem_printf("%lld", (long long)d->sent_expires);
    }
    return NULL;
}

static char *form_here(struct diff *d, const struct tale *t, const char *text,
                       size_t len, size_t *out_len) {
    struct form form = {0}, sent = {0};
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    form_parse(&form, text, len, 100000, NULL);
    for (size_t i = 0; i < form.count; i++) {
        const struct form_pair *p = &form.pairs[i];
        char *value = strlen(p->value) == p->value_len
                          ? value_here(d, t, p->key, p->value)
                          : NULL;

        form_add(&sent, p->key, p->key_len, value ? value : p->value,
                 value ? strlen(value) : p->value_len);
        free(value);
    }
    form_write(&out, &sent, 0);
    form_release(&form);
    form_release(&sent);
    return buf_take(&out, out_len);
}

/* The role whose key is sent for a recorded credential; "" = a key nobody knows, NULL =
 * there is none for it. */
static const char *role_of(const struct diff *d, const struct tale *t) {
    const char *key = t->asked.key, *account;

    if (!key)
        return "";
    for (size_t i = 0; i < d->run->profile->credential_count; i++) {
        const char *role = d->run->profile->credentials[i].role;

        if (str_starts(key, "key:") && strcmp(key + 4, role) == 0)
            return role;
    }
    if (d->stories->main_key && strcmp(key, d->stories->main_key) == 0)
        return "main";
    account = json_string_value(json_object_get(d->stories->accounts, key));
    return account && !*account ? "" : NULL;
}

static void credential_here(const struct diff *d, const struct tale *t,
                            struct http_headers *h) {
    const char *was = http_headers_get(&t->x->request.headers, "Authorization");
    const char *role = role_of(d, t);
    const struct credential *c =
        role && *role ? profile_credential(d->run->profile, role) : NULL;
    struct buf pair = BUF_INIT(BUF_UNLIMITED), value = BUF_INIT(BUF_UNLIMITED);
    char *key = c ? mem_strdup(c->key) : mem_printf("sk_test_nobody%s", d->id);

    if (was && strncasecmp(was, "Bearer ", 7) == 0 && t->asked.key) {
        buf_addf(&value, "Bearer %s", key);
    } else if (was && strncasecmp(was, "Basic ", 6) == 0 && t->asked.key) {
        buf_addf(&pair, "%s:%s", key, strstr(was, ":credential:") ? "password" : "");
        buf_adds(&value, "Basic ");
        str_add_base64(&value, pair.ptr, pair.len);
    } else if (was) {
        buf_addf(&value, "%.*s", (int)strcspn(was, " "), was);
        if (strstr(was, "(not base64)")) /* what could not be read then cannot be now */
            buf_adds(&value, " %%%%");
        else if (!strstr(was, "(empty)"))
            buf_adds(&value, was + strcspn(was, " "));
    }
    if (was)
        http_headers_add(h, "Authorization", value.ptr);
    buf_release(&pair);
    buf_release(&value);
    free(key);
}

static void request_here(struct diff *d, const struct tale *t, struct http_request *r) {
    static const char *const ours[] = {"Authorization",  "Host",   "Idempotency-Key",
                                       "Content-Length", "Expect", "Connection",
                                       "Accept-Encoding"};
    const struct http_request *was = &t->x->request;
    size_t path = http_target_path_len(was->target), len;
    const char *query = http_target_query(was->target),
               *type = http_headers_get(&was->headers, "Content-Type");
    char *form = form_here(d, t, query, strlen(query), &len);
    char *target =
        mem_printf("%.*s%s%s", (int)path, was->target, *form ? "?" : "", form);

    http_request_set(r, was->method, target);
    free(form);
    free(target);
    credential_here(d, t, &r->headers);
    for (size_t i = 0; i < was->headers.count; i++) {
        const struct http_header *h = &was->headers.items[i];
        bool skip = false;

        for (size_t k = 0; k < ARRAY_LEN(ours); k++)
            skip = skip || str_equal_nocase(h->name, ours[k]);
        if (!skip)
            http_headers_add(&r->headers, h->name, h->value);
    }
    if (t->asked.idempotency) {
        char *key = mem_printf("%s-%s", d->id, t->asked.idempotency);

        http_headers_add(&r->headers, "Idempotency-Key", key);
        free(key);
    }
    if (was->body && (!type || strncasecmp(type, "application/x-www-form", 22) == 0)) {
        form = form_here(d, t, was->body, was->body_len, &len);
        http_request_body(r, form, len);
        free(form);
    } else if (was->body) {
        http_request_body(r, was->body, was->body_len);
    }
}

/* --- sending --- */

static void send_now(struct diff *d, struct exchange *x) {
    int64_t date;
    const char *text;

    client_send(d->run->client, x);
    while (!x->done)
        client_turn(d->run->client, 1000);
    d->run->sent++;
    text = http_headers_get(&x->response.headers, "Date");
    if (text && http_date_parse(text, &date))
        d->ahead = date - x->end_ms / 1000;
    d->unreached = x->unreachable ? d->unreached + 1 : 0;
}

static void advance(struct diff *d, int64_t seconds) {
    const struct profile *p = d->run->profile;
    struct exchange x = {0};
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    const char *form = p->clock_form ? p->clock_form : "", *at;

    http_request_set(&x.request, p->clock_method, p->clock_path);
    http_headers_add(&x.request.headers, "Content-Type",
                     "application/x-www-form-urlencoded");
    while ((at = strstr(form, "${seconds}"))) {
        buf_add(&body, form, (size_t)(at - form));
        buf_addf(&body, "%lld", (long long)seconds);
        form = at + 10;
    }
    buf_adds(&body, form);
    http_request_body(&x.request, body.ptr, body.len);
    send_now(d, &x);
    exchange_release(&x);
    buf_release(&body);
    d->ahead += seconds; /* until the next Date says so */
}

/* As much time has to have passed as had then. False if it cannot be made to. */
static bool catch_up(struct diff *d, const struct tale *t) {
    bool first = !d->there;
    int64_t behind;

    if (t->now > d->there)
        d->there = t->now;
    if (first || now_here(d) - d->there > d->shift)
        d->shift = now_here(d) - d->there;
    behind = d->there + d->shift - now_here(d);
    if (behind < 1)
        return true;
    if (d->run->profile->clock_path) {
        advance(d, behind);
        return true;
    }
    if (behind > MAX_WAIT_S)
        return false;
    for (int64_t until = clock_steady_ms() + behind * 1000;
         clock_steady_ms() < until &&
         !(d->run->options->stop && *d->run->options->stop);)
        client_turn(d->run->client, until - clock_steady_ms());
    return true;
}

/* When the secrets of a scope expire, there and here; made when wanted. */
static json_t *expiring_in(struct diff *d, const struct tale *t) {
    char *scope = mem_printf("%s\n%s", role_of(d, t) ? role_of(d, t) : "",
                             t->asked.user ? t->asked.user : "");
    json_t *in = json_object_get(d->expiring, scope);

    if (!in)
        json_object_set_new(d->expiring, scope, in = json_object());
    free(scope);
    return in;
}

/* A write that was taken there: when what it left expires. */
static void note_expiry(struct diff *d, const struct tale *t) {
    json_t *in = expiring_in(d, t);

    if (!t->works || !t->asked.name ||
        (t->asked.op != ASKED_SET && t->asked.op != ASKED_DELETE))
        return;
    json_object_del(in, t->asked.name);
    if (t->asked.op == ASKED_SET && d->sent_expires)
        json_object_set_new(in, t->asked.name,
                            json_pack("[I, I]", (json_int_t)t->asked.expires_at,
                                      (json_int_t)d->sent_expires));
}

/* Is the answer about a secret that expired on one side only, or within the last second
 * there, when it may be there or not (EXP-3)? */
static bool expiry_blurs(struct diff *d, const struct tale *t, int64_t here) {
    const char *name;
    json_t *pair;

    json_object_foreach(expiring_in(d, t), name, pair) {
        int64_t then = json_integer_value(json_array_get(pair, 0));

        if (t->asked.op != ASKED_LIST && t->asked.name &&
            strcmp(t->asked.name, name) != 0)
            continue;
        if (then == t->now ||
            (then > t->now && json_integer_value(json_array_get(pair, 1)) <= here))
            return true;
    }
    return false;
}

static void note_made(struct diff *d, const struct tale *t) {
    char *name, *user, *key;
    struct err err = {0};
    json_t *scope;

    if (t->asked.op != ASKED_SET || !t->asked.name || !t->asked.type)
        return;
    name = diff_name(d, t->asked.name);
    user = t->asked.user ? diff_user(d, t->asked.user) : NULL;
    scope = user ? json_pack("{s:s, s:s}", "type", "user", "user", user)
                 : json_pack("{s:s}", "type", "account");
    key = mem_printf("%s\n%s\n%s", role_of(d, t), user ? user : "", name);
    if (role_of(d, t) && *role_of(d, t) && !json_object_get(d->left, key)) {
        ledger_note(d->run->ledger, scope, name, role_of(d, t), &err);
        json_object_set_new(d->left, key,
                            json_pack("[s, O, s]", role_of(d, t), scope, name));
    }
    json_decref(scope);
    free(key);
    free(name);
    free(user);
}

static void remove_left(struct diff *d) {
    const char *key;
    json_t *one;

    json_object_foreach(d->left, key, one) {
        const json_t *scope = json_array_get(one, 1);
        const char *name = json_string_value(json_array_get(one, 2));
        struct form form = {0};
        struct buf body = BUF_INIT(BUF_UNLIMITED);
        struct exchange x = {0};
        const char *type = jsonx_string(scope, "type", ""),
                   *user = jsonx_string(scope, "user", NULL);

        form_add(&form, "name", 4, name, strlen(name));
        form_add(&form, "scope[type]", 11, type, strlen(type));
        if (user)
            form_add(&form, "scope[user]", 11, user, strlen(user));
        form_write(&body, &form, 0);
        http_request_set(&x.request, "POST", "/v1/apps/secrets/delete");
        add_authorization(d->run, NULL, json_string_value(json_array_get(one, 0)),
                          &x.request.headers);
        http_headers_add(&x.request.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
        http_request_body(&x.request, body.ptr, body.len);
        if (d->unreached < MAX_UNREACHED)
            send_now(d, &x);
        if (x.failure || (x.response.status != 404 && x.response.status / 100 != 2 &&
                          x.response.status / 100 != 4))
            json_array_append_new(
                d->run->leftovers,
                json_pack("{s:O, s:s, s:s}", "scope", scope, "name", name, "why",
                          x.failure ? x.failure : "delete was refused"));
        exchange_release(&x);
        form_release(&form);
        buf_release(&body);
    }
}

/* --- judging --- */

static const char *clause_of(const struct tale *t) {
    static const char *const by_op[] = {[ASKED_SET] = "SET-1",
                                        [ASKED_FIND] = "FIND-1",
                                        [ASKED_LIST] = "LIST-1",
                                        [ASKED_DELETE] = "DEL-1",
                                        [ASKED_OTHER] = "ERR-5"};

    return t->x->response.status >= 400 ? "ERR-1" : by_op[t->asked.op];
}

static bool refused_for_payload(const struct tale *t) {
    json_t *body =
        t->x->response.body
            ? jsonx_load(t->x->response.body, t->x->response.body_len, JSON_DEPTH, NULL)
            : NULL;
    const char *param = jsonx_string(json_object_get(body, "error"), "param", "");
    bool by_payload = t->x->response.status >= 400 && t->asked.op == ASKED_SET &&
                      (strcmp(param, "payload") == 0 || !*param) && t->asked.payload &&
                      redaction_token(t->asked.payload, strlen(t->asked.payload));

    json_decref(body);
    return by_payload;
}

/* Why an exchange cannot be held against the target; NULL = it can. */
static const char *why_not(const struct diff *d, const struct tale *t) {
    if (t->overlaps || t->unsettled)
        return "it overlapped a write: its answer is no evidence";
    if (!role_of(d, t))
        return "the profile has no credential for its key";
    if (refused_for_payload(t))
        return "it was refused for a payload that the recording does not hold";
    return NULL;
}

static void record_check(struct diff *d, const struct tale *t, enum verdict v,
                         const char *reason, json_t *mismatches) {
    const struct clause *clause =
        catalogue_clause(d->run->specs->catalogue, clause_of(t));
    json_t *o =
        json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:i, s:i}", "id",
                  json_sprintf("diff/exchange-%llu/%s",
                               (unsigned long long)t->x->number, clause->id),
                  "clause", clause->id, "level", level_name(clause->level), "verdict",
                  verdict_name(v), "case", "diff", "title",
                  json_sprintf("%s %.*s answers as recorded", t->x->request.method,
                               (int)http_target_path_len(t->x->request.target),
                               t->x->request.target),
                  "file", "recording", "line", t->x->line, "column", 0);

    if (reason)
        json_object_set_new(o, "reason", json_string(reason));
    if (json_array_size(mismatches))
        json_object_set(o, "mismatches", mismatches);
    json_array_append_new(d->run->checks, o);
    if (d->progress && d->progress->check)
        d->progress->check(d->progress->context, o);
}

static void do_tale(struct diff *d, const struct tale *t) {
    struct compare k = {.d = d, .t = t, .found = json_array()};
    const char *skip = why_not(d, t);
    struct exchange x = {0};

    buf_init(&k.pointer, BUF_UNLIMITED);
    d->sent_expires = 0;
    if (!catch_up(d, t))
        skip = "more time would have to pass than is waited for";
    if (!role_of(d, t) || refused_for_payload(t)) {
        record_check(d, t, VERDICT_SKIP, skip, NULL);
    } else {
        request_here(d, t, &x.request);
        note_made(d, t);
        send_now(d, &x);
        k.now = now_here(d);
        if (!skip && expiry_blurs(d, t, k.now))
            skip =
                "a secret of its scope expired about then: its answer is no evidence";
        note_expiry(d, t);
        if (x.failure) {
            record_check(d, t, VERDICT_ERROR, x.failure, NULL);
        } else {
            compare_answer(&k, &t->x->response, &x.response);
            record_check(d, t,
                         skip                       ? VERDICT_SKIP
                         : json_array_size(k.found) ? VERDICT_FAIL
                                                    : VERDICT_PASS,
                         skip, skip ? NULL : k.found);
        }
    }
    exchange_release(&x);
    buf_release(&k.pointer);
    json_decref(k.found);
}

/* What time it is there, before the first answer is compared. The status. */
static int probe(struct diff *d) {
    struct exchange x = {0};
    int status;
    char *target = mem_printf("/v1/apps/secrets?scope%%5Btype%%5D=user&"
                              "scope%%5Buser%%5D=usr_%s",
                              d->id);

    http_request_set(&x.request, "GET", target);
    add_authorization(d->run, NULL, "main", &x.request.headers);
    send_now(d, &x);
    status = x.failure ? 0 : x.response.status;
    exchange_release(&x);
    free(target);
    return status;
}

static bool key_refused(struct diff *d) {
    bool refused = probe(d) == 401;

    d->run->bearer = refused;
    refused = refused && probe(d) == 401;
    d->run->bearer = false;
    return refused;
}

/* We move the clock ourselves, as far as is needed. */
static bool moves_clock(const struct diff *d, const struct tale *t) {
    const struct profile *p = d->run->profile;

    return p->clock_path && strcmp(t->x->request.target, p->clock_path) == 0 &&
           strcmp(t->x->request.method, p->clock_method) == 0;
}

static void do_all(struct diff *d) {
    size_t done = 0;

    if (key_refused(d)) {
        d->run->gone = "the target refuses the key of main, with HTTP Basic and Bearer";
        return;
    }
    for (size_t i = 0; i < d->stories->count && d->unreached < MAX_UNREACHED; i++) {
        const struct tale *t = &d->stories->tales[i];

        if (d->run->options->stop && *d->run->options->stop)
            break;
        if (t->story >= 0 && !moves_clock(d, t))
            do_tale(d, t);
        if (d->progress && d->progress->tick)
            d->progress->tick(d->progress->context, ++done, d->stories->count, 1, 0,
                              NULL, NULL, 0);
    }
    if (d->unreached >= MAX_UNREACHED)
        d->run->gone = "the target cannot be reached";
    else if (d->run->options->stop && *d->run->options->stop)
        d->run->gone = "interrupted";
    remove_left(d);
}

json_t *diff_run(const struct recording *recording, const struct specs *specs,
                 const struct profile *profile, const struct run_options *options,
                 const struct run_progress *progress, struct err *err) {
    struct client_options o = {.base_url = profile->base_url,
                               .cacert = options->cacert,
                               .timeout_ms =
                                   options->timeout_ms ? options->timeout_ms : 10000,
                               .connections = 2};
    struct run run = {.command = "diff",
                      .specs = specs,
                      .profile = profile,
                      .options = options,
                      .checks = json_array(),
                      .case_list = json_array(),
                      .choices = json_array(),
                      .leftovers = json_array(),
                      .expiry_lag_ms = -1};
    struct diff d = {.run = &run,
                     .stories = stories_new(recording),
                     .ids = json_object(),
                     .owners = json_object(),
                     .times = json_object(),
                     .left = json_object(),
                     .expiring = json_object(),
                     .progress = progress};
    int64_t began = clock_steady_ms(), wall = clock_wall_ms();
    struct id_source ids;
    json_t *results = NULL;

    id_seed(&ids, options->seed);
    id_make_lower(&ids, "", 6, run.run_id, sizeof(run.run_id));
    snprintf(d.id, sizeof(d.id), "assay%.6s", run.run_id);
    run.ledger = ledger_new(options->ledger_dir, profile->base_url, run.run_id);
    if (!ledger_ready(run.ledger, err)) {
        ledger_close(run.ledger, false);
    } else {
        run.client = client_new(&o);
        do_all(&d);
        results = results_make(&run, wall, clock_steady_ms() - began);
        ledger_close(run.ledger, json_array_size(run.leftovers) > 0);
        client_free(run.client);
    }
    stories_free(d.stories);
    json_decref(d.ids);
    json_decref(d.owners);
    json_decref(d.times);
    json_decref(d.left);
    json_decref(d.expiring);
    json_decref(run.checks);
    json_decref(run.case_list);
    json_decref(run.choices);
    json_decref(run.leftovers);
    return results;
}
