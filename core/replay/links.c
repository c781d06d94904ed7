#include "core/replay/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/jsonx.h"
#include "core/mem.h"

enum { SECONDS_END = 19, MAX_IDS = 200 }; /* "2026-11-25T19:50:41" */

const json_t *links_object(const json_t *body, size_t n) {
    bool own = jsonx_string(body, "id", NULL) != NULL;

    if (own && n == 0)
        return body;
    return json_array_get(json_object_get(body, "data"), n - own);
}

static bool mentions(const json_t *value, const char *key, const char *id) {
    const char *member;
    json_t *one;
    size_t i;

    if (json_is_string(value))
        return strcmp(key, "id") != 0 && strstr(json_string_value(value), id);
    json_object_foreach((json_t *)(uintptr_t)value, member, one)
        if (mentions(one, member, id))
            return true;
    json_array_foreach(value, i, one)
        if (mentions(one, key, id))
            return true;
    return false;
}

bool links_any(const json_t *body) {
    const json_t *object;

    for (size_t n = 0; n < MAX_IDS && (object = links_object(body, n)); n++) {
        const char *id = jsonx_string(object, "id", "");

        if (*id && mentions(body, "", id))
            return true;
    }
    return false;
}

bool links_instant(const char *text, int64_t *epoch_s) {
    struct tm tm = {0};
    const char *rest;
    char again[32];
    int end = 0;

    if (strlen(text) < SECONDS_END + 1 ||
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 ||
        end != SECONDS_END)
        return false;
    rest = text + end;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *epoch_s = timegm(&tm);
    strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%S", &tm);
    return memcmp(again, text, SECONDS_END) == 0;
}

char *links_instant_like(const char *like, int64_t epoch_s) {
    time_t t = (time_t)epoch_s;
    char seconds[32] = "";
    struct tm tm;

    gmtime_r(&t, &tm);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
    return mem_printf("%s%s", seconds, like + SECONDS_END);
}
