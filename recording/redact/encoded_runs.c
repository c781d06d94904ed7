/* A text comes in; out go the bytes that its base64, hex and lists of numbers stand
 * for. */
#include "recording/redact/encoded_runs.h"

#include <stdlib.h>
#include <string.h>

#include "core/inflate.h"
#include "core/mem.h"
#include "core/str.h"
#include "core/unescape.h"

enum {
    MIN_BASE64 = 6, /* characters: four bytes */
    MIN_LINE = 12,  /* of a line that goes on in the next one */
    MIN_HEX = 8,    /* digits: four bytes */
    MIN_TEXT = 8,   /* bytes that may be encoded once more */
};

static const char between[2] = {'\xff', '\xfe'};

struct batch { /* bytes of many runs */
    struct buf bytes;
    struct run_piece *pieces;
    size_t piece_count, piece_room;
    uint32_t *begin, *end; /* if `exact` */
    size_t room;
};

static void batch_release(struct batch *b) {
    buf_release(&b->bytes);
    free(b->pieces);
    free(b->begin);
    free(b->end);
}

/* --- places --- */

static const struct run_piece *piece_of(const struct encoded_run *run, size_t i) {
    size_t low = 0, high = run->piece_count;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (run->pieces[middle].at <= i)
            low = middle;
        else
            high = middle;
    }
    return &run->pieces[low];
}

size_t encoded_run_begin(const struct encoded_run *run, size_t i) {
    return text_view_begin(run->view,
                           run->begin ? run->begin[i] : piece_of(run, i)->from);
}

size_t encoded_run_end(const struct encoded_run *run, size_t i) {
    return text_view_end(run->view,
                         run->end ? run->end[i - 1] : piece_of(run, i - 1)->to);
}

/* --- base64 --- */

/* Six bits and one more; 0 = no character of base64. */
/* clang-format off */
static const unsigned char sextet[256] = {
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
            23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46,
            47, 48, 49, 50, 51, 52,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};
/* clang-format on */

struct base64_run {
    size_t from, to;    /* of the view, with the padding */
    unsigned char *six; /* room for as many as the view has bytes */
    size_t count;
};

/* A line end within base64: its length. */
static size_t line_break(const struct text_view *v, size_t i, size_t line) {
    size_t n = i < v->count && v->shown[i] == '\r' ? 1 : 0;

    if (line < MIN_LINE || line % 4 || i + n >= v->count || v->shown[i + n] != '\n')
        return 0;
    n++;
    return i + n < v->count && sextet[(unsigned char)v->shown[i + n]] ? n : 0;
}

/* The next run from run->to on; false: there is none. */
static bool next_run(const struct text_view *v, struct base64_run *run) {
    size_t i = run->to, line = 0, n;
    unsigned char six;

    while (i < v->count && !sextet[(unsigned char)v->shown[i]])
        i++;
    run->from = i;
    run->count = 0;
    while (i < v->count) {
        if ((six = sextet[(unsigned char)v->shown[i]])) {
            run->six[run->count++] = (unsigned char)(six - 1);
            i++, line++;
        } else if ((n = line_break(v, i, line))) {
            i += n;
            line = 0;
        } else {
            break;
        }
    }
    for (n = 0; n < 2 && i < v->count && v->shown[i] == '='; n++)
        i++;
    run->to = i;
    return run->count > 0;
}

static void add_decoded(struct batch *b, const unsigned char *six, size_t count) {
    char *out = b->bytes.ptr + b->bytes.len;
    size_t i = 0;

    for (; i + 4 <= count; i += 4) {
        uint32_t bits = (uint32_t)six[i] << 18 | (uint32_t)six[i + 1] << 12 |
                        (uint32_t)six[i + 2] << 6 | six[i + 3];

        *out++ = (char)(bits >> 16);
        *out++ = (char)(bits >> 8);
        *out++ = (char)bits;
    }
    if (count - i >= 2)
        *out++ = (char)(six[i] << 2 | six[i + 1] >> 4);
    if (count - i == 3)
        *out++ = (char)(six[i + 1] << 4 | six[i + 2] >> 2);
    b->bytes.len = (size_t)(out - b->bytes.ptr);
}

