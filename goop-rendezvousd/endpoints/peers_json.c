#include "goop-rendezvousd/endpoints/peers_json.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <jansson.h>

#include "common/base/array.h"
#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/endpoints/answer.h"

enum { ROWS_AT_ONCE = 100 };

/* A row as it was when the request came. */
struct row {
	struct shared_text *text; /* a reference */
	int64_t last_seen_ms, first_seen_ms;
	uint64_t bytes_sent, bytes_received;
	bool is_online, is_proven, is_connected;
};

struct peers_answer {
	struct http_request *request;
	size_t count, next;
	struct row rows[];
};

static void
answer_free(struct peers_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->count; i++)
		shared_text_unref(answer->rows[i].text);
	free(answer);
}

static void
on_gone(void *arg)
{
	answer_free(arg);
}

/* --- taking the table down */

static struct row
take_row(const struct roster *roster, const struct roster_row *row,
    struct monotime now, int64_t clock_ms)
{
	return (struct row){
		.text = shared_text_ref(row->text),
		.last_seen_ms = clock_ms - monotime_since_ms(now, row->heard),
		.first_seen_ms = row->first_seen_ms,
		.bytes_sent = row->bytes_sent,
		.bytes_received = roster_row_bytes_received(roster, row),
		.is_online = row->is_online,
		.is_proven = row->is_proven,
		.is_connected = row->owner != NULL,
	};
}

/* As the original does: online before update, then the last heard first. */
static int
compare(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	if (a->is_online != b->is_online)
		return a->is_online ? -1 : 1;
	return (b->last_seen_ms > a->last_seen_ms) -
	       (b->last_seen_ms < a->last_seen_ms);
}

static struct peers_answer *
take_table(const struct roster *roster)
{
	size_t max = roster_count(roster);
	struct peers_answer *answer =
	    xzalloc(sizeof(*answer) + max * sizeof(answer->rows[0]));
	struct monotime now = monotime_now();
	int64_t clock_ms = walltime_ms();
	const struct roster_row *row;

	for (row = roster_newest(roster); row != NULL && answer->count < max;
	     row = roster_older(row))
		answer->rows[answer->count++] =
		    take_row(roster, row, now, clock_ms);
	qsort(answer->rows, answer->count, sizeof(answer->rows[0]), compare);
	return answer;
}

/* --- writing it */

/* What messages call so, rows call otherwise. */
static const struct {
	const char *message, *row;
} keys[] = {
	{ "peerId", "peer_id" },
	{ "avatarHash", "avatar_hash" },
	{ "activeTemplate", "active_template" },
	{ "publicKey", "public_key" },
	{ "encryptionSupported", "encryption_supported" },
	{ "videoDisabled", "video_disabled" },
	{ "goopClientVersion", "client_version" },
};

static json_t *
row_json(const struct row *row)
{
	struct bytes text = shared_text_bytes(row->text);
	json_t *object = json_loadb(
	    (const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *value;
	size_t i;

	if (object == NULL)
		bug("peers: a row is no JSON");
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		value = json_object_get(object, keys[i].message);
		if (value != NULL)
			json_object_set(object, keys[i].row, value);
		(void)json_object_del(object, keys[i].message);
	}
	(void)json_object_del(object, "proof");
	json_object_set_new(
	    object, "type", json_string(row->is_online ? "online" : "update"));
	if (json_object_get(object, "content") == NULL)
		json_object_set_new(object, "content", json_string(""));
	json_object_update_new(
	    object, json_pack("{s:I, s:I, s:I, s:I, s:b, s:b}", "last_seen",
			(json_int_t)row->last_seen_ms, "first_seen",
			(json_int_t)row->first_seen_ms, "bytes_sent",
			(json_int_t)row->bytes_sent, "bytes_received",
			(json_int_t)row->bytes_received, "proven",
			row->is_proven, "ws_connected", row->is_connected));
	return object;
}

static void
print_row(const struct row *row, struct evbuffer *to)
{
	json_t *object = row_json(row);
	char *text = json_dumps(object, JSON_COMPACT);

	if (text == NULL)
		bug("peers: no JSON");
	evbuffer_add(to, text, strlen(text));
	free(text);
	json_decref(object);
}

static void
send_some(void *arg)
{
	struct peers_answer *answer = arg;
	struct http_request *request = answer->request;
	size_t end = answer->next + ROWS_AT_ONCE;
	struct evbuffer *part = xcheck(evbuffer_new());

	if (answer->next == 0)
		evbuffer_add(part, "[", 1);
	for (; answer->next < answer->count && answer->next < end;
	     answer->next++) {
		if (answer->next > 0)
			evbuffer_add(part, ",", 1);
		print_row(&answer->rows[answer->next], part);
	}
	if (answer->next < answer->count) {
		http_stream_write(request, part, send_some, answer);
	} else {
		evbuffer_add(part, "]\n", 2);
		http_stream_write(request, part, NULL, NULL);
		answer_free(answer);
		http_stream_end(request);
	}
	evbuffer_free(part);
}

void
serve_peers(struct rendezvous *rendezvous, struct http_request *request)
{
	struct peers_answer *answer;

	(void)http_header(request, "Cache-Control", "no-store");
	(void)http_header(request, "Content-Type", "application/json");
	if (http_request_method(request) == HTTP_METHOD_HEAD) {
		http_reply(request, 200, NULL, (struct bytes){ NULL, 0 });
		return;
	}
	answer = take_table(rendezvous->roster);
	answer->request = request;
	http_request_on_gone(request, on_gone, answer);
	http_stream_begin(request, 200, -1);
	send_some(answer);
}
