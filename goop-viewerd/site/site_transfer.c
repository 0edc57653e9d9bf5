#include "goop-viewerd/site/site_transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "common/daemon/local_stream_reader.h"
#include "goop-viewerd/answers/error_page.h"
#include "goop-viewerd/site/site_icon.h"
#include "goop-viewerd/site/site_http.h"

COUNTER(site_transfers_refused, "files of sites refused: over the limit");
COUNTER(site_transfers_cut, "files of sites that broke off");
COUNTER(site_transfers_resumed, "files of sites resumed after a break");

struct site_transfer {
	LIST_ENTRY(site_transfer) next;
	struct site_transfers *all;
	struct http_request *request;
	struct site_manner manner;
	struct peer_id peer;
	bool at_root;  /* struct visit_path */
	char *missing; /* what the peer said of the file; NULL: it has it */
	struct site_open open;
	uint64_t asked;          /* the bus request under way, or 0 */
	uint64_t losses;         /* goopd_client_losses() when it was asked */
	struct monotime give_up; /* if goopd does not come back */
	struct event *event;     /* the next try, or NULL */
	struct local_stream_reader *reader; /* NULL: no body yet */
	struct site_head head;              /* of the first opening */
	bool is_begun;                      /* the head was sent */
	int64_t sent;                       /* of head.length */
};

struct site_transfers {
	struct event_base *base;
	struct goopd_client *goopd;
	char *run_directory;
	unsigned int count, max;
	LIST_HEAD(, site_transfer) list;
};

static void ask(struct site_transfer *);
static void retry(struct site_transfer *);

/* --- the end */

static void
stop_reading(struct site_transfer *transfer)
{
	if (transfer->event != NULL)
		event_free(transfer->event);
	transfer->event = NULL;
	local_stream_reader_close(transfer->reader);
	transfer->reader = NULL;
}

/* Everything but the request, which is gone already if the client closed. */
static void
transfer_free(struct site_transfer *transfer)
{
	if (transfer->asked != 0)
		bus_cancel(
		    goopd_client_client(transfer->all->goopd), transfer->asked);
	stop_reading(transfer);
	LIST_REMOVE(transfer, next);
	transfer->all->count--;
	message_fini(&site_open_message, &transfer->open);
	message_fini(&site_head_message, &transfer->head);
	free(transfer->missing);
	free(transfer);
}

static void
on_gone(void *arg)
{
	transfer_free(arg);
}

/* The request, to be ended by the caller. */
static struct http_request *
transfer_finish(struct site_transfer *transfer)
{
	struct http_request *request = transfer->request;

	http_request_on_gone(request, NULL, NULL);
	transfer_free(transfer);
	return request;
}

static void
transfer_fail(struct site_transfer *transfer, const struct problem *problem)
{
	bool is_begun = transfer->is_begun;
	struct http_request *request = transfer_finish(transfer);

	if (is_begun) {
		counter_add(&site_transfers_cut, 1);
		http_stream_abort(request);
	} else {
		error_page_reply(request, problem);
	}
}

/* --- answers without bytes */

static bool
is_bodiless(int64_t status)
{
	return status == 304 || status == 412 || status == 416;
}

/* An answer without a body: of those, an empty file, or HEAD. */
static void
reply_head_alone(struct site_transfer *transfer)
{
	int status = (int)transfer->head.status;
	int64_t length = is_bodiless(status) ? 0 : transfer->head.length;
	struct http_request *request;

	transfer->manner.put_headers(transfer->request);
	site_http_put_head(transfer->request, &transfer->head);
	request = transfer_finish(transfer);
	http_stream_begin(request, status, length);
	http_stream_end(request);
}

/* To the same path and query between other words. */
static void
reply_moved(struct site_transfer *transfer, int status, const char *before,
    const char *after)
{
	struct bytes path = http_request_path(transfer->request);
	const char *query = http_request_query(transfer->request);
	CLEANUP_FREE char *location = xasprintf("%s%.*s%s%s%s", before,
	    (int)path.len, (const char *)path.data, after,
	    query != NULL ? "?" : "", query != NULL ? query : "");
	struct http_request *request;

	transfer->manner.put_headers(transfer->request);
	(void)http_header(transfer->request, "Location", location);
	(void)http_header(transfer->request, "Cache-Control", "no-store");
	request = transfer_finish(transfer);
	http_reply(request, status, NULL, (struct bytes){ NULL, 0 });
}

