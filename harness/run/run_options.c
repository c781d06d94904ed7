/* A check comes in, with what a run is asked to do. Whether it is among the wanted ones goes
 * out. */
#include "harness/run/run_options.h"

#include <string.h>

#include "core/str.h"

bool run_selects(const struct run_options *o, const char *id, const char *case_name,
                 const char *clause) {
    return (!o->filter || str_glob(o->filter, id) || str_glob(o->filter, case_name)) &&
           (!o->clause || strcmp(o->clause, clause) == 0) &&
           (!o->only || json_object_get(o->only, id));
}

bool run_is_filtered(const struct run_options *o) {
    return o->filter || o->clause || o->only || o->fast || o->own_files;
}
