/* A case, a row of it and what is lacking come in. Which of its steps can be asked goes
 * out. */
#include "harness/run/offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "harness/spec/vars.h"

struct feature {
    const char *name, *why;
    int effect;           /* of a call that needs it, or -1 */
    const char *words[4]; /* what stands in the parameters of a step that needs it */
    const char *auth;     /* a scheme that needs it, or NULL */
    const char *role;     /* a credential that needs it, or NULL */
    const char *own;      /* its clauses, each between blanks; "DEL-*" all of an area */
};

#define WHY(what) "the profile says that it does without " what
#define ROLE(role, own)                                                                \
    {                                                                                  \
        "credential " role, "the key of credential " role " is refused", -1, {role},   \
            NULL, role, own                                                            \
    }

static const struct feature features[OFFER_COUNT] = {
    {"list", WHY("list"), EFFECT_LISTS, {NULL}, NULL, NULL, " LIST-* "},
    {"delete",
     WHY("delete"),
     EFFECT_REMOVES,
     {"secrets/delete"},
     NULL,
     NULL,
     " DEL-* "},
    {"users",
     WHY("users"),
     -1,
     {"\"user\"", "scope[user]", "scope%5Buser", "${user."},
     NULL,
     NULL,
     " ISO-1 ISO-2 ISO-3 ISO-4 ISO-5 OBJ-3 "},
    {"account",
     WHY("account"),
     -1,
     {"\"account\"", "=account"},
     NULL,
     NULL,
     " ISO-1 ISO-2 OBJ-3 "},
    {"expiry",
     WHY("expiry"),
     -1,
     {"expires_"},
     NULL,
     NULL,
     " EXP-* SET-3 SET-6 SET-11 "},
    {"pagination",
     WHY("pagination"),
     -1,
     {"limit", "starting_after", "ending_before"},
     NULL,
     NULL,
     " LIST-4 LIST-4a LIST-5 LIST-6 LIST-7 LIST-8 LIST-10 "},
    {"expand", WHY("expand"), -1, {"expand"}, NULL, NULL, " SET-7 FIND-4 LIST-12 "},
    {"idempotency", WHY("idempotency"), -1, {"dempotency-"}, NULL, NULL, " PROTO-2 "},
    {"bearer", WHY("bearer"), -1, {"Bearer "}, "bearer", NULL, " AUTH-3 "},
    ROLE("other_account", " ISO-6 "),
    ROLE("live", " ISO-7 OBJ-6 "),
    ROLE("ui_extension", " ISO-4 ISO-5 "),
};

const char *offer_name(enum offer o) {
    return features[o].name;
}
const char *offer_why_without(enum offer o) {
    return features[o].why;
}
const char *offer_role(enum offer o) {
    return features[o].role;
}

unsigned offer_declared(const struct profile *p) {
    unsigned bits = 0;

    for (size_t i = 0; i < p->without_count; i++)
        for (unsigned o = 0; o < OFFER_WITHOUT_COUNT; o++)
            if (strcmp(p->without[i], features[o].name) == 0)
                bits |= OFFER_BIT(o);
    return bits;
}

bool offer_owns(enum offer o, const char *clause) {
    char word[40];
    const char *dash = strchr(clause, '-');

    snprintf(word, sizeof(word), " %s ", clause);
    if (strstr(features[o].own, word))
        return true;
    snprintf(word, sizeof(word), " %.*s-* ", dash ? (int)(dash - clause) : 0, clause);
    return dash && strstr(features[o].own, word);
}

/* ---- what a step says ---- */

/* All that a step sends, as text: with what the row puts in for its variables. */
struct step_text {
    struct buf text;
    const json_t *row;
};

static bool add_row_value(const char *name, void *context) {
    struct step_text *t = context;
    const json_t *value = json_object_get(t->row, name);

    if (value)
        jsonx_add(&t->text, value);
    return true;
}

static void add_tree(struct step_text *t, const json_t *tree) {
    if (!tree)
        return;
    jsonx_add(&t->text, tree);
    vars_names(tree, add_row_value, t);
}

static void add_step(struct step_text *t, const struct step *s) {
    json_t *as = json_string(s->as);

    add_tree(t, s->params);
    add_tree(t, s->headers);
    add_tree(t, s->extra);
    add_tree(t, s->again);
    add_tree(t, as);
    json_decref(as);
}

