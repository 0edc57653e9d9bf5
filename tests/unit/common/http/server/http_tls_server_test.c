/* A server through TLS, streams taken over from it, and TLS on a plain port. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/http/server/http_listen.h"
#include "common/http/server/http_server.h"
#include "common/http/server/http_takeover.h"
#include "common/http/server/http_tls_transport.h"
#include "common/http/server/tls_decoy.h"
#include "tests/unit/support/test_certificate.h"

enum { TURNS = 20000, BIG = 1024 * 1024, EARLY_MAX = 1024 };

struct scene {
	char directory[64], certificate[96], key[96];
	struct event_base *base;
	struct http_tls *tls;
	struct tls_decoy *decoy;
	struct http_server *server;
	union http_address address;
	SSL_CTX *context;
	SSL *client;
	int fd;
	struct http_wire wire; /* taken over at /stream */
	struct buffer early;
};

static void
handle(struct http_request *request, void *arg)
{
	struct scene *scene = arg;

	if (bytes_equal(http_request_path(request), bytes_of("/stream"))) {
		assert_int_equal(
		    http_takeover(request, &scene->wire, &scene->early), 0);
		return;
	}
	http_reply_static(request, 200, "text/plain", bytes_of("hello"));
}

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char *why = NULL;

	strcpy(scene->directory, "/tmp/http_tls_server.XXXXXX");
	assert_non_null(mkdtemp(scene->directory));
	snprintf(scene->certificate, sizeof(scene->certificate), "%s/cert.pem",
	    scene->directory);
	snprintf(
	    scene->key, sizeof(scene->key), "%s/key.pem", scene->directory);
	test_certificate_write(
	    scene->certificate, scene->key, "IP:127.0.0.1", 1);
	scene->base = event_base_new();
	buffer_init(&scene->early, EARLY_MAX);
	assert_int_equal(http_tls_new(scene->base, scene->certificate,
			     scene->key, &scene->tls, &why),
	    0);
	scene->decoy = tls_decoy_new(scene->base);
	scene->server =
	    http_server_new(scene->base, &http_limits_default, handle, scene);
	scene->context = SSL_CTX_new(TLS_client_method());
	scene->fd = -1;
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	SSL_free(scene->client);
	if (scene->fd != -1)
		close(scene->fd);
	SSL_CTX_free(scene->context);
	http_wire_close(&scene->wire);
	buffer_fini(&scene->early);
	http_server_free(scene->server);
	tls_decoy_free(scene->decoy);
	http_tls_free(scene->tls);
	event_base_loop(scene->base, EVLOOP_NONBLOCK);
	event_base_free(scene->base);
	unlink(scene->certificate);
	unlink(scene->key);
	rmdir(scene->directory);
	free(scene);
	return 0;
}

static void
listen_now(struct scene *scene)
{
	int listener;

	assert_int_equal(http_address_parse("127.0.0.1:0", &scene->address), 0);
	assert_int_equal(http_listen(&scene->address, &listener), 0);
	assert_int_equal(http_server_take_listener(scene->server, listener), 0);
}

static void
connect_now(struct scene *scene)
{
	scene->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    connect(scene->fd, &scene->address.sa, sizeof(scene->address.v4)),
	    -1);
	assert_int_equal(errno, EINPROGRESS);
	scene->client = SSL_new(scene->context);
	SSL_set_fd(scene->client, scene->fd);
}

static void
serve_tls(struct scene *scene)
{
	struct http_transport transport = http_tls_transport(scene->tls);

	http_server_set_transport(scene->server, &transport);
	listen_now(scene);
	connect_now(scene);
}

/* The client's calls return at once; the server's loop runs between them. */
static int
until_done(struct scene *scene, int (*call)(struct scene *))
{
	int rc = -1, turns = 0, error;

	do {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		rc = call(scene);
		error = SSL_get_error(scene->client, rc);
	} while (
	    rc <= 0 && turns++ < TURNS &&
	    (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ||
		(error == SSL_ERROR_SYSCALL && errno == ENOTCONN)));
	return rc;
}

static int
call_connect(struct scene *scene)
{
	return SSL_connect(scene->client);
}

static char received[BIG];

static int
call_read(struct scene *scene)
{
	return SSL_read(scene->client, received, sizeof(received));
}

static void
ask(struct scene *scene, const char *path)
{
	char request[256];
	int len = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);

	assert_int_equal(until_done(scene, call_connect), 1);
	assert_int_equal(SSL_write(scene->client, request, len), len);
}

