#include "goop-discoveryd/discovery.h"

#include "common/base/log.h"
#include "common/resolver/resolver.h"

enum { PATHS_MAX = 24 };

/* A server may be joined at any time: then libcurl is loaded, and certificates
 * are looked at; there are links in /etc/ssl/certs. Names are the resolver's.
 */
static struct sandbox_path paths[PATHS_MAX + 1] = {
	{ "cache", SANDBOX_WRITE },
	{ "/etc/ld.so.cache", SANDBOX_READ },
	{ "/lib", SANDBOX_READ },
	{ "/lib64", SANDBOX_READ },
	{ "/usr/lib", SANDBOX_READ },
	{ "/usr/local/lib", SANDBOX_READ },
	{ "/etc/ssl", SANDBOX_READ },
	{ "/usr/share/ca-certificates", SANDBOX_READ },
	{ "/usr/local/share/ca-certificates", SANDBOX_READ },
};

const struct sandbox discovery_sandbox = {
	.calls = SANDBOX_UNIX | SANDBOX_UDP | SANDBOX_TCP | SANDBOX_NETLINK |
		 SANDBOX_FILES,
	.paths = paths,
};

bool
discovery_sandbox_allow(const char *path)
{
	struct sandbox_path *end = paths;

	while (end->path != NULL)
		end++;
	if (end == paths + PATHS_MAX)
		return false;
	*end = (struct sandbox_path){ path, SANDBOX_READ };
	return true;
}

void
discovery_wake(struct discovery *discovery)
{
	if (!discovery->is_stopping)
		event_active(discovery->timer, EV_TIMEOUT, 0);
}

static const char *
rendezvous_phrase(const struct rendezvous_client *client)
{
	size_t count = client != NULL ? rendezvous_client_count(client) : 0;
	size_t connected = count > 0 ? rendezvous_client_connected(client) : 0;

	if (count == 0)
		return "";
	if (connected == 0)
		return ", rendezvous not connected";
	return connected == count ? ", rendezvous connected"
				  : ", rendezvous connected to one of two";
}

void
discovery_set_status(struct discovery *discovery)
{
	const char *interfaces = mdns_io_interface_names(discovery->mdns);
	size_t online = peer_table_online(discovery->table);

	daemon_set_status(discovery->context, "%zu peer%s, %s%s%s%s%s", online,
	    online == 1 ? "" : "s",
	    *interfaces != '\0' ? "mDNS on " : "no network", interfaces,
	    rendezvous_phrase(discovery->rendezvous),
	    goopd_session_is_up(discovery->goopd) ? "" : ", waiting for goopd",
	    discovery->is_double ? ", another machine uses this peer's key"
				 : "");
}

void
discovery_note_double(struct discovery *discovery)
{
	if (discovery->is_double)
		return;
	discovery->is_double = true;
	log_warn("another machine uses this peer's key: both are visible as "
		 "one peer; remove data/identity.key from one of them");
	discovery_set_status(discovery);
}

void
discovery_self_changed(struct discovery *discovery)
{
	struct monotime now = monotime_now();

	announce_timer_changed(&discovery->announce_timer, now);
	rendezvous_client_changed(discovery->rendezvous, now);
	discovery_wake(discovery);
}

void
discovery_goodbye_done(struct discovery *discovery)
{
	if (--discovery->goodbyes > 0)
		return;
	/* Its process is gone before ours is: whoever waits for all that
	 * belongs to this daemon need not wait again. */
	resolver_free(discovery->resolver);
	discovery->resolver = NULL;
	daemon_stopped(discovery->context);
}
