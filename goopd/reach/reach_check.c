#include "goopd/reach/reach_check.h"

#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/autonat/autonat_client.h"
#include "common/libp2p/autonat/autonat_server.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "goopd/reach/outside_view.h"

enum {
	PEERS_MAX = 256, /* looked at for one to ask */
	DUE_MAX = 4,     /* addresses of one question */
	/* After a peer connected, until its router and ours have settled. */
	IDENTIFIED_MS = 1000,
};

struct reach_check {
	struct host *host;
	struct autonat_client *client;
	struct autonat_server *server; /* NULL: never needed so far */
	struct verdicts verdicts;
	struct peer_id preferred; /* len 0: none */
	struct event *timer;
	void (*on_change)(void *arg);
	void *arg;
};

/* What was asked of whom. */
struct inquiry {
	struct reach_check *check;
	struct peer_id judge;
	struct multiaddr addresses[DUE_MAX];
	size_t count;
};

static double
some_random(void)
{
	return random_below(1024) / 1024.0;
}

/* --- whom to ask --- */

static bool
is_of_own_network(
    const struct reach_check *check, const struct multiaddr *address)
{
	const struct verdicts *verdicts = &check->verdicts;
	size_t i;

	for (i = 0; i < verdicts->count; i++)
		if (multiaddr_is_same_ip(&verdicts->rows[i].address, address))
			return true;
	return false;
}

static bool
is_judge(const struct reach_check *check, const struct peer_id *peer)
{
	struct host_path path;

	return autonat_version_of(check->host, peer) > 0 &&
	       outside_is_of_other_network(check->host, peer) &&
	       host_best_path(check->host, peer, &path) &&
	       !is_of_own_network(check, &path.address);
}

/* The preferred one; else any, those of version 2 first. */
static bool
find_judge(const struct reach_check *check, struct peer_id *ret)
{
	CLEANUP_FREE struct host_peer_row *rows = NULL;
	size_t count, start, i, n;
	int version;

	if (is_judge(check, &check->preferred)) {
		*ret = check->preferred;
		return true;
	}
	rows = xreallocarray(NULL, PEERS_MAX, sizeof(*rows));
	count = host_peers(check->host, rows, PEERS_MAX);
	if (count == 0)
		return false;
	start = random_below((uint32_t)count);
	for (version = 2; version > 0; version--)
		for (n = 0; n < count; n++) {
			i = (start + n) % count;
			if (autonat_version_of(check->host, &rows[i].peer) !=
				version ||
			    !is_judge(check, &rows[i].peer))
				continue;
			*ret = rows[i].peer;
			return true;
		}
	return false;
}

/* --- asking --- */

static void
arm(struct reach_check *check)
{
	struct monotime at = verdicts_deadline(&check->verdicts);
	struct timeval wait;

	event_del(check->timer);
	if (at.us == INT64_MAX)
		return;
	wait = timeval_until(at, monotime_now());
	event_add(check->timer, &wait);
}

static bool
is_any_reachable(const struct verdicts *verdicts)
{
	size_t i;

	for (i = 0; i < verdicts->count; i++)
		if (verdicts->rows[i].state == VERDICT_REACHABLE)
			return true;
	return false;
}

/* Who can be reached can tell others whether they can. */
static void
serve_others(struct reach_check *check)
{
	static const struct autonat_server_config config = { 0 };
	bool is_open = is_any_reachable(&check->verdicts);

	if (check->server == NULL && is_open)
		check->server = autonat_server_new(check->host, &config);
	if (check->server != NULL)
		autonat_server_set_open(check->server, is_open);
}

static void
tell(const struct autonat_answer *answer, const struct peer_id *judge)
{
	char text[MULTIADDR_TEXT_SIZE], id[PEER_ID_TEXT_SIZE];

	multiaddr_print(&answer->address, text);
	peer_id_print(judge, id);
	log_info("own address %s address=%s judge=%s version=%d",
	    answer->outcome == AUTONAT_REACHABLE ? "reachable" : "unreachable",
	    text, id, answer->version);
}

