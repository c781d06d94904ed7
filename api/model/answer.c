/* The state of a secret and the rules come in. Bodies, errors and headers of the
 * model's answers go out, with the freedoms and defects that concern how an answer
 * looks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

/* The same members in reverse order; steals. */
static json_t *reversed(json_t *object) {
    json_t *out = json_object();
    const char *keys[64];
    size_t n = 0;

    for (void *i = json_object_iter(object); i && n < ARRAY_LEN(keys);
         i = json_object_iter_next(object, i))
        keys[n++] = json_object_iter_key(i);
    while (n-- > 0)
        json_object_set(out, keys[n], json_object_get(object, keys[n]));
    json_decref(object);
    return out;
}

static json_t *styled(struct model_call *c, json_t *object) {
    if (c->rules->extra_members) {
        json_object_set_new(object, "x_revision", json_integer(7));
        json_object_set_new(object, "x_labels", json_pack("{s:[s,n]}", "of", "assay"));
    }
    return c->rules->key_order_reversed ? reversed(object) : object;
}

/* Every character above U+00FF as ?, the others as one byte: Latin-1. */
static char *to_latin1(const char *text, size_t *len) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    for (size_t i = 0; i < *len;) {
        const unsigned char *s = (const unsigned char *)text + i;
        size_t n = str_utf8_step(text + i, *len - i);

        if (n == 2 && s[0] < 0xc4)
            buf_addc(&out, (char)((s[0] & 3) << 6 | (s[1] & 0x3f)));
        else if (n <= 1)
            buf_addc(&out, text[i]);
        else
            buf_addc(&out, '?');
        i += n ? n : 1;
    }
    return buf_take(&out, len);
}

static void put_body(struct model_call *c, json_t *body, const char *content_type) {
    size_t flags = JSON_ENCODE_ANY |
                   (c->rules->json_compact ? JSON_COMPACT : JSON_INDENT(2)) |
                   (c->rules->json_ascii ? JSON_ENSURE_ASCII : 0);
    char *text = json_dumps(body, flags);
    size_t len = strlen(text);

    if (c->rules->content_latin1) {
        char *other = to_latin1(text, &len);

        free(text);
        text = other;
    }
    if (c->rules->content_type_html)
        content_type = "text/html";
    else if (c->rules->charset_cased)
        content_type = "Application/JSON;Charset=UTF-8";
    else if (c->rules->charset)
        content_type = "application/json; charset=utf-8";
    http_headers_set(&c->answer->headers, "Content-Type", content_type);
    http_response_body_take(c->answer, text, len);
    json_decref(body);
}

void call_answer(struct model_call *c, json_t *body) {
    c->answer->status = 200;
    put_body(c, body, "application/json");
}

static const char *error_type(const struct model_call *c, int status,
                              const char *type) {
    if (c->rules->error_type_api && status == 400)
        return "api_error";
    if (c->rules->missing_type_wrong && status == 404)
        return "not_found";
    return type;
}

static const char *error_param(const struct model_call *c, const char *param) {
    if (c->rules->param_not_named)
        return NULL;
    return c->rules->param_wrong && param ? "object" : param;
}

static json_t *error_json(struct model_call *c, int status, const char *type,
                          const char *code, const char *param, const char *message) {
    json_t *error = json_object();

    if (!code && c->rules->code_always)
        code = "invalid_request";
    if (code) {
        json_object_set_new(error, "code", json_string(code));
        if (c->rules->code_always)
            json_object_set_new(
                error, "doc_url",
                json_pack("s++", "https://docs.example/errors/", code, ""));
    }
    if (!c->rules->error_without_message)
        json_object_set_new(error, "message", jsonx_text(message, strlen(message)));
    param = error_param(c, param);
    if (param)
        json_object_set_new(error, "param", jsonx_text(param, strlen(param)));
    json_object_set_new(error, "type", json_string(error_type(c, status, type)));
    error = styled(c, error);
    return c->rules->error_without_envelope ? error
                                            : json_pack("{s:o}", "error", error);
}