/* The path is a directory: relative links need the slash. */
static void
reply_slash(struct site_transfer *transfer)
{
	reply_moved(transfer, 301, "", "/");
}

/* The site wants its pages to be seen at /p/<peer id>/. */
static void
reply_by_path(struct site_transfer *transfer)
{
	CLEANUP_FREE char *before = xasprintf("/p/%s", transfer->open.peer_id);

	reply_moved(transfer, 302, before, "");
}

/* --- bytes */

/* Everything read so far was passed to the kernel. */
static void
on_sent(void *arg)
{
	struct site_transfer *transfer = arg;

	if (transfer->sent == transfer->head.length)
		http_stream_end(transfer_finish(transfer));
	else
		local_stream_reader_next(transfer->reader);
}

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	struct site_transfer *transfer = arg;

	(void)left;
	if (!transfer->is_begun) {
		transfer->manner.put_headers(transfer->request);
		site_http_put_head(transfer->request, &transfer->head);
		http_stream_begin(transfer->request, (int)transfer->head.status,
		    transfer->head.length);
		transfer->is_begun = true;
	}
	transfer->sent += (int64_t)evbuffer_get_length(piece);
	transfer->give_up = monotime_add_ms(monotime_now(), SITE_RESTART_MS);
	http_stream_write(transfer->request, piece, on_sent, transfer);
}

static void
on_broken(int error, void *arg)
{
	static const struct problem stalled = { .status = 504,
		.title = "The peer stopped sending",
		.advice = "It has sent no data for a minute.",
		.may_retry = true };
	struct site_transfer *transfer = arg;

	if (error == -ETIMEDOUT)
		transfer_fail(transfer, &stalled);
	else
		retry(transfer);
}

/* --- opening */

static void
take_ticket(struct site_transfer *transfer, struct octets ticket)
{
	static const struct local_stream_listener listener = { on_piece,
		on_broken };
	struct local_stream_body body = {
		.run_directory = transfer->all->run_directory,
		.ticket = { ticket.data, ticket.len },
		.length = transfer->head.length - transfer->sent,
		.stall_ms = SITE_STALL_MS,
		.may_share = true,
	};

	if (local_stream_reader_open(transfer->all->base, &body, &listener,
		transfer, &transfer->reader) < 0)
		retry(transfer);
}

static void
fail_missing(struct site_transfer *transfer)
{
	struct problem problem =
	    error_page_of_bus(BUS_NOT_FOUND, transfer->missing);

	transfer_fail(transfer, &problem);
}

/* The peer has no such file: what is shown instead. False: the problem. */
static bool
show_instead(struct site_transfer *transfer, const char *why)
{
	struct peer_id peer = transfer->peer;
	struct http_request *request;

	if (transfer->manner.is_icon) {
		transfer->manner.put_headers(transfer->request);
		request = transfer_finish(transfer);
		site_icon_reply(request, &peer);
		return true;
	}
	if (!transfer->manner.is_page || transfer->missing != NULL)
		return false;
	transfer->missing = xstrdup(why);
	site_http_ask_404(&transfer->open);
	ask(transfer);
	return true;
}

static void
take_first_head(struct site_transfer *transfer, const struct site_head *head)
{
	message_fini(&site_head_message, &transfer->head);
	message_copy(&site_head_message, head, &transfer->head);
	if (transfer->missing != NULL && !site_http_take_404(&transfer->head)) {
		fail_missing(transfer);
		return;
	}
	if (transfer->manner.is_page && transfer->at_root && head->by_path &&
	    transfer->missing == NULL)
		reply_by_path(transfer);
	else if (head->status == 301)
		reply_slash(transfer);
	else if (is_bodiless(head->status) || transfer->open.head_only ||
		 head->length == 0)
		reply_head_alone(transfer);
	else
		take_ticket(transfer, transfer->head.ticket);
}

