#include "goop-discoveryd/rendezvous/rendezvous_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_url.h"
#include "goop-discoveryd/peers/peer_row.h"
#include "goop-discoveryd/rendezvous/rendezvous_client_private.h"
#include "goop-discoveryd/rendezvous/server_row.h"

#define WAN_NO_URL "not an address of http or https"

static int64_t
within(int64_t value, int64_t min, int64_t max)
{
	return value < min ? min : value > max ? max : value;
}

struct rendezvous_client *
rendezvous_client_new(
    const struct rendezvous_client_plan *plan, struct monotime now)
{
	struct rendezvous_client *wan = xzalloc(sizeof(*wan));

	wan->plan = *plan;
	announce_timer_init(&wan->announce_timer,
	    within(
		plan->heartbeat_ms, WAN_HEARTBEAT_MIN_MS, WAN_HEARTBEAT_MAX_MS),
	    ANNOUNCE_WAN_PER_MINUTE, now);
	return wan;
}

void
rendezvous_client_free(struct rendezvous_client *wan)
{
	size_t i;

	if (wan == NULL)
		return;
	for (i = 0; i < wan->count; i++) {
		rendezvous_server_free(wan->links[i].server);
		server_filter_free(wan->links[i].guard);
		message_fini(&server_row_message, &wan->links[i].told);
		free(wan->links[i].target);
		free(wan->links[i].url);
	}
	free(wan->self);
	free(wan);
}

void
rendezvous_client_add(
    struct rendezvous_client *wan, enum peer_source source, const char *url)
{
	struct wan_link *link = &wan->links[wan->count];
	char shown[HTTP_URL_TEXT_SIZE] = "";
	struct http_url parsed;

	if (wan->count == WAN_SERVERS_MAX)
		bug("too many rendezvous servers");
	*link = (struct wan_link){ .wan = wan, .source = source };
	link->target = xstrdup(url);
	if (http_url_parse(url, &parsed) == 0)
		http_url_print(&parsed, shown);
	link->url = xstrdup(shown);
	link->ended = MONOTIME_NEVER;
	wan->count++;
}

/* --- what a server tells */

static void
wan_work(struct rendezvous_client *wan)
{
	wan->plan.user->on_work(wan->plan.arg);
}

/* Everybody whom the server lists stays for so long. */
static void
link_renew(struct wan_link *link, int64_t for_ms)
{
	peer_table_renew(link->wan->plan.table, link->source, for_ms,
	    walltime_ms(), monotime_now());
}

static int64_t
alive_ms(const struct rendezvous_client *wan)
{
	return within(wan->plan.ttl_ms, WAN_ALIVE_MS, INT64_MAX);
}

static void
on_up(bool is_ours, int64_t clock_offset_ms, void *arg)
{
	struct wan_link *link = arg;

	log_info("rendezvous server joined url=%s kind=%s ahead_ms=%lld",
	    link->url, is_ours ? "ours" : "original",
	    (long long)clock_offset_ms);
	link->complaint[0] = '\0';
	if (is_ours || link->ended.us != MONOTIME_NEVER.us)
		link->is_strict = false; /* it may be another one now */
	link->is_delta = link->is_listing = false; /* until it begins */
	link->ended = MONOTIME_NEVER;
	link->is_forgotten = false;
	wan_work(link->wan);
}

/* Once for each sentence: a server that is away stays so for long. */
static void
link_complain(struct wan_link *link, const char *sentence)
{
	if (strcmp(link->complaint, sentence) == 0)
		return;
	snprintf(link->complaint, sizeof(link->complaint), "%s", sentence);
	log_warn("rendezvous server url=%s: %s", link->url, sentence);
}

static void
on_down(const char *sentence, void *arg)
{
	struct wan_link *link = arg;

	link_complain(link, sentence);
	if (link->is_delta)
		link_renew(link, link->wan->plan.ttl_ms);
	link->is_delta = link->is_listing = false;
	if (link->ended.us == MONOTIME_NEVER.us)
		link->ended = monotime_now();
	wan_work(link->wan);
}

static void
on_refused(int status, const char *sentence, void *arg)
{
	struct wan_link *link = arg;
	struct rendezvous_server_state state;

	rendezvous_server_state(link->server, &state);
	if (status == 400 && !state.is_ours && !link->is_strict) {
		link->is_strict = true;
		announce_timer_changed(
		    &link->wan->announce_timer, monotime_now());
	} else {
		link_complain(link, sentence);
	}
	wan_work(link->wan);
}

static void
on_wanted(void *arg)
{
	struct wan_link *link = arg;

	link->is_reached = true;
	announce_timer_changed(&link->wan->announce_timer, monotime_now());
	wan_work(link->wan);
}

