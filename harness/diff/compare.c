/* A recorded answer and the one of today come in. What differs goes out, with pointer,
 * wanted and got; ids, names and times are paired, not compared. */
#include "harness/diff/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "core/word_replace.h"
#include "harness/diff/freedom.h"
#include "recording/embedded_ids.h"
#include "recording/history/name_tokens.h"
#include "recording/redact/redactor.h"

enum {
    SLACK_S = 5, /* shifted times may differ by so much */
    MAX_MISMATCHES = 20,
};

static void differs(struct compare *k, const char *expected, const json_t *got) {
    json_t *one;
    char *text;

    if (k->free)
        k->changed++;
    else
        k->broken++;
    if (json_array_size(k->found) >= MAX_MISMATCHES)
        return;
    text =
        got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : mem_strdup("nothing");
    one = evidence_mismatch(&k->d->target, k->pointer.ptr, expected, text);
    if (k->free)
        json_object_set_new(one, "changed", json_true());
    json_array_append_new(k->found, one);
    free(text);
}

/* False if it is the id of another secret. One secret may have it for several recorded
 * ids: what overlapped there follows one after the other here. */
static bool pair_id(struct compare *k, const char *name, const char *there,
                    const char *here) {
    const char *text = name ? name : k->t->key.name;
    char *place = mem_printf("%d %s", k->t->history, text ? text : "");
    const char *owner = json_string_value(json_object_get(k->d->owners, here));
    bool free_here = !owner || strcmp(owner, place) == 0;

    if (free_here) {
        json_object_set_new_nocheck(k->d->ids, there, json_string_nocheck(here));
        json_object_set_new_nocheck(k->d->owners, here,
                                    jsonx_text(place, strlen(place)));
    }
    free(place);
    return free_here;
}

/* Pair the ids first: other members may come before them. */
static void pair_ids(struct compare *k, const json_t *there, const json_t *here) {
    /* what overlapped there may have left another secret here: the next set tells */
    bool anew = k->t->key.op == API_SET &&
                (has_doubt(k->t, DOUBT_CONCURRENT | DOUBT_AFTER_CONCURRENT));
    const json_t *was, *is;

    for (size_t n = 0; (was = embedded_ids_object(there, n)); n++) {
        const char *id = jsonx_string(was, "id", NULL), *now;

        is = embedded_ids_object(here, n);
        now = jsonx_string(is, "id", NULL);
        if (id && now && (anew || !json_object_get(k->d->ids, id)))
            pair_id(k, jsonx_string(was, "name", NULL), id, now);
    }
}

static bool is_request_id(const struct compare *k, const char *there) {
    const char *id = http_headers_get(k->headers_there, "Request-Id");

    return id && strcmp(id, there) == 0;
}

/* Steals both. */
static char *swapped(char *text, const char *there, char *here) {
    bool whole = strcmp(text, there) == 0;
    char *other = whole ? here : word_replace(text, there, here);

    if (!whole)
        free(here);
    if (other)
        free(text);
    return other ? other : text;
}

/* The secret that a text speaks of: the one that is shown or was asked for; what stands
 * beside those of a list may be the name of any. */
static const char *name_meant(const struct compare *k, const char *there) {
    const struct history *s = &k->d->histories->items[k->t->history];

    return k->name && history_name_find(s, k->name) >= 0 ? k->name
           : k->t->key.name                              ? k->t->key.name
           : history_name_find(s, there) >= 0            ? there
                                                         : NULL;
}

/* A text of the implementation's own: with the ids and the names of here. */
static char *text_here(const struct compare *k, const char *there) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *name = name_meant(k, there), *user = k->t->key.user;
    char *renamed = mem_strdup(there);

    if (name)
        renamed = swapped(renamed, name, diff_name(k->d, name));
    if (user)
        renamed = swapped(renamed, user, diff_user(k->d, user));
    for (const char *at = renamed; *at;) {
        size_t n = word_length(at);
        char *word = n ? mem_strndup(at, n) : NULL;
        const char *id =
            word ? json_string_value(json_object_get(k->d->ids, word)) : NULL;

        if (id)
            buf_adds(&out, id);
        else
            buf_add(&out, at, n ? n : 1);
        at += n ? n : 1;
        free(word);
    }
    free(renamed);
    return buf_take(&out, NULL);
}

