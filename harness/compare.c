#include "harness/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/recording/redaction.h"
#include "core/str.h"

enum {
    JSON_DEPTH = 64,
    SLACK_S = 5, /* shifted times may differ by so much */
    MAX_MISMATCHES = 20,
};

static void differs(struct compare *k, const char *expected, const json_t *got) {
    char *text;

    if (json_array_size(k->found) >= MAX_MISMATCHES)
        return;
    text =
        got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : mem_strdup("nothing");
    json_array_append_new(k->found,
                          json_pack("{s:s, s:o, s:o}", "pointer", k->pointer.ptr,
                                    "expected", jsonx_text(expected, strlen(expected)),
                                    "got", jsonx_text(text, strlen(text))));
    free(text);
}

static void compare_text(struct compare *k, const char *key, const char *there,
                         const json_t *here) {
    char *want = NULL;
    const char *known;

    if (strcmp(key, "message") == 0 || strcmp(key, "request_log_url") == 0 ||
        strcmp(key, "doc_url") == 0)
        return;
    if (strcmp(key, "id") == 0) {
        known = json_string_value(json_object_get(k->d->ids, there));
        if (!known)
            json_object_set(k->d->ids, there, (json_t *)(uintptr_t)here);
        want = mem_strdup(known ? known : json_string_value(here));
    } else if (strcmp(key, "name") == 0) {
        want = diff_name(k->d, there);
    } else if (strcmp(key, "user") == 0) {
        want = diff_user(k->d, there);
    } else if (redaction_token(there, strlen(there)) && str_starts(there, "payload:")) {
        want = diff_payload(k->d, there);
    } else {
        want = mem_strdup(there);
    }
    if (strcmp(want, json_string_value(here)) != 0)
        differs(k, want, here);
    free(want);
}

static void compare_number(struct compare *k, const char *key, int64_t there,
                           const json_t *here) {
    bool time = (strcmp(key, "created") == 0 || strcmp(key, "expires_at") == 0) &&
                there > 1000000000;
    int64_t unit = there > 100000000000 ? 1000 : 1;
    int64_t off = json_integer_value(here) / unit - k->now - (there / unit - k->t->now);
    char want[64];

    if (strcmp(key, "expires_at") == 0 && k->d->sent_expires) { /* as exact as it was */
        int64_t want_exact =
            there + (k->d->sent_expires - k->t->asked.expires_at) * unit;

        snprintf(want, sizeof(want), "%lld", (long long)want_exact);
        if (json_integer_value(here) != want_exact)
            differs(k, want, here);
        return;
    }
    if (time && off >= -SLACK_S && off <= SLACK_S)
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
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)there, key, value) {
        size_t len = k->pointer.len;

        jsonx_pointer_add(&k->pointer, key);
        compare_value(k, key, value, json_object_get(here, key));
        buf_cut(&k->pointer, len);
    }
    json_object_foreach((json_t *)(uintptr_t)here, key, value) {
        size_t len = k->pointer.len;

        jsonx_pointer_add(&k->pointer, key);
        if (!json_object_get(there, key))
            differs(k, "nothing", value);
        buf_cut(&k->pointer, len);
    }
}

static void compare_list(struct compare *k, const char *key, const json_t *there,
                         const json_t *here) {
    char text[32];

    if (json_array_size(there) != json_array_size(here)) {
        snprintf(text, sizeof(text), "%zu items", json_array_size(there));
        differs(k, text, here);
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

static void compare_value(struct compare *k, const char *key, const json_t *there,
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
    } else if (json_is_string(there)) {
        compare_text(k, key, json_string_value(there), here);
    } else if (json_is_integer(there)) {
        compare_number(k, key, json_integer_value(there), here);
    } else if (!json_equal(there, here)) {
        text = json_dumps(there, JSON_ENCODE_ANY);
        differs(k, text, here);
        free(text);
    }
}

void compare_answer(struct compare *k, const struct http_response *there,
                    const struct http_response *here) {
    json_t *was = there->body && there->body_len
                      ? jsonx_load(there->body, there->body_len, JSON_DEPTH, NULL)
                      : NULL;
    json_t *is = here->body && here->body_len
                     ? jsonx_load(here->body, here->body_len, JSON_DEPTH, NULL)
                     : NULL;
    char want[128], got[128];
    json_t *shown;

    buf_adds(&k->pointer, "/status");
    snprintf(want, sizeof(want), "%d", there->status);
    shown = json_integer(here->status);
    if (there->status != here->status)
        differs(k, want, shown);
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
    if (was && there->status == here->status)
        compare_value(k, "", was, is);
    json_decref(was);
    json_decref(is);
}
