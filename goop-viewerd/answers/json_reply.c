#include "goop-viewerd/answers/json_reply.h"

#include <string.h>

#include "common/base/fault.h"
#include "goop-viewerd/answers/answer_headers.h"
#include "proto/field_json.h"

static void
encode(const struct message *message, const void *record, struct buffer *to)
{
	int rc = message_encode_json(message, record, to);

	if (rc < 0)
		bug("%s does not encode: %s", message->name, strerror(-rc));
}

void
json_of(const struct message *message, const void *record, struct buffer *ret)
{
	buffer_init(ret, JSON_MAX);
	encode(message, record, ret);
}

void
json_reply_text(struct http_request *request, struct buffer *json)
{
	(void)buffer_append(json, bytes_of("\n"));
	answer_headers_owner(request);
	(void)http_header(request, "Cache-Control", "no-store");
	http_reply(request, 200, "application/json", buffer_bytes(json));
	buffer_fini(json);
}

void
json_reply(struct http_request *request, const struct message *message,
    const void *record)
{
	struct buffer json;

	json_of(message, record, &json);
	json_reply_text(request, &json);
}

void
json_reply_list(struct http_request *request, const struct message *message,
    const struct records *records)
{
	const uint8_t *record = records->items;
	struct buffer json;
	size_t i;

	buffer_init(&json, JSON_MAX);
	(void)buffer_append(&json, bytes_of("["));
	for (i = 0; i < records->count; i++, record += message->size) {
		if (i > 0)
			(void)buffer_append(&json, bytes_of(","));
		encode(message, record, &json);
	}
	(void)buffer_append(&json, bytes_of("]"));
	json_reply_text(request, &json);
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
