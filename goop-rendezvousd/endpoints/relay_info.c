#include "goop-rendezvousd/endpoints/relay_info.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/endpoints/answer.h"

static void
reply(struct http_request *request, json_t *json)
{
	CLEANUP_FREE char *text = NULL, *line = NULL;

	text = xcheck(json_dumps(json, JSON_COMPACT));
	json_decref(json);
	line = xasprintf("%s\n", text);
	answer_json(request, bytes_of(line));
}

/* With the relay's id, so that an address alone is enough to dial it. */
static json_t *
addresses_of(const struct relay_report *report)
{
	json_t *addresses = json_array();
	size_t i;

	for (i = 0; i < report->addresses.count; i++) {
		CLEANUP_FREE char *address = xasprintf(
		    "%s/p2p/%s", report->addresses.items[i], report->peer_id);

		json_array_append_new(addresses, json_string(address));
	}
	return addresses;
}

void
serve_relay(struct rendezvous *rendezvous, struct http_request *request)
{
	const struct config *config = rendezvous->context->config;
	const struct relay_report *report =
	    relay_watch_report(rendezvous->relay);

	if (report == NULL) {
		/* As the original, whose peers take it for "no relay". */
		answer_text(request, 404, "relay not enabled");
		return;
	}
	reply(request,
	    json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I}", "peer_id",
		report->peer_id, "addrs", addresses_of(report),
		"cleanup_delay_sec", (json_int_t)config->relay_cleanup_delay_s,
		"poll_deadline_sec", (json_int_t)config->relay_poll_deadline_s,
		"connect_timeout_sec",
		(json_int_t)config->relay_connect_timeout_s,
		"refresh_interval_sec",
		(json_int_t)config->relay_refresh_interval_s,
		"recovery_grace_sec",
		(json_int_t)config->relay_recovery_grace_s));
}

void
serve_capabilities(struct rendezvous *rendezvous, struct http_request *request)
{
	bool has_relay = relay_watch_report(rendezvous->relay) != NULL;

	reply(request, json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "bridge", 0,
			   "credits", 0, "encryption", 0, "registration", 0,
			   "relay", has_relay, "templates", 0));
}

json_t *
relay_info_figures(const struct rendezvous *rendezvous)
{
	const struct relay_report *report =
	    relay_watch_report(rendezvous->relay);

	if (report == NULL)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "peer_id",
	    report->peer_id, "reservations", (json_int_t)report->reservations,
	    "circuits", (json_int_t)report->circuits, "circuits_total",
	    (json_int_t)report->circuits_total, "refused_total",
	    (json_int_t)report->refused_total, "bytes_total",
	    (json_int_t)report->bytes_total);
}
