/* A request that nothing recorded answers comes in. 501 goes out, with the recorded
 * requests that differ least and each difference in words. */
#include "replay/miss.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "replay/renaming.h"
#include "replay/resource_asking.h"

enum { NEAREST = 3, NAMES_SHOWN = 3, MAX_SHOWN = 200 };

/* All recorded requests of one fingerprint. */
struct request_kind {
    enum api_call op;
    const char *fingerprint;
    char **lines; /* sorted */
    size_t line_count;
    const json_t *interactions;
};

struct miss_index {
    struct request_kind *items;
    size_t count;
};

/* --- the index --- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Basic and Bearer are one, unless the recorded implementation refused one of them. */
static char *line_of(const struct histories *s, const char *text, size_t len) {
    static const char basic[] = "credential Basic", bearer[] = "credential Bearer";
    char *line = mem_strndup(text, len);
    bool one = !s->basic_refused && !s->bearer_refused;

    if (one && (strcmp(line, basic) == 0 || strcmp(line, bearer) == 0)) {
        free(line);
        return mem_strdup("credential");
    }
    return line;
}

static void split(const struct histories *s, const char *fingerprint,
                  struct request_kind *kind) {
    for (const char *at = fingerprint; *at;) {
        size_t len = strcspn(at, "\n");

        kind->lines = mem_grow(kind->lines, kind->line_count + 1, sizeof(*kind->lines));
        kind->lines[kind->line_count++] = line_of(s, at, len);
        at += len + (at[len] == '\n');
    }
    if (kind->line_count)
        qsort(kind->lines, kind->line_count, sizeof(*kind->lines), by_text);
}

static void release_kind(struct request_kind *kind) {
    for (size_t i = 0; i < kind->line_count; i++)
        free(kind->lines[i]);
    free(kind->lines);
}

static const struct miss_index *index_of(struct replay *r) {
    const struct histories *s = r->histories;
    struct miss_index *index = r->misses;
    const char *fingerprint;
    json_t *list;

    if (index)
        return index;
    index = r->misses = mem_new(1, sizeof(*index));
    index->items =
        mem_new(json_object_size(s->by_fingerprint) + 1, sizeof(*index->items));
    json_object_foreach(s->by_fingerprint, fingerprint, list) {
        size_t first = (size_t)json_integer_value(json_array_get(list, 0));
        struct request_kind *kind = &index->items[index->count++];

        *kind = (struct request_kind){.op = s->interactions[first].key.op,
                                      .fingerprint = fingerprint,
                                      .interactions = list};
        split(s, fingerprint, kind);
    }
    return index;
}

void miss_index_free(struct replay *r) {
    for (size_t i = 0; r->misses && i < r->misses->count; i++)
        release_kind(&r->misses->items[i]);
    if (r->misses)
        free(r->misses->items);
    free(r->misses);
    r->misses = NULL;
}

/* --- what differs --- */

/* Calls `each` for the lines that only one of the two has, the other one being NULL. How
 * many there are. */
static size_t
each_difference(const struct request_kind *asked, const struct request_kind *recorded,
                void (*each)(void *context, const char *asked, const char *recorded),
                void *context) {
    size_t i = 0, k = 0, count = 0;

    while (i < asked->line_count || k < recorded->line_count) {
        int order = i == asked->line_count ? 1
                    : k == recorded->line_count
                        ? -1
                        : strcmp(asked->lines[i], recorded->lines[k]);

        if (order && each)
            each(context, order < 0 ? asked->lines[i] : NULL,
                 order > 0 ? recorded->lines[k] : NULL);
        count += order != 0;
        i += order <= 0;
        k += order >= 0;
    }
    return count;
}

static void say(json_t *list, const char *what, const char *there, const char *here) {
    json_array_append_new(list, json_sprintf("%s: recorded %s%.*s%s, asked %s%.*s%s",
                                             what, there ? "\"" : "", MAX_SHOWN,
                                             there ? there : "none", there ? "\"" : "",
                                             here ? "\"" : "", MAX_SHOWN,
                                             here ? here : "none", here ? "\"" : ""));
}

struct lines_told {
    json_t *asked, *recorded; /* lines that only one of the two has */
};