static bool is_text(const char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)bytes[i] < 0x20 && bytes[i] &&
             !strchr("\t\r\n", bytes[i])) ||
            bytes[i] == 0x7f)
            return false;
    return str_utf8_valid(bytes, len);
}

struct use {
    const struct text_view *view;
    encoded_run_use *call;
    void *context;
    size_t *budget;
};

static void use_piece(const struct use *u, const char *bytes, size_t len, size_t from,
                      size_t to) {
    struct run_piece piece = {0, from, to};
    struct encoded_run run = {.bytes = bytes,
                              .len = len,
                              .text = true,
                              .view = u->view,
                              .pieces = &piece,
                              .piece_count = 1};
    struct buf plain = BUF_INIT(*u->budget);

    if (len > *u->budget)
        return;
    if (len >= MIN_TEXT && is_text(bytes, len)) {
        *u->budget -= len;
        u->call(u->context, &run);
    } else if (inflate_is_compressed(bytes, len)) {
        inflate_body("gzip", bytes, len, &plain);
        run.bytes = plain.ptr;
        run.len = plain.len;
        *u->budget -= plain.len;
        u->call(u->context, &run);
    }
    buf_release(&plain);
}

static void add_piece(struct batch *b, size_t from, size_t to) {
    if (b->piece_count == b->piece_room) {
        b->piece_room = b->piece_room ? 2 * b->piece_room : 16;
        b->pieces = mem_grow(b->pieces, b->piece_room, sizeof(*b->pieces));
    }
    b->pieces[b->piece_count++] = (struct run_piece){b->bytes.len, from, to};
}

/* All runs of a view, and the sextets of each behind those of the one before. */
struct base64_runs {
    unsigned char *six;
    struct base64_run *items;
    size_t count, room;
};

static void find_runs(const struct text_view *v, struct base64_runs *runs) {
    struct base64_run run = {0};

    *runs = (struct base64_runs){.six = mem_grow(NULL, v->count + 1, 1)};
    run.six = runs->six;
    while (next_run(v, &run)) {
        if (run.count < MIN_BASE64)
            continue;
        if (runs->count == runs->room) {
            runs->room = runs->room ? 2 * runs->room : 32;
            runs->items = mem_grow(runs->items, runs->room, sizeof(*runs->items));
        }
        runs->items[runs->count++] = run;
        run.six += run.count;
    }
}

static void runs_release(struct base64_runs *runs) {
    free(runs->six);
    free(runs->items);
}

/* By its first six bytes: most runs are words and ids, which say nothing. */
static bool may_say_more(const unsigned char *six, size_t count) {
    struct batch b = {.bytes = BUF_INIT(BUF_UNLIMITED)};
    char bytes[8] = {0};

    b.bytes.ptr = bytes;
    add_decoded(&b, six, count < 8 ? count / 4 * 4 : 8);
    if (memcmp(bytes, "\x1f\x8b", 2) == 0 || bytes[0] == 0x78)
        return true;
    for (size_t i = 0; i < b.bytes.len; i++)
        if (((unsigned char)bytes[i] < 0x20 && bytes[i] && bytes[i] != '\t' &&
             bytes[i] != '\r' && bytes[i] != '\n') ||
            bytes[i] == 0x7f)
            return false;
    return true;
}

/* All runs of base64, read from their character `phase` on. */
static void use_base64(const struct use *u, const struct base64_runs *runs,
                       size_t phase) {
    struct batch b = {.bytes = BUF_INIT(BUF_UNLIMITED)};
    size_t room = u->view->count + sizeof(between);

    b.bytes.ptr = mem_grow(NULL, room, 1);
    b.bytes.cap = room;
    for (size_t i = 0; i < runs->count; i++) {
        const struct base64_run *run = &runs->items[i];
        size_t at = b.bytes.len;

        if (run->count < MIN_BASE64 + phase)
            continue;
        add_piece(&b, run->from, run->to);
        add_decoded(&b, run->six + phase, run->count - phase);
        if (may_say_more(run->six + phase, run->count - phase))
            use_piece(u, b.bytes.ptr + at, b.bytes.len - at, run->from, run->to);
        buf_add(&b.bytes, between, sizeof(between));
    }
    if (b.piece_count)
        u->call(u->context, &(struct encoded_run){.bytes = b.bytes.ptr,
                                                  .len = b.bytes.len,
                                                  .view = u->view,
                                                  .pieces = b.pieces,
                                                  .piece_count = b.piece_count});
    batch_release(&b);
}

