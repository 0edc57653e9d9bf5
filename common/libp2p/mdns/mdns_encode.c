#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/mdns/mdns_service.h"

/* RFC 6762 section 10.2: we alone own this record; forget older ones. */
#define MDNS_CACHE_FLUSH 0x8000u

int
mdns_service_new(const char *tag, struct mdns_service **ret)
{
	struct mdns_service *service = xzalloc(sizeof(*service));
	CLEANUP_FREE char *name = xasprintf("%s.local.", tag);

	service->name = ldns_dname_new_frm_str(name);
	service->meta = ldns_dname_new_frm_str("_services._dns-sd._udp.local.");
	service->local = ldns_dname_new_frm_str("local.");
	if (service->meta == NULL || service->local == NULL)
		bug("mdns: libldns refuses a constant name");
	/* Room for an instance label before it; a tag of its own at all. */
	if (service->name == NULL ||
	    ldns_dname_label_count(service->name) < 2 ||
	    ldns_rdf_size(service->name) + MDNS_LABEL_SIZE >
		LDNS_MAX_DOMAINLEN) {
		mdns_service_free(service);
		return -EINVAL;
	}
	ldns_dname2canonical(service->name); /* go peers mind the case */
	*ret = service;
	return 0;
}

void
mdns_service_free(struct mdns_service *service)
{
	if (service == NULL)
		return;
	ldns_rdf_deep_free(service->name);
	ldns_rdf_deep_free(service->meta);
	ldns_rdf_deep_free(service->local);
	free(service);
}

/* What libldns makes is small here: without memory there is no going on. */
static void *
mdns_must(void *made)
{
	if (made == NULL)
		bug("mdns: libldns made nothing");
	return made;
}

static ldns_rdf *
mdns_name_under(const char *label, const ldns_rdf *parent)
{
	ldns_rdf *name = mdns_must(ldns_dname_new_frm_str(label));
	ldns_rdf *full = mdns_must(ldns_dname_cat_clone(name, parent));

	ldns_rdf_deep_free(name);
	return full;
}

/* An empty record of a name; consumes owner. */
static ldns_rr *
mdns_record(ldns_rdf *owner, ldns_rr_type type, bool is_unique, uint32_t ttl_s)
{
	ldns_rr *record = mdns_must(ldns_rr_new());

	ldns_rr_set_owner(record, owner);
	ldns_rr_set_type(record, type);
	ldns_rr_set_class(
	    record, (ldns_rr_class)(LDNS_RR_CLASS_IN |
				    (is_unique ? MDNS_CACHE_FLUSH : 0)));
	ldns_rr_set_ttl(record, ttl_s);
	return record;
}

static void
mdns_record_push(ldns_rr *record, ldns_rdf *value)
{
	ldns_rr_push_rdf(record, mdns_must(value));
}

static int
mdns_packet_finish(ldns_pkt *packet, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	uint8_t *wire = NULL;
	size_t len = 0;
	int rc;

	if (ldns_pkt2wire(&wire, packet, &len) != LDNS_STATUS_OK) {
		rc = -EINVAL;
	} else if (len > MDNS_PACKET_OUT_MAX) {
		rc = -ENOBUFS;
	} else {
		memcpy(out, wire, len);
		rc = (int)len;
	}
	free(wire);
	ldns_pkt_free(packet);
	return rc;
}

int
mdns_query_encode(const struct mdns_service *service, uint16_t id,
    uint8_t out[MDNS_PACKET_OUT_MAX])
{
	ldns_pkt *packet = mdns_must(ldns_pkt_new());
	ldns_rr *question =
	    mdns_record(mdns_must(ldns_rdf_clone(service->name)),
		LDNS_RR_TYPE_PTR, false, 0);

	ldns_pkt_set_id(packet, id);
	ldns_rr_set_question(question, true);
	ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, question);
	return mdns_packet_finish(packet, out);
}

static ldns_pkt *
mdns_response(void)
{
	ldns_pkt *packet = mdns_must(ldns_pkt_new());

	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_aa(packet, true); /* RFC 6762 section 18.4 */
	return packet;
}

