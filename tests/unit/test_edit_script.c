#include "check.h"

#include "core/edit_script.h"
#include "core/id.h"

/* The length of the longest common part, the slow way. */
static size_t longest_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m) {
    static size_t table[16][16];

    memset(table, 0, sizeof(table));
    for (size_t i = n; i-- > 0;)
        for (size_t k = m; k-- > 0;)
            table[i][k] = a[i] == b[k]                        ? 1 + table[i + 1][k + 1]
                          : table[i + 1][k] > table[i][k + 1] ? table[i + 1][k]
                                                              : table[i][k + 1];
    return table[0][0];
}

/* Does the script lead from a to b? How many come and go is in *edits. */
static bool leads(const struct edit *script, size_t count, const uint64_t *a, size_t n,
                  const uint64_t *b, size_t m, size_t *edits) {
    size_t x = 0, y = 0;

    *edits = 0;
    for (size_t i = 0; i < count; i++) {
        const struct edit *e = &script[i];
        bool in_a = e->kind != EDIT_NEW, in_b = e->kind != EDIT_GONE;

        if ((in_a && e->a != x) || (in_b && e->b != y) ||
            (in_a && in_b && a[x] != b[y]))
            return false;
        x += in_a;
        y += in_b;
        *edits += !(in_a && in_b);
    }
    return x == n && y == m;
}

static void it_is_the_shortest_way(void) {
    struct id_source ids;
    bool all_lead = true, all_shortest = true;

    id_seed(&ids, 7);
    for (int i = 0; i < 3000; i++) {
        uint64_t a[12], b[12];
        size_t n = (size_t)id_below(&ids, 13), m = (size_t)id_below(&ids, 13), count,
               edits;
        struct edit *script;

        for (size_t k = 0; k < 12; k++) {
            a[k] = id_below(&ids, 4);
            b[k] = id_below(&ids, 4);
        }
        script = edit_script(a, n, b, m, &count);
        all_lead = all_lead && leads(script, count, a, n, b, m, &edits);
        all_shortest = all_shortest && edits == n + m - 2 * longest_common(a, n, b, m);
        free(script);
    }
    CHECK(all_lead);
    CHECK(all_shortest);
}

static void what_differs_too_much_goes_and_comes_as_a_whole(void) {
    enum { MANY = 3000 };
    uint64_t *a = malloc(MANY * sizeof(*a)), *b = malloc(MANY * sizeof(*b));
    size_t count, edits;
    struct edit *script;

    for (size_t i = 0; i < MANY; i++) {
        a[i] = i;
        b[i] = i + MANY;
    }
    script = edit_script(a, MANY, b, MANY, &count);
    CHECK(leads(script, count, a, MANY, b, MANY, &edits));
    CHECK_INT("how many", (int64_t)edits, 2 * MANY);
    free(script);
    free(a);
    free(b);
}

int main(void) {
    it_is_the_shortest_way();
    what_differs_too_much_goes_and_comes_as_a_whole();
    return check_result();
}