static void
take_error(struct site_transfer *transfer, const struct bus_error *error)
{
	struct goopd_client *goopd = transfer->all->goopd;
	struct problem problem;

	/* Is goopd gone, or the peer unreachable? */
	if (error->code == BUS_UNREACHABLE &&
	    (!goopd_client_is_up(goopd) ||
		goopd_client_losses(goopd) != transfer->losses)) {
		retry(transfer);
		return;
	}
	if (error->code == BUS_NOT_FOUND && !transfer->is_begun &&
	    show_instead(transfer, error->message))
		return;
	if (transfer->missing != NULL) {
		fail_missing(transfer);
		return;
	}
	problem = error_page_of_bus(error->code, error->message);
	transfer_fail(transfer, &problem);
}

static void
on_head(const struct bus_error *error, const struct site_head *head, void *arg)
{
	struct site_transfer *transfer = arg;
	struct problem odd =
	    error_page_of_bus(BUS_INTERNAL, "goopd sent a malformed head");

	transfer->asked = 0;
	if (error != NULL) {
		take_error(transfer, error);
	} else if (!site_http_is_sane(head) ||
		   (transfer->is_begun && !site_http_continues(&transfer->head,
					      transfer->sent, head))) {
		transfer_fail(transfer, &odd);
	} else if (transfer->is_begun) {
		counter_add(&site_transfers_resumed, 1);
		take_ticket(transfer, head->ticket);
	} else {
		take_first_head(transfer, head);
	}
}

static void
ask(struct site_transfer *transfer)
{
	struct goopd_client *goopd = transfer->all->goopd;

	transfer->losses = goopd_client_losses(goopd);
	transfer->asked = ask_site_open(goopd_client_client(goopd),
	    &transfer->open, SITE_OPEN_MS, on_head, transfer);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct site_transfer *transfer = arg;

	(void)fd;
	(void)what;
	stop_reading(transfer);
	ask(transfer);
}

/* goopd went away: wait for its restart. */
static void
retry(struct site_transfer *transfer)
{
	static const struct timeval pause = { 0, SITE_RETRY_MS * 1000 };
	struct problem restarting = error_page_restarting();

	stop_reading(transfer);
	if (monotime_reached(monotime_now(), transfer->give_up) ||
	    (transfer->is_begun && !site_http_ask_rest(&transfer->head,
				       transfer->sent, &transfer->open))) {
		transfer_fail(transfer, &restarting);
		return;
	}
	transfer->event =
	    xcheck(evtimer_new(transfer->all->base, on_retry, transfer));
	evtimer_add(transfer->event, &pause);
}

/* --- the beginning */

struct site_transfers *
site_transfers_new(struct event_base *base, struct goopd_client *goopd,
    const char *run_directory, unsigned int max)
{
	struct site_transfers *all = xzalloc(sizeof(*all));

	all->base = base;
	all->goopd = goopd;
	all->max = max;
	all->run_directory = xstrdup(run_directory);
	LIST_INIT(&all->list);
	return all;
}

void
site_transfers_free(struct site_transfers *all)
{
	struct site_transfer *transfer;

	if (all == NULL)
		return;
	while ((transfer = LIST_FIRST(&all->list)) != NULL)
		(void)transfer_finish(transfer);
	free(all->run_directory);
	free(all);
}

void
site_transfer_start(struct site_transfers *all, struct http_request *request,
    const struct visit_path *path, const struct site_manner *manner)
{
	struct problem busy = error_page_of_bus(BUS_BUSY, NULL);
	struct site_transfer *transfer;

	if (all->count == all->max) {
		counter_add(&site_transfers_refused, 1);
		error_page_reply(request, &busy);
		return;
	}
	transfer = xzalloc(sizeof(*transfer));
	transfer->all = all;
	transfer->request = request;
	transfer->manner = *manner;
	transfer->peer = path->peer;
	transfer->at_root = path->at_root;
	site_http_question(request, path, &transfer->open);
	transfer->give_up = monotime_add_ms(monotime_now(), SITE_RESTART_MS);
	LIST_INSERT_HEAD(&all->list, transfer, next);
	all->count++;
	http_request_on_gone(request, on_gone, transfer);
	ask(transfer);
}
