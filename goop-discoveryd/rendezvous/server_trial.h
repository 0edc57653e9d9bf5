/*
 * server_trial: is there a rendezvous server under this URL, for us? Opens a
 * stream there as the client of a used server does, with its time-outs, ways
 * around and sentences, publishes nothing, and ends.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_TRIAL_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_TRIAL_H

#include <event2/event.h>

#include "goop-discoveryd/rendezvous/rendezvous_server.h"

/* A network that swallows packets is noticed by then. */
enum { SERVER_TRIAL_MS = 25 * 1000 };

struct server_trial_end {
	const char *sentence; /* NULL: it is one; else why it cannot be used */
	const char *advice;   /* with it: what to do; "": the sentence says */
	bool is_ours;         /* it speaks rendezvous 1.1 */
};
typedef void server_trial_done_fn(const struct server_trial_end *, void *arg);

struct server_trial;

/* done comes from the loop, once, with what is borrowed; the trial may be freed
 * from inside it. 0, or -EINVAL: the URL has a host that is no name. */
int server_trial_new(struct event_base *, const char *url, const char *peer_id,
    struct resolver *, server_trial_done_fn *done, void *arg,
    struct server_trial **ret);
void server_trial_free(struct server_trial *); /* NULL is fine */

#endif
