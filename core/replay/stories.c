#include "core/replay/stories.h"

#include <stdlib.h>
#include <string.h>

#include "core/epoch.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/replay/follow.h"
#include "core/replay/names.h"
#include "core/replay/overlaps.h"
#include "core/side_by_side.h"
#include "core/str.h"

enum { NEARLY_S = 5 };

bool tale_writes(const struct tale *t) {
    return t->asked.op == ASKED_SET || t->asked.op == ASKED_DELETE;
}

char *stories_alike(const char *shape, int name) {
    return mem_printf("%d %s", name, shape);
}

const char *story_user(const struct asked *a) {
    if (!a->type && !a->user)
        return "";
    return a->user && (!a->type || strcmp(a->type, "account") != 0) ? a->user : NULL;
}

/* --- who the keys are --- */

static bool let_in(const struct recorded *x) {
    return x->response.status && x->response.status != 401 && x->response.status != 403;
}

/* main and ui_extension are one account, live is its other mode, other_account another;
 * keys without a role are accounts of their own. */
static const char *account_of(const char *token, bool in) {
    if (strcmp(token, "key:main") == 0 || strcmp(token, "key:ui_extension") == 0 ||
        strcmp(token, "key:live") == 0)
        return "main";
    if (strcmp(token, "key:other_account") == 0)
        return "other";
    return in ? token : "";
}

static void learn_keys(struct stories *s) {
    json_t *counts = json_object();
    json_int_t most = 0;

    s->accounts = json_object();
    for (size_t i = 0; i < s->count; i++) {
        const char *key = s->tales[i].asked.key;
        bool in = let_in(s->tales[i].x);
        json_int_t n;

        if (!key)
            continue;
        if (in || !json_object_get(s->accounts, key))
            json_object_set_new(s->accounts, key, json_string(account_of(key, in)));
        n = json_integer_value(json_object_get(counts, key)) + (in ? 1 : 0);
        json_object_set_new(counts, key, json_integer(n));
        if (n > most && strcmp(key, "key:main") != 0) {
            most = n;
            s->main_key = key;
        }
    }
    if (json_object_get(counts, "key:main"))
        s->main_key = "key:main";
    for (size_t i = 0; i < s->count; i++) {
        const struct tale *t = &s->tales[i];
        const char *account =
            t->asked.key ? json_string_value(json_object_get(s->accounts, t->asked.key))
                         : "";

        if (!*account || t->x->response.status != 401)
            continue;
        s->basic_refused = s->basic_refused || strstr(t->asked.shape, asked_basic);
        s->bearer_refused = s->bearer_refused || strstr(t->asked.shape, asked_bearer);
    }
    json_decref(counts);
}

/* --- which story an exchange belongs to --- */

int story_find(const struct stories *s, const char *account, bool live,
               const char *user) {
    for (size_t i = 0; i < s->story_count; i++) {
        const struct story *t = &s->items[i];

        if (t->live == live && strcmp(t->account, account) == 0 &&
            (t->user == user || (t->user && user && strcmp(t->user, user) == 0)))
            return (int)i;
    }
    return -1;
}

/* The same with a map, while the stories are made. */
static int story_make(struct stories *s, json_t *index, const char *account, bool live,
                      const char *user) {
    char *key =
        mem_printf("%s\n%d\n%s%s", account, live, user ? "=" : "", user ? user : "");
    json_t *known = json_object_get(index, key);
    int found = known ? (int)json_integer_value(known) : (int)s->story_count;

    if (!known) {
        s->items = mem_grow(s->items, s->story_count + 1, sizeof(*s->items));
        s->items[s->story_count++] = (struct story){.account = mem_strdup(account),
                                                    .user = mem_strdup(user),
                                                    .live = live,
                                                    .name_index = json_object(),
                                                    .shapes = json_object()};
        json_object_set_new(index, key, json_integer(found));
    }
    free(key);
    return found;
}

int story_name_find(const struct story *s, const char *name) {
    const json_t *known = json_object_get(s->name_index, name);

    return known ? (int)json_integer_value(known) : -1;
}

