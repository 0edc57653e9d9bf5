#include "goopd/site/site_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/site/site_conditions.h"
#include "goopd/site/site_reply.h"
#include "goopd/site/site_resume.h"
#include "goopd/streams/stream_ask.h"
#include "goopd/streams/unreachable.h"

COUNTER(site_fetches, "files requested from other peers");
COUNTER(site_fetches_malformed, "site answers of other peers that were "
				"malformed");
COUNTER(site_fetches_broken, "bodies that ended early");
COUNTER(site_fetches_resumed, "bodies that broke off and went on by range");
COUNTER(site_fetches_over_limit, "files not requested: too many at once");

enum {
	FETCHES_MAX = 512,
	FETCH_LINGER_MS = 10000, /* after the body, for the peer to end */
	FETCH_RESUME_MS = 10000, /* of one attempt to go on */
};

static unsigned int fetches; /* under way */

/* Asks for the head (the call is not answered yet), carries the body (there is
 * a local stream; when the stream of the peer breaks off, another is asked for
 * the rest), then waits for the end of the stream. */
struct site_fetch {
	struct host *host;
	struct peer_id peer;
	struct local_stream_server *local_streams;
	struct site_open_call call;
	struct monotime address_until;
	struct site_request request;
	enum site_version version;         /* asked for */
	struct stream_asking *asking;      /* for the head */
	struct stream *stream;             /* of the body; NULL: not yet */
	struct local_stream *local_stream; /* NULL: not yet, or no more */
	struct event *linger;
	struct event *retry; /* of going on */
	struct site_resume resume;
	uint64_t left; /* of the body */
};

static void
fetch_free(struct site_fetch *fetch)
{
	fetches--;
	event_free(fetch->linger);
	event_free(fetch->retry);
	free(fetch);
}

static void
on_linger(evutil_socket_t fd, short what, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)fd;
	(void)what;
	stream_reset(fetch->stream);
}

/* --- the body */

static void ask(struct site_fetch *, int64_t budget_ms);

/* The call fails; or, once it is answered, the reader sees that its socket ends
 * too soon. */
static void
fail(struct site_fetch *fetch, enum bus_code code, const char *why)
{
	if (fetch->local_stream == NULL) {
		bus_fail(fetch->call.bus, code, "%s", why);
	} else {
		counter_add(&site_fetches_broken, 1);
		local_stream_free(fetch->local_stream);
	}
	fetch_free(fetch);
}

/* The stream of the peer broke off, or the attempt to go on failed. */
static void
go_on(struct site_fetch *fetch)
{
	struct site_resume *resume = &fetch->resume;
	struct timeval pause;
	int64_t pause_ms;

	if (!site_resume_after(resume, resume->head.length - fetch->left,
		monotime_now(), &fetch->request, &pause_ms)) {
		fail(fetch, BUS_UNREACHABLE, "the peer went away");
		return;
	}
	pause = timeval_of_ms(pause_ms);
	evtimer_add(fetch->retry, &pause);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg, FETCH_RESUME_MS);
}

static void
finish_body(struct site_fetch *fetch)
{
	static const struct timeval linger = { FETCH_LINGER_MS / 1000, 0 };

	local_stream_free(fetch->local_stream);
	fetch->local_stream = NULL;
	evtimer_add(fetch->linger, &linger);
}

static void
on_room(struct local_stream *local_stream, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)local_stream;
	if (fetch->left == 0)
		finish_body(fetch); /* an empty file */
	else if (fetch->stream != NULL)
		stream_resume(fetch->stream);
}

static void
on_gone(struct local_stream *local_stream, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)local_stream;
	fetch->local_stream = NULL;
	if (fetch->stream != NULL) {
		stream_reset(fetch->stream);
		return;
	}
	if (fetch->asking != NULL)
		stream_ask_cancel(fetch->asking);
	fetch_free(fetch);
}

static size_t
on_body(struct stream *stream, struct bytes bytes, void *arg)
{
	struct site_fetch *fetch = arg;
	size_t n;

	(void)stream;
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

static void
on_end(struct stream *stream, void *arg)
{
	struct site_fetch *fetch = arg;

	if (fetch->left > 0)
		stream_reset(stream); /* on_close follows */
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct site_fetch *fetch = arg;

	(void)stream;
	(void)end;
	fetch->stream = NULL;
	if (fetch->local_stream != NULL)
		go_on(fetch);
	else
		fetch_free(fetch);
}

static void
start_body(struct site_fetch *fetch)
{
	static const struct stream_handler handler = {
		.on_data = on_body,
		.on_end = on_end,
		.on_close = on_close,
	};

	fetch->stream = stream_ask_take(fetch->asking);
	fetch->asking = NULL;
	stream_set_handler(fetch->stream, &handler, fetch);
}

/* --- the head */

/* The head of another peer goes to browsers: drop what is malformed. */
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
	struct local_stream *local_stream;

	improve_answer(fetch, answer);
	if (!site_reply_has_ticket(&fetch->request, answer)) {
		stream_ask_cancel(fetch->asking);
		site_reply_send(fetch->call, answer, ticket);
		fetch_free(fetch);
		return;
	}
	local_stream =
	    local_stream_new(fetch->local_streams, &source, fetch, &ticket);
	if (local_stream == NULL) {
		stream_ask_cancel(fetch->asking);
		fail(fetch, BUS_BUSY, "too many transfers at once");
		return;
	}
	fetch->local_stream = local_stream;
	fetch->left = answer->length;
	site_resume_begin(&fetch->resume, fetch->version, &fetch->request,
	    answer, monotime_now());
	start_body(fetch);
	site_reply_send(fetch->call, answer, ticket);
}

