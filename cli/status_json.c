#include "cli/status_json.h"

#include "common/base/fault.h"

enum { STATUS_JSON_MAX = 1024 * 1024 };

json_t *
status_json_new(const struct supervisor_status *status)
{
	struct buffer buffer;
	struct bytes bytes;
	json_t *json, *row;
	size_t i;

	buffer_init(&buffer, STATUS_JSON_MAX);
	if (message_encode_json(&supervisor_status_message, status, &buffer) <
	    0)
		bug("a status breaks its own table");
	bytes = buffer_bytes(&buffer);
	json = json_loadb((const char *)bytes.data, bytes.len, 0, NULL);
	buffer_fini(&buffer);
	if (json == NULL)
		bug("a status is no JSON");
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