static void
on_begin(bool is_full, void *arg)
{
	struct wan_link *link = arg;

	link->is_delta = link->is_listing = true;
	peer_table_begin(link->wan->plan.table, link->source, is_full);
}

static void
on_synced(const char *cursor, void *arg)
{
	struct wan_link *link = arg;

	(void)cursor;
	link->is_listing = false;
	peer_table_synced(link->wan->plan.table, link->source, monotime_now());
	/* The words of this batch hold as long as the stream, too. */
	link_renew(link, alive_ms(link->wan));
	wan_work(link->wan);
}

static void
on_alive(void *arg)
{
	struct wan_link *link = arg;

	if (link->is_delta)
		link_renew(link, alive_ms(link->wan));
}

static void
on_message(struct bytes json, void *arg)
{
	struct wan_link *link = arg;
	struct rendezvous_client *wan = link->wan;
	const struct rendezvous_client_user *user = wan->plan.user;
	struct server_said said = {
		.json = json,
		.is_listing = link->is_listing,
		.wall_ms = walltime_ms(),
		.ahead_ms = rendezvous_server_clock_offset_ms(link->server),
		.now = monotime_now(),
	};
	struct presence_heard heard;

	switch (server_filter_check(link->guard, &said, &heard)) {
	case PRESENCE_HEARD:
		user->on_heard(link->source, &heard, wan->plan.arg);
		presence_heard_fini(&heard);
		break;
	case PRESENCE_NAMED:
		peer_table_name(
		    wan->plan.table, link->source, &heard.peer, said.now);
		break;
	case PRESENCE_PUNCH:
		user->on_punch(&heard, wan->plan.arg);
		presence_heard_fini(&heard);
		break;
	case PRESENCE_MISTAKEN:
		announce_timer_newcomer(&wan->announce_timer, said.now);
		wan_work(wan);
		break;
	case PRESENCE_DOUBLE:
		user->on_double(wan->plan.arg);
		break;
	default:
		break;
	}
	/* What was lost is told anew when the stream begins anew. */
	if (server_filter_take_lossy(link->guard))
		rendezvous_server_forget_cursor(link->server);
}

const struct rendezvous_server_user rendezvous_client_link_user = {
	.on_up = on_up,
	.on_down = on_down,
	.on_wanted = on_wanted,
	.on_message = on_message,
	.on_begin = on_begin,
	.on_synced = on_synced,
	.on_alive = on_alive,
	.on_refused = on_refused,
};

/* --- coming and going of goopd */

/* What holds of a peer by this server's word. */
static void
link_known(const struct peer_id *id, struct server_known *ret, void *arg)
{
	const struct wan_link *link = arg;
	const struct peer *peer = peer_table_find(link->wan->plan.table, id);
	const struct peer_word *word;

	if (peer == NULL)
		return;
	word = &peer->words.of[link->source];
	if (word->is_online)
		*ret = (struct server_known){ word->is_proven, word->ts_ms };
}

static void
link_open(struct wan_link *link, const struct peer_id *self)
{
	struct rendezvous_client *wan = link->wan;
	struct rendezvous_server_plan plan = {
		.url = link->target,
		.peer_id = wan->self,
		.resolver = wan->plan.resolver,
		.user = &rendezvous_client_link_user,
		.arg = link,
	};

	if (rendezvous_server_new(wan->plan.base, &plan, &link->server) < 0) {
		log_error("presence.rendezvous_wan: " WAN_NO_URL);
		link->is_impossible = true;
		return;
	}
	if (link->source == PEER_OWN_SERVER)
		rendezvous_server_set_local(link->server);
	link->guard = server_filter_new(self, walltime_ms(), link_known, link);
}

void
rendezvous_client_up(
    struct rendezvous_client *wan, const char *peer_id, struct monotime now)
{
	struct peer_id self;
	size_t i;

	if (wan->self == NULL && peer_id_parse(peer_id, &self) == 0) {
		wan->self = xstrdup(peer_id);
		for (i = 0; i < wan->count; i++)
			link_open(&wan->links[i], &self);
	}
	if (wan->self != NULL && wan->count > 0)
		announce_timer_up(&wan->announce_timer, now);
}

void
rendezvous_client_down(struct rendezvous_client *wan)
{
	announce_timer_down(&wan->announce_timer);
}

void
rendezvous_client_changed(struct rendezvous_client *wan, struct monotime now)
{
	announce_timer_changed(&wan->announce_timer, now);
}

