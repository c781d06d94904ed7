/* In: requests for /_assay/ of a replay. Out: its page, clock, state, requests and
 * faults, and what was asked to be done with them. */
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "proxy/admin.h"
#include "proxy/begin_state.h"
#include "proxy/replayer_state.h"
#include "proxy/request_brief.h"

static void answer_metrics(struct replayer *r, struct http_response *answer) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    size_t len;
    char *text;

    buf_adds(&out, "# HELP assay_replay_requests_total Requests by the label of their "
                   "answer.\n# TYPE assay_replay_requests_total counter\n");
    for (int i = 0; i < 4; i++)
        buf_addf(&out, "assay_replay_requests_total{label=\"%s\"} %llu\n",
                 replay_label_name((enum replay_label)i),
                 (unsigned long long)r->labels[i]);
    buf_addf(&out,
             "# HELP assay_replay_faults_total Answers that were spoilt on purpose.\n"
             "# TYPE assay_replay_faults_total counter\n"
             "assay_replay_faults_total %llu\n"
             "# HELP assay_replay_journal_dropped_total Requests that fell out of the "
             "journal.\n"
             "# TYPE assay_replay_journal_dropped_total counter\n"
             "assay_replay_journal_dropped_total %llu\n",
             (unsigned long long)r->spoilt,
             (unsigned long long)request_log_dropped(r->requests));
    answer->status = 200;
    http_headers_add(&answer->headers, "Content-Type",
                     "text/plain; version=0.0.4; charset=utf-8");
    text = buf_take(&out, &len);
    http_response_body_take(answer, text, len);
}

static void do_page(void *server, const struct arrival *a,
                    struct http_response *answer) {
    (void)server, (void)a;
    admin_page(answer);
}

static void do_clock(void *server, const struct arrival *a,
                     struct http_response *answer) {
    struct replayer *r = server;

    admin_clock(&r->clock, a->request, answer);
}

/* The key of the API that an admin request names; NULL = none. free(). */
static char *api_key(const struct replayer *r, const struct arrival *a) {
    char *key = http_credential(&a->request->headers, NULL);

    if (key && r->options.admin_token && strcmp(key, r->options.admin_token) == 0) {
        free(key);
        key = NULL;
    }
    return key;
}

static void use_faults(struct replayer *r, struct faults *own) {
    faults_free(r->own_faults);
    r->own_faults = own;
    r->faults = own ? own : r->options.faults;
}

/* State, clock and faults, as when the server was started. */
static void start_again(struct replayer *r) {
    replay_reset(r->replay);
    if (r->growth)
        growth_reset(r->growth);
    clock_copy(&r->clock, &r->options.clock);
    clock_restart(&r->clock);
    use_faults(r, NULL);
    faults_restart(r->faults);
    request_log_clear(r->requests);
}

static void do_reset(void *server, const struct arrival *a,
                     struct http_response *answer) {
    struct replayer *r = server;
    struct admin_scope scope;
    char *key;

    if (!admin_scope_read(a->request, &scope, answer))
        return;
    key = api_key(r, a);
    if (!scope.named)
        start_again(r);
    if (scope.named && r->growth)
        growth_reset_scope(r->growth, key, scope.user);
    if (!scope.named || replay_reset_scope(r->replay, key, scope.user))
        admin_json(answer, 200, json_pack("{s:b}", "reset", 1));
    else
        admin_error(answer, 400, "scope", "nobody knows the key of this request");
    free(key);
    admin_scope_release(&scope);
}

/* The exchange of that number; NULL = there is none. */
static const struct recorded *exchange_of(const struct replayer *r, uint64_t number) {
    const struct recording *all = replay_recording(r->replay);

    return number && number <= all->count && all->items[number - 1].number == number
               ? &all->items[number - 1]
               : NULL;
}

/* Of which of the files it is. */
static size_t file_of(const struct replayer *r, const struct recorded *x) {
    size_t i = 0;

    while (i + 1 < r->options.file_count && r->options.files[i].last < x->number)
        i++;
    return i;
}

static void note_place(const struct replayer *r, const struct recorded *x, json_t *o) {
    if (r->options.file_count && x->line)
        json_object_set_new(
            o, "place",
            json_sprintf("%s:%d", r->options.files[file_of(r, x)].path, x->line));
}

/* Where the exchange stands, and what of the request is another one's than there. */
static void add_place(const struct replayer *r, json_t *row) {
    const struct recorded *x = exchange_of(r, (uint64_t)jsonx_int(row, "exchange", 0));
    const json_t *params = json_object_get(row, "params");
    json_t *there;

    if (!x)
        return;
    note_place(r, x, row);
    if (!params)
        return;
    there = request_params(&x->request);
    json_object_set_new(row, "differs", request_params_differ(params, there));
    json_decref(there);
}

