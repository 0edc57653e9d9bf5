#include "goop-discoveryd/discoveryd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/discovery_run.h"
#include "goop-discoveryd/goopd_events.h"
#include "goop-discoveryd/peer_events.h"
#include "goop-discoveryd/peers/peer_cache.h"
#include "goop-discoveryd/server_choice.h"

static int
discovery_open_cache(struct discovery *discovery, int dirfd)
{
	if (mkdirat(dirfd, "cache", 0700) == -1 && errno != EEXIST)
		return -errno;
	discovery->cache_dirfd =
	    openat(dirfd, "cache", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return discovery->cache_dirfd == -1 ? -errno : 0;
}

/* Is it another one now? */
static bool
discovery_take_profile(struct discovery *discovery, const struct config *config)
{
	struct self_profile profile = {
		.label = config->label,
		.email = config->email,
		.video_disabled = config->video_disabled,
		.active_template = config->active_template,
		.verification_token = config->verification_token,
	};

	if (message_equal(&self_profile_message, &profile, &discovery->profile))
		return false;
	message_fini(&self_profile_message, &discovery->profile);
	message_copy(&self_profile_message, &profile, &discovery->profile);
	return true;
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
		.tag = discovery->tag,
	};
	int rc;

	context->state = discovery;
	discovery->context = context;
	STAILQ_INIT(&discovery->probe_calls);
	(void)discovery_take_profile(discovery, config);
	presence_tag_make(config->mdns_tag, discovery->tag);
	rc = discovery_open_cache(discovery, context->dirfd);
	if (rc < 0) {
		log_error("cannot use the directory cache: %s", strerror(-rc));
		return rc;
	}
	rc = discovery_prepare_servers(discovery);
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

	discovery->filter = gossip_filter_new();
	discovery->dialer = dialer_new(now);
	announce_timer_init(&discovery->announce_timer,
	    config->heartbeat_seconds * 1000, ANNOUNCE_GOSSIP_PER_MINUTE, now);
	discovery_run_init(discovery, now);
	discovery->goopd = goopd_session_new(context->bus, context->base,
	    config->topic, &discovery_goopd_user, discovery);
	cached = peer_cache_load(discovery->cache_dirfd, discovery->table, now);
	if (cached > 0)
		log_info("peers remembered count=%zu", cached);
	discovery_open_servers(discovery, now);
	mdns_io_start(discovery->mdns);
	discovery_set_status(discovery);
	discovery_run(discovery);
	return 0;
}

void
discovery_configure(struct daemon_context *context)
{
	struct discovery *discovery = context->state;

	if (discovery_take_profile(discovery, context->config))
		discovery_self_changed(discovery);
	discovery_choose_server(discovery);
}

static void
on_rendezvous_stopped(void *arg)
{
	discovery_goodbye_done(arg);
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
	rendezvous_client_stop(
	    discovery->rendezvous, on_rendezvous_stopped, discovery);
}