static int name_make(struct story *s, const char *name, int tale) {
    int found = story_name_find(s, name);

    if (found >= 0)
        return found;
    s->names = mem_grow(s->names, s->name_count + 1, sizeof(*s->names));
    s->names[s->name_count] = (struct story_name){name, tale};
    json_object_set_new_nocheck(s->name_index, name, json_integer((int)s->name_count));
    return (int)s->name_count++;
}

static void add_shape(json_t *shapes, const char *shape, int tale) {
    json_t *list = json_object_get(shapes, shape);

    if (!list) {
        list = json_array();
        json_object_set_new(shapes, shape, list);
    }
    json_array_append_new(list, json_integer(tale));
}

static bool is_live(const char *token) {
    return token && (strcmp(token, "key:live") == 0 || str_ends(token, "(live)"));
}

static void place(struct stories *s, json_t *index, int i) {
    struct tale *t = &s->tales[i];
    const char *key = t->asked.key;
    const char *account =
        key ? json_string_value(json_object_get(s->accounts, key)) : "nobody";
    struct story *story;

    t->story = story_make(s, index, account, is_live(key), story_user(&t->asked));
    story = &s->items[t->story];
    t->name = t->asked.name && *t->asked.name ? name_make(story, t->asked.name, i) : -1;
    story->tales = mem_grow(story->tales, story->count + 1, sizeof(*story->tales));
    t->position = (int)story->count;
    story->tales[story->count++] = i;
    add_shape(story->shapes, t->asked.shape, i);
    add_shape(s->shapes, t->asked.shape, i);
}

/* --- what it was --- */

static int64_t expires_of(const struct tale *t) {
    /* the answer has one only if it names it and it is no null */
    const char *named =
        t->x->response.body ? strstr(t->x->response.body, "\"expires_at\"") : NULL;
    json_t *body = named && strpbrk(named + 12, "0123456789n,}") &&
                           *strpbrk(named + 12, "0123456789n,}") != 'n'
                       ? jsonx_body(&t->x->response)
                       : NULL;
    int64_t expires = jsonx_int(body, "expires_at", 0);

    json_decref(body);
    if (!expires && t->asked.expires_at > 0)
        expires = t->asked.expires_at;
    if (expires >= EPOCH_LEAST_MS && t->asked.expires_at < EPOCH_LEAST_MS)
        expires /= 1000; /* it shows milliseconds, and means the same time */
    if (t->asked.expires_at > 0 && expires >= t->asked.expires_at - NEARLY_S &&
        expires <= t->asked.expires_at + NEARLY_S)
        expires = t->asked.expires_at; /* it shows another, and means this one */
    return expires;
}

static void find_doubts(struct stories *s) {
    for (size_t i = 0; i < s->count; i++) {
        const struct tale *t = &s->tales[i];
        const char *key = t->asked.key, *name = t->asked.name;
        const char *account =
            key ? json_string_value(json_object_get(s->accounts, key)) : "nobody";
        int story, known;

        if (!tale_writes(t) || t->x->outcome == OUTCOME_ANSWERED ||
            t->x->outcome == OUTCOME_REFUSED || !account || !name)
            continue;
        story = story_find(s, account, is_live(key), story_user(&t->asked));
        known = story >= 0 ? story_name_find(&s->items[story], name) : -1;
        if (known < 0)
            continue;
        s->doubts = mem_grow(s->doubts, s->doubt_count + 1, sizeof(*s->doubts));
        s->doubts[s->doubt_count++] = (struct doubt){(int)i, story, known};
    }
}

/* PROTO-2: the second request of an idempotency key is answered as the first was. */
static void find_repeated(struct stories *s) {
    json_t *seen = json_object();

    for (size_t i = 0; i < s->count; i++) {
        struct tale *t = &s->tales[i];
        const char *key = t->asked.idempotency;

        if (t->story < 0 || !key)
            continue;
        t->repeated = json_object_get(seen, key) != NULL;
        if (t->works)
            json_object_set_new(seen, key, json_true());
    }
    json_decref(seen);
}

static void read_time(const struct recording *r, struct tale *t, int64_t advanced) {
    const char *date = http_headers_get(&t->x->response.headers, "Date");

    t->dated = date && http_date_parse(date, &t->now);
    if (!t->dated)
        t->now = (r->started_ms + t->x->ended_us / 1000) / 1000 + advanced;
}

