#include "goopd/data/protocol/data_ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/protocol/data_server.h"
#include "goopd/streams/unreachable.h"

COUNTER(data_asks, "data requests sent to other peers");
COUNTER(data_asks_over_limit, "data requests not sent: too many at once");
COUNTER(data_asks_malformed, "data answers of other peers that were malformed");

enum { ADDRESS_POLL_MS = 100 }; /* looking whether one became known */

static unsigned int asks; /* under way */
static size_t asks_bytes; /* of all answers so far */

/*
 * Waits for an address if it may still be told, for a stream, for the line that
 * answers. The deadline counts throughout.
 */
struct data_asking {
	struct host *host;
	struct peer_id peer;
	struct monotime until, patient_until;
	data_asked_fn *done; /* NULL: has been called, or nobody waits */
	void *arg;
	struct event *deadline;
	struct event *again;          /* to look for an address */
	struct host_request *opening; /* NULL: not, or no more */
	struct stream *stream;        /* NULL: not yet */
	struct buffer request;        /* until it is sent */
	struct buffer line;           /* of the answer */
};

static void
asking_free(struct data_asking *asking)
{
	asks--;
	asks_bytes -= asking->line.len;
	event_free(asking->deadline);
	event_free(asking->again);
	buffer_fini(&asking->request);
	buffer_fini(&asking->line);
	free(asking);
}

/* Without a stream that is the end; else on_close is. */
static void
end(struct data_asking *asking)
{
	if (asking->stream != NULL) {
		evtimer_del(asking->deadline);
		stream_reset(asking->stream);
		return;
	}
	if (asking->opening != NULL)
		host_cancel(asking->opening);
	asking_free(asking);
}

static void
tell(struct data_asking *asking, struct data_answer *answer)
{
	data_asked_fn *done = asking->done;

	asking->done = NULL;
	if (done != NULL)
		done(answer, asking->arg);
}

static void
fail(struct data_asking *asking, enum bus_code code, const char *why)
{
	struct data_answer answer;

	data_answer_init(&answer);
	data_answer_fail(&answer, code, "%s", why);
	tell(asking, &answer);
	data_answer_fini(&answer);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct data_asking *asking = arg;

	(void)fd;
	(void)what;
	fail(asking, BUS_TIMEOUT, "the peer did not answer in time");
	end(asking);
}

/* --- the answer */

static void
take_answer(struct data_asking *asking, struct bytes line)
{
	struct data_answer answer;

	if (data_answer_parse(line, &answer) < 0) {
		counter_add(&data_asks_malformed, 1);
		fail(asking, BUS_INTERNAL,
		    "the peer answered with something that is not understood");
		return;
	}
	tell(asking, &answer);
	data_answer_fini(&answer);
}

static bool
keep_part(struct data_asking *asking, struct bytes part)
{
	if (part.len > DATA_ANSWER_MAX - asking->line.len)
		fail(asking, BUS_TOO_LARGE, "the answer is larger than 8 MiB");
	else if (part.len > DATA_ASKS_BYTES_MAX - asks_bytes)
		fail(asking, BUS_BUSY, "too many large answers are under way");
	else if (buffer_append(&asking->line, part) == 0)
		asks_bytes += part.len;
	return asking->done != NULL;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct data_asking *asking = arg;
	struct bytes part = bytes;
	const uint8_t *lf;

	(void)stream;
	if (asking->done == NULL)
		return bytes.len;
	lf = memchr(bytes.data, '\n', bytes.len);
	if (lf != NULL)
		part.len = (size_t)(lf - bytes.data);
	if (lf != NULL && asking->line.len == 0)
		take_answer(asking, part);
	else if (keep_part(asking, part) && lf != NULL)
		take_answer(asking, buffer_bytes(&asking->line));
	/* What ends well needs no reset: the other half ends as well. */
	if (lf == NULL && asking->done == NULL)
		end(asking);
	return bytes.len;
}

