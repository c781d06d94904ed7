/*
 * server.h - what serve, record and replay share at the command line.
 */
#ifndef ASSAY_CLI_SERVER_H
#define ASSAY_CLI_SERVER_H

#include "proxy/listener.h"

/* A line on stderr for `--verbose`: never the query, a key or a body. */
void server_log(void *context, const struct arrival *a, int status, int64_t us);
/* Hold SIGTERM and SIGINT back from now on: before any thread is started. */
void server_block_signals(void);
/* The first line on stdout; then wait for one of the signals. */
void server_run(const char *url);

#endif
