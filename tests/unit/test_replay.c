/* A recording that answers: which interaction is selected, and how its answer is rendered. */
#include "check.h"
#include "core/jsonx.h"
#include "recorded.h"
#include "replay/replay.h"

static struct recording recorded;

static struct replay *begin_with(struct replay_options options) {
    struct replay *r;

    options.seed = 1;
    recorded = (struct recording){0};
    record_find(&recorded, 1, "a", NULL, 0);
    record_set(&recorded, 2, "a", "payload:1", "appsecret_4f9Xk2", 0);
    record_find(&recorded, 3, "a", "appsecret_4f9Xk2", 2);
    record_exchange(&recorded, "POST", "/v1/apps/secrets/delete",
                    "scope[type]=user&scope[user]=alice&name=a", 200,
                    "{\"id\": \"appsecret_4f9Xk2\", \"object\": \"apps.secret\", "
                    "\"deleted\": true}",
                    4);
    record_find(&recorded, 5, "a", NULL, 0);
    r = replay_new(&recorded, &options);
    return r;
}

static struct replay *begin(void) {
    return begin_with((struct replay_options){.seed = 1});
}

static void end(struct replay *r) {
    replay_free(r);
    recording_release(&recorded);
}

/* Sends a request about a secret of `user`; the answer's body, new. */
static json_t *ask(struct replay *r, const char *method, const char *path,
                   const char *user, const char *rest, struct replay_answer *answer) {
    struct http_request q = {0};
    char *form = mem_printf("scope[type]=user&scope[user]=%s&%s", user, rest);
    char *target =
        strcmp(method, "GET") == 0 ? mem_printf("%s?%s", path, form) : mem_strdup(path);
    json_t *body;

    http_request_set(&q, method, target);
    http_headers_add(&q.headers, "Authorization", "Bearer sk_test_mine");
    if (strcmp(method, "POST") == 0) {
        http_headers_add(&q.headers, "Content-Type",
                         "application/x-www-form-urlencoded");
        http_request_body(&q, form, strlen(form));
    }
    *answer = (struct replay_answer){0};
    replay_answer(r, &q, ((int64_t)EPOCH_S + 1000) * 1000, answer);
    body = jsonx_body(&answer->response);
    http_response_release(&answer->response);
    http_request_release(&q);
    free(form);
    free(target);
    return body;
}

static void the_state_of_the_secret_selects_the_answer(void) {
    struct replay *r = begin();
    struct replay_answer a;
    json_t *body;

    body = ask(r, "GET", "/v1/apps/secrets/find", "alice", "name=a", &a);
    CHECK_STR("before it is set",
              jsonx_string(json_object_get(body, "error"), "code", ""),
              "resource_missing");
    json_decref(body);
    body = ask(r, "POST", "/v1/apps/secrets", "alice", "name=a&payload=mine", &a);
    CHECK_STR("set", jsonx_string(body, "name", ""), "a");
    CHECK_INT("its label", a.label, REPLAY_RECORDED);
    json_decref(body);
    body = ask(r, "GET", "/v1/apps/secrets/find", "alice", "name=a", &a);
    CHECK_STR("once it is set", jsonx_string(body, "name", ""), "a");
    json_decref(body);
    json_decref(ask(r, "POST", "/v1/apps/secrets/delete", "alice", "name=a", &a));
    body = ask(r, "GET", "/v1/apps/secrets/find", "alice", "name=a", &a);
    CHECK(json_object_get(body, "error") != NULL);
    json_decref(body);
    end(r);
}

static void another_name_and_user_are_put_in(void) {
    struct replay *r = begin();
    struct replay_answer a;
    json_t *body =
        ask(r, "POST", "/v1/apps/secrets", "bob", "name=other&payload=mine", &a);

    CHECK_INT("its label", a.label, REPLAY_DERIVED);
    CHECK_STR("the name", jsonx_string(body, "name", ""), "other");
    CHECK_STR("the user", jsonx_string(json_object_get(body, "scope"), "user", ""),
              "bob");
    json_decref(body);
    end(r);
}

static void times_are_of_now(void) {
    struct replay *r = begin();
    struct replay_answer a;
    json_t *body =
        ask(r, "POST", "/v1/apps/secrets", "alice", "name=a&payload=mine", &a);
    int64_t created = jsonx_int(body, "created", 0);

    CHECK(created >= EPOCH_S + 990 && created <= EPOCH_S + 1010);
    json_decref(body);
    end(r);
}

static void a_reset_begins_again(void) {
    struct replay *r = begin();
    struct replay_answer a;
    json_t *body;

    json_decref(ask(r, "POST", "/v1/apps/secrets", "alice", "name=a&payload=mine", &a));
    replay_reset(r);
    body = ask(r, "GET", "/v1/apps/secrets/find", "alice", "name=a", &a);
    CHECK(json_object_get(body, "error") != NULL);
    json_decref(body);
    end(r);
}

static void each_state_is_answered_by_its_own_exchange(void) {
    static const struct {
        const char *method, *path, *rest;
        uint64_t exchange;
    } calls[] = {
        {"GET", "/v1/apps/secrets/find", "name=a", 1},
        {"POST", "/v1/apps/secrets", "name=a&payload=mine", 2},
        {"GET", "/v1/apps/secrets/find", "name=a", 3},
        {"GET", "/v1/apps/secrets/find", "name=a", 3},
        {"POST", "/v1/apps/secrets/delete", "name=a", 4},
        {"GET", "/v1/apps/secrets/find", "name=a", 5},
    };
    struct replay *r = begin();

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        struct replay_answer a;

        json_decref(ask(r, calls[i].method, calls[i].path, "alice", calls[i].rest, &a));
        CHECK_INT(calls[i].path, (int64_t)a.exchange, (int64_t)calls[i].exchange);
    }
    end(r);
}

static void what_was_never_recorded_is_modelled_or_missed(void) {
    static const struct {
        struct replay_options options;
        enum replay_label label;
    } cases[] = {{{0}, REPLAY_MODELLED},
                 {{.strict = true}, REPLAY_MISS},
                 {{.literal = true}, REPLAY_MISS}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct replay *r = begin_with(cases[i].options);
        struct replay_answer a;

        json_decref(ask(r, "GET", "/v1/apps/secrets", "alice", "limit=7", &a));
        CHECK_STR("label", replay_label_name(a.label),
                  replay_label_name(cases[i].label));
        end(r);
    }
}

int main(void) {
    the_state_of_the_secret_selects_the_answer();
    another_name_and_user_are_put_in();
    times_are_of_now();
    a_reset_begins_again();
    each_state_is_answered_by_its_own_exchange();
    what_was_never_recorded_is_modelled_or_missed();
    return check_result();
}
