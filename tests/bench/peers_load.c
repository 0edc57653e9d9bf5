/*
 * peers_load: N peers of ours at one server, each of which publishes by a
 * WebSocket, listens in delta mode and proves every message. Prints one JSON
 * line about a steady time, with a newcomer every half second whom everybody
 * should see, and one about a restart of the server between the two, for which
 * it asks by the line "restart" and waits for a line with the new process id.
 *
 *	peers_load PORT PID PEERS HEARTBEAT_MS STEADY_S
 *
 * With JOINS in the environment it tells on standard error how each newcomer
 * fared: a late first is the server's, or of a core that somebody else had; a
 * late last alone is of sockets or of our own reading.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "common/base/buffer.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/http/stream/websocket.h"
#include "common/libp2p/keys/identity_key.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"
#include "tests/bench/joins.h"
#include "tests/bench/load.h"
#include "tests/bench/server_process.h"

enum {
	BATCH = 256,
	INPUT = 256 * 1024,
	TICK_MS = 5,
	SMALL = 512, /* a head of an answer, or a frame that we look into */
	CURSOR_SIZE = 64,
	JOIN_GAP_MS = 500,
	SETTLE_MS = 2000,  /* that all came at once is over */
	OPENING_MAX = 256, /* handshakes at a time */
	RETRY_MIN_MS = 250,
	RETRY_MAX_MS = 60000,
	PATIENCE_S = 120,
};

enum state { AWAY, OPENING, OPEN };

/* What comes from a WebSocket, frame by frame. */
struct walker {
	uint8_t head[WEBSOCKET_HEAD_MAX];
	unsigned int head_len;
	uint64_t left; /* of the payload */
	char small[SMALL];
	size_t small_len;
};

struct peer {
	unsigned int number;
	int fd;
	enum state state;
	struct identity_key key;
	char id[PEER_ID_TEXT_SIZE];
	char cursor[CURSOR_SIZE];
	struct walker walker;
	struct load_scanner scanner;
	int64_t beat_us, retry_us, backoff_ms;
	bool is_synced;
};

struct load {
	uint16_t port;
	int pid, epoll, newcomer;
	unsigned int count, synced, opening, comebacks, lost;
	int64_t heartbeat_us;
	struct peer *peers;
	double publish_s, seat_s;
	struct load_times times;
	uint64_t bytes;
	struct websocket client; /* only to frame what is sent */
};

static char input[INPUT];

/* A key, and the id that follows from it. */
static void
name(struct peer *peer)
{
	struct bytes public = { peer->key.public_protobuf,
		IDENTITY_PUBLIC_PROTOBUF_SIZE };
	struct peer_id id;

	identity_key_make(&peer->key);
	peer_id_of_public_key(public, &id);
	peer_id_print(&id, peer->id);
}

/* --- what a peer says */

static void
message_of(const struct peer *peer, const char *label, struct buffer *json)
{
	struct presence message = {
		.type = (char *)(uintptr_t)PRESENCE_UPDATE,
		.peer_id = (char *)(uintptr_t)peer->id,
		.content = (char *)(uintptr_t)label,
		.client_version = (char *)(uintptr_t) "bench",
		.ts_ms = walltime_ms(),
	};
	char address[64], proof[PRESENCE_PROOF_SIZE];
	const char *addresses[] = { address };
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	struct buffer bytes;

	snprintf(address, sizeof(address), "/ip4/10.%u.%u.%u/tcp/4001",
	    peer->number >> 16 & 255, peer->number >> 8 & 255,
	    peer->number & 255);
	message.addrs = (struct strings){ addresses, 1 };
	buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
	presence_proof_bytes(&message, &bytes);
	identity_key_sign(&peer->key, buffer_bytes(&bytes), signature);
	presence_proof_print(signature, proof);
	message.proof = proof;
	message_encode_json(&presence_server_message, &message, json);
	buffer_fini(&bytes);
}

static void
say(struct load *load, const struct peer *peer, enum websocket_opcode opcode,
    struct bytes text)
{
	struct buffer frame;

	buffer_init(&frame, RENDEZVOUS_MESSAGE_MAX);
	websocket_send(&load->client, opcode, text, &frame);
	load_send(peer->fd, (const char *)buffer_bytes(&frame).data, frame.len);
	buffer_fini(&frame);
}

/* Each at a moment of its own, however late the last one or its coming was:
 * who once came all together, as after a pause of ours, would stay together. */
static int64_t
next_beat_us(const struct load *load, const struct peer *peer)
{
	int64_t period = load->heartbeat_us, now = load_now_us(),
		moment = period * peer->number / load->count;

	return now + period - (now - moment) % period;
}

