/* A recorded text comes in. What in it is another each time goes out: the address, names, ids
 * and times. */
#include "reports/fresh.h"

#include <stdlib.h>
#include <string.h>

#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "reports/text.h"

enum { FAR_S = 100000000 }; /* no time of a case is farther from its beginning */

void fresh_init(struct fresh *f, const json_t *results, const json_t *row) {
    f->base = text_of(json_object_get(results, "target"), "base_url");
    f->prefix = text_of(row, "prefix");
    f->began_s = jsonx_int(row, "began_s", 0);
    f->id_count = 0;
}

void fresh_release(struct fresh *f) {
    for (size_t i = 0; i < f->id_count; i++)
        free(f->ids[i].text);
    f->id_count = 0;
}

static bool starts_at(const char *at, const char *text) {
    return *text && strncmp(at, text, strlen(text)) == 0;
}

static const struct shown_id *id_at(const struct fresh *f, const char *at) {
    for (size_t i = 0; i < f->id_count; i++)
        if (strlen(f->ids[i].text) >= 6 && starts_at(at, f->ids[i].text))
            return &f->ids[i];
    return NULL;
}

bool fresh_time(const struct fresh *f, int64_t value, int64_t *distance_s) {
    *distance_s = value - f->began_s;
    return *distance_s<FAR_S && * distance_s> - FAR_S;
}

static bool time_at(const struct fresh *f, const char *begin, const char *at,
                    int64_t *distance_s) {
    size_t digits = strspn(at, "0123456789");
    int64_t value;

    return digits == 10 && at != begin && (at[-1] == '=' || at[-1] == '"') &&
           str_to_int(at, digits, &value) && fresh_time(f, value, distance_s);
}

struct fresh_place fresh_at(const struct fresh *f, const char *begin, const char *at) {
    struct fresh_place p = {.kind = FRESH_NOTHING};

    if (starts_at(at, f->base)) {
        p.kind = FRESH_BASE;
        p.len = strlen(f->base);
    } else if (starts_at(at, f->prefix)) {
        p.kind = FRESH_NAME;
        p.len = strlen(f->prefix);
    } else if ((p.id = id_at(f, at))) {
        p.kind = FRESH_ID;
        p.len = strlen(p.id->text);
    } else if (time_at(f, begin, at, &p.distance_s)) {
        p.kind = FRESH_TIME;
        p.len = 10;
    }
    return p;
}

void fresh_note_ids(struct fresh *f, const char *body, size_t number) {
    size_t k = 0;

    for (const char *at = strstr(body, "\"id\""); at; at = strstr(at, "\"id\"")) {
        size_t len;

        at += 4;
        at += strspn(at, " ");
        if (*at++ != ':')
            continue;
        at += strspn(at, " ");
        if (*at++ != '"' || (len = strcspn(at, "\"")) == 0)
            continue;
        k++;
        if (f->id_count < FRESH_IDS && !id_at(f, at))
            f->ids[f->id_count++] = (struct shown_id){mem_strndup(at, len), number, k};
    }
}
