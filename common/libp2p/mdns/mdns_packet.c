#include "common/libp2p/mdns/mdns_packet.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr.h"

COUNTER(mdns_instances_left_out, "mDNS instances over the limit of a packet");
COUNTER(mdns_texts_refused, "mDNS texts that are no address of a peer");

enum { MDNS_HEADER_SIZE = 12, DNS_CLASS_ANY = 255, DNS_CLASS_MASK = 0x7fff };

/* The prefix of a TXT string with an address (libp2p mdns specification,
 * "Response"). */
#define MDNS_TXT_PREFIX "dnsaddr="

struct mdns_service {
	ldns_rdf *name; /* goop-mdns.local. */
	ldns_rdf *meta; /* _services._dns-sd._udp.local. (RFC 6763 section 9) */
	ldns_rdf *local; /* local. */
};

/* RFC 6762 section 10.2: a unique record; receivers drop older ones. */
#define MDNS_CACHE_FLUSH 0x8000u

/* --- the service --- */

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
	ldns_dname2canonical(
	    service->name); /* go peers compare case-sensitively */
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

/* --- reading --- */

/* libldns trusts the counts of the header, so check them first. */
static bool
mdns_header_is_sane(struct bytes wire)
{
	struct cursor cursor = cursor_over(wire);
	unsigned int questions, records;

	if (wire.len < MDNS_HEADER_SIZE || wire.len > MDNS_PACKET_IN_MAX)
		return false;
	cursor_take(&cursor, 4);
	questions = cursor_be16(&cursor);
	records = cursor_be16(&cursor);
	records += cursor_be16(&cursor);
	records += cursor_be16(&cursor);
	return questions <= MDNS_QUESTIONS_MAX && records <= MDNS_RECORDS_MAX;
}

/*
 * The instance label of a name below the service, in lower case; false if it is
 * not one. A label is 1 to 63 bytes; unprintable bytes become '?', so that a
 * NUL cannot end it early.
 */
static bool
mdns_label_of(const struct mdns_service *service, const ldns_rdf *name,
    char ret[MDNS_LABEL_SIZE])
{
	const uint8_t *wire = ldns_rdf_data(name);
	size_t len, i;

	if (ldns_rdf_size(name) < 2 ||
	    ldns_dname_label_count(name) !=
		ldns_dname_label_count(service->name) + 1 ||
	    !ldns_dname_is_subdomain(name, service->name))
		return false;
	len = wire[0];
	if (len == 0 || len >= MDNS_LABEL_SIZE)
		return false;
	for (i = 0; i < len; i++)
		ret[i] =
		    isprint(wire[1 + i]) ? (char)tolower(wire[1 + i]) : '?';
	ret[len] = '\0';
	return true;
}

/* The entry of an instance, made if there is room. */
static struct mdns_instance *
mdns_instance_get(struct mdns_packet *packet, const char *label)
{
	struct mdns_instance *instance;
	size_t i;

	for (i = 0; i < packet->count; i++)
		if (strcmp(packet->instances[i].label, label) == 0)
			return &packet->instances[i];
	if (packet->count == MDNS_INSTANCES_MAX) {
		counter_add(&mdns_instances_left_out, 1);
		return NULL;
	}
	instance = &packet->instances[packet->count++];
	memset(instance, 0, sizeof(*instance));
	memcpy(instance->label, label, strlen(label));
	return instance;
}

/* The address and peer of a TXT string. */
static bool
mdns_text_parse(
    const ldns_rdf *string, struct mdns_address *ret, struct peer_id *ret_peer)
{
	static const size_t skip = sizeof(MDNS_TXT_PREFIX) - 1;
	struct sockaddr_storage socket;
	struct multiaddr address;
	socklen_t socket_len;
	char text[256];
	size_t len = ldns_rdf_size(string);

	if (len < 1 || len > sizeof(text))
		return false;
	len--; /* the string's own length byte */
	memcpy(text, ldns_rdf_data(string) + 1, len);
	text[len] = '\0';
	/* A zone names an interface of the sender: meaningless here. */
	if (strlen(text) != len || strncmp(text, MDNS_TXT_PREFIX, skip) != 0 ||
	    strncmp(text + skip, "/ip6zone/", 9) == 0)
		return false;
	return multiaddr_parse(text + skip, &address) == 0 &&
	       multiaddr_to_sockaddr(
		   &address, &socket, &socket_len, ret_peer) == 0 &&
	       ret_peer->len > 0 &&
	       mdns_address_of_sockaddr((struct sockaddr *)&socket, ret) &&
	       mdns_address_is_dialable(ret);
}