static char *time_place(const struct compare *k, const char *key, int64_t there) {
    return mem_printf("%s %s %lld", k->id ? k->id : "", key, (long long)there);
}

static void remember_time(struct compare *k, const char *key, int64_t there,
                          int64_t here) {
    char *place = time_place(k, key, there);

    if (k->id)
        json_object_set_new_nocheck(k->d->times, place, json_integer(here));
    free(place);
}

static bool as_far(int64_t here, int64_t now, int64_t there, int64_t then) {
    int64_t off = here - now - (there - then);

    return off >= -SLACK_S && off <= SLACK_S;
}

/* By its distance from now when it is first seen, as we know the time or as the answer
 * has it: its Date may be another clock's, there as here. After that it does not move. */
static bool near_enough(struct compare *k, const char *key, int64_t there,
                        int64_t here) {
    const char *date = http_headers_get(k->headers_here, "Date");
    char *place = time_place(k, key, there);
    const json_t *known = json_object_get(k->d->times, place);
    int64_t dated;
    bool is = known ? json_integer_value(known) == here
                    : as_far(here, k->now, there, k->t->now) ||
                          (k->t->dated && date && http_date_parse(date, &dated) &&
                           as_far(here, dated, there, k->t->now));

    free(place);
    if (is && !known)
        remember_time(k, key, there, here);
    return is;
}

/* The name of a secret, and no other thing's. */
static bool is_recorded_name(const struct compare *k, const char *there) {
    return (k->t->key.name && strcmp(k->t->key.name, there) == 0) ||
           history_name_find(&k->d->histories->items[k->t->history], there) >= 0;
}

/* A name again, in another place; it may be a token, since it is a payload, too. */
static bool is_name(const struct compare *k, const char *key, const char *there) {
    if (strcmp(key, "payload") == 0)
        return false;
    return k->name ? strcmp(k->name, there) == 0 && is_recorded_name(k, there)
                   : k->t->key.op == API_LIST && str_starts(there, "payload:");
}

/* The token of a session that cannot be compared may be that of the set before it. */
static const char *payload_there(const struct compare *k, const char *token) {
    const struct histories *s = k->d->histories;
    int effect = k->t->before.name_effect;
    const char *set = effect >= 0 ? s->interactions[effect].key.payload : NULL;

    return set && identity_compare(s->identity, set, token) != SAMENESS_DIFFERENT
               ? set
               : token;
}

static void compare_text(struct compare *k, const char *key, const char *there,
                         const json_t *here) {
    char *want = NULL;
    const char *known;
    int64_t was, is;

    if (strcmp(key, "message") == 0 || strcmp(key, "request_log_url") == 0 ||
        strcmp(key, "doc_url") == 0)
        return;
    if (is_request_id(k, there)) {
        known = http_headers_get(k->headers_here, "Request-Id");
        want = mem_strdup(known ? known : there);
    } else if (strcmp(key, "id") == 0) {
        known = json_string_value(json_object_get(k->d->ids, there));
        if (!known && *there && !pair_id(k, k->name, there, json_string_value(here)))
            known = "an id of its own";
        want = mem_strdup(known ? known : json_string_value(here));
    } else if ((strcmp(key, "name") == 0 && is_recorded_name(k, there)) ||
               is_name(k, key, there)) {
        want = diff_name(k->d, there);
    } else if (strcmp(key, "user") == 0) {
        want = diff_user(k->d, there);
    } else if (redactor_token(there, strlen(there)) && str_starts(there, "payload:")) {
        want = diff_payload(k->d, payload_there(k, there));
    } else if (timestamp_is(there, &was) &&
               timestamp_is(json_string_value(here), &is) &&
               near_enough(k, key, was, is)) {
        return;
    } else if (strcmp(there, json_string_value(here)) == 0) {
        return;
    } else {
        want = text_here(k, there);
    }
    if (strcmp(want, json_string_value(here)) != 0)
        differs(k, want, here);
    free(want);
}

