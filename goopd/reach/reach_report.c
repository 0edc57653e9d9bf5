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
report_interfaces(struct reachability_report *report, const struct host *host)
{
	struct multiaddr own[REACH_ADDRESSES_MAX];
	struct reach_address *row;
	size_t count, i;

	count = host_addresses(host, false, own, REACH_ADDRESSES_MAX);
	for (i = 0; i < count; i++) {
		if (!multiaddr_is_dialable(&own[i]) ||
		    multiaddr_is_private(&own[i]))
			continue;
		row = add_row(&report->addresses, sizeof(*row));
		row->address = text_of(&own[i]);
		row->source = xstrdup("interface");
		row->state = xstrdup("unknown");
		row->is_announced = true;
	}
}

void
report_mapping(
    struct reachability_report *report, const struct reach_mapping *mapping)
{
	message_copy(&reach_mapping_message, mapping,
	    add_row(&report->port_mapping, sizeof(*mapping)));
}

static bool
is_any_reachable(const struct reachability_report *report)
{
	const struct reach_address *rows = report->addresses.items;
	size_t i;

	for (i = 0; i < report->addresses.count; i++)
		if (strcmp(rows[i].state, "reachable") == 0)
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
report_state(struct reachability_report *report)
{
	if (is_any_reachable(report))
		report->state = xstrdup("direct");
	else if (is_any_reserved(report))
		report->state = xstrdup("relayed");
	else if (report->relays.count > 0)
		report->state = xstrdup("none");
	else
		report->state = xstrdup("unknown");
	report->nat = xstrdup("unknown");
}