void
rendezvous_client_network_changed(struct rendezvous_client *wan)
{
	size_t i;

	for (i = 0; i < wan->count; i++)
		if (wan->links[i].server != NULL)
			rendezvous_server_network_changed(wan->links[i].server);
}

/* --- rows */

static void
link_row(
    const struct wan_link *link, struct monotime now, struct server_row *ret)
{
	struct rendezvous_server_state state;

	if (link->server != NULL)
		rendezvous_server_state(link->server, &state);
	server_row_make(
	    link->url, link->server != NULL ? &state : NULL, now, ret);
	if (link->is_impossible)
		row_set(&ret->state, WAN_NO_URL);
	ret->is_own = link->source == PEER_OWN_SERVER;
	ret->peers =
	    (int64_t)peer_table_count(link->wan->plan.table, link->source);
}

void
rendezvous_client_rows(const struct rendezvous_client *wan, struct monotime now,
    struct servers_reply *ret)
{
	struct server_row *rows = xzalloc((wan->count + 1) * sizeof(*rows));
	size_t i;

	for (i = 0; i < wan->count; i++)
		link_row(&wan->links[i], now, &rows[i]);
	ret->servers = (struct records){ rows, wan->count };
}

size_t
rendezvous_server_count(const struct rendezvous_client *wan)
{
	return wan->count;
}

size_t
rendezvous_client_connected(const struct rendezvous_client *wan)
{
	size_t i, count = 0;

	for (i = 0; i < wan->count; i++)
		count += wan->links[i].told.is_connected;
	return count;
}

/* Is it news, and may it be told already? Numbers of peers come and go with
 * every one of them; when the next try is, everybody can count down. */
static bool
row_is_news(const struct wan_link *link, const struct server_row *row,
    struct monotime now)
{
	struct server_row calm = *row;

	calm.next_try_ms = link->told.next_try_ms;
	if (monotime_since_ms(now, link->told_at) < WAN_TELL_GAP_MS)
		calm.peers = link->told.peers;
	return link->told.url == NULL ||
	       !message_equal(&server_row_message, &calm, &link->told);
}

static void
link_tell(struct wan_link *link, struct monotime now)
{
	struct server_row row;

	link_row(link, now, &row);
	if (!row_is_news(link, &row, now)) {
		message_fini(&server_row_message, &row);
		return;
	}
	message_fini(&server_row_message, &link->told);
	link->told = row;
	link->told_at = now;
	link->wan->plan.user->on_changed(&row, link->wan->plan.arg);
}

/* --- time */

/* When its peers have passed, the cursor stands for what is not known. */
static void
link_check_cursor(struct wan_link *link, struct monotime now)
{
	if (link->is_forgotten || link->ended.us == MONOTIME_NEVER.us ||
	    monotime_since_ms(now, link->ended) < link->wan->plan.ttl_ms)
		return;
	link->is_forgotten = true;
	rendezvous_server_forget_cursor(link->server);
}

void
rendezvous_client_run(struct rendezvous_client *wan, struct monotime now)
{
	const char *type = announce_timer_next(&wan->announce_timer, now);
	size_t i;

	if (wan->is_stopping)
		return;
	if (type != NULL)
		rendezvous_client_speak(wan, type);
	for (i = 0; i < wan->count; i++) {
		link_check_cursor(&wan->links[i], now);
		link_tell(&wan->links[i], now);
	}
}

struct monotime
rendezvous_client_deadline(const struct rendezvous_client *wan)
{
	struct monotime deadline =
	    announce_timer_deadline(&wan->announce_timer);
	const struct wan_link *link;
	size_t i;

	for (i = 0; i < wan->count; i++) {
		link = &wan->links[i];
		if (link->ended.us != MONOTIME_NEVER.us && !link->is_forgotten)
			deadline = monotime_min(deadline,
			    monotime_add_ms(link->ended, wan->plan.ttl_ms));
	}
	return deadline;
}

/* --- the end */

static void
on_parted(void *arg)
{
	struct rendezvous_client *wan = arg;

	if (--wan->stopping == 0)
		wan->on_stopped(wan->stop_arg);
}

void
rendezvous_client_part(struct wan_link *link, struct bytes offline)
{
	rendezvous_server_stop(link->server, offline, on_parted, link->wan);
}

void
rendezvous_client_stop(
    struct rendezvous_client *wan, void (*done)(void *arg), void *arg)
{
	size_t i;

	wan->is_stopping = true;
	wan->on_stopped = done;
	wan->stop_arg = arg;
	for (i = 0; i < wan->count; i++)
		wan->stopping += wan->links[i].server != NULL;
	if (wan->stopping == 0)
		done(arg);
	else
		rendezvous_client_speak(wan, PRESENCE_OFFLINE);
}