static void compare_number(struct compare *k, const char *key, int64_t there,
                           const json_t *here) {
    int64_t unit = epoch_unit(there);
    bool time = ((strcmp(key, "created") == 0 || strcmp(key, "expires_at") == 0) &&
                 there > EPOCH_LEAST_S) ||
                epoch_is_near(there, k->t->now);
    char want[64];

    if (strcmp(key, "expires_at") == 0 && k->d->sent_expires) { /* as exact as it was */
        int64_t want_exact = there + (k->d->sent_expires - k->t->key.expires_at) * unit;

        snprintf(want, sizeof(want), "%lld", (long long)want_exact);
        if (json_integer_value(here) != want_exact)
            differs(k, want, here);
        else
            remember_time(k, key, there / unit, want_exact / unit);
        return;
    }
    if (time && near_enough(k, key, there / unit, json_integer_value(here) / unit))
        return;
    if (!time && json_integer_value(here) == there)
        return;
    snprintf(want, sizeof(want), "%lld%s",
             (long long)(time ? (there / unit - k->t->now + k->now) * unit : there),
             time ? " within 5 s" : "");
    differs(k, want, here);
}

static void compare_value(struct compare *k, const char *key, const json_t *there,
                          const json_t *here);

static void compare_object(struct compare *k, const json_t *there, const json_t *here) {
    const char *key, *outer = k->id, *outer_name = k->name;
    json_t *value;

    k->id = jsonx_string(there, "id", outer);
    k->name = jsonx_string(there, "name", outer_name);
    json_object_foreach((json_t *)(uintptr_t)there, key, value) {
        size_t len = k->pointer.len;

        jsonx_pointer_add(&k->pointer, key);
        compare_value(k, key, value, json_object_get(here, key));
        buf_cut(&k->pointer, len);
    }
    json_object_foreach((json_t *)(uintptr_t)here, key, value) {
        size_t len = k->pointer.len;

        jsonx_pointer_add(&k->pointer, key);
        if (!json_object_get(there, key)) {
            bool free_outside = k->free;

            k->free = free_outside || freedom_of_member(k->t, key, NULL, value);
            differs(k, "nothing", value);
            k->free = free_outside;
        }
        buf_cut(&k->pointer, len);
    }
    k->id = outer;
    k->name = outer_name;
}

/* The same names, each once, in another order? */
static bool is_another_order(const struct compare *k, const json_t *there,
                             const json_t *here) {
    json_t *names = json_object();
    bool same = true, ordered = true;

    for (size_t i = 0; i < json_array_size(there); i++) {
        char *name =
            diff_name(k->d, jsonx_string(json_array_get(there, i), "name", ""));

        ordered = ordered &&
                  strcmp(name, jsonx_string(json_array_get(here, i), "name", "")) == 0;
        json_object_set_new(names, name, json_true());
        free(name);
    }
    for (size_t i = 0; i < json_array_size(here) && !ordered; i++)
        same = json_object_del(
                   names, jsonx_string(json_array_get(here, i), "name", "")) == 0 &&
               same;
    same = same && !ordered && !json_object_size(names);
    json_decref(names);
    return same;
}

static void compare_list(struct compare *k, const char *key, const json_t *there,
                         const json_t *here) {
    char text[32];

    if (json_array_size(there) != json_array_size(here)) {
        snprintf(text, sizeof(text), "%zu items", json_array_size(there));
        differs(k, text, here);
        return;
    }
    if (strcmp(key, "data") == 0 && is_another_order(k, there, here)) {
        k->free = true; /* LIST-9, a SHOULD */
        differs(k, "the order of the recording", here);
        k->free = false;
        return;
    }
    for (size_t i = 0; i < json_array_size(there); i++) {
        size_t len = k->pointer.len;

        snprintf(text, sizeof(text), "%zu", i);
        jsonx_pointer_add(&k->pointer, text);
        compare_value(k, key, json_array_get(there, i), json_array_get(here, i));
        buf_cut(&k->pointer, len);
    }
}

static void compare_member(struct compare *k, const char *key, const json_t *there,
                           const json_t *here) {
    char *text;

    if (!here || json_typeof(there) != json_typeof(here)) {
        text = json_dumps(there, JSON_ENCODE_ANY | JSON_COMPACT);
        differs(k, text, here);
        free(text);
    } else if (json_is_object(there)) {
        compare_object(k, there, here);
    } else if (json_is_array(there)) {
        compare_list(k, key, there, here);
    } else if (json_is_string(there) &&
               strlen(json_string_value(there)) == json_string_length(there)) {
        compare_text(k, key, json_string_value(there), here);
    } else if (json_is_integer(there)) {
        compare_number(k, key, json_integer_value(there), here);
    } else if (!json_equal(there, here)) {
        text = json_dumps(there, JSON_ENCODE_ANY);
        differs(k, text, here);
        free(text);
    }
}

