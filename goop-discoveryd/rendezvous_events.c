#include "goop-discoveryd/rendezvous_events.h"

#include "common/bus/discovery_bus.h"
#include "common/presence/presence_fill.h"
#include "goop-discoveryd/peer_events.h"

enum { RELAY_OFFER_MS = 5000 };

/* --- our own message */

static void
on_fill(const char *type, int64_t ts_ms, struct presence *ret, void *arg)
{
	const struct discovery *discovery = arg;

	presence_fill(type, ts_ms, &discovery->self, &discovery->profile, ret);
}

static bool
on_sign(struct bytes data, int64_t budget_ms, presence_sign_done_fn *done,
    void *done_arg, void *arg)
{
	const struct discovery *discovery = arg;
	struct sign_request request = { { data.data, data.len } };

	if (!goopd_session_is_up(discovery->goopd))
		return false;
	ask_presence_sign(goopd_session_client(discovery->goopd), &request,
	    budget_ms, done, done_arg);
	return true;
}

/* --- what servers say */

static void
on_heard(
    enum peer_source source, const struct presence_heard *message, void *arg)
{
	struct discovery *discovery = arg;
	struct peer_heard heard = {
		.source = source,
		.message = message,
		.wall_ms = walltime_ms(),
	};

	discovery_hear(discovery, &heard, monotime_now());
	discovery_wake(discovery);
}

static void
on_punch(const struct presence_heard *message, void *arg)
{
	discovery_hear_punch(arg, message);
}

/* goopd asks again for what it missed: discovery_goopd_up. */
static void
on_relay(const char *url, const struct relay_info *relay, void *arg)
{
	struct discovery *discovery = arg;
	struct relay_offer offer = {
		.server = url,
		.peer_id = relay->peer_id,
		.addresses = relay->addresses,
	};

	if (!goopd_session_is_up(discovery->goopd))
		return;
	ask_relay_offer(goopd_session_client(discovery->goopd), &offer,
	    RELAY_OFFER_MS, NULL, NULL);
	discovery_tell_goopd(
	    discovery); /* now there is a way to more of them */
}

static void
on_double(void *arg)
{
	discovery_note_double(arg);
}

static void
on_work(void *arg)
{
	discovery_wake(arg);
}

static void
on_server_changed(const struct server_row *row, void *arg)
{
	struct discovery *discovery = arg;

	publish_server_changed(discovery->context->server, row);
	discovery_set_status(discovery);
}

const struct rendezvous_client_user discovery_rendezvous_user = {
	on_fill,
	on_sign,
	on_heard,
	on_punch,
	on_relay,
	on_double,
	on_work,
	on_server_changed,
};
