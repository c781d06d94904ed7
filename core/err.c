/* What went wrong and where comes in. One error, or a list in the order of the file,
 * goes out. */
#include "core/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

/* Keep the end of a long path: it says more than the start. */
static void set_source(struct err *e, const char *source) {
    size_t len = strlen(source), room = sizeof(e->source) - 1;

    if (len <= room)
        memcpy(e->source, source, len + 1);
    else
        snprintf(e->source, sizeof(e->source), "...%s", source + len - room + 3);
}

PRINTF_LIKE(2, 0)
static void set_text(struct err *e, const char *fmt, va_list args) {
    vsnprintf(e->text, sizeof(e->text), fmt, args);
    for (char *p = e->text; (p = strpbrk(p, "\r\n"));)
        *p = ' ';
}

bool err_at(struct err *e, enum err_code code, int line, int column, const char *fmt,
            ...) {
    va_list args;

    if (!e || e->code != ERR_NONE)
        return false;
    e->code = code;
    e->line = line;
    e->column = column;
    va_start(args, fmt);
    set_text(e, fmt, args);
    va_end(args);
    return false;
}

bool err_in(struct err *e, const char *source) {
    if (e && e->code != ERR_NONE && !e->source[0])
        set_source(e, source);
    return false;
}

char *err_format(const struct err *e, char *out, size_t size) {
    struct buf text = BUF_INIT(BUF_UNLIMITED);

    if (e->source[0]) {
        str_add_visible(&text, e->source, strlen(e->source), sizeof(e->source));
        if (e->line > 0)
            buf_addf(&text, ":%d:%d", e->line, e->column);
        buf_adds(&text, ": ");
    }
    str_add_visible(&text, e->text, strlen(e->text), sizeof(e->text));
    snprintf(out, size, "%s", text.ptr);
    buf_release(&text);
    return out;
}

static struct err *diags_slot(struct diags *d) {
    if (!d)
        return NULL;
    if (d->count >= DIAGS_MAX) {
        d->dropped++;
        return NULL;
    }
    d->items = mem_grow(d->items, d->count + 1, sizeof(*d->items));
    memset(&d->items[d->count], 0, sizeof(*d->items));
    return &d->items[d->count++];
}

bool diags_add(struct diags *d, const char *source, int line, int column,
               const char *fmt, ...) {
    struct err *e = diags_slot(d);
    va_list args;

    if (!e)
        return false;
    e->code = ERR_SYNTAX;
    e->line = line;
    e->column = column;
    if (source)
        set_source(e, source);
    va_start(args, fmt);
    set_text(e, fmt, args);
    va_end(args);
    for (size_t i = 0; i + 1 < d->count; i++)
        if (d->items[i].line == line && d->items[i].column == column &&
            strcmp(d->items[i].text, e->text) == 0 &&
            strcmp(d->items[i].source, e->source) == 0) {
            d->count--; /* a grid's case is read once a row */
            break;
        }
    return false;
}

bool diags_add_err(struct diags *d, const struct err *e) {
    struct err *slot = diags_slot(d);

    if (slot)
        *slot = *e;
    return false;
}

void diags_release(struct diags *d) {
    free(d->items);
    memset(d, 0, sizeof(*d));
}
