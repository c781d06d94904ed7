/* A request whose parameters are read comes in. What set, find and delete do to the
 * store, and the answer of each, goes out. */
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/mem.h"
#include "core/str.h"

enum { DEFAULT_CAP = 10, CACHE_MS = 300 };

int64_t call_ms(int64_t seconds) {
    const int64_t most = INT64_MAX / 2000; /* half of it is room for what is added */

    return (seconds > most ? most : seconds < -most ? -most : seconds) * 1000;
}

bool call_expired(const struct model_call *c, const struct secret *s) {
    const struct model_rules *r = c->rules;

    return s->expires && c->now_ms >= call_ms(s->expires) + r->expires_late +
                                          r->expiry_lag - r->expires_early -
                                          r->expires_a_second_early -
                                          (s->was_gone ? 0 : r->replaced_ends_early);
}

/* EXP-3 broken: each read cleans one. */
static void sweep_one(struct model_call *c, struct scope *scope) {
    for (size_t i = 0; scope && c->rules->expired_swept_singly && i < scope->count; i++)
        if (call_expired(c, scope->secrets[i]) && !scope->secrets[i]->swept) {
            scope->secrets[i]->swept = true;
            return;
        }
}

bool call_live(const struct model_call *c, const struct secret *s) {
    return !s->gone && !call_expired(c, s);
}

bool call_shows_ended(const struct model_call *c) {
    return c->rules->expired_comes_back && c->m->looks % 3 == 0;
}

/* The length without blanks at the end. */
static size_t unpadded(const char *text) {
    size_t len = strlen(text);

    while (len && text[len - 1] == ' ')
        len--;
    return len;
}

static bool is_combined(const char *a, const char *b) {
    return strcmp(a, "\u00e9") == 0 && strcmp(b, "e\u0301") == 0;
}

/* SET-9. */
static bool same_name(const struct model_call *c, const char *a, const char *b) {
    const struct model_rules *r = c->rules;
    char *a_end, *b_end;

    if (strcmp(a, b) == 0 || lenient_name(c, a, b))
        return true;
    if (r->name_without_case)
        return str_equal_nocase(a, b);
    if (r->name_by_255)
        return strlen(a) > 255 && strlen(b) > 255 && strncmp(a, b, 255) == 0;
    if (r->name_normalized)
        return is_combined(a, b) || is_combined(b, a);
    if (r->name_padded)
        return unpadded(a) == unpadded(b) && strncmp(a, b, unpadded(a)) == 0;
    if (r->name_as_number && strtod(a, &a_end) == strtod(b, &b_end))
        return a_end != a && b_end != b && !*a_end && !*b_end;
    return false;
}

bool call_like_user(const char *a, const char *b) {
    return a && b && (str_equal_nocase(a, b) || str_starts(a, b) || str_starts(b, a));
}

/* The newest of a name, dead or alive. */
static struct secret *named(const struct model_call *c, const struct scope *scope,
                            const char *name) {
    struct secret *found = NULL;

    for (size_t i = 0; scope && i < scope->count; i++)
        if (same_name(c, scope->secrets[i]->name, name) &&
            (!found || scope->secrets[i]->order > found->order))
            found = scope->secrets[i];
    return found;
}

/* EXP-6 broken: one expiry empties the scope. */
static void spread_expiry(struct model_call *c, struct scope *scope) {
    bool any = false;

    for (size_t i = 0; i < scope->count; i++)
        any = any || (!scope->secrets[i]->gone && call_expired(c, scope->secrets[i]));
    for (size_t i = 0; any && i < scope->count; i++)
        scope->secrets[i]->gone = true;
}

struct scope *call_scope(struct model_call *c, bool make) {
    struct scope *scope = store_scope(&c->m->store, c->world, c->user, make);

    if (scope && c->rules->expiry_takes_scope)
        spread_expiry(c, scope);
    if (scope && (c->op == API_FIND || c->op == API_LIST))
        sweep_one(c, scope);
    return scope;
}

/* ---- set ---- */

static char *without(const char *text, const char *set, char instead) {
    char *out = mem_strdup(text), *to = out;

    for (; *text; text++)
        if (!strchr(set, *text))
            *to++ = *text;
        else if (instead)
            *to++ = instead;
    *to = '\0';
    return out;
}

