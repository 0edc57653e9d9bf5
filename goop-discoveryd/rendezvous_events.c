#include "goop-discoveryd/rendezvous_events.h"

#include <stdio.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/bus/discovery_bus.h"
#include "common/http/syntax/http_url.h"
#include "common/http_client/http_client.h"
#include "common/presence/presence_fill.h"
#include "common/resolver/resolver.h"
#include "goop-discoveryd/peer_events.h"

enum { OWN_URL_SIZE = 128, RELAY_OFFER_MS = 5000 };

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

	if (goopd_session_is_up(discovery->goopd))
		ask_relay_offer(goopd_session_client(discovery->goopd), &offer,
		    RELAY_OFFER_MS, NULL, NULL);
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

static const struct rendezvous_client_user discovery_rendezvous_user = {
	on_fill,
	on_sign,
	on_heard,
	on_punch,
	on_relay,
	on_double,
	on_work,
	on_server_changed,
};

/* --- which servers there are */

/* The server that this peer hosts, as it is reached from here. */
static void
own_url(const struct config *config, char ret[OWN_URL_SIZE])
{
	const char *bind = config->rendezvous_bind;
	bool is_v6 = strchr(bind, ':') != NULL;

	if (strcmp(bind, "0.0.0.0") == 0)
		bind = "127.0.0.1";
	else if (strcmp(bind, "::") == 0)
		bind = "::1";
	snprintf(ret, OWN_URL_SIZE, "%s://%s%s%s:%d",
	    *config->tls_cert != '\0' ? "https" : "http", is_v6 ? "[" : "",
	    bind, is_v6 ? "]" : "", (int)config->rendezvous_port);
}

/* Do both name the same server? */
static bool
urls_equal(const char *a, const char *b)
{
	char printed[2][HTTP_URL_TEXT_SIZE];
	struct http_url url;

	if (http_url_parse(a, &url) < 0)
		return false;
	http_url_print(&url, printed[0]);
	if (http_url_parse(b, &url) < 0)
		return false;
	http_url_print(&url, printed[1]);
	return strcmp(printed[0], printed[1]) == 0;
}

static bool
has_other_server(const struct config *config)
{
	const char *url = config->rendezvous_wan;

	return url[strspn(url, " \t\r\n")] != '\0';
}

/* Certificates are looked at when they are needed; there are links in
 * /etc/ssl/certs. Names are the resolver's. */
static const struct sandbox_path paths_with_servers[] = {
	{ "cache", SANDBOX_WRITE },
	{ "/etc/ssl", SANDBOX_READ },
	{ "/usr/share/ca-certificates", SANDBOX_READ },
	{ "/usr/local/share/ca-certificates", SANDBOX_READ },
	{ NULL, SANDBOX_READ },
};

static void
on_resolver_lost(void *arg)
{
	(void)arg;
	die("the resolver process has ended: goop-discoveryd must be started "
	    "again");
}

int
discovery_prepare_rendezvous(struct discovery *discovery)
{
	const struct config *config = discovery->context->config;
	int rc;

	if (!config->rendezvous_host && !has_other_server(config))
		return 0;
	discovery_sandbox.calls |= SANDBOX_TCP;
	discovery_sandbox.paths = paths_with_servers;
	rc = resolver_new(discovery->context->base, on_resolver_lost, discovery,
	    &discovery->resolver);
	if (rc < 0)
		log_error("cannot start the resolver: %s", strerror(-rc));
	else if ((rc = http_client_open()) < 0)
		log_error("cannot use rendezvous servers: %s", strerror(-rc));
	return rc;
}

void
discovery_open_rendezvous(struct discovery *discovery, struct monotime now)
{
	const struct config *config = discovery->context->config;
	struct rendezvous_client_plan plan = {
		.base = discovery->context->base,
		.resolver = discovery->resolver,
		.table = discovery->table,
		.ttl_ms = config->ttl_seconds * 1000,
		.heartbeat_ms = config->heartbeat_seconds * 1000,
		.user = &discovery_rendezvous_user,
		.arg = discovery,
	};
	char own[OWN_URL_SIZE] = "";

	discovery->rendezvous = rendezvous_client_new(&plan, now);
	if (config->rendezvous_host) {
		own_url(config, own);
		rendezvous_client_add(
		    discovery->rendezvous, PEER_OWN_SERVER, own);
	}
	if (has_other_server(config) &&
	    !urls_equal(own, config->rendezvous_wan))
		rendezvous_client_add(discovery->rendezvous, PEER_OTHER_SERVER,
		    config->rendezvous_wan);
}
