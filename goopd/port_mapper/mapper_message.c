#include "goopd/port_mapper/mapper_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "proto/field_msgpack.h"

enum { PORT_MAX = 65535, STATE_MAX = 16 };

/* clang-format off */
static const struct field mapper_wish_fields[] = {
	FIELD_INT(mapper_wish, port, "port", 1, PORT_MAX, REQUIRED),
	FIELD_END
};
const struct message mapper_wish_message = MESSAGE(mapper_wish);

static const struct field mapper_report_fields[] = {
	FIELD_STR (mapper_report, state,       "state",       STATE_MAX, REQUIRED),
	FIELD_LIST(mapper_report, rows,        "rows",        reach_mapping_message, MAPPER_FAMILIES, OPTIONAL),
	FIELD_INT (mapper_report, failed_jobs, "failed_jobs", 0, INT64_MAX, OPTIONAL),
	FIELD_INT (mapper_report, restarts,    "restarts",    0, INT64_MAX, OPTIONAL),
	FIELD_END
};
const struct message mapper_report_message = MESSAGE(mapper_report);

#define ADDRESS(m) \
	FIELD_STR(mapper_result, m, #m, INET6_ADDRSTRLEN - 1, OPTIONAL)
#define NUMBER(m, max) \
	FIELD_INT(mapper_result, m, #m, 0, max, OPTIONAL)
static const struct field mapper_result_fields[] = {
	NUMBER (verdict, MAPPING_VERDICT_COUNT - 1),
	NUMBER (protocol, MAPPING_PROTOCOLS - 1),
	ADDRESS(gateway),
	ADDRESS(own),
	NUMBER (interface, UINT32_MAX),
	ADDRESS(external),
	NUMBER (external_port, PORT_MAX),
	NUMBER (lifetime_s, UINT32_MAX),
	FIELD_BOOL(mapper_result, has_epoch, "has_epoch", OPTIONAL),
	NUMBER (epoch_s, UINT32_MAX),
	FIELD_STR(mapper_result, location, "location", MAPPING_LOCATION_SIZE - 1, OPTIONAL),
	FIELD_STR(mapper_result, pinhole,  "pinhole",  MAPPING_PINHOLE_SIZE - 1, OPTIONAL),
	FIELD_END
};
const struct message mapper_result_message = MESSAGE(mapper_result);
/* clang-format on */

int
mapper_message_send(int fd, const struct message *message, const void *record)
{
	struct buffer buffer;
	struct bytes packet;
	int rc;

	buffer_init(&buffer, MAPPER_PACKET_MAX);
	rc = message_encode_msgpack(message, record, &buffer);
	packet = buffer_bytes(&buffer);
	if (rc == 0 && send(fd, packet.data, packet.len, MSG_NOSIGNAL) == -1)
		rc = -errno;
	buffer_fini(&buffer);
	return rc;
}

int
mapper_message_receive(int fd, const struct message *message, void *ret)
{
	uint8_t packet[MAPPER_PACKET_MAX];
	ssize_t len = recv(fd, packet, sizeof(packet), 0);

	if (len == -1 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (len <= 0)
		return -EPIPE;
	return message_decode_msgpack(
	    message, (struct bytes){ packet, (size_t)len }, ret, NULL);
}

/* --- answers of jobs */

/* The text, or NULL for none; it lives in text. */
static const char *
text_of(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	mapping_address_print(address, text);
	return text[0] != '\0' ? text : NULL;
}

int
mapper_answer_send(int fd, const struct mapping_answer *answer)
{
	char gateway[INET6_ADDRSTRLEN], own[INET6_ADDRSTRLEN],
	    external[INET6_ADDRSTRLEN];
	struct mapper_result result = {
		.verdict = answer->verdict,
		.protocol = answer->protocol,
		.gateway = text_of(&answer->network.gateway, gateway),
		.own = text_of(&answer->network.own, own),
		.interface = answer->network.interface,
		.external = text_of(&answer->external, external),
		.external_port = answer->external_port,
		.lifetime_s = answer->lifetime_s,
		.has_epoch = answer->has_epoch,
		.epoch_s = answer->epoch_s,
		.location = answer->location,
		.pinhole = answer->pinhole,
	};

	return mapper_message_send(fd, &mapper_result_message, &result);
}

static int
take_address(const char *text, struct in6_addr *ret)
{
	return text == NULL || mapping_address_parse(text, ret) == 0 ? 0
								     : -EBADMSG;
}

static int
take_answer(const struct mapper_result *result, struct mapping_answer *ret)
{
	struct mapping_answer answer = {
		.verdict = (enum mapping_verdict)result->verdict,
		.protocol = (enum mapping_protocol)result->protocol,
		.network.interface = (uint32_t)result->interface,
		.external_port = (uint16_t)result->external_port,
		.lifetime_s = (uint32_t)result->lifetime_s,
		.has_epoch = result->has_epoch,
		.epoch_s = (uint32_t)result->epoch_s,
	};

	if (take_address(result->gateway, &answer.network.gateway) < 0 ||
	    take_address(result->own, &answer.network.own) < 0 ||
	    take_address(result->external, &answer.external) < 0)
		return -EBADMSG;
	if (answer.verdict == MAPPING_GRANTED &&
	    (answer.external_port == 0 || result->external == NULL ||
		answer.protocol == MAPPING_NO_PROTOCOL))
		return -EBADMSG;
	if (result->location != NULL)
		snprintf(answer.location, sizeof(answer.location), "%s",
		    result->location);
	if (result->pinhole != NULL)
		snprintf(answer.pinhole, sizeof(answer.pinhole), "%s",
		    result->pinhole);
	*ret = answer;
	return 0;
}

int
mapper_answer_receive(int fd, struct mapping_answer *ret)
{
	struct mapper_result result;
	int rc = mapper_message_receive(fd, &mapper_result_message, &result);

	if (rc < 0)
		return rc;
	rc = take_answer(&result, ret);
	message_fini(&mapper_result_message, &result);
	return rc;
}

/* --- the report */

static void
print_outside(const struct mapping_answer *answer, struct reach_mapping *row)
{
	char text[INET6_ADDRSTRLEN];

	if (text_of(&answer->external, text) == NULL)
		return;
	row->outside =
	    answer->external_port != 0
		? xasprintf("/%s/%s/tcp/%u", strchr(text, ':') ? "ip6" : "ip4",
		      text, answer->external_port)
		: xasprintf("/%s/%s", strchr(text, ':') ? "ip6" : "ip4", text);
}

static void
make_row(const struct port_policy *policy, struct monotime now,
    struct reach_mapping *row)
{
	const struct mapping_answer *answer = &policy->last;
	char text[INET6_ADDRSTRLEN];
	int64_t left_ms = monotime_since_ms(policy->lease_end, now);

	memset(row, 0, sizeof(*row));
	text_replace(&row->protocol, mapping_protocol_name(answer->protocol));
	text_replace(&row->gateway, text_of(&answer->network.gateway, text));
	text_replace(&row->inside, text_of(&answer->network.own, text));
	print_outside(answer, row);
	if (policy->state == PORT_MAPPED)
		row->left_ms = left_ms > 0 ? left_ms : 0;
	else
		row->error = xstrdup(mapping_verdict_sentence(answer->verdict));
}

/* Without a router there is nothing to say. Few routers make pinholes: that
 * one does not is no trouble to tell. */
static bool
is_worth_a_row(const struct port_policy *policy)
{
	return policy->state == PORT_MAPPED ||
	       (policy->state == PORT_FAILED &&
		   policy->last.verdict != MAPPING_NO_ROUTER &&
		   !policy->is_ipv6);
}

void
mapper_report_make(const struct port_policy policies[MAPPER_FAMILIES],
    struct monotime now, struct mapper_report *ret)
{
	struct reach_mapping *rows =
	    xreallocarray(NULL, MAPPER_FAMILIES, sizeof(*rows));
	const char *state = "none";
	int i;

	*ret = (struct mapper_report){ .rows.items = rows };
	for (i = 0; i < MAPPER_FAMILIES; i++) {
		if (policies[i].state == PORT_MAPPED)
			state = "mapped";
		else if (policies[i].state == PORT_SEARCHING &&
			 strcmp(state, "none") == 0)
			state = "searching";
		if (is_worth_a_row(&policies[i]))
			make_row(&policies[i], now, &rows[ret->rows.count++]);
		ret->restarts += (int64_t)policies[i].restarts;
	}
	ret->state = xstrdup(state);
}
