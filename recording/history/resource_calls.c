/* Histories come in. What they show of other resources goes out: the ids, and the state in
 * which each call met its objects. */
#include "recording/history/resource_calls.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

enum { PLACES = 1 << 16 };

static bool is_one(const struct interaction *t) {
    return t->history >= 0 && resource_request_is(&t->x->request, &t->key);
}

/* --- ids --- */

static bool can_be_id(const char *text) {
    size_t n = 0;

    while (str_is_word_char(text[n]))
        n++;
    return !text[n] && n >= RESOURCE_ID_MIN && n <= RESOURCE_ID_MAX;
}

void resource_texts(const json_t *value, void (*each)(void *context, const char *text),
                    void *context) {
    const char *key;
    json_t *one;
    size_t i;

    if (json_is_string(value) && can_be_id(json_string_value(value)))
        each(context, json_string_value(value));
    json_object_foreach((json_t *)(uintptr_t)value, key, one)
        resource_texts(one, each, context);
    json_array_foreach(value, i, one)
        resource_texts(one, each, context);
}

static void add_ids(json_t *ids, const json_t *value) {
    const char *id = jsonx_string(value, "id", NULL), *key;
    json_t *one;
    size_t i;

    if (id && can_be_id(id) && !json_object_get(ids, id))
        json_object_set_new_nocheck(ids, id, json_integer(-1));
    json_object_foreach((json_t *)(uintptr_t)value, key, one)
        add_ids(ids, one);
    json_array_foreach(value, i, one)
        add_ids(ids, one);
}

static json_t *ids_of(const struct histories *s) {
    json_t *ids = json_object();

    for (size_t i = 0; i < s->count; i++) {
        const struct interaction *t = &s->interactions[i];
        json_t *body = is_one(t) && t->succeeded ? jsonx_body(&t->x->response) : NULL;

        add_ids(ids, body);
        json_decref(body);
    }
    return ids;
}

static bool is_id(const void *context, const char *id, size_t len) {
    const struct resource_calls *c = context;

    return json_object_getn(c->ids, id, len) != NULL;
}

int resource_calls_origin(const struct resource_calls *c, const char *id,
                          size_t *place) {
    const json_t *known = json_object_get(c->ids, id);
    json_int_t origin = known ? json_integer_value(known) : -1;

    *place = origin < 0 ? 0 : (size_t)(origin % PLACES);
    return origin < 0 ? -1 : (int)(origin / PLACES);
}

/* --- the calls, in their order --- */

struct call_following {
    const struct histories *s;
    struct resource_calls *c;
    struct resources *states; /* of each history */
    json_t *seen;             /* ids so far */
    int interaction;
};

/* An id of a write's answer that nobody had seen before. */
static void see_in_write(void *context, const char *text) {
    struct call_following *f = context;
    struct resource_call *call = f->c->items[f->interaction];

    if (!json_object_get(f->c->ids, text) || json_object_get(f->seen, text) ||
        call->fresh_count + 1 == PLACES)
        return;
    json_object_set_new_nocheck(f->seen, text, json_true());
    json_object_set_new_nocheck(f->c->ids, text,
                                json_integer((json_int_t)f->interaction * PLACES +
                                             (json_int_t)call->fresh_count));
    call->fresh = mem_grow(call->fresh, call->fresh_count + 1, sizeof(*call->fresh));
    call->fresh[call->fresh_count++] = mem_strdup(text);
}

static void see_in_read(void *context, const char *text) {
    struct call_following *f = context;

    if (json_object_get(f->c->ids, text))
        json_object_set_new_nocheck(f->seen, text, json_true());
}

static void note_met(struct resource_call *call, const struct resources *states) {
    const struct resource_request *q = &call->request;

    call->met = mem_new(q->count + 1, sizeof(*call->met));
    for (size_t i = 0; i < q->count; i++) {
        const struct resource *r = resources_find(states, q->ids[i]);

        call->met[i] = (struct resource){.id = q->ids[i],
                                         .state = r ? r->state : 0,
                                         .deleted = r && r->deleted,
                                         .shown = r ? r->shown : -1};
    }
    call->collection = resources_collection(states, q->path);
}

static void note_listed(struct resource_call *call, const struct resources *states,
                        const json_t *body) {
    const json_t *data = json_object_get(body, "data");

    call->listed = mem_new(json_array_size(data) + 1, sizeof(*call->listed));
    for (size_t i = 0; i < json_array_size(data); i++) {
        const char *id = jsonx_string(json_array_get(data, i), "id", NULL);
        const struct resource *r = id ? resources_find(states, id) : NULL;

        if (r)
            call->listed[call->listed_count++] =
                (struct resource){.id = mem_strdup(id), .state = r->state};
    }
}

/* Does a read show what the write before it answered? */
static void note_faithful(const struct call_following *f,
                          const struct resource_call *call, const json_t *body) {
    const struct resource_request *q = &call->request;
    int shown = q->names_one && q->reads ? call->met[q->in_path - 1].shown : -1;
    const json_t *known = json_object_get(f->c->faithful, q->pattern);
    json_t *written;

    if (shown < 0 || json_is_false(known))
        return;
    written = jsonx_body(&f->s->interactions[shown].x->response);
    json_object_set_new_nocheck(f->c->faithful, q->pattern,
                                json_boolean(json_equal(written, body)));
    json_decref(written);
}

