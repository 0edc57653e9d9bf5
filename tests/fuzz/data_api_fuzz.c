/* A path, a line end, a body, as a page sends them: what comes out is one JSON
 * object whose op is the route's, that the same route turns into itself. */
#include <string.h>

#include <jansson.h>

#include "common/base/fault.h"
#include "goop-viewerd/data/data_routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct data_route *route, struct bytes request)
{
	struct buffer again;
	const char *why;
	json_t *json = json_loadb((const char *)request.data, request.len,
	    JSON_REJECT_DUPLICATES, NULL);
	const char *op = json_string_value(json_object_get(json, "op"));

	if (op == NULL || strcmp(op, route->op) != 0)
		bug("another op comes out");
	json_decref(json);
	buffer_init(&again, GOOP_DATA_REQUEST_MAX);
	if (data_routes_translate(route, request, "id", &again, &why) != 0 ||
	    !bytes_equal(request, buffer_bytes(&again)))
		bug("the second time it is another request");
	buffer_fini(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct bytes line = { data, end != NULL ? (size_t)(end - data) : size };
	struct bytes body = { NULL, 0 };
	const struct data_route *route = NULL;
	struct data_export_query query;
	struct data_path path;
	struct buffer out;
	const char *why;
	char text[256];

	if (end != NULL)
		body = (struct bytes){ end + 1, size - line.len - 1 };
	if (body.len < sizeof(text)) {
		memcpy(text, body.data != NULL ? body.data : data, body.len);
		text[body.len] = '\0';
		(void)data_routes_parse_export(text, &query, &why);
	}
	if (data_path_parse(line, &path) == 0)
		route = data_routes_find(&path);
	if (route == NULL || route->op == NULL)
		return 0;
	buffer_init(&out, GOOP_DATA_REQUEST_MAX);
	if (data_routes_translate(route, body, "id", &out, &why) == 0)
		check(route, buffer_bytes(&out));
	buffer_fini(&out);
	return 0;
}
