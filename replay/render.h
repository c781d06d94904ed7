/*
 * render.h - a recorded answer with its names, ids and times as they are here.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_RENDER_H
#define ASSAY_REPLAY_RENDER_H

#include "replay/replay_request.h"

void render(struct replay_request *q, const struct interaction *t,
            struct replay_answer *answer);
/* Only its headers, renewed. */
void render_headers(struct replay_request *q, const struct interaction *t,
                    struct http_response *response);

#endif
