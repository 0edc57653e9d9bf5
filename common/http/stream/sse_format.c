#include "common/http/stream/sse_format.h"

#include <errno.h>
#include <string.h>

/* The first line of rest, which moves behind it. All three line ends count. */
static struct bytes
take_line(struct bytes *rest, bool *ret_more)
{
	struct bytes line = { rest->data, 0 };
	size_t taken;

	while (line.len < rest->len && line.data[line.len] != '\n' &&
	       line.data[line.len] != '\r')
		line.len++;
	*ret_more = line.len < rest->len;
	taken = line.len + (*ret_more ? 1 : 0);
	if (taken < rest->len && rest->data[line.len] == '\r' &&
	    rest->data[taken] == '\n')
		taken++;
	rest->data += taken;
	rest->len -= taken;
	return line;
}

static int
put_data(struct buffer *to, struct bytes data)
{
	struct bytes line;
	bool more = true;
	int rc = 0;

	while (more && rc == 0) {
		line = take_line(&data, &more);
		rc = buffer_append(to, bytes_of("data: "));
		if (rc == 0)
			rc = buffer_append(to, line);
		if (rc == 0)
			rc = buffer_append(to, bytes_of("\n"));
	}
	return rc;
}

int
sse_format(
    struct buffer *to, const char *id, const char *event, struct bytes data)
{
	int rc = 0;

	if (id != NULL)
		rc = buffer_printf(to, "id: %s\n", id);
	if (rc == 0)
		rc = buffer_printf(to, "event: %s\n", event);
	if (rc == 0)
		rc = put_data(to, data);
	if (rc == 0)
		rc = buffer_append(to, bytes_of("\n"));
	return rc;
}
