#include "goopd/data/protocol/data_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "goopd/data/request/data_request.h"
#include "goopd/streams/stream_quota.h"

COUNTER(data_visits, "data requests of other peers");
COUNTER(data_visits_bad, "data requests that were cut short, too long or "
			 "sealed");
COUNTER(data_visits_left, "data requests whose peer left before the answer");
COUNTER(data_visits_busy, "data answers given up: too many bytes are held");
COUNTER(data_bytes_sent, "bytes of data answers sent to other peers");

struct data_server {
	struct store *store;
	const struct peer_emails *emails;
	struct stream_quota *quota;
};

enum visit_state {
	VISIT_READING,   /* until DATA_REQUEST_MS */
	VISIT_ASKING,    /* the store has time limits of its own */
	VISIT_ANSWERING, /* until DATA_TAKE_MS */
	VISIT_ANSWERED,  /* until DATA_LINGER_MS */
};

struct visit {
	struct data_server *server;
	struct stream_lease lease;
	enum visit_state state;
	struct buffer line; /* of the request, then of the answer */
	uint64_t asking;    /* for store_cancel() */
};

/* --- answering */

static void
print_answer(struct visit *visit, struct data_answer *answer)
{
	buffer_fini(&visit->line);
	buffer_init(&visit->line, DATA_ANSWER_MAX);
	if (data_answer_print(answer, &visit->line) == 0)
		return;
	data_answer_fail(answer, BUS_TOO_LARGE,
	    "the answer is larger than %d MiB: ask for fewer rows",
	    DATA_ANSWER_MAX / (1024 * 1024));
	buffer_fini(&visit->line);
	data_answer_print(answer, &visit->line);
}

/* The bytes of the request are given back, those of the answer taken. */
static void
answer_visit(struct visit *visit, struct data_answer *answer)
{
	stream_lease_discharge(&visit->lease, visit->lease.bytes);
	if (!stream_lease_charge(&visit->lease, answer->data.len)) {
		counter_add(&data_visits_busy, 1);
		data_answer_fail(answer, BUS_BUSY,
		    "busy: too many large answers are under way");
	}
	visit->state = VISIT_ANSWERING;
	print_answer(visit, answer);
	stream_lease_expire(&visit->lease, DATA_TAKE_MS);
	stream_wake(visit->lease.stream);
}

static void
refuse_request(struct visit *visit, enum bus_code code, const char *why)
{
	struct data_answer answer;

	counter_add(&data_visits_bad, 1);
	data_answer_init(&answer);
	data_answer_fail(&answer, code, "%s", why);
	answer_visit(visit, &answer);
	data_answer_fini(&answer);
}

static size_t
on_fill(struct stream *stream, uint8_t *to, size_t size, void *arg)
{
	struct visit *visit = arg;
	struct bytes left = buffer_bytes(&visit->line);

	if (visit->state != VISIT_ANSWERING)
		return 0;
	if (size > left.len)
		size = left.len;
	memcpy(to, left.data, size);
	buffer_consume(&visit->line, size);
	counter_add(&data_bytes_sent, size);
	if (size == left.len) {
		visit->state = VISIT_ANSWERED;
		buffer_fini(&visit->line);
		stream_lease_discharge(&visit->lease, visit->lease.bytes);
		stream_lease_expire(&visit->lease, DATA_LINGER_MS);
		stream_finish(stream);
	}
	return size;
}

/* --- asking the store */

static void
on_done(struct data_answer *answer, void *arg)
{
	answer_visit(arg, answer);
}

static void
ask_store(struct visit *visit, struct bytes request)
{
	struct data_server *server = visit->server;
	struct data_caller caller = { .peer = visit->lease.peer };
	struct data_body body = { .is_line = true, .json = request };

	snprintf(caller.email, sizeof(caller.email), "%s",
	    peer_emails_get(server->emails, &caller.peer));
	counter_add(&data_visits, 1);
	stream_lease_keep(&visit->lease);
	visit->state = VISIT_ASKING;
	visit->asking =
	    store_ask(server->store, &caller, &body, on_done, visit);
}