static void compare_value(struct compare *k, const char *key, const json_t *there,
                          const json_t *here) {
    bool outer = k->free;

    k->free = outer || (*key && freedom_of_member(k->t, key, there, here));
    compare_member(k, key, there, here);
    k->free = outer;
}

/* --- what is not ours --- */

static bool is_ours_here(const struct compare *k, const json_t *item) {
    return str_starts(jsonx_string(item, "name", ""), k->d->id);
}

/* Older than the recording, or somebody else's: no call of it speaks of that name. */
static bool is_ours_there(const struct compare *k, const json_t *item) {
    const char *name = jsonx_string(item, "name", "");
    char *plain = name_tokens_plain(k->d->histories->name_tokens, name);
    bool ours = history_name_find(&k->d->histories->items[k->t->history],
                                  plain ? plain : name) >= 0;

    free(plain);
    return ours;
}

/* How many others a list shows; they are taken out. */
static size_t drop_others(const struct compare *k, json_t *body,
                          bool (*is_ours)(const struct compare *k,
                                          const json_t *item)) {
    json_t *data = json_object_get(body, "data");
    size_t others = 0;

    for (size_t i = json_array_size(data); i-- > 0;)
        if (!is_ours(k, json_array_get(data, i))) {
            json_array_remove(data, i);
            others++;
        }
    return others;
}

/* Is it a scope that others may use, too: the account's, or that of a user of the
 * profile? A user that was made up for this is ours alone. */
static bool is_shared(const struct compare *k) {
    char *user = k->t->key.user ? diff_user(k->d, k->t->key.user) : NULL;
    bool shared = !user || strcmp(user, k->t->key.user) == 0;

    free(user);
    return shared;
}

/* Secrets of others are no drift. Where they fill a page, nothing can be said of it. */
static void leave_others_out(struct compare *k, json_t *was, json_t *is) {
    size_t there, here;

    if (k->t->key.op != API_LIST || !is_shared(k) || !json_object_get(was, "data") ||
        !json_object_get(is, "data"))
        return;
    there = drop_others(k, was, is_ours_there);
    here = drop_others(k, is, is_ours_here);
    if ((there || here) && (json_is_true(json_object_get(was, "has_more")) ||
                            json_is_true(json_object_get(is, "has_more"))))
        k->skip = "secrets of others share its pages: which it shows is no evidence";
}

void compare_answer(struct compare *k, const struct http_response *there,
                    const struct http_response *here) {
    json_t *was = jsonx_body(there), *is = jsonx_body(here);
    char want[128], got[128];
    json_t *shown;

    buf_adds(&k->pointer, "/status");
    snprintf(want, sizeof(want), "%d", there->status);
    shown = json_integer(here->status);
    k->free = freedom_of_status(k->t, here->status);
    if (there->status != here->status)
        differs(k, want, shown);
    k->free = false;
    json_decref(shown);
    buf_cut(&k->pointer, 0);
    buf_adds(&k->pointer, "/headers/content-type");
    http_media_type(http_headers_get(&there->headers, "Content-Type")
                        ? http_headers_get(&there->headers, "Content-Type")
                        : "",
                    want, sizeof(want));
    http_media_type(http_headers_get(&here->headers, "Content-Type")
                        ? http_headers_get(&here->headers, "Content-Type")
                        : "",
                    got, sizeof(got));
    shown = json_string(got);
    if (strcmp(want, got) != 0)
        differs(k, want, shown);
    json_decref(shown);
    buf_cut(&k->pointer, 0);
    buf_adds(&k->pointer, "/body");
    k->headers_there = &there->headers;
    k->headers_here = &here->headers;
    leave_others_out(k, was, is);
    pair_ids(k, was, is);
    if (was && there->status == here->status)
        compare_value(k, "", was, is);
    json_decref(was);
    json_decref(is);
}