static void
beat(struct load *load, struct peer *peer)
{
	struct buffer json;

	buffer_init(&json, RENDEZVOUS_MESSAGE_MAX);
	message_of(peer, "one of many", &json);
	say(load, peer, WEBSOCKET_TEXT, buffer_bytes(&json));
	buffer_fini(&json);
	peer->beat_us = next_beat_us(load, peer);
}

/* By POST, as one who has no WebSocket yet. */
static void
post(int fd, const struct peer *peer, const char *label)
{
	char head[256];
	struct buffer json;
	int len;

	buffer_init(&json, RENDEZVOUS_MESSAGE_MAX);
	message_of(peer, label, &json);
	len = snprintf(head, sizeof(head),
	    "POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
	    json.len);
	load_send(fd, head, (size_t)len);
	load_send(fd, (const char *)buffer_bytes(&json).data, json.len);
	buffer_fini(&json);
}

/* --- coming and going */

static void
set_synced(struct load *load, struct peer *peer, bool is_synced)
{
	load->synced += is_synced && !peer->is_synced;
	load->synced -= !is_synced && peer->is_synced;
	peer->is_synced = is_synced;
}

/* Doubling, half of it by chance. */
static void
leave(struct load *load, struct peer *peer, int64_t told_ms)
{
	uint32_t chance;

	close(peer->fd);
	load->opening -= peer->state == OPENING;
	load->lost += peer->state != AWAY && told_ms < 0;
	peer->state = AWAY;
	peer->walker = (struct walker){ .head_len = 0 };
	peer->scanner.tail_len = 0;
	set_synced(load, peer, false);
	random_bytes(&chance, sizeof(chance));
	if (told_ms < 0) {
		told_ms = peer->backoff_ms / 2 +
			  (int64_t)(chance % (uint64_t)peer->backoff_ms) / 2;
		peer->backoff_ms = peer->backoff_ms * 2 > RETRY_MAX_MS
				       ? RETRY_MAX_MS
				       : peer->backoff_ms * 2;
	}
	peer->retry_us = load_now_us() + told_ms * 1000;
}

static void
come(struct load *load, struct peer *peer)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };
	char request[512];
	int len;

	peer->fd = load_connect(load->port, peer->number);
	load->comebacks++;
	if (peer->fd == -1) {
		leave(load, peer, -1);
		return;
	}
	len = snprintf(request, sizeof(request),
	    "GET /ws?peer_id=%s&mode=delta&since=%s HTTP/1.1\r\n"
	    "Host: 127.0.0.1\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    peer->id, peer->cursor);
	load_send(peer->fd, request, (size_t)len);
	peer->state = OPENING;
	load->opening++;
	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, peer->fd, &event) == -1)
		err(1, "epoll");
}

/* --- what a peer hears */

static void
on_small_text(struct load *load, struct peer *peer, const char *text)
{
	const char *cursor = strstr(text, "\"cursor\":\"");

	if (strstr(text, "\"synced\"") == NULL || cursor == NULL)
		return;
	sscanf(cursor + strlen("\"cursor\":\""), "%63[^\"]", peer->cursor);
	set_synced(load, peer, true);
	peer->backoff_ms = RETRY_MIN_MS;
}

/* True: it is over. */
static bool
on_frame(struct load *load, struct peer *peer)
{
	struct walker *walker = &peer->walker;
	const char *retry;

	walker->small[walker->small_len] = '\0';
	switch (walker->head[0] & 0x0f) {
	case WEBSOCKET_TEXT:
		on_small_text(load, peer, walker->small);
		return false;
	case WEBSOCKET_PING:
		say(load, peer, WEBSOCKET_PONG,
		    (struct bytes){
			(uint8_t *)walker->small, walker->small_len });
		return false;
	case WEBSOCKET_CLOSE:
		retry = walker->small_len > 2
			    ? strstr(walker->small + 2, "retry=")
			    : NULL;
		leave(load, peer, retry != NULL ? atoi(retry + 6) : -1);
		return true;
	default:
		return false;
	}
}

