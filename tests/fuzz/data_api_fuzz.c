/* A path, a line end, the query of a download: what is found has a method, and
 * a table's name is one. */
#include <string.h>

#include "common/base/fault.h"
#include "goop-viewerd/data/data_export.h"
#include "goop-viewerd/data/data_routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	struct bytes line = { data, end != NULL ? (size_t)(end - data) : size };
	struct data_export_query query;
	struct data_route route;
	struct data_path path;
	size_t len = end != NULL ? size - line.len - 1 : 0;
	const char *why;
	char text[256];

	if (len < sizeof(text)) {
		memcpy(text, end != NULL ? end + 1 : data, len);
		text[len] = '\0';
		if (data_export_parse(text, &query, &why) == 0 &&
		    strpbrk(query.table, "\"\\ ./") != NULL)
			bug("not a table's name: %s", query.table);
	}
	if (data_path_parse(line, &path) == 0 &&
	    data_routes_find(&path, &route) &&
	    data_routes_methods(&route)[0] == '\0')
		bug("a route without a method");
	return 0;
}