/* The head of the rest. */
static void
take_rest(struct site_fetch *fetch, const struct site_answer *answer)
{
	if (!site_resume_fits(&fetch->resume, answer)) {
		stream_ask_cancel(fetch->asking);
		fail(fetch, BUS_UNREACHABLE, "the file has changed");
		return;
	}
	counter_add(&site_fetches_resumed, 1);
	start_body(fetch);
}

static size_t
on_head(struct stream *stream, struct bytes bytes, void *arg)
{
	struct site_fetch *fetch = arg;
	struct site_answer answer;
	size_t used = 0;

	switch (site_answer_parse(fetch->version, bytes, &answer, &used)) {
	case 0:
		if (fetch->local_stream != NULL)
			take_rest(fetch, &answer);
		else
			take_head(fetch, &answer);
		return used;
	case SITE_MORE:
		stream_resume(stream); /* offer it again with the rest */
		return 0;
	default:
		counter_add(&site_fetches_malformed, 1);
		stream_ask_cancel(fetch->asking);
		fail(fetch, BUS_INTERNAL,
		    "the peer sent an answer that breaks the protocol");
		return bytes.len;
	}
}

/* A peer that does not speak 1.1.0 is asked by 1.0.0. */
static void
on_fail(int error, void *arg)
{
	struct site_fetch *fetch = arg;
	struct unreachable unreachable = unreachable_of(error);

	fetch->asking = NULL;
	if (fetch->local_stream != NULL) {
		go_on(fetch);
	} else if (error != -EPROTONOSUPPORT) {
		fail(fetch, unreachable.code, unreachable.words);
	} else if (fetch->version == SITE_1_0) {
		fail(fetch, BUS_UNREACHABLE, "the peer does not serve a site");
	} else {
		fetch->version = SITE_1_0;
		ask(fetch, bus_call_left_ms(fetch->call.bus));
	}
}

static void
ask(struct site_fetch *fetch, int64_t budget_ms)
{
	static const struct stream_ask_handler handler = { on_head, on_fail };
	static const char *const protocols[] = {
		[SITE_1_0] = SITE_PROTOCOL_1_0,
		[SITE_1_1] = SITE_PROTOCOL_1_1,
	};
	struct stream_question question = {
		.peer = &fetch->peer,
		.protocol = &protocols[fetch->version],
		.budget_ms = budget_ms,
		.address_until = fetch->address_until,
	};
	struct buffer head;

	buffer_init(&head, SITE_HEAD_MAX);
	if (site_request_print(fetch->version, &fetch->request, &head) < 0) {
		fail(fetch, BUS_TOO_LARGE, "the request is too large");
	} else {
		question.request = buffer_bytes(&head);
		fetch->asking =
		    stream_ask(fetch->host, &question, &handler, fetch);
	}
	buffer_fini(&head);
}

void
site_fetch_open(struct host *host, struct local_stream_server *local_streams,
    const struct peer_id *peer, const struct site_request *request,
    struct monotime address_until, struct site_open_call call)
{
	struct site_fetch *fetch;

	if (fetches == FETCHES_MAX) {
		counter_add(&site_fetches_over_limit, 1);
		bus_fail(
		    call.bus, BUS_BUSY, "too many files are being fetched");
		return;
	}
	fetches++;
	counter_add(&site_fetches, 1);
	fetch = xzalloc(sizeof(*fetch));
	fetch->host = host;
	fetch->peer = *peer;
	fetch->local_streams = local_streams;
	fetch->call = call;
	fetch->request = *request;
	fetch->version =
	    host_peer_speaks(host, peer, SITE_PROTOCOL_1_0) &&
		    !host_peer_speaks(host, peer, SITE_PROTOCOL_1_1)
		? SITE_1_0
		: SITE_1_1;
	fetch->address_until = address_until;
	fetch->linger = xcheck(evtimer_new(host_base(host), on_linger, fetch));
	fetch->retry = xcheck(evtimer_new(host_base(host), on_retry, fetch));
	ask(fetch, bus_call_left_ms(call.bus));
}
