/*
 * media_type.h - the value of a Content-Type header, by its grammar.
 *
 *   type "/" subtype *( OWS ";" OWS [ name "=" ( token / quoted-string ) ] )
 *
 * as RFC 9110, sections 8.3.1 and 5.6.6 have it: type, subtype and names compare
 * without case, any parameter may be there, and an empty one too (`application/json;`).
 *
 * Threads    pure functions.
 */
#ifndef ASSAY_MEDIA_TYPE_H
#define ASSAY_MEDIA_TYPE_H

#include "core/base.h"

/* Is it that type ("application/json"), well formed, and its charset, if it has one,
 * UTF-8? The value may hold blanks at its ends. */
bool media_type_is_utf8(const char *value, const char *type);

#endif
