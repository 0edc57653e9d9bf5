/* stream_ticket: how a reader of goopd.stream begins (proto/goopd_ops.h,
 * site_open). */
#ifndef COMMON_DAEMON_STREAM_TICKET_H
#define COMMON_DAEMON_STREAM_TICKET_H

#include <stdbool.h>

#include "common/base/bytes.h"

/* Show the ticket on the connected socket, and in the same send the wish for a
 * shared ring: it must not come later. False, errno tells why. */
bool stream_ticket_say(int fd, struct bytes ticket, bool wishes_ring);

#endif
