#include "goopd/reach/relay_refresh.h"

#include "common/base/counter.h"
#include "common/base/log.h"
#include "proto/field_json.h"
#include "proto/relay_ops.h"

COUNTER(relay_refreshes_refused,
    "questions about our place at a relay, of peers that are none of ours");

enum { ANSWER_MAX = 256 };

static bool
find_relay(const struct relay_client *relays, const struct peer_id *peer,
    struct relay_row *ret)
{
	struct relay_row rows[RELAY_CLIENT_RELAYS_MAX];
	size_t count, i;

	count = relay_client_relays(relays, rows, RELAY_CLIENT_RELAYS_MAX);
	for (i = 0; i < count; i++)
		if (peer_id_equal(&rows[i].relay, peer)) {
			*ret = rows[i];
			return true;
		}
	return false;
}

static int
write_answer(struct stream *stream, bool is_reserved)
{
	const struct refresh_answer answer = {
		.has_circuit = is_reserved,
		.ok = is_reserved,
		.recovering = !is_reserved,
	};
	struct buffer line;
	int rc;

	buffer_init(&line, ANSWER_MAX);
	rc = message_encode_json(&refresh_answer_message, &answer, &line);
	if (rc == 0)
		rc = buffer_append(&line, bytes_of("\n"));
	if (rc == 0)
		rc = stream_write(stream, buffer_bytes(&line));
	buffer_fini(&line);
	return rc;
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_data = NULL };
	const struct peer_id relay = *stream_peer(stream);
	struct relay_client *relays = arg;
	struct relay_row row;

	(void)host;
	stream_set_handler(stream, &handler, NULL);
	if (!find_relay(relays, &relay, &row)) {
		counter_add(&relay_refreshes_refused, 1);
		stream_reset(stream);
		return;
	}
	log_info("the relay asks for us reserved=%d", row.is_reserved);
	if (write_answer(stream, row.is_reserved) < 0)
		stream_reset(stream);
	else
		stream_finish(stream);
	relay_client_renew(relays, &relay);
}

void
relay_refresh_serve(struct host *host, struct relay_client *relays)
{
	host_serve(host, RELAY_REFRESH_PROTOCOL, on_stream, relays);
}