static void
mdns_instance_add(struct mdns_instance *instance,
    const struct mdns_address *address, const struct peer_id *peer)
{
	size_t i;

	if (instance->peer.len == 0)
		instance->peer = *peer;
	if (!peer_id_equal(&instance->peer, peer) ||
	    instance->count == MDNS_PEER_ADDRESSES_MAX) {
		counter_add(&mdns_texts_refused, 1);
		return;
	}
	for (i = 0; i < instance->count; i++)
		if (mdns_address_equal(&instance->addresses[i], address))
			return;
	instance->addresses[instance->count++] = *address;
}

static void
mdns_read_text(const struct mdns_service *service, const ldns_rr *record,
    struct mdns_packet *packet)
{
	struct mdns_instance *instance;
	struct mdns_address address;
	struct peer_id peer;
	char label[MDNS_LABEL_SIZE];
	size_t i;

	if (!mdns_label_of(service, ldns_rr_owner(record), label))
		return;
	instance = mdns_instance_get(packet, label);
	if (instance == NULL)
		return;
	instance->ttl_s = ldns_rr_ttl(record);
	for (i = 0; i < ldns_rr_rd_count(record); i++) {
		if (mdns_text_parse(ldns_rr_rdf(record, i), &address, &peer))
			mdns_instance_add(instance, &address, &peer);
		else /* empty, or another transport of a peer */
			counter_add(&mdns_texts_refused, 1);
	}
}

static void
mdns_read_pointer(const struct mdns_service *service, const ldns_rr *record,
    struct mdns_packet *packet)
{
	struct mdns_instance *instance;
	char label[MDNS_LABEL_SIZE];

	if (ldns_rr_rd_count(record) != 1 ||
	    ldns_dname_compare(ldns_rr_owner(record), service->name) != 0 ||
	    !mdns_label_of(service, ldns_rr_rdf(record, 0), label))
		return;
	instance = mdns_instance_get(packet, label);
	if (instance != NULL && instance->peer.len == 0)
		instance->ttl_s = ldns_rr_ttl(record);
}

static void
mdns_read_section(const struct mdns_service *service,
    const ldns_rr_list *section, struct mdns_packet *packet)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(section); i++) {
		const ldns_rr *record = ldns_rr_list_rr(section, i);

		if ((ldns_rr_get_class(record) & DNS_CLASS_MASK) !=
		    LDNS_RR_CLASS_IN)
			continue;
		if (ldns_rr_get_type(record) == LDNS_RR_TYPE_TXT)
			mdns_read_text(service, record, packet);
		else if (ldns_rr_get_type(record) == LDNS_RR_TYPE_PTR)
			mdns_read_pointer(service, record, packet);
	}
}

/* Of any type: go and js peers ignore the type, too. */
static void
mdns_read_questions(const struct mdns_service *service,
    const ldns_rr_list *questions, struct mdns_packet *packet)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(questions); i++) {
		const ldns_rr *question = ldns_rr_list_rr(questions, i);
		unsigned int class =
		    ldns_rr_get_class(question) & DNS_CLASS_MASK;
		const ldns_rdf *name = ldns_rr_owner(question);

		if (class != LDNS_RR_CLASS_IN && class != DNS_CLASS_ANY)
			continue;
		if (ldns_dname_compare(name, service->name) == 0)
			packet->asks_service = true;
		else if (ldns_dname_compare(name, service->meta) == 0)
			packet->asks_meta = true;
		else if (!mdns_label_of(service, name, packet->asked_label))
			continue;
		packet->asked_type = (uint16_t)ldns_rr_get_type(question);
	}
}

int
mdns_packet_decode(const struct mdns_service *service, struct bytes wire,
    struct mdns_packet *ret)
{
	ldns_pkt *packet;

	ret->id = ret->asked_type = 0;
	ret->is_response = false;
	ret->asks_service = ret->asks_meta = false;
	ret->asked_label[0] = '\0';
	ret->count = 0;
	if (!mdns_header_is_sane(wire) ||
	    ldns_wire2pkt(&packet, wire.data, wire.len) != LDNS_STATUS_OK)
		return -EBADMSG;
	ret->id = ldns_pkt_id(packet);
	ret->is_response = ldns_pkt_qr(packet);
	if (ldns_pkt_get_opcode(packet) == LDNS_PACKET_QUERY) {
		if (!ldns_pkt_qr(packet) && ldns_pkt_nscount(packet) == 0)
			mdns_read_questions(
			    service, ldns_pkt_question(packet), ret);
		mdns_read_section(service, ldns_pkt_answer(packet), ret);
		mdns_read_section(service, ldns_pkt_additional(packet), ret);
	}
	ldns_pkt_free(packet);
	return 0;
}

/* --- writing --- */

static ldns_rdf *
mdns_name_under(const char *label, const ldns_rdf *parent)
{
	ldns_rdf *name = xcheck(ldns_dname_new_frm_str(label));
	ldns_rdf *full = xcheck(ldns_dname_cat_clone(name, parent));

	ldns_rdf_deep_free(name);
	return full;
}

