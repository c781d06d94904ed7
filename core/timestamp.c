/* A text comes in that may be a time. The second that it names goes out, or another
 * time in the same form. */
#include "core/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/http.h"
#include "core/mem.h"
#include "core/str.h"

enum { SECONDS_END = 19, HTTP_DATE = 29 }; /* "2026-11-25T19:50:41" */
enum { SECONDS_DIGITS = 10, MILLIS_DIGITS = 13 };

static const char digits[] = "0123456789";

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool has_form(const char *text, const char *form) {
    for (; *form; form++, text++)
        if (*form == '9'   ? !is_digit(*text)
            : *form == '?' ? *text != 'T' && *text != ' '
                           : *text != *form)
            return false;
    return true;
}

static int two(const char *at) {
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* "+02:00", "-0530": its length; 0 = there is none. */
static size_t offset_at(const char *at, int64_t *offset_s) {
    bool colon = *at && has_form(at + 1, "99:99");

    if ((*at != '+' && *at != '-') || (!colon && !has_form(at + 1, "9999")))
        return 0;
    *offset_s =
        (two(at + 1) * 60 + two(at + (colon ? 4 : 3))) * (*at == '-' ? -60 : 60);
    return colon ? 6 : 5;
}

static void write_seconds(char out[SECONDS_END + 1], char between, int64_t epoch_s) {
    time_t t = (time_t)epoch_s;
    struct tm tm;

    gmtime_r(&t, &tm);
    if (strftime(out, SECONDS_END + 1, "%Y-%m-%dT%H:%M:%S", &tm))
        out[10] = between;
}

/* The length of the fraction and the offset behind the seconds. */
static size_t rest_at(const char *at, int64_t *offset_s) {
    size_t fraction = *at == '.' ? 1 + strspn(at + 1, digits) : 0;

    *offset_s = 0;
    at += fraction;
    return fraction + (*at == 'Z' ? 1 : offset_at(at, offset_s));
}

static size_t iso_at(const char *text, int64_t *epoch_s) {
    char again[SECONDS_END + 1] = "";
    int64_t offset;
    struct tm tm;
    size_t rest;

    if (!has_form(text, "9999-99-99?99:99:99"))
        return 0;
    tm = (struct tm){.tm_year = two(text) * 100 + two(text + 2) - 1900,
                     .tm_mon = two(text + 5) - 1,
                     .tm_mday = two(text + 8),
                     .tm_hour = two(text + 11),
                     .tm_min = two(text + 14),
                     .tm_sec = two(text + 17)};
    *epoch_s = timegm(&tm);
    write_seconds(again, text[10], *epoch_s);
    if (memcmp(again, text, SECONDS_END) != 0)
        return 0;
    rest = rest_at(text + SECONDS_END, &offset);
    *epoch_s -= offset;
    return SECONDS_END + rest;
}

static size_t http_at(const char *text, int64_t *epoch_s) {
    char date[HTTP_DATE + 1];

    if (strlen(text) < HTTP_DATE || text[3] != ',')
        return 0;
    memcpy(date, text, HTTP_DATE);
    date[HTTP_DATE] = '\0';
    return http_date_parse(date, epoch_s) ? HTTP_DATE : 0;
}

static size_t number_at(const char *text, int64_t *epoch_s) {
    size_t n = strspn(text, digits);

    if ((n != SECONDS_DIGITS && n != MILLIS_DIGITS) || !str_to_int(text, n, epoch_s))
        return 0;
    if (n == MILLIS_DIGITS)
        *epoch_s /= 1000;
    return n;
}

size_t timestamp_at(const char *text, int64_t *epoch_s) {
    size_t n = iso_at(text, epoch_s);

    if (!n)
        n = http_at(text, epoch_s);
    return n ? n : number_at(text, epoch_s);
}

bool timestamp_is(const char *text, int64_t *epoch_s) {
    size_t n = timestamp_at(text, epoch_s);

    return n && !text[n] && strspn(text, digits) < n;
}

char *timestamp_like(const char *like, size_t len, int64_t epoch_s) {
    char seconds[SECONDS_END + 1] = "", date[HTTP_DATE + 1];
    int64_t offset;

    if (strspn(like, digits) >= len)
        return len == MILLIS_DIGITS
                   ? mem_printf("%lld%.3s", (long long)epoch_s, like + SECONDS_DIGITS)
                   : mem_printf("%lld", (long long)epoch_s);
    if (!is_digit(*like)) {
        http_date_format(epoch_s, date);
        return mem_strdup(date);
    }
    rest_at(like + SECONDS_END, &offset);
    write_seconds(seconds, like[10], epoch_s + offset);
    return mem_printf("%s%.*s", seconds, (int)(len - SECONDS_END), like + SECONDS_END);
}
