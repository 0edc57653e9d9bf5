#include "goop-discoveryd/discovery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/peers/peer_cache.h"

static const struct sandbox_path paths_without_servers[] = {
	{ "cache", SANDBOX_WRITE },
	{ NULL, SANDBOX_READ },
};

struct sandbox discovery_sandbox = {
	.calls = SANDBOX_UNIX | SANDBOX_UDP | SANDBOX_NETLINK | SANDBOX_FILES,
	.paths = paths_without_servers,
};

/* How long this machine has been suspended since it started. */
static int64_t
suspended_us(void)
{
	struct timespec boot, mono;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (int64_t)(boot.tv_sec - mono.tv_sec) * 1000000 +
	       (boot.tv_nsec - mono.tv_nsec) / 1000;
}

/* After a suspend (or a stopped process) peers were silent through no fault of
 * theirs, and the network may be another one. */
static void
discovery_check_resume(struct discovery *discovery, struct monotime now)
{
	int64_t suspended = suspended_us();
	bool resumed =
	    suspended - discovery->suspended_us > 1000000 ||
	    monotime_since_ms(now, discovery->ran) > DISCOVERY_LATE_MS;

	discovery->suspended_us = suspended;
	discovery->ran = now;
	if (!resumed)
		return;
	log_info("resumed: looking for everybody again");
	peer_table_grant(discovery->table, now);
	peer_table_probe_absent(discovery->table, now);
	mdns_io_resume(discovery->mdns);
	rendezvous_client_network_changed(discovery->wan);
}

static void
discovery_save_cache(struct discovery *discovery, struct monotime now)
{
	int rc = peer_cache_save(discovery->cache_dirfd, discovery->table);

	/* A full disk stays full: told once, tried again. */
	if (rc < 0 && !discovery->cache_is_failing)
		log_warn("peer cache not saved: %s", strerror(-rc));
	discovery->cache_is_failing = rc < 0;
	discovery->cache_is_stale = rc < 0;
	discovery->cache_saved = now;
}

static struct monotime
discovery_cache_due(const struct discovery *discovery)
{
	return discovery->cache_is_stale
		   ? monotime_add_ms(
			 discovery->cache_saved, DISCOVERY_CACHE_GAP_MS)
		   : MONOTIME_NEVER;
}

static struct monotime
discovery_deadline(const struct discovery *discovery, struct monotime now)
{
	struct monotime deadline = monotime_add_ms(now, DISCOVERY_LOOK_MS);

	deadline = monotime_min(deadline, discovery_cache_due(discovery));
	deadline =
	    monotime_min(deadline, rendezvous_client_deadline(discovery->wan));
	if (!STAILQ_EMPTY(&discovery->probe_calls))
		deadline = monotime_min(
		    deadline, STAILQ_FIRST(&discovery->probe_calls)->deadline);
	if (!goopd_session_is_up(discovery->goopd))
		return deadline;
	deadline =
	    monotime_min(deadline, peer_table_deadline(discovery->table));
	deadline = monotime_min(
	    deadline, announce_timer_deadline(&discovery->announce_timer));
	deadline = monotime_min(deadline, dialer_deadline(discovery->dialer));
	if (discovery->probes < DISCOVERY_PROBES_MAX)
		deadline = monotime_min(
		    deadline, peer_table_probe_due(discovery->table));
	return deadline;
}

static void
discovery_sleep(struct discovery *discovery)
{
	struct monotime now = monotime_now();
	struct timeval wait =
	    timeval_until(discovery_deadline(discovery, now), now);

	event_add(discovery->timer, &wait);
}

void
discovery_run(struct discovery *discovery)
{
	struct monotime now = monotime_now();

	if (discovery->is_stopping)
		return;
	discovery_check_resume(discovery, now);
	/* Without goopd nobody can be heard: then nobody goes offline. */
	if (goopd_session_is_up(discovery->goopd)) {
		peer_table_run(discovery->table, now);
		discovery_run_announce_timer(discovery, now);
		discovery_run_dials(discovery, now);
		discovery_run_probes(discovery, now);
	}
	rendezvous_client_run(discovery->wan, now);
	discovery_run_probe_calls(discovery, now);
	if (monotime_reached(now, discovery_cache_due(discovery)))
		discovery_save_cache(discovery, now);
	discovery_sleep(discovery);
}

static void
discovery_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	discovery_run(arg);
}

void
discovery_wake(struct discovery *discovery)
{
	if (!discovery->is_stopping)
		event_active(discovery->timer, EV_TIMEOUT, 0);
}