bool call_refuse(struct model_call *c, int status, const char *type, const char *code,
                 const char *param, const char *fmt, ...) {
    struct buf message = BUF_INIT(BUF_UNLIMITED);
    const char *payload = json_string_value(json_object_get(c->params, "payload"));
    va_list args;

    if (c->refused)
        return false;
    if (c->rules->refusals_crash && status == 400) {
        status = 500;
        type = "api_error";
    }
    c->refused = true;
    c->answer->status = status;
    va_start(args, fmt);
    if (c->rules->message_words)
        buf_addf(&message, "Refused (%d).", status);
    else
        buf_vaddf(&message, fmt, args);
    va_end(args);
    if (c->rules->error_shows_payload && payload)
        buf_addf(&message, " (payload was %s)", payload);
    if (c->rules->errors_show_request)
        buf_addf(&message, " (asked was %s %s)", http_target_query(c->request->target),
                 c->request->body ? c->request->body : "");
    if (c->rules->errors_show_key || (c->rules->error_shows_key && status == 401)) {
        char *key = http_credential(&c->request->headers, NULL);

        buf_addf(&message, " (key was %s)", key ? key : "none");
        free(key);
    }
    if (status == 401 && !c->rules->no_challenge)
        http_headers_add(&c->answer->headers, "WWW-Authenticate",
                         "Basic realm=\"assay\"");
    if ((status == 401 && c->rules->unauthorized_bare) ||
        (c->rules->wrong_verb_bare && c->wrong_verb)) {
        http_response_body(c->answer, "", 0);
    } else if (c->rules->error_as_text || c->refused_bare ||
               (c->rules->list_errors_as_text && c->op == API_LIST)) {
        http_headers_set(&c->answer->headers, "Content-Type", "text/plain");
        http_response_body(c->answer, message.ptr, message.len);
    } else {
        put_body(c, error_json(c, status, type, code, param, message.ptr),
                 "application/json");
    }
    buf_release(&message);
    return false;
}

bool call_refuse_missing(struct model_call *c, const char *name) {
    if (c->rules->missing_is_200 && c->op == API_FIND) {
        call_answer(c, json_null());
        return false;
    }
    return call_refuse(c, c->rules->missing_is_400 ? 400 : 404, "invalid_request_error",
                       c->rules->missing_without_code ? NULL : "resource_missing",
                       "name", "No such secret: '%s'", name);
}

static bool shows_payload(const struct model_call *c, enum api_call as, bool expand) {
    const int leaks[] = {c->rules->payload_in_set, c->rules->payload_in_find,
                         c->rules->payload_in_list, 0};
    const int hides[] = {c->rules->set_expand_ignored, c->rules->find_expand_ignored,
                         c->rules->list_expand_ignored, 0};

    if (c->rules->payload_in_pages && (c->after || c->before))
        return true;
    return leaks[as] || (expand && !hides[as]);
}

static json_t *scope_json(const struct model_call *c, const struct scope *scope) {
    if ((!scope->user || c->rules->scope_always_account) && c->rules->scope_user_null)
        return json_pack("{s:s, s:n}", "type", "account", "user");
    if (!scope->user || c->rules->scope_always_account)
        return json_pack("{s:s}", "type", "account");
    if (c->rules->scope_without_user)
        return json_pack("{s:s}", "type", "user");
    return json_pack("{s:s, s:s}", "type", "user", "user", scope->user);
}

static json_t *created_json(const struct model_call *c, const struct secret *s,
                            enum api_call as) {
    int64_t created = s->created;
    char text[24];

    if (c->rules->created_on_read && as != API_SET)
        created = c->now_ms / 1000 + 1;
    if (c->rules->created_in_ms)
        created *= 1000;
    if (!c->rules->created_as_text)
        return json_integer(created);
    snprintf(text, sizeof(text), "%lld", (long long)created);
    return json_string(text);
}

static json_t *expires_json(const struct model_call *c, const struct secret *s,
                            enum api_call as) {
    int64_t expires = s->expires + (c->rules->expires_at_off != 0);

    if (as == API_LIST && c->rules->list_old_expiry && s->first_expires && expires)
        expires = s->first_expires;

    if (s->expires == 0 || (c->rules->find_hides_expiry && as == API_FIND) ||
        (c->rules->list_hides_expiry && as == API_LIST))
        return json_null();
    return json_integer(c->rules->expires_at_in_ms ? call_ms(expires) : expires);
}

static json_t *id_json(struct model_call *c, const struct secret *s, enum api_call as) {
    const struct model_rules *r = c->rules;
    char other[64];

    if (r->id_empty)
        return json_string("");
    if (r->id_on_read && as != API_SET) {
        id_make(&c->m->ids, "appsecret_", 30, other, sizeof(other));
        return json_string(other);
    }
    if ((r->find_other_id && as == API_FIND) || (r->list_other_id && as == API_LIST) ||
        (r->delete_other_id && as == API_DELETE))
        return json_pack("s+", s->id, as == API_LIST ? "L" : "F");
    return json_string(s->id);
}

