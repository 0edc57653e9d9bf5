#include "goop-discoveryd/rendezvous/server_trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"

struct server_trial {
	struct rendezvous_server *server;
	struct event *over; /* SERVER_TRIAL_MS, or at once: it is decided */
	server_trial_done_fn *done;
	void *arg;
	bool is_up, is_ours, is_decided;
	int status; /* with which the server refused; 0: it did not */
	char sentence[RENDEZVOUS_SERVER_SENTENCE_SIZE];
};

/* The server may not be freed from inside its own callbacks. */
static void
decide(struct server_trial *trial)
{
	trial->is_decided = true;
	event_active(trial->over, EV_TIMEOUT, 0);
}

static void
on_up(bool is_ours, int64_t clock_offset_ms, void *arg)
{
	struct server_trial *trial = arg;

	(void)clock_offset_ms;
	if (trial->is_decided)
		return;
	trial->is_up = true;
	trial->is_ours = is_ours;
	decide(trial);
}

static void
on_down(const char *sentence, void *arg)
{
	struct server_trial *trial = arg;

	if (trial->is_decided)
		return;
	snprintf(trial->sentence, sizeof(trial->sentence), "%s", sentence);
	decide(trial);
}

/* Comes right after on_down. */
static bool
on_refused(int status, const char *sentence, void *arg)
{
	struct server_trial *trial = arg;

	(void)sentence;
	trial->status = status;
	return false;
}

static void
on_wanted(void *arg)
{
	(void)arg;
}

static void
on_message(struct bytes json, void *arg)
{
	(void)json;
	(void)arg;
}

static void
on_begin(bool is_full, void *arg)
{
	(void)is_full;
	(void)arg;
}

static void
on_synced(const char *cursor, void *arg)
{
	(void)cursor;
	(void)arg;
}

static const struct rendezvous_server_user trial_user = {
	.on_up = on_up,
	.on_down = on_down,
	.on_wanted = on_wanted,
	.on_message = on_message,
	.on_begin = on_begin,
	.on_synced = on_synced,
	.on_alive = on_wanted,
	.on_refused = on_refused,
};

static const char *
advice_of(const struct server_trial *trial)
{
	if (strstr(trial->sentence, "has moved to") != NULL)
		return "";
	if (strstr(trial->sentence, "certificate") != NULL)
		return "Check the name in the address and the date of this "
		       "machine; the address of a server without a certificate "
		       "begins with http://.";
	if (strstr(trial->sentence, "takes too long") != NULL)
		return "Something between may hold its events back, such as a "
		       "proxy that buffers: then another network helps.";
	if (trial->status != 0)
		return "Open the address in a browser: the page of a "
		       "rendezvous server says that it is one.";
	return "Check the address, and whether this machine is online; else "
	       "the server may be down.";
}

static void
on_over(evutil_socket_t fd, short what, void *arg)
{
	struct server_trial *trial = arg;
	struct server_trial_end end = { .is_ours = trial->is_ours };

	(void)fd;
	(void)what;
	if (!trial->is_decided)
		snprintf(trial->sentence, sizeof(trial->sentence),
		    "the server does not answer");
	if (!trial->is_up) {
		end.sentence = trial->sentence;
		end.advice = advice_of(trial);
	}
	trial->done(&end, trial->arg);
}

int
server_trial_new(struct event_base *base, const char *url, const char *peer_id,
    struct resolver *resolver, server_trial_done_fn *done, void *arg,
    struct server_trial **ret)
{
	struct server_trial *trial = xzalloc(sizeof(*trial));
	struct rendezvous_server_plan plan = {
		.url = url,
		.peer_id = peer_id,
		.resolver = resolver,
		.user = &trial_user,
		.arg = trial,
	};
	struct timeval patience = timeval_of_ms(SERVER_TRIAL_MS);
	int rc = rendezvous_server_new(base, &plan, &trial->server);

	if (rc < 0) {
		free(trial);
		return rc;
	}
	trial->done = done;
	trial->arg = arg;
	trial->over = evtimer_new(base, on_over, trial);
	event_add(trial->over, &patience);
	*ret = trial;
	return 0;
}

void
server_trial_free(struct server_trial *trial)
{
	if (trial == NULL)
		return;
	rendezvous_server_free(trial->server);
	event_free(trial->over);
	free(trial);
}
