/* Two texts come in. Whether a careless implementation takes one for the other goes out. */
#include "api/model/call.h"

#include <stdlib.h>
#include <string.h>

#include "core/form.h"
#include "core/mem.h"
#include "core/str.h"

/* ---- keys ---- */

static bool same_but(const char *a, const char *b, size_t at) {
    size_t len = strlen(a);

    return strlen(b) == len && at < len && strncmp(a, b, at) == 0 &&
           strcmp(a + at + 1, b + at + 1) == 0;
}

bool lenient_key(const struct model_rules *r, const char *given, const char *known) {
    size_t len = strlen(known);

    return (r->key_first_ignored && same_but(given, known, 0)) ||
           (r->key_middle_ignored && same_but(given, known, len / 2)) ||
           (r->key_last_ignored && len && same_but(given, known, len - 1)) ||
           (r->key_half_compared && strlen(given) >= len / 2 &&
            strncmp(given, known, len / 2) == 0) ||
           (r->key_end_compared && len > 8 && str_ends(given, known + 8)) ||
           (r->key_as_pattern && strchr(given, '%'));
}

static char *value_in(const char *text, const char *name, const char *ends) {
    const char *at = strstr(text, name);

    if (!at)
        return NULL;
    at += strlen(name);
    return mem_strndup(at, strcspn(at, ends));
}

char *lenient_key_elsewhere(const struct model_call *c) {
    const struct http_headers *h = &c->request->headers;
    const char *text;

    if (c->rules->key_in_header && (text = http_headers_get(h, "X-Api-Key")))
        return mem_strdup(text);
    if (c->rules->key_in_cookie && (text = http_headers_get(h, "Cookie")))
        return value_in(text, "api_key=", "; ");
    if (c->rules->key_in_query)
        return value_in(http_target_query(c->request->target), "access_token=", "&");
    return NULL;
}

/* ---- names and users ---- */

/* As LIKE of SQL: _ is any character, % any number of them. */
static bool like(const char *pattern, const char *text) {
    if (!*pattern)
        return !*text;
    if (*pattern == '%')
        return like(pattern + 1, text) || (*text && like(pattern, text + 1));
    return *text && (*pattern == '_' || *pattern == *text) &&
           like(pattern + 1, text + 1);
}

/* What a collation, a cleaner or a path does not tell apart. */
struct fold {
    const char *text, *as; /* both NULL: the last row */
};
static const struct fold
    accents[] = {{"\u00e9", "e"},
                 {"\u00e8", "e"},
                 {"\u00e4", "a"},
                 {"\u00c4", "A"},
                 {NULL, NULL}},
    cases[] = {{"\u00c4", "\u00e4"},
               {"\u00c9", "\u00e9"},
               {"\u03c2", "\u03c3"},
               {NULL, NULL}},
    invisible[] = {{"\u200b", ""},
                   {"\u00ad", ""},
                   {"\ufe0f", ""},
                   {"\u00a0", ""},
                   {NULL, NULL}},
    slashes[] = {{"//", "/"}, {"/../", "/"}, {"./", ""}, {NULL, NULL}},
    separators[] = {{"/", "."}, {":", "."}, {",", "."},
                    {"-", "."}, {"_", "."}, {NULL, NULL}},
    spelled_out[] = {{"\u00df", "ss"}, {"\ufb01", "fi"}, {"\u0131", "i"}, {NULL, NULL}};

static char *folded(const char *text, const struct fold *table) {
    char *out = mem_new(strlen(text) * 2 + 1, 1), *to = out;

    while (*text) {
        const struct fold *f = table;

        while (f->text && !str_starts(text, f->text))
            f++;
        if (!f->text) {
            *to++ = *text++;
            continue;
        }
        to = stpcpy(to, f->as);
        text += strlen(f->text);
    }
    *to = '\0';
    return out;
}

