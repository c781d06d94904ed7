/* The query and the body of a request come in. One tree of parameters goes out, or the
 * error that refuses them (SET-4, SET-5, SET-6, SET-10, SET-11, ERR-4). */
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

enum { MAX_PAIRS = 1000 };

static const char bad_request[] = "invalid_request_error";

/* Which parameters each operation takes (api table P1), in the order of checking. */
static const char *const allowed[][9] = {
    [API_SET] = {"name", "payload", "scope", "expires_at", "expand", NULL},
    [API_FIND] = {"name", "scope", "expand", NULL},
    [API_LIST] = {"scope", "limit", "starting_after", "ending_before", "expand", NULL},
    [API_DELETE] = {"name", "scope", "expand", NULL},
};

static bool refuse_param(struct model_call *c, const char *code, const char *param,
                         const char *fmt, ...) PRINTF_LIKE(4, 5);

static bool refuse_param(struct model_call *c, const char *code, const char *param,
                         const char *fmt, ...) {
    va_list args;
    char *text = NULL;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        mem_exhausted();
    va_end(args);
    c->bad_params = true;
    call_refuse(c, 400, bad_request, code, param, "%s", text);
    free(text);
    return false;
}

static bool missing(struct model_call *c, const char *param) {
    return refuse_param(c, "parameter_missing", param, "Missing required param: %s.",
                        param);
}

static bool empty(struct model_call *c, const char *param) {
    if (c->rules->empty_crashes)
        call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    return refuse_param(
        c, "parameter_invalid_empty", param,
        "You passed an empty string for '%s'. Remove '%s' from your request "
        "or supply a non-empty value.",
        param, param);
}

/* SET-8, SET-10: characters; the defects count something else. */
static size_t length_of(const struct model_call *c, const char *text,
                        const char *param) {
    size_t len = strlen(text), count = str_utf8_count(text, len);

    if (strcmp(param, "payload") != 0)
        return count;
    for (const char *p = text; c->rules->payload_units_counted && *p; p++)
        count += (unsigned char)*p >= 0xf0; /* a surrogate pair */
    return c->rules->payload_bytes_counted ? len : count;
}

/* A string parameter of at most 5,000 characters, or NULL. `long_ok`: any length. */
static const char *text_param(struct model_call *c, const json_t *value,
                              const char *param, bool long_ok) {
    size_t len = json_string_length(value);

    if (!json_is_string(value)) {
        refuse_param(c, NULL, param, "Invalid string: %s", param);
        return NULL;
    }
    if (strlen(json_string_value(value)) != len) {
        if (c->rules->nul_crashes)
            call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        refuse_param(c, NULL, param, "Invalid string: %s holds a NUL", param);
        return NULL;
    }
    if (!long_ok &&
        length_of(c, json_string_value(value), param) > API_MAX_CHARACTERS) {
        refuse_param(c, NULL, param, "Invalid string: %s must be at most %d characters",
                     param, API_MAX_CHARACTERS);
        return NULL;
    }
    return json_string_value(value);
}

static bool is_optional(const struct model_call *c, const char *param) {
    const struct model_rules *r = c->rules;

    if (strcmp(param, "name") == 0)
        return (c->op == API_SET && r->name_optional) ||
               (c->op == API_FIND && r->find_name_optional) ||
               (c->op == API_DELETE && r->delete_name_optional);
    return r->payload_optional;
}

static bool may_be_empty(const struct model_call *c, const char *param) {
    return strcmp(param, "name") == 0 ? c->rules->name_may_be_empty
                                      : c->rules->payload_may_be_empty;
}

/* `name` and `payload` (SET-4, SET-10, FIND-3, DEL-6). */
static void read_text(struct model_call *c, const char *param, char **to) {
    const json_t *value = json_object_get(c->params, param);
    bool long_ok =
        c->op == API_SET && (strcmp(param, "name") == 0 ? c->rules->long_name_taken
                                                        : c->rules->long_payload_taken);
    const char *text;

    if (!value) {
        if (is_optional(c, param))
            *to = c->op == API_SET ? mem_strdup("none") : NULL;
        else
            missing(c, param);
        return;
    }
    text = text_param(c, value, param, long_ok);
    if (text && !*text && !may_be_empty(c, param))
        empty(c, param);
    else if (text)
        *to = mem_strdup(text);
}

static bool scope_may_be_left_out(const struct model_call *c) {
    const int optional[] = {c->rules->scope_optional, c->rules->find_scope_optional,
                            c->rules->list_scope_optional,
                            c->rules->delete_scope_optional};

    return optional[c->op];
}

