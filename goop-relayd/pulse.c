#include "goop-relayd/pulse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "proto/field_json.h"

COUNTER(
    pulses_refused, "pulses refused: too many at once, or twice for a peer");

struct pulse {
	LIST_ENTRY(pulse) entry;
	struct pulses *pulses;
	struct peer_id peer;
	struct host_request *opening;
	struct stream *stream;
	struct event *timer;
	pulse_done_fn *done;
	void *arg;
};

struct pulses {
	struct host *host;
	LIST_HEAD(, pulse) list;
	size_t count;
};

/* --- the end of one */

static void
pulse_free(struct pulse *pulse)
{
	static const struct stream_handler none = { .on_data = NULL };

	LIST_REMOVE(pulse, entry);
	pulse->pulses->count--;
	if (pulse->opening != NULL)
		host_cancel(pulse->opening);
	if (pulse->stream != NULL) {
		stream_set_handler(pulse->stream, &none, NULL);
		stream_reset(pulse->stream);
	}
	event_free(pulse->timer);
	free(pulse);
}

static void
end(struct pulse *pulse, int error, const struct refresh_answer *answer)
{
	pulse->done(error, answer, pulse->arg);
	pulse_free(pulse);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end(arg, -ETIMEDOUT, NULL);
}

/* --- the answer: one line of JSON */

static void
take_line(struct pulse *pulse, struct bytes line)
{
	struct refresh_answer answer;

	if (message_decode_json(&refresh_answer_message, line, &answer, NULL) <
	    0) {
		end(pulse, -EBADMSG, NULL);
		return;
	}
	end(pulse, 0, &answer);
	message_fini(&refresh_answer_message, &answer);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	const uint8_t *end_of_line = memchr(bytes.data, '\n', bytes.len);

	if (end_of_line != NULL) {
		take_line(arg, (struct bytes){ bytes.data,
				   (size_t)(end_of_line - bytes.data) });
	} else if (bytes.len < PULSE_ANSWER_MAX) {
		stream_resume(stream); /* when more has come */
		return 0;
	} else {
		end(arg, -EBADMSG, NULL);
	}
	return bytes.len;
}

static void
on_end(struct stream *stream, void *arg)
{
	(void)stream;
	end(arg, -EBADMSG, NULL);
}

static void
on_close(struct stream *stream, enum stream_end how, void *arg)
{
	struct pulse *pulse = arg;

	(void)stream;
	pulse->stream = NULL;
	end(pulse, how == STREAM_REFUSED ? -EPROTONOSUPPORT : -EPIPE, NULL);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_close = on_close,
	};
	struct pulse *pulse = arg;

	(void)host;
	pulse->opening = NULL;
	pulse->stream = stream;
	if (stream == NULL)
		end(pulse, error, NULL);
	else
		stream_set_handler(stream, &handler, pulse);
}

/* --- asking */

struct pulses *
pulses_new(struct host *host)
{
	struct pulses *pulses = xzalloc(sizeof(*pulses));

	pulses->host = host;
	LIST_INIT(&pulses->list);
	return pulses;
}

void
pulses_free(struct pulses *pulses)
{
	struct pulse *pulse;

	if (pulses == NULL)
		return;
	while ((pulse = LIST_FIRST(&pulses->list)) != NULL)
		pulse_free(pulse);
	free(pulses);
}

static bool
is_asked(const struct pulses *pulses, const struct peer_id *peer)
{
	const struct pulse *pulse;

	LIST_FOREACH (pulse, &pulses->list, entry)
		if (peer_id_equal(&pulse->peer, peer))
			return true;
	return false;
}

int
pulse_peer(struct pulses *pulses, const struct peer_id *peer,
    pulse_done_fn *done, void *arg)
{
	static const char *const protocol[] = { RELAY_REFRESH_PROTOCOL };
	struct timeval limit = timeval_of_ms(PULSE_MS);
	struct pulse *pulse;

	if (!host_is_unlimited(pulses->host, peer))
		return -ENOTCONN;
	if (pulses->count == PULSES_MAX || is_asked(pulses, peer)) {
		counter_add(&pulses_refused, 1);
		return -EBUSY;
	}
	pulse = xzalloc(sizeof(*pulse));
	pulse->pulses = pulses;
	pulse->peer = *peer;
	pulse->done = done;
	pulse->arg = arg;
	pulse->timer =
	    xcheck(evtimer_new(host_base(pulses->host), on_timer, pulse));
	event_add(pulse->timer, &limit);
	LIST_INSERT_HEAD(&pulses->list, pulse, entry);
	pulses->count++;
	pulse->opening = host_open(pulses->host, &pulse->peer, protocol, 1,
	    PULSE_MS, on_opened, pulse);
	return 0;
}
