/* A list request comes in. A page goes out: the secrets of the scope in order, cut by
 * cursor and limit. */
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/mem.h"
#include "core/str.h"

enum { DEFAULT_LIMIT = 10 };

struct list_entry {
    const struct scope *scope;
    struct secret *secret;
};

struct entries {
    struct list_entry *items;
    size_t count;
};

/* EXP-3, EXP-5, or broken. */
static bool ended(const struct model_call *c, const struct secret *s) {
    if (c->rules->list_shows_expired || call_shows_ended(c) ||
        (c->expand && c->rules->expand_lists_expired))
        return false;
    if (c->rules->list_first_expiry)
        return s->first_expires && c->now_ms >= call_ms(s->first_expires);
    if (c->rules->expired_swept_singly && call_expired(c, s))
        return s->swept;
    return call_expired(c, s);
}

static void collect(const struct model_call *c, struct entries *e,
                    const struct scope *scope) {
    for (size_t i = 0; scope && i < scope->count; i++) {
        struct secret *s = scope->secrets[i];
        bool seen = (!s->gone || c->rules->delete_still_listed) &&
                    (!ended(c, s) || c->rules->expired_take_places ||
                     c->rules->expired_count_in_more);

        if (!seen)
            continue;
        e->items = mem_grow(e->items, e->count + 3, sizeof(*e->items));
        e->items[e->count++] = (struct list_entry){scope, s};
    }
}

static int newest_first(const void *a, const void *b) {
    uint64_t x = ((const struct list_entry *)a)->secret->order;
    uint64_t y = ((const struct list_entry *)b)->secret->order;

    return x < y ? 1 : x > y ? -1 : 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct list_entry *)a)->secret->name,
                  ((const struct list_entry *)b)->secret->name);
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct list_entry *)a)->secret->id,
                  ((const struct list_entry *)b)->secret->id);
}

static void reverse(struct list_entry *items, size_t count) {
    for (size_t i = 0; i < count / 2; i++) {
        struct list_entry e = items[i];

        items[i] = items[count - 1 - i];
        items[count - 1 - i] = e;
    }
}

/* LIST-2, LIST-9, LIST-13, CONC-3 broken. */
static void spoil_entries(struct model_call *c, struct entries *e,
                          const struct scope *scope) {
    const struct model_rules *r = c->rules;
    int64_t age = scope ? c->now_ms - scope->changed_ms : INT64_MAX;

    if (r->list_drops_one && e->count >= 3)
        e->count--;
    if (r->concurrent_list_drops && age < r->concurrent_list_drops && e->count)
        e->count--;
    if (r->oldest_first)
        reverse(e->items, e->count);
    if (r->list_rotates && e->count > 1)
        for (uint64_t n = c->m->reads++ % e->count; n; n--) {
            struct list_entry first = e->items[0];

            memmove(e->items, e->items + 1, (e->count - 1) * sizeof(*e->items));
            e->items[e->count - 1] = first;
        }
    if ((r->list_doubles_one && e->count >= 3) ||
        (r->concurrent_list_doubles && age < r->concurrent_list_doubles && e->count)) {
        e->items[e->count] = e->items[0];
        e->count++;
    }
}

static struct entries entries_of(struct model_call *c) {
    struct entries e = {0};
    struct scope *own = call_scope(c, false);
    bool wide = c->user ? c->rules->list_all_users : c->rules->list_account_all;

    c->m->looks++;
    if (!wide)
        collect(c, &e, own);
    if (c->rules->ui_lists_both && !c->user && c->key->user)
        collect(c, &e, store_scope(&c->m->store, c->world, c->key->user, false));
    for (struct scope *s = c->m->store.all; c->rules->list_like_users && s;
         s = s->next_all)
        if (s != own && strcmp(s->world, c->world) == 0 &&
            call_like_user(s->user, c->user))
            collect(c, &e, s);
    for (struct scope *s = c->m->store.all; s; s = s->next_all)
        if (s != own && strcmp(s->world, c->world) == 0 &&
            lenient_user(c, s->user, c->user))
            collect(c, &e, s);
    for (struct scope *s = c->m->store.all; wide && s; s = s->next_all)
        if (strcmp(s->world, c->world) == 0 && (!c->user || s->user))
            collect(c, &e, s);
    if (e.count)
        qsort(e.items, e.count, sizeof(*e.items),
              c->rules->listed_by_name ? by_name
              : c->rules->listed_by_id ? by_id
                                       : newest_first);
    spoil_entries(c, &e, own);
    return e;
}

/* Where a deleted cursor stood: the first entry that is older. */
static bool grave_position(struct model_call *c, const struct entries *e,
                           const char *id, size_t *at) {
    struct scope *own = call_scope(c, false);

    for (size_t i = 0; own && i < own->count; i++)
        if (strcmp(own->secrets[i]->id, id) == 0)
            for (*at = 0; *at < e->count; ++*at)
                if (e->items[*at].secret->order < own->secrets[i]->order)
                    return true;
    return false;
}

static bool known_elsewhere(const struct model_call *c, const char *id) {
    bool other = c->rules->cursor_any_account;

    for (struct scope *s = c->m->store.all; s; s = s->next_all)
        for (size_t i = 0; (strcmp(s->world, c->world) != 0) == other && i < s->count;
             i++)
            if (strcmp(s->secrets[i]->id, id) == 0 && call_live(c, s->secrets[i]))
                return true;
    return false;
}

