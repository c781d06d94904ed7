/*
 * hostile_server.c - a target that misbehaves in one way. Usage: hostile_server MODE
 *
 * Prints "listening on http://127.0.0.1:PORT". One connection at a time; it ends by
 * itself after a minute, and when it is killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(int fd, const char *text) {
    size_t len = strlen(text);

    if (write(fd, text, len) != (ssize_t)len)
        _exit(0);
}

static void with_body(int fd, const char *headers, const char *body, size_t len) {
    char head[512];

    snprintf(head, sizeof(head),
             "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
             headers, len);
    put(fd, head);
    if (write(fd, body, len) < 0)
        _exit(0);
}

static void repeat(int fd, const char *text, long times) {
    for (long i = 0; i < times; i++)
        put(fd, text);
}

static const char json[] = "Content-Type: application/json\r\n";

static void do_close(int fd) {
    (void)fd;
}
static void do_half(int fd) {
    put(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            "900\r\n\r\n{\"id\":");
}
static void do_html(int fd) {
    with_body(fd, "Content-Type: text/html\r\n", "<html>welcome</html>", 20);
}
static void do_endless(int fd) {
    put(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\": \"");
    repeat(fd, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
           1000000);
}
static void do_gzip(int fd) {
    with_body(fd, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
              "not gzip at all", 15);
}
static void do_headers(int fd) {
    put(fd, "HTTP/1.1 200 OK\r\n");
    repeat(fd, "X-Filler: 1\r\n", 100000);
    put(fd, "Content-Length: 2\r\n\r\n{}");
}
static void do_redirect(int fd) {
    put(fd, "HTTP/1.1 301 Moved Permanently\r\nLocation: "
            "http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n");
}
static void do_nul(int fd) {
    with_body(fd, json, "{\"a\": \"\0\"}", 10);
}
static void do_utf8(int fd) {
    with_body(fd, json, "{\"a\": \"\xff\xfe\"}", 11);
}
static void do_deep(int fd) {
    static char body[200000];

    memset(body, '[', 100000);
    memset(body + 100000, ']', 100000);
    with_body(fd, json, body, sizeof(body));
}
static void do_shallow(int fd) {
    const char *body = "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":"
                       "{\"j\":1}}}}}}}}}}";

    with_body(fd, json, body, strlen(body));
}
static void do_slow(int fd) {
    put(fd, "HTTP/1.1 200 OK\r\n");
    sleep(3);
}
static void do_empty204(int fd) {
    put(fd, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}
/* Breaks off instead of a second answer; says what it got. */
static void do_once(int fd) {
    char request[65536];

    dprintf(STDOUT_FILENO, "first\n");
    put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    if (read(fd, request, sizeof(request)) > 0)
        dprintf(STDOUT_FILENO, "second\n");
}

static void do_switch(int fd) {
    put(fd, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n"
            "\r\nxxxx");
}

static void do_garbage(int fd) {
    put(fd, "SSH-2.0-OpenSSH\r\n\r\n");
}

static const struct {
    const char *name;
    void (*answer)(int fd);
} modes[] = {
    {"close", do_close},       {"half", do_half},       {"html", do_html},
    {"endless", do_endless},   {"gzip", do_gzip},       {"headers", do_headers},
    {"redirect", do_redirect}, {"nul", do_nul},         {"utf8", do_utf8},
    {"deep", do_deep},         {"shallow", do_shallow}, {"slow", do_slow},
    {"empty204", do_empty204}, {"garbage", do_garbage}, {"switch", do_switch},
    {"once", do_once},
};

int main(int argc, char **argv) {
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    void (*answer)(int fd) = NULL;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++)
        if (strcmp(modes[i].name, argv[1]) == 0)
            answer = modes[i].answer;
    if (!answer || bind(listener, (struct sockaddr *)&a, len) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&a, &len))
        return 2;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    alarm(60);
    printf("listening on http://127.0.0.1:%d\n", ntohs(a.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            return 1;
        if (fork() == 0) {
            char request[65536];

            alarm(20);
            if (read(fd, request, sizeof(request)) > 0)
                answer(fd);
            shutdown(fd, SHUT_WR);
            while (read(fd, request, sizeof(request)) > 0)
                continue;
            _exit(0);
        }
        close(fd);
    }
}
