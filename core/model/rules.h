/*
 * rules.h - where one implementation of the Secrets API differs from the next.
 *
 * Every field is an int and 0 is correct, so that a table row (defects.h) is a name and
 * the offset of what it sets. The fields that follow are filled in by topic; each says
 * which clause it breaks or which freedom it uses.
 */
#ifndef ASSAY_RULES_H
#define ASSAY_RULES_H

#include "core/base.h"

struct model_rules {
    int cap; /* SET-13: secrets a scope may hold; 0 = 10, -1 = no cap */
};

#endif
