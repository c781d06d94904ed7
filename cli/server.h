/*
 * server.h - what serve, record and replay share at the command line.
 */
#ifndef ASSAY_CLI_SERVER_H
#define ASSAY_CLI_SERVER_H

#include "proxy/listener.h"

/* How long answers that are under way may take at the end. */
enum { SERVER_STOP_MS = 5000 };

/* What runs beside the server, and what its clients trust it by. */
struct server_company {
    char *const *command; /* NULL last; or NULL */
    const char *ca_path;  /* or NULL */
};

/* A line on stderr for `--verbose`: never the query, a key or a body. */
void server_log(void *context, const struct arrival *a, int status, int64_t us);
/* Hold the signals back that end a server (and with a command those that are passed on)
 * from now on: before any thread is started. */
void server_block_signals(char *const *command);
/* Give up what the server no longer needs, if no command is to be run beside it. Before any
 * thread is started, and after all files are read. One line of notice for what the kernel
 * lacks. */
struct confine_options;
void server_confine(const struct confine_options *needs, char *const *command);
/* The first line on stdout, and with `ca_path` a second one; then wait for one of the
 * signals, or run the command with ASSAY_URL and ASSAY_CA set until it ends. The exit
 * code: 0, the command's, or 2 after telling that it cannot be started. */
int server_run(const char *url, const struct server_company *with);

#endif