static char *trimmed(const char *text) {
    size_t len;

    text += strspn(text, " \t\n");
    len = strlen(text);
    while (len && strchr(" \t\n", text[len - 1]))
        len--;
    return mem_strndup(text, len);
}

static char *percent_decoded(const char *text) {
    char *out = mem_strdup(text), *to = out;

    for (; *text; text++) {
        char pair[3] = {text[0] == '%' ? text[1] : '\0', '\0', '\0'}, *end;

        if (pair[0])
            pair[1] = text[2];
        if (pair[0] && pair[1]) {
            long c = strtol(pair, &end, 16);

            if (!*end && c > 0) {
                *to++ = (char)c;
                text += 2;
                continue;
            }
        }
        *to++ = *text;
    }
    *to = '\0';
    if (!str_utf8_valid(out, strlen(out)))
        *out = '\0';
    return out;
}

/* Sequences of `bytes` or more bytes become one `?`. */
static char *narrowed(const char *text, size_t bytes) {
    size_t len = strlen(text);
    char *out = mem_new(len + 1, 1), *to = out;

    while (*text) {
        size_t n = str_utf8_step(text, len);

        n = n ? n : 1;
        if (n >= bytes)
            *to++ = '?';
        else
            to = (char *)memcpy(to, text, n) + n;
        text += n;
        len -= n;
    }
    return out;
}

static void replace(char **text, char *with) {
    free(*text);
    *text = with;
}

/* SET-8 broken, in each way. */
static void spoil_texts(struct model_call *c) {
    const struct model_rules *r = c->rules;

    if (r->payload_trimmed)
        replace(&c->payload, trimmed(c->payload));
    if (r->payload_plus_lost)
        replace(&c->payload, without(c->payload, "+", ' '));
    if (r->payload_decoded_twice)
        replace(&c->payload, percent_decoded(c->payload));
    if (r->payload_cut && strlen(c->payload) > 4096)
        c->payload[4096] = '\0';
    if (r->payload_bmp_only)
        replace(&c->payload, narrowed(c->payload, 4));
    if (r->payload_one_line)
        replace(&c->payload, without(c->payload, "\n", ' '));
    if (r->payload_cr_lost)
        replace(&c->payload, without(c->payload, "\r", 0));
    if (r->payload_dollars_lost)
        replace(&c->payload, without(c->payload, "$", 0));
    if (r->payload_braces_lost)
        replace(&c->payload, without(c->payload, "{}", 0));
    if (r->payload_bom_lost && str_starts(c->payload, "\xef\xbb\xbf"))
        replace(&c->payload, mem_strdup(c->payload + 3));
    if (r->payload_unquoted)
        replace(&c->payload, without(c->payload, "\"", 0));
    if (r->payload_cut_1000 && strlen(c->payload) > 1000)
        c->payload[1000] = '\0';
    c->name = lenient_text(r, c->name, false);
    if (r->name_trimmed)
        replace(&c->name, trimmed(c->name));
    if (r->name_cut && strlen(c->name) > 255)
        c->name[255] = '\0';
    if (r->name_ascii_only)
        replace(&c->name, narrowed(c->name, 2));
}

/* How many places of a scope are taken. */
static size_t live_count(const struct model_call *c, const struct scope *scope) {
    size_t n = 0;

    for (size_t i = 0; i < scope->count; i++)
        n += c->rules->expired_keeps_place ? !scope->secrets[i]->gone
                                           : call_live(c, scope->secrets[i]);
    return n;
}

/* SET-13. */
static bool full(struct model_call *c, const struct scope *scope) {
    size_t cap = c->rules->cap ? (size_t)c->rules->cap : DEFAULT_CAP;
    int status = c->rules->cap_status_409 ? 409 : c->rules->cap_status_403 ? 403 : 400;

    if (c->rules->cap_ignored || c->rules->cap_none || live_count(c, scope) < cap)
        return false;
    call_refuse(c, status, "invalid_request_error", NULL, NULL,
                "You have reached the limit of %zu secrets in this scope.", cap);
    return true;
}

