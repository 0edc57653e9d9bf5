#include "goopd/site/site_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/goopd.h"
#include "goopd/site/site_conditions.h"
#include "goopd/site/site_reply.h"

COUNTER(site_fetches, "files asked of other peers");
COUNTER(site_fetches_malformed, "site answers of other peers that were "
				"malformed");
COUNTER(site_fetches_broken, "bodies that ended early");
COUNTER(site_fetches_over_limit, "files not asked for: too many at once");

enum {
	FETCHES_MAX = 512,
	FETCH_LINGER_MS = 10000,     /* after the body, to finish their half */
	FETCH_ADDRESS_POLL_MS = 100, /* looking whether one became known */
};

static unsigned int fetches; /* under way */

/*
 * Waits for an address if it may still be told, for a stream, then for the head
 * (the call is not answered yet), then carries the body (there is a delivery),
 * then waits for the end.
 */
struct site_fetch {
	struct host *host;
	struct peer_id peer;
	struct local_stream_server *desk;
	struct site_open_call call; /* NULL: answered */
	struct event *deadline;
	struct event *again;           /* to look for an address */
	struct monotime patient_until; /* an address may be told till then */
	struct host_request *opening;
	struct stream *stream;             /* NULL: not yet */
	struct local_stream *local_stream; /* NULL: none, or no more */
	struct site_request request;
	enum site_version version; /* that is asked for */
	uint64_t left;             /* of the body */
};

static void ask(struct site_fetch *);

static void
fetch_free(struct site_fetch *fetch)
{
	fetches--;
	event_free(fetch->deadline);
	event_free(fetch->again);
	free(fetch);
}

static void
set_deadline(struct site_fetch *fetch, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	evtimer_add(fetch->deadline, &wait);
}

static void
fail_call(struct site_fetch *fetch, enum bus_code code, const char *why)
{
	if (fetch->call.bus == NULL)
		return;
	bus_fail(fetch->call.bus, code, "%s", why);
	fetch->call.bus = NULL;
}

/* The budget is over, or they do not finish. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)fd;
	(void)what;
	fail_call(fetch, BUS_TIMEOUT, "the peer did not answer in time");
	if (fetch->stream != NULL) {
		stream_reset(fetch->stream);
		return;
	}
	if (fetch->opening != NULL)
		host_cancel(fetch->opening);
	fetch_free(fetch);
}

/* --- the body */

static void
finish_body(struct site_fetch *fetch)
{
	local_stream_free(fetch->local_stream);
	fetch->local_stream = NULL;
	set_deadline(fetch, FETCH_LINGER_MS);
}

static void
on_room(struct local_stream *local_stream, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)local_stream;
	if (fetch->left == 0)
		finish_body(fetch); /* an empty file */
	else
		stream_resume(fetch->stream);
}

static void
on_gone(struct local_stream *local_stream, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)local_stream;
	fetch->local_stream = NULL;
	stream_reset(fetch->stream);
}

static size_t
take_body(struct site_fetch *fetch, struct bytes bytes)
{
	size_t n;

	if (fetch->local_stream == NULL)
		return bytes.len; /* more than was announced */
	if (bytes.len > fetch->left)
		bytes.len = (size_t)fetch->left;
	n = local_stream_write(fetch->local_stream, bytes);
	fetch->left -= n;
	if (n > 0 && fetch->left == 0)
		finish_body(fetch);
	return n;
}

/* --- the head */

/* What another peer says is shown to browsers: believe what is well-formed. */
static void
improve_answer(struct site_fetch *fetch, struct site_answer *answer)
{
	char path[SITE_PATH_MAX + sizeof(SITE_INDEX)];
	size_t len = strlen(fetch->request.path);
	const char *type = answer->type;
	int64_t seconds;

	snprintf(path, sizeof(path), "%s%s", fetch->request.path,
	    fetch->request.path[len - 1] == '/' ? SITE_INDEX : "");
	if (fetch->version == SITE_1_0 || type[0] == '\0')
		type = mime_believe(type, path);
	if (type != answer->type)
		snprintf(answer->type, sizeof(answer->type), "%s", type);
	if (site_date_parse(answer->modified, &seconds) < 0)
		answer->modified[0] = '\0';
}

static void
take_head(struct site_fetch *fetch, struct site_answer *answer)
{
	static const struct local_stream_source source = { on_room, on_gone };
	struct bytes ticket = { NULL, 0 };

	improve_answer(fetch, answer);
	if (site_reply_has_ticket(&fetch->request, answer)) {
		fetch->left = answer->length;
		fetch->local_stream =
		    local_stream_new(fetch->desk, &source, fetch, &ticket);
		if (fetch->local_stream == NULL) {
			fail_call(
			    fetch, BUS_BUSY, "too many transfers at once");
			stream_reset(fetch->stream);
			return;
		}
		evtimer_del(fetch->deadline);
	} else {
		stream_reset(fetch->stream);
	}
	site_reply_send(fetch->call, answer, ticket);
	fetch->call.bus = NULL;
}

