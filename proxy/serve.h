/*
 * serve.h - the model as a server: the reference stand-in.
 *
 * Beside the API it answers `POST /_assay/clock` (form `advance=SECONDS`) and
 * `GET /_assay/clock`, from loopback only, and `POST /_assay/reset`.
 *
 * Ownership  serve_start() steals the model; serve_stop() frees all.
 * Threads    the model is used under one lock.
 */
#ifndef ASSAY_SERVE_H
#define ASSAY_SERVE_H

#include "core/clock.h"
#include "core/model/model.h"
#include "proxy/listener.h"

struct serve;

struct serve_options {
    const char *address;
    struct clock clock;
    size_t max_body;
    void (*log)(void *context, const struct arrival *arrival, int status, int64_t us);
};

struct serve *serve_start(struct model *model, const struct serve_options *options,
                          struct err *err);
const char *serve_url(const struct serve *s);
void serve_stop(struct serve *s, int64_t bound_ms);

#endif
