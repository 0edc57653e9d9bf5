#include "goop-viewerd/data/data_client.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/local_stream_reader.h"

COUNTER(data_queries_refused, "requests to databases refused over the limit");
COUNTER(data_queries_repeated, "requests to databases asked again of a goopd "
			       "that came back");
COUNTER(data_queries_cut, "answers of databases that broke off");

struct data_query {
	struct data_client *client;
	const struct data_listener *listener;
	void *arg;
	struct data_ask ask; /* peer_id absent: the own database */
	bool may_repeat;
	uint64_t asked;    /* the bus request under way, or 0 */
	uint64_t losses;   /* of goopd when it was asked */
	bool awaits_goopd; /* until give_up */
	struct monotime give_up;
	struct event *event; /* time to look for goopd, or NULL */
	struct local_stream_reader *reader; /* of an answer by ticket */
	bool is_begun;                      /* a piece of that came */
};

struct data_client {
	struct event_base *base;
	struct goopd_client *goopd;
	char *run_directory;
	unsigned int count, max;
};

static const char is_restarting[] =
    "a part of Goop² is restarting: try again in a moment";

static void on_turn(evutil_socket_t, short, void *);

/* --- the end */

static void
stop_reading(struct data_query *query)
{
	if (query->event != NULL)
		event_free(query->event);
	query->event = NULL;
	local_stream_reader_close(query->reader);
	query->reader = NULL;
}

static void
query_free(struct data_query *query)
{
	stop_reading(query);
	query->client->count--;
	message_fini(&data_ask_message, &query->ask);
	free(query);
}

void
data_query_cancel(struct data_query *query)
{
	if (query->asked != 0)
		bus_cancel(
		    goopd_client_client(query->client->goopd), query->asked);
	query_free(query);
}

static void
query_fail(struct data_query *query, enum bus_code code, const char *sentence)
{
	const struct data_listener *listener = query->listener;
	void *arg = query->arg;

	if (query->is_begun)
		counter_add(&data_queries_cut, 1);
	query_free(query);
	listener->on_fail(code, sentence, arg);
}

/* The last act on the query if nothing is left. */
static void
give_piece(struct data_query *query, struct evbuffer *piece, int64_t left)
{
	const struct data_listener *listener = query->listener;
	void *arg = query->arg;

	if (left == 0)
		query_free(query);
	listener->on_piece(piece, left, arg);
}

/* --- waiting for goopd */

static bool
is_goopd_ready(const struct data_client *client)
{
	return goopd_client_is_up(client->goopd) &&
	       goopd_client_identity(client->goopd)->peer_id != NULL;
}

/* goopd is away: give it a moment to come back. */
static void
await_goopd(struct data_query *query)
{
	static const struct timeval pause = { 0, DATA_RETRY_MS * 1000 };

	stop_reading(query);
	if (!query->awaits_goopd) {
		query->awaits_goopd = true;
		query->give_up =
		    monotime_add_ms(monotime_now(), DATA_RESTART_MS);
	}
	if (monotime_reached(monotime_now(), query->give_up)) {
		query_fail(query, BUS_BUSY, is_restarting);
		return;
	}
	query->event = xcheck(evtimer_new(query->client->base, on_turn, query));
	evtimer_add(query->event, &pause);
}

/* goopd was asked, and went away before the whole answer was here. */
static void
ask_again(struct data_query *query)
{
	if (query->is_begun) {
		query_fail(query, BUS_UNREACHABLE, "the answer broke off");
	} else if (!query->may_repeat) {
		query_fail(query, BUS_UNREACHABLE,
		    "goopd went away meanwhile: it is not known whether the "
		    "change was made");
	} else {
		counter_add(&data_queries_repeated, 1);
		await_goopd(query);
	}
}

/* --- a large answer */

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	struct data_query *query = arg;

	query->is_begun = true;
	give_piece(query, piece, left);
}

static void
on_broken(int error, void *arg)
{
	if (error == -ETIMEDOUT)
		query_fail(arg, BUS_TIMEOUT, "the answer did not come");
	else
		ask_again(arg);
}

