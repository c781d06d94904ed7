/* One interaction and what a rule expects of it come in. What does not hold is noted
 * with its place. */
#include "harness/passive/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "recording/redact/redactor.h"

enum { MAX_SHOWN = 20 };

/* Where it stands in the file; what was never in one is known by its request. */
static json_t *place_of(const struct rule_context *k, const char *pointer) {
    const struct recorded *x = k->t->x;
    char *place = x->line ? mem_printf("exchange %d, line %d: %s", (int)x->number,
                                       x->line, pointer)
                          : mem_printf("exchange %d, %s %.200s: %s", (int)x->number,
                                       x->request.method, x->request.target, pointer);
    json_t *text = jsonx_text(place, strlen(place));

    free(place);
    return text;
}

void rule_expect(struct rule_context *k, bool ok, const char *pointer,
                 const char *expected, const json_t *got) {
    char *text;

    k->judged++;
    if (ok || json_array_size(k->found) >= MAX_SHOWN)
        return;
    text =
        got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : mem_strdup("nothing");
    if (strlen(text) > 200)
        text[200] = '\0';
    json_array_append_new(k->found,
                          json_pack("{s:o, s:s, s:o}", "pointer", place_of(k, pointer),
                                    "expected", expected, "got",
                                    jsonx_text(text, strlen(text))));
    free(text);
}

void rule_expect_status(struct rule_context *k, bool ok, const char *expected) {
    json_t *status = json_integer(k->t->x->response.status);

    rule_expect(k, ok, "/status", expected, status);
    json_decref(status);
}

bool rule_knows_time(const struct rule_context *k) {
    return k->t->dated && k->time_is_sure &&
           k->t->x->ended_us - k->t->x->began_us < RULE_QUICK_US;
}

bool rule_slot(const struct rule_context *k, const char *name, char *out, size_t size) {
    int index = name ? history_name_find(k->history, name) : k->t->name;

    snprintf(out, size, "%d %d", k->t->history, index);
    return index >= 0;
}

bool rule_expands(const struct rule_context *k) {
    return request_key_has(&k->t->key, "expand[]", "payload") ||
           request_key_has(&k->t->key, "expand[]", "data.payload");
}

void rule_each_secret(struct rule_context *k,
                      void (*judge)(struct rule_context *k, const json_t *secret,
                                    const char *pointer)) {
    const json_t *data = json_object_get(k->body, "data");
    char pointer[48];

    if (!k->answered_well)
        return;
    if (k->t->key.op == API_SET || k->t->key.op == API_FIND)
        judge(k, k->body, "/body");
    for (size_t i = 0; k->t->key.op == API_LIST && i < json_array_size(data); i++) {
        snprintf(pointer, sizeof(pointer), "/body/data/%zu", i);
        judge(k, json_array_get(data, i), pointer);
    }
}

bool rule_has_token(const char *text) {
    for (size_t len = strlen(text); len; text++, len--)
        if (redactor_token(text, len))
            return true;
    return false;
}
