#include "goop-viewerd/data/data_call.h"

#include <stdlib.h>

#include "common/base/xalloc.h"
#include "goop-viewerd/data/data_routes.h"
#include "goop-viewerd/answers/error_page.h"

struct data_call {
	struct http_request *request;
	struct data_client *query;
	void (*put_headers)(struct http_request *);
	bool is_begun; /* the client has our head */
};

void
data_call_refuse(
    struct http_request *request, enum bus_code code, const char *words)
{
	int status = data_routes_status(code, words);

	if (status == 503 || status == 429)
		(void)http_header(request, "Retry-After", "2");
	error_page_reply_text(request, status, "%s",
	    words[0] != '\0' ? words : bus_code_name(code));
}

static void
on_gone(void *arg)
{
	struct data_call *call = arg;

	data_client_cancel(call->query);
	free(call);
}

/* The request goes back to who ends it. */
static struct http_request *
call_finish(struct data_call *call)
{
	struct http_request *request = call->request;

	http_request_on_gone(request, NULL, NULL);
	free(call);
	return request;
}

static void
begin(struct data_call *call, int64_t length)
{
	struct http_request *request = call->request;

	call->put_headers(request);
	(void)http_header(request, "Content-Type", "application/json");
	(void)http_header(request, "Cache-Control", "no-store");
	http_stream_begin(request, 200, length);
	call->is_begun = true;
}

static void
on_sent(void *arg)
{
	struct data_call *call = arg;

	data_client_next(call->query);
}

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	static const char line_end = '\n';
	struct data_call *call = arg;
	struct http_request *request = call->request;

	if (!call->is_begun)
		begin(call, (int64_t)evbuffer_get_length(piece) + left + 1);
	if (left > 0) {
		http_stream_write(request, piece, on_sent, call);
		return;
	}
	(void)call_finish(call);
	evbuffer_add(piece, &line_end, 1);
	http_stream_write(request, piece, NULL, NULL);
	http_stream_end(request);
}

static void
on_fail(enum bus_code code, const char *words, void *arg)
{
	struct data_call *call = arg;
	bool is_begun = call->is_begun;
	struct http_request *request = call_finish(call);

	if (is_begun)
		http_stream_abort(request);
	else
		data_call_refuse(request, code, words);
}

void
data_call_start(struct data_queries *queries, struct http_request *request,
    const struct data_question *question,
    void (*put_headers)(struct http_request *))
{
	static const struct data_client_listener listener = { on_piece,
		on_fail };
	struct data_call *call = xzalloc(sizeof(*call));

	call->request = request;
	call->put_headers = put_headers;
	call->query = data_client_start(queries, question, &listener, call);
	if (call->query == NULL) {
		free(call);
		data_call_refuse(request, BUS_BUSY, "too many requests");
		return;
	}
	http_request_on_gone(request, on_gone, call);
}