static void list_requests(struct replayer *r, const struct arrival *a, bool misses,
                          struct http_response *answer) {
    json_t *all = request_log_document(r->requests, "replay", misses,
                                       request_log_since(a->request)),
           *list = json_object_get(all, misses ? "misses" : "requests"), *row;
    size_t i;

    json_array_foreach(list, i, row) {
        json_t *near;
        size_t k;

        add_place(r, row);
        json_array_foreach(json_object_get(row, "nearest"), k, near) {
            add_place(r, near);
        }
    }
    admin_json(answer, 200, all);
}

static void do_requests(void *server, const struct arrival *a,
                        struct http_response *answer) {
    list_requests(server, a, false, answer);
}

static void do_misses(void *server, const struct arrival *a,
                      struct http_response *answer) {
    list_requests(server, a, true, answer);
}

/* An exchange as it stands in the fixture, without its secrets as there. */
static void do_fixture(void *server, const struct arrival *a,
                       struct http_response *answer) {
    static const char name[] = "exchange=";
    struct replayer *r = server;
    const struct recording *all = replay_recording(r->replay);
    const char *query = http_target_query(a->request->target);
    int64_t number = 0;
    const struct recorded *x = NULL;
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    size_t file;
    json_t *o;

    if (str_starts(query, name) &&
        str_to_int(query + strlen(name), strlen(query + strlen(name)), &number))
        x = exchange_of(r, (uint64_t)number);
    if (!x) {
        buf_addf(&text, "expected ?exchange=N, a number of the recording: 1 to %zu",
                 all->count);
        admin_error(answer, 400, "exchange", text.ptr);
        buf_release(&text);
        return;
    }
    file = r->options.file_count ? file_of(r, x) : 0;
    recording_write_exchange(all, file ? r->options.files[file - 1].last : 0,
                             (size_t)(x - all->items), &text);
    o = json_pack("{s:I, s:o}", "exchange", (json_int_t)x->number, "text",
                  jsonx_text(text.ptr, text.len));
    note_place(r, x, o);
    admin_json(answer, 200, o);
    buf_release(&text);
}

static void do_state(void *server, const struct arrival *a,
                     struct http_response *answer) {
    struct replayer *r = server;

    (void)a;
    admin_json(answer, 200, json_pack("{s:o}", "scopes", replay_state(r->replay)));
}

static void do_metrics(void *server, const struct arrival *a,
                       struct http_response *answer) {
    struct replayer *r = server;

    (void)a;
    answer_metrics(r, answer);
}

static void do_faults(void *server, const struct arrival *a,
                      struct http_response *answer) {
    struct replayer *r = server;

    (void)a;
    admin_json(answer, 200, faults_json(r->faults));
}

static void do_new_faults(void *server, const struct arrival *a,
                          struct http_response *answer) {
    struct replayer *r = server;
    struct diags diags = {0};
    struct faults *f = faults_parse("faults", a->request->body ? a->request->body : "",
                                    a->request->body_len, &diags);

    if (f) {
        use_faults(r, f);
        admin_json(answer, 200, faults_json(f));
    } else {
        admin_diags(answer, "faults", &diags);
    }
    diags_release(&diags);
}

static void set_secret(void *server, const char *key, const char *form,
                       struct http_response *answer) {
    struct replayer *r = server;

    replay_put(r->replay, key, form, clock_now_ms(&r->clock), answer);
    if (r->growth && answer->status / 100 == 2)
        growth_put(r->growth, key, form, clock_now_ms(&r->clock));
}

static void do_secrets(void *server, const struct arrival *a,
                       struct http_response *answer) {
    struct replayer *r = server;

    begin_state(a, r->options.admin_token, set_secret, r, answer);
}

void replay_admin(struct replayer *r, const struct arrival *a,
                  struct http_response *answer) {
    static const struct admin_route routes[] = {
        {"GET", "/_assay/", do_page},
        {"GET", "/_assay", do_page},
        {"GET", "/_assay/clock", do_clock},
        {"POST", "/_assay/clock", do_clock},
        {"POST", "/_assay/reset", do_reset},
        {"POST", "/_assay/secrets", do_secrets},
        {"GET", "/_assay/faults", do_faults},
        {"PUT", "/_assay/faults", do_new_faults},
        {"GET", "/_assay/requests", do_requests},
        {"GET", "/_assay/misses", do_misses},
        {"GET", "/_assay/fixture", do_fixture},
        {"GET", "/_assay/state", do_state},
        {"GET", "/_assay/metrics", do_metrics},
    };
    const struct admin admin = {routes, ARRAY_LEN(routes), r->options.admin_token, r};

    admin_answer(&admin, a, answer);
}
