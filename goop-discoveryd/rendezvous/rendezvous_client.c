#include "goop-discoveryd/rendezvous/rendezvous_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_url.h"
#include "common/presence/announce_timer.h"
#include "common/presence/presence_proof.h"
#include "goop-discoveryd/peers/peer_row.h"
#include "goop-discoveryd/rendezvous/rendezvous_server.h"
#include "goop-discoveryd/rendezvous/server_row.h"
#include "proto/field_json.h"

COUNTER(server_unsigned,
    "own messages to rendezvous servers that goopd did not "
    "sign");

#define NO_URL "not an address of http or https"

enum {
	/* A server drops a peer that is silent for 30 s, and its older
	 * subscribers do so after 20 s. */
	HEARTBEAT_MIN_MS = 2000,
	HEARTBEAT_MAX_MS = 8000,
	SIGN_MS = 2000,
	GOODBYE_SIGN_MS = 300,
	/* Servers whose clocks differ by less get the same message; a clock
	 * that is off by less is what the Date header cannot tell. */
	CLOCKS_SHARED_MS = 30000,
	CLOCK_ERROR_MS = 5000,
	REPORT_GAP_MS = 1000, /* between news of a server's number of peers */
};

struct joined_server {
	LIST_ENTRY(joined_server) link; /* while leaving */
	struct rendezvous_client *client;
	enum peer_source source;
	char *target; /* the URL as configured, with its login */
	char *url;    /* in normal form, for people */
	struct rendezvous_server *server; /* NULL: our id is not known yet */
	struct server_filter *filter;
	bool is_impossible;    /* its address is none */
	bool is_reached;       /* once: its clock is known, and it hears us */
	bool is_strict;        /* it gets presence_first_message */
	bool is_delta;         /* what it lists holds while its stream lives */
	bool is_listing;       /* between begin and synced */
	bool is_forgotten;     /* down for the TTL: its cursor was dropped */
	bool is_leaving;       /* its goodbye is under way */
	struct monotime ended; /* its stream; NEVER: it lives */
	int64_t last_ts_ms;    /* of our messages there: they must grow */
	struct relay_info relay; /* peer_id NULL: none */
	struct server_row reported;
	struct monotime reported_at;
	char complaint[RENDEZVOUS_SERVER_SENTENCE_SIZE]; /* logged last */
};

struct rendezvous_client {
	struct rendezvous_client_plan plan;
	/* The own one, if there is one, comes first: indices stay. */
	struct joined_server *servers[RENDEZVOUS_SERVERS_MAX];
	size_t count;
	LIST_HEAD(, joined_server) leaving; /* their goodbye is under way */
	char *self;
	struct announce_timer announce_timer;
	bool is_stopping;
	size_t stopping; /* servers with a goodbye under way */
	void (*on_stopped)(void *arg);
	void *stop_arg;
};

