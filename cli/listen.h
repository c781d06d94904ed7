/*
 * listen.h - how serve, record and replay are reached: the address, TLS, pages, and
 * (record, replay) as a forward proxy.
 *
 * Ownership  listening_release() frees what listen_prepare() filled in.
 */
#ifndef ASSAY_CLI_LISTEN_H
#define ASSAY_CLI_LISTEN_H

#include "cli/options.h"
#include "proxy/listener.h"
#include "proxy/tls.h"

#define LISTEN_DEFAULT "127.0.0.1:12111"

struct listen_flags {
    const char *address, *tls_cert, *tls_key, *ca;
    struct option_list cors;
    int64_t max_connections; /* 0 = the default */
    bool tls, forward, verbose;
};

/* The rows of an option table that fill in `f`. */
#define LISTEN_OPTIONS(f)                                                              \
    {.name = "listen",                                                                 \
     .kind = OPTION_TEXT,                                                              \
     .value = &(f).address,                                                            \
     .argument = "HOST:PORT",                                                          \
     .help = "where to listen; port 0 picks one (default 127.0.0.1:12111)"},           \
        {.name = "tls",                                                                \
         .kind = OPTION_FLAG,                                                          \
         .value = &(f).tls,                                                            \
         .help = "https, with a certificate of its own; the file that clients trust "  \
                 "it by is the second line on stdout, and $ASSAY_CA of a command"},    \
        {.name = "tls-cert",                                                           \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).tls_cert,                                                       \
         .argument = "FILE",                                                           \
         .help = "https, with this certificate"},                                      \
        {.name = "tls-key",                                                            \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).tls_key,                                                        \
         .argument = "FILE",                                                           \
         .help = "and its private key"},                                               \
        {.name = "ca",                                                                 \
         .kind = OPTION_TEXT,                                                          \
         .value = &(f).ca,                                                             \
         .argument = "DIR",                                                            \
         .help = "where the authority of our own certificates is kept, and made if "   \
                 "it is not there (default: assay/ca in the user's state folder)"},    \
        {.name = "max-connections",                                                    \
         .kind = OPTION_INT,                                                           \
         .value = &(f).max_connections,                                                \
         .argument = "N",                                                              \
         .min = 1,                                                                     \
         .max = 100000,                                                                \
         .help = "open connections; for one more the longest waiting is closed, or "   \
                 "it gets 503 (default 1000)"},                                        \
        {.name = "cors",                                                               \
         .kind = OPTION_LIST,                                                          \
         .value = &(f).cors,                                                           \
         .argument = "ORIGIN",                                                         \
         .help = "pages of this origin may use it, as http://localhost:3000, or * "    \
                 "for any; may be repeated"},                                          \
    {                                                                                  \
        .name = "verbose", .kind = OPTION_FLAG, .value = &(f).verbose,                 \
        .help = "an access log on stderr"                                              \
    }

#define FORWARD_OPTION(f)                                                              \
    {                                                                                  \
        .name = "forward", .kind = OPTION_FLAG, .value = &(f).forward,                 \
        .help = "also an HTTP(S) forward proxy, for HTTPS_PROXY: for the upstream's "  \
                "own host, any other is refused"                                       \
    }

struct listening {
    struct listener_options options; /* but for what only the server knows */
    struct tls_identity identity;
    struct hosts hosts;
};

/* Everything that can be known before a server is started. `upstreams`, which may be NULL
 * each, are the URLs whose hosts it stands for. -1 to go on, else the exit code. */
int listen_prepare(const struct command *c, const struct listen_flags *f,
                   const char *const *upstreams, size_t count, struct listening *out);
void listening_release(struct listening *l);

#endif
