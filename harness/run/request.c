/* A step with its variables filled in comes in. The HTTP request goes out, in the
 * encoding and with the credential that the step asks for. */
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/run/request.h"

static char *shortened(const char *key) {
    size_t len = strlen(key);

    return mem_strndup(key, len ? len - 1 : 0);
}

static char *recased(const char *key) {
    char *out = mem_strdup(key);

    for (char *p = out; *p; p++)
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
            *p ^= 'a' ^ 'A';
    return out;
}

/* One character of the text is another, is gone, or stands before it: `how` is "altered-middle" and so on. */
static char *altered(const char *text, const char *how) {
    size_t len = strlen(text), at;
    char *out;

    if (str_starts(how, "blank-"))
        return str_ends(how, "-after") ? mem_printf("%s ", text)
                                       : mem_printf(" %s", text);
    if (strcmp(how, "added-first") == 0)
        return mem_printf("0%s", text);
    out = mem_strdup(text);
    at = str_ends(how, "-first") ? 0 : str_ends(how, "-last") ? len - 1 : len / 2;
    if (!len)
        return out;
    if (strcmp(how, "swapped") == 0) {
        for (at = len - 1; at > 1 && out[at] == out[at - 1];)
            at--;
        if (at > 0) {
            char last = out[at];

            out[at] = out[at - 1];
            out[at - 1] = last;
        }
        return out;
    }
    if (str_starts(how, "removed-"))
        memmove(out + at, out + at + 1, len - at);
    else
        out[at] = out[at] == 'x' ? 'y' : 'x';
    return out;
}

/* What is nearly a text; NULL where none of it is asked for. */
static char *near_text(const json_t *value) {
    const char *cut = jsonx_string(value, "$shorter", NULL),
               *turned = jsonx_string(value, "$recased", NULL);
    json_t *changed = json_object_get(value, "$altered");
    const char *text = json_string_value(json_array_get(changed, 0)),
               *how = json_string_value(json_array_get(changed, 1));

    if (cut || turned)
        return cut ? shortened(cut) : recased(turned);
    return text && how ? altered(text, how) : NULL;
}

json_t *make_value(const json_t *value) {
    json_t *repeat = json_object_get(value, "$repeat"),
           *raw = json_object_get(value, "$raw");
    char *near = near_text(value);
    const char *unit = json_string_value(json_array_get(repeat, 0));
    const char *tail = json_string_value(json_array_get(repeat, 2));
    struct buf text = BUF_INIT(4 << 20);
    json_t *made;

    if (near) {
        made = json_string(near);
        free(near);
        return made;
    }
    if (raw)
        return make_value(raw);
    if (!repeat)
        return json_copy((json_t *)(uintptr_t)value);
    for (json_int_t i = json_integer_value(json_array_get(repeat, 1)); i > 0; i--)
        buf_adds(&text, unit ? unit : "");
    buf_adds(&text, tail ? tail : "");
    made = jsonx_text(text.ptr, text.len);
    buf_release(&text);
    return made;
}

/* `account`, {user: U}, or a value sent as it is. */
static json_t *make_scope(struct case_run *c, const json_t *value) {
    const char *word = json_string_value(value);
    const char *user = json_string_value(json_object_get(value, "user"));
    json_t *scope;
    char *id;

    if (word && strcmp(word, "account") == 0)
        return json_pack("{s:s}", "type", "account");
    if (!user || json_object_size(value) != 1) {
        json_t *copy = json_deep_copy(value), *type = json_object_get(copy, "type");

        if (json_object_get(type, "$omit"))
            json_object_del(copy, "type");
        if (json_is_object(json_object_get(copy, "user")))
            json_object_set_new(copy, "user",
                                make_value(json_object_get(copy, "user")));
        return copy;
    }
    if (c->moved)
        return json_pack("{s:s}", "type", "account");
    id = case_user(c, user);
    scope = json_pack("{s:s, s:s}", "type", "user", "user", id);
    free(id);
    return scope;
}

