#include "goop-rendezvousd/endpoints/serve_pulse.h"

#include <stdlib.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/endpoints/query_string.h"
#include "proto/field_json.h"

enum { ANSWER_MAX = 4096 };

/* A client that waits for the peer's word. */
struct waiter {
	struct http_request *request; /* NULL: it left */
};

static void
on_gone(void *arg)
{
	((struct waiter *)arg)->request = NULL;
}

static void
pass_on(struct http_request *request, const struct refresh_answer *answer)
{
	struct buffer line;

	buffer_init(&line, ANSWER_MAX);
	if (message_encode_json(&refresh_answer_message, answer, &line) == 0 &&
	    buffer_append(&line, bytes_of("\n")) == 0)
		answer_json(request, buffer_bytes(&line));
	else
		answer_text(request, 502, "pulse stream failed: bad answer");
	buffer_fini(&line);
}

static void
fail(struct http_request *request, const struct bus_error *error)
{
	CLEANUP_FREE char *text = NULL;

	switch (error->code) {
	case BUS_BAD_REQUEST:
		answer_text(request, 400, "invalid peer ID");
		break;
	case BUS_NOT_FOUND:
		answer_text(request, 404, "peer not connected to relay");
		break;
	case BUS_BUSY:
		answer_later(request, 429, 1, "rate limited");
		break;
	default:
		text = xasprintf("pulse stream failed: %s", error->message);
		answer_text(request, 502, text);
	}
}

static void
on_pulsed(const struct bus_error *error, const struct refresh_answer *answer,
    void *arg)
{
	struct waiter *waiter = arg;
	struct http_request *request = waiter->request;

	free(waiter);
	if (request == NULL)
		return;
	http_request_on_gone(request, NULL, NULL);
	if (error != NULL)
		fail(request, error);
	else
		pass_on(request, answer);
}

static void
ask(struct rendezvous *rendezvous, struct http_request *request,
    const char *peer_id)
{
	struct waiter *waiter = xzalloc(sizeof(*waiter));

	waiter->request = request;
	http_request_on_gone(request, on_gone, waiter);
	relay_watch_pulse(rendezvous->relay, peer_id, on_pulsed, waiter);
}

/* In the order of the original. */
void
serve_pulse(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address from = rendezvous_client(rendezvous, request);
	char peer_id[RELAY_PEER_TEXT_MAX + 1];
	unsigned int retry_s;
	int rc;

	if (relay_watch_report(rendezvous->relay) == NULL) {
		answer_text(request, 503, "relay not enabled");
		return;
	}
	if (!client_limits_publish(
		rendezvous->limits, &from, 0, monotime_now(), &retry_s)) {
		answer_later(request, 429, retry_s, "rate limited");
		return;
	}
	rc = query_get(
	    http_request_query(request), "peer", peer_id, sizeof(peer_id));
	if (rc == QUERY_ABSENT || (rc == 0 && peer_id[0] == '\0'))
		answer_text(request, 400, "missing ?peer= parameter");
	else if (rc < 0)
		answer_text(request, 400, "invalid peer ID");
	else
		ask(rendezvous, request, peer_id);
}
