#include "check.h"

#include "harness/run/linear.h"

#define WRITE(v, b, e)                                                                 \
    { EFFECT_WRITES, NULL, v, b, e, false }
#define READ(v, b, e)                                                                  \
    { EFFECT_READS, NULL, v, b, e, false }
#define REMOVE(v, b, e)                                                                \
    { EFFECT_REMOVES, NULL, v, b, e, false }

static bool can(const struct operation *ops, size_t count, const char *initial) {
    return linearizable(ops, count, initial) == LINEARIZE_FOUND;
}

static void histories_are_judged(void) {
    static const struct operation fresh[] = {WRITE("a", 0, 1), READ("a", 2, 3)};
    static const struct operation stale[] = {WRITE("a", 0, 1), READ("zero", 2, 3)};
    static const struct operation overlap[] = {WRITE("a", 0, 5), READ("zero", 1, 2),
                                               READ("a", 3, 4)};
    static const struct operation back[] = {WRITE("a", 0, 9), READ("a", 1, 2),
                                            READ("zero", 3, 4)};
    static const struct operation removed[] = {REMOVE("deleted", 0, 1),
                                               READ(NULL, 2, 3)};
    static const struct operation twice[] = {REMOVE("deleted", 0, 3),
                                             REMOVE("deleted", 0, 3)};
    static const struct operation lost[] = {WRITE("a", 0, INT64_MAX),
                                            READ("zero", 1, 2)};
    static const struct operation late[] = {WRITE("a", 0, INT64_MAX), READ("a", 1, 2)};

    CHECK(can(fresh, 2, "zero"));
    CHECK(!can(stale, 2, "zero"));
    CHECK(can(overlap, 3, "zero"));
    CHECK(!can(back, 3, "zero"));
    CHECK(can(removed, 2, "zero"));
    CHECK(!can(twice, 2, "zero"));
    CHECK(can(lost, 2, "zero"));
    CHECK(can(late, 2, "zero"));
}

enum { MANY = LINEARIZE_SURE };

/* Reads of one write while all others are under way: only if all of them are tried, or
 * it is seen where each read belongs, is there an answer. */
static void many_overlapping_writes_are_put_in_order(void) {
    static char texts[MANY][12];
    struct operation ops[MANY];

    for (int i = 0; i < MANY - 2; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%d", i);
        ops[i] = (struct operation)WRITE(texts[i], i, 1000);
    }
    ops[MANY - 2] = (struct operation)READ("7", 2000, 2001);
    ops[MANY - 1] = (struct operation)READ("7", 2002, 2003);
    CHECK(linearizable(ops, MANY, NULL) == LINEARIZE_FOUND);
    ops[MANY - 1].value = texts[9]; /* after "7" was there with nothing under way */
    CHECK(linearizable(ops, MANY, NULL) == LINEARIZE_NONE);
}

/* Each write has its reader; the first value was read again at the end. */
static void many_writes_with_a_read_each_are_put_in_order(void) {
    static char texts[MANY][12];
    struct operation ops[MANY];

    for (int i = 0; i < MANY - 2; i += 2) {
        snprintf(texts[i], sizeof(texts[i]), "%d", i);
        ops[i] = (struct operation)WRITE(texts[i], 0, 1000);
        ops[i + 1] = (struct operation)READ(texts[i], i, 1000);
    }
    ops[MANY - 2] = (struct operation)READ("0", 2000, 2001);
    ops[MANY - 1] = (struct operation)READ("0", 2002, 2003);
    CHECK(linearizable(ops, MANY, NULL) == LINEARIZE_FOUND);
    ops[MANY - 2].value = texts[4];
    CHECK(linearizable(ops, MANY, NULL) == LINEARIZE_NONE);
}

/* Against a search that tries every order: sets, removes and reads of two values, some
 * without an answer, at random times. */
static bool explained(const struct operation *ops, size_t count, unsigned done,
                      const char *value) {
    bool all = true;

    for (size_t i = 0; i < count; i++) {
        const struct operation *o = &ops[i];
        const char *after = o->effect == EFFECT_WRITES    ? o->value
                            : o->effect == EFFECT_REMOVES ? NULL
                                                          : value;
        bool open = o->end == INT64_MAX, may = true, there = value != NULL;

        if (done & 1U << i)
            continue;
        all = all && open;
        for (size_t j = 0; j < count; j++)
            may = may && (done & 1U << j || ops[j].end >= o->begin);
        if (o->effect == EFFECT_READS && !open)
            may = may && (there ? o->value && strcmp(o->value, value) == 0 : !o->value);
        if (o->effect == EFFECT_REMOVES && !open)
            may = may && (o->value != NULL) == there;
        if (may && explained(ops, count, done | 1U << i, after))
            return true;
    }
    return all;
}

static void it_agrees_with_trying_every_order(void) {
    static const char *const values[] = {"a", "b", NULL};
    static const enum effect effects[] = {EFFECT_WRITES, EFFECT_READS, EFFECT_REMOVES};
    unsigned state = 7, yes = 0, rounds = 4000;

    for (unsigned round = 0; round < rounds; round++) {
        struct operation ops[6];
        enum linearized found;
        bool want;

        for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
            unsigned r = state = state * 1103515245 + 12345;
            int64_t begin = r >> 8 & 15, end = begin + (r >> 12 & 7);
            enum effect effect = effects[(r >> 16) % 3];
            const char *value = values[(r >> 20) % (effect == EFFECT_WRITES ? 2 : 3)];

            if ((r >> 24) % 8 == 0)
                end = INT64_MAX;
            ops[i] = (struct operation){effect, NULL, value, begin, end, false};
        }
        want = explained(ops, ARRAY_LEN(ops), 0, values[round % 3]);
        found = linearizable(ops, ARRAY_LEN(ops), values[round % 3]);
        CHECK(found == (want ? LINEARIZE_FOUND : LINEARIZE_NONE));
        yes += want;
    }
    CHECK(yes > rounds / 20 && yes < rounds * 19 / 20);
}

int main(void) {
    histories_are_judged();
    many_overlapping_writes_are_put_in_order();
    many_writes_with_a_read_each_are_put_in_order();
    it_agrees_with_trying_every_order();
    return check_result();
}