/* By how many seconds an exchange advanced the recorded server's clock. */
static int64_t advance_of(const struct recorded *x) {
    static const char form[] = "advance=";
    const char *body = x->request.body ? x->request.body : "";
    int64_t seconds;

    return strcmp(x->request.target, "/_assay/clock") == 0 &&
                   x->response.status / 100 == 2 && str_starts(body, form) &&
                   str_to_int(body + strlen(form), strlen(body) - strlen(form),
                              &seconds)
               ? seconds
               : 0;
}

enum { PART_TALES = 1000 };

struct part {
    struct stories *s;
    size_t from, to;
};

static void *read_asked(void *context) {
    const struct part *p = context;

    for (size_t i = p->from; i < p->to; i++)
        asked_read(&p->s->tales[i].asked, &p->s->recording->items[i].request, NULL,
                   NULL);
    return NULL;
}

static void read_all_asked(struct stories *s) {
    struct part parts[MAX_PARTS];
    size_t count = side_by_side_parts(s->count, PART_TALES);

    for (size_t i = 0; i < count; i++)
        parts[i] = (struct part){s, s->count * i / count, s->count * (i + 1) / count};
    side_by_side(parts, count, sizeof(*parts), read_asked);
}

static void read_tale(struct stories *s, size_t i, int64_t advanced) {
    struct tale *t = &s->tales[i];

    const char *id;

    t->x = &s->recording->items[i];
    if ((id = http_headers_get(&t->x->response.headers, "Request-Id")))
        json_object_set_new(
            s->request_ids, id,
            json_integer(json_integer_value(json_object_get(s->request_ids, id)) + 1));
    t->story = t->name = -1;
    read_time(s->recording, t, advanced);
    t->works = t->x->outcome == OUTCOME_ANSWERED && t->x->response.status / 100 == 2;
    if (t->works && t->asked.op == ASKED_SET)
        t->expires = expires_of(t);
}

static void tell_names_plainly(struct stories *s) {
    s->plain_names = names_find(s);
    for (size_t i = 0; i < s->count && s->plain_names; i++) {
        char **name = &s->tales[i].asked.name;
        char *plain = *name ? names_plain(s->plain_names, *name) : NULL;

        if (plain) {
            free(*name);
            *name = plain;
        }
    }
}

struct stories *stories_new(const struct recording *recording) {
    struct stories *s = mem_new(1, sizeof(*s));
    json_t *index = json_object();
    int64_t advanced = 0;

    s->recording = recording;
    s->count = recording->count;
    s->tales = mem_new(s->count + 1, sizeof(*s->tales));
    s->shapes = json_object();
    s->request_ids = json_object();
    read_all_asked(s);
    for (size_t i = 0; i < s->count; i++) {
        read_tale(s, i, advanced);
        advanced += advance_of(s->tales[i].x);
    }
    tell_names_plainly(s);
    learn_keys(s);
    for (size_t i = 0; i < s->count; i++)
        if (s->tales[i].x->outcome == OUTCOME_ANSWERED &&
            !str_starts(s->tales[i].x->request.target, "/_assay/"))
            place(s, index, (int)i);
    find_repeated(s);
    find_doubts(s);
    for (size_t i = 0; i < s->story_count; i++) {
        overlaps_find(s, &s->items[i]);
        follow_story(s, &s->items[i]);
    }
    s->listed = listed_learn(s);
    json_decref(index);
    return s;
}

void stories_free(struct stories *s) {
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        asked_release(&s->tales[i].asked);
        rewrite_free(s->tales[i].plan);
    }
    for (size_t i = 0; i < s->story_count; i++) {
        free(s->items[i].account);
        free(s->items[i].user);
        free(s->items[i].tales);
        free(s->items[i].names);
        json_decref(s->items[i].name_index);
        json_decref(s->items[i].shapes);
    }
    json_decref(s->accounts);
    json_decref(s->shapes);
    json_decref(s->request_ids);
    json_decref(s->plain_names);
    free(s->doubts);
    free(s->items);
    free(s->tales);
    free(s);
}
