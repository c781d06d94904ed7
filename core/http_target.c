/* In: the request target of a request line. Out: which form it has, and the authority
 * and the path of one in absolute form. */
#include "core/http_target.h"

#include <string.h>
#include <strings.h>

static bool is_host_text(const char *text, size_t len) {
    static const char others[] = "-._~!$&'()*+,;=%:[]";

    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') ||
              (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= 'a' && text[i] <= 'z') || strchr(others, text[i])))
            return false;
    return len > 0 && text[0] != ':';
}

static bool split_absolute(const char *target, struct http_target *out) {
    static const struct {
        const char *prefix;
        size_t len;
        bool secure;
    } schemes[] = {{"http://", 7, false}, {"https://", 8, true}};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (strncasecmp(target, schemes[i].prefix, schemes[i].len) != 0)
            continue;
        out->authority = target + schemes[i].len;
        out->authority_len = strcspn(out->authority, "/?#");
        out->rest = out->authority + out->authority_len;
        out->secure = schemes[i].secure;
        return is_host_text(out->authority, out->authority_len);
    }
    return false;
}

enum http_target_form http_target_split(const char *method, const char *target,
                                        struct http_target *out) {
    if (strcmp(method, "CONNECT") == 0)
        return is_host_text(target, strlen(target)) ? TARGET_AUTHORITY : TARGET_INVALID;
    if (*target == '/')
        return TARGET_ORIGIN;
    if (strcmp(target, "*") == 0)
        return TARGET_ASTERISK;
    return split_absolute(target, out) ? TARGET_ABSOLUTE : TARGET_INVALID;
}
