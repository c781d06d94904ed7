#include "check.h"

#include "core/covering.h"

enum { FACTORS = 5 };
static const unsigned values[FACTORS] = {6, 5, 4, 3, 2};
static const uint64_t none_invalid[FACTORS] = {0};

static bool holds(const unsigned *row, unsigned f, unsigned v, unsigned g, unsigned w) {
    return row[f] == v && row[g] == w;
}

static size_t missing_pairs(const struct covering *c, const unsigned *rows,
                            size_t count) {
    size_t missing = 0;

    for (unsigned f = 0; f < FACTORS; f++)
        for (unsigned g = f + 1; g < FACTORS; g++)
            for (unsigned v = 0; v < c->values[f]; v++)
                for (unsigned w = 0; w < c->values[g]; w++) {
                    size_t i = 0;

                    while (i < count && !holds(rows + i * FACTORS, f, v, g, w))
                        i++;
                    missing += i == count;
                }
    return missing;
}

static void every_pair_is_in_a_row(void) {
    struct covering c = {.factor_count = FACTORS,
                         .values = values,
                         .invalid = none_invalid,
                         .strength = 2};
    size_t count, again_count;
    unsigned *rows = covering_rows(&c, &count),
             *again = covering_rows(&c, &again_count);

    CHECK_INT("no pair is missing", (int64_t)missing_pairs(&c, rows, count), 0);
    CHECK(count >= 30 && count <= 36);
    CHECK_MEM("the same each time", rows, count * FACTORS * sizeof(*rows), again,
              again_count * FACTORS * sizeof(*again));
    free(rows);
    free(again);
}

static void every_triple_is_in_a_row(void) {
    struct covering c = {.factor_count = FACTORS,
                         .values = values,
                         .invalid = none_invalid,
                         .strength = 3};
    size_t count, missing = 0;
    unsigned *rows = covering_rows(&c, &count);

    for (unsigned v = 0; v < 5; v++)
        for (unsigned w = 0; w < 4; w++)
            for (unsigned x = 0; x < 3; x++) {
                size_t i = 0;

                while (i < count && !(holds(rows + i * FACTORS, 1, v, 2, w) &&
                                      rows[i * FACTORS + 3] == x))
                    i++;
                missing += i == count;
            }
    CHECK_INT("no triple is missing", (int64_t)missing, 0);
    CHECK(count >= 120 && count <= 170);
    free(rows);
}

static void named_triples_join_the_pairs(void) {
    static const struct covering_term terms[] = {
        {1, 1 << 2}, {2, UINT64_MAX}, {3, UINT64_MAX}};
    static const struct covering_rule also[] = {{terms, 3}};
    struct covering c = {.factor_count = FACTORS,
                         .values = values,
                         .invalid = none_invalid,
                         .strength = 2,
                         .also = also,
                         .also_count = 1};
    size_t count, missing = 0;
    unsigned *rows = covering_rows(&c, &count);

    for (unsigned w = 0; w < 4; w++)
        for (unsigned x = 0; x < 3; x++) {
            size_t i = 0;

            while (i < count && !(holds(rows + i * FACTORS, 1, 2, 2, w) &&
                                  rows[i * FACTORS + 3] == x))
                i++;
            missing += i == count;
        }
    CHECK_INT("no named triple is missing", (int64_t)missing, 0);
    CHECK_INT("nor a pair", (int64_t)missing_pairs(&c, rows, count), 0);
    CHECK(count < 48);
    free(rows);
}

static void what_may_not_be_is_in_no_row(void) {
    static const struct covering_term terms[] = {{0, 1 << 1 | 1 << 2}, {1, 1 << 0}};
    static const struct covering_rule never[] = {{terms, 2}};
    static const uint64_t invalid[FACTORS] = {1 << 5, 1 << 4, 0, 1 << 2, 0};
    struct covering c = {.factor_count = FACTORS,
                         .values = values,
                         .invalid = invalid,
                         .strength = 2,
                         .never = never,
                         .never_count = 1};
    size_t count, forbidden = 0, twice = 0;
    unsigned *rows = covering_rows(&c, &count);

    for (size_t i = 0; i < count; i++) {
        const unsigned *row = rows + i * FACTORS;

        forbidden += (row[0] == 1 || row[0] == 2) && row[1] == 0;
        twice += (row[0] == 5) + (row[1] == 4) + (row[3] == 2) > 1;
        CHECK(covering_allows(&c, row));
    }
    CHECK_INT("forbidden", (int64_t)forbidden, 0);
    CHECK_INT("two invalid values", (int64_t)twice, 0);
    /* two forbidden pairs, and three of invalid values with each other */
    CHECK_INT("only those are missing", (int64_t)missing_pairs(&c, rows, count), 5);
    free(rows);
}

static void one_factor_has_a_row_a_value(void) {
    struct covering c = {
        .factor_count = 1, .values = values, .invalid = none_invalid, .strength = 2};
    size_t count;
    unsigned *rows = covering_rows(&c, &count);

    CHECK_INT("rows", (int64_t)count, 6);
    free(rows);
}

int main(void) {
    every_pair_is_in_a_row();
    every_triple_is_in_a_row();
    named_triples_join_the_pairs();
    what_may_not_be_is_in_no_row();
    one_factor_has_a_row_a_value();
    return check_result();
}
