#include "goop-relayd/public_addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_url.h"
#include "common/resolver/resolver.h"

enum {
	LOOK_UP_S = 300,      /* a dynamic address changes */
	LOOK_UP_AGAIN_S = 15, /* after a failure */
};

struct public_addresses {
	struct event_base *base;
	struct http_url url;
	struct resolver *resolver; /* NULL: the host is an address */
	struct resolver_question question;
	struct event *timer;
	struct host *host;
};

/* The resolver cannot be forked again behind the sandbox. */
static void
on_resolver_lost(void *arg)
{
	struct public_addresses *addresses = arg;

	log_error("the resolver ended: the addresses of %s stay as they are",
	    addresses->url.host);
	event_del(addresses->timer);
}

static bool
make_address(const struct public_addresses *addresses, bool is_ipv6,
    const char *ip, struct multiaddr *ret)
{
	char text[128];

	snprintf(text, sizeof(text), "/%s/%s/tcp/%u", is_ipv6 ? "ip6" : "ip4",
	    ip, (unsigned int)host_port(addresses->host));
	return multiaddr_parse(text, ret) == 0 &&
	       host_address_is_dialable(addresses->host, ret);
}

static void
on_answer(const struct resolver_answer *answer, void *arg)
{
	struct public_addresses *addresses = arg;
	struct multiaddr found[RESOLVER_ADDRESSES_MAX];
	struct timeval wait = { LOOK_UP_S, 0 };
	char ip[INET6_ADDRSTRLEN];
	size_t i, count = 0;
	int family;

	for (i = 0; answer->error == 0 && i < answer->count; i++) {
		family = answer->at[i].family == 6 ? AF_INET6 : AF_INET;
		if (inet_ntop(family, answer->at[i].bytes, ip, sizeof(ip)) !=
			NULL &&
		    make_address(
			addresses, family == AF_INET6, ip, &found[count]))
			count++;
	}
	if (answer->error == 0) {
		host_announce(addresses->host, found, count);
	} else {
		log_warn("cannot look up host=%s error=%d", addresses->url.host,
		    answer->error);
		wait.tv_sec = LOOK_UP_AGAIN_S;
	}
	event_add(addresses->timer, &wait);
}

static void
look_up(evutil_socket_t fd, short what, void *arg)
{
	struct public_addresses *addresses = arg;

	(void)fd;
	(void)what;
	resolver_forget(addresses->resolver, addresses->url.host);
	resolver_ask(
	    addresses->resolver, addresses->url.host, &addresses->question);
}

int
public_addresses_new(struct event_base *base, const char *external_url,
    struct public_addresses **ret)
{
	struct public_addresses *addresses;
	struct http_url url;

	*ret = NULL;
	if (external_url[0] == '\0')
		return 0;
	if (http_url_parse(external_url, &url) < 0)
		return -EINVAL;
	addresses = xzalloc(sizeof(*addresses));
	addresses->base = base;
	addresses->url = url;
	addresses->timer = xcheck(evtimer_new(base, look_up, addresses));
	addresses->question.on_answer = on_answer;
	addresses->question.arg = addresses;
	*ret = addresses;
	if (http_url_is_literal(&url))
		return 0;
	return resolver_new(
	    base, on_resolver_lost, addresses, &addresses->resolver);
}

void
public_addresses_start(struct public_addresses *addresses, struct host *host)
{
	struct multiaddr address;

	if (addresses == NULL)
		return;
	addresses->host = host;
	if (addresses->resolver != NULL)
		look_up(-1, 0, addresses);
	else if (make_address(addresses, addresses->url.is_ipv6,
		     addresses->url.host, &address))
		host_announce(host, &address, 1);
}

void
public_addresses_free(struct public_addresses *addresses)
{
	if (addresses == NULL)
		return;
	resolver_cancel(&addresses->question);
	resolver_free(addresses->resolver);
	event_free(addresses->timer);
	free(addresses);
}
