#include "goop-relayd/relayd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/relay_bus.h"

enum {
	DESCRIPTORS_WANTED = 4096, /* one for each connection */
	CONNECTIONS = 1500,        /* with a reservation, or visiting */
	/* A home may have many peers, and all come through one address. */
	CONNECTIONS_PER_ADDRESS = 64,
	ASK_DELAY_MS = 50, /* so that several are asked about together */
	ASK_MS = 3000,
	TICK_S = 5,
};

#define AGENT_VERSION "goop2-relay/" GOOP_VERSION

/* --- which peers are at the server */

static bool
has(const struct peer_ids *list, const struct peer_id *peer)
{
	char text[PEER_ID_TEXT_SIZE];

	peer_id_print(peer, text);
	return strings_have(&list->peer_ids, text);
}

/* A server that restarts says nothing about its peers: all stay as they are. */
static void
on_present(
    const struct bus_error *error, const struct peer_ids *present, void *arg)
{
	struct relayd *relayd = arg;
	size_t i;

	for (i = 0; error == NULL && i < relayd->asked_count; i++)
		known_peers_set(relayd->known, &relayd->asked[i],
		    has(present, &relayd->asked[i]));
	relayd->asked_count = 0;
}

static void
on_ask_timer(evutil_socket_t fd, short what, void *arg)
{
	struct relayd *relayd = arg;
	struct peer_ids list = { 0 };
	char text[PEER_ID_TEXT_SIZE];
	size_t i;

	(void)fd;
	(void)what;
	if (relayd->asked_count > 0)
		return;
	relayd->asked_count = known_peers_take_due(
	    relayd->known, monotime_now(), relayd->asked, RELAY_PEERS_MAX);
	if (relayd->asked_count == 0)
		return;
	for (i = 0; i < relayd->asked_count; i++) {
		peer_id_print(&relayd->asked[i], text);
		strings_add(&list.peer_ids, text);
	}
	ask_peers_present(relayd->server, &list, ASK_MS, on_present, relayd);
	message_fini(&peer_ids_message, &list);
}

static bool
is_known(const struct peer_id *peer, void *arg)
{
	static const struct timeval soon = { 0, ASK_DELAY_MS * 1000 };
	struct relayd *relayd = arg;

	if (!event_pending(relayd->ask_timer, EV_TIMEOUT, NULL))
		event_add(relayd->ask_timer, &soon);
	return known_peers_has(relayd->known, peer, monotime_now());
}

/* --- the relay */

static void
show_status(struct relayd *relayd)
{
	struct relay_server_figures figures =
	    relay_server_figures(relayd->relay);

	daemon_set_status(relayd->context,
	    "port %u, %zu reservation%s, %zu circuit%s",
	    (unsigned int)host_port(relayd->host), figures.reservations,
	    figures.reservations == 1 ? "" : "s", figures.circuits,
	    figures.circuits == 1 ? "" : "s");
}

static void
on_change(struct relay_server *relay, void *arg)
{
	struct relayd *relayd = arg;

	if (relayd->relay == relay)
		show_status(relayd);
}

static void
on_disconnected(struct host *host, const struct peer_id *peer, void *arg)
{
	struct relayd *relayd = arg;

	(void)host;
	if (relayd->relay != NULL)
		relay_server_on_disconnected(relayd->relay, peer);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct relayd *relayd = arg;

	known_peers_tidy(relayd->known, monotime_now());
	on_ask_timer(fd, what, relayd);
}

/* --- before the sandbox */

static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED
			     ? limit.rlim_max
			     : DESCRIPTORS_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("cannot raise the limit of open files error=%m");
}

static void
on_signer_lost(void *arg)
{
	(void)arg;
	die("the signer process ended: goop-relayd must be restarted");
}

