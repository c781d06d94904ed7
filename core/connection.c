/* In: what people write about how a server is reached. Out: what libcurl needs. */
#include "core/connection.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/str.h"

int connection_port(const char *url) {
    static const struct {
        const char *scheme;
        int port;
    } usual[] = {{"https://", 443}, {"http://", 80}, {"socks", 1080}};
    const char *host = strstr(url, "://"), *end, *p;
    long port;

    if (!host)
        return 0;
    host += 3;
    end = host + strcspn(host, "/?#");
    for (p = end; p > host && p[-1] >= '0' && p[-1] <= '9';)
        p--;
    if (p < end && p > host && p[-1] == ':') {
        port = strtol(p, NULL, 10);
        return port > 0 && port <= 65535 ? (int)port : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        if (strncasecmp(url, usual[i].scheme, strlen(usual[i].scheme)) == 0)
            return usual[i].port;
    return 0;
}

bool connection_is_host_port(const char *text) {
    size_t host = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":/?#@ ");
    const char *port = text + host + 1;
    size_t digits;

    if (!host || host > strlen(text) || text[host] != ':')
        return false;
    digits = strspn(port, "0123456789");
    return digits > 0 && digits < 6 && (port[digits] == '\0' || port[digits] == '/');
}

/* With a scheme before it, when it has none. */
static char *complete(const char *text) {
    bool secure = connection_is_host_port(text) &&
                  strncmp(text + strcspn(text, ":"), ":443", 4) == 0;

    if (strstr(text, "://") || !connection_is_host_port(text))
        return mem_strdup(text);
    return mem_printf("http%s://%s", secure ? "s" : "", text);
}

static char *without_slashes(char *url) {
    for (size_t len = strlen(url); len && url[len - 1] == '/';)
        url[--len] = '\0';
    return url;
}

char *connection_url(const char *text, struct err *err) {
    char *url = complete(text);
    const char *host = strstr(url, "://");

    if ((str_starts(url, "http://") || str_starts(url, "https://")) && host[3] &&
        !strchr("/:", host[3]) && !strpbrk(url, "?#@ \t\r\n"))
        return without_slashes(url);
    err_at(err, ERR_SYNTAX, 0, 0,
           "expected http://HOST[:PORT][/PATH], https://.. or HOST:PORT, got \"%.80s\"",
           text);
    free(url);
    return NULL;
}

char *connection_proxy(const char *text, struct err *err) {
    static const char *const schemes[] = {"http://", "https://", "socks5://",
                                          "socks5h://"};
    char *url = complete(text);

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (str_starts(url, schemes[i]) && url[strlen(schemes[i])] &&
            !strpbrk(url, " \t\r\n"))
            return without_slashes(url);
    free(url);
    err_at(err, ERR_SYNTAX, 0, 0, /* not what was given: it may hold a password */
           "expected http://HOST:PORT, https://.., socks5://.., socks5h://.. or "
           "HOST:PORT");
    return NULL;
}

static bool is_token(const char *text, size_t len) {
    static const char others[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < len; i++)
        if (!((text[i] >= '0' && text[i] <= '9') ||
              (text[i] >= 'A' && text[i] <= 'Z') ||
              (text[i] >= 'a' && text[i] <= 'z') || strchr(others, text[i])))
            return false;
    return len > 0;
}

bool connection_add_header(struct http_headers *headers, const char *line,
                           struct err *err) {
    size_t len = strcspn(line, ":");
    const char *value = line + len + (line[len] == ':');
    char *name;

    if (line[len] != ':' || !is_token(line, len) || strpbrk(value, "\r\n"))
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "expected \"Name: value\", the name of a header before a colon");
    name = mem_strndup(line, len);
    if (str_equal_nocase(name, "Authorization") ||
        str_equal_nocase(name, "Content-Length") ||
        str_equal_nocase(name, "Transfer-Encoding")) {
        err_at(err, ERR_SYNTAX, 0, 0,
               "%s is not for every request: keys are named by --key or a profile",
               name);
        free(name);
        return false;
    }
    value += strspn(value, " \t");
    http_headers_add(headers, name, value);
    free(name);
    return true;
}

bool connection_rate(const char *text, int64_t *us, struct err *err) {
    size_t len = strcspn(text, "/");
    bool minute = strcmp(text + len, "/m") == 0;
    int64_t n;

    if (!str_to_int(text, len, &n) || n < 1 || n > 1000000 ||
        (!minute && strcmp(text + len, "/s") != 0))
        return err_at(err, ERR_SYNTAX, 0, 0,
                      "expected so many a second or a minute, as 20/s or 90/m, got "
                      "\"%.40s\"",
                      text);
    *us = (minute ? 60000000 : 1000000) / n;
    return true;
}
