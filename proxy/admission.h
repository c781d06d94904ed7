/*
 * admission.h - who may stay when there are too many connections.
 *
 * A new client is let in as long as somebody else can go: the connection that has waited
 * the longest without a whole request, or without taking its answer, is closed for it.
 * Where all are being worked for, the newest is told 503. So clients that send nothing,
 * drip or never read cost the others nothing.
 *
 * Units      connections.
 * Ownership  an admission is freed after the daemons whose connections it counts.
 * Threads    any.
 */
#ifndef ASSAY_PROXY_ADMISSION_H
#define ASSAY_PROXY_ADMISSION_H

#include <microhttpd.h>

#include "core/base.h"

struct admission;

/* Above the limit so many are let in, to be told 503 or until the closed ones are gone. */
enum { ADMISSION_SPARE = 128 };

/* The limit is lowered to what the system has files for. `trouble`, which may be NULL, is
 * told from time to time what was closed and refused. */
struct admission *admission_new(unsigned max_connections,
                                void (*trouble)(const char *));
void admission_free(struct admission *a);
unsigned admission_limit(const struct admission *a);

/* MHD_NotifyConnectionCallback, with the admission as context. */
void admission_notify(void *admission, struct MHD_Connection *connection,
                      void **socket_context, enum MHD_ConnectionNotificationCode code);
/* Is this one too many? */
bool admission_refuses(struct MHD_Connection *connection);
/* Its request is whole and worked on: it is not closed .. */
void admission_works(struct admission *a, struct MHD_Connection *connection);
/* .. until its answer is sent, or it waits for the next request. */
void admission_waits(struct admission *a, struct MHD_Connection *connection);

#endif
