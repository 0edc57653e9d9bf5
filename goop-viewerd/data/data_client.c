#include "goop-viewerd/data/data_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/local_stream_reader.h"

COUNTER(data_queries_refused, "requests to databases refused over the limit");
COUNTER(data_queries_repeated, "requests to databases asked again of a goopd "
			       "that came back");
COUNTER(data_queries_cut, "answers of databases that broke off");

struct data_client {
	struct data_queries *all;
	const struct data_client_listener *listener;
	void *arg;
	struct data_ask ask; /* peer_id absent: the own one */
	bool may_repeat;
	uint64_t asked;    /* the bus request under way, or 0 */
	uint64_t losses;   /* of goopd when it was asked */
	bool awaits_goopd; /* until give_up */
	struct monotime give_up;
	struct event *event; /* time to look for goopd, or NULL */
	struct local_stream_reader *reader; /* of an answer by ticket */
	bool is_begun;                      /* a piece of that came */
};

struct data_queries {
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
stop_reading(struct data_client *query)
{
	if (query->event != NULL)
		event_free(query->event);
	query->event = NULL;
	local_stream_reader_close(query->reader);
	query->reader = NULL;
}

static void
query_free(struct data_client *query)
{
	stop_reading(query);
	query->all->count--;
	message_fini(&data_ask_message, &query->ask);
	free(query);
}

void
data_client_cancel(struct data_client *query)
{
	if (query->asked != 0)
		bus_cancel(
		    goopd_client_client(query->all->goopd), query->asked);
	query_free(query);
}

static void
query_fail(struct data_client *query, enum bus_code code, const char *words)
{
	const struct data_client_listener *listener = query->listener;
	void *arg = query->arg;

	if (query->is_begun)
		counter_add(&data_queries_cut, 1);
	query_free(query);
	listener->on_fail(code, words, arg);
}

/* The last act on it if nothing is left. */
static void
give_piece(struct data_client *query, struct evbuffer *piece, int64_t left)
{
	const struct data_client_listener *listener = query->listener;
	void *arg = query->arg;

	if (left == 0)
		query_free(query);
	listener->on_piece(piece, left, arg);
}

/* --- waiting for goopd */

static bool
is_goopd_ready(const struct data_queries *all)
{
	return goopd_client_is_up(all->goopd) &&
	       goopd_client_identity(all->goopd)->peer_id != NULL;
}

static void
look_again(struct data_client *query, int pause_ms)
{
	struct timeval pause = { 0, pause_ms * 1000 };

	query->event = xcheck(evtimer_new(query->all->base, on_turn, query));
	evtimer_add(query->event, &pause);
}

/* goopd is not there, or not any more: give it a moment to come back. */
static void
await_goopd(struct data_client *query)
{
	stop_reading(query);
	if (!query->awaits_goopd) {
		query->awaits_goopd = true;
		query->give_up =
		    monotime_add_ms(monotime_now(), DATA_RESTART_MS);
	}
	if (monotime_reached(monotime_now(), query->give_up))
		query_fail(query, BUS_BUSY, is_restarting);
	else
		look_again(query, DATA_RETRY_MS);
}

/* It was asked, and goopd went away before the whole answer was here. */
static void
ask_again(struct data_client *query)
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
	struct data_client *query = arg;

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
show_ticket(struct data_client *query, const struct data_reply *reply)
{
	static const struct local_stream_listener listener = { on_piece,
		on_broken };
	struct local_stream_body body = {
		.run_directory = query->all->run_directory,
		.ticket = { reply->ticket.data, reply->ticket.len },
		.length = reply->length,
		.stall_ms = DATA_STALL_MS,
	};

	if (local_stream_reader_open(
		query->all->base, &body, &listener, query, &query->reader) < 0)
		ask_again(query);
}

void
data_client_next(struct data_client *query)
{
	local_stream_reader_next(query->reader);
}

/* --- asking */

/* An answer without data is null to a page. */
static void
take_small(struct data_client *query, struct octets data)
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
is_goopd_gone(const struct data_client *query, enum bus_code code)
{
	struct goopd_client *goopd = query->all->goopd;

	return code == BUS_UNREACHABLE &&
	       (query->ask.peer_id == NULL || !goopd_client_is_up(goopd) ||
		   goopd_client_losses(goopd) != query->losses);
}

static void
on_answer(
    const struct bus_error *error, const struct data_reply *reply, void *arg)
{
	struct data_client *query = arg;

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

static void
ask(struct data_client *query)
{
	struct goopd_client *goopd = query->all->goopd;
	struct data_ask ask = query->ask;

	if (ask.peer_id == NULL)
		ask.peer_id = goopd_client_identity(goopd)->peer_id;
	query->losses = goopd_client_losses(goopd);
	query->asked = ask_data_ask(
	    goopd_client_client(goopd), &ask, DATA_BUDGET_MS, on_answer, query);
}

/* The first turn of it, or time to look for goopd again. */
static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct data_client *query = arg;

	(void)fd;
	(void)what;
	stop_reading(query);
	if (is_goopd_ready(query->all))
		ask(query);
	else
		await_goopd(query);
}

struct data_client *
data_client_start(struct data_queries *all,
    const struct data_question *question,
    const struct data_client_listener *listener, void *arg)
{
	char peer[PEER_ID_TEXT_SIZE];
	struct data_client *query;

	if (all->count == all->max) {
		counter_add(&data_queries_refused, 1);
		return NULL;
	}
	query = xzalloc(sizeof(*query));
	query->all = all;
	query->listener = listener;
	query->arg = arg;
	query->may_repeat = question->may_repeat;
	if (question->peer != NULL) {
		peer_id_print(question->peer, peer);
		query->ask.peer_id = xstrdup(peer);
	}
	query->ask.request.data =
	    xmemdup(question->request.data, question->request.len);
	query->ask.request.len = question->request.len;
	all->count++;
	if (is_goopd_ready(all))
		ask(query);
	else
		await_goopd(query);
	return query;
}

struct data_queries *
data_queries_new(struct event_base *base, struct goopd_client *goopd,
    const char *run_directory, unsigned int max)
{
	struct data_queries *all = xzalloc(sizeof(*all));

	all->base = base;
	all->goopd = goopd;
	all->max = max;
	all->run_directory = xstrdup(run_directory);
	return all;
}

void
data_queries_free(struct data_queries *all)
{
	if (all == NULL)
		return;
	free(all->run_directory);
	free(all);
}
