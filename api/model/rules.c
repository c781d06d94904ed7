/* The name of a defect or a freedom comes in. The rule that it sets goes out, and the
 * table of all of them for people. */
#include "api/model/rules.h"

#include <string.h>

#include "core/mem.h"
#include "core/str.h"

#define ROW(field, clause, value, help)                                                \
    {#field, clause, help, offsetof(struct model_rules, field), value},

const struct model_variant model_defects[] = {MODEL_DEFECTS(ROW)};
const struct model_variant model_freedoms[] = {MODEL_FREEDOMS(ROW)};
const size_t model_defect_count = ARRAY_LEN(model_defects);
const size_t model_freedom_count = ARRAY_LEN(model_freedoms);

/* Fields are written with underscores, what people type with dashes. */
static bool same_name(const char *field, const char *name) {
    for (; *field && *name; field++, name++)
        if (*field != *name && !(*field == '_' && *name == '-'))
            return false;
    return *field == *name;
}

const struct model_variant *model_variant_find(const struct model_variant *table,
                                               size_t count, const char *name,
                                               const char **near) {
    const char *words[512];

    for (size_t i = 0; i < count; i++)
        if (same_name(table[i].name, name))
            return &table[i];
    for (size_t i = 0; i < count && i < ARRAY_LEN(words); i++)
        words[i] = table[i].name;
    if (near)
        *near = str_nearest(name, words,
                            count < ARRAY_LEN(words) ? count : ARRAY_LEN(words));
    return NULL;
}

void model_variant_apply(struct model_rules *rules, const struct model_variant *v) {
    memcpy((char *)rules + v->offset, &v->value, sizeof(v->value));
}
