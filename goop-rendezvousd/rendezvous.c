#include "goop-rendezvousd/rendezvous.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/descriptors.h"
#include "goop-rendezvousd/router.h"

/* Interfaces come and go: the page asks the kernel for their addresses. */
struct sandbox rendezvous_sandbox = {
	.calls = SANDBOX_NETLINK,
};

/* Those who are asking right now, or keep a connection for the next time:
 * each classic subscriber may. Subscribers themselves are not in here. */
static unsigned int
connections_max(const struct config *config)
{
	return 1024 + (unsigned int)config->rendezvous_classic_max;
}

int
rendezvous_open(struct daemon_context *context)
{
	const struct config *config = context->config;
	struct rendezvous *rendezvous = xzalloc(sizeof(*rendezvous));

	context->state = rendezvous;
	rendezvous->context = context;
	(void)descriptors_raise(
	    config->rendezvous_subscribers_max, connections_max(config));
	return listeners_open(config->rendezvous_bind, config->rendezvous_port,
	    false, &rendezvous->listeners);
}

static int
serve_http(struct rendezvous *rendezvous)
{
	struct listeners *listeners = &rendezvous->listeners;
	struct http_limits limits = http_limits_default;
	int rc = 0;

	limits.connections = connections_max(rendezvous->context->config);
	rendezvous->http = http_server_new(
	    rendezvous->context->base, &limits, router_handle, rendezvous);
	if (rendezvous->http == NULL)
		return -ENOMEM;
	while (rc == 0 && listeners->count > 0)
		rc = http_server_take_listener(
		    rendezvous->http, listeners->fds[--listeners->count]);
	return rc;
}

int
rendezvous_start(struct daemon_context *context)
{
	struct rendezvous *rendezvous = context->state;
	int rc = serve_http(rendezvous);

	if (rc < 0) {
		log_error("cannot serve");
		return rc;
	}
	log_info("rendezvous server url=%s", rendezvous->listeners.url);
	daemon_set_status(context, "%s", rendezvous->listeners.url);
	return 0;
}

void
rendezvous_stop(struct daemon_context *context)
{
	struct rendezvous *rendezvous = context->state;

	http_server_free(rendezvous->http);
	listeners_close(&rendezvous->listeners);
	free(rendezvous);
	daemon_stopped(context);
}
