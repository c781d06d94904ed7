/* A curl line of a result document comes in. The request that it sends goes out, with its keys
 * marked. */
#include "reports/curl_words.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

size_t curl_key_at(const char *at) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t len;

    if (str_starts(at, "$ASSAY_KEY"))
        return 1 + strspn(at + 1, letters);
    if (!str_starts(at, "${ASSAY_KEY"))
        return 0;
    len = 2 + strspn(at + 2, letters);
    len += str_starts(at + len, "%?") ? 2 : 0;
    return at[len] == '}' ? len + 1 : 0;
}

static void add_key(struct buf *word, const char *at, size_t len) {
    size_t braces = at[1] == '{';

    buf_addc(word, KEY_OPEN);
    buf_add(word, at + 1 + braces, len - 1 - 2 * braces);
    buf_addc(word, KEY_CLOSE);
}

/* The next word from *at on, with its quotes taken off; NULL at the end; free(). */
static char *next_word(const char **at) {
    struct buf word = BUF_INIT(BUF_UNLIMITED);
    const char *p = *at + strspn(*at, " ");
    char quote = 0;

    if (!*p)
        return NULL;
    while (*p && (quote || *p != ' ')) {
        size_t key = curl_key_at(p);

        if (key) {
            add_key(&word, p, key);
            p += key;
        } else if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? 0 : *p;
            p++;
        } else {
            p += *p == '\\' && quote != '\'' && p[1];
            buf_addc(&word, *p++);
        }
    }
    *at = p;
    return buf_take(&word, NULL);
}

static bool is_octal(const char *at) {
    return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' &&
           at[2] >= '0' && at[2] <= '7';
}

/* The bytes of "printf '..' | "; what is behind it, or NULL. */
static const char *read_printf(struct curl_request *r, const char *line) {
    struct buf body = BUF_INIT(BUF_UNLIMITED);
    const char *p = line + strlen("printf '");

    for (; *p && *p != '\''; p++) {
        if (*p == '\\' && is_octal(p + 1)) {
            buf_addc(&body,
                     (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0')));
            p += 3;
        } else {
            p += (*p == '\\' || *p == '%') && p[1];
            buf_addc(&body, *p);
        }
    }
    r->body = buf_take(&body, &r->body_len);
    return str_starts(p, "' | ") ? p + strlen("' | ") : NULL;
}

static void add_header(struct curl_request *r, char *header) {
    size_t len = strlen(header);

    if (len && header[len - 1] == ':') { /* curl leaves this one out */
        r->untyped = r->untyped || str_equal_nocase(header, "Content-Type:");
        free(header);
    } else if (r->header_count < CURL_HEADERS) {
        r->headers[r->header_count++] = header;
    } else {
        free(header);
    }
}

/* An option with a value; it takes `value`. */
static bool take_value(struct curl_request *r, const char *option, char *value) {
    if (strcmp(option, "-H") == 0) {
        add_header(r, value);
    } else if (strcmp(option, "-X") == 0) {
        free(r->method);
        r->method = value;
    } else if (strcmp(option, "-u") == 0) {
        free(r->user);
        value[strcspn(value, ":")] = '\0';
        r->user = value;
    } else if (strcmp(option, "--data-raw") == 0) {
        free(r->body);
        r->body = value;
        r->body_len = strlen(value);
    } else {
        bool known = strcmp(option, "--data-binary") == 0 && strcmp(value, "@-") == 0;

        free(value);
        return known;
    }
    return true;
}

static bool take_words(struct curl_request *r, const char *at) {
    char *word, *value;
    bool ok = true;

    while (ok && (word = next_word(&at))) {
        if (strcmp(word, "--path-as-is") == 0) {
            r->path_as_is = true;
        } else if (*word != '-') {
            free(r->url);
            r->url = word;
            continue;
        } else if (strcmp(word, "-sS") != 0 && strcmp(word, "-i") != 0 &&
                   strcmp(word, "-g") != 0) {
            value = next_word(&at);
            ok = value && take_value(r, word, value);
        }
        free(word);
    }
    return ok && r->url;
}

bool curl_request_parse(struct curl_request *r, const char *line) {
    *r = (struct curl_request){0};
    if (str_starts(line, "printf '"))
        line = read_printf(r, line);
    if (!line || !str_starts(line, "curl ") || !take_words(r, line + strlen("curl ")))
        return false;
    if (!r->method)
        r->method = mem_strdup(r->body ? "POST" : "GET");
    return true;
}

void curl_request_release(struct curl_request *r) {
    free(r->method);
    free(r->url);
    free(r->user);
    free(r->body);
    for (size_t i = 0; i < r->header_count; i++)
        free(r->headers[i]);
}