/* One by one, those that are text. */
static void use_texts(const struct use *u, const struct base64_runs *runs, size_t phase,
                      size_t min) {
    struct batch b = {.bytes = BUF_INIT(BUF_UNLIMITED)};
    size_t room = u->view->count + 4;

    b.bytes.ptr = mem_grow(NULL, room, 1);
    b.bytes.cap = room;
    for (size_t i = 0; i < runs->count; i++) {
        const struct base64_run *run = &runs->items[i];

        if (run->count < min + phase ||
            !may_say_more(run->six + phase, run->count - phase))
            continue;
        b.bytes.len = 0;
        add_decoded(&b, run->six + phase, run->count - phase);
        use_piece(u, b.bytes.ptr, b.bytes.len, run->from, run->to);
    }
    batch_release(&b);
}

/* --- hex and numbers --- */

static void add_byte(struct batch *b, int byte, size_t begin, size_t end) {
    if (b->bytes.len == b->room) {
        b->room = b->room ? 2 * b->room : 64;
        b->begin = mem_grow(b->begin, b->room, sizeof(*b->begin));
        b->end = mem_grow(b->end, b->room, sizeof(*b->end));
    }
    b->begin[b->bytes.len] = (uint32_t)begin;
    b->end[b->bytes.len] = (uint32_t)end;
    buf_addc(&b->bytes, (char)byte);
}

static void use_exact(const struct use *u, struct batch *b, bool numbers) {
    if (b->bytes.len)
        u->call(u->context, &(struct encoded_run){.bytes = b->bytes.ptr,
                                                  .len = b->bytes.len,
                                                  .numbers = numbers,
                                                  .view = u->view,
                                                  .begin = b->begin,
                                                  .end = b->end});
    batch_release(b);
}

static void end_run(struct batch *b, size_t began, size_t at) {
    if (b->bytes.len - began < 4)
        buf_cut(&b->bytes, began);
    else if (b->bytes.len > began)
        for (size_t i = 0; i < sizeof(between); i++)
            add_byte(b, between[i], at, at);
}