/* Its path, as its pattern has it. */
static void note_path(struct resource_calls *c, const struct resource_request *q) {
    const char *path = strchr(q->pattern, ' ');

    if (path)
        json_object_setn_new_nocheck(c->paths, path + 1, strcspn(path + 1, "\n"),
                                     json_true());
}

char *resource_calls_objects(const char *pattern, const char *const *ids, size_t count,
                             uint64_t collection) {
    struct buf key = BUF_INIT(BUF_UNLIMITED);

    buf_adds(&key, pattern);
    for (size_t i = 0; i < count; i++)
        buf_addf(&key, "\n%s", ids[i]);
    if (!count)
        buf_addf(&key, "\n%llu", (unsigned long long)collection);
    return buf_take(&key, NULL);
}

static void add_to_list(json_t *lists, const char *key, int interaction) {
    json_t *list = json_object_get(lists, key);

    if (!list) {
        list = json_array();
        json_object_set_new_nocheck(lists, key, list);
    }
    json_array_append_new(list, json_integer(interaction));
}

static void index_call(const struct call_following *f,
                       const struct resource_call *call) {
    const struct resource_request *q = &call->request;
    char *objects = resource_calls_objects(q->pattern, (const char *const *)q->ids,
                                           q->count, call->collection);

    add_to_list(f->c->by_pattern, q->pattern, f->interaction);
    add_to_list(f->c->by_objects, objects, f->interaction);
    free(objects);
}

static void follow(struct call_following *f, const struct interaction *t) {
    struct resource_call *call = mem_new(1, sizeof(*call));
    struct resources *states = &f->states[t->history];
    bool writes;
    json_t *body = NULL;

    f->c->items[f->interaction] = call;
    resource_request_read(&call->request, &t->x->request, &t->key, is_id, f->c);
    note_met(call, states);
    index_call(f, call);
    for (size_t i = 0; i < call->request.count; i++)
        see_in_read(f, call->request.ids[i]);
    if (!t->succeeded)
        return;
    note_path(f->c, &call->request);
    body = jsonx_body(&t->x->response);
    writes = call->request.writes && !t->repeated;
    note_faithful(f, call, body);
    note_listed(call, states, body);
    resource_texts(body, writes ? see_in_write : see_in_read, f);
    call->shows = mem_strdup(jsonx_string(body, "id", NULL));
    if (writes)
        resources_write(states, &call->request,
                        &(struct resource_outcome){call->shows,
                                                   (const char *const *)call->fresh,
                                                   call->fresh_count, f->interaction});
    json_decref(body);
}

struct resource_calls *resource_calls_new(const struct histories *s) {
    struct call_following f = {.s = s, .seen = json_object()};
    struct resource_calls *c = mem_new(1, sizeof(*c));

    c->ids = ids_of(s);
    c->by_pattern = json_object();
    c->by_objects = json_object();
    c->faithful = json_object();
    c->paths = json_object();
    c->count = s->count;
    f.c = c;
    if (json_object_size(c->ids)) {
        c->items = mem_new(s->count + 1, sizeof(struct resource_call *));
        f.states = mem_new(s->history_count + 1, sizeof(*f.states));
        for (size_t i = 0; i < s->history_count; i++)
            resources_init(&f.states[i]);
        for (size_t i = 0; i < s->count; i++) {
            f.interaction = (int)i;
            if (is_one(&s->interactions[i]))
                follow(&f, &s->interactions[i]);
        }
        for (size_t i = 0; i < s->history_count; i++)
            resources_release(&f.states[i]);
        free(f.states);
    }
    json_decref(f.seen);
    if (c->items)
        return c;
    resource_calls_free(c);
    return NULL;
}

static void call_free(struct resource_call *call) {
    if (!call)
        return;
    for (size_t i = 0; i < call->fresh_count; i++)
        free(call->fresh[i]);
    free(call->fresh);
    for (size_t i = 0; i < call->listed_count; i++)
        free(call->listed[i].id);
    free(call->listed);
    free(call->met);
    free(call->shows);
    resource_request_release(&call->request);
    free(call);
}

void resource_calls_free(struct resource_calls *c) {
    if (!c)
        return;
    for (size_t i = 0; c->items && i < c->count; i++)
        call_free(c->items[i]);
    free(c->items);
    json_decref(c->ids);
    json_decref(c->by_pattern);
    json_decref(c->by_objects);
    json_decref(c->faithful);
    json_decref(c->paths);
    free(c);
}

bool resource_calls_know_path(const struct resource_calls *c,
                              const struct resource_request *q) {
    const char *path = strchr(q->pattern, ' ');
    char *prefix = path ? mem_strndup(path + 1, strcspn(path + 1, "\n")) : NULL, *end;
    bool known = false;

    while (prefix && *prefix && !(known = json_object_get(c->paths, prefix)) &&
           (end = strrchr(prefix, '/')))
        *end = '\0';
    free(prefix);
    return known;
}
