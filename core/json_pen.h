/*
 * json_pen.h - JSON written as it comes, without a value in memory.
 *
 * What comes out is indented by two blanks a level, as json_dumps() does with
 * JSON_INDENT(2). Who holds the pen keeps to the grammar: a name before each value in an
 * object, an end for each begin.
 *
 * Ownership  a pen borrows its buffer, which may be emptied between two calls.
 */
#ifndef ASSAY_CORE_JSON_PEN_H
#define ASSAY_CORE_JSON_PEN_H

#include "core/buf.h"

enum { JSON_PEN_DEPTH = 16 };

struct json_pen {
    struct buf *out;
    unsigned depth;
    bool named;               /* a name was written, its value is next */
    bool any[JSON_PEN_DEPTH]; /* of each open level: it has a member */
    char close[JSON_PEN_DEPTH];
};

void json_pen_begin(struct json_pen *p, char open); /* '{' or '[' */
void json_pen_end(struct json_pen *p);
void json_pen_name(struct json_pen *p, const char *name);
/* What is no UTF-8 becomes U+FFFD. */
void json_pen_text(struct json_pen *p, const char *text, size_t len);
void json_pen_word(struct json_pen *p,
                   const char *text); /* a string that ends in NUL */
void json_pen_int(struct json_pen *p, int64_t value);
/* A real number: 1500 is 1.5. */
void json_pen_thousandths(struct json_pen *p, int64_t value);
/* A value that is JSON already. */
void json_pen_json(struct json_pen *p, const char *json, size_t len);

#endif
