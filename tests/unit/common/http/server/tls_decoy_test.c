/* tls_decoy: what a TLS client on a plain port sees. */
#include "common/http/server/tls_decoy.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct scene {
	struct event_base *base;
	struct tls_decoy *decoy;
	int client, server;
};

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	scene->client = pair[0];
	scene->server = pair[1];
	scene->base = event_base_new();
	scene->decoy = tls_decoy_new(scene->base);
	assert_non_null(scene->decoy);
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	tls_decoy_free(scene->decoy);
	event_base_free(scene->base);
	close(scene->client);
	free(scene);
	return 0;
}

/* The first n bytes that the client sent come with the socket. */
static void
take(struct scene *scene, size_t n)
{
	uint8_t early[4096];
	ssize_t got = recv(scene->server, early, n, 0);

	assert_true(got > 0);
	tls_decoy_take(
	    scene->decoy, scene->server, (struct bytes){ early, (size_t)got });
}

static bool
is_hung_up(struct scene *scene)
{
	char rest[4096];
	ssize_t n;

	event_base_loop(scene->base, EVLOOP_NONBLOCK);
	do
		n = recv(scene->client, rest, sizeof(rest), 0);
	while (n > 0);
	return n == 0;
}

static SSL *
say_hello(SSL_CTX *context, struct scene *scene)
{
	SSL *client = SSL_new(context);

	SSL_set_fd(client, scene->client);
	assert_int_equal(SSL_connect(client), -1);
	assert_int_equal(SSL_get_error(client, -1), SSL_ERROR_WANT_READ);
	return client;
}

static int
finish(SSL *client, struct scene *scene)
{
	int rc = -1, turns = 0;

	while (rc == -1 && turns++ < 10) {
		event_base_loop(scene->base, EVLOOP_NONBLOCK);
		rc = SSL_connect(client);
		if (rc == -1 &&
		    SSL_get_error(client, rc) != SSL_ERROR_WANT_READ)
			break;
	}
	return rc;
}

static void
test_shows_names_that_make_clients_fall_back(void **state)
{
	struct scene *scene = *state;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client = say_hello(context, scene);
	X509 *certificate;

	take(scene, 5); /* less than the hello: the rest is in the socket */
	assert_int_equal(finish(client, scene), 1);
	certificate = SSL_get1_peer_certificate(client);
	assert_int_equal(X509_check_host(certificate,
			     "plain-http-here.404.invalid", 0, 0, NULL),
	    1);
	assert_int_equal(X509_check_ip_asc(certificate, "::404", 0), 1);
	assert_int_equal(
	    X509_check_host(certificate, "localhost", 0, 0, NULL), 0);
	X509_free(certificate);
	SSL_free(client);
	SSL_CTX_free(context);
}

static void
test_hangs_up_on_who_verifies(void **state)
{
	struct scene *scene = *state;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client;

	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	client = say_hello(context, scene);
	take(scene, 4096);
	assert_int_equal(finish(client, scene), -1);
	assert_int_equal(SSL_get_error(client, -1), SSL_ERROR_SSL);
	SSL_free(client);
	SSL_CTX_free(context);
	assert_true(is_hung_up(scene));
}

static void
test_hangs_up_on_garbage(void **state)
{
	struct scene *scene = *state;
	char garbage[64] = "\x16\x03garbage";

	assert_int_equal(
	    send(scene->client, garbage, sizeof(garbage), 0), sizeof(garbage));
	take(scene, sizeof(garbage));
	assert_true(is_hung_up(scene));
}

static void
test_knows_a_hello(void **state)
{
	(void)state;
	assert_true(tls_decoy_is_hello(bytes_of("\x16")));
	assert_true(tls_decoy_is_hello(bytes_of("\x16\x03\x01")));
	assert_false(tls_decoy_is_hello(bytes_of("")));
	assert_false(tls_decoy_is_hello(bytes_of("\x16GET")));
	assert_false(tls_decoy_is_hello(bytes_of("GET / HTTP/1.1")));
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_shows_names_that_make_clients_fall_back),
		CASE(test_hangs_up_on_who_verifies),
		CASE(test_hangs_up_on_garbage),
		cmocka_unit_test(test_knows_a_hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
