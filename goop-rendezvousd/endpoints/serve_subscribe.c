#include "goop-rendezvousd/endpoints/serve_subscribe.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/endpoints/answer.h"
#include "goop-rendezvousd/endpoints/query_string.h"
#include "goop-rendezvousd/endpoints/serve_publish.h"
#include "proto/field_json.h"

enum {
	WORD_SIZE = 16,
	BUSY_RETRY_S = 30,
	ANSWER_GAP_MS = 1000, /* between two answers on a WebSocket */
	ANSWER_MAX = 1024,    /* escapes and all */
};

/* What is known of a subscriber beside the hub. */
struct visitor {
	struct client_address address;
	bool is_delta;
	struct roster_session *session; /* of a WebSocket, else NULL */
	struct subscriber *subscriber;
	uint32_t answer; /* hash of the last answer sent; 0: accepted */
	struct monotime answered;
	UT_hash_handle hh; /* of WebSockets, by session */
};

/* --- joining */

/* The mode and cursor that the client asks for. */
struct wanted {
	char mode[WORD_SIZE];
	char since[RENDEZVOUS_CURSOR_MAX + 1];
	struct hub_guest guest;
};

static void
read_wish(
    struct http_request *request, bool is_websocket, struct wanted *wanted)
{
	const char *query = http_request_query(request);

	memset(wanted, 0, sizeof(*wanted));
	wanted->guest.is_websocket = is_websocket;
	wanted->guest.is_delta =
	    query_get(query, "mode", wanted->mode, sizeof(wanted->mode)) == 0 &&
	    strcmp(wanted->mode, "delta") == 0;
	if (query_get(query, "since", wanted->since, sizeof(wanted->since)) ==
	    0)
		wanted->guest.since = wanted->since;
	else if (!is_websocket)
		wanted->guest.since =
		    http_request_header(request, "Last-Event-ID");
}

static bool
admit(struct rendezvous *rendezvous, struct http_request *request,
    const struct client_address *address, bool is_delta)
{
	enum client_limits_verdict verdict =
	    client_limits_subscribe(rendezvous->limits, address, is_delta);

	if (verdict == CLIENT_LIMITS_OK)
		return true;
	answer_later(request, 429, BUSY_RETRY_S,
	    client_limits_reason(rendezvous->limits, verdict));
	return false;
}

static void
visitor_free(struct rendezvous *rendezvous, struct visitor *visitor)
{
	client_limits_unsubscribe(
	    rendezvous->limits, &visitor->address, visitor->is_delta);
	free(visitor);
}

/* NULL if the limits or the hub refused the request, which was answered. */
static struct visitor *
join(struct rendezvous *rendezvous, struct http_request *request,
    const struct client_address *address, struct wanted *wanted)
{
	struct visitor *visitor;

	if (!admit(rendezvous, request, address, wanted->guest.is_delta))
		return NULL;
	visitor = xzalloc(sizeof(*visitor));
	visitor->address = *address;
	visitor->is_delta = wanted->guest.is_delta;
	wanted->guest.session = visitor;
	if (hub_join(rendezvous->hub, request, &wanted->guest,
		&visitor->subscriber) != 0) {
		visitor_free(rendezvous, visitor);
		return NULL;
	}
	return visitor;
}

void
serve_events(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address address = rendezvous_client(rendezvous, request);
	struct wanted wanted;

	read_wish(request, false, &wanted);
	(void)join(rendezvous, request, &address, &wanted);
}

static void
begin_session(
    struct rendezvous *rendezvous, struct visitor *visitor, const char *peer_id)
{
	activity_log_write(rendezvous->activity, walltime_ms(),
	    "websocket of %s opened", peer_id);
	rendezvous->opening = visitor;
	visitor->session = roster_session_begin(
	    rendezvous->roster, peer_id, &visitor->address);
	rendezvous->opening = NULL;
	HASH_ADD_PTR(rendezvous->visitors, session, visitor);
}

static bool
is_probe(struct http_request *request)
{
	char word[WORD_SIZE];

	return query_get(http_request_query(request), "probe", word,
		   sizeof(word)) == 0 &&
	       strcmp(word, "1") == 0;
}

