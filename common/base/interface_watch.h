/*
 * interface_watch: reports that network interfaces or addresses changed, so
 * that listeners and announcers can call getifaddrs() again. It does not report
 * what changed: after a burst of kernel messages, or a lost one, reading the
 * list again is the only safe answer.
 *
 *	rc = interface_watch_new(base, on_change, self, &watch);
 */
#ifndef COMMON_BASE_INTERFACE_WATCH_H
#define COMMON_BASE_INTERFACE_WATCH_H

#include <event2/event.h>

/* Changes within this time after the first are reported as one. */
enum { INTERFACE_WATCH_SETTLE_MS = 200 };

struct interface_watch;

typedef void interface_watch_fn(void *arg);

/*
 * Watch interfaces and IPv4 and IPv6 addresses. on_change comes from the event
 * loop, never from inside this call. The socket is opened here, so call it
 * while the process still may. 0 or -errno.
 */
int interface_watch_new(struct event_base *, interface_watch_fn *on_change,
    void *arg, struct interface_watch **ret);
void interface_watch_free(struct interface_watch *); /* NULL is fine */

#endif