static bool alike(const char *a, const char *b, const struct fold *table) {
    char *x = folded(a, table), *y = folded(b, table);
    bool same = strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

static bool same_beginning(const char *a, const char *b, size_t len) {
    return strlen(a) > len && strlen(b) > len && strncmp(a, b, len) == 0;
}

bool lenient_name(const struct model_call *c, const char *stored, const char *asked) {
    const struct model_rules *r = c->rules;
    bool writes = c->op == API_SET, removes = c->op == API_DELETE;

    return (r->name_pattern_replaces && writes && like(asked, stored)) ||
           (r->name_pattern_deletes && removes && like(asked, stored)) ||
           (r->name_stored_pattern && !writes && like(stored, asked)) ||
           (r->name_accents_ignored && alike(stored, asked, accents)) ||
           (r->name_case_beyond_ascii && alike(stored, asked, cases)) ||
           (r->name_invisible_ignored && alike(stored, asked, invisible)) ||
           (r->name_as_path && alike(stored, asked, slashes)) ||
           (r->name_separators_alike && alike(stored, asked, separators)) ||
           (r->name_letters_spelled_out && alike(stored, asked, spelled_out)) ||
           (r->name_by_1000 && same_beginning(stored, asked, 1000)) ||
           (r->name_by_64 && same_beginning(stored, asked, 64));
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool lenient_user(const struct model_call *c, const char *stored, const char *asked) {
    const struct model_rules *r = c->rules;
    bool lists = c->op == API_LIST;
    size_t a, b;

    if (!stored || !asked)
        return false;
    a = strlen(stored);
    b = strlen(asked);
    while (a && is_blank(stored[a - 1]))
        a--;
    while (b && is_blank(asked[b - 1]))
        b--;
    return (r->user_padded && a == b && strncmp(stored, asked, a) == 0) ||
           (r->user_as_pattern && !lists && like(asked, stored)) ||
           (r->user_pattern_lists && lists && like(asked, stored)) ||
           (r->user_accents_ignored && alike(stored, asked, accents)) ||
           (r->user_lists_children && lists && str_starts(stored, asked) &&
            strchr("/.:", stored[strlen(asked)])) ||
           (r->user_separators_alike && alike(stored, asked, separators));
}

char *lenient_text(const struct model_rules *r, char *text, bool user) {
    size_t len = strlen(text), from = 0;

    while (user && r->user_trimmed && is_blank(text[from]))
        from++;
    if (user ? r->user_trimmed : r->name_tail_lost)
        while (len > from && is_blank(text[len - 1]))
            len--;
    if (!user && r->name_line_end_lost)
        while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
            len--;
    memmove(text, text + from, len - from);
    text[len - from] = '\0';
    if (!user && r->name_cut_1000 && len > 1000) {
        size_t at = 0;

        for (size_t n = 0; n < 1000 && text[at]; n++)
            at += str_utf8_step(text + at, len - at)
                      ? str_utf8_step(text + at, len - at)
                      : 1;
        text[at] = '\0';
    }
    return text;
}

/* ---- integers ---- */

/* The digits of other scripts, in decimal order from these. */
static char *with_ascii_digits(const char *text) {
    static const char *const zeros[] = {"\u0660", "\u0966", "\uff10"};
    size_t len = strlen(text);
    char *out = mem_new(len + 1, 1), *to = out;

    while (*text) {
        size_t step = str_utf8_step(text, strlen(text));

        for (size_t z = 0; step > 1 && z < ARRAY_LEN(zeros); z++) {
            size_t head = strlen(zeros[z]) - 1;
            int digit = (unsigned char)text[step - 1] - (unsigned char)zeros[z][head];

            if (step == head + 1 && strncmp(text, zeros[z], head) == 0 && digit >= 0 &&
                digit <= 9) {
                *to++ = (char)('0' + digit);
                text += step;
                step = 0;
                break;
            }
        }
        for (; step; step--)
            *to++ = *text++;
    }
    return out;
}

static char *dropped(const char *text, const char *set) {
    char *out = mem_new(strlen(text) + 1, 1), *to = out;

    for (; *text; text++)
        if (!strchr(set, *text))
            *to++ = *text;
    return out;
}

static bool take(char *text, int64_t *to) {
    bool ok = *text && str_to_int(text, strlen(text), to);

    free(text);
    return ok;
}

/* As a script's Number(): fractions without a rest, exponents, hexadecimal. */
static bool as_number(const char *text, int64_t *to) {
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end ||
        strspn(text, "0123456789.eExXabcdefABCDEF+-") != strlen(text))
        return false;
    *to = (int64_t)value;
    return (double)*to == value;
}

static bool as_float(const char *text, int64_t *to) {
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || strpbrk(text, "xXnN"))
        return false;
    *to = (int64_t)value;
    return true;
}

