#include "common/resolver/resolver_message.h"

#include <errno.h>
#include <string.h>

enum { HEAD_SIZE = 8, ROW_SIZE = 21 };

static void
put_u32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 24);
	to[1] = (uint8_t)(value >> 16);
	to[2] = (uint8_t)(value >> 8);
	to[3] = (uint8_t)value;
}

static uint32_t
take_u32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 |
	       (uint32_t)from[2] << 8 | from[3];
}

size_t
resolver_question_encode(
    uint32_t id, const char *name, uint8_t ret[RESOLVER_QUESTION_MAX])
{
	size_t len = strlen(name);

	put_u32(ret, id);
	memcpy(ret + 4, name, len);
	return 4 + len;
}

int
resolver_question_decode(
    struct bytes packet, uint32_t *ret_id, char ret_name[RESOLVER_NAME_SIZE])
{
	size_t i;

	if (packet.len <= 4 || packet.len > RESOLVER_QUESTION_MAX)
		return -EBADMSG;
	for (i = 4; i < packet.len; i++)
		if (packet.data[i] <= ' ' || packet.data[i] >= 0x7f)
			return -EBADMSG;
	*ret_id = take_u32(packet.data);
	memcpy(ret_name, packet.data + 4, packet.len - 4);
	ret_name[packet.len - 4] = '\0';
	return 0;
}

size_t
resolver_answer_encode(uint32_t id, const struct resolver_answer *answer,
    uint8_t ret[RESOLVER_ANSWER_MAX])
{
	size_t i, count = answer->error == 0 ? answer->count : 0;
	uint8_t *row = ret + HEAD_SIZE;

	put_u32(ret, id);
	put_u32(ret + 4, (uint32_t)answer->error);
	for (i = 0; i < count; i++, row += ROW_SIZE) {
		row[0] = answer->at[i].family;
		put_u32(row + 1, answer->at[i].scope);
		memcpy(row + 5, answer->at[i].bytes, 16);
	}
	return HEAD_SIZE + count * ROW_SIZE;
}

int
resolver_answer_decode(
    struct bytes packet, uint32_t *ret_id, struct resolver_answer *ret)
{
	struct resolver_answer answer = { 0 };
	const uint8_t *row = packet.data + HEAD_SIZE;
	size_t i;

	if (packet.len < HEAD_SIZE || packet.len > RESOLVER_ANSWER_MAX ||
	    (packet.len - HEAD_SIZE) % ROW_SIZE != 0)
		return -EBADMSG;
	answer.error = (int)take_u32(packet.data + 4);
	answer.count = (packet.len - HEAD_SIZE) / ROW_SIZE;
	if ((answer.error == 0) != (answer.count > 0))
		return -EBADMSG;
	for (i = 0; i < answer.count; i++, row += ROW_SIZE) {
		if (row[0] != 4 && row[0] != 6)
			return -EBADMSG;
		answer.at[i].family = row[0];
		answer.at[i].scope = take_u32(row + 1);
		memcpy(answer.at[i].bytes, row + 5, 16);
	}
	*ret_id = take_u32(packet.data);
	*ret = answer;
	return 0;
}