/* An empty record of a name; consumes owner. */
static ldns_rr *
mdns_record(ldns_rdf *owner, ldns_rr_type type, bool is_unique, uint32_t ttl_s)
{
	ldns_rr *record = xcheck(ldns_rr_new());

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
	ldns_rr_push_rdf(record, xcheck(value));
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
	ldns_pkt *packet = xcheck(ldns_pkt_new());
	ldns_rr *question = mdns_record(
	    xcheck(ldns_rdf_clone(service->name)), LDNS_RR_TYPE_PTR, false, 0);

	ldns_pkt_set_id(packet, id);
	ldns_rr_set_question(question, true);
	ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, question);
	return mdns_packet_finish(packet, out);
}

/* To the group; or to one asker, whose question comes first; consumes name. */
static ldns_pkt *
mdns_response(const struct mdns_question *question, ldns_rdf *name)
{
	ldns_pkt *packet = xcheck(ldns_pkt_new());
	ldns_rr *asked;

	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_aa(packet, true); /* RFC 6762 section 18.4 */
	if (question == NULL) {
		ldns_rdf_deep_free(name);
		return packet;
	}
	asked = mdns_record(name, (ldns_rr_type)question->type, false, 0);
	ldns_rr_set_question(asked, true);
	ldns_pkt_set_id(packet, question->id);
	ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, asked);
	return packet;
}

int
mdns_meta_encode(const struct mdns_service *service,
    const struct mdns_question *question, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	ldns_pkt *packet =
	    mdns_response(question, xcheck(ldns_rdf_clone(service->meta)));
	ldns_rr *pointer =
	    mdns_record(xcheck(ldns_rdf_clone(service->meta)), LDNS_RR_TYPE_PTR,
		false, question == NULL ? MDNS_TTL_S : MDNS_TTL_LEGACY_S);

	mdns_record_push(pointer, ldns_rdf_clone(service->name));
	ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, pointer);
	return mdns_packet_finish(packet, out);
}

/* Resolvers that ask from another port would take the flag for a class. */
static ldns_rr *
mdns_self_record(
    const struct mdns_self *self, ldns_rdf *owner, ldns_rr_type type)
{
	return mdns_record(owner, type, self->question == NULL, self->ttl_s);
}

/* One TXT record with a string for each address: of two records go peers keep
 * only the last. */
static ldns_rr *
mdns_self_text(const struct mdns_self *self, ldns_rdf *owner)
{
	ldns_rr *record = mdns_self_record(self, owner, LDNS_RR_TYPE_TXT);
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
	record = mdns_self_record(self, xcheck(ldns_rdf_clone(host)),
	    v4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA);
	mdns_record_push(record,
	    ldns_rdf_new_frm_data(v4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA,
		v4 ? 4 : 16, self->addresses[i].ip));
	ldns_pkt_push_rr(packet, LDNS_SECTION_ADDITIONAL, record);
}

static ldns_rr *
mdns_self_server(
    const struct mdns_self *self, const ldns_rdf *instance, ldns_rdf *host)
{
	ldns_rr *record = mdns_self_record(
	    self, xcheck(ldns_rdf_clone(instance)), LDNS_RR_TYPE_SRV);

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
 * Who asks for the instance itself wants its records there.
 */
int
mdns_self_encode(const struct mdns_service *service,
    const struct mdns_self *self, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	ldns_rdf *instance = mdns_name_under(self->label, service->name);
	ldns_rdf *host = mdns_name_under(self->label, service->local);
	bool is_label =
	    self->question != NULL && self->question->about == MDNS_ASKS_LABEL;
	ldns_pkt_section section =
	    is_label ? LDNS_SECTION_ANSWER : LDNS_SECTION_ADDITIONAL;
	ldns_pkt *packet = mdns_response(self->question,
	    xcheck(ldns_rdf_clone(is_label ? instance : service->name)));
	ldns_rr *pointer = mdns_record(xcheck(ldns_rdf_clone(service->name)),
	    LDNS_RR_TYPE_PTR, false, self->ttl_s);

	mdns_record_push(pointer, ldns_rdf_clone(instance));
	ldns_pkt_push_rr(packet,
	    is_label ? LDNS_SECTION_ADDITIONAL : LDNS_SECTION_ANSWER, pointer);
	ldns_pkt_push_rr(packet, section,
	    mdns_self_server(self, instance, xcheck(ldns_rdf_clone(host))));
	ldns_pkt_push_rr(packet, section, mdns_self_text(self, instance));
	mdns_self_host(packet, self, host, AF_INET);
	mdns_self_host(packet, self, host, AF_INET6);
	ldns_rdf_deep_free(host);
	return mdns_packet_finish(packet, out);
}