static int64_t new_expiry(const struct model_call *c, const struct secret *old) {
    const struct model_rules *r = c->rules;
    bool alive = old && call_live(c, old);

    if (!old)
        return c->expires;
    if (alive && r->expiry_first_holds && old->expires)
        return old->expires;
    if (alive && r->expiry_never_sooner && c->expires && old->expires > c->expires)
        return old->expires;
    if (alive && r->replace_keeps_expiry && !c->expires)
        return old->expires;
    if (old->gone && r->delete_old_expiry && !c->expires)
        return old->expires;
    if (!old->gone && !alive && r->expired_keeps_expiry)
        return old->expires;
    return c->expires;
}

static const char *new_payload(const struct model_call *c, const struct secret *old) {
    if (old && old->gone && c->rules->delete_old_payload)
        return old->payload;
    if (old && !old->gone && call_expired(c, old) && c->rules->expired_old_payload)
        return old->payload;
    return c->payload;
}

/* LIST-2 broken: what was set in the same moment is lost. */
static void lose_others(struct model_call *c, struct scope *scope,
                        const struct secret *s) {
    for (size_t i = scope->count; i-- > 0;)
        if (scope->secrets[i] != s &&
            c->now_ms - scope->secrets[i]->changed_ms < c->rules->concurrent_sets_lose)
            scope_remove(scope, scope->secrets[i]);
}

/* ISO-1 broken: the name changes wherever it is. */
static void set_everywhere(struct model_call *c) {
    for (struct scope *s = c->m->store.all; s; s = s->next_all)
        for (size_t i = 0; strcmp(s->world, c->world) == 0 && i < s->count; i++)
            if (strcmp(s->secrets[i]->name, c->name) == 0)
                secret_set_payload(s->secrets[i], c->payload);
}

static struct secret *put(struct model_call *c, struct scope *scope,
                          struct secret *old) {
    int64_t expires = new_expiry(c, old);
    char *payload = mem_strdup(new_payload(c, old));
    bool alive = old && call_live(c, old);
    bool together = old && c->rules->concurrent_sets_add &&
                    c->now_ms - old->changed_ms < c->rules->concurrent_sets_add;
    bool in_place = alive && c->rules->replace_renews_in_place;
    uint64_t place = in_place ? old->order : 0;
    struct secret *s = old;

    if (!alive || c->rules->replace_adds || together || c->rules->replace_renews ||
        in_place) {
        if (old && !(alive && (c->rules->replace_adds || together)))
            scope_remove(scope, old);
        s = scope_add(&c->m->store, scope, c->name);
        s->order = in_place ? place : s->order;
        s->id = call_make_id(c, c->name);
        s->created = c->now_ms / 1000;
        s->first_expires = expires;
        s->was_gone = !alive;
    } else {
        s->was_gone = false;
        if (c->rules->replace_moves)
            s->order = ++c->m->store.order;
    }
    secret_set_payload(s, payload);
    s->expires = expires;
    s->changed_ms = scope->changed_ms = c->now_ms;
    s->gone = false;
    free(payload);
    if (c->rules->set_in_all_scopes)
        set_everywhere(c);
    if (c->rules->concurrent_sets_lose)
        lose_others(c, scope, s);
    return s;
}

static void run_set(struct model_call *c) {
    struct scope *scope = call_scope(c, true);
    struct secret *old, *s;
    json_t *body;

    if (!c->payload)
        c->payload = mem_strdup("");
    spoil_texts(c);
    old = named(c, scope, c->name);
    if (old && call_live(c, old) && c->rules->replace_refused) {
        call_refuse(c, 409, "invalid_request_error", NULL, "name",
                    "The name is taken.");
        return;
    }
    if (old && !call_live(c, old) &&
        (old->gone ? c->rules->delete_blocks_name : c->rules->expired_blocks_name)) {
        call_refuse(c, 400, "invalid_request_error", NULL, "name",
                    "The name was used.");
        return;
    }
    if ((!old || !call_live(c, old)) && full(c, scope))
        return;
    if (c->rules->replace_keeps_tail && old && call_live(c, old) &&
        strlen(old->payload) > strlen(c->payload))
        replace(&c->payload,
                mem_printf("%s%s", c->payload, old->payload + strlen(c->payload)));
    s = old && call_live(c, old) && c->rules->replace_ignored ? old
                                                              : put(c, scope, old);
    body = secret_json(c, scope, s, API_SET, c->expand);
    if (c->rules->set_answer_empty)
        json_object_clear(body);
    call_answer(c, body);
    if (c->rules->set_status_201)
        c->answer->status = 201;
}

