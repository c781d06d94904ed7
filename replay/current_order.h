/*
 * current_order.h - whether the secrets that live here stand in another order than in the
 * recording.
 *
 * Threads    under the replay's lock.
 */
#ifndef ASSAY_REPLAY_CURRENT_ORDER_H
#define ASSAY_REPLAY_CURRENT_ORDER_H

#include "replay/replay_request.h"

/* Would a recorded list of these same secrets have them in the wrong order here? */
bool current_order_differs(const struct replay_request *q);

#endif
