#include "goop-rendezvousd/endpoints/metrics.h"

#include "common/base/counter.h"

static int
print_counters(struct buffer *text)
{
	const struct counter *counter;
	int rc = 0;

	for (counter = counter_first(); counter != NULL && rc == 0;
	     counter = counter->next)
		rc = buffer_printf(text,
		    "# HELP goop_%s_total %s\n# TYPE goop_%s_total counter\n"
		    "goop_%s_total %llu\n",
		    counter->name, counter->help, counter->name, counter->name,
		    (unsigned long long)counter->value);
	return rc;
}

static int
print_one(struct buffer *text, const char *name, const char *kind,
    const char *help, uint64_t value)
{
	return buffer_printf(text,
	    "# HELP goop_rendezvous_%s %s\n# TYPE goop_rendezvous_%s %s\n"
	    "goop_rendezvous_%s %llu\n",
	    name, help, name, kind, name, (unsigned long long)value);
}

static int
print_subscribers(const struct hub_stats *stats, struct buffer *text)
{
	static const char *const labels[SUBSCRIBER_FORMATS] = {
		[SUBSCRIBER_EVENTS_CLASSIC] =
		    "transport=\"events\",mode=\"classic\"",
		[SUBSCRIBER_EVENTS_DELTA] =
		    "transport=\"events\",mode=\"delta\"",
		[SUBSCRIBER_WEBSOCKET_CLASSIC] =
		    "transport=\"websocket\",mode=\"classic\"",
		[SUBSCRIBER_WEBSOCKET_DELTA] =
		    "transport=\"websocket\",mode=\"delta\"",
	};
	int i, rc;

	rc = buffer_printf(text,
	    "# HELP goop_rendezvous_subscribers who listens right now\n"
	    "# TYPE goop_rendezvous_subscribers gauge\n");
	for (i = 0; i < SUBSCRIBER_FORMATS && rc == 0; i++)
		rc = buffer_printf(text, "goop_rendezvous_subscribers{%s} %u\n",
		    labels[i], stats->subscribers[i]);
	return rc;
}

int
metrics_print(const struct rendezvous *rendezvous, struct buffer *text)
{
	struct hub_stats stats;
	int rc;

	hub_get_stats(rendezvous->hub, &stats);
	rc = buffer_printf(text,
	    "# TYPE goop_build_info gauge\ngoop_build_info{version=\"%s\"} 1\n",
	    GOOP_VERSION);
	if (rc == 0)
		rc = print_one(text, "peers", "gauge", "peers online",
		    roster_count(rendezvous->roster));
	if (rc == 0)
		rc = print_subscribers(&stats, text);
	if (rc == 0)
		rc = print_one(text, "heard_total", "counter",
		    "messages that peers published", rendezvous->heard);
	if (rc == 0)
		rc = print_one(text, "delivered_total", "counter",
		    "messages times subscribers", stats.messages_out);
	if (rc == 0)
		rc = print_one(text, "sent_bytes_total", "counter",
		    "bytes sent to subscribers", stats.bytes_out);
	return rc == 0 ? print_counters(text) : rc;
}