static const char *
wan_phrase(const struct rendezvous_client *wan)
{
	size_t count = wan != NULL ? rendezvous_server_count(wan) : 0;
	size_t connected = count > 0 ? rendezvous_client_connected(wan) : 0;

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
	const char *links = mdns_io_interface_names(discovery->mdns);
	size_t online = peer_table_online(discovery->table);

	daemon_set_status(discovery->context, "%zu peer%s, %s%s%s%s%s", online,
	    online == 1 ? "" : "s", *links != '\0' ? "mDNS on " : "no network",
	    links, wan_phrase(discovery->wan),
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

/* --- life */

static int
discovery_open_cache(struct discovery *discovery, int dirfd)
{
	if (mkdirat(dirfd, "cache", 0700) == -1 && errno != EEXIST)
		return -errno;
	discovery->cache_dirfd =
	    openat(dirfd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return discovery->cache_dirfd == -1 ? -errno : 0;
}

static void
discovery_take_profile(struct discovery *discovery, const struct config *config)
{
	struct self_profile profile = {
		.label = config->label,
		.email = config->email,
		.video_disabled = config->video_disabled,
		.active_template = config->active_template,
		.verification_token = config->verification_token,
	};

	message_copy(&self_profile_message, &profile, &discovery->profile);
}

int
discovery_open(struct daemon_context *context)
{
	const struct config *config = context->config;
	struct discovery *discovery = xzalloc(sizeof(*discovery));
	struct peer_table_limits limits = {
		.max = GOOP_PEERS_MAX,
		.ttl_ms = config->ttl_seconds * 1000,
		.grace_ms = config->peer_offline_grace_min * 60 * 1000,
	};
	int rc;

	context->state = discovery;
	discovery->context = context;
	STAILQ_INIT(&discovery->probe_calls);
	discovery_take_profile(discovery, config);
	rc = discovery_open_cache(discovery, context->dirfd);
	if (rc < 0) {
		log_error("cannot use the directory cache: %s", strerror(-rc));
		return rc;
	}
	rc = discovery_prepare_rendezvous(discovery);
	if (rc < 0)
		return rc;
	rc = mdns_io_new(context->base, config->mdns_tag, &discovery_mdns_user,
	    discovery, &discovery->mdns);
	if (rc == -EINVAL) {
		log_error("p2p.mdns_tag is no DNS name: %s", config->mdns_tag);
		return -EKEYREJECTED;
	}
	if (rc < 0) {
		log_error("cannot watch the network: %s", strerror(-rc));
		return rc;
	}
	discovery->table =
	    peer_table_new(&limits, &discovery_table_user, discovery);
	return 0;
}

int
discovery_start(struct daemon_context *context)
{
	struct discovery *discovery = context->state;
	const struct config *config = context->config;
	struct monotime now = monotime_now();
	size_t cached;

	discovery->guard = gossip_filter_new();
	discovery->dialer = dialer_new(now);
	announce_timer_init(&discovery->announce_timer,
	    config->heartbeat_seconds * 1000, ANNOUNCE_GOSSIP_PER_MINUTE, now);
	discovery->timer =
	    evtimer_new(context->base, discovery_on_timer, discovery);
	discovery->ran = discovery->cache_saved = now;
	discovery->suspended_us = suspended_us();
	discovery->goopd = goopd_session_new(context->bus, context->base,
	    config->topic, &discovery_goopd_user, discovery);
	cached = peer_cache_load(discovery->cache_dirfd, discovery->table, now);
	if (cached > 0)
		log_info("peers remembered count=%zu", cached);
	discovery_open_rendezvous(discovery, now);
	mdns_io_start(discovery->mdns);
	discovery_set_status(discovery);
	discovery_run(discovery);
	return 0;
}

void
discovery_goodbye_said(struct discovery *discovery)
{
	if (--discovery->goodbyes == 0)
		daemon_stopped(discovery->context);
}

static void
on_wan_stopped(void *arg)
{
	discovery_goodbye_said(arg);
}

void
discovery_stop(struct daemon_context *context)
{
	struct discovery *discovery = context->state;

	discovery->is_stopping = true;
	event_del(discovery->timer);
	discovery_save_cache(discovery, monotime_now());
	mdns_io_stop(discovery->mdns);
	discovery->goodbyes = 2;
	discovery_say_goodbye(discovery);
	rendezvous_client_stop(discovery->wan, on_wan_stopped, discovery);
}
