/* A text of the recorded answer comes in. The same goes out with the names, users,
 * tokens, ids and times in it as they are here. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/timestamp.h"
#include "core/word_replace.h"
#include "recording/history/name_tokens.h"
#include "recording/redact/redactor.h"
#include "replay/rendering.h"

static void swap_word(const struct rendering *g, char **text, const char *there,
                      const char *here) {
    bool refused =
        g->t->x->response.status / 100 == 4 && g->t->x->response.status != 404;
    char *other = refused ? word_replace_quoted(*text, there, here)
                          : word_replace(*text, there, here);

    if (other) {
        free(*text);
        *text = other;
    }
}

/* As the reference masks a key in its messages. */
static char *masked(const char *key) {
    size_t len = strlen(key);

    return mem_printf("%.3s********%s", key, len > 12 ? key + len - 4 : "");
}

/* A value in a text that repeats a form as it was sent. */
static void add_in_form(struct buf *out, const char *text, const char *value) {
    struct buf coded = BUF_INIT(BUF_UNLIMITED);
    bool plus = strstr(text, "%20") == NULL;

    str_add_percent(&coded, value, strlen(value));
    for (const char *at = coded.ptr; at && *at; at++) {
        if (plus && strncmp(at, "%20", 3) == 0) {
            buf_addc(out, '+');
            at += 2;
        } else {
            buf_addc(out, *at);
        }
    }
    buf_release(&coded);
}

/* Tokens of the recording become what stands for them here. */
static void fill_tokens(const struct rendering *g, char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    const char *key = g->q->key.credential;
    const char *at = *text, *end = at + strlen(at);
    bool any = false, form = strstr(*text, "%5B") != NULL;

    for (bool worth = strchr(*text, ':') != NULL; worth && at < end;) {
        bool mask = str_starts(at, "masked ");
        size_t skip = mask ? 7 : 0,
               n = redactor_token(at + skip, (size_t)(end - at) - skip);
        char *token = n ? mem_strndup(at + skip, n) : NULL;
        const char *here = token && str_starts(token, "key:")
                               ? key
                               : (token ? rendering_token(g, g->q->name, token) : NULL);
        char *hidden = mask && here ? masked(here) : NULL;

        if (here) {
            if (form && at > *text && at[-1] == '=')
                add_in_form(&out, *text, here);
            else
                buf_adds(&out, hidden ? hidden : here);
            at += skip + n;
            any = true;
        } else {
            buf_addc(&out, *at++);
        }
        free(hidden);
        free(token);
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}

char *rendering_name(const struct rendering *g, const char *text) {
    char *plain = name_tokens_plain(g->q->r->histories->name_tokens, text), *here;
    const char *there = plain ? plain : text;
    const struct binding *n;

    n = g->own ? session_binding_of(g->q->session, history_name_find(g->history, there))
               : NULL;
    if (g->t->key.name && g->q->key.name && strcmp(there, g->t->key.name) == 0) {
        here = mem_strdup(g->q->key.name);
    } else if (n) {
        here = mem_strdup(n->here);
    } else { /* of another scope */
        here = renaming_text(&g->q->r->sessions.renaming, there, true);
        fill_tokens(g, &here);
    }
    free(plain);
    return here;
}

char *rendering_user(const struct rendering *g, const char *there) {
    if (g->history->user && *g->history->user && strcmp(there, g->history->user) == 0 &&
        g->q->session->user)
        return mem_strdup(g->q->session->user);
    return renaming_text(&g->q->r->sessions.renaming, there, true);
}

/* What the client has sent is no time of the implementation's, nor is an id. */
static bool is_sent_or_id(const struct rendering *g, const char *word, size_t n) {
    const struct request_key *a = &g->t->key;
    const char *const sent[] = {a->name,         a->user,        a->cursor,
                                a->other_cursor, a->idempotency, a->expires};

    for (size_t i = 0; i < ARRAY_LEN(sent); i++)
        if (sent[i] && str_find(sent[i], strlen(sent[i]), word, n))
            return true;
    return session_knows_id(&g->q->r->sessions, word, n);
}

/* The times inside a text. */
static void shift_timestamps(const struct rendering *g, const json_t *object,
                             char **text) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    bool any = false;

    for (const char *at = *text; *at;) {
        int64_t there;
        size_t n = timestamp_at(at, &there), word = word_length(at);
        bool meant = n && !word_length(at + n) && rendering_is_near(g, there) &&
                     !is_sent_or_id(g, at, n);
        char *here =
            meant ? timestamp_like(
                        at, n,
                        rendering_seconds(g, rendering_binding(g, object), "", there))
                  : NULL;

        n = meant ? n : word ? word : 1;
        if (here)
            buf_adds(&out, here);
        else
            buf_add(&out, at, n);
        any = any || here;
        at += n;
        free(here);
    }
    if (any) {
        free(*text);
        *text = buf_take(&out, NULL);
    }
    buf_release(&out);
}

/* In a list each secret speaks of itself, and the list of all of them. */
static void swap_listed(const struct rendering *g, const json_t *object, char **text) {
    const char *own = jsonx_string(object, "name", NULL),
               *there = own                               ? own
                        : json_object_get(object, "data") ? *text
                                                          : NULL;
    char *here;

    if (!there || !g->own || g->q->key.op != API_LIST ||
        (!own && history_name_find(g->history, there) < 0))
        return;
    here = rendering_name(g, there);
    if (strcmp(*text, there) == 0) {
        free(*text);
        *text = here;
        return;
    }
    swap_word(g, text, there, here);
    free(here);
}

char *rendering_text(const struct rendering *g, const json_t *object,
                     const char *there) {
    char *plain = name_tokens_plain(g->q->r->histories->name_tokens, there),
         *text = plain ? plain : mem_strdup(there);

    if (g->q->pairs)
        resource_pairs_swap(g->q->pairs, &text);
    shift_timestamps(g, object, &text);
    swap_listed(g, object, &text);
    swap_word(g, &text, g->t->key.name, g->q->key.name); /* may hold a token */
    swap_word(g, &text, g->t->key.user, g->q->key.user);
    fill_tokens(g, &text);
    for (size_t i = 0; i < g->renamed_count; i++)
        swap_word(g, &text, g->renamed[i].there, g->renamed[i].here);
    swap_word(g, &text, g->t->key.cursor, g->q->key.cursor);
    swap_word(g, &text, g->t->key.other_cursor, g->q->key.other_cursor);
    swap_word(g, &text, g->t->key.expires, g->q->key.expires);
    swap_word(g, &text, g->t->key.idempotency, g->q->key.idempotency);
    swap_word(g, &text, g->request_id_there, g->request_id_here);
    if (strcmp(text, there) == 0)
        renaming_swap_words(&g->q->r->sessions.renaming, &text);
    return text;
}

/* Only the ids in it. */
char *rendering_link(const struct rendering *g, const char *there) {
    char *text = mem_strdup(there);

    if (g->q->pairs)
        resource_pairs_swap(g->q->pairs, &text);
    for (size_t i = 0; i < g->renamed_count; i++)
        swap_word(g, &text, g->renamed[i].there, g->renamed[i].here);
    return text;
}
