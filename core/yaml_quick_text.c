/* A document of plain YAML comes in. Its lines and its scalars go out, or NULL where it is
 * not that plain. */
#include "core/yaml_quick_text.h"

#include <string.h>

#include "core/buf.h"
#include "core/str.h"

/* --- characters and lines --- */

/* What libyaml takes for a line end or refuses, but for \n; tabs are for the readers. */
bool quick_is_plain_text(const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t n = 1;

        if (c >= 0x80) {
            unsigned char d = i + 1 < len ? (unsigned char)text[i + 1] : 0,
                          e = i + 2 < len ? (unsigned char)text[i + 2] : 0;

            n = str_utf8_step(text + i, len - i);
            if (n == 0 || (c == 0xc2 && d < 0xa0) ||
                (c == 0xe2 && d == 0x80 && (e & 0xfe) == 0xa8) ||
                (c == 0xef && ((d == 0xbb && e == 0xbf) || (d == 0xbf && e >= 0xbe))))
                return false;
        } else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
            return false;
        }
        i += n;
    }
    return true;
}

static const char *line_end(const struct quick_reader *q) {
    const char *end = memchr(q->at, '\n', (size_t)(q->end - q->at));

    return end ? end : q->end;
}

void quick_begin_line(struct quick_reader *q, const char *at) {
    q->at = q->line_start = q->counted = at;
    q->columns = 0;
    q->line++;
}

/* Of the characters, not the bytes. */
static int column_at(struct quick_reader *q, const char *at) {
    if (at < q->counted) {
        q->counted = q->line_start;
        q->columns = 0;
    }
    for (; q->counted < at; q->counted++)
        q->columns += ((unsigned char)*q->counted & 0xc0) != 0x80;
    return q->columns + 1;
}

/* From the begin of a line to the first one with anything in it. */
bool quick_find_line(struct quick_reader *q) {
    for (;;) {
        if (q->at == q->end) {
            q->indent = QUICK_END;
            return true;
        }
        quick_skip_spaces(q);
        if (quick_peek(q) == '#')
            q->at = line_end(q);
        if (quick_peek(q) != '\n')
            break;
        if (q->at < q->end)
            quick_begin_line(q, q->at + 1);
    }
    q->indent = (int)(q->at - q->line_start);
    return *q->at != '\t' && *q->at != '%' &&
           !(q->indent == 0 && q->end - q->at >= 3 && memcmp(q->at, "...", 3) == 0);
}

/* Behind a value: nothing else may stand on its line. */
bool quick_next_line(struct quick_reader *q) {
    const char *from = q->at;

    quick_skip_spaces(q);
    if (quick_peek(q) == '#' && q->at > from)
        q->at = line_end(q);
    if (quick_peek(q) != '\n')
        return false;
    if (q->at < q->end)
        quick_begin_line(q, q->at + 1);
    return quick_find_line(q);
}

/* --- scalars --- */

struct yaml_node *quick_node(struct quick_reader *q, enum ynode_kind kind,
                             const char *at) {
    struct yaml_node *n;

    if (++q->nodes > q->limits->nodes)
        return NULL;
    n = yaml_document_alloc(q->doc, sizeof(*n));
    *n = (struct yaml_node){.kind = kind, .line = q->line, .column = column_at(q, at)};
    return n;
}