static void tell(void *context, const char *asked, const char *recorded) {
    struct lines_told *told = context;

    json_array_append_new(
        asked ? told->asked : told->recorded,
        jsonx_text(asked ? asked : recorded, strlen(asked ? asked : recorded)));
}

/* `limit=3` and `limit=7` are one parameter with two values. Its length; 0 = no. */
static size_t same_parameter(const char *a, const char *b) {
    size_t n = strcspn(a, "=");

    return a[n] == '=' && strncmp(a, b, n + 1) == 0 ? n : 0;
}

static void add_line_differences(const struct request_kind *asked,
                                 const struct request_kind *recorded, json_t *list) {
    struct lines_told told = {json_array(), json_array()};

    each_difference(asked, recorded, tell, &told);
    for (size_t i = 0; i < json_array_size(told.asked); i++) {
        const char *line = json_string_value(json_array_get(told.asked, i));
        size_t k = 0, n = 0;

        while (k < json_array_size(told.recorded) &&
               !(n = same_parameter(
                     line, json_string_value(json_array_get(told.recorded, k)))))
            k++;
        if (n) {
            char *name = mem_strndup(line, n);

            say(list, name, json_string_value(json_array_get(told.recorded, k)) + n + 1,
                line + n + 1);
            json_array_remove(told.recorded, k);
            free(name);
        } else {
            json_array_append_new(list, json_sprintf("only asked: %.400s", line));
        }
    }
    for (size_t k = 0; k < json_array_size(told.recorded); k++)
        json_array_append_new(
            list, json_sprintf("only recorded: %.400s",
                               json_string_value(json_array_get(told.recorded, k))));
    json_decref(told.asked);
    json_decref(told.recorded);
}

/* A recorded text as it is called here: a renamed one is no other one. */
static bool same_here(const struct replay_request *q, const char *here,
                      const char *there) {
    char *renamed;
    bool same;

    if (!here || !there || strcmp(here, there) == 0)
        return !here == !there;
    renamed = renaming_text(&q->r->sessions.renaming, there, true);
    same = strcmp(renamed, here) == 0;
    free(renamed);
    return same;
}

static bool same_name(const struct replay_request *q, const struct interaction *t) {
    return q->name ? t->name == q->name->there && t->history == q->session->history
                   : same_here(q, q->key.name, t->key.name);
}

static const char *state_word(char class) {
    return class == 'n'   ? "was never set"
           : class == 'p' ? "is there"
           : class == 'x' ? "has expired"
           : class == 'd' ? "was deleted"
                          : "is not named";
}

/* What is no line of the fingerprint: who asks, about what, and in which state. */
static void add_identities(const struct replay_request *q, const struct interaction *t,
                           json_t *list) {
    char was = recorded_state_class(t), is = current_state_class(q);

    if (!same_here(q, q->key.user, t->key.user))
        say(list, "scope[user]", t->key.user, q->key.user);
    if (!same_name(q, t))
        say(list, "name", t->key.name, q->key.name);
    else if (was != is)
        json_array_append_new(list, json_sprintf("the secret: there it %s, here it %s",
                                                 state_word(was), state_word(is)));
    if (!same_credential(q, t))
        json_array_append_new(list, json_string("the key: another one was recorded"));
    if (t->key.expires_at != q->key.expires_at &&
        (t->key.expires_at == INT64_MIN || q->key.expires_at == INT64_MIN ||
         (t->key.expires_at > t->now) != (q->key.expires_at > q->now)))
        say(list, "expires_at", t->key.expires, q->key.expires);
    if (!t->key.cursor != !q->key.cursor)
        say(list, "cursor", t->key.cursor, q->key.cursor);
    if (!t->key.idempotency != !q->key.idempotency)
        say(list, "Idempotency-Key", t->key.idempotency, q->key.idempotency);
    if (q->key.too_long && t->succeeded)
        json_array_append_new(list, json_string("payload: longer than the API takes"));
}

/* There is always a reason; what is left is what was done before. */
static json_t *differences(const struct replay_request *q,
                           const struct request_kind *asked,
                           const struct request_kind *recorded,
                           const struct interaction *t) {
    json_t *list = json_array();

    add_line_differences(asked, recorded, list);
    add_identities(q, t, list);
    resource_asking_differences(q, t, list);
    if (!json_array_size(list))
        json_array_append_new(
            list, json_string("what was done before it: other calls of its scope had "
                              "gone before, or it was recorded less often"));
    return list;
}

