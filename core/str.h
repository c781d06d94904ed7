/*
 * str.h - what the standard library lacks for text.
 *
 * Units      lengths are bytes unless a name says otherwise.
 * Errors     parsers return false and leave their out-parameter untouched.
 * Threads    pure functions.
 */
#ifndef ASSAY_CORE_STR_H
#define ASSAY_CORE_STR_H

#include "core/buf.h"

/* UTF-8 as RFC 3629: no surrogates, nothing above U+10FFFF, no overlong forms. */
bool str_utf8_valid(const char *text, size_t len);
/* How many bytes at the beginning are ASCII. */
size_t str_ascii_run(const char *text, size_t len);
size_t str_utf8_count(const char *text,
                      size_t len); /* code points; invalid bytes one each */
/* Bytes of the valid sequence that begins at text (1 to 4), 0 if it is invalid. */
size_t str_utf8_step(const char *text, size_t len);

/* Add text from outside for people: control characters, ESC, bidirectional marks and
 * invalid UTF-8 as \n, \x1b, \u202e; at most `max_bytes` of the source, then how many
 * bytes were left out. What comes out is valid UTF-8 on one line. */
bool str_add_visible(struct buf *out, const char *text, size_t len, size_t max_bytes);

/* The word of `words` that `word` was probably meant to be (few edits), or NULL. */
const char *str_nearest(const char *word, const char *const *words, size_t count);

/* Whole-text glob with `*` (any run, also of '/') and `?`. */
bool str_glob(const char *pattern, const char *text);

bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
bool str_equal_nocase(const char *a, const char *b); /* ASCII */

/* All of text[0..len) as a decimal integer; no blanks, no '+', no fraction. */
bool str_to_int(const char *text, size_t len, int64_t *out);
/* "1500ms", "2s", "5m", "1h", "30d", with an optional '-': milliseconds. */
bool str_to_duration(const char *text, int64_t *ms);

bool str_add_base64(struct buf *out, const void *bytes,
                    size_t len); /* RFC 4648, padded */
bool str_from_base64(struct buf *out, const char *text, size_t len); /* strict */
/* Everything but A-Z a-z 0-9 - . _ ~ as %XX (RFC 3986 unreserved). */
bool str_add_percent(struct buf *out, const char *text, size_t len);
/* Text as one word of a POSIX shell. */
bool str_add_shell(struct buf *out, const char *text, size_t len);
/* The URL of a curl line. What is no path (`@evil.example/x`, `*`) would be part of the
 * host there: it goes to --request-target. */
bool str_add_curl_url(struct buf *out, const char *base_url, const char *target);
/* Text that a terminal shows as it is, and that can be copied from it. */
bool str_is_plain(const char *text, size_t len);
/* printf 'a\015\012b' | : any bytes into a pipe, for sh. */
bool str_add_printf(struct buf *out, const char *text, size_t len);

/* Bytes searched in bytes (memmem). */
const char *str_find(const char *hay, size_t hay_len, const char *needle,
                     size_t needle_len);

/* SHA-256 of bytes as 64 hex digits. */
void str_sha256(const void *bytes, size_t len, char out[65]);
/* An ASCII letter or digit, _ or -. */
bool str_is_word_char(char c);

#endif
