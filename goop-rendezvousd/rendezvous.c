#include "goop-rendezvousd/rendezvous.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/endpoints/rendezvous_router.h"
#include "goop-rendezvousd/endpoints/serve_publish.h"
#include "goop-rendezvousd/endpoints/serve_subscribe.h"
#include "goop-rendezvousd/service/descriptors.h"
#include "goop-rendezvousd/service/rendezvous_state.h"

enum {
	TICK_MS = 1000,
	STORE_FILES = 3,
	SANDBOX_PATHS = STORE_FILES + SERVER_TLS_PATHS + 1
};

/* Netlink, because interfaces come and go and the page lists their addresses.
 * Paths are added once they are known. */
static struct sandbox_path sandbox_paths[SANDBOX_PATHS];
struct sandbox rendezvous_sandbox = {
	.calls = SANDBOX_NETLINK,
	.paths = sandbox_paths,
};

static void
keep_path(const char *path, enum sandbox_access access)
{
	size_t i = 0;

	while (sandbox_paths[i].path != NULL)
		i++;
	sandbox_paths[i] = (struct sandbox_path){ path, access };
	rendezvous_sandbox.calls |= SANDBOX_FILES;
}

/* Connections with a request or between two: each classic subscriber may keep
 * one to publish on. Those of the subscribers themselves are not counted here.
 */
static int64_t
connections_max(const struct config *config)
{
	return 1024 + config->rendezvous_classic_max;
}

/* --- before the sandbox */

static int
read_proxies(struct rendezvous *rendezvous)
{
	const struct strings *texts =
	    &rendezvous->context->config->trusted_proxies;
	size_t i;

	for (i = 0; i < texts->count; i++) {
		if (trusted_proxies_add(&rendezvous->proxies, texts->items[i]) <
		    0) {
			log_error("presence.trusted_proxies: \"%s\" is neither "
				  "an address nor a network like 10.0.0.0/8",
			    texts->items[i]);
			return -EKEYREJECTED;
		}
	}
	return 0;
}

/* SQLite keeps two files beside its database. All three are open before the
 * sandbox, but are opened again later. */
static void
open_store(struct rendezvous *rendezvous)
{
	static const char *const suffixes[STORE_FILES] = { "", "-wal", "-shm" };
	struct daemon_context *context = rendezvous->context;
	const char *path = context->config->peer_db_path;
	CLEANUP_FREE char *file =
	    path[0] == '/' ? xstrdup(path)
			   : xasprintf("%s/%s", context->directory, path);
	size_t i;

	if (path[0] == '\0' ||
	    roster_store_open(file, rendezvous->roster, monotime_now(),
		walltime_ms(), &rendezvous->store) < 0)
		return;
	for (i = 0; i < STORE_FILES; i++)
		keep_path(xasprintf("%s%s", file, suffixes[i]), SANDBOX_WRITE);
}

static int
open_network(struct rendezvous *rendezvous)
{
	const struct config *config = rendezvous->context->config;
	size_t i;
	int rc;

	rc = server_tls_open(rendezvous->context, &rendezvous->tls);
	if (rc < 0)
		return rc;
	for (i = 0; i < rendezvous->tls.count; i++)
		keep_path(rendezvous->tls.paths[i], SANDBOX_READ);
	return listeners_open(config->rendezvous_bind, config->rendezvous_port,
	    rendezvous->tls.tls != NULL, &rendezvous->listeners);
}

int
rendezvous_open(struct daemon_context *context)
{
	const struct config *config = context->config;
	struct rendezvous *rendezvous = xzalloc(sizeof(*rendezvous));
	int rc;

	context->state = rendezvous;
	rendezvous->context = context;
	rendezvous->started = monotime_now();
	rc = read_proxies(rendezvous);
	if (rc == 0)
		rc = open_network(rendezvous);
	if (rc < 0)
		return rc;
	rendezvous->subscribers_max = config->rendezvous_subscribers_max;
	rendezvous->connections_max = connections_max(config);
	descriptors_raise(
	    &rendezvous->subscribers_max, &rendezvous->connections_max);
	rendezvous->roster = roster_new((size_t)config->rendezvous_peers_max,
	    &publish_roster_user, rendezvous);
	open_store(rendezvous);
	return 0;
}

/* --- once a second */

static void
add_sample(struct rendezvous *rendezvous)
{
	struct hub_stats stats;
	struct history_sample sample = {
		.peers = roster_count(rendezvous->roster),
		.subscribers = hub_count(rendezvous->hub),
		.heard = rendezvous->heard,
	};

	hub_get_stats(rendezvous->hub, &stats);
	sample.delivered = stats.messages_out;
	sample.bytes = stats.bytes_out;
	history_add(&rendezvous->history, &sample);
}

