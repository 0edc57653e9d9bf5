#include "goopd/reach/reach_report.h"

#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

/* Room for one more row of size bytes, zeroed. */
static void *
add_row(struct records *rows, size_t size)
{
	void *row;

	rows->items = xreallocarray(rows->items, rows->count + 1, size);
	row = (char *)rows->items + rows->count++ * size;
	memset(row, 0, size);
	return row;
}

static char *
text_of(const struct multiaddr *address)
{
	char text[MULTIADDR_TEXT_SIZE];

	multiaddr_print(address, text);
	return xstrdup(text);
}

void
report_relay(struct reachability_report *report, const struct relay_row *relay,
    const char *server)
{
	struct reach_relay *row = add_row(&report->relays, sizeof(*row));
	char id[PEER_ID_TEXT_SIZE];

	peer_id_print(&relay->relay, id);
	row->peer_id = xstrdup(id);
	text_replace(&row->server, server);
	text_replace(&row->error, relay->error);
	if (relay->address.len > 0)
		row->address = text_of(&relay->address);
	row->left_ms = relay->left_ms > 0 ? relay->left_ms : 0;
}

void
report_address(
    struct reachability_report *report, const struct verdict *verdict)
{
	static const char *const sources[] = {
		[VERDICT_MAPPED] = "mapped",
		[VERDICT_INTERFACE] = "interface",
		[VERDICT_OBSERVED] = "observed",
	};
	static const char *const states[] = {
		[VERDICT_UNKNOWN] = "unknown",
		[VERDICT_REACHABLE] = "reachable",
		[VERDICT_UNREACHABLE] = "unreachable",
	};
	struct reach_address *row = add_row(&report->addresses, sizeof(*row));
	char id[PEER_ID_TEXT_SIZE];

	row->address = text_of(&verdict->address);
	row->source = xstrdup(sources[verdict->source]);
	row->state = xstrdup(states[verdict->state]);
	row->is_announced = verdict_is_announced(verdict);
	row->judges = (int64_t)verdict->judge_count;
	if (verdict->judge_count == 0)
		return;
	peer_id_print(&verdict->judges[0], id);
	row->judge = xstrdup(id);
	row->how = xstrdup(verdict->version == 1 ? "autonat1" : "autonat2");
	row->age_ms = monotime_since_ms(monotime_now(), verdict->said);
}

void
report_observed(
    struct reachability_report *report, const struct outside_view *view)
{
	struct reach_observed *row = add_row(&report->observed, sizeof(*row));
	char id[PEER_ID_TEXT_SIZE];

	peer_id_print(&view->observer, id);
	row->address = text_of(&view->address);
	row->observer = xstrdup(id);
	row->observers = (int64_t)view->observers;
	row->is_of_port = view->is_of_port;
}

/* Does nobody see us at the address that our router says it has? */
static bool
is_double_nat(const struct reach_mapping *mapping,
    const struct outside_view *views, size_t count)
{
	struct multiaddr outside;
	bool is_seen = false;
	size_t i;

	if (mapping->error != NULL || mapping->outside == NULL ||
	    multiaddr_parse(mapping->outside, &outside) < 0)
		return false;
	for (i = 0; i < count; i++) {
		if (!multiaddr_is_same_family(&views[i].address, &outside))
			continue;
		if (multiaddr_is_same_ip(&views[i].address, &outside))
			return false;
		is_seen = true;
	}
	return is_seen;
}

void
report_mapping(struct reachability_report *report,
    const struct reach_mapping *mapping, const struct outside_view *views,
    size_t count)
{
	struct reach_mapping *row =
	    add_row(&report->port_mapping, sizeof(*row));

	message_copy(&reach_mapping_message, mapping, row);
	if (is_double_nat(mapping, views, count))
		row->error = xstrdup(
		    "other peers see this network at another address than the "
		    "router's own: it is behind another router or the "
		    "provider's (double NAT), where a mapping cannot help");
}

static bool
has_address(const struct reachability_report *report, const char *state,
    const char *source)
{
	const struct reach_address *rows = report->addresses.items;
	size_t i;

	for (i = 0; i < report->addresses.count; i++)
		if ((state == NULL || strcmp(rows[i].state, state) == 0) &&
		    (source == NULL || strcmp(rows[i].source, source) == 0))
			return true;
	return false;
}

static bool
is_any_reserved(const struct reachability_report *report)
{
	const struct reach_relay *rows = report->relays.items;
	size_t i;

	for (i = 0; i < report->relays.count; i++)
		if (rows[i].address != NULL)
			return true;
	return false;
}

void
report_state(struct reachability_report *report, enum outside_nat nat)
{
	static const char *const nats[] = {
		[OUTSIDE_NAT_UNKNOWN] = "unknown",
		[OUTSIDE_NAT_SAME] = "same",
		[OUTSIDE_NAT_VARIES] = "varies",
	};

	if (has_address(report, "reachable", NULL))
		report->state = xstrdup("direct");
	else if (is_any_reserved(report))
		report->state = xstrdup("relayed");
	else if (report->relays.count > 0)
		report->state = xstrdup("none");
	else
		report->state = xstrdup("unknown");
	report->nat = xstrdup(
	    has_address(report, NULL, "interface") ? "none" : nats[nat]);
}