/* A scope that cannot be: only for set the clauses say that it is 400. */
static bool nowhere(struct model_call *c) {
    if (!c->rules->scope_unknown_404 || c->op == API_SET)
        return false;
    call_refuse_missing(c, "");
    return true;
}

/* SET-4, SET-5, FIND-3, LIST-11, DEL-6. */
static void read_scope(struct model_call *c, const char *param, char **user) {
    const json_t *scope = json_object_get(c->params, param), *type, *id;
    const char *text, *key;

    if (!scope) {
        if (scope_may_be_left_out(c))
            c->scope_known = true;
        else
            missing(c, "scope");
        return;
    }
    if (!json_is_object(scope)) {
        if (c->rules->shape_crashes)
            call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        refuse_param(c, NULL, "scope", "Invalid object");
        return;
    }
    for (void *i = json_object_iter((json_t *)(uintptr_t)scope); i;
         i = json_object_iter_next((json_t *)(uintptr_t)scope, i)) {
        key = json_object_iter_key(i);
        if (strcmp(key, "type") != 0 && strcmp(key, "user") != 0 &&
            !c->rules->unknown_ignored) {
            refuse_param(c, "parameter_unknown", "scope",
                         "Received unknown parameter: scope[%s]", key);
            return;
        }
    }
    type = json_object_get(scope, "type");
    id = json_object_get(scope, "user");
    if (!type && c->rules->scope_type_optional && json_is_string(id)) {
        *user = mem_strdup(json_string_value(id));
        c->scope_known = true;
        return;
    }
    if (!type) {
        missing(c, "scope[type]");
        return;
    }
    text = text_param(c, type, "scope[type]", false);
    if (!text)
        return;
    if (!*text && !c->rules->scope_type_may_be_empty) {
        if (!nowhere(c))
            empty(c, "scope[type]");
        return;
    }
    if (strcmp(text, "user") != 0) {
        c->scope_known = strcmp(text, "account") == 0 || c->rules->scope_type_any ||
                         (!*text && c->rules->scope_type_may_be_empty);
        if (!c->scope_known && !nowhere(c))
            refuse_param(c, NULL, "scope[type]",
                         "Invalid scope[type]: must be one of account or user");
        return;
    }
    if (!id && !c->rules->scope_user_optional) {
        if (!nowhere(c))
            missing(c, "scope[user]");
        return;
    }
    text = id ? text_param(c, id, "scope[user]", false) : "";
    if (text && !*text && !c->rules->scope_user_optional)
        empty(c, "scope[user]");
    else if (text) {
        *user = lenient_text(c->rules, mem_strdup(text), true);
        c->scope_known = true;
    }
}

static bool read_integer(struct model_call *c, const char *param, int64_t *to) {
    const json_t *value = json_object_get(c->params, param);
    const char *text = value ? text_param(c, value, param, false) : NULL;

    if (!text)
        return false;
    if (!*text)
        return empty(c, param);
    if (!str_to_int(text, strlen(text), to) &&
        !lenient_integer(c->rules, strcmp(param, "limit") == 0, text, to))
        return refuse_param(c, "parameter_invalid_integer", param,
                            "Invalid integer: %s", text);
    return true;
}

/* SET-6, SET-11. */
static void read_expires_at(struct model_call *c, const char *param, char **unused) {
    const json_t *value = json_object_get(c->params, param);
    int64_t now = c->now_ms / 1000, at = 0, parsed;

    (void)unused;
    if (c->rules->expires_at_not_checked && json_is_string(value) &&
        !str_to_int(json_string_value(value), json_string_length(value), &parsed))
        return;
    if (!read_integer(c, param, &at))
        return;
    at = lenient_width(c->rules, at);
    if ((at <= 0 && c->rules->expiry_zero_is_never) ||
        (at == now && c->rules->expires_now_is_never))
        return;
    if (at <= now) {
        if (c->rules->past_expiry_is_live)
            return;
        if (!c->rules->past_expiry_taken) {
            refuse_param(c, NULL, param, "Invalid expires_at: must be in the future");
            return;
        }
    }
    if (at > now + 3155760000 && !c->rules->far_expiry_taken) {
        refuse_param(c, NULL, param,
                     "Invalid expires_at: must be less than 100 years in the future");
        return;
    }
    c->expires = at <= 0 ? 1 : at;
}

