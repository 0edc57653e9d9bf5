#include "goop-rendezvousd/hub/hub_format.h"

#include <stdio.h>

#include "common/base/fault.h"
#include "common/http/stream/websocket.h"

void
hub_text_init(struct hub_text *text, bool is_websocket)
{
	text->is_websocket = is_websocket;
	text->messages = 0;
	buffer_init(&text->bytes, HUB_TEXT_MAX);
}

static void
add(struct hub_text *text, struct bytes bytes)
{
	if (buffer_append(&text->bytes, bytes) < 0)
		bug("hub: more than %d bytes at once", HUB_TEXT_MAX);
}

static void
add_message(struct hub_text *text, const char *id, struct bytes json)
{
	uint8_t head[WEBSOCKET_HEAD_MAX];

	text->messages++;
	if (text->is_websocket) {
		add(text, (struct bytes){ head,
			      websocket_head(WEBSOCKET_TEXT, json.len, head) });
		add(text, json);
		return;
	}
	if (id != NULL) {
		add(text, bytes_of("id: "));
		add(text, bytes_of(id));
		add(text, bytes_of("\n"));
	}
	add(text, bytes_of("data: "));
	add(text, json);
	add(text, bytes_of("\n\n"));
}

void
hub_text_add(struct hub_text *text, struct bytes json)
{
	add_message(text, NULL, json);
}

void
hub_text_add_begin(struct hub_text *text, bool is_full)
{
	add_message(text, NULL,
	    bytes_of(
		is_full
		    ? "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":true}"
		    : "{\"type\":\"begin\",\"peerId\":\"-\",\"full\":false}"));
}

void
hub_text_add_synced(struct hub_text *text, const struct roster_cursor *cursor)
{
	char id[ROSTER_CURSOR_SIZE], json[64 + ROSTER_CURSOR_SIZE];

	roster_cursor_print(cursor, id);
	snprintf(json, sizeof(json),
	    "{\"type\":\"synced\",\"peerId\":\"-\",\"cursor\":\"%s\"}", id);
	add_message(text, id, bytes_of(json));
}

struct chunk *
hub_text_take(struct hub_text *text)
{
	struct chunk *chunk =
	    chunk_new(buffer_bytes(&text->bytes), text->messages);

	buffer_fini(&text->bytes);
	text->messages = 0;
	return chunk;
}