void call_after_refusal(struct model_call *c) {
    struct scope *scope;
    struct secret *old;

    if (c->op != API_SET || !c->name || !*c->name || !c->scope_known)
        return;
    scope = call_scope(c, true);
    old = named(c, scope, c->name);
    if (c->rules->refused_set_stores) {
        if (!c->payload)
            c->payload = mem_strdup("refused");
        put(c, scope, old);
    }
    if (c->rules->refused_set_removes && old)
        scope_remove(scope, old);
}

/* ---- find ---- */

/* As LIKE of SQL: _ is any character, % and * any number of them. */
static bool like(const char *pattern, const char *text) {
    if (!*pattern)
        return !*text;
    if (*pattern == '%' || *pattern == '*')
        return like(pattern + 1, text) || (*text && like(pattern, text + 1));
    return *text && (*pattern == '_' || *pattern == *text) &&
           like(pattern + 1, text + 1);
}

static bool found_by(const struct model_call *c, const struct secret *s,
                     const char *name) {
    bool seen = !s->gone &&
                (!call_expired(c, s) || c->rules->find_shows_expired ||
                 call_shows_ended(c) || (c->rules->expired_swept_singly && !s->swept) ||
                 (c->expand && c->rules->expand_finds_expired));

    if (s->gone &&
        (c->rules->delete_only_hides || (c->expand && c->rules->expand_finds_deleted)))
        seen = true;
    if (s->gone && c->rules->deleted_comes_back && c->now_ms - s->changed_ms >= 1000)
        seen = true;
    if (!seen)
        return false;
    if (!name || same_name(c, s->name, name))
        return true;
    if (c->rules->name_wildcards && like(name, s->name))
        return true;
    return c->rules->name_by_prefix && str_starts(s->name, name);
}

static struct secret *look(const struct model_call *c, const struct scope *scope,
                           const char *name) {
    struct secret *best = NULL;

    for (size_t i = 0; scope && i < scope->count; i++) {
        struct secret *s = scope->secrets[i];

        if (found_by(c, s, name) && (!best || s->order > best->order))
            best = s;
    }
    return best;
}

static struct secret *look_elsewhere(struct model_call *c, struct scope **scope) {
    struct secret *s = NULL;

    for (struct scope *o = c->m->store.all; o && !s; o = o->next_all) {
        bool same_world = strcmp(o->world, c->world) == 0;
        bool same_user =
            o->user == c->user || (o->user && c->user && strcmp(o->user, c->user) == 0);

        if ((c->user && same_world && !o->user && c->rules->find_falls_back) ||
            (c->user && same_world && o->user && c->rules->find_any_user) ||
            (same_world && call_like_user(o->user, c->user) &&
             c->rules->find_like_users) ||
            (same_world && lenient_user(c, o->user, c->user)) ||
            (same_user && c->rules->account_finds_other)) {
            s = look(c, o, c->name);
            *scope = o;
        }
    }
    return s;
}

/* FIND-5, CONC-2 broken: for a while after a change, the state before it. */
static bool answer_past(struct model_call *c, struct scope *scope) {
    int64_t window =
        c->rules->find_is_cached ? CACHE_MS : c->rules->concurrent_reads_old;
    struct secret *s = c->name ? named(c, scope, c->name) : NULL, past;

    if (!s || c->now_ms - s->changed_ms >= window)
        return false;
    if (s->was_gone) {
        call_refuse_missing(c, c->name);
        return true;
    }
    past = *s;
    if (!s->gone && s->old_payload)
        past.payload = s->old_payload;
    call_answer(c, secret_json(c, scope, &past, API_FIND, c->expand));
    return true;
}

