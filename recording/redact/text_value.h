/*
 * text_value.h - where the value of a name stands in a text of unknown make.
 *
 * Each way to write one is a row of a table: `payload=v`, `"payload": "v"`,
 * `[payload] => v`, `<payload>v</payload>`, `<td>payload</td><td>v</td>`, a block of YAML,
 * what programming languages print.
 *
 * Private to recording/redact.
 *
 * Ownership  a value is a part of the text.
 * Threads    pure functions.
 */
#ifndef ASSAY_RECORDING_REDACT_TEXT_VALUE_H
#define ASSAY_RECORDING_REDACT_TEXT_VALUE_H

#include "core/base.h"

struct text_name { /* a name in a text */
    const char *text, *text_end;
    const char *from, *to;
    bool nested; /* the text is a value itself */
};

struct text_value {
    const char *from, *to;
    bool quoted;  /* in double quotes, as JSON has them */
    bool guessed; /* it reads as one, and a name of one is near */
};

/* May a name that ends at `p` have a value? Most words have none. */
bool text_value_may_follow(const char *p, const char *end);
/* The value behind a name. */
bool text_value_behind(const struct text_name *n, struct text_value *value);
/* "Bearer s3cr3t", "Basic c2VjcmV0": the value behind the scheme. */
bool text_value_of_scheme(const struct text_name *n, struct text_value *value);
/* `curl -u user:v`: the password. */
bool text_value_of_user(const struct text_name *n, struct text_value *value);
/* What stands in quotes at `p`, and has no name of its own: ('v', and 'v' for. */
bool text_value_quoted(const char *text, const char *p, const char *end,
                       struct text_value *value);
/* Does it read as random, not as words or as a name? */
bool text_value_is_random(const char *from, const char *to);

#endif