int
mdns_meta_encode(
    const struct mdns_service *service, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	ldns_pkt *packet = mdns_response();
	ldns_rr *pointer = mdns_record(mdns_must(ldns_rdf_clone(service->meta)),
	    LDNS_RR_TYPE_PTR, false, MDNS_TTL_S);

	mdns_record_push(pointer, ldns_rdf_clone(service->name));
	ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, pointer);
	return mdns_packet_finish(packet, out);
}

/* One TXT record with a string for each address: of two records go peers keep
 * only the last. */
static ldns_rr *
mdns_self_text(const struct mdns_self *self, ldns_rdf *owner)
{
	ldns_rr *record =
	    mdns_record(owner, LDNS_RR_TYPE_TXT, true, self->ttl_s);
	char peer[PEER_ID_TEXT_SIZE], address[MDNS_ADDRESS_TEXT_SIZE];
	char text[256];
	size_t i;

	peer_id_print(self->peer, peer);
	for (i = 0; i < self->count && i < MDNS_OWN_ADDRESSES_MAX; i++) {
		struct mdns_address at = self->addresses[i];

		at.port = self->port;
		mdns_address_print(&at, 0, address);
		text[0] = (char)snprintf(text + 1, sizeof(text) - 1,
		    MDNS_TXT_PREFIX "%s/p2p/%s", address, peer);
		mdns_record_push(
		    record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR,
				(size_t)(uint8_t)text[0] + 1, text));
	}
	return record;
}

/* The first address of a family, as A or AAAA of the host. */
static void
mdns_self_host(ldns_pkt *packet, const struct mdns_self *self,
    const ldns_rdf *host, sa_family_t family)
{
	bool v4 = family == AF_INET;
	ldns_rr *record;
	size_t i;

	for (i = 0; i < self->count; i++)
		if (self->addresses[i].family == family)
			break;
	if (i == self->count)
		return;
	record = mdns_record(mdns_must(ldns_rdf_clone(host)),
	    v4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA, true, self->ttl_s);
	mdns_record_push(record,
	    ldns_rdf_new_frm_data(v4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
		v4 ? 4 : 16, self->addresses[i].ip));
	ldns_pkt_push_rr(packet, LDNS_SECTION_ADDITIONAL, record);
}

static ldns_rr *
mdns_self_server(
    const struct mdns_self *self, const ldns_rdf *instance, ldns_rdf *host)
{
	ldns_rr *record = mdns_record(mdns_must(ldns_rdf_clone(instance)),
	    LDNS_RR_TYPE_SRV, true, self->ttl_s);

	mdns_record_push(record, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, 0));
	mdns_record_push(record, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, 0));
	mdns_record_push(
	    record, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, self->port));
	mdns_record_push(record, host);
	return record;
}

/*
 * Everything in one packet: go peers do not merge records of several packets,
 * and js peers want the pointer in the answer section (vectors/mdns.json).
 */
int
mdns_self_encode(const struct mdns_service *service,
    const struct mdns_self *self, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	ldns_rdf *instance = mdns_name_under(self->label, service->name);
	ldns_rdf *host = mdns_name_under(self->label, service->local);
	ldns_pkt *packet = mdns_response();
	ldns_rr *pointer = mdns_record(mdns_must(ldns_rdf_clone(service->name)),
	    LDNS_RR_TYPE_PTR, false, self->ttl_s);

	mdns_record_push(pointer, ldns_rdf_clone(instance));
	ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, pointer);
	ldns_pkt_push_rr(packet, LDNS_SECTION_ADDITIONAL,
	    mdns_self_server(self, instance, mdns_must(ldns_rdf_clone(host))));
	ldns_pkt_push_rr(
	    packet, LDNS_SECTION_ADDITIONAL, mdns_self_text(self, instance));
	mdns_self_host(packet, self, host, AF_INET);
	mdns_self_host(packet, self, host, AF_INET6);
	ldns_rdf_deep_free(host);
	return mdns_packet_finish(packet, out);
}
