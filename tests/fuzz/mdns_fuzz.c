/* mDNS packets: into the machine, and what was told must come back the same. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/libp2p/mdns/mdns.h"

static struct mdns_service *service;
static struct mdns_packet packet, again;
static struct mdns *mdns;

static void
on_send(unsigned int interface, struct bytes wire, void *arg)
{
	(void)interface;
	(void)arg;
	if (mdns_packet_decode(service, wire, &again) < 0)
		bug("we sent what we cannot read");
}

static void
on_answer(unsigned int interface, const struct mdns_address *to,
    struct bytes wire, void *arg)
{
	(void)to;
	on_send(interface, wire, arg);
}

static void
on_found(const struct mdns_found *found, void *arg)
{
	char text[MDNS_ADDRESS_TEXT_SIZE];
	size_t i;

	(void)arg;
	for (i = 0; i < found->count; i++)
		mdns_address_print(
		    &found->addresses[i], found->interface, text);
}

static void
on_lost(const struct peer_id *peer, void *arg)
{
	(void)peer;
	(void)arg;
}

static void
on_double(const struct mdns_address *source, void *arg)
{
	(void)source;
	(void)arg;
}

static void
start(void)
{
	static const struct mdns_user user = { on_send, on_answer, on_found,
		on_lost, on_double };
	struct mdns_interface interface = { .index = 2, .count = 1 };
	struct peer_id self;

	if (mdns_new("goop-mdns", &user, NULL, &mdns) < 0 ||
	    mdns_service_new("goop-mdns", &service) < 0 ||
	    peer_id_parse(
		"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5", &self) <
		0)
		bug("cannot start");
	interface.addresses[0] =
	    (struct mdns_address){ AF_INET, 0, { 10, 0, 0, 1 } };
	mdns_set_self(mdns, &self, 1, (struct monotime){ 0 });
	mdns_set_interfaces(mdns, &interface, 1, (struct monotime){ 0 });
}

/* A label that a name of ours can carry. */
static bool
is_plain(const char *label)
{
	return label[strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789")] ==
	       '\0';
}

static void
round_trip(const struct mdns_instance *told)
{
	struct mdns_self self = { told->label, &told->peer,
		told->addresses[0].port, told->addresses, 1, told->ttl_s,
		NULL };
	uint8_t out[MDNS_PACKET_OUT_MAX];
	int len = mdns_self_encode(service, &self, out);

	if (len < 0 ||
	    mdns_packet_decode(
		service, (struct bytes){ out, (size_t)len }, &again) < 0 ||
	    again.count != 1 ||
	    strcmp(again.instances[0].label, told->label) != 0 ||
	    again.instances[0].ttl_s != told->ttl_s ||
	    !peer_id_equal(&again.instances[0].peer, &told->peer) ||
	    !mdns_address_equal(
		&again.instances[0].addresses[0], &told->addresses[0]))
		bug("an instance changed on its way");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct monotime now;
	struct mdns_address source = { AF_INET, MDNS_PORT, { 10, 0, 0, 2 } };
	struct bytes wire = { data, size };
	size_t i;

	if (mdns == NULL)
		start();
	now = monotime_add_ms(now, 700);
	mdns_hear(mdns, 2, &source, wire, now);
	mdns_run(mdns, now);
	source.port = 12345; /* a resolver that asks once */
	mdns_hear(mdns, 2, &source, wire, now);
	if (mdns_packet_decode(service, wire, &packet) < 0)
		return 0;
	for (i = 0; i < packet.count; i++)
		if (packet.instances[i].count > 0 &&
		    is_plain(packet.instances[i].label))
			round_trip(&packet.instances[i]);
	return 0;
}
