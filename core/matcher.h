/*
 * matcher.h - the `$` words of an expectation: what each takes and means.
 *
 * One table for the comparator (match.h), the loader (match_check.h), `assay explain
 * matchers` and docs/spec-language.md.
 *
 * Threads    constants.
 */
#ifndef ASSAY_CORE_MATCHER_H
#define ASSAY_CORE_MATCHER_H

#include "core/base.h"

enum matcher_id {
    MATCH_TYPE,
    MATCH_ABSENT,
    MATCH_NULL_OR_ABSENT,
    MATCH_ANY_OF,
    MATCH_NOT,
    MATCH_EQ,
    MATCH_MATCH,
    MATCH_PREFIX,
    MATCH_MEDIA,
    MATCH_LEN,
    MATCH_EACH,
    MATCH_NONE,
    MATCH_HAS,
    MATCH_SAME_SET,
    MATCH_UNIQUE,
    MATCH_NEAR,
    MATCH_GE,
    MATCH_LE,
    MATCH_GT,
    MATCH_LT,
    MATCHERS
};

enum operand {
    OPERAND_TYPE,
    OPERAND_TRUE,
    OPERAND_LIST,
    OPERAND_EXPECT,
    OPERAND_ANY,
    OPERAND_REGEX,
    OPERAND_TEXT,
    OPERAND_NEAR,
    OPERAND_NUMBER
};

struct matcher {
    const char *word, *takes; /* "$near", "{to, within}" */
    const char *means, *example;
    enum operand operand;
};

extern const struct matcher matchers[MATCHERS]; /* by enum matcher_id */
/* NULL = there is none of that word. */
const struct matcher *matcher_find(const char *word);

#endif
