/*
 * host_transfer: bytes from one host to another, to see what the libp2p layer
 * alone costs.
 *
 *	host_transfer [MIB]              two processes over loopback
 *	host_transfer serve MIB          prints its address and stays
 *	host_transfer fetch ADDRESS/p2p/ID
 *
 * Fetching prints three lines: "first_byte_us N" from the start of the dial,
 * "rate N" bytes a second, "peak_kib N" that the fetching process needed above
 * what it had before the stream.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host.h"
#include "tests/bench/load_identity.h"

#define PROTOCOL "/bench/1.0.0"

enum { MIB = 1024 * 1024, MIB_DEFAULT = 1024, PATIENCE_MS = 10000 };

static const char *const protocols[] = { PROTOCOL };

struct node {
	struct event_base *base;
	struct noise_identity identity;
	struct peer_id id;
	struct host *host;
	uint64_t size; /* serving: of each stream */
	uint64_t got;  /* fetching */
	struct monotime dialled, first;
	long idle_kib;
};

static void
node_open(struct node *node)
{
	struct host_config config = { .base = event_base_new(),
		.identity = &node->identity,
		.limits = host_default_limits };

	load_identity(&node->identity, &node->id);
	config.self = node->id;
	node->base = config.base;
	if (host_new(&config, NULL, node, &node->host) < 0)
		die("no host");
}

/* --- serving --- */

static size_t
serve_on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	uint64_t *left = arg;

	if (size > *left)
		size = (size_t)*left;
	memset(buffer, (int)(*left & 0xff), size);
	*left -= size;
	if (*left == 0)
		stream_finish(stream);
	return size;
}

static void
serve_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	(void)stream;
	(void)end;
	free(arg);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_fill = serve_on_fill,
		.on_close = serve_on_close,
	};
	const struct node *node = arg;

	(void)host;
	stream_set_handler(
	    stream, &handler, xmemdup(&node->size, sizeof(node->size)));
}

static void
node_serve(struct node *node, uint64_t mib)
{
	node->size = mib * MIB;
	host_serve(node->host, PROTOCOL, on_stream, node);
}

static void
print_address(const struct node *node, char text[MULTIADDR_TEXT_SIZE])
{
	struct multiaddr address;
	char plain[64];

	snprintf(plain, sizeof(plain), "/ip4/127.0.0.1/tcp/%u",
	    (unsigned int)host_port(node->host));
	if (multiaddr_parse(plain, &address) < 0 ||
	    multiaddr_append_peer(&address, &node->id) < 0)
		die("no address");
	multiaddr_print(&address, text);
}

/* --- fetching --- */

static long
peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static size_t
fetch_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct node *node = arg;

	(void)stream;
	if (node->got == 0)
		node->first = monotime_now();
	node->got += bytes.len;
	return bytes.len;
}

static void
fetch_on_end(struct stream *stream, void *arg)
{
	struct node *node = arg;
	int64_t us = monotime_now().us - node->first.us;

	stream_finish(stream);
	printf("first_byte_us %lld\nrate %.0f\npeak_kib %ld\n",
	    (long long)(node->first.us - node->dialled.us),
	    (double)node->got * 1e6 / (double)us, peak_kib() - node->idle_kib);
}

static void
fetch_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct node *node = arg;

	(void)stream;
	if (end != STREAM_FINISHED)
		fprintf(stderr, "the stream ended early\n");
	event_base_loopbreak(node->base);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = fetch_on_data,
		.on_end = fetch_on_end,
		.on_close = fetch_on_close,
	};

	(void)host;
	if (stream == NULL)
		die("no stream: %s", strerror(-error));
	stream_set_handler(stream, &handler, arg);
}

static void
node_fetch(struct node *node, const char *text)
{
	struct multiaddr address;
	struct peer_id peer;

	if (multiaddr_parse(text, &address) < 0 ||
	    !multiaddr_take_peer(&address, &peer))
		die("not an address with a peer: %s", text);
	host_learn(node->host, &peer, &address, PATIENCE_MS);
	node->idle_kib = peak_kib();
	node->dialled = monotime_now();
	host_open(
	    node->host, &peer, protocols, 1, PATIENCE_MS, on_opened, node);
}

static uint64_t
parse_mib(const char *text)
{
	uint64_t mib = MIB_DEFAULT;

	if (text != NULL && text_parse_u64(bytes_of(text), &mib) < 0)
		die("not a number: %s", text);
	return mib;
}

/* The other process: sends its address up the pipe, ends with its parent. */
static void
serve_child(int pipe_to, uint64_t mib)
{
	static struct node node;
	char address[MULTIADDR_TEXT_SIZE] = "";

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	node_open(&node);
	node_serve(&node, mib);
	print_address(&node, address);
	if (write(pipe_to, address, sizeof(address)) != sizeof(address))
		exit(1);
	event_base_dispatch(node.base);
	exit(0);
}

static void
fetch_from_child(struct node *node, uint64_t mib)
{
	char address[MULTIADDR_TEXT_SIZE];
	int ends[2];

	if (pipe(ends) == -1)
		die("no pipe");
	if (fork() == 0)
		serve_child(ends[1], mib);
	if (read(ends[0], address, sizeof(address)) != sizeof(address))
		die("the serving process failed");
	node_open(node);
	node_fetch(node, address);
}

int
main(int argc, char *argv[])
{
	static struct node node;
	char address[MULTIADDR_TEXT_SIZE];

	if (argc > 2 && !strcmp(argv[1], "serve")) {
		node_open(&node);
		node_serve(&node, parse_mib(argv[2]));
		print_address(&node, address);
		printf("%s\n", address);
		fflush(stdout);
	} else if (argc > 2 && !strcmp(argv[1], "fetch")) {
		node_open(&node);
		node_fetch(&node, argv[2]);
	} else {
		fetch_from_child(&node, parse_mib(argv[1]));
	}
	event_base_dispatch(node.base);
	host_free(node.host);
	event_base_free(node.base);
	return 0;
}