static bool has_words(const struct feature *f, const char *text) {
    for (size_t i = 0; i < ARRAY_LEN(f->words) && f->words[i]; i++)
        if (strstr(text, f->words[i]))
            return true;
    return false;
}

/* A raw request is a list by its path. */
static bool lists_raw(const struct feature *f, const struct step *s, const char *text) {
    return f->effect == EFFECT_LISTS && s->verb == VERB_REQUEST &&
           strstr(text, "\"/v1/apps/secrets\"") && !strstr(text, "\"POST\"");
}

/* The first of what is lacking that the step itself needs. */
static enum offer own_need(const struct step *s, const json_t *row, unsigned lacking) {
    struct step_text t = {BUF_INIT(4 << 20), row};
    enum offer found = OFFER_ALL;

    add_step(&t, s);
    for (unsigned o = 0; o < OFFER_COUNT && found == OFFER_ALL; o++) {
        const struct feature *f = &features[o];

        if (lacking & OFFER_BIT(o) &&
            ((s->call && (int)s->call->effect == f->effect) ||
             (f->auth && s->auth && strcmp(s->auth, f->auth) == 0) ||
             has_words(f, t.text.ptr) || lists_raw(f, s, t.text.ptr)))
            found = (enum offer)o;
    }
    buf_release(&t.text);
    for (size_t b = 0; b < s->branch_count; b++)
        for (size_t i = 0; i < s->branches[b].step_count && found == OFFER_ALL; i++)
            found = own_need(&s->branches[b].steps[i], row, lacking);
    return found;
}

/* Does it change nothing, so that what comes behind may go on without it? */
static bool only_looks(const struct step *s) {
    for (size_t b = 0; b < s->branch_count; b++)
        for (size_t i = 0; i < s->branches[b].step_count; i++)
            if (!only_looks(&s->branches[b].steps[i]))
                return false;
    if (s->verb == VERB_REQUEST)
        return strcmp(jsonx_string(s->params, "method", "GET"), "GET") == 0;
    return !s->call || s->call->effect == EFFECT_READS ||
           s->call->effect == EFFECT_LISTS;
}

/* ---- what rests on what ---- */

/* Variables that steps which are not asked would have saved: name -> enum offer. */
struct unsaved {
    json_t *names;
    enum offer found;
};

static bool is_unsaved(const char *name, void *context) {
    struct unsaved *u = context;
    size_t len = strcspn(name, ".?");
    char *head = mem_strndup(name, len);
    const json_t *o = json_object_get(u->names, head);

    if (o)
        u->found = (enum offer)json_integer_value(o);
    free(head);
    return !o;
}

static void look_in(struct unsaved *u, const json_t *tree) {
    if (tree && u->found == OFFER_ALL)
        vars_names(tree, is_unsaved, u);
}

static void look_in_text(struct unsaved *u, const char *text) {
    json_t *tree = text ? json_string(text) : NULL;

    look_in(u, tree);
    json_decref(tree);
}

static enum offer rests_on(const struct step *s, json_t *unsaved) {
    struct unsaved u = {unsaved, OFFER_ALL};

    look_in(&u, s->params);
    look_in(&u, s->headers);
    look_in(&u, s->extra);
    look_in(&u, s->again);
    look_in(&u, s->repeat);
    look_in(&u, s->eventually);
    look_in_text(&u, s->as);
    look_in_text(&u, s->valid_if_before);
    for (size_t i = 0; i < s->check_count; i++) {
        look_in(&u, s->checks[i].expect);
        for (size_t k = 0; k < s->checks[i].outcome_count; k++)
            look_in(&u, s->checks[i].outcomes[k].expect);
    }
    for (size_t b = 0; b < s->branch_count; b++)
        for (size_t i = 0; i < s->branches[b].step_count && u.found == OFFER_ALL; i++)
            u.found = rests_on(&s->branches[b].steps[i], unsaved);
    return u.found;
}

static void note_unsaved(const struct step *s, enum offer lack, json_t *unsaved) {
    for (size_t i = 0; i < s->save_count; i++)
        if (lack == OFFER_ALL)
            json_object_del(unsaved, s->saves[i].variable);
        else
            json_object_set_new(unsaved, s->saves[i].variable, json_integer(lack));
}

