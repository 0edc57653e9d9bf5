#include "common/libp2p/host/identify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/protobuf_frame.h"
#include "common/libp2p/multiformats/uvarint.h"
#include "proto/libp2p/identify.pb-c.h"

void
identify_init(struct identify *identify)
{
	memset(identify, 0, sizeof(*identify));
}

void
identify_fini(struct identify *identify)
{
	size_t i;

	for (i = 0; i < identify->protocol_count; i++)
		free(identify->protocols[i]);
	free(identify->protocols);
	free(identify->listen);
	identify_init(identify);
}

void
identify_add_address(struct identify *identify, const struct multiaddr *address)
{
	size_t i;

	if (identify->listen_count == IDENTIFY_ADDRESSES_MAX)
		return;
	for (i = 0; i < identify->listen_count; i++)
		if (multiaddr_equal(&identify->listen[i], address))
			return;
	identify->listen = xreallocarray(identify->listen,
	    identify->listen_count + 1, sizeof(*identify->listen));
	identify->listen[identify->listen_count++] = *address;
}

bool
identify_speaks(const struct identify *identify, const char *protocol)
{
	size_t i;

	for (i = 0; i < identify->protocol_count; i++)
		if (!strcmp(identify->protocols[i], protocol))
			return true;
	return false;
}

void
identify_add_protocol(struct identify *identify, const char *protocol)
{
	if (identify->protocol_count == IDENTIFY_PROTOCOLS_MAX ||
	    strlen(protocol) >= IDENTIFY_PROTOCOL_SIZE ||
	    identify_speaks(identify, protocol))
		return;
	identify->protocols = xreallocarray(identify->protocols,
	    identify->protocol_count + 1, sizeof(*identify->protocols));
	identify->protocols[identify->protocol_count++] = xstrdup(protocol);
}

int
identify_encode(const struct identify *identify, struct buffer *to)
{
	Identify__Message message = IDENTIFY__MESSAGE__INIT;
	ProtobufCBinaryData listen[IDENTIFY_ADDRESSES_MAX];
	size_t i;

	for (i = 0; i < identify->listen_count; i++)
		listen[i] =
		    protobuf_bytes(multiaddr_bytes(&identify->listen[i]));
	message.has_public_key = identify->public_key_len > 0;
	message.public_key = protobuf_bytes(
	    (struct bytes){ identify->public_key, identify->public_key_len });
	message.n_listen_addrs = identify->listen_count;
	message.listen_addrs = listen;
	message.n_protocols = identify->protocol_count;
	message.protocols = identify->protocols;
	message.has_observed_addr = identify->observed.len > 0;
	message.observed_addr =
	    protobuf_bytes(multiaddr_bytes(&identify->observed));
	message.protocol_version =
	    (char *)(uintptr_t)identify->protocol_version;
	message.agent_version = (char *)(uintptr_t)identify->agent;
	return protobuf_frame_append(&message.base, to);
}

static void
set_text(char to[IDENTIFY_AGENT_SIZE], const char *text)
{
	if (text == NULL)
		return;
	strncpy(to, text, IDENTIFY_AGENT_SIZE - 1);
	to[IDENTIFY_AGENT_SIZE - 1] = '\0';
	text_make_printable(to);
}

static void
merge(struct identify *identify, const Identify__Message *message)
{
	struct multiaddr address;
	size_t i;

	if (message->has_public_key && message->public_key.len > 0 &&
	    message->public_key.len <= IDENTIFY_KEY_MAX) {
		identify->public_key_len = message->public_key.len;
		memcpy(identify->public_key, message->public_key.data,
		    message->public_key.len);
	}
	for (i = 0; i < message->n_listen_addrs; i++)
		if (multiaddr_decode(
			(struct bytes){ message->listen_addrs[i].data,
			    message->listen_addrs[i].len },
			&address) == 0)
			identify_add_address(identify, &address);
	for (i = 0; i < message->n_protocols; i++)
		identify_add_protocol(identify, message->protocols[i]);
	if (message->has_observed_addr &&
	    multiaddr_decode((struct bytes){ message->observed_addr.data,
				 message->observed_addr.len },
		&address) == 0)
		identify->observed = address;
	set_text(identify->protocol_version, message->protocol_version);
	set_text(identify->agent, message->agent_version);
}

int
identify_decode(struct bytes input, struct identify *identify, size_t *ret_len)
{
	Identify__Message *message;
	struct bytes body;
	size_t len;
	int rc;

	rc = uvarint_frame_decode(input, IDENTIFY_MESSAGE_MAX, &body, &len);
	if (rc == UVARINT_MORE)
		return IDENTIFY_MORE;
	if (rc < 0)
		return rc;
	message = identify__message__unpack(NULL, body.len, body.data);
	if (message == NULL)
		return -EINVAL;
	merge(identify, message);
	identify__message__free_unpacked(message, NULL);
	*ret_len = len;
	return 0;
}
