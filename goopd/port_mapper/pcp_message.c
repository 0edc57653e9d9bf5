#include "goopd/port_mapper/pcp_message.h"

#include <errno.h>
#include <string.h>

enum {
	VERSION = 2,
	VERSION_NAT_PMP = 0,
	IS_ANSWER = 0x80,
	OPCODE_ANNOUNCE = 0,
	OPCODE_MAP = 1,
	HEADER_SIZE = 24,
	PROTOCOL_TCP = 6,
	NAT_PMP_ANSWER_MIN = 4, /* version, opcode, result */
};

/* RFC 6887, 7.4 */
enum pcp_result {
	SUCCESS = 0,
	UNSUPP_VERSION = 1,
	NOT_AUTHORIZED = 2,
	UNSUPP_OPCODE = 4,
	UNSUPP_OPTION = 5,
	NETWORK_FAILURE = 7,
	NO_RESOURCES = 8,
	UNSUPP_PROTOCOL = 9,
	USER_EX_QUOTA = 10,
	CANNOT_PROVIDE_EXTERNAL = 11,
};

size_t
pcp_request_encode(const struct mapping_ask *ask, uint8_t ret[PCP_MAP_SIZE])
{
	uint8_t *map = ret + HEADER_SIZE;
	bool is_announce = ask->step == MAPPING_CHECK;

	memset(ret, 0, PCP_MAP_SIZE);
	ret[0] = VERSION;
	ret[1] = is_announce ? OPCODE_ANNOUNCE : OPCODE_MAP;
	memcpy(ret + 8, &ask->network.own, sizeof(ask->network.own));
	if (is_announce)
		return HEADER_SIZE;
	if (ask->step == MAPPING_MAP)
		store_be32(ret + 4, MAPPING_LIFETIME_S);
	memcpy(map, ask->nonce, MAPPING_NONCE_SIZE);
	map[12] = PROTOCOL_TCP;
	store_be16(map + 16, ask->internal_port);
	store_be16(map + 18, ask->external_port);
	if (!ask->is_ipv6) /* any address, of IPv4 (RFC 6887, 5) */
		memset(map + 20 + 10, 0xff, 2);
	return PCP_MAP_SIZE;
}

static enum mapping_verdict
verdict_of(uint8_t result)
{
	switch (result) {
	case SUCCESS:
		return MAPPING_STANDS;
	case UNSUPP_VERSION:
	case UNSUPP_OPCODE:
	case UNSUPP_OPTION:
	case UNSUPP_PROTOCOL:
		return MAPPING_UNSUPPORTED;
	case NOT_AUTHORIZED:
		return MAPPING_SWITCHED_OFF;
	case NETWORK_FAILURE:
		return MAPPING_NO_PUBLIC_ADDRESS;
	case NO_RESOURCES:
	case USER_EX_QUOTA:
		return MAPPING_TABLE_FULL;
	case CANNOT_PROVIDE_EXTERNAL:
		return MAPPING_CONFLICT;
	default:
		return MAPPING_FAILED;
	}
}

/* What both outcomes carry: nonce, ports, address (RFC 6887, 11.1). */
static int
decode_map(struct cursor *cursor, const struct mapping_ask *ask,
    struct mapping_answer *answer)
{
	static const struct in6_addr any4 = {
		{ { [10] = 0xff, [11] = 0xff } }
	};
	struct bytes nonce = cursor_take(cursor, MAPPING_NONCE_SIZE), address;
	uint8_t protocol = cursor_u8(cursor);
	uint16_t internal;

	cursor_take(cursor, 3);
	internal = cursor_be16(cursor);
	answer->external_port = cursor_be16(cursor);
	address = cursor_take(cursor, sizeof(answer->external));
	if (cursor->failed)
		return -EBADMSG;
	if (memcmp(nonce.data, ask->nonce, MAPPING_NONCE_SIZE) != 0 ||
	    protocol != PROTOCOL_TCP || internal != ask->internal_port)
		return -ENOMSG;
	memcpy(&answer->external, address.data, address.len);
	if (mapping_address_equal(&answer->external, &any4))
		answer->external = (struct in6_addr){ 0 };
	return 0;
}

static void
judge_map(const struct mapping_ask *ask, uint8_t result,
    struct mapping_answer *answer)
{
	bool has_external = mapping_has(&answer->external);

	/* Some say that they lack resources when what they lack is a public
	 * address, and name the one they have. */
	if (result == NO_RESOURCES && has_external &&
	    !mapping_address_is_public(&answer->external))
		answer->verdict = MAPPING_NO_PUBLIC_ADDRESS;
	if (result != SUCCESS)
		return;
	answer->verdict = MAPPING_GRANTED;
	if (ask->step == MAPPING_MAP &&
	    (answer->external_port == 0 || answer->lifetime_s == 0 ||
		!has_external ||
		IN6_IS_ADDR_V4MAPPED(&answer->external) == ask->is_ipv6))
		answer->verdict = MAPPING_MALFORMED;
}

int
pcp_answer_decode(struct bytes packet, const struct mapping_ask *ask,
    struct mapping_answer *ret)
{
	bool is_announce = ask->step == MAPPING_CHECK;
	struct mapping_answer answer = { .protocol = MAPPING_PCP };
	struct cursor cursor = cursor_over(packet);
	uint8_t version = cursor_u8(&cursor), opcode = cursor_u8(&cursor);
	uint8_t result;
	int rc = 0;

	if (packet.len > PCP_PACKET_MAX || (opcode & IS_ANSWER) == 0)
		return -EBADMSG;
	cursor_u8(&cursor);
	result = cursor_u8(&cursor);
	if (version == VERSION_NAT_PMP && packet.len >= NAT_PMP_ANSWER_MIN) {
		answer.verdict = MAPPING_UNSUPPORTED;
		*ret = answer;
		return 0;
	}
	answer.lifetime_s = cursor_be32(&cursor);
	answer.epoch_s = cursor_be32(&cursor);
	cursor_take(&cursor, 12);
	if (cursor.failed || version != VERSION || packet.len % 4 != 0)
		return -EBADMSG;
	answer.has_epoch = true;
	answer.verdict = verdict_of(result);
	if ((opcode & ~IS_ANSWER) !=
	    (is_announce ? OPCODE_ANNOUNCE : OPCODE_MAP))
		return -ENOMSG;
	if (!is_announce) {
		/* an error about the version or the opcode may be a bare
		 * header */
		if (packet.len >= PCP_MAP_SIZE || result == SUCCESS)
			rc = decode_map(&cursor, ask, &answer);
		if (rc == 0)
			judge_map(ask, result, &answer);
	}
	if (rc == 0)
		*ret = answer;
	return rc;
}