void offer_plan(const struct test_case *t, const json_t *row, unsigned lacking,
                bool moved, unsigned char *out) {
    json_t *unsaved = json_object();
    enum offer before = OFFER_ALL; /* what a change that is not made lacks */

    if (moved)
        lacking &= ~OFFER_BIT(OFFER_USERS);
    for (size_t i = 0; i < t->given_count && before == OFFER_ALL; i++)
        before = own_need(&t->given[i], row, lacking);
    for (size_t i = 0; i < t->step_count; i++) {
        const struct step *s = &t->steps[i];
        enum offer lack = own_need(s, row, lacking);

        if (lack == OFFER_ALL)
            lack = before != OFFER_ALL ? before : rests_on(s, unsaved);
        if (lack != OFFER_ALL && before == OFFER_ALL && !only_looks(s))
            before = lack;
        note_unsaved(s, lack, unsaved);
        out[i] = (unsigned char)lack;
    }
    json_decref(unsaved);
}

bool offer_uses(const struct test_case *t, const json_t *row, enum offer o) {
    for (size_t i = 0; i < t->given_count; i++)
        if (own_need(&t->given[i], row, OFFER_BIT(o)) != OFFER_ALL)
            return true;
    for (size_t i = 0; i < t->step_count; i++)
        if (own_need(&t->steps[i], row, OFFER_BIT(o)) != OFFER_ALL)
            return true;
    return false;
}

static bool steps_say(const struct step *steps, size_t count, const json_t *row,
                      const char *word) {
    for (size_t i = 0; i < count; i++) {
        struct step_text t = {BUF_INIT(4 << 20), row};
        bool says;

        add_step(&t, &steps[i]);
        says = strstr(t.text.ptr, word);
        buf_release(&t.text);
        for (size_t b = 0; b < steps[i].branch_count; b++)
            says = says || steps_say(steps[i].branches[b].steps,
                                     steps[i].branches[b].step_count, row, word);
        if (says)
            return true;
    }
    return false;
}

bool offer_says(const struct test_case *t, const json_t *row, const char *word) {
    return steps_say(t->given, t->given_count, row, word) ||
           steps_say(t->steps, t->step_count, row, word);
}

/* ---- the account in the place of a user ---- */

/* Who is meant by {user: U}; a mention of users in any other way. */
struct users_seen {
    const char *one;
    bool several, otherwise;
};

static void see_users(struct users_seen *seen, const json_t *tree) {
    const char *user = json_string_value(json_object_get(tree, "user")), *key,
               *text = json_string_value(tree);
    json_t *item;
    size_t i;

    if (user && json_object_size(tree) == 1 && !strchr(user, '$')) {
        seen->several = seen->several || (seen->one && strcmp(seen->one, user) != 0);
        seen->one = user;
        return;
    }
    if (text && has_words(&features[OFFER_USERS], text))
        seen->otherwise = true;
    json_object_foreach((json_t *)(uintptr_t)tree, key, item) {
        const char *word = json_string_value(item);

        seen->otherwise =
            seen->otherwise || strcmp(key, "user") == 0 ||
            (word && strcmp(key, "type") == 0 && strcmp(word, "user") == 0);
        see_users(seen, item);
    }
    json_array_foreach(tree, i, item)
        see_users(seen, item);
}

static void see_step(struct users_seen *seen, const struct step *s) {
    struct users_seen wanted = {0}; /* no expectation may speak of a user */

    see_users(seen, s->params);
    see_users(&wanted, s->headers);
    see_users(&wanted, s->extra);
    see_users(&wanted, s->again);
    for (size_t i = 0; i < s->check_count; i++) {
        see_users(&wanted, s->checks[i].expect);
        for (size_t k = 0; k < s->checks[i].outcome_count; k++)
            see_users(&wanted, s->checks[i].outcomes[k].expect);
    }
    seen->otherwise = seen->otherwise || wanted.one || wanted.otherwise ||
                      s->verb == VERB_REQUEST || strcmp(s->as, "ui_extension") == 0;
    for (size_t b = 0; b < s->branch_count; b++)
        for (size_t i = 0; i < s->branches[b].step_count; i++)
            see_step(seen, &s->branches[b].steps[i]);
}

bool offer_can_move(const struct test_case *t, const json_t *row) {
    struct users_seen seen = {0};

    for (size_t i = 0; i < t->given_count; i++)
        see_step(&seen, &t->given[i]);
    for (size_t i = 0; i < t->step_count; i++)
        see_step(&seen, &t->steps[i]);
    see_users(&seen, row);
    return seen.one && !seen.several && !seen.otherwise &&
           !offer_uses(t, row, OFFER_ACCOUNT) &&
           !offer_uses(t, row, OFFER_UI_EXTENSION);
}
