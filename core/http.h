/*
 * http.h - one HTTP message: what was asked, what was answered.
 *
 * Invariants headers keep their order, their duplicates and their case (RFC 9110
 *            section 5.2, 5.3); names compare without case. Bodies are bytes and may
 *            hold NUL; body[body_len] is '\0'. `target` is the raw request target,
 *            never decoded.
 * Ownership  a zeroed message is empty; _release() empties it. Setters copy,
 *            http_*_body_take steals.
 * Threads    a message that no one changes may be shared.
 */
#ifndef ASSAY_CORE_HTTP_H
#define ASSAY_CORE_HTTP_H

#include "core/base.h"

struct http_header {
    const char *name, *value;
};

struct http_headers {
    struct http_header *items;
    size_t count, cap;
};

struct http_request {
    const char *method, *target; /* NULL until set */
    struct http_headers headers;
    const char *body; /* NULL = none */
    size_t body_len;
};

struct http_response {
    int status;   /* 0 = there is no answer */
    char *reason; /* may be NULL */
    struct http_headers headers;
    char *body;
    size_t body_len;
};

void http_headers_add(struct http_headers *h, const char *name, const char *value);
/* The same with texts that become its own. */
void http_headers_add_owned(struct http_headers *h, char *name, char *value);
/* Room for so many more. */
void http_headers_reserve(struct http_headers *h, size_t count);
/* Replace the first of that name and drop the others, or add. */
void http_headers_set(struct http_headers *h, const char *name, const char *value);
const char *http_headers_get(const struct http_headers *h,
                             const char *name); /* first */
size_t http_headers_remove(struct http_headers *h, const char *name);
void http_headers_copy(struct http_headers *to, const struct http_headers *from);
void http_headers_release(struct http_headers *h);

void http_request_set(struct http_request *r, const char *method, const char *target);
void http_request_body(struct http_request *r, const void *bytes, size_t len);
void http_request_copy(struct http_request *to, const struct http_request *from);
void http_request_release(struct http_request *r);

void http_response_body(struct http_response *r, const void *bytes, size_t len);
void http_response_body_take(struct http_response *r, char *bytes, size_t len);
void http_response_copy(struct http_response *to, const struct http_response *from);
void http_response_release(struct http_response *r);

/* A text that the caller owns, to be changed or freed in place. What a message holds is
 * const, for it may be lent; only its owner can name it so, for of a message that is
 * const itself this does not compile. */
char **http_owned(const char **text);

/* Length of the path part of a target; the query, if any, begins after the '?'. */
size_t http_target_path_len(const char *target);
const char *http_target_query(const char *target); /* after '?'; "" = none */
/* The media type of a Content-Type value alone, lower case, without parameters. */
void http_media_type(const char *content_type, char *out, size_t size);
/* Reason phrase of RFC 9110 section 15, "" if unknown. */
const char *http_reason(int status);
/* Hop-by-hop by RFC 9110 section 7.6.1: the fixed list, and names in Connection. */
bool http_is_hop_by_hop(const struct http_headers *h, const char *name);
/* The key of `Authorization: Basic` (user name part) or `Bearer`; NULL if there is none
 * or it cannot be read. *scheme (may be NULL) says "Basic", "Bearer" or NULL. free()
 * it. */
char *http_credential(const struct http_headers *h, const char **scheme);
/* IMF-fixdate (RFC 9110 section 5.6.7). out holds 30 bytes. */
void http_date_format(int64_t epoch_s, char out[30]);
bool http_date_parse(const char *text, int64_t *epoch_s);

#endif