/* --- the nearest --- */

/* How many identities differ; cheap, for it is asked of every one of a kind. */
static int identity_distance(const struct replay_request *q,
                             const struct interaction *t) {
    return 4 * !same_name(q, t) + 2 * (t->history != q->session->history) +
           (recorded_state_class(t) != current_state_class(q));
}

static int nearest_of(const struct replay_request *q, const struct request_kind *kind) {
    int best = -1, least = 0;

    for (size_t i = 0; i < json_array_size(kind->interactions); i++) {
        int n = (int)json_integer_value(json_array_get(kind->interactions, i));
        int distance = identity_distance(q, &q->r->histories->interactions[n]);

        if (best < 0 || distance < least) {
            best = n;
            least = distance;
        }
        if (!least)
            break;
    }
    return best;
}

struct near {
    const struct request_kind *kind;
    size_t distance;
};

/* The kinds of the same call that differ in the fewest lines, in order. */
static size_t find_near(const struct replay_request *q,
                        const struct request_kind *asked, struct near near[NEAREST]) {
    const struct miss_index *index = index_of(q->r);
    size_t count = 0;

    for (size_t i = 0; i < index->count; i++) {
        const struct request_kind *kind = &index->items[i];
        size_t at, distance;

        if (kind->op != q->key.op)
            continue;
        distance = each_difference(asked, kind, NULL, NULL);
        at = count;
        while (at > 0 && near[at - 1].distance > distance)
            at--;
        if (at == NEAREST)
            continue;
        count += count < NEAREST;
        for (size_t k = count - 1; k > at; k--)
            near[k] = near[k - 1];
        near[at] = (struct near){kind, distance};
    }
    return count;
}

static json_t *show_near(const struct replay_request *q,
                         const struct request_kind *asked,
                         const struct request_kind *kind, const struct interaction *t) {
    return json_pack("{s:I, s:s, s:o, s:i, s:o}", "exchange", (json_int_t)t->x->number,
                     "method", t->x->request.method, "target",
                     jsonx_text(t->x->request.target, strlen(t->x->request.target)),
                     "status", t->x->response.status, "differs",
                     differences(q, asked, kind, t));
}

/* --- in words --- */

/* "find", "set" .. or method and path */
static void add_call(struct buf *out, const struct replay_request *q) {
    static const char *const words[] = {[API_SET] = "set",
                                        [API_FIND] = "find",
                                        [API_LIST] = "list",
                                        [API_DELETE] = "delete"};
    size_t path = http_target_path_len(q->request->target);

    if (q->key.op != API_OTHER) {
        buf_adds(out, words[q->key.op]);
    } else {
        str_add_visible(out, q->request->method, strlen(q->request->method), 40);
        buf_addc(out, ' ');
        str_add_visible(out, q->request->target, path, MAX_SHOWN);
    }
}

static void add_quoted(struct buf *out, const char *text) {
    buf_addc(out, '"');
    str_add_visible(out, text, strlen(text), MAX_SHOWN);
    buf_addc(out, '"');
}

/* The request as it came, without its values that may be secret. */
static void add_request(struct buf *out, const struct replay_request *q) {
    size_t path = http_target_path_len(q->request->target);

    str_add_visible(out, q->request->method, strlen(q->request->method), 40);
    buf_addc(out, ' ');
    str_add_visible(out, q->request->target, path, MAX_SHOWN);
    if (q->key.name) {
        buf_adds(out, " name=");
        add_quoted(out, q->key.name);
    }
    if (q->key.type) {
        buf_adds(out, " scope[type]=");
        add_quoted(out, q->key.type);
    }
    if (q->key.user) {
        buf_adds(out, " scope[user]=");
        add_quoted(out, q->key.user);
    }
}

