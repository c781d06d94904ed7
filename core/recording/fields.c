#include "core/recording/fields.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/http.h"
#include "core/jsonx.h"
#include "core/mem.h"
#include "core/str.h"

enum { MAX_DEPTH = 64, MAX_KEY = 256 };

struct replacing {
    const struct field_set *set;
    field_replacement *with;
    void *context;
    struct buf *out;
};

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

/* `path` is ".a.b.c"; the index of the field that is it or one of its containers, from
 * 1; 0 = none. */
static size_t field_of(const struct field_set *s, const char *path) {
    for (size_t i = 0; i < s->count; i++) {
        const char *at = path;
        size_t len = strlen(s->paths[i]);

        while ((at = strstr(at, s->paths[i]))) {
            if (at > path && at[-1] == '.' && (at[len] == '\0' || at[len] == '.'))
                return i + 1;
            at++;
        }
    }
    return 0;
}

static bool add_replacement(const struct replacing *r, size_t field, const char *value,
                            size_t len) {
    const char *text = r->with(r->context, value, len, field == 1);

    return text && buf_adds(r->out, text);
}

bool field_is_structure(const char *key, size_t len) {
    static const char *const known[] = {
        "name",
        "payload",
        "scope",
        "scope[type]",
        "scope[user]",
        "expires_at",
        "limit",
        "expand[]",
        "expand[0]",
        "starting_after",
        "type",
        "user",
        "id",
        "object",
        "ending_before",
        "created",
        "deleted",
        "livemode",
        "data",
        "has_more",
        "url",
        "error",
        "code",
        "message",
        "param",
        "doc_url",
        "expand",
        "request_log_url",
        "/v1/apps/secrets",
        "/v1/apps/secrets/find",
        "/v1/apps/secrets/delete",
    };
    char plain[32];
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bool open = len - i >= 3 && strncasecmp(key + i, "%5b", 3) == 0;
        bool close = len - i >= 3 && strncasecmp(key + i, "%5d", 3) == 0;

        if (!key[i] || n + 1 == sizeof(plain))
            return false;
        plain[n++] = (char)(open ? '[' : close ? ']' : key[i]);
        i += open || close ? 2 : 0;
    }
    plain[n] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i], plain) == 0)
            return true;
    return false;
}

/* A key, marked if the API has it. */
static void add_key(struct buf *out, const char *key, size_t len) {
    bool known = field_is_structure(key, len);

    if (known)
        buf_addc(out, FIELD_MARK);
    buf_add(out, key, len);
    if (known)
        buf_addc(out, FIELD_MARK);
}

/* --- forms --- */