static int64_t
within(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

struct rendezvous_client *
rendezvous_client_new(
    const struct rendezvous_client_plan *plan, struct monotime now)
{
	struct rendezvous_client *client = xzalloc(sizeof(*client));

	client->plan = *plan;
	announce_timer_init(&client->announce_timer,
	    within(plan->heartbeat_ms, HEARTBEAT_MIN_MS, HEARTBEAT_MAX_MS),
	    ANNOUNCE_SERVERS_PER_MINUTE, now);
	return client;
}

static void
joined_free(struct joined_server *joined)
{
	rendezvous_server_free(joined->server);
	server_filter_free(joined->filter);
	message_fini(&server_row_message, &joined->reported);
	message_fini(&relay_info_message, &joined->relay);
	free(joined->target);
	free(joined->url);
	free(joined);
}

void
rendezvous_client_free(struct rendezvous_client *client)
{
	struct joined_server *joined;
	size_t i;

	if (client == NULL)
		return;
	for (i = 0; i < client->count; i++)
		joined_free(client->servers[i]);
	while ((joined = LIST_FIRST(&client->leaving)) != NULL) {
		LIST_REMOVE(joined, link);
		joined_free(joined);
	}
	free(client->self);
	free(client);
}

/* --- announcements: our presence message, filled in, signed, published */

/* Our message on its way through the signer. */
struct announcement {
	struct rendezvous_client *client;
	struct presence message;
	/* Some may be left before it is signed: client_has(). */
	struct joined_server *to[RENDEZVOUS_SERVERS_MAX];
	size_t count;
	bool is_goodbye;
	bool is_first; /* for the first servers: few keys, and no proof */
};

static void
announcement_free(struct announcement *announcement)
{
	presence_fini(&announcement->message);
	free(announcement);
}

/* Senders with a wrong clock take the server's. */
static int64_t
clock_offset_ms(const struct joined_server *joined)
{
	int64_t offset_ms = rendezvous_server_clock_offset_ms(joined->server);

	return llabs(offset_ms) > CLOCK_ERROR_MS ? offset_ms : 0;
}

/* Do both get the same message? */
static bool
servers_agree(const struct joined_server *a, const struct joined_server *b)
{
	return a->is_strict == b->is_strict &&
	       llabs(clock_offset_ms(a) - clock_offset_ms(b)) <=
		   CLOCKS_SHARED_MS;
}

static void
on_parted(void *arg)
{
	struct rendezvous_client *client = arg;

	if (--client->stopping == 0)
		client->on_stopped(client->stop_arg);
}

static void
on_left(void *arg)
{
	struct joined_server *joined = arg;

	LIST_REMOVE(joined, link);
	joined_free(joined);
}

/* Is it a server that is used, or one that is being left? */
static bool
client_has(
    const struct rendezvous_client *client, const struct joined_server *wanted)
{
	const struct joined_server *joined;
	size_t i;

	for (i = 0; i < client->count; i++)
		if (client->servers[i] == wanted)
			return true;
	LIST_FOREACH (joined, &client->leaving, link)
		if (joined == wanted)
			return true;
	return false;
}

static void
announcement_hand_over(struct announcement *announcement, struct bytes json)
{
	struct rendezvous_client *client = announcement->client;
	struct joined_server *joined;
	size_t i;

	for (i = 0; i < announcement->count; i++) {
		joined = announcement->to[i];
		if (!client_has(client, joined))
			continue;
		if (joined->is_leaving && !announcement->is_goodbye)
			continue;
		if (joined->is_leaving)
			rendezvous_server_stop(
			    joined->server, json, on_left, joined);
		else if (announcement->is_goodbye)
			rendezvous_server_stop(
			    joined->server, json, on_parted, client);
		else
			rendezvous_server_publish(joined->server, json);
	}
}

/* Publish it, and free it. */
static void
announcement_publish(struct announcement *announcement)
{
	struct buffer json;
	int rc;

	buffer_init(&json, RENDEZVOUS_SERVER_MESSAGE_MAX);
	rc = message_encode_json(announcement->is_first
				     ? &presence_first_message
				     : &presence_server_message,
	    &announcement->message, &json);
	if (rc < 0)
		log_error("presence cannot be written: check the profile in "
			  "the configuration");
	if (rc == 0 || announcement->is_goodbye) /* a stop ends in any case */
		announcement_hand_over(announcement, buffer_bytes(&json));
	buffer_fini(&json);
	announcement_free(announcement);
}

static void
on_signed(
    const struct bus_error *error, const struct sign_reply *sign, void *arg)
{
	struct announcement *announcement = arg;
	struct rendezvous_client *client = announcement->client;
	char proof[PRESENCE_PROOF_SIZE];
	bool is_signed = error == NULL && sign != NULL &&
			 sign->signature.len == PRESENCE_SIGNATURE_SIZE;

	if (is_signed) {
		presence_proof_print(sign->signature.data, proof);
		announcement->message.proof = xstrdup(proof);
	} else {
		counter_add(&server_unsigned, 1);
	}
	/* A goodbye is better without a proof than not at all: a WebSocket
	 * that proved itself needs none. */
	if (announcement->is_goodbye || (is_signed && !client->is_stopping)) {
		announcement_publish(announcement);
		return;
	}
	if (!client->is_stopping) {
		announce_timer_failed(&client->announce_timer, monotime_now());
		client->plan.user->on_work(client->plan.arg);
	}
	announcement_free(announcement);
}

/* Later than our last message at these servers, unless a clock was set back by
 * more than that can bridge. */
static int64_t
next_ts_ms(const struct announcement *announcement, int64_t offset_ms)
{
	int64_t ts_ms = walltime_ms() + offset_ms, last_ms;
	size_t i;

	for (i = 0; i < announcement->count; i++) {
		last_ms = announcement->to[i]->last_ts_ms;
		if (ts_ms <= last_ms && last_ms - ts_ms < CLOCKS_SHARED_MS)
			ts_ms = last_ms + 1;
	}
	return ts_ms > 0 ? ts_ms : 1;
}

static void
announcement_fill(
    struct announcement *announcement, const char *type, int64_t offset_ms)
{
	struct rendezvous_client *client = announcement->client;
	struct presence *message = &announcement->message;
	int64_t ts_ms = next_ts_ms(announcement, offset_ms);
	size_t i;

	client->plan.user->fill(type, ts_ms, message, client->plan.arg);
	/* Servers make texts printable, and then the proof would not hold. */
	presence_make_printable(message);
	text_clean(&message->verification_token);
	for (i = 0; i < announcement->count; i++) {
		announcement->to[i]->last_ts_ms = ts_ms;
		server_filter_sent(announcement->to[i]->filter, ts_ms);
	}
}

static void
announcement_sign(struct announcement *announcement)
{
	static const struct bus_error away = { .code = BUS_UNREACHABLE };
	const struct rendezvous_client_plan *plan = &announcement->client->plan;
	int64_t budget_ms =
	    announcement->is_goodbye ? GOODBYE_SIGN_MS : SIGN_MS;
	struct buffer bytes;

	buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
	if (presence_proof_bytes(&announcement->message, &bytes) < 0)
		log_error("presence cannot be signed: it is too long");
	if (!plan->user->sign(buffer_bytes(&bytes), budget_ms, on_signed,
		announcement, plan->arg))
		on_signed(&away, NULL, announcement);
	buffer_fini(&bytes);
}

/* A server that was never reached would not get it. Goodbyes end the others,
 * too. */
static bool
is_served(const struct joined_server *joined)
{
	return joined->server != NULL &&
	       (joined->is_reached || joined->client->is_stopping);
}

/* Fill it in and send it on its way; the servers that it is for agree. */
static void
announcement_send(struct announcement *announcement, const char *type)
{
	const struct joined_server *first = announcement->to[0];

	announcement->is_first = first->is_strict;
	announcement_fill(announcement, type, clock_offset_ms(first));
	if (announcement->is_first)
		announcement_publish(announcement);
	else
		announcement_sign(announcement);
}

static void
announce(struct rendezvous_client *client, const char *type)
{
	bool is_done[RENDEZVOUS_SERVERS_MAX] = { false };
	struct announcement *announcement;
	struct joined_server *joined;
	size_t i, k;

	for (i = 0; i < client->count; i++) {
		if (is_done[i] || !is_served(client->servers[i]))
			continue;
		announcement = xzalloc(sizeof(*announcement));
		announcement->client = client;
		announcement->is_goodbye = client->is_stopping;
		for (k = i; k < client->count; k++) {
			joined = client->servers[k];
			if (!is_served(joined) ||
			    !servers_agree(client->servers[i], joined))
				continue;
			announcement->to[announcement->count++] = joined;
			is_done[k] = true;
		}
		announcement_send(announcement, type);
	}
}

/* --- what a server says */

static void
ask_to_run(struct rendezvous_client *client)
{
	client->plan.user->on_work(client->plan.arg);
}

/* All peers that the server lists stay online for this long. */
static void
joined_renew(struct joined_server *joined, int64_t for_ms)
{
	peer_table_renew(joined->client->plan.table, joined->source, for_ms,
	    walltime_ms(), monotime_now());
}

static int64_t
alive_ms(const struct rendezvous_client *client)
{
	return within(client->plan.ttl_ms, RENDEZVOUS_ALIVE_MS, INT64_MAX);
}

static void
on_up(bool is_ours, int64_t clock_offset_ms, void *arg)
{
	struct joined_server *joined = arg;

	log_info("rendezvous server joined url=%s kind=%s ahead_ms=%lld",
	    joined->url, is_ours ? "ours" : "original",
	    (long long)clock_offset_ms);
	joined->complaint[0] = '\0';
	if (is_ours || joined->ended.us != MONOTIME_NEVER.us)
		joined->is_strict = false; /* it may be another one now */
	joined->is_delta = joined->is_listing = false; /* until it begins */
	joined->ended = MONOTIME_NEVER;
	joined->is_forgotten = false;
	ask_to_run(joined->client);
}

/* Once for each sentence: a server that is away stays so for long. */
static void
joined_complain(struct joined_server *joined, const char *sentence)
{
	if (strcmp(joined->complaint, sentence) == 0)
		return;
	snprintf(joined->complaint, sizeof(joined->complaint), "%s", sentence);
	log_warn("rendezvous server url=%s: %s", joined->url, sentence);
}

static void
on_down(const char *sentence, void *arg)
{
	struct joined_server *joined = arg;

	joined_complain(joined, sentence);
	if (joined->is_delta)
		joined_renew(joined, joined->client->plan.ttl_ms);
	joined->is_delta = joined->is_listing = false;
	if (joined->ended.us == MONOTIME_NEVER.us)
		joined->ended = monotime_now();
	ask_to_run(joined->client);
}

static bool
on_refused(int status, const char *sentence, void *arg)
{
	struct joined_server *joined = arg;
	struct rendezvous_server_state state;

	bool is_first;

	rendezvous_server_state(joined->server, &state);
	is_first = status == 400 && !state.is_ours && !joined->is_strict;
	if (is_first) {
		joined->is_strict = true;
		announce_timer_changed(
		    &joined->client->announce_timer, monotime_now());
	} else {
		joined_complain(joined, sentence);
	}
	ask_to_run(joined->client);
	return is_first;
}

static void
on_wanted(void *arg)
{
	struct joined_server *joined = arg;

	joined->is_reached = true;
	announce_timer_changed(&joined->client->announce_timer, monotime_now());
	ask_to_run(joined->client);
}

static void
on_begin(bool is_full, void *arg)
{
	struct joined_server *joined = arg;

	joined->is_delta = joined->is_listing = true;
	peer_table_begin(joined->client->plan.table, joined->source, is_full);
}

static void
on_synced(const char *cursor, void *arg)
{
	struct joined_server *joined = arg;

	(void)cursor;
	joined->is_listing = false;
	peer_table_synced(
	    joined->client->plan.table, joined->source, monotime_now());
	/* The claims of this batch hold as long as the stream, too. */
	joined_renew(joined, alive_ms(joined->client));
	ask_to_run(joined->client);
}

static void
on_alive(void *arg)
{
	struct joined_server *joined = arg;

	if (joined->is_delta)
		joined_renew(joined, alive_ms(joined->client));
}

static void
on_message(struct bytes json, void *arg)
{
	struct joined_server *joined = arg;
	struct rendezvous_client *client = joined->client;
	const struct rendezvous_client_user *user = client->plan.user;
	struct server_said said = {
		.json = json,
		.is_listing = joined->is_listing,
		.wall_ms = walltime_ms(),
		.ahead_ms = rendezvous_server_clock_offset_ms(joined->server),
		.now = monotime_now(),
	};
	struct presence_heard heard;

	switch (server_filter_check(joined->filter, &said, &heard)) {
	case PRESENCE_HEARD:
		user->on_heard(joined->source, &heard, client->plan.arg);
		presence_heard_fini(&heard);
		break;
	case PRESENCE_NAMED:
		peer_table_name(
		    client->plan.table, joined->source, &heard.peer, said.now);
		break;
	case PRESENCE_PUNCH:
		user->on_punch(&heard, client->plan.arg);
		presence_heard_fini(&heard);
		break;
	case PRESENCE_MISTAKEN:
		announce_timer_newcomer(&client->announce_timer, said.now);
		ask_to_run(client);
		break;
	case PRESENCE_DOUBLE:
		user->on_double(client->plan.arg);
		break;
	default:
		break;
	}
	/* What was dropped comes again when the stream begins anew. */
	if (server_filter_take_lossy(joined->filter))
		rendezvous_server_forget_cursor(joined->server);
}

static void
tell_relay(const struct joined_server *joined)
{
	const struct rendezvous_client_plan *plan = &joined->client->plan;

	plan->user->on_relay(joined->url, &joined->relay, plan->arg);
}

static void
on_relay(const struct relay_info *relay, void *arg)
{
	struct joined_server *joined = arg;

	message_fini(&relay_info_message, &joined->relay);
	message_copy(&relay_info_message, relay, &joined->relay);
	log_info("rendezvous server relay url=%s relay=%s", joined->url,
	    relay->peer_id != NULL ? relay->peer_id : "none");
	tell_relay(joined);
}

void
rendezvous_client_tell_relays(struct rendezvous_client *client)
{
	size_t i;

	for (i = 0; i < client->count; i++)
		if (client->servers[i]->relay.peer_id != NULL)
			tell_relay(client->servers[i]);
}

const struct rendezvous_server_user joined_server_user = {
	.on_up = on_up,
	.on_down = on_down,
	.on_wanted = on_wanted,
	.on_message = on_message,
	.on_begin = on_begin,
	.on_synced = on_synced,
	.on_alive = on_alive,
	.on_relay = on_relay,
	.on_refused = on_refused,
};

/* --- a server is used */

/* What holds of a peer by this server's announcement. */
static void
joined_known(const struct peer_id *id, struct server_known *ret, void *arg)
{
	const struct joined_server *joined = arg;
	const struct peer *peer =
	    peer_table_find(joined->client->plan.table, id);
	const struct peer_claim *announcement;

	if (peer == NULL)
		return;
	announcement = &peer->sources.of[joined->source];
	if (announcement->is_online)
		*ret = (struct server_known){ announcement->is_proven,
			announcement->ts_ms };
}

static void
joined_open(struct joined_server *joined, const struct peer_id *self)
{
	struct rendezvous_client *client = joined->client;
	struct rendezvous_server_plan plan = {
		.url = joined->target,
		.peer_id = client->self,
		.resolver = client->plan.resolver,
		.user = &joined_server_user,
		.arg = joined,
	};

	if (rendezvous_server_new(client->plan.base, &plan, &joined->server) <
	    0) {
		log_error("presence.rendezvous_wan: " NO_URL);
		joined->is_impossible = true;
		return;
	}
	if (joined->source == PEER_OWN_SERVER)
		rendezvous_server_set_local(joined->server);
	joined->filter =
	    server_filter_new(self, walltime_ms(), joined_known, joined);
}

/* --- which servers there are */

static struct joined_server *
joined_new(
    struct rendezvous_client *client, enum peer_source source, const char *url)
{
	struct joined_server *joined = xzalloc(sizeof(*joined));
	char shown[HTTP_URL_TEXT_SIZE] = "";
	struct http_url parsed;

	joined->client = client;
	joined->source = source;
	joined->target = xstrdup(url);
	if (http_url_parse(url, &parsed) == 0)
		http_url_print(&parsed, shown);
	joined->url = xstrdup(shown);
	joined->ended = MONOTIME_NEVER;
	return joined;
}

void
rendezvous_client_add(
    struct rendezvous_client *client, enum peer_source source, const char *url)
{
	struct joined_server *joined = joined_new(client, source, url);
	struct peer_id self;

	if (client->count == RENDEZVOUS_SERVERS_MAX)
		bug("too many rendezvous servers");
	client->servers[client->count++] = joined;
	if (client->self == NULL || peer_id_parse(client->self, &self) < 0)
		return; /* rendezvous_client_up opens it */
	joined_open(joined, &self);
	announce_timer_up(&client->announce_timer, monotime_now());
	ask_to_run(client);
}

/* Its peers pass with the TTL, unless others name them; its relay is none of
 * ours any more. */
static void
joined_forget(struct joined_server *joined)
{
	struct peer_table *table = joined->client->plan.table;

	peer_table_begin(table, joined->source, true);
	peer_table_synced(table, joined->source, monotime_now());
	if (joined->relay.peer_id == NULL)
		return;
	message_fini(&relay_info_message, &joined->relay);
	tell_relay(joined);
}

void
rendezvous_client_leave(
    struct rendezvous_client *client, enum peer_source source)
{
	struct joined_server *joined =
	    client->count > 0 ? client->servers[client->count - 1] : NULL;
	struct announcement *announcement;

	if (joined == NULL || joined->source != source || client->is_stopping)
		return;
	client->count--;
	log_info("rendezvous server left url=%s", joined->url);
	joined_forget(joined);
	if (joined->server == NULL) {
		joined_free(joined);
		return;
	}
	joined->is_leaving = true;
	LIST_INSERT_HEAD(&client->leaving, joined, link);
	announcement = xzalloc(sizeof(*announcement));
	announcement->client = client;
	announcement->is_goodbye = true;
	announcement->to[announcement->count++] = joined;
	announcement_send(announcement, PRESENCE_OFFLINE);
}

/* --- coming and going of goopd */

void
rendezvous_client_up(
    struct rendezvous_client *client, const char *peer_id, struct monotime now)
{
	struct peer_id self;
	size_t i;

	if (client->self == NULL && peer_id_parse(peer_id, &self) == 0) {
		client->self = xstrdup(peer_id);
		for (i = 0; i < client->count; i++)
			joined_open(client->servers[i], &self);
	}
	if (client->self != NULL && client->count > 0)
		announce_timer_up(&client->announce_timer, now);
}

void
rendezvous_client_down(struct rendezvous_client *client)
{
	announce_timer_down(&client->announce_timer);
}

void
rendezvous_client_changed(struct rendezvous_client *client, struct monotime now)
{
	announce_timer_changed(&client->announce_timer, now);
}

void
rendezvous_client_network_changed(struct rendezvous_client *client)
{
	size_t i;

	for (i = 0; i < client->count; i++)
		if (client->servers[i]->server != NULL)
			rendezvous_server_network_changed(
			    client->servers[i]->server);
}

/* --- rows */

static void
joined_row(const struct joined_server *joined, struct monotime now,
    struct server_row *ret)
{
	struct rendezvous_server_state state;

	if (joined->server != NULL)
		rendezvous_server_state(joined->server, &state);
	server_row_make(
	    joined->url, joined->server != NULL ? &state : NULL, now, ret);
	if (joined->is_impossible)
		row_set(&ret->state, NO_URL);
	ret->is_own = joined->source == PEER_OWN_SERVER;
	ret->peers = (int64_t)peer_table_count(
	    joined->client->plan.table, joined->source);
}

void
rendezvous_client_rows(const struct rendezvous_client *client,
    struct monotime now, struct servers_reply *ret)
{
	struct server_row *rows = xzalloc((client->count + 1) * sizeof(*rows));
	size_t i;

	for (i = 0; i < client->count; i++)
		joined_row(client->servers[i], now, &rows[i]);
	ret->servers = (struct records){ rows, client->count };
}

size_t
rendezvous_client_count(const struct rendezvous_client *client)
{
	return client->count;
}

size_t
rendezvous_client_connected(const struct rendezvous_client *client)
{
	size_t i, count = 0;

	for (i = 0; i < client->count; i++)
		count += client->servers[i]->reported.is_connected;
	return count;
}

/* Is it news, and is it time to report it? The number of peers changes with
 * each of them; the time to the next try is counted down by the reader. */
static bool
row_is_news(const struct joined_server *joined, const struct server_row *row,
    struct monotime now)
{
	struct server_row calm = *row;

	calm.next_try_ms = joined->reported.next_try_ms;
	if (monotime_since_ms(now, joined->reported_at) < REPORT_GAP_MS)
		calm.peers = joined->reported.peers;
	return joined->reported.url == NULL ||
	       !message_equal(&server_row_message, &calm, &joined->reported);
}

static void
joined_report(struct joined_server *joined, struct monotime now)
{
	struct server_row row;

	joined_row(joined, now, &row);
	if (!row_is_news(joined, &row, now)) {
		message_fini(&server_row_message, &row);
		return;
	}
	message_fini(&server_row_message, &joined->reported);
	joined->reported = row;
	joined->reported_at = now;
	joined->client->plan.user->on_changed(&row, joined->client->plan.arg);
}

/* --- time */

/* When its peers have passed, the cursor stands for what is not known. */
static void
joined_check_cursor(struct joined_server *joined, struct monotime now)
{
	if (joined->is_forgotten || joined->ended.us == MONOTIME_NEVER.us ||
	    monotime_since_ms(now, joined->ended) < joined->client->plan.ttl_ms)
		return;
	joined->is_forgotten = true;
	rendezvous_server_forget_cursor(joined->server);
}

void
rendezvous_client_run(struct rendezvous_client *client, struct monotime now)
{
	const char *type = announce_timer_next(&client->announce_timer, now);
	size_t i;

	if (client->is_stopping)
		return;
	if (type != NULL)
		announce(client, type);
	for (i = 0; i < client->count; i++) {
		joined_check_cursor(client->servers[i], now);
		joined_report(client->servers[i], now);
	}
}

struct monotime
rendezvous_client_deadline(const struct rendezvous_client *client)
{
	struct monotime deadline =
	    announce_timer_deadline(&client->announce_timer);
	const struct joined_server *joined;
	size_t i;

	for (i = 0; i < client->count; i++) {
		joined = client->servers[i];
		if (joined->ended.us != MONOTIME_NEVER.us &&
		    !joined->is_forgotten)
			deadline = monotime_min(
			    deadline, monotime_add_ms(
					  joined->ended, client->plan.ttl_ms));
	}
	return deadline;
}

/* --- the end */

void
rendezvous_client_stop(
    struct rendezvous_client *client, void (*done)(void *arg), void *arg)
{
	size_t i;

	client->is_stopping = true;
	client->on_stopped = done;
	client->stop_arg = arg;
	for (i = 0; i < client->count; i++)
		client->stopping += client->servers[i]->server != NULL;
	if (client->stopping == 0)
		done(arg);
	else
		announce(client, PRESENCE_OFFLINE);
}
