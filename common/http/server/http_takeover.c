#include "common/http/server/http_takeover.h"

#include <time.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "common/http/server/http_connection.h"
#include "common/http/syntax/http_status.h"

int
http_takeover(
    struct http_request *request, struct http_wire *ret, struct buffer *early)
{
	void (*on_gone)(void *) = request->on_gone;
	int rc;

	request->on_gone = NULL;
	rc = http_connection_take_over(request->connection, ret, early);
	if (rc < 0)
		request->on_gone = on_gone;
	return rc;
}

static int
print_date(struct buffer *to)
{
	time_t now = (time_t)(walltime_ms() / 1000);
	char text[48];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(
	    text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	return buffer_append(to, bytes_of(text));
}

int
http_head_print(
    const struct http_request *request, int status, struct buffer *to)
{
	const struct evkeyval *header;
	int rc;

	rc = buffer_printf(
	    to, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
	if (rc == 0)
		rc = print_date(to);
	TAILQ_FOREACH (
	    header, evhttp_request_get_output_headers(request->req), next) {
		if (rc == 0)
			rc = buffer_printf(
			    to, "%s: %s\r\n", header->key, header->value);
	}
	return rc;
}
