/* Random numbers and the limits of a target come in. A sequence of moves goes out. */
#include "harness/explore/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

const char *const move_roles[MOVE_ROLES] = {"main", "other_account", "ui_extension"};

enum { RAW_FAMILY = 6, LONG_FAMILY = 7, LONG_NAME = 260 };

/* Names that a careless implementation takes for each other. */
static const char *const families[][NAMES] = {
    {"k", "K", "k1", "k ", "kk", "k2"},
    {"a b", "a+b", "a%20b", "a&b=c", "a", "a  b"},
    {"caf\u00e9", "cafe\u0301", "cafe", "CAF\u00c9", "caf\u00e9s", "\u65e5\u672c"},
    {"x_y", "x%y", "x*y", "xay", "x;y#z", "x"},
    {"\"q\"", "q", "q\\", "Q", "q\U0001f511", "q'"},
    {"one", "two", "three", "four", "five", "six"},
    [RAW_FAMILY] = {"1", "01", "\u00e9", "e\u0301", "constructor", "1 "},
    [LONG_FAMILY] = {"1", "2", "3", "4", "5", "6"}, /* behind a long beginning */
};

/* A payload is what stands before its number, the number, what stands behind. */
static const struct {
    const char *before, *behind;
} texts[] = {
    {"v", ""},           {"  v", "  "},
    {"A&b=c+v", "%;#"},  {"90", ""}, /* digits alone */
    {"\"v", "\" \\'"},   {"line\nv", "\n"},
    {"%41%zz v", "%20"}, {"\u00e9\u20acv", "\U0001f511"},
    {"{v", "}$1$"},      {"\ufeffv", "\r\n"},
    {NULL, NULL}, /* 4,800 characters */
};

static const int durations[] = {0, 60, 600, 86400},
                 waits[] = {90, 700, 0}; /* 0 = until just after the next end */

void sequence_limits_from(struct sequence_limits *l, const struct profile *p) {
    *l = (struct sequence_limits){.clock = p->clock_path != NULL,
                                  .exact = p->expiry_grace_ms <= 1000,
                                  .names = NAMES};
    for (size_t i = 0; i < MOVE_ROLES; i++)
        l->roles[i] = profile_credential(p, move_roles[i]) != NULL;
    if (p->secrets_per_scope >= 0 && p->secrets_per_scope < NAMES)
        l->names = p->secrets_per_scope > 0 ? (unsigned)p->secrets_per_scope : 1;
}

/* What a sequence is like as a whole. */
struct flavour {
    enum place crowded; /* where most of it happens */
    bool hurried;       /* secrets mostly end, and time passes */
};

/* In its first part a sequence mostly sets, or there would be little to look at. Of
 * 100, in the order of enum move_kind. */
static enum move_kind random_kind(struct id_source *ids, bool early,
                                  const struct flavour *of) {
    static const unsigned char first[MOVE_KINDS] = {62, 10, 4, 4, 3, 6, 2, 9},
                               later[MOVE_KINDS] = {20, 24, 8, 16, 6, 12, 4, 10},
                               hurried[MOVE_KINDS] = {28, 18, 8, 6, 4, 12, 14, 10};
    const unsigned char *weights = of->hurried ? hurried : early ? first : later;
    unsigned k = 0, at = (unsigned)id_below(ids, 100);

    while (at >= weights[k])
        at -= weights[k++];
    return (enum move_kind)k;
}

static bool chance(struct id_source *ids, unsigned percent) {
    return id_below(ids, 100) < percent;
}

static unsigned below(struct id_source *ids, size_t limit) {
    return (unsigned)id_below(ids, limit);
}