/* LIST-4, LIST-4a. */
static void read_limit(struct model_call *c, const char *param, char **unused) {
    const struct model_rules *r = c->rules;
    const json_t *value = json_object_get(c->params, param);
    int64_t n = 0, parsed;

    (void)unused;
    if (r->limit_not_checked && json_is_string(value) &&
        !str_to_int(json_string_value(value), json_string_length(value), &parsed))
        return;
    if (!read_integer(c, param, &n))
        return;
    if (n == 0 && r->limit_zero_crashes)
        call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    if ((n == 0 && !r->limit_zero_taken) || (n < 0 && !r->limit_negative_taken) ||
        (n > API_MAX_PAGE && !r->limit_high_taken && !r->limit_unbounded)) {
        refuse_param(c, NULL, param, "Invalid limit: must be between 1 and 100");
        return;
    }
    c->limit = n < 1 ? 1 : n > API_MAX_PAGE && !r->limit_unbounded ? API_MAX_PAGE : n;
}

static void read_cursor(struct model_call *c, const char *param, char **unused) {
    const json_t *value = json_object_get(c->params, param);
    const char *text = value ? text_param(c, value, param, false) : NULL;

    (void)unused;
    if (!text)
        return;
    if (!*text)
        empty(c, param);
    else if (strcmp(param, "starting_after") == 0)
        c->after = text;
    else
        c->before = text;
}

/* SET-7, FIND-4, LIST-12; what cannot be expanded is a 400. */
static void read_expand(struct model_call *c, const char *param, char **unused) {
    const json_t *value = json_object_get(c->params, param);
    const char *payload = c->op == API_LIST ? "data.payload" : "payload";
    const char *scope = c->op == API_LIST ? "data.scope" : "scope";

    (void)unused;
    if (!value)
        return;
    if (!json_is_array(value)) {
        refuse_param(c, NULL, param, "Invalid array");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *what = text_param(c, json_array_get(value, i), param, false);

        if (!what)
            return;
        if (!*what && c->rules->empty_crashes)
            empty(c, param);
        if (strcmp(what, payload) == 0 || c->rules->expand_anything) {
            c->expand = true;
        } else if (strcmp(what, scope) != 0 && !c->rules->expand_others_ignored) {
            refuse_param(c, NULL, NULL, "This property cannot be expanded (%s).", what);
            return;
        }
    }
}

static const struct {
    const char *name;
    void (*read)(struct model_call *c, const char *param, char **to);
    size_t offset; /* of what it fills in, for those that use `to` */
} readers[] = {
    {"name", read_text, offsetof(struct model_call, name)},
    {"payload", read_text, offsetof(struct model_call, payload)},
    {"scope", read_scope, offsetof(struct model_call, user)},
    {"expires_at", read_expires_at, offsetof(struct model_call, user)},
    {"limit", read_limit, offsetof(struct model_call, user)},
    {"starting_after", read_cursor, offsetof(struct model_call, user)},
    {"ending_before", read_cursor, offsetof(struct model_call, user)},
    {"expand", read_expand, offsetof(struct model_call, user)},
};

static bool is_allowed(const struct model_call *c, const char *name) {
    for (const char *const *p = allowed[c->op]; *p; p++)
        if (strcmp(*p, name) == 0)
            return true;
    return false;
}

static void check_known(struct model_call *c) {
    void *i = json_object_iter(c->params);

    for (; i && !c->rules->unknown_ignored; i = json_object_iter_next(c->params, i)) {
        const char *name = json_object_iter_key(i);

        if (strlen(name) != json_object_iter_key_len(i) && c->rules->nul_crashes)
            call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        if (c->rules->reserved_words_crash && str_starts(name, "__proto__"))
            call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        if (c->rules->key_in_query && strcmp(name, "access_token") == 0)
            continue;
        if (!is_allowed(c, name)) {
            refuse_param(c, "parameter_unknown", name,
                         "Received unknown parameter: %.100s", name);
            return;
        }
    }
}

/* Defects of the decoder, on the pairs before they become a tree. */
static void spoil(struct model_call *c, struct form *f, const char *raw) {
    bool scope_seen = false;

    for (size_t i = 0; i < f->count; i++) {
        struct form_pair *p = &f->pairs[i];

        if (c->rules->expand_index_ignored && str_starts(p->key, "expand[") &&
            p->key[7] != ']')
            memcpy(p->key, "ignored", 7);
        for (size_t j = 0; c->rules->repeated_crashes && j < i; j++)
            if (strcmp(f->pairs[j].key, p->key) == 0 && !strchr(p->key, '['))
                call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        if (str_starts(p->key, "scope"))
            scope_seen = true;
        if (c->rules->order_matters && !scope_seen && strcmp(p->key, "name") == 0)
            refuse_param(c, NULL, "name", "Invalid order of parameters");
    }
    if (c->rules->brackets_raw_only && raw &&
        (strstr(raw, "%5B") || strstr(raw, "%5b")))
        refuse_param(c, "parameter_unknown", "scope%5Btype%5D",
                     "Received unknown parameter: scope%%5Btype%%5D");
}

