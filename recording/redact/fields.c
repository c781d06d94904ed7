/* A body and a set of field names come in. The same body goes out with the values of
 * those fields replaced where they stand. */
#include <stdlib.h>
#include <string.h>

#include "api/secrets_api.h"
#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"
#include "recording/redact/fields_parts.h"

enum { MAX_KEY = 256 };

void field_set_add(struct field_set *s, const char *path) {
    s->paths = mem_grow(s->paths, s->count + 1, sizeof(*s->paths));
    s->paths[s->count++] = mem_strdup(path);
}

void field_set_release(struct field_set *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->paths[i]);
    free(s->paths);
    *s = (struct field_set){0};
}

size_t field_spelt(const char *text, size_t len, const char *name) {
    size_t n = 0;

    for (; *name; name++) {
        if (*name == '_' || *name == '-')
            continue;
        while (n && n < len && (text[n] == '_' || text[n] == '-'))
            n++;
        if (n == len ||
            (text[n] != *name && ((text[n] ^ *name) != 0x20 || (*name | 0x20) < 'a')))
            return 0;
        n++;
    }
    return n;
}

size_t fields_find(const struct field_set *s, const char *path) {
    size_t end = strlen(path);

    for (size_t i = 0; i < s->count; i++) {
        const char *at = path;

        while ((at = strchr(at, '.'))) {
            size_t n;

            at++;
            n = field_spelt(at, (size_t)(path + end - at), s->paths[i]);
            if (n && (at[n] == '\0' || at[n] == '.'))
                return i + 1;
        }
    }
    return 0;
}

bool fields_put(const struct replacing *r, size_t field, const char *value,
                size_t len) {
    const char *text = r->with(r->context, value, len, field);

    return text && buf_adds(r->out, text);
}

bool field_is_structure(const char *key, size_t len) {
    char plain[32];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bool escape = key[i] == '%' && len - i >= 3;
        bool open = escape && strncasecmp(key + i, "%5b", 3) == 0;
        bool close = escape && strncasecmp(key + i, "%5d", 3) == 0;

        if (!key[i] || n + 1 == sizeof(plain))
            return false;
        plain[n++] = (char)(open ? '[' : close ? ']' : key[i]);
        i += open || close ? 2 : 0;
    }
    plain[n] = '\0';
    return api_has_word(plain);
}

void fields_put_key(struct buf *out, const char *key, size_t len) {
    bool known = field_is_structure(key, len);

    if (known)
        buf_addc(out, FIELD_MARK);
    buf_add(out, key, len);
    if (known)
        buf_addc(out, FIELD_MARK);
}

/* --- forms --- */

/* "a[b][]" to ".a.b"; blanks around it are no part of a name. */
static void path_of_key(const char *key, size_t len, struct buf *path) {
    while (len && *key == ' ')
        key++, len--;
    while (len && key[len - 1] == ' ')
        len--;
    buf_addc(path, '.');
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '[' && i + 1 < len && key[i + 1] != ']')
            buf_addc(path, '.');
        else if (key[i] != '[' && key[i] != ']')
            buf_addc(path, key[i]);
    }
}

static void form_pair(const struct replacing *r, const char *pair, size_t len) {
    const char *equals = memchr(pair, '=', len);
    struct buf path = BUF_INIT(BUF_UNLIMITED);
    struct form form = {0};
    size_t field = 0, key;

    if (!equals) {
        fields_replace_text(r, pair, len);
        return;
    }
    key = (size_t)(equals - pair);
    if (form_parse(&form, pair, len, 1, NULL) && form.count == 1) {
        path_of_key(form.pairs[0].key, form.pairs[0].key_len, &path);
        field = fields_find(r->set, path.ptr);
    }
    if (field) {
        fields_put_key(r->out, pair, key);
        buf_addc(r->out, '=');
        if (!fields_put(r, field, form.pairs[0].value, form.pairs[0].value_len))
            buf_add(r->out, equals + 1, len - key - 1);
    } else if (field_is_structure(pair, key)) {
        fields_put_key(r->out, pair, key);
        buf_addc(r->out, '=');
        fields_replace_text(r, equals + 1, len - key - 1);
    } else {
        fields_replace_text(r, pair, len);
    }
    form_release(&form);
    buf_release(&path);
}

static void replace_form(const struct replacing *r, const char *form, size_t len) {
    while (len) {
        const char *end = memchr(form, '&', len);
        size_t n = end ? (size_t)(end - form) : len;

        form_pair(r, form, n);
        if (end)
            buf_addc(r->out, '&');
        n += end != NULL;
        form += n;
        len -= n;
    }
}

void fields_replace_form(const struct field_set *s, const char *form, size_t len,
                         field_replacement *with, void *context, struct buf *out) {
    struct replacing r = {s, with, context, out};

    replace_form(&r, form, len);
}