static void
on_answer(const struct autonat_answer *answer, void *arg)
{
	struct inquiry *inquiry = arg;
	struct reach_check *check = inquiry->check;
	bool is_reachable = answer->outcome == AUTONAT_REACHABLE;
	bool is_said = is_reachable || answer->outcome == AUTONAT_UNREACHABLE;
	struct monotime now = monotime_now();
	bool is_changed = false;
	size_t i;

	for (i = 0; i < inquiry->count; i++)
		if (!is_said ||
		    !multiaddr_equal(&inquiry->addresses[i], &answer->address))
			verdicts_silence(&check->verdicts,
			    &inquiry->addresses[i], some_random(), now);
	if (is_said)
		is_changed = verdicts_judge(&check->verdicts, &answer->address,
		    is_reachable, &inquiry->judge, answer->version,
		    some_random(), now);
	if (is_changed)
		tell(answer, &inquiry->judge);
	free(inquiry);
	arm(check);
	if (!is_changed)
		return;
	serve_others(check);
	check->on_change(check->arg);
}

static void
ask(struct reach_check *check, const struct peer_id *judge)
{
	struct inquiry *inquiry = xzalloc(sizeof(*inquiry));

	inquiry->check = check;
	inquiry->judge = *judge;
	inquiry->count = verdicts_take_due(
	    &check->verdicts, monotime_now(), inquiry->addresses, DUE_MAX);
	if (inquiry->count > 0 &&
	    autonat_ask(check->client, judge, inquiry->addresses,
		inquiry->count, on_answer, inquiry) < 0)
		on_answer(
		    &(struct autonat_answer){ .outcome = AUTONAT_NO_ANSWER },
		    inquiry);
	else if (inquiry->count == 0)
		free(inquiry);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct reach_check *check = arg;
	struct peer_id judge;

	(void)fd;
	(void)what;
	/* Without a judge the next one that connects sets it off. */
	if (!find_judge(check, &judge))
		return;
	ask(check, &judge);
	arm(check);
}

/* --- from outside --- */

struct reach_check *
reach_check_new(struct host *host, void (*on_change)(void *arg), void *arg)
{
	struct reach_check *check = xzalloc(sizeof(*check));

	check->host = host;
	check->client = autonat_client_new(host);
	check->timer = xcheck(evtimer_new(host_base(host), on_timer, check));
	check->on_change = on_change;
	check->arg = arg;
	return check;
}

void
reach_check_free(struct reach_check *check)
{
	if (check == NULL)
		return;
	autonat_client_free(check->client);
	autonat_server_free(check->server);
	event_free(check->timer);
	free(check);
}

void
reach_check_set(
    struct reach_check *check, const struct candidate *candidates, size_t count)
{
	struct candidate public[VERDICTS_MAX];
	size_t i, public_count = 0;

	for (i = 0; i < count && public_count < VERDICTS_MAX; i++)
		if (multiaddr_is_public(&candidates[i].address))
	public[public_count++] = candidates[i];
	verdicts_set(&check->verdicts, public, public_count, monotime_now());
	serve_others(check);
	arm(check);
}

void
reach_check_prefer(struct reach_check *check, const struct peer_id *peer)
{
	check->preferred = *peer;
}

void
reach_check_on_identified(struct reach_check *check)
{
	const struct timeval soon = timeval_of_ms(IDENTIFIED_MS);
	struct monotime now = monotime_now();

	if (monotime_reached(now, verdicts_deadline(&check->verdicts)) &&
	    !event_pending(check->timer, EV_TIMEOUT, NULL))
		event_add(check->timer, &soon);
}

void
reach_check_on_network(struct reach_check *check)
{
	verdicts_distrust(&check->verdicts, monotime_now());
	arm(check);
}

const struct verdicts *
reach_check_verdicts(const struct reach_check *check)
{
	return &check->verdicts;
}
