/* A row that has ended comes in. If a check of it is red, all its exchanges go out into the
 * result document. */
#include "harness/run/row_keep.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "harness/run/evidence.h"

enum { MOST_KEPT = 400 }; /* a longer row cannot be read, nor sent by a script */

static bool is_red(const json_t *check) {
    const char *v = jsonx_string(check, "verdict", "");

    return strcmp(v, "fail") == 0 || strcmp(v, "warn") == 0 ||
           strcmp(v, "blocked") == 0;
}

/* It began before the one before it had ended. */
static bool overlaps(const struct row_log *log, size_t i) {
    return i > 0 && log->items[i].x.begin_us < log->items[i - 1].x.end_us;
}

static json_t *sent_json(const struct case_run *c, size_t i) {
    const struct sent_exchange *one = &c->log.items[i];
    json_t *o = exchange_of_row(&c->run->target, &one->x, one->as);

    json_object_set_new(o, "at_ms", json_integer(one->at_ms > 0 ? one->at_ms : 0));
    if (overlaps(&c->log, i))
        json_object_set_new(o, "overlaps", json_true());
    if (one->cleaning)
        json_object_set_new(o, "cleaning", json_true());
    return o;
}

void row_keep(struct case_run *c) {
    char *key = mem_printf("%s#%u@%s", json_string_value(c->name), c->number,
                           c->run->doc.run_id);
    json_t *exchanges = NULL;

    for (size_t i = 0; i < json_array_size(c->checks); i++) {
        json_t *k = json_array_get(c->checks, i);

        if (!is_red(k)) {
            json_object_del(k, "whole");
            json_object_del(k, "from");
            json_object_del(k, "to");
        } else if (c->log.count && c->log.count <= MOST_KEPT) {
            json_object_set_new(k, "row", json_string(key));
            exchanges = exchanges ? exchanges : json_array();
        }
    }
    for (size_t i = 0; exchanges && i < c->log.count; i++)
        json_array_append_new(exchanges, sent_json(c, i));
    if (exchanges)
        json_object_set_new(c->run->doc.rows, key,
                            json_pack("{s:s, s:I, s:I, s:o}", "prefix", c->run->prefix,
                                      "began_s", (json_int_t)(c->log.began_ms / 1000),
                                      "began_ms", (json_int_t)(c->log.began_ms % 1000),
                                      "exchanges", exchanges));
    free(key);
}