/* clang-format off */
static const bool hex_digit[256] = {
    ['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['A'] = 1, 1, 1, 1, 1, 1, ['a'] = 1, 1, 1, 1, 1, 1,
};
/* clang-format on */

static bool is_hex(const struct text_view *v, size_t i) {
    return i < v->count && hex_digit[(unsigned char)v->shown[i]];
}

static bool is_pair(const struct text_view *v, size_t i) {
    return is_hex(v, i) && is_hex(v, i + 1);
}

/* Two digits a byte, also with a colon, a blank or a dash between bytes. */
static size_t add_hex_run(const struct text_view *v, size_t i, struct batch *b) {
    size_t began = b->bytes.len;

    while (is_pair(v, i)) {
        add_byte(b, unescape_hex(v->shown + i), i, i + 2);
        i += 2;
        if (i < v->count && memchr(": -", v->shown[i], 3) && is_pair(v, i + 1) &&
            !is_hex(v, i + 3))
            i++;
    }
    end_run(b, began, i);
    return i;
}

/* Most texts have no run of digits that could be one of bytes. */
static bool may_have_hex(const struct text_view *v) {
    size_t digits = 0;

    for (size_t i = 0; i < v->count; i++) {
        if (hex_digit[(unsigned char)v->shown[i]]) {
            if (++digits == MIN_HEX)
                return true;
            continue;
        }
        if (digits >= 2 && memchr(": -", v->shown[i], 3) && is_pair(v, i + 1))
            return true;
        digits = 0;
    }
    return false;
}

static void use_hex(const struct use *u, size_t phase) {
    struct batch b = {.bytes = BUF_INIT(BUF_UNLIMITED)};
    const struct text_view *v = u->view;

    for (size_t i = 0; i < v->count;) {
        size_t digits = i;

        if (!hex_digit[(unsigned char)v->shown[i]]) {
            i++;
            continue;
        }

        while (digits < v->count && digits < i + MIN_HEX && is_hex(v, digits))
            digits++;
        if (is_pair(v, i) && (digits == i + MIN_HEX || digits == i + 2)) {
            size_t at = b.bytes.len, from = i + phase;

            i = add_hex_run(v, from, &b);
            if (b.bytes.len > at + sizeof(between)) /* it may be text */
                use_piece(u, b.bytes.ptr + at, b.bytes.len - at - sizeof(between), from,
                          i);
            i += is_hex(v, i);
        } else {
            i = digits > i ? digits : i + 1;
        }
    }
    use_exact(u, &b, false);
}

/* A byte as a number, also negative or 0x73, at i: its length, 0 = none. */
static size_t number_at(const struct text_view *v, size_t i, int *byte) {
    bool negative = v->shown[i] == '-';
    size_t n = i + negative;
    int value = 0;

    if (!negative && n + 3 < v->count && v->shown[n] == '0' &&
        (v->shown[n + 1] | 0x20) == 'x' && is_pair(v, n + 2)) {
        *byte = unescape_hex(v->shown + n + 2);
        return 4;
    }
    while (n < v->count && n - i < 4 && v->shown[n] >= '0' && v->shown[n] <= '9')
        value = 10 * value + v->shown[n++] - '0';
    *byte = negative ? -value : value;
    return n == i + negative || value > 255 || *byte < -128 ? 0 : n - i;
}

/* What stands between two numbers: a comma, blanks. */
static size_t separator_at(const struct text_view *v, size_t i) {
    size_t n = i;

    while (n < v->count && v->shown[n] && strchr(", \t\r\n", v->shown[n]))
        n++;
    return n - i;
}

/* Past a number that is no byte, or one character. */
static size_t skip_other(const struct text_view *v, size_t i) {
    size_t n = i;

    while (n < v->count && v->shown[n] >= '0' && v->shown[n] <= '9')
        n++;
    return n > i ? n : i + 1;
}

static void use_numbers(const struct use *u) {
    struct batch b = {.bytes = BUF_INIT(BUF_UNLIMITED)};
    const struct text_view *v = u->view;
    size_t i = 0, n, began;
    int byte;

    while (i < v->count) {
        if (v->shown[i] != '-' && (v->shown[i] < '0' || v->shown[i] > '9')) {
            i++;
            continue;
        }
        began = b.bytes.len;
        while (i < v->count && (n = number_at(v, i, &byte))) {
            add_byte(&b, byte, i, i + n);
            i += n;
            if (!(n = separator_at(v, i)))
                break;
            i += n;
        }
        end_run(&b, began, i);
        i = skip_other(v, i);
    }
    use_exact(u, &b, true);
}

void encoded_runs_each(const struct text_view *v, size_t *budget, encoded_run_use *use,
                       void *context) {
    const struct use u = {v, use, context, budget};
    struct base64_runs runs;

    find_runs(v, &runs);
    for (size_t phase = 0; phase < 4; phase++)
        use_base64(&u, &runs, phase);
    runs_release(&runs);
    for (size_t phase = 0; phase < 2 && may_have_hex(v); phase++)
        use_hex(&u, phase);
    use_numbers(&u);
}

void encoded_runs_text(const struct text_view *v, size_t min, size_t *budget,
                       encoded_run_use *use, void *context) {
    const struct use u = {v, use, context, budget};
    struct base64_runs runs;

    find_runs(v, &runs);
    for (size_t phase = 0; phase < 4; phase++)
        use_texts(&u, &runs, phase, min);
    runs_release(&runs);
}
