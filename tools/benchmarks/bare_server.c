/*
 * bare_server.c - the limit to stand beside: libmicrohttpd and one fixed answer.
 *
 * Usage: bare_server BODY_FILE [THREADS [NAME VALUE]...]
 *   THREADS 0 = one internal thread with poll (the default); NAME VALUE: more headers
 * Prints "listening on http://127.0.0.1:PORT", ends when standard input is closed.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *answer;

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *url, const char *method, const char *version,
                              const char *data, size_t *size, void **state) {
    static int seen;

    (void)cls, (void)url, (void)method, (void)version, (void)data;
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*size) {
        *size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, answer);
}

int main(int argc, char **argv) {
    static char body[65536];
    unsigned threads = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    size_t len = file ? fread(body, 1, sizeof(body), file) : 0;
    struct MHD_Daemon *daemon;
    char drain[64];

    if (!file || ferror(file)) {
        fprintf(stderr, "usage: bare_server BODY_FILE [THREADS]\n");
        return 2;
    }
    fclose(file);
    answer = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_PERSISTENT);
    for (int i = 3; i + 1 < argc; i += 2)
        MHD_add_response_header(answer, argv[i], argv[i + 1]);
    MHD_add_response_header(answer, "Content-Type", "application/json");
    if (threads > 1)
        daemon =
            MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, NULL,
                             MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_END);
    else
        daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, 0, NULL, NULL, handle,
                                  NULL, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n",
           (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    while (read(STDIN_FILENO, drain, sizeof(drain)) > 0)
        continue;
    MHD_stop_daemon(daemon);
    MHD_destroy_response(answer);
    return 0;
}
