/* HTTP: each line is taken as a header value, a target and a date. */
#include "core/http.h"
#include "core/mem.h"
#include "fuzz.h"

static void take_line(const char *text) {
    struct http_headers h = {0};
    const char *scheme;
    char media[32], date[30], *key;
    int64_t when;

    http_headers_add(&h, "Connection", text);
    http_headers_add(&h, "Authorization", text);
    http_headers_set(&h, "authorization", text);
    HOLDS(h.count == 2 && strcmp(http_headers_get(&h, "AUTHORIZATION"), text) == 0);
    key = http_credential(&h, &scheme);
    HOLDS(!key || (*key && scheme));
    free(key);
    HOLDS(http_is_hop_by_hop(&h, "te"));
    http_is_hop_by_hop(&h, "Request-Id");
    http_media_type(text, media, sizeof(media));
    HOLDS(strlen(media) < sizeof(media));
    HOLDS(http_target_path_len(text) <= strlen(text));
    HOLDS(strlen(http_target_query(text)) <= strlen(text));
    if (http_date_parse(text, &when)) {
        http_date_format(when, date);
        HOLDS(strlen(date) == 29);
    }
    HOLDS(http_headers_remove(&h, "connection") == 1 && h.count == 1);
    http_headers_release(&h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    while (size) {
        size_t len;
        const char *line = fuzz_part(&data, &size, '\n', &len);
        char *text = mem_strndup(line, len);

        take_line(text);
        free(text);
    }
    return 0;
}
