#include "goopd/data/protocol/data_ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/protocol/data_server.h"
#include "goopd/streams/stream_ask.h"
#include "goopd/streams/unreachable.h"

COUNTER(data_asks, "data requests sent to other peers");
COUNTER(data_asks_over_limit, "data requests not sent: too many at once");
COUNTER(data_asks_malformed, "data answers of other peers that were malformed");

static unsigned int asks; /* under way */
static size_t asks_bytes; /* of all answers so far */

struct data_asking {
	data_done_fn *done;
	void *arg;
	struct stream_asking *asking;
	struct buffer line; /* of the answer so far */
};

static void
asking_free(struct data_asking *asking)
{
	asks--;
	asks_bytes -= asking->line.len;
	buffer_fini(&asking->line);
	free(asking);
}

/* --- the answer */

static void
answer_with(struct data_asking *asking, struct data_answer *answer)
{
	asking->done(answer, asking->arg);
	data_answer_fini(answer);
	asking_free(asking);
}

static void
fail(struct data_asking *asking, enum bus_code code, const char *why)
{
	struct data_answer answer;

	data_answer_init(&answer);
	data_answer_fail(&answer, code, "%s", why);
	answer_with(asking, &answer);
}

static void
take_answer(struct data_asking *asking, struct bytes line)
{
	struct data_answer answer;

	if (data_answer_parse(line, &answer) == 0) {
		answer_with(asking, &answer);
		return;
	}
	counter_add(&data_asks_malformed, 1);
	fail(asking, BUS_INTERNAL,
	    "the peer sent an answer that breaks the protocol");
}

/* 0, or the call has failed. */
static int
keep_part(struct data_asking *asking, struct bytes part)
{
	enum bus_code code = BUS_OK;
	const char *why = NULL;

	if (part.len > DATA_ANSWER_MAX - asking->line.len) {
		code = BUS_TOO_LARGE;
		why = "the answer is larger than 8 MiB";
	} else if (part.len > DATA_ASKS_BYTES_MAX - asks_bytes) {
		code = BUS_BUSY;
		why = "too many large answers are under way";
	}
	if (code != BUS_OK) {
		stream_ask_cancel(asking->asking);
		fail(asking, code, why);
		return -ENOBUFS;
	}
	(void)buffer_append(&asking->line, part);
	asks_bytes += part.len;
	return 0;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct data_asking *asking = arg;
	const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);
	struct bytes line = bytes;

	(void)stream;
	if (lf != NULL)
		line.len = (size_t)(lf - bytes.data);
	/* An answer that came in one piece need not be copied. */
	if (lf == NULL || asking->line.len > 0) {
		if (keep_part(asking, line) < 0)
			return bytes.len;
		line = buffer_bytes(&asking->line);
	}
	if (lf != NULL) {
		stream_ask_done(asking->asking);
		take_answer(asking, line);
	}
	return bytes.len;
}

/* The line feed may be missing at the end of the stream. */
static void
on_fail(int error, void *arg)
{
	struct data_asking *asking = arg;
	struct unreachable unreachable = unreachable_of(error);

	if (error == -ENODATA && asking->line.len > 0)
		take_answer(asking, buffer_bytes(&asking->line));
	else
		fail(asking, unreachable.code, unreachable.words);
}

/* --- the question */

int
data_ask(struct host *host, const struct data_question *question,
    data_done_fn *done, void *arg, struct data_asking **ret)
{
	static const struct stream_ask_handler handler = { on_data, on_fail };
	static const char *const protocol = DATA_PROTOCOL;
	struct stream_question what = {
		.peer = question->peer,
		.protocol = &protocol,
		.budget_ms = question->budget_ms,
		.address_until = question->address_until,
		.request = question->line,
	};
	struct data_asking *asking;

	if (question->line.len > DATA_REQUEST_MAX + 1)
		return -EMSGSIZE;
	if (asks == DATA_ASKS_MAX) {
		counter_add(&data_asks_over_limit, 1);
		return -EBUSY;
	}
	counter_add(&data_asks, 1);
	asks++;
	asking = xzalloc(sizeof(*asking));
	asking->done = done;
	asking->arg = arg;
	buffer_init(&asking->line, DATA_ANSWER_MAX);
	asking->asking = stream_ask(host, &what, &handler, asking);
	*ret = asking;
	return 0;
}

void
data_ask_cancel(struct data_asking *asking)
{
	stream_ask_cancel(asking->asking);
	asking_free(asking);
}
