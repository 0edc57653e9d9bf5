#include "goop-viewerd/json_reply.h"

#include <string.h>

#include "common/base/fault.h"
#include "goop-viewerd/answer_headers.h"

void
json_of(const struct message *message, const void *record, struct buffer *ret)
{
	int rc;

	buffer_init(ret, JSON_MAX);
	rc = message_encode_json(message, record, ret);
	if (rc < 0)
		bug("%s does not encode: %s", message->name, strerror(-rc));
}

void
json_reply_bytes(struct http_request *request, struct bytes json)
{
	answer_headers_owner(request);
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, 200, "application/json", json);
}

void
json_reply(struct http_request *request, const struct message *message,
    const void *record)
{
	struct buffer json;

	json_of(message, record, &json);
	(void)buffer_append(&json, bytes_of("\n"));
	json_reply_bytes(request, buffer_bytes(&json));
	buffer_fini(&json);
}

void
json_tell(struct sse_hub *hub, const char *event, const struct message *message,
    const void *record)
{
	struct buffer json;

	json_of(message, record, &json);
	sse_hub_tell(hub, event, buffer_bytes(&json));
	buffer_fini(&json);
}

int
json_tell_reader(struct sse_reader *reader, const char *event,
    const struct message *message, const void *record)
{
	struct buffer json;
	int rc;

	json_of(message, record, &json);
	rc = sse_reader_tell(reader, event, buffer_bytes(&json));
	buffer_fini(&json);
	return rc;
}
