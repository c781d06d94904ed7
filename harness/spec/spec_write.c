/* A spec comes in as JSON. YAML goes out that the loader reads and people can edit. */
#include "harness/spec/spec_write.h"

#include <stdlib.h>
#include <string.h>

#include "core/base.h"
#include "core/buf.h"
#include "core/str.h"

/* Words that some reader takes for something else than text. */
static const char *const reserved[] = {"null", "true", "false", "yes", "no",
                                       "on",   "off",  "y",     "n",   "nan"};

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789_-./ ";

static bool is_duration(const char *text) {
    size_t digits = strspn(text, "0123456789");

    return digits && strcmp(text + digits, "s") == 0;
}

/* May it stand without quotes, in braces too? */
static bool is_plain(const char *text, size_t len) {
    bool starts = *text && (strchr(letters, *text) || *text == '$' || *text == '/');

    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_equal_nocase(text, reserved[i]))
            return false;
    if (len < 60 && is_duration(text))
        return true;
    return starts && 1 + strspn(text + 1, more) == len && text[len - 1] != ' ';
}

/* What YAML does not let stand, or takes for the end of a line. */
static const struct {
    const char *bytes, *escaped;
} escapes[] = {{"\n", "\\n"},
               {"\"", "\\\""},
               {"\\", "\\\\"},
               {"\xc2\x85", "\\x85"},
               {"\xe2\x80\xa8", "\\u2028"},
               {"\xe2\x80\xa9", "\\u2029"},
               {"\xef\xbb\xbf", "\\ufeff"}};

static const char *escape_of(const char *text, size_t n) {
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
        if (strlen(escapes[i].bytes) == n && memcmp(escapes[i].bytes, text, n) == 0)
            return escapes[i].escaped;
    return NULL;
}

static void write_quoted(struct buf *out, const char *text, size_t len) {
    size_t n;

    buf_addc(out, '"');
    for (size_t i = 0; i < len; i += n) {
        unsigned char c = (unsigned char)text[i];
        const char *escaped;

        n = str_utf8_step(text + i, len - i);
        n = n ? n : 1;
        escaped = escape_of(text + i, n);
        if (escaped)
            buf_adds(out, escaped);
        else if (c < 0x20 || c == 0x7f)
            buf_addf(out, "\\x%02x", c);
        else
            buf_add(out, text + i, n);
    }
    buf_addc(out, '"');
}

static void write_text(struct buf *out, const char *text, size_t len) {
    if (is_plain(text, len))
        buf_add(out, text, len);
    else
        write_quoted(out, text, len);
}

/* In braces and brackets, on one line. */
static void write_flow(struct buf *out, const json_t *value) {
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        bool first = true;

        buf_addc(out, '{');
        json_object_foreach((json_t *)(uintptr_t)value, key, item) {
            buf_adds(out, first ? "" : ", ");
            write_text(out, key, strlen(key));
            buf_adds(out, ": ");
            write_flow(out, item);
            first = false;
        }
        buf_addc(out, '}');
    } else if (json_is_array(value)) {
        buf_addc(out, '[');
        json_array_foreach((json_t *)(uintptr_t)value, i, item) {
            buf_adds(out, i ? ", " : "");
            write_flow(out, item);
        }
        buf_addc(out, ']');
    } else if (json_is_string(value)) {
        write_text(out, json_string_value(value), json_string_length(value));
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        buf_adds(out, text);
        free(text);
    }
}

/* A list whose items stand below each other. */
static bool is_block(const char *key) {
    return strcmp(key, "steps") == 0 || strcmp(key, "checks") == 0;
}

static void write_item(struct buf *out, const json_t *item, int indent);

static void write_member(struct buf *out, const char *key, const json_t *value,
                         int indent) {
    size_t i;
    json_t *item;

    buf_addf(out, "%s:", key);
    if (!is_block(key)) {
        buf_addc(out, ' ');
        write_flow(out, value);
        buf_addc(out, '\n');
        return;
    }
    buf_addc(out, '\n');
    json_array_foreach((json_t *)(uintptr_t)value, i, item) {
        buf_addf(out, "%*s- ", indent + 2, "");
        if (strcmp(key, "checks") == 0) {
            write_flow(out, item);
            buf_addc(out, '\n');
        } else {
            write_item(out, item, indent + 4);
        }
    }
}

/* A mapping behind "- ", a member a line. */
static void write_item(struct buf *out, const json_t *item, int indent) {
    bool first = true;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)item, key, value) {
        if (!first)
            buf_addf(out, "%*s", indent, "");
        write_member(out, key, value, indent);
        first = false;
    }
}

static void write_comment(struct buf *out, const char *comment) {
    while (comment && *comment) {
        size_t n = strcspn(comment, "\n");

        buf_adds(out, "# ");
        str_add_visible(out, comment, n, 400);
        buf_addc(out, '\n');
        comment += n + (comment[n] == '\n');
    }
}

char *spec_write(const char *suite, const char *about, const json_t *cases,
                 const char *comment) {
    struct buf out = BUF_INIT(BUF_UNLIMITED);
    json_t *one;
    size_t i;

    write_comment(&out, comment);
    buf_addf(&out, "spec: 1\nsuite: %s\nabout: ", suite);
    write_quoted(&out, about, strlen(about));
    buf_adds(&out, "\ncases:\n");
    json_array_foreach((json_t *)(uintptr_t)cases, i, one) {
        buf_adds(&out, "  - ");
        write_item(&out, one, 4);
    }
    return buf_take(&out, NULL);
}
