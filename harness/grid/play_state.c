/* What is done to secrets comes in. Which clause says what must be seen next goes out.
 */
#include "harness/grid/play_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct secret_slot *play_slot(struct play_state *s, const char *world,
                              const json_t *scope, const char *name) {
    char *text = json_dumps(scope, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    struct secret_slot *found = NULL;

    for (size_t i = 0; i < s->count && !found; i++)
        if (strcmp(s->slots[i].world, world) == 0 &&
            strcmp(s->slots[i].scope, text ? text : "") == 0 &&
            strcmp(s->slots[i].name, name) == 0)
            found = &s->slots[i];
    if (!found) {
        s->slots = mem_grow(s->slots, s->count + 1, sizeof(*s->slots));
        found = &s->slots[s->count++];
        *found = (struct secret_slot){.world = mem_strdup(world),
                                      .scope = mem_strdup(text ? text : ""),
                                      .name = mem_strdup(name)};
    }
    free(text);
    return found;
}

/* What stands under the name elsewhere must be as before. */
static void shake_same_name(struct play_state *s, const struct secret_slot *of,
                            const char *clause) {
    for (size_t i = 0; i < s->count; i++) {
        struct secret_slot *o = &s->slots[i];
        bool same_world = strcmp(o->world, of->world) == 0;

        if (o == of || strcmp(o->name, of->name) != 0)
            continue;
        o->beside = same_world ? clause
                    : strcmp(of->world, "other_account") == 0 ||
                            strcmp(o->world, "other_account") == 0
                        ? "ISO-6"
                        : "ISO-7";
    }
}

void play_note_set(struct play_state *s, struct secret_slot *of, int64_t ends_s) {
    of->before = of->fate;
    of->fate = SLOT_LIVE;
    of->ends_s = ends_s;
    of->beside = NULL;
    shake_same_name(s, of, "ISO-1");
}

void play_note_delete(struct play_state *s, struct secret_slot *of) {
    of->fate = SLOT_DELETED;
    of->beside = NULL;
    for (size_t i = 0; i < s->count; i++)
        if (&s->slots[i] != of && s->slots[i].fate == SLOT_LIVE &&
            strcmp(s->slots[i].world, of->world) == 0 &&
            strcmp(s->slots[i].scope, of->scope) == 0)
            s->slots[i].beside = "DEL-4";
    shake_same_name(s, of, "DEL-4");
}

void play_note_refused(struct play_state *s, const char *clause) {
    for (size_t i = 0; i < s->count; i++)
        s->slots[i].beside = clause;
}

void play_note_time(struct play_state *s, int64_t now_s) {
    for (size_t i = 0; i < s->count; i++) {
        struct secret_slot *o = &s->slots[i];

        if (o->fate != SLOT_LIVE || !o->ends_s || o->ends_s > now_s)
            continue;
        o->fate = SLOT_EXPIRED;
        o->beside = NULL;
        for (size_t k = 0; k < s->count; k++)
            if (s->slots[k].fate == SLOT_LIVE &&
                strcmp(s->slots[k].scope, o->scope) == 0)
                s->slots[k].beside = "EXP-6";
    }
}

const char *play_missing_clause(const struct play_state *s,
                                const struct secret_slot *of) {
    if (of->beside)
        return of->beside;
    if (of->fate == SLOT_DELETED)
        return "DEL-2";
    if (of->fate == SLOT_EXPIRED)
        return "EXP-3";
    for (size_t i = 0; i < s->count; i++) {
        const struct secret_slot *o = &s->slots[i];

        if (o == of || o->fate != SLOT_LIVE || strcmp(o->name, of->name) != 0)
            continue;
        return strcmp(o->world, of->world) == 0 ? "ISO-2"
               : strcmp(o->world, "other_account") == 0 ||
                       strcmp(of->world, "other_account") == 0
                   ? "ISO-6"
                   : "ISO-7";
    }
    for (size_t i = 0; i < s->count; i++)
        if (&s->slots[i] != of && s->slots[i].fate == SLOT_LIVE &&
            strcmp(s->slots[i].scope, of->scope) == 0)
            return "SET-9";
    return "FIND-2";
}

const char *play_present_clause(const struct secret_slot *of) {
    return of->beside                   ? of->beside
           : of->ends_s                 ? "EXP-2"
           : of->before == SLOT_LIVE    ? "SET-2"
           : of->before == SLOT_DELETED ? "DEL-5"
           : of->before == SLOT_EXPIRED ? "EXP-4"
                                        : NULL;
}

const char *play_list_clause(const struct play_state *s, const char *world,
                             const json_t *scope, size_t shown) {
    char *text = json_dumps(scope, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    const char *clause = shown ? "LIST-2" : "LIST-3", *beside = NULL;
    enum fate_of gone = SLOT_NEVER;

    for (size_t i = 0; i < s->count; i++) {
        const struct secret_slot *o = &s->slots[i];

        if (strcmp(o->world, world) != 0 || strcmp(o->scope, text ? text : "") != 0)
            continue;
        if (o->fate == SLOT_DELETED || o->fate == SLOT_EXPIRED)
            gone = o->fate;
        if (o->beside)
            beside = o->beside;
        if (o->fate == SLOT_LIVE && o->before == SLOT_LIVE && !beside)
            beside = "SET-2";
    }
    free(text);
    return gone == SLOT_EXPIRED   ? "EXP-3"
           : gone == SLOT_DELETED ? "DEL-2"
           : beside               ? beside
                                  : clause;
}

void play_state_release(struct play_state *s) {
    for (size_t i = 0; i < s->count; i++) {
        free(s->slots[i].world);
        free(s->slots[i].scope);
        free(s->slots[i].name);
    }
    free(s->slots);
    *s = (struct play_state){0};
}
