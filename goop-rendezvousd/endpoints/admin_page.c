#include "goop-rendezvousd/endpoints/admin_page.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "common/base/array.h"
#include "common/base/counter.h"
#include "common/base/fault.h"
#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/endpoints/page.h"
#include "goop-rendezvousd/endpoints/relay_info.h"

enum { METRICS_MAX = 128 * 1024 };

bool
admin_page_admits(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address from = rendezvous_client(rendezvous, request);
	unsigned int retry_s;

	switch (admin_access_judge(rendezvous->admin,
	    http_request_header(request, "Authorization"), &from,
	    monotime_now(), &retry_s)) {
	case ADMIN_GRANTED:
		return true;
	case ADMIN_DISABLED:
		answer_text(request, 403, "admin panel disabled");
		return false;
	case ADMIN_LATER:
		answer_later(request, 429, retry_s, "too many wrong passwords");
		return false;
	default:
		(void)http_header(request, "WWW-Authenticate",
		    "Basic realm=\"Goop2 Admin\", charset=\"UTF-8\"");
		answer_text(request, 401, "unauthorized");
		return false;
	}
}

void
serve_admin(struct rendezvous *rendezvous, struct http_request *request)
{
	static const struct page_value none[] = { { NULL, NULL, false } };

	(void)rendezvous;
	page_serve(request, "admin.html", none);
}

/* Consumes the value. */
static void
reply_json(struct http_request *request, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	struct buffer line;

	json_decref(value);
	if (text == NULL)
		bug("admin page: no JSON");
	buffer_init(&line, strlen(text) + 1);
	(void)buffer_printf(&line, "%s\n", text);
	answer_json(request, buffer_bytes(&line));
	buffer_fini(&line);
	free(text);
}

/* --- the graphs */

static json_t *
history_of(const struct history *history, size_t offset)
{
	json_t *values = json_array();
	uint64_t value;
	size_t i;

	for (i = 0; i < history->count; i++) {
		memcpy(&value, (const char *)history_get(history, i) + offset,
		    sizeof(value));
		json_array_append_new(values, json_integer((json_int_t)value));
	}
	return values;
}

static json_t *
history_json(const struct history *history)
{
	static const struct {
		const char *name;
		size_t offset;
	} series[] = {
		{ "peers", offsetof(struct history_sample, peers) },
		{ "subscribers", offsetof(struct history_sample, subscribers) },
		{ "heard", offsetof(struct history_sample, heard) },
		{ "delivered", offsetof(struct history_sample, delivered) },
		{ "bytes", offsetof(struct history_sample, bytes) },
	};
	json_t *object = json_pack(
	    "{s:i, s:i}", "most", HISTORY_SAMPLES, "every_s", HISTORY_EVERY_S);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(series); i++)
		json_object_set_new(object, series[i].name,
		    history_of(history, series[i].offset));
	return object;
}

/* --- numbers */

/* Does a counter count ordinary events? The others count what was refused,
 * dropped or lost. */
static bool
is_ordinary(const char *name)
{
	static const char *const names[] = { "bus_answers_late",
		"http_connections_accepted", "http_requests",
		"hub_flushes_forced", "presence_changed", "punch_hints_told",
		"roster_stale", "tls_decoys", "tls_reloads" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static json_t *
counters_json(void)
{
	const struct counter *counter;
	json_t *array = json_array();

	for (counter = counter_first(); counter != NULL;
	     counter = counter->next)
		json_array_append_new(
		    array, json_pack("{s:s, s:s, s:I, s:b}", "name",
			       counter->name, "help", counter->help, "value",
			       (json_int_t)counter->value, "is_ordinary",
			       is_ordinary(counter->name)));
	return array;
}

static json_t *
subscribers_json(const struct hub *hub)
{
	struct hub_stats stats;

	hub_get_stats(hub, &stats);
	return json_pack("{s:i, s:i, s:i, s:i}", "events_classic",
	    stats.subscribers[SUBSCRIBER_EVENTS_CLASSIC], "events_delta",
	    stats.subscribers[SUBSCRIBER_EVENTS_DELTA], "websocket_classic",
	    stats.subscribers[SUBSCRIBER_WEBSOCKET_CLASSIC], "websocket_delta",
	    stats.subscribers[SUBSCRIBER_WEBSOCKET_DELTA]);
}

void
serve_admin_status(struct rendezvous *rendezvous, struct http_request *request)
{
	int64_t uptime_ms =
	    monotime_since_ms(monotime_now(), rendezvous->started);

	reply_json(request,
	    json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "version",
		GOOP_VERSION, "uptime_s", (json_int_t)(uptime_ms / 1000),
		"online", (json_int_t)roster_count(rendezvous->roster),
		"journal_written",
		(json_int_t)activity_log_written(rendezvous->activity),
		"subscribers", subscribers_json(rendezvous->hub), "relay",
		relay_info_figures(rendezvous), "history",
		history_json(&rendezvous->history), "counters",
		counters_json()));
}

void
serve_logs(struct rendezvous *rendezvous, struct http_request *request)
{
	json_t *lines = json_array();
	size_t i, count = activity_log_count(rendezvous->activity);

	for (i = 0; i < count; i++)
		json_array_append_new(lines,
		    json_string(activity_log_line(rendezvous->activity, i)));
	reply_json(request, lines);
}

/* --- metrics, in the text format of Prometheus */

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
print_relay(const struct relay_report *report, struct buffer *text)
{
	int rc;

	if (report == NULL)
		return 0;
	rc = print_one(text, "relay_reservations", "gauge",
	    "places at the relay that are taken",
	    (uint64_t)report->reservations);
	if (rc == 0)
		rc = print_one(text, "relay_circuits", "gauge",
		    "circuits through the relay", (uint64_t)report->circuits);
	if (rc == 0)
		rc = print_one(text, "relay_circuits_total", "counter",
		    "circuits through the relay since its start",
		    (uint64_t)report->circuits_total);
	if (rc == 0)
		rc = print_one(text, "relay_refused_total", "counter",
		    "reservations and circuits that the relay did not grant",
		    (uint64_t)report->refused_total);
	if (rc == 0)
		rc = print_one(text, "relay_bytes_total", "counter",
		    "bytes of circuits that ended",
		    (uint64_t)report->bytes_total);
	return rc;
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
	    "# HELP goop_rendezvous_subscribers subscribers connected now\n"
	    "# TYPE goop_rendezvous_subscribers gauge\n");
	for (i = 0; i < SUBSCRIBER_FORMATS && rc == 0; i++)
		rc = buffer_printf(text, "goop_rendezvous_subscribers{%s} %u\n",
		    labels[i], stats->subscribers[i]);
	return rc;
}

static int
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
	if (rc == 0)
		rc = print_relay(relay_watch_report(rendezvous->relay), text);
	return rc == 0 ? print_counters(text) : rc;
}

void
serve_metrics(struct rendezvous *rendezvous, struct http_request *request)
{
	struct buffer text;

	buffer_init(&text, METRICS_MAX);
	if (metrics_print(rendezvous, &text) < 0)
		bug("metrics do not fit");
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, 200, "text/plain; version=0.0.4; charset=utf-8",
	    buffer_bytes(&text));
	buffer_fini(&text);
}
