/* presence_fill: the presence message that this peer announces. */
#ifndef COMMON_PRESENCE_PRESENCE_FILL_H
#define COMMON_PRESENCE_PRESENCE_FILL_H

#include "common/presence/presence.h"
#include "proto/discovery_ops.h"

/* Fill in *ret, for presence_fini(). An offline says who leaves, and no more;
 * all else says what the profile and our addresses are. */
void presence_fill(const char *type, int64_t ts_ms,
    const struct identity_reply *self, const struct self_profile *,
    struct presence *ret);

#endif
