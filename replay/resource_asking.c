/* A request comes in. What it names of other resources goes out, and how that differs from
 * what a recorded call met. */
#include "replay/resource_asking.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

bool resource_asking_begin(struct resource_asking *a, const struct replay_request *q) {
    const struct resource_calls *calls = q->r->resource_calls;

    if (!q->r->resources || q->session->history < 0 ||
        !resource_request_is(q->request, &q->key))
        return false;
    resource_request_read(&a->request, q->request, &q->key, resource_ids_known,
                          q->r->resources);
    a->states = resource_ids_states(q->r->resources, q->session->history);
    a->collection = resources_collection(a->states, a->request.path);
    if (json_object_get(calls->by_pattern, a->request.pattern) ||
        resource_calls_know_path(calls, &a->request))
        return true;
    resource_asking_end(a);
    return false;
}

void resource_asking_end(struct resource_asking *a) {
    resource_request_release(&a->request);
    *a = (struct resource_asking){0};
}

bool resource_asking_deleted(const struct resource_asking *a, size_t place) {
    const struct resource *r = resources_find(a->states, a->request.ids[place]);

    return r && r->deleted;
}

char *resource_asking_fingerprint(const struct replay_request *q) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);

    for (const char *at = q->key.fingerprint; *at;) {
        char *word;
        size_t n = 0;

        while (str_is_word_char(at[n]))
            n++;
        n = n ? n : 1;
        word = mem_strndup(at, n);
        buf_adds(&out, resource_ids_there(q->r->resources, word));
        free(word);
        at += n;
    }
    return buf_take(&out, NULL);
}

void resource_asking_differences(const struct replay_request *q,
                                 const struct interaction *t, json_t *list) {
    const struct histories *s = q->r->histories;
    const struct resource_asking *a = q->asking;
    const struct resource_call *call =
        a ? q->r->resource_calls->items[t - s->interactions] : NULL;

    if (!call || strcmp(call->request.pattern, a->request.pattern) != 0)
        return;
    for (size_t i = 0; i < a->request.count; i++) {
        bool here = resource_asking_deleted(a, i), there = call->met[i].deleted;

        if (here != there)
            json_array_append_new(
                list, json_sprintf("%s: there it %s, here it %s", a->request.ids[i],
                                   there ? "was deleted" : "was there",
                                   here ? "was deleted" : "is there"));
    }
}
