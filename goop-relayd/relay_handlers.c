#include "goop-relayd/relay_handlers.h"

#include <errno.h>
#include <string.h>

#include "common/bus/daemon_bus.h"
#include "goop-relayd/relayd.h"

const struct bus_handler relay_handlers[] = BUS_HANDLERS(RELAYD_OPS);

static void
add_addresses(const struct host *host, struct strings *ret)
{
	struct multiaddr own[RELAY_TOLD_ADDRESSES_MAX];
	char text[MULTIADDR_TEXT_SIZE];
	size_t count, i;

	count = host_addresses(host, false, own, RELAY_TOLD_ADDRESSES_MAX);
	for (i = 0; i < count; i++) {
		multiaddr_print(&own[i], text);
		strings_add(ret, text);
	}
}

void
handle_relay_report(
    struct relay_report_call call, const struct nothing *request, void *arg)
{
	const struct relayd *relayd = ((struct daemon_context *)arg)->state;
	struct relay_server_figures figures =
	    relay_server_figures(relayd->relay);
	struct relay_report report = {
		.peer_id = relayd->identity.text,
		.reservations = (int64_t)figures.reservations,
		.circuits = (int64_t)figures.circuits,
		.circuits_total = (int64_t)figures.circuits_total,
		.refused_total = (int64_t)figures.refused_total,
		.bytes_total = (int64_t)figures.bytes_total,
	};

	(void)request;
	add_addresses(relayd->host, &report.addresses);
	reply_relay_report(call, &report);
	strings_free(&report.addresses);
}

/* --- pulses */

static void
on_pulsed(int error, const struct refresh_answer *answer, void *arg)
{
	struct relay_pulse_call call = { arg };

	if (answer != NULL)
		reply_relay_pulse(call, answer);
	else if (error == -EPROTONOSUPPORT)
		bus_fail(call.bus, BUS_UNREACHABLE,
		    "the peer does not know the protocol");
	else if (error == -EBADMSG)
		bus_fail(call.bus, BUS_UNREACHABLE,
		    "the peer's answer makes no sense");
	else
		bus_fail(call.bus, BUS_UNREACHABLE, "%s", strerror(-error));
}

void
handle_relay_pulse(
    struct relay_pulse_call call, const struct relay_pulse *asked, void *arg)
{
	struct relayd *relayd = ((struct daemon_context *)arg)->state;
	struct peer_id peer;
	int rc;

	if (peer_id_parse(asked->peer_id, &peer) < 0) {
		bus_fail(call.bus, BUS_BAD_REQUEST, "no peer id");
		return;
	}
	rc = pulse_peer(relayd->pulses, &peer, on_pulsed, call.bus);
	if (rc == -ENOTCONN)
		bus_fail(call.bus, BUS_NOT_FOUND, "the peer is not connected");
	else if (rc < 0)
		bus_fail(call.bus, BUS_BUSY, "too many peers are asked");
}