static struct yaml_node *new_text(struct quick_reader *q, const char *at,
                                  const char *text, size_t len, bool quoted) {
    struct yaml_node *n = quick_node(q, YAML_NODE_TEXT, at);
    char *copy;

    if (!n)
        return NULL;
    copy = yaml_document_alloc(q->doc, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    n->text = copy;
    n->len = len;
    n->quoted = quoted;
    return !quoted && yaml_plain_resolve(n, q->limits->days) ? NULL : n;
}

static bool begins_plain(const struct quick_reader *q) {
    char c = quick_peek(q), next = quick_peek_next(q);

    if (c == '-')
        return !quick_is_blank_or_end(next) && next != '\t' &&
               !strchr("-,[]{}?:", next);
    return c != '\n' && c != '\t' && !strchr("?:,[]{}#&*!|>'\"%@` ", c);
}

/* Where plain text ends that begins here, on this line; NULL = who knows. */
static const char *plain_end(const struct quick_reader *q, bool flow) {
    const char *end = line_end(q), *p = q->at;

    for (; p < end; p++) {
        char next = p + 1 < end ? p[1] : '\n';

        if (*p == '\t' || (flow && *p == '?') || (*p == ' ' && next == '#'))
            return *p == ' ' && !flow ? p : NULL;
        if (*p == ':' && quick_is_blank_or_end(next))
            return p;
        if (flow && *p == ':' && strchr(",[]{}?", next))
            return NULL;
        if (flow && strchr(",[]{}", *p))
            return p;
    }
    return p;
}

static struct yaml_node *read_plain(struct quick_reader *q, bool flow) {
    const char *from = q->at, *end, *trimmed;

    if (!begins_plain(q) || !(end = plain_end(q, flow)))
        return NULL;
    trimmed = end;
    while (trimmed > from && trimmed[-1] == ' ')
        trimmed--;
    if (trimmed < end && end < q->end && *end == ':')
        return NULL; /* `key : value` */
    q->at = trimmed;
    return new_text(q, from, from, (size_t)(trimmed - from), false);
}

static struct yaml_node *read_single_quoted(struct quick_reader *q) {
    const char *from = q->at, *end = line_end(q);
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct yaml_node *n = NULL;

    for (q->at++; q->at < end; q->at++) {
        const char *quote = memchr(q->at, '\'', (size_t)(end - q->at));

        if (!quote)
            break;
        buf_add(&text, q->at, (size_t)(quote - q->at));
        q->at = quote + 1;
        if (quick_peek(q) != '\'') {
            n = new_text(q, from, text.ptr, text.len, true);
            break;
        }
        buf_addc(&text, '\'');
    }
    buf_release(&text);
    return n;
}

static int hex_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool add_code_point(struct buf *out, unsigned c) {
    if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return false;
    if (c < 0x80) {
        buf_addc(out, (char)c);
    } else if (c < 0x800) {
        buf_addc(out, (char)(0xc0 | c >> 6));
        buf_addc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        if (c >= 0x10000)
            buf_addc(out, (char)(0xf0 | c >> 18));
        buf_addc(out, (char)(c >= 0x10000 ? 0x80 | (c >> 12 & 0x3f) : 0xe0 | c >> 12));
        buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_addc(out, (char)(0x80 | (c & 0x3f)));
    }
    return true;
}

/* Behind a backslash. */
static bool read_escape(struct quick_reader *q, const char *end, struct buf *out) {
    static const char plain[] = "n\nr\rt\t\"\"\\\\//";
    char c = q->at < end ? *q->at : '\0';
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    unsigned code = 0;

    for (size_t i = 0; i + 1 < sizeof(plain); i += 2)
        if (c == plain[i]) {
            q->at++;
            return buf_addc(out, plain[i + 1]);
        }
    if (!digits || (size_t)(end - q->at) <= digits)
        return false;
    for (size_t i = 1; i <= digits; i++) {
        int value = hex_value(q->at[i]);

        if (value < 0)
            return false;
        code = code << 4 | (unsigned)value;
    }
    q->at += 1 + digits;
    return add_code_point(out, code);
}

static struct yaml_node *read_double_quoted(struct quick_reader *q) {
    const char *from = q->at, *end = line_end(q), *run = ++q->at;
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    struct yaml_node *n = NULL;

    while (q->at < end && *q->at != '"') {
        if (*q->at != '\\') {
            q->at++;
            continue;
        }
        buf_add(&text, run, (size_t)(q->at - run));
        q->at++;
        if (!read_escape(q, end, &text))
            goto out;
        run = q->at;
    }
    if (q->at == end)
        goto out;
    q->at++;
    if (text.len)
        buf_add(&text, run, (size_t)(q->at - 1 - run));
    n = text.len ? new_text(q, from, text.ptr, text.len, true)
                 : new_text(q, from, run, (size_t)(q->at - 1 - run), true);
out:
    buf_release(&text);
    return n;
}

struct yaml_node *quick_scalar(struct quick_reader *q, bool flow) {
    return quick_peek(q) == '"'    ? read_double_quoted(q)
           : quick_peek(q) == '\'' ? read_single_quoted(q)
                                   : read_plain(q, flow);
}

/* --- literal blocks --- */

/* The spaces that the first line of a block has before it; 0 = who knows. */
static size_t block_indent(const struct quick_reader *q, int parent) {
    const char *p = q->at;
    size_t spaces = 0;

    while (p < q->end && *p == '\n')
        p++;
    while (p + spaces < q->end && p[spaces] == ' ')
        spaces++;
    if (p + spaces == q->end || p[spaces] == '\n' || p[spaces] == '\t' ||
        (int)spaces <= parent)
        return 0;
    return spaces;
}

/* The lines of a block, each with its newline. Behind them q is at the begin of a line.
 * *blank: newlines at the end that are of no line with text. */
static void read_lines(struct quick_reader *q, size_t indent, struct buf *out,
                       size_t *blank) {
    *blank = 0;
    while (q->at < q->end) {
        const char *end = line_end(q);
        size_t len = (size_t)(end - q->at), spaces = 0;

        while (spaces < len && spaces <= indent && q->at[spaces] == ' ')
            spaces++;
        if (spaces < len && spaces < indent)
            return;
        if (spaces == len && len <= indent) {
            ++*blank;
        } else {
            for (; *blank; --*blank)
                buf_addc(out, '\n');
            buf_add(out, q->at + indent, len - indent);
            buf_addc(out, '\n');
        }
        quick_begin_line(q, end + 1);
    }
}

/* At `|`, inside of a collection at column `parent`. */
struct yaml_node *quick_literal(struct quick_reader *q, int parent) {
    struct yaml_node *n = quick_node(q, YAML_NODE_TEXT, q->at);
    struct buf text = BUF_INIT(BUF_UNLIMITED);
    char chomp = quick_peek_next(q), *copy;
    size_t indent, blank;

    q->at += chomp == '-' || chomp == '+' ? 2 : 1;
    if (!n || quick_peek(q) != '\n' || q->at == q->end || q->end[-1] != '\n')
        return NULL;
    quick_begin_line(q, q->at + 1);
    if (!(indent = block_indent(q, parent)))
        return NULL;
    read_lines(q, indent, &text, &blank);
    for (; chomp == '+' && blank; blank--)
        buf_addc(&text, '\n');
    if (chomp == '-')
        buf_cut(&text, text.len - 1);
    n->quoted = true;
    n->len = text.len;
    n->text = copy = yaml_document_alloc(q->doc, text.len + 1);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    buf_release(&text);
    return quick_find_line(q) ? n : NULL;
}
