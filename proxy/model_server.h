/*
 * model_server.h - the model as a server: the reference stand-in.
 *
 * Beside the API it answers under /_assay/, from the loopback only:
 *   GET|POST /_assay/clock   the time; the form advance=SECONDS moves it
 *   POST /_assay/reset       secrets and clock begin again; or one scope alone
 *   POST /_assay/secrets     secrets that are there from now on (begin_state.h)
 *
 * Ownership  model_server_start() steals the model; model_server_stop() frees all.
 * Threads    the model is used under one lock.
 */
#ifndef ASSAY_PROXY_MODEL_SERVER_H
#define ASSAY_PROXY_MODEL_SERVER_H

#include "api/model/model.h"
#include "core/clock.h"
#include "proxy/listener.h"

struct model_server;

struct model_server_options {
    struct listener_options listen; /* how it is reached; the rest is set here */
    struct clock clock;
    const char *main_key; /* whose secrets those without a key are; borrowed */
};

struct model_server *model_server_start(struct model *model,
                                        const struct model_server_options *options,
                                        struct err *err);
const char *model_server_url(const struct model_server *s);
void model_server_stop(struct model_server *s, int64_t bound_ms);

#endif
