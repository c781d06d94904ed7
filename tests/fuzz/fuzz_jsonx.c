/* JSON: the first line is a pointer, the rest a text. */
#include "core/json_tame.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"
#include "fuzz.h"

static void any_bytes_are_a_string(const char *bytes, size_t len) {
    json_t *text = jsonx_text(bytes, len);

    HOLDS(text && str_utf8_valid(json_string_value(text), json_string_length(text)));
    json_decref(text);
}

/* What can be held is read the same either way; what was made tame can be held. */
static void other_programs_are_read(const char *text, size_t len, bool holds) {
    struct buf tamed = BUF_INIT(BUF_UNLIMITED);
    json_t *told = jsonx_told(text, len);

    HOLDS(!holds || told);
    if (json_tame(&tamed, text, len, 64))
        HOLDS(told || !holds);
    HOLDS(json_container_end(text, text + len) <= text + len);
    buf_release(&tamed);
    json_decref(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t len;
    const char *first = fuzz_part(&data, &size, '\n', &len);
    char *pointer = mem_strndup(first, len);
    struct err err = {0};
    json_t *value = jsonx_load((const char *)data, size, 32, &err);

    any_bytes_are_a_string((const char *)data, size);
    other_programs_are_read((const char *)data, size, value != NULL);
    if (value) {
        struct buf text = BUF_INIT(BUF_UNLIMITED);
        json_t *again;

        HOLDS(jsonx_add(&text, value));
        again = jsonx_load(text.ptr, text.len, 32, NULL);
        HOLDS(again && json_typeof(again) == json_typeof(value));
        HOLDS(jsonx_at(value, "") == value);
        HOLDS(strcmp(jsonx_type(jsonx_at(value, pointer)), "") != 0);
        json_decref(again);
        buf_release(&text);
    } else {
        HOLDS(err.code != ERR_NONE);
        HOLDS(err.code == ERR_LIMIT || (err.line > 0 && err.column > 0));
    }
    json_decref(value);
    free(pointer);
    return 0;
}
