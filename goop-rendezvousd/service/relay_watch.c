#include "goop-rendezvousd/service/relay_watch.h"

#include <stdlib.h>

#include "common/base/xalloc.h"

enum {
	ASK_EVERY_S = 3,
	ASK_MS = 2000,
	PULSE_MS = 8000, /* the relay gives up before */
};

struct relay_watch {
	struct bus_client *relayd;
	struct event *timer;
	struct relay_report report;
	bool is_there; /* the report is recent */
};

static void
on_report(
    const struct bus_error *error, const struct relay_report *report, void *arg)
{
	struct relay_watch *watch = arg;

	watch->is_there = error == NULL;
	if (error != NULL)
		return;
	message_fini(&relay_report_message, &watch->report);
	message_copy(&relay_report_message, report, &watch->report);
}

static void
ask(struct relay_watch *watch)
{
	ask_relay_report(watch->relayd, NOTHING, ASK_MS, on_report, watch);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

static void
on_up(void *arg)
{
	ask(arg);
}

static void
on_lost(void *arg)
{
	((struct relay_watch *)arg)->is_there = false;
}

struct relay_watch *
relay_watch_new(struct bus *bus, struct event_base *base)
{
	static const struct bus_watcher watcher = { .on_gap = on_up,
		.on_lost = on_lost };
	static const struct timeval every = { ASK_EVERY_S, 0 };
	struct relay_watch *watch = xzalloc(sizeof(*watch));

	watch->relayd = bus_connect(bus, "goop-relayd", &watcher, watch);
	watch->timer = xcheck(event_new(base, -1, EV_PERSIST, on_timer, watch));
	event_add(watch->timer, &every);
	return watch;
}

void
relay_watch_free(struct relay_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->timer);
	bus_client_free(watch->relayd);
	message_fini(&relay_report_message, &watch->report);
	free(watch);
}

const struct relay_report *
relay_watch_report(const struct relay_watch *watch)
{
	return watch != NULL && watch->is_there ? &watch->report : NULL;
}

void
relay_watch_pulse(struct relay_watch *watch, const char *peer_id,
    relay_pulse_done_fn *done, void *arg)
{
	const struct relay_pulse pulse = { peer_id };

	ask_relay_pulse(watch->relayd, &pulse, PULSE_MS, done, arg);
}
