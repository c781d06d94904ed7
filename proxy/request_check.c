/* A request as it came in. Why it is to be refused goes out, or NULL. */
#include "proxy/request_check.h"

#include <string.h>
#include <strings.h>

static bool is_token(const char *text) {
    static const char other[] = "!#$%&'*+-.^_`|~";

    if (!*text)
        return false;
    for (; *text; text++) {
        bool alnum = (*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= 'a' && *text <= 'z');

        if (!alnum && !strchr(other, *text))
            return false;
    }
    return true;
}

static bool is_target(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

/* Tabs and whatever is beyond ASCII may stand in a value, other controls may not. */
static bool is_value(const char *text) {
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static bool is_number(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* A length that was folded onto the next line comes from libmicrohttpd as a header of a
 * name with the number in it. */
static bool is_folded_length(const char *name) {
    static const char length[] = "Content-Length";

    return strncasecmp(name, length, sizeof(length) - 1) == 0 &&
           is_number(name + sizeof(length) - 1);
}

struct framing {
    const char *length;
    unsigned codings, hosts;
};

static const char *check_header(const struct http_header *h, struct framing *f) {
    if (!is_token(h->name))
        return "A header has a name that is no token.";
    if (is_folded_length(h->name))
        return "Content-Length stands over two lines.";
    if (!is_value(h->value))
        return "A header has a control character in its value.";
    if (strcasecmp(h->name, "Content-Length") == 0) {
        if (!is_number(h->value))
            return "Content-Length is no number.";
        if (f->length && strcmp(f->length, h->value) != 0)
            return "Two values of Content-Length differ.";
        f->length = h->value;
    }
    if (strcasecmp(h->name, "Transfer-Encoding") == 0) {
        if (strcasecmp(h->value, "chunked") != 0)
            return "Transfer-Encoding is not chunked.";
        f->codings++;
    }
    f->hosts += strcasecmp(h->name, "Host") == 0;
    return NULL;
}

const char *request_check(const struct http_request *request) {
    const struct http_headers *all = &request->headers;
    struct framing f = {NULL, 0, 0};
    const char *wrong = NULL;

    if (!is_token(request->method))
        return "The method is no token.";
    if (!is_target(request->target))
        return "The request target has a blank or a control character in it.";
    for (size_t i = 0; i < all->count && !wrong; i++)
        wrong = check_header(&all->items[i], &f);
    if (wrong)
        return wrong;
    if (f.codings > 1)
        return "Transfer-Encoding stands there more than once.";
    if (f.codings && f.length)
        return "Both Transfer-Encoding and Content-Length say how long the body is.";
    return f.hosts > 1 ? "Host stands there more than once." : NULL;
}
