/* peer_pick: which peer a person means by a label or the beginning of an id. */
#ifndef CLI_COMMANDS_PEER_PICK_H
#define CLI_COMMANDS_PEER_PICK_H

#include "proto/discovery_ops.h"

enum { PEER_PICK_NONE = 1, PEER_PICK_SEVERAL };

/* A label that fits exactly goes before ids that begin so. 0 with *ret
 * borrowed from peers, or a named outcome. */
int peer_pick(
    const struct peers_reply *peers, const char *wanted, const char **ret);

#endif
