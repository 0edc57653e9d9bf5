/* bus_asking: one who asks bus_served, listens to it, and counts. */
#ifndef TESTS_UNIT_SUPPORT_BUS_ASKING_H
#define TESTS_UNIT_SUPPORT_BUS_ASKING_H

#include "common/base/counter.h"
#include "tests/unit/support/bus_served.h"

enum { LONG_MS = 20000 };

struct asking {
	struct event_base *base;
	struct bus *bus;
	struct bus_client *client;
	int gaps, losses, events;
	char last[64]; /* topic of the last event */
	int answers;
	struct bus_error error;
};

static inline void
on_pubsub_message(const struct pubsub_message *pubsub, void *arg)
{
	struct asking *asking = arg;

	asking->events++;
	snprintf(asking->last, sizeof(asking->last), "%s", pubsub->topic);
}

static inline void
on_gap(void *arg)
{
	((struct asking *)arg)->gaps++;
}

static inline void
on_lost(void *arg)
{
	((struct asking *)arg)->losses++;
}

static const struct bus_subscriber events[] = {
	SUBSCRIBE(pubsub_message, on_pubsub_message), BUS_SUBSCRIBER_END
};
static const struct bus_watcher watcher = { events, on_gap, on_lost };

static inline void
ask(struct asking *asking, struct event_base *base)
{
	*asking = (struct asking){ .base = base };
	assert_int_equal(
	    bus_new(base, directory, FROM_DISCOVERYD, &asking->bus), 0);
	asking->client = bus_connect(asking->bus, "goopd", &watcher, asking);
}

static inline void
stop_asking(struct asking *asking)
{
	bus_client_free(asking->client);
	bus_free(asking->bus);
}

/* clang-format off */
#define ON_DONE(name, answer) \
	static inline void \
	on_##name##_done(const struct bus_error *error, \
	    const struct answer *reply, void *arg) \
	{ \
		struct asking *asking = arg; \
		asking->answers++; \
		asking->error = \
		    error != NULL ? *error : (struct bus_error){ 0 }; \
		assert_true((error == NULL) != (reply == NULL)); \
	}
/* clang-format on */
ON_DONE(identity, identity_reply)
ON_DONE(peer_probe, peer_probe_reply)
ON_DONE(pubsub_publish, publish_reply)

static inline void
on_too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("waited too long");
}

/* Run the loop until *value is at least want. */
static inline void
wait_for(struct event_base *base, const int *value, int want)
{
	struct timeval limit = { LONG_MS / 1000, 0 };
	struct event *alarm_clock = evtimer_new(base, on_too_long, NULL);

	evtimer_add(alarm_clock, &limit);
	while (*value < want)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(alarm_clock);
}

static inline void
publish(struct asking *asking, const char *topic)
{
	struct publish_request request = { (char *)(uintptr_t)topic,
		{ NULL, 0 } };
	int want = asking->answers + 1;

	ask_pubsub_publish(
	    asking->client, &request, LONG_MS, on_pubsub_publish_done, asking);
	wait_for(asking->base, &asking->answers, want);
	assert_int_equal(asking->error.code, BUS_OK);
}

static inline enum bus_code
ask_port(struct asking *asking, int64_t *ret_port)
{
	struct identity_reply reply;
	enum bus_code code;

	code = ask_identity_now(asking->client, NOTHING, LONG_MS, &reply, NULL);
	if (code != BUS_OK)
		return code;
	assert_string_equal(reply.peer_id, "me");
	*ret_port = reply.port;
	message_fini(&identity_reply_message, &reply);
	return BUS_OK;
}

static inline uint64_t
count_of(const char *name)
{
	const struct counter *counter = counter_first();

	for (; counter != NULL; counter = counter->next)
		if (!strcmp(counter->name, name))
			return counter->value;
	fail_msg("no counter %s", name);
	return 0;
}

#endif
