/*
 * mustache.h - fills a template of templates/ from a JSON value. Private to reports.
 *
 * The tags are those of Mustache:
 *
 *     {{name}} {{a.b}}          a text or a number, escaped for XML and HTML
 *     {{{name}}}                the same as it is: for what we wrote ourselves
 *     {{#name}} .. {{/name}}    once for each item of an array; once in an object, and for
 *                               any other value but false, null, 0 and ""
 *     {{^name}} .. {{/name}}    where {{#name}} would write nothing
 *     {{.}}                     the value itself, for arrays of texts
 *     {{>file.html}}            another template
 *     {{! .. }}                 a comment
 *
 * One thing differs: a name is looked for in the innermost value alone, so that what is
 * missing there is never taken from outside. `top.name` begins at the whole value. A tag
 * {{#..}}, {{^..}}, {{/..}}, {{>..}} or {{!..}} that is alone on its line leaves no line.
 *
 * Errors     false with `err`: the template's name and line, for a section that is not
 *            closed, a template that is not there, or templates nested too deep.
 * Ownership  lends everything.
 * Threads    pure functions.
 */
#ifndef ASSAY_REPORTS_MUSTACHE_H
#define ASSAY_REPORTS_MUSTACHE_H

#include <jansson.h>

#include "core/buf.h"
#include "core/err.h"

bool mustache_fill(struct buf *out, const char *name, const json_t *value,
                   struct err *err);
/* The same of a text that is called `name` in errors. */
bool mustache_fill_text(struct buf *out, const char *name, const char *text,
                        const json_t *value, struct err *err);
/* A template's own text, or NULL. */
const char *mustache_template(const char *name);

#endif
