#include "goopd/data_handlers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/bus/goopd_bus.h"
#include "goopd/data/protocol/data_ask.h"
#include "goopd/data/protocol/large_answer.h"

/* A call of a daemon that waits for its answer. */
struct data_call {
	LIST_ENTRY(data_call) next;
	struct goopd *goopd;
	struct data_ask_call call;
	uint64_t own;                /* the store's number, or 0 */
	struct data_asking *foreign; /* or NULL */
	struct event *deadline;      /* of the caller */
};

static void
data_call_free(struct data_call *data)
{
	LIST_REMOVE(data, next);
	event_free(data->deadline);
	free(data);
}

static void
data_call_fail(struct data_call *data, enum bus_code code, const char *why)
{
	if (data->own != 0)
		store_cancel(data->goopd->store, data->own);
	if (data->foreign != NULL)
		data_ask_cancel(data->foreign);
	bus_fail(data->call.bus, code, "%s", why);
	data_call_free(data);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	data_call_fail(arg, BUS_TIMEOUT, "the database did not answer in time");
}

static struct data_call *
data_call_new(struct goopd *goopd, struct data_ask_call call)
{
	struct data_call *data = xzalloc(sizeof(*data));
	int64_t left = bus_call_left_ms(call.bus);
	struct timeval wait = timeval_of_ms(left);

	data->goopd = goopd;
	data->call = call;
	data->deadline = evtimer_new(goopd->context->base, on_deadline, data);
	evtimer_add(data->deadline, &wait);
	LIST_INSERT_HEAD(&goopd->data_calls, data, next);
	return data;
}

/* --- answering */

static void
reply_inline(struct data_ask_call call, struct bytes json)
{
	struct data_reply reply = { .length = (int64_t)json.len };

	if (json.len > 0)
		reply.data = (struct octets){ json.data, json.len };
	reply_data_ask(call, &reply);
}

static void
reply_by_ticket(
    struct goopd *goopd, struct data_ask_call call, struct buffer *json)
{
	struct data_reply reply = { .length = (int64_t)json->len };
	struct bytes ticket;

	if (large_answer_new(goopd->local_streams, json, &ticket) < 0) {
		bus_fail(call.bus, BUS_BUSY, "too many transfers at once");
		return;
	}
	reply.ticket = (struct octets){ ticket.data, ticket.len };
	reply_data_ask(call, &reply);
}

static void
on_answer(struct data_answer *answer, void *arg)
{
	struct data_call *data = arg;

	if (answer->code != BUS_OK)
		bus_fail(data->call.bus, answer->code, "%s", answer->error);
	else if (answer->data.len <= GOOP_DATA_INLINE_MAX)
		reply_inline(data->call, buffer_bytes(&answer->data));
	else
		reply_by_ticket(data->goopd, data->call, &answer->data);
	data_call_free(data);
}

/* --- asking */

static void
ask_own(struct goopd *goopd, const struct data_body *body,
    struct data_ask_call call)
{
	struct data_call *data = data_call_new(goopd, call);
	struct data_caller caller = { .peer = goopd->identity.peer,
		.is_owner = true };

	snprintf(caller.email, sizeof(caller.email), "%s", goopd->email);
	data->own = store_ask(goopd->store, &caller, body, on_answer, data);
}

/* A page waits for it: an address that failed a while ago may work again. */
static void
ask_other(struct goopd *goopd, const struct peer_id *peer, struct bytes line,
    struct data_ask_call call)
{
	struct data_question question = {
		.peer = peer,
		.line = line,
		.budget_ms = bus_call_left_ms(call.bus),
		.address_until = goopd->settled,
	};
	struct data_call *data = data_call_new(goopd, call);

	if (!host_is_connected(goopd->host, peer))
		host_clear_backoff(goopd->host, peer);
	if (data_ask(goopd->host, &question, on_answer, data, &data->foreign) <
	    0)
		data_call_fail(
		    data, BUS_BUSY, "too many data requests are under way");
}

static void
print_and_ask(struct goopd *goopd, const struct peer_id *peer,
    const struct data_body *body, struct data_ask_call call)
{
	struct buffer line;
	char *why = NULL;
	int rc;

	buffer_init(&line, GOOP_DATA_REQUEST_MAX + 1);
	rc = data_request_print(body, &line, &why);
	if (rc == -EBADMSG)
		bus_fail(call.bus, BUS_BAD_REQUEST, "%s", why);
	else if (rc < 0)
		bus_fail(call.bus, BUS_TOO_LARGE, "the request is too large");
	else
		ask_other(goopd, peer, buffer_bytes(&line), call);
	buffer_fini(&line);
	free(why);
}

void
handle_data_ask(
    struct data_ask_call call, const struct data_ask *ask, void *arg)
{
	struct data_body body = { .request_id = ask->request_id,
		.json = { ask->body.data, ask->body.len } };
	struct goopd *goopd = goopd_of(arg);
	struct peer_id peer;

	if (peer_id_parse(ask->peer_id, &peer) < 0)
		bus_fail(call.bus, BUS_BAD_REQUEST, "not a peer id");
	else if (!data_op_find(bytes_of(ask->op), &body.op))
		bus_fail(call.bus, BUS_BAD_REQUEST, "unknown op: %s", ask->op);
	else if (peer_id_equal(&peer, &goopd->identity.peer))
		ask_own(goopd, &body, call);
	else
		print_and_ask(goopd, &peer, &body, call);
}

void
goopd_data_end(struct goopd *goopd)
{
	struct data_call *data;

	while ((data = LIST_FIRST(&goopd->data_calls)) != NULL)
		data_call_fail(data, BUS_UNREACHABLE, "the peer is stopping");
}

/* --- the store's events */

static void
on_changed(const char *table, void *arg)
{
	struct goopd *goopd = arg;

	data_news_note(goopd->data_news, table);
}

static void
on_trouble(void *arg)
{
	struct goopd *goopd = arg;

	goopd_tell_trouble(goopd);
	goopd_show_status(goopd);
}

const struct store_listener goopd_store_listener = {
	.on_changed = on_changed,
	.on_trouble = on_trouble,
};

void
goopd_tell_change(const char *table, void *arg)
{
	struct goopd *goopd = arg;
	struct data_change event = { table };

	publish_data_changed(goopd->context->server, &event);
}

void
goopd_tell_trouble(const struct goopd *goopd)
{
	const char *trouble = store_trouble(goopd->store);

	if (trouble != NULL)
		log_error("the database cannot be used: %s", trouble);
}