static json_t *make_name(struct case_run *c, const json_t *value) {
    const char *name = json_string_value(value);
    json_t *made;
    char *wire;

    if (!name || !*name)
        return make_value(value);
    wire = case_wire_name(c, name);
    made = json_string(wire);
    free(wire);
    return made;
}

static json_t *make_expiry(struct case_run *c, const json_t *value) {
    int64_t ms = 0, now = run_now_latest(c->run);

    case_needs_clock(c);
    str_to_duration(json_is_string(value) ? json_string_value(value) : "0s", &ms);
    if (ms > 0 && ms < 60000) /* a target whose answers came too late gets more time */
        ms *= c->attempt == 0 ? 1 : c->attempt == 1 ? 2 : 5;
    return json_integer((now + 999) / 1000 + ms / 1000);
}

static enum param_kind kind_of(const struct call *call, const char *name) {
    for (size_t i = 0; i < call->param_count; i++)
        if (strcmp(call->params[i].name, name) == 0)
            return call->params[i].kind;
    return PARAM_TEXT;
}

static const char *time_param(const struct call *call) {
    for (size_t i = 0; i < call->param_count; i++)
        if (call->params[i].kind == PARAM_TIME)
            return call->params[i].name;
    return "expires_at";
}

int64_t built_time(const struct call *call, const struct built *b) {
    return jsonx_int(b->sent, time_param(call), -1);
}

/* The trie that is sent; fills in sent, scope and name. */
static json_t *make_tree(struct case_run *c, const struct call *call,
                         const json_t *params, struct built *out) {
    json_t *trie = json_object(), *object = (json_t *)(uintptr_t)params;

    out->sent = json_object();
    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);
        const json_t *value = json_object_iter_value(i);
        json_t *made;

        if (json_object_get(value, "$omit"))
            continue;
        if (strcmp(key, "expires_in") == 0) {
            made = make_expiry(c, value);
            key = time_param(call);
        } else if (kind_of(call, key) == PARAM_SCOPE) {
            made = make_scope(c, value);
            out->scope = json_incref(made);
        } else if (kind_of(call, key) == PARAM_NAME) {
            made = make_name(c, value);
            out->name = mem_strdup(json_string_value(made));
        } else {
            made = make_value(value);
        }
        json_object_set(trie, key, made);
        json_object_set_new(out->sent, key,
                            kind_of(call, key) == PARAM_NAME ? make_value(value)
                                                             : json_incref(made));
        json_decref(made);
    }
    return trie;
}

static bool says(const json_t *encoding, const char *key, const char *word) {
    return strcmp(jsonx_string(encoding, key, ""), word) == 0;
}

static void reverse_pairs(struct form *f) {
    for (size_t i = 0; i < f->count / 2; i++) {
        struct form_pair p = f->pairs[i];

        f->pairs[i] = f->pairs[f->count - 1 - i];
        f->pairs[f->count - 1 - i] = p;
    }
}

/* What is sent besides stands before all, behind all, or in the other half of a POST.
 */
static size_t add_again(struct form *f, const json_t *again, size_t split) {
    const json_t *pairs = json_object_get(again, "pairs");
    const char *place = jsonx_string(again, "place", "after");
    bool first = strcmp(place, "before") == 0 || strcmp(place, "query") == 0;
    size_t before = f->count, count = json_array_size(pairs);

    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(pairs, i), *value = json_array_get(pair, 1);
        const char *key = json_string_value(json_array_get(pair, 0));
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);

        form_add(f, key ? key : "", key ? strlen(key) : 0,
                 text ? text : json_string_value(value),
                 text ? strlen(text) : json_string_length(value));
        free(text);
    }
    for (size_t i = 0; first && i < count; i++) { /* move them to the front */
        struct form_pair p = f->pairs[before + i];

        memmove(f->pairs + i + 1, f->pairs + i, before * sizeof(p));
        f->pairs[i] = p;
    }
    if (strcmp(place, "query") == 0)
        return count; /* all else is in the body */
    if (strcmp(place, "body") == 0)
        return before;
    return split == 0 ? 0 : split + count;
}

