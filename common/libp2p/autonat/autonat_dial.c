#include "common/libp2p/autonat/autonat_dial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "common/libp2p/host/host.h"
#include "common/libp2p/keys/identity_key.h"

enum {
	DIAL_MS = 10000, /* to a stream, or a connection */
	BACK_MS = 5000,  /* for the peer's word that it has the number */
	LEARN_MS = 60000,
};

struct autonat_dial {
	struct autonat_dial_config config;
	struct host *host;
	struct stream *stream;
	struct event *timer;
	bool is_over;
	enum autonat_dial_status status;
	struct multiaddr address; /* len 0: none answered */
};

int
autonat_caller_make(struct autonat_caller *ret)
{
	uint8_t message[sizeof(NOISE_SIGNATURE_PREFIX) - 1 + NOISE_KEY_SIZE];
	struct noise_identity *noise = &ret->identity;
	size_t prefix = sizeof(NOISE_SIGNATURE_PREFIX) - 1;
	struct identity_key key;
	struct bytes public = { key.public_protobuf,
		sizeof(key.public_protobuf) };
	int rc;

	identity_key_make(&key);
	memcpy(noise->identity_key, public.data, public.len);
	noise->identity_key_len = public.len;
	noise->signature_len = IDENTITY_SIGNATURE_SIZE;
	rc = noise_identity_make_static(noise);
	if (rc == 0) {
		memcpy(message, NOISE_SIGNATURE_PREFIX, prefix);
		memcpy(message + prefix, noise->static_public, NOISE_KEY_SIZE);
		rc = identity_key_sign(&key,
		    (struct bytes){ message, sizeof(message) },
		    noise->signature);
	}
	if (rc == 0)
		rc = peer_id_of_public_key(public, &ret->id);
	identity_key_wipe(&key);
	return rc;
}

void
autonat_dial_free(struct autonat_dial *dial)
{
	dial->is_over = true;
	host_free(dial->host);
	event_free(dial->timer);
	free(dial);
}

/* Soon, since the host cannot be freed by a callback of its own. */
static void
finish(struct autonat_dial *dial, enum autonat_dial_status status)
{
	static const struct timeval at_once = { 0, 0 };
	struct host_path path;

	if (dial->is_over)
		return;
	dial->is_over = true;
	dial->status = status;
	if (status != AUTONAT_DIAL_FAILED &&
	    host_best_path(dial->host, &dial->config.peer, &path))
		dial->address = path.address;
	event_add(dial->timer, &at_once);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct autonat_dial *dial = arg;
	struct autonat_dial_config config = dial->config;
	enum autonat_dial_status status = dial->status;
	struct multiaddr address = dial->address;

	(void)fd;
	(void)what;
	if (!dial->is_over) { /* the peer does not say its word */
		finish(dial, AUTONAT_BACK_FAILED);
		return;
	}
	autonat_dial_free(dial);
	config.done(status, address.len > 0 ? &address : NULL, config.arg);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)stream;
	finish(arg, AUTONAT_DIALLED);
	return bytes.len;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	(void)stream;
	(void)end;
	finish(arg, AUTONAT_BACK_FAILED);
}

static void
bring_nonce(struct autonat_dial *dial, struct stream *stream)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_close = on_close,
	};
	const struct timeval limit = timeval_of_ms(BACK_MS);
	struct buffer wire;

	stream_set_handler(stream, &handler, dial);
	buffer_init(&wire, AUTONAT_BACK_MAX);
	if (autonat_back_encode(dial->config.nonce, &wire) < 0 ||
	    stream_write(stream, buffer_bytes(&wire)) < 0)
		stream_reset(stream);
	else
		stream_finish(stream);
	buffer_fini(&wire);
	event_add(dial->timer, &limit);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	struct autonat_dial *dial = arg;

	(void)host;
	if (stream != NULL)
		bring_nonce(dial, stream);
	else if (error == 0)
		finish(dial, AUTONAT_DIALLED);
	else
		finish(dial, error == -EPROTONOSUPPORT ? AUTONAT_BACK_FAILED
						       : AUTONAT_DIAL_FAILED);
}

struct autonat_dial *
autonat_dial_new(const struct autonat_dial_config *config)
{
	static const char *const protocol[] = { AUTONAT_PROTOCOL_BACK };
	const struct host_config host = {
		.base = config->base,
		.identity = &config->caller->identity,
		.self = config->caller->id,
		.is_only_dialler = true,
		.limits = host_default_limits,
	};
	struct autonat_dial *dial = xzalloc(sizeof(*dial));
	size_t i;

	dial->config = *config;
	if (host_new(&host, NULL, NULL, &dial->host) < 0) {
		free(dial);
		return NULL;
	}
	dial->timer = xcheck(evtimer_new(config->base, on_timer, dial));
	for (i = 0; i < config->address_count; i++)
		host_learn(
		    dial->host, &config->peer, &config->addresses[i], LEARN_MS);
	if (config->has_nonce)
		host_open(dial->host, &config->peer, protocol, 1, DIAL_MS,
		    on_opened, dial);
	else
		host_connect(
		    dial->host, &config->peer, DIAL_MS, on_opened, dial);
	return dial;
}
