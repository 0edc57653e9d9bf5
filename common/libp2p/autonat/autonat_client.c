#include "common/libp2p/autonat/autonat_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat_message.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(autonat_backs_unasked, "numbers of a dial back that nobody asked for");
COUNTER(autonat_answers_unproven, "servers that said that they reached us, but "
				  "brought no number");

enum {
	QUESTION_MS = 45000, /* the data, the server's wait, its dial */
	PIECE = 4000,        /* of data */
};

struct question {
	LIST_ENTRY(question) entry;
	struct autonat_client *client;
	struct multiaddr addresses[AUTONAT_ASKED_MAX];
	size_t count;
	int version;
	uint64_t nonce;
	struct multiaddr proved; /* from where the number came; len 0: not */
	bool has_paid;           /* the data that the server wanted */
	struct host_request *opening;
	struct stream *stream;
	struct event *timer;
	autonat_answer_fn *done;
	void *arg;
};

struct autonat_client {
	struct host *host;
	LIST_HEAD(, question) questions;
	size_t count;
};

static void
end(struct question *question, const struct autonat_answer *answer)
{
	static const struct stream_handler none = { .on_data = NULL };
	autonat_answer_fn *done = question->done;
	void *arg = question->arg;

	if (question->opening != NULL)
		host_cancel(question->opening);
	if (question->stream != NULL) {
		stream_set_handler(question->stream, &none, NULL);
		stream_reset(question->stream);
	}
	LIST_REMOVE(question, entry);
	question->client->count--;
	event_free(question->timer);
	free(question);
	done(answer, arg);
}

static void
end_with(
    struct question *question, enum autonat_outcome outcome, uint32_t index)
{
	struct autonat_answer answer = {
		.outcome = outcome,
		.version = question->version,
	};

	if (index < question->count)
		answer.address = question->addresses[index];
	end(question, &answer);
}

static void
give_up(struct question *question)
{
	end_with(question, AUTONAT_NO_ANSWER, 0);
}

/* --- version 2 --- */

/* Only the number proves that the server was here, and only over the kind of
 * address that it says it dialled. */
static enum autonat_outcome
judge(const struct question *question, const struct autonat_message *response)
{
	if (response->status == AUTONAT_DIAL_REFUSED)
		return AUTONAT_NOT_DIALLED;
	if (response->status != AUTONAT_OK ||
	    response->index >= question->count)
		return AUTONAT_NO_ANSWER;
	if (question->proved.len > 0 &&
	    multiaddr_is_same_family(
		&question->proved, &question->addresses[response->index]))
		return AUTONAT_REACHABLE;
	if (response->dial_status == AUTONAT_DIAL_FAILED)
		return AUTONAT_UNREACHABLE;
	counter_add(&autonat_answers_unproven, 1);
	return AUTONAT_NO_ANSWER;
}

/* False: it wants more than the specification lets it. */
static bool
pay(struct question *question, const struct autonat_message *request)
{
	struct autonat_message piece = { .type = AUTONAT_DATA_RESPONSE };
	uint64_t left = request->data_wanted;
	struct buffer wire;
	bool is_sent = true;

	if (question->has_paid || request->index >= question->count ||
	    left > AUTONAT_DATA_MAX)
		return false;
	question->has_paid = true;
	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	while (left > 0 && is_sent) {
		piece.data_len = left < PIECE ? (size_t)left : PIECE;
		left -= piece.data_len;
		buffer_consume(&wire, buffer_bytes(&wire).len);
		is_sent =
		    autonat_message_encode(&piece, &wire) == 0 &&
		    stream_write(question->stream, buffer_bytes(&wire)) == 0;
	}
	buffer_fini(&wire);
	return is_sent;
}

static size_t
on_data2(struct stream *stream, struct bytes bytes, void *arg)
{
	struct question *question = arg;
	struct autonat_message message;
	size_t len;
	int rc = autonat_message_decode(bytes, &message, &len);

	if (rc == AUTONAT_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc == 0 && message.type == AUTONAT_DATA_REQUEST &&
	    pay(question, &message))
		return len;
	if (rc == 0 && message.type == AUTONAT_DIAL_RESPONSE)
		end_with(question, judge(question, &message), message.index);
	else
		give_up(question);
	return bytes.len;
}

static int
encode_question2(struct question *question, struct buffer *to)
{
	struct autonat_message message = { .type = AUTONAT_DIAL_REQUEST };

	random_bytes(&question->nonce, sizeof(question->nonce));
	message.nonce = question->nonce;
	message.address_count = question->count;
	memcpy(message.addresses, question->addresses,
	    question->count * sizeof(question->addresses[0]));
	return autonat_message_encode(&message, to);
}

/* --- version 1 --- */

