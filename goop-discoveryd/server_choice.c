#include "goop-discoveryd/server_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/discovery_bus.h"
#include "common/http/syntax/server_address.h"
#include "common/http_client/http_client.h"
#include "common/resolver/resolver.h"
#include "goop-discoveryd/rendezvous/server_trial.h"
#include "goop-discoveryd/rendezvous_events.h"

enum { OWN_URL_SIZE = 128, TRIALS_MAX = 4 };

static void
on_resolver_lost(void *arg)
{
	(void)arg;
	die("the resolver process has ended: goop-discoveryd must be started "
	    "again");
}

/* libcurl is loaded for the first server: a peer of a LAN may need none. */
static int
open_client(struct discovery *discovery)
{
	int rc = discovery->is_client_open ? 0 : http_client_open();

	if (rc < 0)
		log_error("cannot use rendezvous servers: %s", strerror(-rc));
	discovery->is_client_open = rc == 0;
	return rc;
}

/* Certificates of one's own, which the environment names for OpenSSL: a file,
 * and directories with colons between them. */
static void
allow_certificates(void)
{
	const char *list = getenv("SSL_CERT_DIR"),
		   *file = getenv("SSL_CERT_FILE");
	char *rest = list != NULL ? xstrdup(list) : NULL; /* kept */
	const char *path;
	bool is_allowed = file == NULL || discovery_sandbox_allow(file);

	while ((path = strsep(&rest, ":")) != NULL)
		if (*path != '\0' && !discovery_sandbox_allow(path))
			is_allowed = false;
	if (!is_allowed)
		log_warn("SSL_CERT_DIR names more directories than are used");
}

int
discovery_prepare_servers(struct discovery *discovery)
{
	const struct config *config = discovery->context->config;
	int rc = resolver_new(discovery->context->base, on_resolver_lost,
	    discovery, &discovery->resolver);

	if (rc < 0)
		log_error("cannot start the resolver: %s", strerror(-rc));
	else if (config->rendezvous_host || *config->rendezvous_wan != '\0')
		rc = open_client(discovery);
	allow_certificates();
	return rc;
}

/* The server that this peer hosts, as it is reached from here; "": none. */
static void
own_url(const struct config *config, char ret[OWN_URL_SIZE])
{
	const char *bind = config->rendezvous_bind;
	bool is_v6 = strchr(bind, ':') != NULL;

	ret[0] = '\0';
	if (!config->rendezvous_host)
		return;
	if (strcmp(bind, "0.0.0.0") == 0)
		bind = "127.0.0.1";
	else if (strcmp(bind, "::") == 0)
		bind = "::1";
	snprintf(ret, OWN_URL_SIZE, "%s://%s%s%s:%d",
	    *config->tls_cert != '\0' ? "https" : "http", is_v6 ? "[" : "",
	    bind, is_v6 ? "]" : "", (int)config->rendezvous_port);
}

static bool
is_own(const struct config *config, const char *url)
{
	char own[OWN_URL_SIZE];

	own_url(config, own);
	return server_address_equal(own, url);
}

static void
add_server(
    struct discovery *discovery, enum peer_source source, const char *url)
{
	if (open_client(discovery) == 0)
		rendezvous_client_add(discovery->rendezvous, source, url);
}

static void
add_other_server(struct discovery *discovery)
{
	const struct config *config = discovery->context->config;

	discovery->server = xstrdup(config->rendezvous_wan);
	if (*config->rendezvous_wan != '\0' &&
	    !is_own(config, config->rendezvous_wan))
		add_server(
		    discovery, PEER_OTHER_SERVER, config->rendezvous_wan);
}

void
discovery_open_servers(struct discovery *discovery, struct monotime now)
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
	char own[OWN_URL_SIZE];

	discovery->rendezvous = rendezvous_client_new(&plan, now);
	own_url(config, own);
	if (own[0] != '\0')
		add_server(discovery, PEER_OWN_SERVER, own);
	add_other_server(discovery);
}

/* The list of servers is told as a whole: a row that is gone has no event. */
static void
tell_servers(struct discovery *discovery)
{
	struct servers_reply reply;

	rendezvous_client_rows(discovery->rendezvous, monotime_now(), &reply);
	publish_servers_replaced(discovery->context->server, &reply);
	message_fini(&servers_reply_message, &reply);
}

void
discovery_choose_server(struct discovery *discovery)
{
	if (strcmp(discovery->server,
		discovery->context->config->rendezvous_wan) == 0)
		return;
	rendezvous_client_leave(discovery->rendezvous, PEER_OTHER_SERVER);
	free(discovery->server);
	add_other_server(discovery);
	tell_servers(discovery);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

/* --- trying */

struct trial_call {
	struct discovery_try_server_call call;
	struct discovery *discovery;
	struct server_trial *trial;
	char url[HTTP_URL_TEXT_SIZE];
};

static void
trial_answer(struct discovery_try_server_call call, const char *url,
    const struct server_trial_end *end)
{
	struct server_tried tried = {
		.url = url,
		.is_ours = end->is_ours,
		.wrong = end->sentence,
		.advice = end->sentence != NULL ? end->advice : NULL,
	};

	reply_discovery_try_server(call, &tried);
}

static void
on_tried(const struct server_trial_end *end, void *arg)
{
	struct trial_call *waiting = arg;

	trial_answer(waiting->call, waiting->url, end);
	waiting->discovery->trials--;
	server_trial_free(waiting->trial);
	free(waiting);
}

/* A sentence if it needs no trial, or cannot be tried. */
static const char *
begin_trial(struct discovery *discovery, const struct server_address *address,
    struct discovery_try_server_call call)
{
	struct trial_call *waiting;

	if (open_client(discovery) < 0)
		return "libcurl cannot be loaded: install libcurl4";
	waiting = xzalloc(sizeof(*waiting));
	waiting->call = call;
	waiting->discovery = discovery;
	http_url_print(&address->url, waiting->url);
	if (server_trial_new(discovery->context->base, address->text,
		discovery->self.peer_id, discovery->resolver, on_tried, waiting,
		&waiting->trial) < 0) {
		free(waiting);
		return "the host is no name of the DNS";
	}
	discovery->trials++;
	return NULL;
}

void
handle_discovery_try_server(struct discovery_try_server_call call,
    const struct server_ref *request, void *arg)
{
	struct daemon_context *context = arg;
	struct discovery *discovery = context->state;
	struct server_trial_end end = { .advice = "Check the address." };
	struct server_address address;
	const char *wrong = server_address_parse(request->url, &address);

	if (wrong != NULL) {
		bus_fail(call.bus, BUS_BAD_REQUEST, "the address %s", wrong);
		return;
	}
	if (discovery->self.peer_id == NULL ||
	    discovery->trials == TRIALS_MAX) {
		bus_fail(call.bus, BUS_BUSY,
		    discovery->self.peer_id == NULL
			? "goopd is starting: try again"
			: "other servers are being tried: try again");
		return;
	}
	if (is_own(context->config, address.text))
		end = (struct server_trial_end){
			"this peer hosts that server itself, and uses it",
			"There is nothing to be done.", true
		};
	else
		end.sentence = begin_trial(discovery, &address, call);
	if (end.sentence != NULL)
		trial_answer(call, request->url, &end);
	explicit_bzero(&address, sizeof(address)); /* the login */
}
