#include "goop-rendezvousd/service/rendezvous_state.h"

#include <string.h>

#include "common/base/xalloc.h"

void
rendezvous_urls(const struct rendezvous *rendezvous, struct connect_urls *ret)
{
	const struct config *config = rendezvous->context->config;
	struct connect_server server = {
		.external_url = config->external_url,
		.bound = rendezvous->listeners.address,
		.is_both = strcmp(config->rendezvous_bind, "::") == 0,
		.is_tls = rendezvous->tls.tls != NULL,
	};

	connect_urls_find(&server, ret);
}

struct client_address
rendezvous_client(
    const struct rendezvous *rendezvous, struct http_request *request)
{
	CLEANUP_FREE char *list = NULL;
	CLEANUP_FREE char *forwarded = NULL;
	struct sockaddr_storage other_end = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(other_end);

	(void)getpeername(
	    http_request_fd(request), (struct sockaddr *)&other_end, &len);
	if (rendezvous->proxies.count > 0) {
		list = http_request_header_joined(request, "X-Forwarded-For");
		forwarded = http_request_header_joined(request, "Forwarded");
	}
	return trusted_proxies_client(&rendezvous->proxies,
	    (struct sockaddr *)&other_end, list, forwarded);
}
