/* A case that runs and a name of its spec come in; what it is called on the wire, and what must
 * be removed again, goes out. */
#include "harness/run/case_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

char *case_user(struct case_run *c, const char *name) {
    const struct profile *p = c->run->target.profile;
    const struct credential *ui = profile_credential(p, "ui_extension");
    const char *known = jsonx_string(c->users, name, NULL);
    size_t used = json_object_size(c->users);
    char *id;

    if (known)
        return mem_strdup(known);
    if (ui && strcmp(ui->user, name) == 0)
        return mem_strdup(name);
    for (void *i = json_object_iter(c->users); i;
         i = json_object_iter_next(c->users, i))
        if (strcmp(json_string_value(json_object_iter_value(i)), name) == 0)
            return mem_strdup(name); /* it is an id already */
    if (p->user_count && used >= p->user_count) {
        c->unfit = "the profile lists too few users";
        c->void_answer = true;
    }
    id = p->user_count ? mem_strdup(p->users[used % p->user_count])
                       : mem_printf("usr_%s%u%s", c->run->prefix, c->number, name);
    json_object_set_new(c->users, name, json_string(id));
    return id;
}

char *case_wire_name(struct case_run *c, const char *name) {
    return mem_printf("%s-%u-%s", c->run->prefix, c->number, name);
}

const char *case_undo_name(const struct case_run *c, const char *wire) {
    char prefix[48];

    snprintf(prefix, sizeof(prefix), "%s-%u-", c->run->prefix, c->number);
    return str_starts(wire, prefix) ? wire + strlen(prefix) : NULL;
}

void case_note_made(struct case_run *c, const json_t *scope, const char *name,
                    const char *role) {
    struct made *m;

    for (size_t i = 0; i < c->made_count; i++)
        if (strcmp(c->made[i].name, name) == 0 && strcmp(c->made[i].role, role) == 0 &&
            json_equal(c->made[i].scope, scope))
            return;
    c->made = mem_grow(c->made, c->made_count + 1, sizeof(*c->made));
    m = &c->made[c->made_count++];
    m->scope = json_deep_copy(scope);
    m->name = mem_strdup(name);
    m->role = mem_strdup(role);
    m->refused = true;
}

void case_note_answer(struct case_run *c, const json_t *scope, const char *name,
                      bool refused) {
    for (size_t i = 0; i < c->made_count; i++)
        if (strcmp(c->made[i].name, name) == 0 && json_equal(c->made[i].scope, scope))
            c->made[i].refused = c->made[i].refused && refused;
}

void case_needs_clock(struct case_run *c) {
    c->timed = true;
    if (!c->run->target.clock.unsure)
        return;
    c->unfit = "two clocks of the target are more than ten seconds apart, and which of "
               "them it goes by is not known";
    c->void_answer = true;
}
