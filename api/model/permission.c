/* A call and its parameters come in. Whether its key may use that scope goes out (ISO-4,
 * ISO-5). */
#include <stdlib.h>
#include <string.h>

#include "api/model/call.h"
#include "core/mem.h"

/* ---- ISO-5 broken: a scope that is named twice ---- */

struct named_scope {
    const char *type, *user;
};

/* What the pairs [from, to) name first, or last. */
static struct named_scope named_in(const struct form *f, size_t from, size_t to,
                                   bool first) {
    struct named_scope s = {NULL, NULL};

    for (size_t i = from; i < to; i++) {
        const char **at = strcmp(f->pairs[i].key, "scope[type]") == 0   ? &s.type
                          : strcmp(f->pairs[i].key, "scope[user]") == 0 ? &s.user
                                                                        : NULL;

        if (at && !(first && *at))
            *at = f->pairs[i].value;
    }
    return s;
}

/* The user of a scope, "" for the account's; NULL = none is named. */
static char *user_of(const struct named_scope *s) {
    if (s->type && strcmp(s->type, "account") == 0)
        return mem_strdup("");
    return mem_strdup(s->user);
}

/* scope[user][] is taken out of the form and used. */
static void take_array(struct model_call *c, struct form *f) {
    for (size_t i = 0; i < f->count; i++) {
        struct named_scope own = named_in(f, 0, f->count, false);

        if (strcmp(f->pairs[i].key, "scope[user][]") != 0)
            continue;
        c->checked_user = user_of(&own);
        c->used_user = mem_strdup(f->pairs[i].value);
        free(f->pairs[i].key);
        free(f->pairs[i].value);
        memmove(f->pairs + i, f->pairs + i + 1, (f->count - i - 1) * sizeof(*f->pairs));
        f->count--;
        return;
    }
}

void call_note_scopes(struct model_call *c, struct form *f, size_t query_count) {
    const struct model_rules *r = c->rules;
    struct named_scope first = named_in(f, 0, f->count, true),
                       last = named_in(f, 0, f->count, false),
                       query = named_in(f, 0, query_count, false),
                       body = named_in(f, query_count, f->count, false);

    if (r->ui_array_scope_unchecked)
        take_array(c, f);
    if (r->ui_first_scope_checked)
        c->checked_user = user_of(&first);
    if (r->ui_last_scope_checked) {
        c->checked_user = user_of(&last);
        c->used_user = user_of(&first);
    }
    if (r->ui_body_scope_checked && query.user && body.type) {
        c->checked_user = user_of(&body);
        c->used_user = user_of(&query);
    }
}

void call_use_scope(struct model_call *c) {
    if (!c->used_user || !c->scope_known)
        return;
    free(c->user);
    c->user = *c->used_user ? mem_strdup(c->used_user) : NULL;
}

/* ---- what a UI extension may use ---- */

static const struct secret *there(struct model_call *c) {
    const struct scope *scope = store_scope(&c->m->store, c->world, c->user, false);

    for (size_t i = 0; scope && c->name && i < scope->count; i++)
        if (strcmp(scope->secrets[i]->name, c->name) == 0)
            return scope->secrets[i];
    return NULL;
}

/* ISO-5 broken. */
static bool other_open(struct model_call *c) {
    const struct model_rules *r = c->rules;
    const int other[] = {r->ui_sets_other, r->ui_finds_other, r->ui_lists_other,
                         r->ui_deletes_other};
    const struct secret *s = there(c);

    return other[c->op] ||
           (r->ui_pages_other && c->op == API_LIST && (c->after || c->before)) ||
           (r->ui_replaces_other && c->op == API_SET && s && !s->gone) ||
           (r->ui_sets_deleted_other && c->op == API_SET && s && s->gone);
}

bool call_permitted(struct model_call *c) {
    const struct model_rules *r = c->rules;
    const char *user = c->checked_user ? c->checked_user : c->user;
    bool allowed = true;

    if (!c->key->user)
        return true;
    if (!user || !*user)
        allowed = !r->ui_no_account;
    else if (strcmp(user, c->key->user) == 0)
        allowed = !r->ui_no_own;
    else
        allowed = other_open(c);
    if (allowed)
        return true;
    if (r->ui_forbidden_404)
        return call_refuse(c, 404, "invalid_request_error", "resource_missing", NULL,
                           "No such secret.");
    return call_refuse(c, 403, "invalid_request_error",
                       "more_permissions_required_for_session", NULL,
                       "This session may use the account scope and its own user only.");
}