static unsigned int
head_size(const struct walker *walker)
{
	unsigned int length = walker->head_len < 2 ? 0 : walker->head[1] & 127;

	return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static void
head_done(struct walker *walker)
{
	unsigned int i, length = walker->head[1] & 127;

	walker->left = length < 126 ? length : 0;
	for (i = 2; i < walker->head_len; i++)
		walker->left = walker->left << 8 | walker->head[i];
	walker->small_len = 0;
}

/* True: it is over. */
static bool
walk(struct load *load, struct peer *peer, const char *data, size_t len)
{
	struct walker *walker = &peer->walker;
	size_t n, room;

	while (len > 0) {
		if (walker->head_len < head_size(walker)) {
			walker->head[walker->head_len++] = (uint8_t)*data++;
			len--;
			if (walker->head_len < head_size(walker))
				continue;
			head_done(walker);
		}
		n = walker->left < len ? (size_t)walker->left : len;
		room = SMALL - 1 - walker->small_len;
		memcpy(walker->small + walker->small_len, data,
		    n < room ? n : room);
		walker->small_len += n < room ? n : room;
		data += n;
		len -= n;
		walker->left -= n;
		if (walker->left > 0)
			continue;
		if (on_frame(load, peer))
			return true;
		walker->head_len = 0;
	}
	return false;
}

/* The head of the answer, perhaps with the first frames behind it. */
static void
on_answer(struct load *load, struct peer *peer, const char *data, size_t len)
{
	const char *end = memmem(data, len, "\r\n\r\n", 4);

	if (end == NULL || strncmp(data, "HTTP/1.1 101 ", 13) != 0)
		errx(1, "peer %u: %.200s", peer->number, data);
	peer->state = OPEN;
	load->opening--;
	beat(load, peer);
	(void)walk(load, peer, end + 4, (size_t)(data + len - end - 4));
}

static void
on_readable(struct load *load, struct peer *peer)
{
	char *data = input + LOAD_MARK_SIZE;
	ssize_t n = recv(peer->fd, data, INPUT - LOAD_MARK_SIZE, 0);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		leave(load, peer, -1);
		return;
	}
	load->bytes += (size_t)n;
	load_scan(&peer->scanner, &load->times, data, (size_t)n);
	if (peer->state == OPENING)
		on_answer(load, peer, data, (size_t)n);
	else
		(void)walk(load, peer, data, (size_t)n);
}

/* --- time */

static void
look_after(struct load *load, struct peer *peer, int64_t now)
{
	if (peer->state == AWAY && now >= peer->retry_us &&
	    load->opening < OPENING_MAX)
		come(load, peer);
	else if (peer->state == OPEN && now >= peer->beat_us)
		beat(load, peer);
}

static void
on_published(struct load *load)
{
	ssize_t n = recv(load->newcomer, input, sizeof(input) - 1, 0);

	input[n > 0 ? n : 0] = '\0';
	if (strncmp(input, "HTTP/1.1 204 ", 13) != 0)
		errx(1, "the newcomer was refused: %.80s", input);
}

static void
turn(struct load *load)
{
	struct epoll_event ready[BATCH];
	int i, n = epoll_wait(load->epoll, ready, BATCH, TICK_MS);
	static int64_t looked;
	int64_t now = load_now_us();
	unsigned int number;

	for (i = 0; i < n; i++) {
		if (ready[i].data.ptr != NULL)
			on_readable(load, ready[i].data.ptr);
		else
			on_published(load);
	}
	if (now - looked < TICK_MS * 1000)
		return;
	looked = now;
	for (number = 0; number < load->count; number++)
		look_after(load, &load->peers[number], now);
}

static void
turn_for(struct load *load, int64_t ms)
{
	int64_t end = load_now_us() + ms * 1000;

	while (load_now_us() < end)
		turn(load);
}

/* Seconds until all are there. */
static double
until_synced(struct load *load)
{
	int64_t start = load_now_us();

	while (load->synced < load->count) {
		turn(load);
		if (load_now_us() - start > PATIENCE_S * 1000000LL)
			errx(1, "%u of %u peers are there after %d s, %u lost",
			    load->synced, load->count, PATIENCE_S, load->lost);
	}
	return (double)(load_now_us() - start) / 1e6;
}

/* --- phases */

static void
open_newcomer(struct load *load)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	load->newcomer = load_connect(load->port, load->count);
	if (load->newcomer == -1 ||
	    epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->newcomer, &event) == -1)
		err(1, "newcomer");
}

/*
 * All are published first, and come with the server's cursor of then, as after
 * an absence: N peers who each fetch a snapshot of N are another measurement.
 */
static void
enter(struct load *load)
{
	int64_t began = load_now_us();
	unsigned int i;

	for (i = 0; i < load->count; i++) {
		struct peer *peer = &load->peers[i];
		int fd = load_connect(load->port, peer->number);

		if (fd == -1)
			err(1, "peer %u", i);
		post(fd, peer, "one of many");
		if (recv(fd, input, 1, MSG_PEEK) == -1 && errno == EAGAIN) {
			fcntl(fd, F_SETFL, 0);
			(void)recv(fd, input, sizeof(input), 0);
		}
		close(fd);
		peer->retry_us = INT64_MAX;
	}
	load->publish_s = (double)(load_now_us() - began) / 1e6;
	load->peers[0].retry_us = 0;
	while (!load->peers[0].is_synced)
		turn(load);
	for (i = 1; i < load->count; i++) {
		memcpy(
		    load->peers[i].cursor, load->peers[0].cursor, CURSOR_SIZE);
		load->peers[i].retry_us = 0;
	}
	load->seat_s = until_synced(load);
	load->lost = 0;
}

