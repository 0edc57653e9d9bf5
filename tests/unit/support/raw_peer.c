#include "tests/unit/support/raw_peer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/monotime.h"

enum { RAW_BUFFER_MAX = 8 * 1024 * 1024, RAW_PATIENCE_MS = 20000 };

int
raw_connect(const struct test_host *to)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(host_port(to->host)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		assert_int_equal(errno, EINPROGRESS);
	return fd;
}

static void
raw_send(struct raw_peer *peer, struct bytes bytes)
{
	struct monotime end = monotime_add_ms(monotime_now(), RAW_PATIENCE_MS);
	ssize_t n;

	while (bytes.len > 0 && !peer->is_over) {
		assert_false(monotime_reached(monotime_now(), end));
		n = send(peer->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != ENOTCONN) {
			peer->is_over = true;
			return;
		}
		if (n > 0) {
			bytes.data += n;
			bytes.len -= (size_t)n;
		}
		event_base_loop(peer->base, EVLOOP_NONBLOCK);
	}
}

static void
raw_receive(struct raw_peer *peer)
{
	uint8_t chunk[16384];
	ssize_t n;

	while ((n = recv(peer->fd, chunk, sizeof(chunk), 0)) > 0)
		assert_int_equal(buffer_append(&peer->input,
				     (struct bytes){ chunk, (size_t)n }),
		    0);
	if (n == 0 || (errno != EAGAIN && errno != ENOTCONN))
		peer->is_over = true;
}

static bool
raw_handshake_step(struct raw_peer *peer)
{
	static const char said[] = "\x13/multistream/1.0.0\n\x07/noise\n";
	struct bytes input;

	event_base_loop(peer->base, EVLOOP_NONBLOCK);
	raw_receive(peer);
	input = buffer_bytes(&peer->input);
	if (input.len < sizeof(said) - 1)
		return false;
	input.data += sizeof(said) - 1;
	input.len -= sizeof(said) - 1;
	if (noise_receive(peer->noise, input) == 0)
		return false;
	buffer_consume(&peer->input, peer->input.len);
	raw_send(peer, buffer_bytes(noise_output(peer->noise)));
	return true;
}

void
raw_peer_open(struct raw_peer *peer, const struct test_host *to,
    const struct noise_identity *identity)
{
	static const char said[] = "\x13/multistream/1.0.0\n\x07/noise\n";
	static const char *const muxers[] = { "/yamux/1.0.0" };
	struct monotime end = monotime_add_ms(monotime_now(), RAW_PATIENCE_MS);
	struct buffer *output;

	memset(peer, 0, sizeof(*peer));
	peer->base = to->base;
	if (identity != NULL)
		peer->identity = *identity;
	else
		test_identity(&peer->identity, &peer->id);
	buffer_init(&peer->input, RAW_BUFFER_MAX);
	buffer_init(&peer->plain, RAW_BUFFER_MAX);
	peer->fd = raw_connect(to);
	peer->noise = noise_new(true, &peer->identity, NULL, muxers, 1);
	raw_send(peer, bytes_of(said));
	output = noise_output(peer->noise);
	raw_send(peer, buffer_bytes(output));
	buffer_consume(output, output->len);
	while (!raw_handshake_step(peer) && !peer->is_over)
		assert_false(monotime_reached(monotime_now(), end));
}

void
raw_peer_close(struct raw_peer *peer)
{
	close(peer->fd);
	noise_free(peer->noise);
	buffer_fini(&peer->input);
	buffer_fini(&peer->plain);
}

bool
raw_peer_say(struct raw_peer *peer, struct bytes plain)
{
	uint8_t record[NOISE_PLAINTEXT_MAX + NOISE_OVERHEAD];
	size_t len;
	ssize_t n;

	while (plain.len > 0 && !peer->is_over) {
		len = plain.len < NOISE_PLAINTEXT_MAX ? plain.len
						      : NOISE_PLAINTEXT_MAX;
		n = noise_seal(
		    peer->noise, (struct bytes){ plain.data, len }, record);
		assert_true(n > 0);
		raw_send(peer, (struct bytes){ record, (size_t)n });
		plain.data += len;
		plain.len -= len;
	}
	return !peer->is_over;
}

void
raw_peer_listen(struct raw_peer *peer, int ms)
{
	uint8_t plain[NOISE_PLAINTEXT_MAX];
	size_t len = 0;
	ssize_t n;

	test_loop_for(peer->base, ms);
	raw_receive(peer);
	while ((n = noise_open(peer->noise, buffer_bytes(&peer->input), plain,
		    &len)) > 0) {
		buffer_consume(&peer->input, (size_t)n);
		assert_int_equal(
		    buffer_append(&peer->plain, (struct bytes){ plain, len }),
		    0);
	}
	assert_true(n == 0);
}