/* Pairs [from, to) as text. */
static char *write_pairs(const struct form *f, size_t from, size_t to, unsigned flags) {
    struct form part = {.pairs = to > from ? f->pairs + from : NULL,
                        .count = to - from};
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    form_write(&text, &part, flags);
    return buf_take(&text, NULL);
}

static void write_request(const struct call *call, struct form *f,
                          const json_t *encoding, const json_t *again,
                          struct http_request *r) {
    unsigned flags = says(encoding, "brackets", "raw") ? FORM_RAW_BRACKETS : 0;
    size_t split = call->in_body ? 0 : f->count;
    char *query, *body, *target;

    if (says(encoding, "space", "percent"))
        flags |= FORM_PERCENT_SPACE;
    if (says(encoding, "order", "reverse"))
        reverse_pairs(f);
    if (call->in_body && says(encoding, "place", "query"))
        split = f->count;
    if (call->in_body && says(encoding, "place", "split"))
        split = f->count / 2;
    if (again)
        split = call->in_body ? add_again(f, again, split)
                              : (add_again(f, again, 0), f->count);
    query = write_pairs(f, 0, split, flags);
    body = write_pairs(f, split, f->count, flags);
    target = mem_printf("%s%s%s", call->path, *query ? "?" : "", query);
    http_request_set(r, call->method, target);
    if (call->in_body) {
        http_request_body(r, body, strlen(body));
        http_headers_add(&r->headers, "Content-Type",
                         "application/x-www-form-urlencoded");
    }
    free(target);
    free(query);
    free(body);
}

static bool is_known_key(const struct profile *p, const char *key) {
    for (size_t i = 0; i < p->credential_count; i++)
        if (strcmp(p->credentials[i].key, key) == 0)
            return true;
    return false;
}

/* The main key, changed: as a word of the shell that has it in $ASSAY_KEY, too. `N` is the
 * place of the character, from 1. */
#define AWK(place, made)                                                               \
    "$(printf %s \"$ASSAY_KEY\" | awk '{n = " place "; c = substr($0, n, 1); print "   \
    "substr($0, 1, n - 1) " made " substr($0, n + 1)}')"
#define OTHER "(c == \"x\" ? \"y\" : \"x\")"

const struct near_key_kind near_keys[] = {
    {"longer", "${ASSAY_KEY}0"},
    {"shorter", "${ASSAY_KEY%?}"},
    {"recased", "$(printf %s \"$ASSAY_KEY\" | tr a-zA-Z A-Za-z)"},
    {"added-first", "0${ASSAY_KEY}"},
    {"removed-first", "${ASSAY_KEY#?}"},
    {"removed-middle", AWK("int(length($0) / 2) + 1", "")},
    {"swapped",
     "$(printf %s \"$ASSAY_KEY\" | awk '{n = length($0); while (n > 2 && "
     "substr($0, n, 1) == substr($0, n - 1, 1)) n--; print substr($0, 1, n - 2) "
     "substr($0, n, 1) substr($0, n - 1, 1) substr($0, n + 1)}')"},
    {"blank-after", "${ASSAY_KEY} "},
    {"blank-before", " ${ASSAY_KEY}"},
    {"altered-first", AWK("1", OTHER)},
    {"altered-middle", AWK("int(length($0) / 2) + 1", OTHER)},
    {"altered-last", AWK("length($0)", OTHER)}};
const size_t near_key_count = ARRAY_LEN(near_keys);

static bool is_near_key(const char *as) {
    for (size_t i = 0; i < near_key_count; i++)
        if (strcmp(as, near_keys[i].as) == 0)
            return true;
    return false;
}

