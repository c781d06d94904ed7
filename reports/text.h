/*
 * text.h - what the writers share. Private to reports.
 */
#ifndef ASSAY_REPORTS_TEXT_H
#define ASSAY_REPORTS_TEXT_H

#include <jansson.h>

#include "core/buf.h"

/* A string member, or ""; lends. */
const char *text_of(const json_t *object, const char *key);
bool is_verdict(const json_t *check, const char *verdict);
/* fail, stale, error, blocked */
bool is_red(const json_t *check);
/* As XML or HTML text: markup escaped, what XML 1.0 forbids as \xNN, at most `max`
 * bytes. */
void add_xml(struct buf *out, const char *text, size_t max);
/* The mismatches, request and answer of a check, a line each, for plain text. */
void add_details(struct buf *out, const json_t *check, const char *indent);
/* As Markdown text: markup escaped, on one line. */
void add_markdown(struct buf *out, const char *text, size_t max);
/* A clause object by id, or NULL. */
const json_t *clause_of(const json_t *results, const char *id);
/* Of a level: the clauses but for those that the target does not offer. */
long long clauses_offered(const json_t *level);
/* A check by its id, or NULL. */
const json_t *check_named(const json_t *results, const char *id);
/* The last exchange of the transcript, or NULL. */
const json_t *exchange_of(const json_t *check);

#endif
