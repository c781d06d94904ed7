/*
 * lenient.h - defects that take one text for another: keys, names, users, integers, paths.
 * Private to api/model.
 *
 * Without a defect none of these finds anything alike.
 *
 * Ownership  what is returned as char * is for free().
 * Threads    pure.
 */
#ifndef ASSAY_API_MODEL_LENIENT_H
#define ASSAY_API_MODEL_LENIENT_H

#include "api/model/call.h"

/* AUTH-1 broken: the key given is near enough. */
bool lenient_key(const struct model_rules *r, const char *given, const char *known);
/* AUTH-1 broken: a key that stands elsewhere than in Authorization, or NULL. */
char *lenient_key_elsewhere(const struct model_call *c);
/* SET-9, DEL-4 broken. */
bool lenient_name(const struct model_call *c, const char *stored, const char *asked);
/* ISO-2 (find), ISO-3 (list) broken. */
bool lenient_user(const struct model_call *c, const char *stored, const char *asked);
/* SET-6, LIST-4 broken: what some language's parser takes for an integer. */
bool lenient_integer(const struct model_rules *r, bool limit, const char *text,
                     int64_t *to);
/* EXP-1 broken: what a narrow integer keeps. */
int64_t lenient_width(const struct model_rules *r, int64_t value);
/* ERR-5 broken: the path is taken for that of a call. */
bool lenient_path(const struct model_rules *r, const char *path, size_t len,
                  const char *known);
/* A refusal that a header brings about, or 0: the status. */
int lenient_header_status(const struct model_call *c);
/* SET-8, OBJ-3 broken: the text as it is kept, from the one given, which is freed. */
char *lenient_text(const struct model_rules *r, char *text, bool user);

#endif