void
serve_websocket(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address address = rendezvous_client(rendezvous, request);
	char peer_id[RENDEZVOUS_PEER_ID_MAX + 1] = "";
	struct visitor *visitor;
	struct wanted wanted;
	int rc;

	if (is_probe(request)) {
		(void)hub_join_probe(rendezvous->hub, request);
		return;
	}
	rc = query_get(
	    http_request_query(request), "peer_id", peer_id, sizeof(peer_id));
	if (rc < 0 || peer_id[0] == '\0') {
		answer_text(request, 400,
		    rc < 0 ? "peer_id is not valid" : "peer_id required");
		return;
	}
	/* Unlike the original, no 425 for a peer that is not known yet. */
	read_wish(request, true, &wanted);
	visitor = join(rendezvous, request, &address, &wanted);
	if (visitor != NULL)
		begin_session(rendezvous, visitor, peer_id);
}

/* --- messages and leaving */

/* {"type":"answer","peerId":"-","content":"403 this peer is ..."} */
static struct shared_text *
answer_message(const struct publish_answer *answer)
{
	struct presence message = { .type = RENDEZVOUS_ANSWER, .peer_id = "-" };
	struct shared_text *text;
	struct buffer json;

	message.content = xasprintf("%d%s%s", answer->status,
	    answer->status == 204 ? "" : " ",
	    answer->status == 204 ? "" : answer->why);
	message.ts_ms = walltime_ms();
	buffer_init(&json, ANSWER_MAX);
	if (message_encode_json(&presence_server_message, &message, &json) < 0)
		bug("subscribe: unwritable answer");
	text = shared_text_new(buffer_bytes(&json));
	buffer_fini(&json);
	text_free(message.content);
	return text;
}

/* Send what POST /publish would answer, when it changes, and in delta mode
 * only: clients of the original do not know this message. */
static void
tell_answer(struct visitor *visitor, const struct publish_answer *answer)
{
	uint32_t mark = answer->status == 204
			    ? 0
			    : hash_seeded(answer->why, strlen(answer->why)) | 1;
	struct monotime now = monotime_now();
	struct shared_text *text;

	if (!visitor->is_delta || mark == visitor->answer ||
	    monotime_since_ms(now, visitor->answered) < ANSWER_GAP_MS)
		return;
	text = answer_message(answer);
	if (hub_tell(visitor->subscriber, text))
		visitor->answer = mark;
	visitor->answered = now;
	shared_text_unref(text);
}

static void
on_message(
    struct subscriber *subscriber, void *session, struct bytes json, void *arg)
{
	struct visitor *visitor = session;
	struct publish_answer answer;

	(void)subscriber;
	answer = publish_hear(arg, json, &visitor->address, visitor->session);
	tell_answer(visitor, &answer);
}

/* During a stop peers do not leave: the hub tells them to come back. */
static void
end_session(struct rendezvous *rendezvous, struct visitor *visitor,
    enum subscriber_end why)
{
	HASH_DEL(rendezvous->visitors, visitor);
	if (rendezvous->is_stopping)
		return;
	activity_log_write(rendezvous->activity, walltime_ms(),
	    "websocket of %s %s", roster_session_peer_id(visitor->session),
	    why == SUBSCRIBER_LEFT   ? "closed"
	    : why == SUBSCRIBER_SLOW ? "dropped: it reads too slowly"
				     : "lost");
	roster_session_end(rendezvous->roster, visitor->session,
	    why == SUBSCRIBER_LEFT, monotime_now(), walltime_ms());
}

static void
on_gone(struct subscriber *subscriber, void *session, enum subscriber_end why,
    void *arg)
{
	struct visitor *visitor = session;

	(void)subscriber;
	if (visitor->session != NULL)
		end_session(arg, visitor, why);
	visitor_free(arg, visitor);
}

const struct hub_user subscribe_hub_user = { on_message, on_gone };

bool
subscribe_tell(
    const struct roster_row *row, struct shared_text *text, void *arg)
{
	struct rendezvous *rendezvous = arg;
	struct visitor *visitor;

	if (row->owner == NULL)
		return false;
	HASH_FIND_PTR(rendezvous->visitors, &row->owner, visitor);
	if (visitor == NULL) /* the roster is making its session */
		visitor = rendezvous->opening;
	return visitor != NULL && hub_tell(visitor->subscriber, text);
}
