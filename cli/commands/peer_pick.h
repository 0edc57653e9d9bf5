/* peer_pick: the peer with a given label or beginning of its id. */
#ifndef CLI_COMMANDS_PEER_PICK_H
#define CLI_COMMANDS_PEER_PICK_H

#include "proto/discovery_ops.h"

enum { PEER_PICK_NONE = 1, PEER_PICK_SEVERAL };

/* An exact label is preferred to the beginning of an id. 0 with *ret borrowed
 * from peers, or a named outcome. */
int peer_pick(
    const struct peers_reply *peers, const char *wanted, const char **ret);

#endif
