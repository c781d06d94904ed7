#include "core/replay/names.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/recording/redaction.h"

static const char mark[] = "payload:";

/* "a-payload:2-b" beside "a-text-b": payload:2 is "text". */
static void compare(json_t *tokens, const char *plain, const char *hidden) {
    const char *token = strstr(hidden, mark);
    size_t head = (size_t)(token - hidden),
           length = redaction_token(token, strlen(token)),
           tail = strlen(token + length), n = strlen(plain);

    if (length && n > head + tail && strncmp(plain, hidden, head) == 0 &&
        strcmp(plain + n - tail, token + length) == 0)
        json_object_setn_new_nocheck(
            tokens, token, length, json_stringn_nocheck(plain + head, n - head - tail));
}

static void look_at(json_t *tokens, json_t *by_id, const json_t *secret) {
    const char *id = jsonx_string(secret, "id", NULL),
               *name = jsonx_string(secret, "name", NULL), *plain;

    if (!id || !name)
        return;
    plain = json_string_value(json_object_get(by_id, id));
    if (!strstr(name, mark))
        json_object_set_new_nocheck(by_id, id, json_string_nocheck(name));
    else if (plain)
        compare(tokens, plain, name);
}

json_t *names_find(const struct stories *s) {
    json_t *tokens, *by_id;
    bool any = false;

    for (size_t i = 0; i < s->count && !any; i++)
        any = s->tales[i].asked.name && strstr(s->tales[i].asked.name, mark);
    if (!any)
        return NULL;
    tokens = json_object();
    by_id = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const struct tale *t = &s->tales[i];
        json_t *body = t->works ? jsonx_body(&t->x->response) : NULL, *one;
        size_t k;

        look_at(tokens, by_id, body);
        json_array_foreach(json_object_get(body, "data"), k, one)
            look_at(tokens, by_id, one);
        json_decref(body);
    }
    json_decref(by_id);
    return tokens;
}

char *names_plain(const json_t *tokens, const char *text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = text; tokens && *at;) {
        size_t n =
            strncmp(at, mark, strlen(mark)) == 0 ? redaction_token(at, strlen(at)) : 0;
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
