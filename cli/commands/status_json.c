#include "cli/commands/status_json.h"

#include "common/base/fault.h"
#include "proto/field_json.h"

enum { STATUS_JSON_MAX = 1024 * 1024 };

static json_t *
json_of(const struct message *message, const void *value)
{
	struct buffer buffer;
	struct bytes bytes;
	json_t *json;

	buffer_init(&buffer, STATUS_JSON_MAX);
	if (message_encode_json(message, value, &buffer) < 0)
		bug("a status breaks its own table");
	bytes = buffer_bytes(&buffer);
	json = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
	buffer_fini(&buffer);
	if (json == NULL)
		bug("a status is no JSON");
	return json;
}

json_t *
status_json_new(const struct supervisor_status *status)
{
	json_t *json = json_of(&supervisor_status_message, status), *row;
	size_t i;

	json_array_foreach(json_object_get(json, "daemons"), i, row)
	    json_object_set_new(row, "counters", json_object());
	return json;
}

void
status_json_add_counters(
    json_t *json, size_t number, const struct daemon_status *daemon)
{
	const struct counter_row *counters = daemon->counters.items;
	json_t *row = json_array_get(json_object_get(json, "daemons"), number);
	json_t *to = json_object_get(row, "counters");
	size_t i;

	for (i = 0; i < daemon->counters.count; i++)
		json_object_set_new(
		    to, counters[i].name, json_integer(counters[i].value));
}

void
status_json_add_servers(json_t *json, const struct servers_reply *servers)
{
	json_t *more = json_of(&servers_reply_message, servers);

	json_object_update(json, more);
	json_decref(more);
}