json_t *secret_json(struct model_call *c, const struct scope *scope,
                    const struct secret *s, enum api_call as, bool expand) {
    const struct model_rules *r = c->rules;
    bool live = (c->key->live || r->livemode_for_test ||
                 (r->livemode_in_pages && (c->after || c->before))) &&
                !r->livemode_never;
    json_t *o = json_object(), *expires = expires_json(c, s, as);

    json_object_set_new(o, "id", id_json(c, s, as));
    json_object_set_new(o, "object",
                        json_string(r->object_name_wrong ? "secret" : API_OBJECT));
    json_object_set_new(o, "created", created_json(c, s, as));
    if (as == API_DELETE || r->deleted_on_live)
        json_object_set_new(o, "deleted", json_true());
    else if (r->deleted_false || r->deleted_null)
        json_object_set_new(o, "deleted",
                            r->deleted_false ? json_false() : json_null());
    if (r->expires_at_absent && json_is_null(expires))
        json_decref(expires);
    else
        json_object_set_new(o, "expires_at", expires);
    json_object_set_new(o, "livemode",
                        r->livemode_as_text ? json_string(live ? "true" : "false")
                                            : json_boolean(live));
    json_object_set_new(o, "name", json_string(s->name));
    if (shows_payload(c, as, expand))
        json_object_set_new(
            o, "payload",
            json_string(as == API_LIST && r->list_expands_old && s->old_payload
                            ? s->old_payload
                            : s->payload));
    else if (r->payload_null)
        json_object_set_new(o, "payload", json_null());
    json_object_set_new(o, "scope", styled(c, scope_json(c, scope)));
    if (r->shown_counted)
        json_object_set_new(o, "shown", json_integer((json_int_t)c->m->shown++));
    return styled(c, o);
}

json_t *deleted_json(struct model_call *c, const struct scope *scope,
                     const struct secret *s) {
    static const char *const others[] = {"created", "expires_at", "livemode",
                                         "name",    "payload",    "scope"};
    json_t *o;

    if (c->rules->delete_full_object) {
        o = secret_json(c, scope, s, API_DELETE, false);
    } else {
        o = json_object();
        json_object_set_new(o, "id", id_json(c, s, API_DELETE));
        json_object_set_new(o, "object", json_string(API_OBJECT));
        json_object_set_new(o, "deleted", json_true());
        for (size_t i = 0; c->rules->delete_nulls && i < ARRAY_LEN(others); i++)
            json_object_set_new(o, others[i], json_null());
        o = styled(c, o);
    }
    if (c->rules->delete_not_said)
        json_object_del(o, "deleted");
    return o;
}

char *call_make_id(struct model_call *c, const char *name) {
    char id[80], digest[65], hex[65];

    if (c->rules->id_by_name) {
        str_sha256(name, strlen(name), digest);
        return mem_printf("appsecret_%.30s", digest);
    }
    if (c->rules->id_uuid) {
        snprintf(digest, sizeof(digest), "%llu",
                 (unsigned long long)id_next(&c->m->ids));
        str_sha256(digest, strlen(digest), hex);
        return mem_printf("%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12,
                          hex + 15, hex + 18);
    }
    if (c->rules->id_number)
        return mem_printf("%llu", (unsigned long long)(id_next(&c->m->ids) >> 12));
    id_make(&c->m->ids, c->rules->id_odd ? "s.e/c+r=" : "appsecret_", 30, id,
            sizeof(id));
    return mem_strdup(id);
}

static void lower_names(struct http_headers *h) {
    for (size_t i = 0; i < h->count; i++)
        for (char *p = *http_owned(&h->items[i].name); *p; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p + 32);
}

void call_finish(struct model_call *c) {
    struct http_headers *h = &c->answer->headers;
    const char *version = http_headers_get(&c->request->headers, "Stripe-Version");
    char id[32], date[30];

    if (!c->rules->date_absent) {
        http_date_format((c->now_ms - c->rules->date_late) / 1000, date);
        http_headers_set(h, "Date", date);
    }
    id_make(&c->m->ids, "req_", 14, id, sizeof(id));
    if (!c->rules->request_id_absent)
        http_headers_set(h, "Request-Id", c->rules->request_id_constant ? "req_1" : id);
    http_headers_set(h, "Cache-Control", "no-cache, no-store");
    if (version && strlen(version) < 64)
        http_headers_set(h, "Stripe-Version", version);
    if (c->rules->headers_more) {
        http_headers_add(h, "X-Content-Type-Options", "nosniff");
        http_headers_add(h, "Vary", "Origin");
        http_headers_add(h, "Vary", "Accept");
        http_headers_add(h, "Strict-Transport-Security", "max-age=63072000");
    }
    if (c->rules->headers_lower)
        lower_names(h);
}