static void random_move(struct move *m, struct id_source *ids, bool early,
                        const struct flavour *of, const struct sequence_limits *l) {
    unsigned look = below(ids, 3);

    *m = (struct move){
        .role = AS_MAIN, .serial = m->serial, .after = look == 1, .before = look == 2};
    m->kind = random_kind(ids, early, of);
    m->place = chance(ids, 70) ? of->crowded : (enum place)below(ids, PLACES);
    m->name = below(ids, of->hurried ? (l->names + 1) / 2 : l->names);
    m->text = chance(ids, 50) ? 0 : below(ids, ARRAY_LEN(texts));
    m->lasts =
        chance(ids, of->hurried ? 30 : 80) ? 0 : below(ids, ARRAY_LEN(durations));
    m->wrong = below(ids, move_wrongs);
    m->limit = below(ids, 7);
    m->position = below(ids, NAMES);
    m->encoding = chance(ids, 85) ? 0 : 1 + below(ids, 5);
    m->expand = chance(ids, 50);
    if (chance(ids, 15)) {
        enum move_role other = chance(ids, 60) ? AS_OTHER : AS_UI;

        m->role = l->roles[other] ? other : AS_MAIN;
    }
    if (m->kind == MOVE_SET && early && chance(ids, 60))
        m->name = m->serial % l->names; /* each in its turn: scopes get full */
    if (m->kind == MOVE_WAIT)
        m->lasts = below(ids, l->exact ? ARRAY_LEN(waits) : ARRAY_LEN(waits) - 1);
    if (m->kind == MOVE_WAIT && !l->clock)
        m->kind = MOVE_FIND;
    if (m->kind == MOVE_SET && m->lasts && !l->clock)
        m->lasts = ARRAY_LEN(durations) - 1; /* long over when it ends */
}

void sequence_random(struct sequence *s, struct id_source *ids, size_t length,
                     const struct sequence_limits *l) {
    struct flavour of = {.crowded = (enum place)below(ids, PLACES)};

    of.hurried = chance(ids, 35);
    s->family = below(ids, ARRAY_LEN(families));
    s->count = length;
    s->moves = mem_new(length, sizeof(*s->moves));
    for (size_t i = 0; i < length; i++) {
        s->moves[i].serial = (unsigned)i + 1;
        random_move(&s->moves[i], ids, i < length * 2 / 5, &of, l);
        if (s->family == RAW_FAMILY && s->moves[i].place == PLACE_ACCOUNT)
            s->moves[i].place = PLACE_ANN; /* there, names could be others' */
    }
}

void sequence_without(struct sequence *out, const struct sequence *s, size_t from,
                      size_t to) {
    out->family = s->family;
    out->count = s->count - (to - from);
    out->moves = mem_new(out->count + 1, sizeof(*out->moves));
    memcpy(out->moves, s->moves, from * sizeof(*s->moves));
    memcpy(out->moves + from, s->moves + to, (s->count - to) * sizeof(*s->moves));
}

void sequence_release(struct sequence *s) {
    free(s->moves);
    *s = (struct sequence){0};
}

bool sequence_is_raw(const struct sequence *s) {
    return s->family == RAW_FAMILY;
}

json_t *sequence_name(const struct sequence *s, const struct move *m) {
    const char *name = families[s->family][m->name];
    char beginning[LONG_NAME + 1];

    if (s->family == RAW_FAMILY)
        return json_pack("{s:s}", "$raw", name);
    if (s->family != LONG_FAMILY)
        return json_string(name);
    memset(beginning, 'n', LONG_NAME);
    beginning[LONG_NAME] = '\0';
    return json_pack("s+", beginning, name);
}

json_t *move_payload(const struct move *m) {
    char number[16], *unit;
    json_t *payload;

    snprintf(number, sizeof(number), "%u", m->serial);
    if (texts[m->text].before)
        return json_pack("s++", texts[m->text].before, number, texts[m->text].behind);
    /* over 5,000 bytes but not UTF-16 units: where those are counted `run` only warns
     */
    unit = mem_printf("v%02u \u00e9\U0001f511xy", m->serial % 100);
    payload = json_pack("{s:[s, i]}", "$repeat", unit, 550);
    free(unit);
    return payload;
}

json_t *move_scope(const struct move *m) {
    return m->place == PLACE_ACCOUNT
               ? json_string("account")
               : json_pack("{s:s}", "user", m->place == PLACE_ANNA ? "anna" : "ann");
}

json_t *move_encoding(const struct move *m) {
    static const char *const words[][2] = {{"brackets", "raw"},
                                           {"arrays", "index"},
                                           {"space", "percent"},
                                           {"order", "reverse"},
                                           {"brackets", "percent"}};
    const char *const *w = words[m->encoding ? m->encoding - 1 : 0];

    return m->encoding ? json_pack("{s:s}", w[0], w[1]) : NULL;
}

int move_seconds(const struct move *m) {
    return m->kind == MOVE_WAIT ? waits[m->lasts] : durations[m->lasts];
}