static void
test_answers_through_tls(void **state)
{
	struct scene *scene = *state;
	int n;

	serve_tls(scene);
	ask(scene, "/");
	n = until_done(scene, call_read);
	assert_true(n > 0);
	received[n] = '\0';
	assert_non_null(strstr(received, "HTTP/1.1 200 OK\r\n"));
}

static void
take_over(struct scene *scene)
{
	int turns = 0;

	serve_tls(scene);
	ask(scene, "/stream");
	while (scene->wire.kind == NULL && turns++ < TURNS)
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	assert_non_null(scene->wire.kind);
	assert_int_equal(http_server_connections(scene->server), 0);
	/* The bufferevent ends in a turn of its own. */
	event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

static uint8_t
pattern(size_t i)
{
	return (uint8_t)(i * 7 + i / 4096);
}

/* In odd pieces, more than the socket takes at once. */
static void
test_stream_goes_on_whole(void **state)
{
	struct scene *scene = *state;
	uint8_t *big = malloc(BIG);
	size_t sent = 0, got = 0, i;
	int turns = 0, n;
	ssize_t taken;

	take_over(scene);
	for (i = 0; i < BIG; i++)
		big[i] = pattern(i);
	while (got < BIG && turns++ < TURNS) {
		struct iovec pieces[] = {
			{ big + sent, (BIG - sent) / 3 },
			{ big + sent + (BIG - sent) / 3, 0 },
			{ big + sent + (BIG - sent) / 3,
			    BIG - sent - (BIG - sent) / 3 },
		};

		taken = http_wire_writev(&scene->wire, pieces, 3);
		if (taken > 0)
			sent += (size_t)taken;
		else if (sent < BIG)
			assert_int_equal(taken, -EAGAIN);
		n = call_read(scene);
		for (i = 0; n > 0 && i < (size_t)n; i++)
			assert_int_equal(
			    (uint8_t)received[i], pattern(got + i));
		got += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(got, BIG);
	assert_false(http_wire_is_unsent(&scene->wire));
	free(big);
}

static void
test_stream_hears_and_ends(void **state)
{
	struct scene *scene = *state;
	char text[16];

	take_over(scene);
	assert_int_equal(
	    http_wire_read(&scene->wire, text, sizeof(text)), -EAGAIN);
	assert_int_equal(SSL_write(scene->client, "question", 8), 8);
	assert_int_equal(http_wire_read(&scene->wire, text, sizeof(text)), 8);
	http_wire_shutdown(&scene->wire);
	assert_int_equal(until_done(scene, call_read), 0);
	assert_int_equal(
	    SSL_get_error(scene->client, 0), SSL_ERROR_ZERO_RETURN);
	SSL_shutdown(scene->client);
	assert_int_equal(http_wire_read(&scene->wire, text, sizeof(text)), 0);
}

static void
give_to_decoy(int fd, struct bytes early, void *arg)
{
	tls_decoy_take(arg, fd, early);
}

static void
test_plain_port_gives_tls_to_the_decoy(void **state)
{
	struct scene *scene = *state;
	struct http_foreign foreign = { tls_decoy_is_hello, give_to_decoy,
		scene->decoy };
	X509 *certificate;

	http_server_set_foreign(scene->server, &foreign);
	listen_now(scene);
	connect_now(scene);
	assert_int_equal(until_done(scene, call_connect), 1);
	certificate = SSL_get1_peer_certificate(scene->client);
	assert_int_equal(X509_check_ip_asc(certificate, "::404", 0), 1);
	X509_free(certificate);
	assert_int_equal(http_server_connections(scene->server), 0);
}

static void
test_plain_port_still_speaks_http(void **state)
{
	struct scene *scene = *state;
	struct http_foreign foreign = { tls_decoy_is_hello, give_to_decoy,
		scene->decoy };
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	ssize_t n = -1;
	int turns = 0;

	http_server_set_foreign(scene->server, &foreign);
	listen_now(scene);
	connect_now(scene);
	while (send(scene->fd, request, sizeof(request) - 1, 0) == -1)
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
	while (n == -1 && turns++ < TURNS) {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		n = recv(scene->fd, received, sizeof(received) - 1, 0);
	}
	assert_true(n > 0);
	assert_memory_equal(received, "HTTP/1.1 200 OK\r\n", 17);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_answers_through_tls),
		CASE(test_stream_goes_on_whole),
		CASE(test_stream_hears_and_ends),
		CASE(test_plain_port_gives_tls_to_the_decoy),
		CASE(test_plain_port_still_speaks_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