char *near_key(const struct profile *p, const char *as) {
    const char *main = profile_credential(p, "main")->key;
    bool shorter = strcmp(as, "shorter") == 0;
    char *key = shorter                      ? shortened(main)
                : strcmp(as, "recased") == 0 ? recased(main)
                : strcmp(as, "longer") == 0  ? mem_printf("%s0", main)
                                             : altered(main, as);

    while (is_known_key(p, key)) { /* another credential may be so near */
        char *next = shorter ? shortened(key) : mem_printf("%s0", key);

        free(key);
        key = next;
    }
    return key;
}

/* NULL = none is sent. */
static char *key_of_role(const struct target *t, const char *as) {
    const struct credential *known = profile_credential(t->profile, as);

    if (known)
        return mem_strdup(known->key);
    if (strcmp(as, "unknown") == 0)
        return mem_strdup(t->unknown_key);
    return is_near_key(as) ? near_key(t->profile, as) : NULL;
}

void add_authorization(const struct target *t, const struct step *s, const char *as,
                       struct http_headers *headers) {
    char *key = key_of_role(t, as);
    bool bearer = s && s->auth ? strcmp(s->auth, "bearer") == 0 : t->bearer;
    struct buf value = BUF_INIT(8192), pair = BUF_INIT(8192);

    if (!key)
        return;
    if (bearer) {
        buf_addf(&value, "Bearer %s", key);
    } else {
        buf_addf(&pair, "%s:", key);
        buf_adds(&value, "Basic ");
        str_add_base64(&value, pair.ptr, pair.len);
    }
    http_headers_add(headers, "Authorization", value.ptr);
    buf_release(&value);
    buf_release(&pair);
    free(key);
}

static void add_headers(struct http_headers *to, const json_t *headers) {
    json_t *object = (json_t *)(uintptr_t)headers;

    for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i))
        http_headers_set(to, json_object_iter_key(i),
                         jsonx_string(headers, json_object_iter_key(i), ""));
}

void build_call(struct case_run *c, const struct step *s, const struct call *call,
                const json_t *params, struct built *out) {
    char missing[64];
    json_t *extra = s && s->extra ? vars_fill(&c->vars, s->extra, missing) : NULL;
    json_t *headers = s && s->headers ? vars_fill(&c->vars, s->headers, missing) : NULL;
    json_t *encoding =
        s && s->encoding ? vars_fill(&c->vars, s->encoding, missing) : NULL;
    json_t *again = s && s->again ? vars_fill(&c->vars, s->again, missing) : NULL;
    json_t *trie = make_tree(c, call, params, out), *value;
    const char *key;
    struct form f = {0};

    json_object_foreach(extra, key, value) {
        if (!json_object_get(value, "$omit"))
            json_object_set(trie, key, value);
    }
    form_from_json(&f, trie, says(encoding, "arrays", "index") ? FORM_INDEXED : 0);
    write_request(call, &f, encoding, again, &out->request);
    add_headers(&out->request.headers, headers);
    form_release(&f);
    json_decref(trie);
    json_decref(extra);
    json_decref(headers);
    json_decref(encoding);
    json_decref(again);
}

void built_release(struct built *b) {
    http_request_release(&b->request);
    json_decref(b->sent);
    json_decref(b->scope);
    free(b->name);
    memset(b, 0, sizeof(*b));
}

void request_build(const json_t *params, struct http_request *out) {
    const char *query = jsonx_string(params, "query", NULL);
    json_t *body = json_object_get(params, "body"), *made;
    json_t *headers = json_object_get(params, "headers");
    char *target = mem_printf("%s%s%s", jsonx_string(params, "path", "/"),
                              query ? "?" : "", query ? query : "");

    http_request_set(out, jsonx_string(params, "method", "GET"), target);
    for (void *i = json_object_iter(headers); i; i = json_object_iter_next(headers, i))
        http_headers_add(&out->headers, json_object_iter_key(i),
                         jsonx_string(headers, json_object_iter_key(i), ""));
    made = body ? make_value(body) : NULL;
    if (json_is_string(made))
        http_request_body(out, json_string_value(made), json_string_length(made));
    json_decref(made);
    free(target);
}
