/* The interactions of a recording come in. Which tokens stand for names goes out. */
#include "recording/history/name_tokens.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/redact/redactor.h"

static const char mark[] = "payload:";

/* Of one that is said twice, another text each time, nobody knows which is meant. */
static void learn(json_t *texts, const char *key, size_t len, json_t *text) {
    const json_t *known = json_object_getn(texts, key, len);

    if (known && !json_equal(known, text)) {
        json_decref(text);
        text = json_null();
    }
    json_object_setn_new_nocheck(texts, key, len, text);
}

/* "a-payload:2-b" beside "a-text-b": payload:2 is "text". */
static void compare(json_t *tokens, const char *plain, const char *hidden) {
    const char *token = strstr(hidden, mark);
    size_t head = (size_t)(token - hidden),
           length = redactor_token(token, strlen(token)), tail = strlen(token + length),
           n = strlen(plain);

    if (length && n > head + tail && strncmp(plain, hidden, head) == 0 &&
        strcmp(plain + n - tail, token + length) == 0)
        learn(tokens, token, length,
              json_stringn_nocheck(plain + head, n - head - tail));
}

struct shown {
    json_t *plain;  /* scope and id -> the name, as far as it has no token */
    json_t *hidden; /* [[scope and id, name with a token], ..] */
};

/* Implementations that make ids of the time give neighbours the same one. */
static void look_at(struct shown *shown, const json_t *secret) {
    const char *id = jsonx_string(secret, "id", NULL),
               *name = jsonx_string(secret, "name", NULL);
    char *key;

    if (!id || !name)
        return;
    key = mem_printf("%s\n%s",
                     jsonx_string(json_object_get(secret, "scope"), "user", ""), id);
    if (strstr(name, mark))
        json_array_append_new(shown->hidden, json_pack("[s, s]", key, name));
    else
        learn(shown->plain, key, strlen(key), json_string_nocheck(name));
    free(key);
}

json_t *name_tokens_find(const struct histories *s) {
    struct shown shown;
    json_t *tokens, *one;
    bool any = false;
    size_t k;

    for (size_t i = 0; i < s->count && !any; i++)
        any = s->interactions[i].key.name && strstr(s->interactions[i].key.name, mark);
    if (!any)
        return NULL;
    tokens = json_object();
    shown = (struct shown){json_object(), json_array()};
    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        json_t *body = t->succeeded ? jsonx_body(&t->x->response) : NULL;

        look_at(&shown, body);
        json_array_foreach(json_object_get(body, "data"), k, one)
            look_at(&shown, one);
        json_decref(body);
    }
    json_array_foreach(shown.hidden, k, one) {
        const char *key = json_string_value(json_array_get(one, 0)),
                   *plain = json_string_value(json_object_get(shown.plain, key));

        if (plain)
            compare(tokens, plain, json_string_value(json_array_get(one, 1)));
    }
    json_decref(shown.plain);
    json_decref(shown.hidden);
    return tokens;
}

char *name_tokens_plain(const json_t *tokens, const char *text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = text; tokens && *at;) {
        size_t n =
            strncmp(at, mark, strlen(mark)) == 0 ? redactor_token(at, strlen(at)) : 0;
        char *token = n ? mem_strndup(at, n) : NULL;
        const char *plain =
            token ? json_string_value(json_object_get(tokens, token)) : NULL;

        if (plain)
            buf_adds(&out, plain);
        else
            buf_add(&out, at, n ? n : 1);
        any = any || plain;
        at += n ? n : 1;
        free(token);
    }
    if (any)
        return buf_take(&out, NULL);
    buf_release(&out);
    return NULL;
}