static void
print_steady(struct load *load, const struct join_clock *from, int joins)
{
	struct join_clock to = join_clock_now(load->pid);

	printf("{\"phase\":\"steady\",\"peers\":%u,\"seconds\":%.2f,"
	       "\"publish_s\":%.2f,\"seat_s\":%.2f,\"cpu_s\":%.2f,"
	       "\"load_cpu_s\":%.2f,\"waited_s\":%.2f,\"load_waited_s\":%.2f,"
	       "\"lost\":%u,\"joins\":%d,\"seen\":%zu,\"p50_ms\":%.1f,"
	       "\"p99_ms\":%.1f,\"rss_kib\":%ld}\n",
	    load->count, (double)(to.us - from->us) / 1e6, load->publish_s,
	    load->seat_s, to.server.cpu_s - from->server.cpu_s,
	    to.own.cpu_s - from->own.cpu_s,
	    to.server.waited_s - from->server.waited_s,
	    to.own.waited_s - from->own.waited_s, load->lost, joins,
	    load->times.count, load_quantile_ms(&load->times, 0.5),
	    load_quantile_ms(&load->times, 0.99), server_rss_kib(load->pid));
	fflush(stdout);
}

static void
steady(struct load *load, int seconds)
{
	struct peer newcomer = { .number = load->count };
	int join, joins = seconds * 1000 / JOIN_GAP_MS;
	struct join_clock *clocks =
	    xreallocarray(NULL, (size_t)joins + 1, sizeof(*clocks));
	char mark[LOAD_MARK_SIZE + 1];

	load->times.count = 0;
	for (join = 0; join < joins; join++) {
		name(&newcomer);
		clocks[join] = join_clock_now(load->pid);
		load_mark(mark);
		post(load->newcomer, &newcomer, mark);
		turn_for(load, JOIN_GAP_MS);
	}
	clocks[joins] = join_clock_now(load->pid);
	turn_for(load, 2 * JOIN_GAP_MS);
	print_steady(load, clocks, joins);
	if (getenv("JOINS") != NULL)
		joins_print(&load->times, clocks, joins);
	free(clocks);
}

static void
restart(struct load *load)
{
	struct pollfd answer = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[32];
	double seconds;
	int64_t began;

	printf("restart\n");
	fflush(stdout);
	load->comebacks = 0;
	load->bytes = 0;
	began = load_now_us();
	/* The driver answers once there is another server. */
	while (poll(&answer, 1, 0) == 0)
		turn(load);
	if (fgets(line, sizeof(line), stdin) == NULL)
		errx(1, "no new process id");
	load->pid = atoi(line);
	while (load->synced == load->count)
		turn(load);
	until_synced(load);
	seconds = (double)(load_now_us() - began) / 1e6;
	printf("{\"phase\":\"restart\",\"peers\":%u,\"seconds\":%.2f,"
	       "\"tries\":%u,\"bytes\":%llu,\"cpu_s\":%.2f,\"rss_kib\":%ld}\n",
	    load->count, seconds, load->comebacks,
	    (unsigned long long)load->bytes, server_cpu_s(load->pid),
	    server_rss_kib(load->pid));
	fflush(stdout);
}

static void
make_peers(struct load *load)
{
	unsigned int i;

	load->peers = xreallocarray(NULL, load->count, sizeof(*load->peers));
	memset(load->peers, 0, load->count * sizeof(*load->peers));
	for (i = 0; i < load->count; i++) {
		struct peer *peer = &load->peers[i];

		peer->number = i;
		peer->backoff_ms = RETRY_MIN_MS;
		name(peer);
	}
}

int
main(int argc, char *argv[])
{
	struct load load = { .epoll = epoll_create1(EPOLL_CLOEXEC) };

	if (argc != 6)
		errx(2,
		    "usage: peers_load PORT PID PEERS HEARTBEAT_MS STEADY_S");
	load_raise_limit();
	load.port = (uint16_t)atoi(argv[1]);
	load.pid = atoi(argv[2]);
	load.count = (unsigned int)atoi(argv[3]);
	load.heartbeat_us = atoi(argv[4]) * 1000LL;
	websocket_init(&load.client, WEBSOCKET_CLIENT, RENDEZVOUS_MESSAGE_MAX);
	make_peers(&load);
	enter(&load);
	open_newcomer(&load);
	turn_for(&load, SETTLE_MS);
	steady(&load, atoi(argv[5]));
	close(load.newcomer);
	restart(&load);
	free(load.peers);
	free(load.times.all);
	return 0;
}