int
relayd_open(struct daemon_context *context)
{
	struct relayd *relayd = xzalloc(sizeof(*relayd));
	int rc;

	context->state = relayd;
	relayd->context = context;
	raise_descriptor_limit();
	rc = node_identity_open(
	    context->dirfd, context->config->relay_key_file, &relayd->identity);
	if (rc == 0)
		rc = signer_watch(relayd->identity.signer, context->base,
		    on_signer_lost, relayd);
	if (rc < 0)
		return rc;
	rc = public_addresses_new(
	    context->base, context->config->external_url, &relayd->addresses);
	if (rc < 0)
		log_error("cannot look up the host of presence.external_url "
			  "error=%s",
		    strerror(-rc));
	return rc;
}

/* --- behind it */

static int
listen_on(struct relayd *relayd, uint16_t port)
{
	static const struct host_observer observer = {
		.on_disconnected = on_disconnected,
	};
	struct host_config config = {
		.base = relayd->context->base,
		.identity = &relayd->identity.noise,
		.self = relayd->identity.peer,
		.listen_port = port,
		.agent_version = AGENT_VERSION,
		.protocol_version = "",
		.limits = host_default_limits,
	};
	int rc;

	config.limits.connections = CONNECTIONS;
	config.limits.connections_per_ip = CONNECTIONS_PER_ADDRESS;
	rc = host_new(&config, &observer, relayd, &relayd->host);
	if (rc == -EADDRINUSE)
		log_error("TCP port %u is in use by another program: stop it, "
			  "or set presence.relay_port to another port, or to "
			  "0 for no relay",
		    (unsigned int)port);
	else if (rc < 0)
		log_error("cannot listen on TCP port %u error=%s",
		    (unsigned int)port, strerror(-rc));
	return rc;
}

static void
start_tick(struct relayd *relayd)
{
	static const struct timeval period = { TICK_S, 0 };
	struct event_base *base = relayd->context->base;

	relayd->ask_timer = xcheck(evtimer_new(base, on_ask_timer, relayd));
	relayd->tick = xcheck(event_new(base, -1, EV_PERSIST, on_tick, relayd));
	event_add(relayd->tick, &period);
}

/* The one node outside their homes that all peers of a server know: it tells
 * them whether they can be reached. */
static int
start_autonat(struct relayd *relayd)
{
	static const struct autonat_server_config config = { 0 };

	relayd->autonat = autonat_server_new(relayd->host, &config);
	if (relayd->autonat == NULL) {
		log_error("cannot make a key to dial peers back");
		return -EIO;
	}
	autonat_server_set_open(relayd->autonat, true);
	return 0;
}

int
relayd_start(struct daemon_context *context)
{
	struct relayd *relayd = context->state;
	const struct relay_server_config config = {
		.limits = relay_default_limits,
		.is_known = is_known,
		.on_change = on_change,
		.arg = relayd,
	};
	int rc;

	rc = listen_on(relayd, (uint16_t)context->config->relay_port);
	if (rc == 0)
		rc = start_autonat(relayd);
	if (rc < 0)
		return rc;
	relayd->known = known_peers_new();
	relayd->server =
	    bus_connect(context->bus, "goop-rendezvousd", NULL, NULL);
	start_tick(relayd);
	relayd->relay = relay_server_new(relayd->host, &config);
	relayd->pulses = pulses_new(relayd->host);
	public_addresses_start(relayd->addresses, relayd->host);
	log_info("relay listening port=%u peer=%s",
	    (unsigned int)host_port(relayd->host), relayd->identity.text);
	show_status(relayd);
	return 0;
}

void
relayd_stop(struct daemon_context *context)
{
	struct relayd *relayd = context->state;
	struct relay_server *relay = relayd->relay;

	relayd->relay = NULL; /* host_free() still calls the observer */
	pulses_free(relayd->pulses);
	host_free(relayd->host);
	relay_server_free(relay);
	autonat_server_free(relayd->autonat);
	bus_client_free(relayd->server);
	public_addresses_free(relayd->addresses);
	known_peers_free(relayd->known);
	event_free(relayd->ask_timer);
	event_free(relayd->tick);
	node_identity_close(&relayd->identity);
	free(relayd);
	context->state = NULL;
	daemon_stopped(context);
}