static bool by_beginning(const char *text, int64_t *to) {
    char *end;
    long long value = strtoll(text, &end, 10);

    *to = value;
    return end != text;
}

bool lenient_integer(const struct model_rules *r, bool limit, const char *text,
                     int64_t *to) {
    if (limit)
        return (r->limit_digit_groups && take(dropped(text, "_,"), to)) ||
               (r->limit_as_number && as_number(text, to)) ||
               (r->limit_other_digits && take(with_ascii_digits(text), to)) ||
               (r->limit_by_beginning && by_beginning(text, to)) ||
               (r->limit_rounded && as_float(text, to));
    return (r->expires_digit_groups && take(dropped(text, "_"), to)) ||
           (r->expires_commas && take(dropped(text, ","), to)) ||
           (r->expires_blanks_inside && take(dropped(text, " "), to)) ||
           (r->expires_as_number && as_number(text, to)) ||
           (r->expires_rounded && as_float(text, to)) ||
           (r->expires_other_digits && take(with_ascii_digits(text), to)) ||
           (r->expires_by_beginning && by_beginning(text, to));
}

int64_t lenient_width(const struct model_rules *r, int64_t value) {
    if (r->expires_in_31_bits)
        return value > INT32_MAX ? INT32_MAX : value;
    if (r->expires_in_32_bits && value > UINT32_MAX)
        return (int64_t)((uint64_t)value & UINT32_MAX);
    return value;
}

/* ---- paths and headers ---- */

bool lenient_path(const struct model_rules *r, const char *path, size_t len,
                  const char *known) {
    size_t want = strlen(known);
    const char *tail = path + want;
    size_t rest = len > want ? len - want : 0;

    if (r->path_case_ignored && len == want && strncasecmp(path, known, len) == 0)
        return true;
    if (len <= want || strncmp(path, known, want) != 0)
        return false;
    return (r->path_suffix_taken && rest == 5 && strncmp(tail, ".json", 5) == 0) ||
           (r->path_matrix_taken && *tail == ';') ||
           (r->path_dot_taken && rest == 1 && *tail == '.') ||
           (r->path_blank_taken && rest == 3 && strncmp(tail, "%20", 3) == 0) ||
           (r->path_below_taken && *tail == '/' && rest > 4 &&
            strncmp(tail, "/appsecret", 10) == 0);
}

int lenient_header_status(const struct model_call *c) {
    const struct http_headers *h = &c->request->headers;
    const struct model_rules *r = c->rules;
    const char *accept = http_headers_get(h, "Accept");
    bool get = strcmp(c->request->method, "GET") == 0;

    if (r->any_etag_matches && get && http_headers_get(h, "If-None-Match"))
        return 304;
    if (r->never_modified && get && http_headers_get(h, "If-Modified-Since"))
        return 304;
    if (r->accept_exact && accept && strcmp(accept, "*/*") != 0 &&
        strcmp(accept, "application/json") != 0)
        return 406;
    if (r->agent_required && !http_headers_get(h, "User-Agent"))
        return 403;
    if (r->forwarded_refused && http_headers_get(h, "X-Forwarded-For"))
        return 403;
    if (r->cookie_refused && http_headers_get(h, "Cookie"))
        return 400;
    return 0;
}