/* "a[b][]" to ".a.b" */
static void path_of_key(const char *key, size_t len, struct buf *path) {
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
    size_t field = 0;

    if (equals && form_parse(&form, pair, len, 1, NULL) && form.count == 1) {
        path_of_key(form.pairs[0].key, form.pairs[0].key_len, &path);
        field = field_of(r->set, path.ptr);
    }
    if (equals)
        add_key(r->out, pair, (size_t)(equals - pair));
    if (field) {
        buf_addc(r->out, '=');
        if (!add_replacement(r, field, form.pairs[0].value, form.pairs[0].value_len))
            buf_add(r->out, equals + 1, len - (size_t)(equals + 1 - pair));
    } else if (equals) {
        buf_add(r->out, equals, len - (size_t)(equals - pair));
    } else {
        buf_add(r->out, pair, len);
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

/* --- JSON, by its tokens, so that every other byte stays --- */

struct scan {
    const struct replacing *r;
    const char *at, *end;
    char path[MAX_DEPTH * 16 + MAX_KEY];
    size_t path_len, lengths[MAX_DEPTH]; /* of the path at each open bracket */
    size_t depth;
};

/* Past the closing quote of a string that begins at s->at, or the end. */
static const char *string_end(const struct scan *s) {
    const char *p = s->at + 1;

    while (p < s->end && *p != '"')
        p += *p == '\\' && p + 1 < s->end ? 2 : 1;
    return p < s->end ? p + 1 : s->end;
}

static json_t *decode_string(const char *text, size_t len) {
    return jsonx_load(text, len, 1, NULL);
}

static const char *after_space(const struct scan *s, const char *p) {
    while (p < s->end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

/* The path of the container: what is deeper than MAX_DEPTH is named by its key alone.
 */
static size_t base_length(const struct scan *s) {
    return s->depth && s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
}

static void take_key(struct scan *s, const char *text, size_t len) {
    json_t *key = decode_string(text, len);
    size_t n = json_string_length(key);

    s->path_len = base_length(s);
    if (key && s->path_len + n + 2 < sizeof(s->path)) {
        s->path[s->path_len++] = '.';
        memcpy(s->path + s->path_len, json_string_value(key), n);
        s->path_len += n;
    }
    s->path[s->path_len] = '\0';
    json_decref(key);
}

/* Members whose value is a name of the API's own: which parameter, which type. */
static bool names_structure(const char *path, size_t len) {
    static const char *const members[] = {".param", ".object", ".type", ".url"};

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        size_t n = strlen(members[i]);

        if (len >= n && memcmp(path + len - n, members[i], n) == 0)
            return true;
    }
    return false;
}

static void take_string(struct scan *s) {
    const char *end = string_end(s);
    size_t len = (size_t)(end - s->at), field;
    const char *next = after_space(s, end);

    if (next < s->end && *next == ':' && s->depth) {
        take_key(s, s->at, len);
        buf_addc(s->r->out, '"');
        add_key(s->r->out, s->at + 1, len > 2 ? len - 2 : 0);
        buf_addc(s->r->out, '"');
    } else if ((field = field_of(s->r->set, s->path))) {
        json_t *value = decode_string(s->at, len);
        const char *text = value ? json_string_value(value) : s->at + 1;
        size_t text_len = value ? json_string_length(value) : len - 1;

        buf_addc(s->r->out, '"');
        if (!add_replacement(s->r, field, text, text_len))
            buf_add(s->r->out, s->at + 1, len - 1);
        else if (end[-1] == '"' && len > 1)
            buf_addc(s->r->out, '"');
        json_decref(value);
    } else if (len > 2 && names_structure(s->path, s->path_len)) {
        buf_addc(s->r->out, '"');
        add_key(s->r->out, s->at + 1, len - 2);
        buf_addc(s->r->out, '"');
    } else {
        buf_add(s->r->out, s->at, len);
    }
    s->at = end;
}

/* A number under a secret field becomes a string; true, false and null stay. */
static void take_bare(struct scan *s) {
    size_t len = 0, field = field_of(s->r->set, s->path);
    const char *text;

    while (s->at + len < s->end && !strchr(" \t\r\n,]}", s->at[len]))
        len++;
    if (len == 0)
        len = 1;
    text = field && (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
               ? s->r->with(s->r->context, s->at, len, field == 1)
               : NULL;
    if (text)
        buf_addf(s->r->out, "\"%s\"", text);
    else
        buf_add(s->r->out, s->at, len);
    s->at += len;
}

static void open_bracket(struct scan *s) {
    if (s->depth < MAX_DEPTH)
        s->lengths[s->depth] = s->path_len;
    s->depth++;
    buf_addc(s->r->out, *s->at++);
}

static void close_bracket(struct scan *s) {
    if (s->depth) {
        s->path_len = s->depth <= MAX_DEPTH ? s->lengths[s->depth - 1] : 0;
        s->path[s->path_len] = '\0';
        s->depth--;
    }
    buf_addc(s->r->out, *s->at++);
}

static void replace_json(const struct replacing *r, const char *text, size_t len) {
    struct scan *s = mem_new(1, sizeof(*s));

    s->r = r;
    s->at = text;
    s->end = text + len;
    while (s->at < s->end) {
        switch (*s->at) {
        case '"':
            take_string(s);
            break;
        case '{':
        case '[':
            open_bracket(s);
            break;
        case '}':
        case ']':
            close_bracket(s);
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
        case ',':
        case ':':
            buf_addc(r->out, *s->at++);
            break;
        default:
            take_bare(s);
        }
    }
    free(s);
}

/* --- multipart/form-data (RFC 7578) --- */

static size_t part_field(const struct field_set *s, const char *head, size_t len) {
    const char *name = str_find(head, len, "name=", 5), *end;
    struct buf path = BUF_INIT(MAX_KEY);
    size_t field;

    if (!name)
        return 0;
    name += 5;
    name += *name == '"';
    for (end = name; end < head + len && !strchr("\"\r\n;", *end);)
        end++;
    path_of_key(name, (size_t)(end - name), &path);
    field = path.failed ? 0 : field_of(s, path.ptr);
    buf_release(&path);
    return field;
}

static void replace_multipart(const struct replacing *r, const char *body, size_t len) {
    const char *at = body, *end = body + len;

    while (at < end) {
        const char *head_end = str_find(at, (size_t)(end - at), "\r\n\r\n", 4), *value,
                   *value_end;
        size_t field;

        if (!head_end)
            break;
        value = head_end + 4;
        value_end = str_find(value, (size_t)(end - value), "\r\n--", 4);
        if (!value_end)
            value_end = end;
        buf_add(r->out, at, (size_t)(value - at));
        field = part_field(r->set, at, (size_t)(head_end - at));
        if (!field || !add_replacement(r, field, value, (size_t)(value_end - value)))
            buf_add(r->out, value, (size_t)(value_end - value));
        at = value_end;
    }
    buf_add(r->out, at, (size_t)(end - at));
}

void fields_replace(const struct field_set *s, const char *content_type,
                    const char *body, size_t len, field_replacement *with,
                    void *context, struct buf *out) {
    struct replacing r = {s, with, context, out};
    size_t i = 0;

    while (i < len && strchr(" \t\r\n", body[i]) && body[i])
        i++;
    if (content_type && strncasecmp(content_type, "multipart/", 10) == 0)
        replace_multipart(&r, body, len);
    else if (i < len && (body[i] == '{' || body[i] == '['))
        replace_json(&r, body, len);
    else
        replace_form(&r, body, len);
}
