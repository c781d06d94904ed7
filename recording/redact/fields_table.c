/* A table comes in: CSV, or as databases print one. Out go the values of the columns whose
 * names are secret, and the text around them, as leaves. */
#include <string.h>

#include "core/str.h"
#include "recording/redact/fields_parts.h"

enum { LONGEST_NAME = 64 };

struct cell {
    const char *from, *to; /* without blanks and quotes */
    const char *next;      /* what ends it: a separator, a line end, the text's end */
};

static const char *line_end(const char *p, const char *end) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));

    return stop ? stop : end;
}

/* The first of these that stands in the head is what separates. */
static char separator_of(const char *text, const char *stop) {
    for (const char *p = text; p < stop; p++)
        if (*p && strchr(",;\t|", *p))
            return *p;
    return '\0';
}

/* In quotes a cell may hold separators, and `""` for a quote. */
static struct cell cell_at(const char *p, const char *end, char separator) {
    struct cell c;

    while (p < end && *p == ' ')
        p++;
    c.from = p;
    if (p < end && *p == '"') {
        c.from = ++p;
        while (p < end && (*p != '"' || (end - p > 1 && p[1] == '"')))
            p += *p == '"' ? 2 : 1;
        c.to = p;
        p += p < end;
    } else {
        c.to = NULL;
    }
    while (p < end && *p != separator && *p != '\n')
        p++;
    c.next = p;
    for (c.to = c.to ? c.to : p; c.to > c.from && strchr(" \r", c.to[-1]);)
        c.to--;
    return c;
}

static bool is_name(const struct cell *c) {
    for (const char *p = c->from; p < c->to; p++)
        if (!str_is_word_char(*p) && *p != '.' && *p != ' ')
            return false;
    return c->to - c->from <= LONGEST_NAME;
}

bool fields_table_read(const struct field_walk *w, const char *text, size_t len,
                       struct fields_table *t) {
    const char *end = text + len, *stop = line_end(text, end);
    bool secret = false;
    size_t n = 0;

    *t = (struct fields_table){.separator = separator_of(text, stop), .rows = stop};
    if (stop == end || !t->separator)
        return false;
    for (const char *p = text; n < ARRAY_LEN(t->columns); n++) {
        struct cell c = cell_at(p, stop, t->separator);

        if (!is_name(&c))
            return false;
        t->columns[n] = field_kind(w, c.from, (size_t)(c.to - c.from), NULL);
        secret = secret || t->columns[n];
        if (c.next == stop)
            break;
        p = c.next + 1;
    }
    return secret && n > 0;
}

void fields_walk_table(const struct field_walk *w, const struct fields_table *t,
                       const char *text, size_t len) {
    const char *end = text + len, *done = text, *p = t->rows;
    size_t column = 0;
    struct cell c;

    for (p++; p < end; p = c.next + 1) {
        enum secret_kind kind =
            column < ARRAY_LEN(t->columns) ? t->columns[column] : SECRET_NONE;

        c = cell_at(p, end, t->separator);
        if (kind && c.to > c.from) {
            struct leaf before =
                            field_make(w, LEAF_TEXT, done, (size_t)(c.from - done)),
                        value =
                            field_make(w, LEAF_TEXT, c.from, (size_t)(c.to - c.from));

            value.secret = kind;
            w->use(w->context, &before);
            w->use(w->context, &value);
            done = c.to;
        }
        column = c.next < end && *c.next == '\n' ? 0 : column + 1;
    }
    if (done < end) {
        struct leaf rest = field_make(w, LEAF_TEXT, done, (size_t)(end - done));

        w->use(w->context, &rest);
    }
}