/* --- multipart/form-data (RFC 7578), with whatever line ends --- */

/* The value of the parameter `name` of a part's Content-Disposition; its length. */
static size_t part_name(const char *head, size_t len, const char **name) {
    const char *end = head + len;

    for (const char *at = head; end - at > 5; at++) {
        const char *p = at + 4, *stop;
        bool star;

        if (strncasecmp(at, "name", 4) != 0 || (at > head && !strchr("; \t", at[-1])))
            continue;
        star = p < end && *p == '*';
        p += star;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        if (p == end || *p++ != '=')
            continue;
        while (p < end && (*p == ' ' || *p == '\t' || *p == '"'))
            p++;
        for (stop = p; stop < end && !strchr("\"\r\n;", *stop);)
            stop++;
        if (star && memrchr(p, '\'', (size_t)(stop - p))) /* utf-8''name */
            p = (const char *)memrchr(p, '\'', (size_t)(stop - p)) + 1;
        *name = p;
        return (size_t)(stop - p);
    }
    return 0;
}

static size_t part_field(const struct field_set *s, const char *head, size_t len) {
    struct buf path = BUF_INIT(MAX_KEY);
    const char *name = NULL;
    size_t n = part_name(head, len, &name), field;

    if (!n)
        return 0;
    path_of_key(name, n, &path);
    field = path.failed ? 0 : fields_find(s, path.ptr);
    buf_release(&path);
    return field;
}

/* The empty line that ends a head: where the value begins, or NULL. */
static const char *head_end(const char *at, const char *end) {
    for (; (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        if (end - at > 1 && at[1] == '\n')
            return at + 2;
        if (end - at > 2 && at[1] == '\r' && at[2] == '\n')
            return at + 3;
    }
    return NULL;
}

/* Where the line end before the next delimiter begins, or `end`. */
static const char *part_end(const char *at, const char *end, const char *delimiter,
                            size_t len) {
    for (const char *p = at; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        if ((size_t)(end - p) > len && memcmp(p + 1, delimiter, len) == 0)
            return p > at && p[-1] == '\r' ? p - 1 : p;
    return end;
}

static void replace_body(const struct replacing *r, const char *content_type,
                         const char *body, size_t len, bool part);

static void replace_multipart(const struct replacing *r, const char *body, size_t len) {
    const char *end = body + len, *at = body, *delimiter = body;
    size_t delimiter_len = 0;

    if (memcmp(body, "--", 2) != 0 && (delimiter = str_find(body, len, "\n--", 3)))
        delimiter++; /* behind a preamble */
    while (delimiter && delimiter + delimiter_len < end &&
           !strchr("\r\n \t", delimiter[delimiter_len]))
        delimiter_len++;
    while (delimiter && at < end) {
        const char *value = head_end(at, end), *value_end;
        size_t field;

        if (!value)
            break;
        value_end = part_end(value, end, delimiter, delimiter_len);
        buf_add(r->out, at, (size_t)(value - at));
        field = part_field(r->set, at, (size_t)(value - at));
        if (!field)
            replace_body(r, NULL, value, (size_t)(value_end - value), true);
        else if (!fields_put(r, field, value, (size_t)(value_end - value)))
            buf_add(r->out, value, (size_t)(value_end - value));
        at = value_end;
    }
    buf_add(r->out, at, (size_t)(end - at));
}

/* --- which of them is it? --- */

/* Is what stands before the first '=' a name? */
static bool is_form(const char *body, size_t len) {
    for (size_t i = 0; i < len && body[i] != '='; i++)
        if (memchr("<>{}\"'(:\n", body[i], 9))
            return false;
    return true;
}

static bool is_multipart(const char *content_type, const char *body, size_t len) {
    static const char disposition[] = "form-data";

    return len > 2 &&
           ((content_type && strncasecmp(content_type, "multipart/", 10) == 0) ||
            (memcmp(body, "--", 2) == 0 &&
             str_find(body, len, disposition, sizeof(disposition) - 1)));
}

static void replace_body(const struct replacing *r, const char *content_type,
                         const char *body, size_t len, bool part) {
    size_t i = len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (i < len && memchr(" \t\r\n", body[i], 4))
        i++;
    if (!part && is_multipart(content_type, body, len)) {
        replace_multipart(r, body, len);
    } else if (i < len && (body[i] == '{' || body[i] == '[')) {
        buf_add(r->out, body, i);
        fields_replace_json(r, body + i, len - i);
    } else if (is_form(body, len) && !part) {
        replace_form(r, body, len);
    } else {
        fields_replace_text(r, body, len);
    }
}

void fields_replace(const struct field_set *s, const char *content_type,
                    const char *body, size_t len, field_replacement *with,
                    void *context, struct buf *out) {
    struct replacing r = {s, with, context, out};

    replace_body(&r, content_type, body, len, false);
}
