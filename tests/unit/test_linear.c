#include "check.h"

#include "harness/run/engine.h"

#define WRITE(v, b, e)                                                                 \
    { EFFECT_WRITES, NULL, v, b, e, false }
#define READ(v, b, e)                                                                  \
    { EFFECT_READS, NULL, v, b, e, false }
#define REMOVE(v, b, e)                                                                \
    { EFFECT_REMOVES, NULL, v, b, e, false }

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

    CHECK(linearizable(fresh, 2, "zero"));
    CHECK(!linearizable(stale, 2, "zero"));
    CHECK(linearizable(overlap, 3, "zero"));
    CHECK(!linearizable(back, 3, "zero"));
    CHECK(linearizable(removed, 2, "zero"));
    CHECK(!linearizable(twice, 2, "zero"));
    CHECK(linearizable(lost, 2, "zero"));
    CHECK(linearizable(late, 2, "zero"));
}

int main(void) {
    histories_are_judged();
    return check_result();
}
