/*
 * curl_words.h - a curl line of a result document as the request that it sends. Private to
 * reports.
 *
 * The lines are our own: "curl OPTIONS URL", or "printf '..' | curl OPTIONS URL" for a body
 * that holds control characters. A key is a variable in them; in the words here it stands
 * between KEY_OPEN and KEY_CLOSE, without its dollar and braces.
 *
 * Errors     false: it is none of these lines, or has an option that we do not write.
 * Ownership  curl_request_release() frees what curl_request_parse() filled, also after false.
 */
#ifndef ASSAY_REPORTS_CURL_WORDS_H
#define ASSAY_REPORTS_CURL_WORDS_H

#include "core/buf.h"

#define KEY_OPEN '\x01'
#define KEY_CLOSE '\x02'

enum { CURL_HEADERS = 100 };

struct curl_request {
    char *method, *url, *user; /* user: before the colon; or NULL */
    char *headers[CURL_HEADERS];
    size_t header_count;
    char *body; /* or NULL */
    size_t body_len;
    bool path_as_is;
    bool untyped; /* a body without Content-Type */
};

bool curl_request_parse(struct curl_request *r, const char *line);
void curl_request_release(struct curl_request *r);
/* "$ASSAY_KEY_LIVE", "${ASSAY_KEY}" or "${ASSAY_KEY%?}": its length, or 0. */
size_t curl_key_at(const char *at);

#endif
