/*
 * wan_plain: presence as the first generation of the original's servers takes
 * it, which refuse a message with keys that they do not know (reference 0.1,
 * client 8; 0.2).
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_PLAIN_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_PLAIN_H

#include <stdbool.h>

#include "common/base/buffer.h"

/* Is it for such keys that a publish was refused? */
bool wan_plain_is_wanted(int status, const char *sentence);

/* The same message with the first generation's keys alone, appended. 0, or
 * -EBADMSG: it is no presence message. */
int wan_plain_print(struct bytes json, struct buffer *);

#endif