/* Names of the scope that the same was asked of: `recorded: "a", "b"`. */
static size_t add_recorded_names(struct buf *out, const struct replay_request *q) {
    const struct histories *s = q->r->histories;
    const struct history *h =
        q->session->history >= 0 ? &s->items[q->session->history] : NULL;
    size_t shown = 0;

    for (size_t i = 0; h && i < h->name_count && shown <= NAMES_SHOWN; i++) {
        if (shown == NAMES_SHOWN) {
            buf_adds(out, ", ..");
            break;
        }
        buf_adds(out, shown ? ", " : "; recorded: ");
        add_quoted(out, h->names[i].text);
        shown++;
    }
    return shown;
}

/* Was that name, or one that stands for it, ever asked like this in this scope? */
static bool knows_name(const struct replay_request *q) {
    const struct histories *s = q->r->histories;

    if (!q->key.name || q->session->history < 0 || !q->name || q->name->there < 0)
        return false;
    for (size_t i = 0; i < s->items[q->session->history].count; i++) {
        int n = s->items[q->session->history].interactions[i];

        if (s->interactions[n].key.op == q->key.op &&
            s->interactions[n].name == q->name->there)
            return true;
    }
    return false;
}

static void add_reason(struct buf *out, const struct replay_request *q,
                       const struct interaction *next, const json_t *nearest) {
    const char *first = json_string_value(
        json_array_get(json_object_get(json_array_get(nearest, 0), "differs"), 0));

    if (next) {
        buf_addf(out, "exchange %llu comes next: %s ",
                 (unsigned long long)next->x->number, next->x->request.method);
        str_add_visible(out, next->x->request.target, strlen(next->x->request.target),
                        MAX_SHOWN);
        buf_addf(out, " (%s)", first ? first : "it is another one");
    } else if (!json_array_size(nearest)) {
        buf_adds(out, "no recorded ");
        add_call(out, q);
    } else if (q->key.name && !knows_name(q)) {
        buf_adds(out, "no recorded ");
        add_call(out, q);
        buf_adds(out, " of name ");
        add_quoted(out, q->key.name);
        buf_adds(out, " in this scope");
        add_recorded_names(out, q);
    } else {
        buf_adds(out, "the nearest recorded ");
        add_call(out, q);
        buf_addf(out, ", exchange %lld, differs: %s",
                 (long long)jsonx_int(json_array_get(nearest, 0), "exchange", 0),
                 first ? first : "");
    }
}

static json_t *message(const struct replay_request *q, const struct interaction *next,
                       const json_t *nearest) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    json_t *text;

    add_request(&out, q);
    buf_adds(&out, " was not recorded so: ");
    add_reason(&out, q, next, nearest);
    text = jsonx_text(out.ptr, out.len);
    buf_release(&out);
    return text;
}

void miss_answer(struct replay_request *q, const struct interaction *next,
                 struct replay_answer *answer) {
    struct request_kind asked = {.fingerprint = q->key.fingerprint};
    struct near near[NEAREST];
    json_t *nearest = json_array(), *body;
    char *text;

    split(q->r->histories, q->key.fingerprint, &asked);
    if (next) {
        struct request_kind kind = {.fingerprint = next->key.fingerprint};

        split(q->r->histories, next->key.fingerprint, &kind);
        json_array_append_new(nearest, show_near(q, &asked, &kind, next));
        release_kind(&kind);
    }
    for (size_t i = 0, n = find_near(q, &asked, near); i < n; i++) {
        int t = nearest_of(q, near[i].kind);

        if (t >= 0 && json_array_size(nearest) < NEAREST)
            json_array_append_new(
                nearest,
                show_near(q, &asked, near[i].kind, &q->r->histories->interactions[t]));
    }
    body = json_pack("{s:{s:s, s:s, s:o, s:o}}", "error", "type", "assay_error", "code",
                     "replay_miss", "message", message(q, next, nearest), "nearest",
                     nearest);
    text = json_dumps(body, JSON_INDENT(2));
    http_response_release(&answer->response);
    answer->response.status = 501;
    http_headers_add(&answer->response.headers, "Content-Type", "application/json");
    http_headers_add(&answer->response.headers, "Stripe-Should-Retry", "false");
    http_response_body_take(&answer->response, text, strlen(text));
    answer->label = REPLAY_MISS;
    answer->exchange = 0;
    release_kind(&asked);
    json_decref(body);
}