static size_t
on_data1(struct stream *stream, struct bytes bytes, void *arg)
{
	struct question *question = arg;
	struct autonat1_message message;
	struct autonat_answer answer = { .version = 1 };
	size_t len;
	int rc = autonat1_message_decode(bytes, &message, &len);

	if (rc == AUTONAT1_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc == 0 && message.type == AUTONAT1_DIAL_RESPONSE &&
	    message.status == AUTONAT1_OK && message.address_count > 0) {
		answer.outcome = AUTONAT_REACHABLE;
		answer.address = message.addresses[0];
		end(question, &answer);
	} else if (rc == 0 && message.status == AUTONAT1_DIAL_ERROR) {
		end_with(question, AUTONAT_UNREACHABLE, 0);
	} else {
		give_up(question);
	}
	return bytes.len;
}

static int
encode_question1(const struct question *question, struct buffer *to)
{
	struct autonat1_message message = {
		.type = AUTONAT1_DIAL,
		.peer = *host_self(question->client->host),
		.address_count = 1,
	};

	message.addresses[0] = question->addresses[0];
	return autonat1_message_encode(&message, to);
}

/* --- both --- */

static void
on_end(struct stream *stream, void *arg)
{
	(void)stream;
	give_up(arg);
}

static void
on_close(struct stream *stream, enum stream_end how, void *arg)
{
	struct question *question = arg;

	(void)stream;
	(void)how;
	question->stream = NULL;
	give_up(question);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handlers[] = {
		{ .on_data = on_data1, .on_end = on_end, .on_close = on_close },
		{ .on_data = on_data2, .on_end = on_end, .on_close = on_close },
	};
	struct question *question = arg;
	struct buffer wire;
	int rc;

	(void)host;
	(void)error;
	question->opening = NULL;
	if (stream == NULL) {
		give_up(question);
		return;
	}
	question->stream = stream;
	stream_set_handler(stream, &handlers[question->version - 1], question);
	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	rc = question->version == 2 ? encode_question2(question, &wire)
				    : encode_question1(question, &wire);
	if (rc < 0 || stream_write(stream, buffer_bytes(&wire)) < 0)
		stream_reset(stream);
	buffer_fini(&wire);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	give_up(arg);
}

int
autonat_version_of(const struct host *host, const struct peer_id *peer)
{
	if (host_peer_speaks(host, peer, AUTONAT_PROTOCOL_DIAL))
		return 2;
	return host_peer_speaks(host, peer, AUTONAT1_PROTOCOL) ? 1 : 0;
}

int
autonat_ask(struct autonat_client *client, const struct peer_id *server,
    const struct multiaddr *addresses, size_t count, autonat_answer_fn *done,
    void *arg)
{
	static const char *const protocols[] = { AUTONAT1_PROTOCOL,
		AUTONAT_PROTOCOL_DIAL };
	const struct timeval limit = timeval_of_ms(QUESTION_MS);
	int version = autonat_version_of(client->host, server);
	struct question *question;

	if (version == 0)
		return -EPROTONOSUPPORT;
	if (client->count >= AUTONAT_QUESTIONS_MAX)
		return -EBUSY;
	question = xzalloc(sizeof(*question));
	question->client = client;
	question->version = version;
	question->count = count < AUTONAT_ASKED_MAX ? count : AUTONAT_ASKED_MAX;
	memcpy(question->addresses, addresses,
	    question->count * sizeof(*addresses));
	question->done = done;
	question->arg = arg;
	question->timer =
	    xcheck(evtimer_new(host_base(client->host), on_timer, question));
	event_add(question->timer, &limit);
	LIST_INSERT_HEAD(&client->questions, question, entry);
	client->count++;
	question->opening = host_open(client->host, server,
	    &protocols[version - 1], 1, QUESTION_MS, on_opened, question);
	return 0;
}

/* --- what servers bring --- */

static size_t
on_back_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct autonat_client *client = arg;
	struct question *question;
	struct host_path path;
	struct buffer wire;
	uint64_t nonce;
	size_t len;
	int rc = autonat_back_decode(bytes, &nonce, &len);

	if (rc == AUTONAT_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	LIST_FOREACH (question, &client->questions, entry)
		if (rc == 0 && question->nonce == nonce &&
		    question->version == 2 && question->stream != NULL)
			break;
	if (question == NULL ||
	    !host_stream_path(client->host, stream, &path) || path.is_relayed) {
		counter_add(&autonat_backs_unasked, 1);
		stream_reset(stream);
		return bytes.len;
	}
	question->proved = path.address;
	buffer_init(&wire, AUTONAT_BACK_MAX);
	if (autonat_back_answer_encode(&wire) == 0)
		stream_write(stream, buffer_bytes(&wire));
	buffer_fini(&wire);
	stream_finish(stream);
	return bytes.len;
}

/* One that says nothing holds nothing of ours. */
static void
on_back(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_back_data,
	};

	(void)host;
	stream_set_handler(stream, &handler, arg);
}

struct autonat_client *
autonat_client_new(struct host *host)
{
	struct autonat_client *client = xzalloc(sizeof(*client));

	client->host = host;
	LIST_INIT(&client->questions);
	host_serve(host, AUTONAT_PROTOCOL_BACK, on_back, client);
	return client;
}

void
autonat_client_free(struct autonat_client *client)
{
	free(client);
}
