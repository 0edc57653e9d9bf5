#include "goop-discoveryd/discovery_run.h"

#include <string.h>
#include <time.h>

#include "common/base/log.h"
#include "goop-discoveryd/discovery_handlers.h"
#include "goop-discoveryd/goopd_events.h"
#include "goop-discoveryd/peer_events.h"
#include "goop-discoveryd/peers/peer_cache.h"

enum {
	LOOK_MS = 5000,  /* the longest sleep */
	LATE_MS = 10000, /* woken this late: we were suspended */
	CACHE_GAP_MS = 30000,
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

/* After a suspend (or a stopped process) the silence of peers says nothing, and
 * the network may be another one. */
static void
check_resume(struct discovery *discovery, struct monotime now)
{
	int64_t suspended = suspended_us();
	bool resumed = suspended - discovery->suspended_us > 1000000 ||
		       monotime_since_ms(now, discovery->ran) > LATE_MS;

	discovery->suspended_us = suspended;
	discovery->ran = now;
	if (!resumed)
		return;
	log_info("resumed: looking for all peers again");
	peer_table_grant(discovery->table, now);
	peer_table_probe_absent(discovery->table, now);
	mdns_io_resume(discovery->mdns);
	rendezvous_client_network_changed(discovery->rendezvous);
}

void
discovery_save_cache(struct discovery *discovery, struct monotime now)
{
	int rc = peer_cache_save(discovery->cache_dirfd, discovery->table);

	/* A full disk stays full: logged once, tried again. */
	if (rc < 0 && !discovery->cache_is_failing)
		log_warn("peer cache not saved: %s", strerror(-rc));
	discovery->cache_is_failing = rc < 0;
	discovery->cache_is_stale = rc < 0;
	discovery->cache_saved = now;
}

static struct monotime
cache_due(const struct discovery *discovery)
{
	return discovery->cache_is_stale
		   ? monotime_add_ms(discovery->cache_saved, CACHE_GAP_MS)
		   : MONOTIME_NEVER;
}

static struct monotime
deadline_of(const struct discovery *discovery, struct monotime now)
{
	struct monotime deadline = monotime_add_ms(now, LOOK_MS);

	deadline = monotime_min(deadline, cache_due(discovery));
	deadline = monotime_min(
	    deadline, rendezvous_client_deadline(discovery->rendezvous));
	deadline =
	    monotime_min(deadline, discovery_probe_calls_deadline(discovery));
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
sleep_until_due(struct discovery *discovery)
{
	struct monotime now = monotime_now();
	struct timeval wait = timeval_until(deadline_of(discovery, now), now);

	event_add(discovery->timer, &wait);
}

void
discovery_run(struct discovery *discovery)
{
	struct monotime now = monotime_now();

	if (discovery->is_stopping)
		return;
	check_resume(discovery, now);
	/* Without goopd no peer is heard: then none goes offline. */
	if (goopd_session_is_up(discovery->goopd)) {
		peer_table_run(discovery->table, now);
		discovery_run_announce(discovery, now);
		discovery_run_dials(discovery, now);
		discovery_run_probes(discovery, now);
	}
	rendezvous_client_run(discovery->rendezvous, now);
	discovery_run_probe_calls(discovery, now);
	if (monotime_reached(now, cache_due(discovery)))
		discovery_save_cache(discovery, now);
	sleep_until_due(discovery);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	discovery_run(arg);
}

void
discovery_run_init(struct discovery *discovery, struct monotime now)
{
	discovery->timer =
	    evtimer_new(discovery->context->base, on_timer, discovery);
	discovery->ran = discovery->cache_saved = now;
	discovery->suspended_us = suspended_us();
}
