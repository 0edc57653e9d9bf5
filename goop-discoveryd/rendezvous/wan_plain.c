#include "goop-discoveryd/rendezvous/wan_plain.h"

#include <string.h>

#include "common/presence/presence.h"

bool
wan_plain_is_wanted(int status, const char *sentence)
{
	return status == 400 && strstr(sentence, "bad json") != NULL;
}

int
wan_plain_print(struct bytes json, struct buffer *ret)
{
	struct presence message, plain = { 0 };
	int rc =
	    message_decode_json(&presence_server_message, json, &message, NULL);

	if (rc < 0)
		return rc;
	plain.type = message.type;
	plain.peer_id = message.peer_id;
	plain.content = message.content;
	plain.email = message.email;
	plain.avatar_hash = message.avatar_hash;
	plain.ts_ms = message.ts_ms;
	rc = message_encode_json(&presence_server_message, &plain, ret);
	presence_fini(&message);
	return rc;
}