static void
on_end(struct stream *stream, void *arg)
{
	struct data_asking *asking = arg;

	(void)stream;
	if (asking->done != NULL && asking->line.len > 0)
		take_answer(asking, buffer_bytes(&asking->line));
}

static void
on_close(struct stream *stream, enum stream_end how, void *arg)
{
	struct data_asking *asking = arg;

	(void)stream;
	fail(asking, BUS_UNREACHABLE,
	    how == STREAM_REFUSED
		? "the peer does not offer this service"
		: "the connection to the peer broke before it answered");
	asking_free(asking);
}

/* --- the question */

static void
send_request(struct data_asking *asking)
{
	if (stream_write(asking->stream, buffer_bytes(&asking->request)) < 0)
		stream_reset(asking->stream);
	else
		stream_finish(asking->stream);
	buffer_fini(&asking->request);
}

static void ask(struct data_asking *);

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

/* goopd just started and may be told in a moment where the peer is. */
static bool
await_address(struct data_asking *asking)
{
	struct timeval wait = { 0, ADDRESS_POLL_MS * 1000 };

	if (monotime_reached(monotime_now(), asking->patient_until))
		return false;
	evtimer_add(asking->again, &wait);
	return true;
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_close = on_close,
	};
	struct data_asking *asking = arg;
	struct unreachable unreachable;

	(void)host;
	asking->opening = NULL;
	if (error == -ENOENT && await_address(asking))
		return;
	if (stream == NULL) {
		unreachable = unreachable_of(error);
		fail(asking, unreachable.code, unreachable.words);
		asking_free(asking);
		return;
	}
	asking->stream = stream;
	send_request(asking);
	stream_set_handler(stream, &handler, asking);
}

static void
ask(struct data_asking *asking)
{
	static const char *const protocols[] = { DATA_PROTOCOL };
	int64_t left = monotime_since_ms(asking->until, monotime_now());

	asking->opening = host_open(asking->host, &asking->peer, protocols, 1,
	    left > 0 ? left : 1, on_opened, asking);
}

/* As one line. */
static void
print_request(struct bytes request, struct buffer *ret)
{
	uint8_t *to;
	size_t i;

	buffer_init(ret, request.len + 1);
	to = buffer_reserve(ret, request.len + 1);
	for (i = 0; i < request.len; i++)
		to[i] = request.data[i] == '\n' ? ' ' : request.data[i];
	to[request.len] = '\n';
	buffer_commit(ret, request.len + 1);
}
static struct data_asking *
asking_new(struct host *host, const struct data_question *question,
    data_asked_fn *done, void *arg)
{
	struct data_asking *asking = xzalloc(sizeof(*asking));
	struct timeval wait = timeval_of_ms(question->budget_ms);

	asks++;
	asking->host = host;
	asking->peer = *question->peer;
	asking->until = monotime_add_ms(monotime_now(), question->budget_ms);
	asking->patient_until = question->patient_until;
	asking->done = done;
	asking->arg = arg;
	asking->again = evtimer_new(host_base(host), on_again, asking);
	asking->deadline = evtimer_new(host_base(host), on_deadline, asking);
	evtimer_add(asking->deadline, &wait);
	buffer_init(&asking->line, DATA_ANSWER_MAX);
	return asking;
}

int
data_ask(struct host *host, const struct data_question *question,
    data_asked_fn *done, void *arg, struct data_asking **ret)
{
	struct data_asking *asking;

	if (question->request.len > DATA_REQUEST_MAX)
		return -EMSGSIZE;
	if (asks == DATA_ASKS_MAX) {
		counter_add(&data_asks_over_limit, 1);
		return -EBUSY;
	}
	counter_add(&data_asks, 1);
	asking = asking_new(host, question, done, arg);
	print_request(question->request, &asking->request);
	ask(asking);
	*ret = asking;
	return 0;
}

void
data_ask_cancel(struct data_asking *asking)
{
	asking->done = NULL;
	end(asking);
}
