/*
 * relay_watch: what goop-relayd, the relay beside this server, says of itself:
 * asked every few seconds, so that an answer to a client never waits for it.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_RELAY_WATCH_H
#define GOOP_RENDEZVOUSD_SERVICE_RELAY_WATCH_H

#include "common/bus/relay_bus.h"

struct relay_watch;

struct relay_watch *relay_watch_new(struct bus *, struct event_base *);
void relay_watch_free(struct relay_watch *); /* NULL is fine */

/* Its last report, while it is there; else NULL, also for a NULL watch.
 * Borrowed till the loop turns. */
const struct relay_report *relay_watch_report(const struct relay_watch *);

/* Have the relay ask a peer to look after its place there; done as of
 * ask_relay_pulse(). */
void relay_watch_pulse(struct relay_watch *, const char *peer_id,
    relay_pulse_done_fn *done, void *arg);

#endif