static bool parse_into(struct model_call *c, struct form *f, const char *text,
                       size_t len) {
    struct err err = {0};
    char *copy = NULL;

    if (c->rules->space_plus_only && strstr(text, "%20")) {
        copy = mem_strdup(text);
        for (char *p = copy; (p = strstr(p, "%20")); p++)
            *p = '_';
        text = copy;
    } else if (c->rules->percent_upper_only) {
        copy = mem_strndup(text, len);
        for (char *p = copy; (p = strchr(p, '%')); p++)
            if (strpbrk(p, "abcdef") && strcspn(p, "abcdef") < 3)
                *p = '_';
        text = copy;
    }
    if (!form_parse(f, text, len, MAX_PAIRS, &err))
        refuse_param(c, NULL, NULL, "Invalid request: %s", err.text);
    spoil(c, f, text);
    free(copy);
    return !c->refused;
}

static bool has_raw_bytes(const char *body, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)body[i] > 0x7f)
            return true;
    return false;
}

/* A POST's body as pairs, or as a tree for the defect that takes JSON (PROTO-5). */
static bool read_body(struct model_call *c, struct form *f) {
    const struct http_request *r = c->request;
    const char *type = http_headers_get(&r->headers, "Content-Type");
    char media[128] = "";

    if (type)
        http_media_type(type, media, sizeof(media));
    if (r->body_len == 0)
        return true;
    if ((!type && c->rules->type_absent_crashes) ||
        (c->rules->raw_bytes_crash && has_raw_bytes(r->body, r->body_len)))
        return call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    if (c->rules->json_body_taken && strcmp(media, "application/json") == 0) {
        c->params = jsonx_load(r->body, r->body_len, 8, NULL);
        return json_is_object(c->params) ||
               refuse_param(c, NULL, NULL, "Invalid request: not a JSON object");
    }
    if (*media && strcmp(media, "application/x-www-form-urlencoded") != 0)
        return refuse_param(c, NULL, NULL,
                            "Invalid request: unsupported Content-Type %.100s", type);
    return parse_into(c, f, r->body, r->body_len);
}

static bool has_delimiters(const char *query) {
    const char *equals = strchr(query, '='), *end = query + strcspn(query, "&");

    return strchr(query, ';') || (equals && equals < end && equals[1] &&
                                  memchr(equals + 1, '=', (size_t)(end - equals - 1)));
}

bool call_read_params(struct model_call *c) {
    const char *query = http_target_query(c->request->target);
    struct form f = {0};
    struct err err = {0};
    size_t query_count;
    bool post = strcmp(c->request->method, "POST") == 0;

    if (post && c->rules->post_query_ignored)
        query = "";
    if (!parse_into(c, &f, query, strlen(query)))
        goto out;
    query_count = f.count;
    if (post && !read_body(c, &f))
        goto out;
    call_note_scopes(c, &f, query_count);
    if ((f.bad_percent && c->rules->percent_crashes) ||
        (c->rules->delimiters_crash && has_delimiters(query)))
        call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    if (f.bad_percent && c->rules->percent_refused_bare) {
        c->refused_bare = true;
        refuse_param(c, NULL, NULL, "Invalid request: a bad percent sequence");
    }
    if (!c->params && !(c->params = form_to_json(&f, &err))) {
        if (c->rules->utf8_crashes && strstr(err.text, "UTF-8"))
            call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
        refuse_param(c, NULL, NULL, "Invalid request: %s", err.text);
        goto out;
    }
    check_known(c);
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (is_allowed(c, readers[i].name))
            readers[i].read(c, readers[i].name,
                            (char **)((char *)c + readers[i].offset));
    call_use_scope(c);
    if (c->after && c->before && !c->rules->both_cursors_taken)
        refuse_param(
            c, NULL, NULL,
            "Received both starting_after and ending_before parameters. Please pass "
            "in only one.");
out:
    form_release(&f);
    return !c->refused;
}