/* A whole line, or what came before the end. A sealed line ("ENC:") of the
 * original cannot be for us: we publish no key for it. */
static void
take_request(struct visit *visit, struct bytes line)
{
	struct bytes rest = line;

	if (bytes_skip(&rest, "ENC:"))
		refuse_request(visit, BUS_BAD_REQUEST, "decrypt error");
	else
		ask_store(visit, line);
	if (visit->state == VISIT_ASKING)
		buffer_fini(&visit->line);
}

/* --- the request */

/* Keep a part of a line; false: it was refused. */
static bool
keep_part(struct visit *visit, struct bytes part)
{
	if (part.len > DATA_REQUEST_MAX - visit->line.len)
		refuse_request(visit, BUS_TOO_LARGE,
		    "read error: the request has more than 1 MiB");
	else if (!stream_lease_charge(&visit->lease, part.len))
		refuse_request(visit, BUS_BUSY,
		    "busy: too many large requests are under way");
	else
		return buffer_append(&visit->line, part) == 0;
	return false;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct visit *visit = arg;
	struct bytes part = bytes;
	const uint8_t *lf;

	(void)stream;
	if (visit->state != VISIT_READING)
		return bytes.len;
	lf = memchr(bytes.data, '\n', bytes.len);
	if (lf != NULL)
		part.len = (size_t)(lf - bytes.data);
	if (lf != NULL && visit->line.len == 0 &&
	    part.len <= DATA_REQUEST_MAX &&
	    stream_lease_charge(&visit->lease, part.len))
		take_request(visit, part);
	else if (keep_part(visit, part) && lf != NULL)
		take_request(visit, buffer_bytes(&visit->line));
	return bytes.len;
}

static void
on_end(struct stream *stream, void *arg)
{
	struct visit *visit = arg;

	(void)stream;
	if (visit->state == VISIT_READING)
		take_request(visit, buffer_bytes(&visit->line));
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct visit *visit = arg;

	(void)stream;
	(void)end;
	if (visit->state == VISIT_READING)
		counter_add(&data_visits_bad, 1);
	if (visit->state == VISIT_ASKING) {
		counter_add(&data_visits_left, 1);
		store_cancel(visit->server->store, visit->asking);
	}
	buffer_fini(&visit->line);
	stream_lease_fini(&visit->lease);
	free(visit);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_fill = on_fill,
		.on_close = on_close,
	};
	struct data_server *server = arg;
	struct visit *visit = xzalloc(sizeof(*visit));

	(void)host;
	if (!stream_lease_init(&visit->lease, server->quota, stream)) {
		free(visit);
		stream_reset(stream);
		return;
	}
	visit->server = server;
	buffer_init(&visit->line, DATA_REQUEST_MAX);
	stream_lease_expire(&visit->lease, DATA_REQUEST_MS);
	stream_set_handler(stream, &handler, visit);
}

struct data_server *
data_server_new(
    struct host *host, struct store *store, const struct peer_emails *emails)
{
	static const struct stream_limits limits = {
		.per_peer = DATA_STREAMS_PER_PEER,
		.in_all = DATA_STREAMS,
		.bytes_per_peer = DATA_BYTES_PER_PEER,
		.bytes_in_all = DATA_BYTES,
	};
	struct data_server *server = xzalloc(sizeof(*server));

	server->store = store;
	server->emails = emails;
	server->quota = stream_quota_new(host_base(host), &limits);
	host_allow_limited(host, DATA_PROTOCOL);
	host_serve(host, DATA_PROTOCOL, on_stream, server);
	return server;
}

void
data_server_free(struct data_server *server)
{
	if (server == NULL)
		return;
	stream_quota_free(server->quota);
	free(server);
}
