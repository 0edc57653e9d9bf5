#include "goop-rendezvousd/endpoints/serve_publish.h"

#include <string.h>
#include <strings.h>

#include "common/base/counter.h"
#include "common/presence/presence_judge.h"
#include "goop-rendezvousd/endpoints/answer.h"

COUNTER(presence_bad_json, "messages that are no JSON, or of the wrong types");
COUNTER(presence_bad_message, "messages that break the rules");
COUNTER(presence_bad_proof, "messages with a wrong or outdated proof");
COUNTER(presence_changed, "messages that were changed, and lost their proof");

enum { FULL_RETRY_S = 30 };

static struct publish_answer
judge(enum roster_verdict verdict)
{
	struct publish_answer answer = { 403, 0,
		roster_verdict_reason(verdict) };

	switch (verdict) {
	case ROSTER_ACCEPTED:
		answer.status = 204;
		break;
	case ROSTER_REPLAYED:
		answer.status = 409;
		break;
	case ROSTER_FULL:
		answer.status = 503;
		answer.retry_s = FULL_RETRY_S;
		break;
	default:
		break;
	}
	return answer;
}

static const struct publish_answer too_many = { 429, 1, "rate limit exceeded" };
static const struct publish_answer taken = { 204, 0, "" };

/* Read and judge; false: *why is the text of the answer. */
static bool
check(struct bytes json, const struct presence_source *source,
    struct presence_heard *ret, const char **why)
{
	switch (presence_judge(json, source, ret, why)) {
	case PRESENCE_HEARD:
		counter_add(&presence_changed, ret->has_lost_proof);
		return true;
	case PRESENCE_BAD_JSON:
		counter_add(&presence_bad_json, 1);
		return false;
	case PRESENCE_NOT_NOW:
	case PRESENCE_WRONG_PROOF:
		counter_add(&presence_bad_proof, 1);
		return false;
	default:
		counter_add(&presence_bad_message, 1);
		return false;
	}
}

static struct publish_answer
hear_checked(struct rendezvous *rendezvous,
    const struct presence_heard *checked, struct roster_heard *heard)
{
	enum roster_verdict verdict;

	heard->message = &checked->presence;
	heard->proof = checked->proof;
	rendezvous->hearing = &checked->presence;
	verdict = roster_hear(rendezvous->roster, heard);
	rendezvous->hearing = NULL;
	rendezvous->heard += verdict == ROSTER_ACCEPTED;
	return judge(verdict);
}

static struct publish_answer
hear_post(struct rendezvous *rendezvous, struct bytes json,
    struct roster_heard *heard)
{
	struct presence_source source = { .channel = PRESENCE_BY_PUBLISHER,
		.clock_ms = heard->clock_ms };
	struct publish_answer answer = { 400, 0, NULL };
	struct presence_heard checked;

	if (!check(json, &source, &checked, &answer.why))
		return answer;
	answer = too_many;
	if (client_limits_publish_peer(rendezvous->limits, heard->from,
		checked.presence.peer_id, heard->now, &answer.retry_s))
		answer = hear_checked(rendezvous, &checked, heard);
	presence_heard_fini(&checked);
	return answer;
}

static struct publish_answer
hear_websocket(struct rendezvous *rendezvous, struct bytes json,
    struct roster_heard *heard)
{
	struct presence_source source = {
		.channel = PRESENCE_BY_PUBLISHER,
		.clock_ms = heard->clock_ms,
		.session_peer_id = roster_session_peer_id(heard->session),
		.is_trusted = roster_session_is_trusted(heard->session),
	};
	struct publish_answer answer = too_many;
	struct presence_heard checked;

	if (!client_limits_publish_peer(rendezvous->limits, heard->from,
		source.session_peer_id, heard->now, &answer.retry_s))
		return answer;
	if (roster_hear_same(rendezvous->roster, json, heard)) {
		rendezvous->heard++;
		return taken;
	}
	answer = (struct publish_answer){ 400, 0, NULL };
	if (!check(json, &source, &checked, &answer.why))
		return answer;
	answer = hear_checked(rendezvous, &checked, heard);
	presence_heard_fini(&checked);
	return answer;
}

struct publish_answer
publish_hear(struct rendezvous *rendezvous, struct bytes json,
    const struct client_address *from, struct roster_session *session)
{
	struct roster_heard heard = {
		.from = from,
		.session = session,
		.now = monotime_now(),
		.clock_ms = walltime_ms(),
	};
	struct publish_answer answer = too_many;

	if (!client_limits_publish(
		rendezvous->limits, from, json.len, heard.now, &answer.retry_s))
		return answer;
	return session == NULL ? hear_post(rendezvous, json, &heard)
			       : hear_websocket(rendezvous, json, &heard);
}

/* --- POST /publish */

/* A page of another site can post text in the name of its visitor without a
 * CORS preflight, but not JSON. */
static bool
is_of_a_page(const struct http_request *request)
{
	static const char json[] = "application/json";
	const char *type = http_request_header(request, "Content-Type");

	return http_request_header(request, "Origin") != NULL &&
	       (type == NULL || strncasecmp(type, json, strlen(json)) != 0);
}

void
serve_publish(struct rendezvous *rendezvous, struct http_request *request)
{
	struct client_address from = rendezvous_client(rendezvous, request);
	struct publish_answer answer;

	if (is_of_a_page(request)) {
		answer_text(request, 403, "not for pages of another site");
		return;
	}
	answer =
	    publish_hear(rendezvous, http_request_body(request), &from, NULL);
	if (answer.status == 204)
		http_reply(request, 204, NULL, (struct bytes){ NULL, 0 });
	else if (answer.retry_s > 0)
		answer_later(
		    request, answer.status, answer.retry_s, answer.why);
	else
		answer_text(request, answer.status, answer.why);
}

/* --- events of the roster */

static void
note(struct rendezvous *rendezvous, enum roster_event event,
    const struct roster_row *row)
{
	static const char *const words[] = {
		[ROSTER_JOINED] = "online",
		[ROSTER_CHANGED] = "changed",
		[ROSTER_LEFT] = "offline",
	};
	const struct presence *message = rendezvous->hearing;
	const char *label = "";

	if (message != NULL && message->content != NULL)
		label = message->content;
	activity_log_write(rendezvous->activity, walltime_ms(),
	    "%s %s \"%.64s\"%s", words[event], row->peer_id, label,
	    row->is_proven ? " proven" : "");
}

static void
on_event(enum roster_event event, const struct roster_row *row,
    struct shared_text *text, void *arg)
{
	struct rendezvous *rendezvous = arg;

	if (rendezvous->is_stopping)
		return;
	hub_hear(rendezvous->hub, event, text);
	if (event == ROSTER_REFRESHED)
		return;
	note(rendezvous, event, row);
	if (event == ROSTER_JOINED ||
	    (event == ROSTER_CHANGED && row->has_new_addresses))
		punch_hints_moved(
		    rendezvous->hints, row, monotime_now(), walltime_ms());
}

/* A new WebSocket gets the hints that it missed. */
static void
on_connected(const struct roster_row *row, void *arg)
{
	struct rendezvous *rendezvous = arg;

	punch_hints_connected(
	    rendezvous->hints, row, monotime_now(), walltime_ms());
}

const struct roster_user publish_roster_user = { on_event, on_connected };
