#include "goopd/data/protocol/large_answer.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"

COUNTER(data_deliveries_over_limit, "large data answers that found no room");

struct large_answer {
	struct buffer left;
	size_t charged;
};

static size_t held;

static void
large_answer_free(struct large_answer *answer)
{
	held -= answer->charged;
	buffer_fini(&answer->left);
	free(answer);
}

static void
on_room(struct local_stream *local_stream, void *arg)
{
	struct large_answer *answer = arg;

	buffer_consume(&answer->left,
	    local_stream_write(local_stream, buffer_bytes(&answer->left)));
	if (answer->left.len > 0)
		return;
	large_answer_free(answer);
	local_stream_free(local_stream);
}

static void
on_gone(struct local_stream *local_stream, void *arg)
{
	(void)local_stream;
	large_answer_free(arg);
}

int
large_answer_new(struct local_stream_server *desk, struct buffer *data,
    struct bytes *ret_ticket)
{
	static const struct local_stream_source source = { on_room, on_gone };
	struct large_answer *answer;

	if (data->len > DATA_DELIVERIES_BYTES_MAX - held) {
		counter_add(&data_deliveries_over_limit, 1);
		return -EBUSY;
	}
	answer = xzalloc(sizeof(*answer));
	if (local_stream_new(desk, &source, answer, ret_ticket) == NULL) {
		free(answer);
		return -EBUSY;
	}
	answer->left = *data;
	answer->charged = data->len;
	buffer_init(data, data->max);
	held += answer->charged;
	return 0;
}