static void
show_ticket(struct data_query *query, const struct data_reply *reply)
{
	static const struct local_stream_listener listener = { on_piece,
		on_broken };
	struct local_stream_body body = {
		.run_directory = query->client->run_directory,
		.ticket = { reply->ticket.data, reply->ticket.len },
		.length = reply->length,
		.stall_ms = DATA_STALL_MS,
	};

	if (local_stream_reader_open(query->client->base, &body, &listener,
		query, &query->reader) < 0)
		ask_again(query);
}

void
data_query_next(struct data_query *query)
{
	local_stream_reader_next(query->reader);
}

/* --- asking */

/* An answer without data is null to a page. */
static void
take_small(struct data_query *query, struct octets data)
{
	struct evbuffer *piece = xcheck(evbuffer_new());

	if (data.len > 0)
		evbuffer_add(piece, data.data, data.len);
	else
		evbuffer_add(piece, "null", 4);
	give_piece(query, piece, 0);
	evbuffer_free(piece);
}

/* Was it goopd that went away, or the peer that is not there? */
static bool
is_goopd_gone(const struct data_query *query, enum bus_code code)
{
	struct goopd_client *goopd = query->client->goopd;

	return code == BUS_UNREACHABLE &&
	       (query->ask.peer_id == NULL || !goopd_client_is_up(goopd) ||
		   goopd_client_losses(goopd) != query->losses);
}

static void
on_answer(
    const struct bus_error *error, const struct data_reply *reply, void *arg)
{
	struct data_query *query = arg;

	query->asked = 0;
	if (error != NULL && is_goopd_gone(query, error->code))
		ask_again(query);
	else if (error != NULL)
		query_fail(query, error->code, error->message);
	else if (reply->ticket.len > 0 && reply->length > 0)
		show_ticket(query, reply);
	else
		take_small(query, reply->data);
}

/* The first time, or time to look for goopd again. */
static void
ask(struct data_query *query)
{
	struct goopd_client *goopd = query->client->goopd;
	struct data_ask ask = query->ask;

	stop_reading(query);
	if (!is_goopd_ready(query->client)) {
		await_goopd(query);
		return;
	}
	if (ask.peer_id == NULL)
		ask.peer_id = goopd_client_identity(goopd)->peer_id;
	query->losses = goopd_client_losses(goopd);
	query->asked = ask_data_ask(
	    goopd_client_client(goopd), &ask, DATA_BUDGET_MS, on_answer, query);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

static void
copy_question(struct data_query *query, const struct data_question *question)
{
	char peer[PEER_ID_TEXT_SIZE];
	struct data_ask ask = {
		.op = data_ops[question->op].word,
		.request_id = question->request_id,
		.body = { question->body.data, question->body.len },
	};

	if (question->peer != NULL) {
		peer_id_print(question->peer, peer);
		ask.peer_id = peer;
	}
	message_copy(&data_ask_message, &ask, &query->ask);
	query->may_repeat = question->may_repeat;
}

struct data_query *
data_client_ask(struct data_client *client,
    const struct data_question *question, const struct data_listener *listener,
    void *arg)
{
	struct data_query *query;

	if (client->count == client->max) {
		counter_add(&data_queries_refused, 1);
		return NULL;
	}
	query = xzalloc(sizeof(*query));
	query->client = client;
	query->listener = listener;
	query->arg = arg;
	copy_question(query, question);
	client->count++;
	ask(query);
	return query;
}

struct data_client *
data_client_new(struct event_base *base, struct goopd_client *goopd,
    const char *run_directory, unsigned int max)
{
	struct data_client *client = xzalloc(sizeof(*client));

	client->base = base;
	client->goopd = goopd;
	client->max = max;
	client->run_directory = xstrdup(run_directory);
	return client;
}

void
data_client_free(struct data_client *client)
{
	if (client == NULL)
		return;
	free(client->run_directory);
	free(client);
}