static void
refuse_head(struct site_fetch *fetch)
{
	counter_add(&site_fetches_malformed, 1);
	fail_call(fetch, BUS_INTERNAL,
	    "the peer answered with something that is not understood");
	stream_reset(fetch->stream);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct site_fetch *fetch = arg;
	struct site_answer answer;
	size_t used = 0;

	if (fetch->call.bus == NULL)
		return take_body(fetch, bytes);
	switch (site_answer_parse(fetch->version, bytes, &answer, &used)) {
	case 0:
		take_head(fetch, &answer);
		return used;
	case SITE_MORE:
		stream_resume(stream); /* offer it again with the rest */
		return 0;
	default:
		refuse_head(fetch);
		return bytes.len;
	}
}

/* --- the stream */

static void
on_end(struct stream *stream, void *arg)
{
	struct site_fetch *fetch = arg;

	if (fetch->call.bus != NULL || fetch->left > 0)
		stream_reset(stream); /* on_close does the rest */
}

/* They do not speak the version that was asked for: ask for the older one. */
static bool
ask_older(struct site_fetch *fetch)
{
	if (fetch->version == SITE_1_0 || fetch->call.bus == NULL)
		return false;
	fetch->version = SITE_1_0;
	fetch->stream = NULL;
	ask(fetch);
	return true;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)stream;
	if (end == STREAM_REFUSED && ask_older(fetch))
		return;
	fail_call(fetch, BUS_UNREACHABLE,
	    end == STREAM_REFUSED
		? "the peer does not serve a site"
		: "the connection to the peer broke before it answered");
	if (fetch->local_stream != NULL) {
		if (fetch->left > 0)
			counter_add(&site_fetches_broken, 1);
		local_stream_free(fetch->local_stream);
	}
	fetch_free(fetch);
}

static void
send_request(struct site_fetch *fetch)
{
	struct buffer head;

	buffer_init(&head, SITE_HEAD_MAX);
	if (site_request_print(fetch->version, &fetch->request, &head) < 0 ||
	    stream_write(fetch->stream, buffer_bytes(&head)) < 0)
		stream_reset(fetch->stream);
	else
		stream_finish(fetch->stream);
	buffer_fini(&head);
}

/* goopd just started and may be told in a moment where the peer is. */
static bool
await_address(struct site_fetch *fetch)
{
	struct timeval wait = { 0, FETCH_ADDRESS_POLL_MS * 1000 };

	if (monotime_reached(monotime_now(), fetch->patient_until))
		return false;
	evtimer_add(fetch->again, &wait);
	return true;
}

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_close = on_close,
	};
	struct site_fetch *fetch = arg;

	(void)host;
	fetch->opening = NULL;
	if (error == -ENOENT && await_address(fetch))
		return;
	if (error == -EPROTONOSUPPORT && ask_older(fetch))
		return;
	if (stream == NULL) {
		goopd_fail_unreachable(fetch->call.bus, error);
		fetch_free(fetch);
		return;
	}
	fetch->stream = stream;
	send_request(fetch);
	stream_set_handler(stream, &handler, fetch);
}

/*
 * One protocol is proposed at a time: then the request goes out together with
 * the proposal, and the first byte comes a round trip sooner.
 */
static void
ask(struct site_fetch *fetch)
{
	static const char *const protocols[] = { SITE_PROTOCOL_1_0,
		SITE_PROTOCOL_1_1 };

	fetch->opening = host_open(fetch->host, &fetch->peer,
	    &protocols[fetch->version == SITE_1_1], 1,
	    bus_call_left_ms(fetch->call.bus), on_opened, fetch);
}

void
site_fetch_open(struct host *host, struct local_stream_server *desk,
    const struct peer_id *peer, const struct site_request *request,
    struct monotime patient_until, struct site_open_call call)
{
	struct site_fetch *fetch;

	if (fetches == FETCHES_MAX) {
		counter_add(&site_fetches_over_limit, 1);
		bus_fail(call.bus, BUS_BUSY, "too many files are asked for");
		return;
	}
	fetches++;
	counter_add(&site_fetches, 1);
	fetch = xzalloc(sizeof(*fetch));
	fetch->host = host;
	fetch->peer = *peer;
	fetch->desk = desk;
	fetch->call = call;
	fetch->request = *request;
	fetch->version =
	    host_peer_speaks(host, peer, SITE_PROTOCOL_1_0) &&
		    !host_peer_speaks(host, peer, SITE_PROTOCOL_1_1)
		? SITE_1_0
		: SITE_1_1;
	fetch->patient_until = patient_until;
	fetch->again = evtimer_new(host_base(host), on_again, fetch);
	fetch->deadline = evtimer_new(host_base(host), on_deadline, fetch);
	set_deadline(fetch, bus_call_left_ms(call.bus));
	ask(fetch);
}