struct page_window {
    size_t from, to; /* entries shown */
    bool more;
};

static void window_after(const struct model_call *c, size_t count, size_t start,
                         struct page_window *w) {
    size_t limit = (size_t)c->limit + (c->rules->limit_plus_one != 0);

    w->from = start < count ? start : count;
    w->to = count - w->from > limit ? w->from + limit : count;
    w->more = w->to < count;
}

static void window_before(const struct model_call *c, size_t count, size_t end,
                          struct page_window *w) {
    size_t limit = (size_t)c->limit + (c->rules->limit_plus_one != 0);

    if (c->rules->before_inclusive && end < count)
        end++;
    w->to = end;
    w->from = end > limit ? end - limit : 0;
    w->more = w->from > 0;
    if (c->rules->before_first_page) {
        w->from = 0;
        w->to = end < limit ? end : limit;
    }
    if (c->rules->has_more_backward)
        w->more = w->to < count;
}

/* LIST-8 broken: what is taken for the id. */
static bool is_cursor(const struct model_call *c, const char *id, const char *cursor) {
    size_t len = strlen(id), from = strspn(cursor, " \t\r\n");
    const char *tail;

    if (strcmp(id, cursor) == 0)
        return true;
    if (c->rules->cursor_by_beginning && str_starts(cursor, id))
        return true;
    if (!c->rules->cursor_trimmed || strncmp(cursor + from, id, len) != 0)
        return false;
    tail = cursor + from + len;
    return tail[strspn(tail, " \t\r\n")] == '\0';
}

/* LIST-5 broken: how many in the scope were deleted. */
static size_t deleted_before(struct model_call *c) {
    const struct scope *own = call_scope(c, false);
    size_t n = 0;

    for (size_t i = 0; c->rules->cursor_counts_deleted && own && i < own->count; i++)
        n += own->secrets[i]->gone;
    return n;
}

/* LIST-5 to LIST-8. False: an error is answered, or the page is to be empty. */
static bool find_window(struct model_call *c, const struct entries *e,
                        struct page_window *w) {
    const struct model_rules *r = c->rules;
    const char *id = c->after ? c->after : c->before;
    const char *param = c->after ? "starting_after" : "ending_before";
    size_t at = 0;

    if (!id || (c->after && r->after_ignored)) {
        window_after(c, e->count, 0, w);
        return true;
    }
    while (at < e->count && !is_cursor(c, e->items[at].secret->id, id))
        at++;
    if (at < e->count) {
        if (c->after)
            window_after(c, e->count,
                         at + !r->after_inclusive + (r->after_skips != 0) +
                             deleted_before(c),
                         w);
        else
            window_before(c, e->count, at, w);
        return true;
    }
    if (r->cursor_deleted_works && grave_position(c, e, id, &at)) {
        if (c->after)
            window_after(c, e->count, at, w);
        else
            window_before(c, e->count, at, w);
        return true;
    }
    if (r->cursor_ignored ||
        ((r->cursor_any_scope || r->cursor_any_account) && known_elsewhere(c, id))) {
        window_after(c, e->count, 0, w);
        return true;
    }
    *w = (struct page_window){0, 0, false};
    if (r->cursor_empty_page)
        return true;
    return call_refuse(c, r->cursor_404 ? 404 : 400, "invalid_request_error",
                       "resource_missing", param, "No such secret: '%s'", id);
}

static json_t *list_json(struct model_call *c, const struct entries *e,
                         const struct page_window *w) {
    const struct model_rules *r = c->rules;
    json_t *list = json_object(), *data = json_array();
    size_t n = w->to - w->from;
    bool more = w->more || (r->has_more_if_full && n && n == (size_t)c->limit);

    for (size_t i = 0; i < n; i++) {
        bool back = c->before && r->before_reversed;
        const struct list_entry *item = &e->items[back ? w->to - 1 - i : w->from + i];

        if (ended(c, item->secret))
            continue;
        json_array_append_new(
            data, r->list_items_bare
                      ? json_string(item->secret->id)
                      : secret_json(c, item->scope, item->secret, API_LIST, c->expand));
    }
    json_object_set_new(list, "object",
                        json_string(r->list_object_wrong ? "array" : "list"));
    json_object_set_new(list, "data",
                        n == 0 && r->empty_list_null ? json_null() : json_incref(data));
    json_decref(data);
    if (!r->has_more_absent)
        json_object_set_new(list, "has_more", json_boolean(more && !r->has_more_never));
    json_object_set_new(
        list, "url",
        json_string(r->list_url_wrong ? API_PATH "?scope[type]" : API_PATH));
    if (r->extra_members)
        json_object_set_new(list, "total_pages", json_null());
    return list;
}

void call_list(struct model_call *c) {
    struct entries e = entries_of(c);
    struct page_window w = {0, 0, false};

    if (c->limit == 0 && c->rules->cursor_page_short && (c->after || c->before))
        c->limit = 2;
    if (c->limit == 0)
        c->limit = c->rules->default_page_20  ? c->rules->default_page_20
                   : c->rules->default_page_5 ? c->rules->default_page_5
                                              : DEFAULT_LIMIT;
    if (c->rules->limit_ignored)
        c->limit = DEFAULT_LIMIT;
    if (e.count == 0 && c->rules->empty_list_404)
        call_refuse(c, 404, "invalid_request_error", "resource_missing", NULL,
                    "No secrets.");
    else if (find_window(c, &e, &w))
        call_answer(c, list_json(c, &e, &w));
    free(e.items);
}