static void
set_status(struct rendezvous *rendezvous)
{
	size_t peers = roster_count(rendezvous->roster);
	unsigned int subscribers = hub_count(rendezvous->hub);

	daemon_set_status(rendezvous->context,
	    "%zu peer%s, %u subscriber%s on "
	    "%s",
	    peers, peers == 1 ? "" : "s", subscribers,
	    subscribers == 1 ? "" : "s", rendezvous->listeners.url);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct rendezvous *rendezvous = arg;
	struct monotime now = monotime_now();

	(void)fd;
	(void)what;
	if (monotime_reached(now, roster_next(rendezvous->roster)))
		roster_run(rendezvous->roster, now, walltime_ms());
	if (rendezvous->store != NULL)
		roster_store_save(
		    rendezvous->store, rendezvous->roster, walltime_ms());
	if (rendezvous->ticks++ % HISTORY_EVERY_S == 0) {
		add_sample(rendezvous);
		set_status(rendezvous);
	}
}

static void
start_ticking(struct rendezvous *rendezvous)
{
	const struct timeval every = timeval_of_ms(TICK_MS);

	rendezvous->tick = xcheck(event_new(
	    rendezvous->context->base, -1, EV_PERSIST, on_tick, rendezvous));
	event_add(rendezvous->tick, &every);
	on_tick(-1, 0, rendezvous);
}

/* --- behind the sandbox */

static int
make_limits(struct rendezvous *rendezvous)
{
	const struct config *config = rendezvous->context->config;
	struct client_limits_config limits = {
		.publishes_per_minute =
		    (unsigned int)config->rendezvous_publishes_per_minute,
		.publishes_per_address =
		    (unsigned int)config->rendezvous_publishes_per_address,
		.subscribers_max = (unsigned int)rendezvous->subscribers_max,
		.subscribers_per_address =
		    (unsigned int)config->rendezvous_subscribers_per_address,
		.classic_max = (unsigned int)config->rendezvous_classic_max,
	};

	rendezvous->limits = client_limits_new(&limits);
	if (admin_access_new(config->admin_password,
		config->admin_password_hash, rendezvous->limits,
		&rendezvous->admin) == 0)
		return 0;
	log_error("presence.admin_password_hash: not a hash as \"goop2 "
		  "hash-password\" prints it");
	return -EKEYREJECTED;
}

static void
make_hub(struct rendezvous *rendezvous)
{
	rendezvous->activity = activity_log_new();
	rendezvous->hub = hub_new(rendezvous->context->base, rendezvous->roster,
	    &subscribe_hub_user, rendezvous);
	rendezvous->hints =
	    punch_hints_new(rendezvous->roster, subscribe_tell, rendezvous);
}

static int
serve_http(struct rendezvous *rendezvous)
{
	struct listeners *listeners = &rendezvous->listeners;
	struct http_limits limits = http_limits_default;
	int rc = 0;

	limits.connections = (unsigned int)rendezvous->connections_max;
	limits.body_bytes = RENDEZVOUS_MESSAGE_MAX;
	rendezvous->http = http_server_new(
	    rendezvous->context->base, &limits, router_handle, rendezvous);
	server_tls_apply(&rendezvous->tls, rendezvous->http);
	while (rc == 0 && listeners->count > 0)
		rc = http_server_take_listener(
		    rendezvous->http, listeners->fds[--listeners->count]);
	return rc;
}

int
rendezvous_start(struct daemon_context *context)
{
	struct rendezvous *rendezvous = context->state;
	int rc;

	rc = make_limits(rendezvous);
	if (rc < 0)
		return rc;
	make_hub(rendezvous);
	rc = serve_http(rendezvous);
	if (rc < 0) {
		log_error("cannot serve: %s", strerror(-rc));
		return rc;
	}
	if (context->config->relay_port != 0)
		rendezvous->relay =
		    relay_watch_new(context->bus, context->base);
	start_ticking(rendezvous);
	log_info("rendezvous server url=%s peers=%zu",
	    rendezvous->listeners.url, roster_count(rendezvous->roster));
	return 0;
}

/* --- stop */

static void
on_drained(void *arg)
{
	struct rendezvous *rendezvous = arg;
	struct daemon_context *context = rendezvous->context;

	http_server_free(rendezvous->http);
	relay_watch_free(rendezvous->relay);
	hub_free(rendezvous->hub);
	punch_hints_free(rendezvous->hints);
	roster_free(rendezvous->roster);
	admin_access_free(rendezvous->admin);
	client_limits_free(rendezvous->limits);
	activity_log_free(rendezvous->activity);
	server_tls_close(&rendezvous->tls);
	event_free(rendezvous->tick);
	free(rendezvous);
	daemon_stopped(context);
}

/* Peers stay online while the server restarts: they come back to it. */
void
rendezvous_stop(struct daemon_context *context)
{
	struct rendezvous *rendezvous = context->state;

	rendezvous->is_stopping = true;
	event_del(rendezvous->tick);
	/* Draining may be cut short; saving must not be. */
	roster_store_close(
	    rendezvous->store, rendezvous->roster, walltime_ms());
	rendezvous->store = NULL;
	hub_drain(rendezvous->hub, on_drained, rendezvous);
}