static void run_find(struct model_call *c) {
    struct scope *scope = call_scope(c, false);
    struct secret *s;

    c->m->looks++;
    if (scope && answer_past(c, scope))
        return;
    s = look(c, scope, c->name);
    if (!s)
        s = look_elsewhere(c, &scope);
    if (!s) {
        call_refuse_missing(c, c->name ? c->name : "");
        return;
    }
    call_answer(c, secret_json(c, scope, s, API_FIND, c->expand));
    if (c->rules->find_status_201)
        c->answer->status = 201;
}

/* ---- delete ---- */

static void bury(struct model_call *c, struct scope *scope, struct secret *s) {
    s->gone = true;
    s->was_gone = false;
    s->changed_ms = scope->changed_ms = c->now_ms;
}

/* DEL-4 broken. */
static void bury_more(struct model_call *c, const char *name) {
    for (struct scope *o = c->m->store.all; o; o = o->next_all) {
        if (strcmp(o->world, c->world) != 0)
            continue;
        for (size_t i = 0; i < o->count; i++) {
            const char *other = o->secrets[i]->name;
            bool own = o->user == c->user ||
                       (o->user && c->user && strcmp(o->user, c->user) == 0);

            if ((c->rules->delete_in_all_scopes && strcmp(other, name) == 0) ||
                (c->rules->delete_by_prefix && own && str_starts(other, name)))
                bury(c, o, o->secrets[i]);
        }
    }
}

static void run_delete(struct model_call *c) {
    const struct model_rules *r = c->rules;
    struct scope *scope = call_scope(c, false);
    struct secret *s;
    bool there;

    if (r->delete_falls_back && c->user && (!scope || live_count(c, scope) == 0))
        scope = store_scope(&c->m->store, c->world, NULL, false);
    s = c->name ? named(c, scope, c->name) : look(c, scope, NULL);
    there = s && call_live(c, s);
    if (!there && s &&
        ((s->gone && r->delete_twice_200) || (!s->gone && r->delete_expired_200)))
        there = true;
    if (!there) {
        if (!r->delete_missing_200 || s)
            call_refuse_missing(c, c->name ? c->name : "");
        else
            call_answer(c, json_pack("{s:s, s:s, s:b}", "id", "appsecret_0", "object",
                                     API_OBJECT, "deleted", 1));
        return;
    }
    bury(c, scope, s);
    call_answer(c, deleted_json(c, scope, s));
    if (r->delete_in_all_scopes || r->delete_by_prefix)
        bury_more(c, s->name);
    if (r->delete_status_204) {
        c->answer->status = 204;
        http_response_body(c->answer, "", 0);
        http_headers_remove(&c->answer->headers, "Content-Type");
    }
}

static bool is_reserved(const char *name) {
    static const char *const words[] = {"__proto__", "constructor", "toString"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* No letter or digit of ASCII, or what stands in no ordinary name. */
static bool is_rare(const char *name) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    return !strpbrk(name, plain) || strpbrk(name, "\"\x01\x1b") ||
           strstr(name, "\xef\xbf\xbf");
}

/* ERR-5 broken: what such an implementation did not think of. */
static bool is_odd(const struct model_call *c) {
    const char *key = http_headers_get(&c->request->headers, "Idempotency-Key");
    bool odd = c->rules->reserved_words_crash && c->name && is_reserved(c->name);

    odd = odd || (c->rules->rare_names_crash && c->name && is_rare(c->name));
    odd = odd || (c->rules->key_quotes_crash && key && strpbrk(key, "'\""));
    odd = odd || (c->rules->short_words_crash &&
                  ((c->name && strlen(c->name) == 1) ||
                   (c->user && *c->user && !str_starts(c->user, "usr_"))));
    return odd || (c->rules->rare_characters_crash && c->payload &&
                   (strpbrk(c->payload, "\x01\x07\x1b") ||
                    strstr(c->payload, "\xef\xbf\xbd") || /* U+FFFD, U+FFFF */
                    strstr(c->payload, "\xef\xbf\xbf")));
}

void call_run(struct model_call *c) {
    static void (*const run[])(struct model_call * c) = {run_set, run_find, call_list,
                                                         run_delete};

    if (is_odd(c))
        call_refuse(c, 500, "api_error", NULL, NULL, "Something went wrong.");
    else
        run[c->op](c);
}
