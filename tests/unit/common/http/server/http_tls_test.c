/* http_tls: loading, replacing and refusing certificates. */
#include "common/http/server/http_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "tests/unit/support/test_certificate.h"

struct scene {
	char directory[64], certificate[96], key[96];
	struct event_base *base;
	struct http_tls *tls;
};

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	strcpy(scene->directory, "/tmp/http_tls_test.XXXXXX");
	assert_non_null(mkdtemp(scene->directory));
	snprintf(scene->certificate, sizeof(scene->certificate), "%s/cert.pem",
	    scene->directory);
	snprintf(
	    scene->key, sizeof(scene->key), "%s/key.pem", scene->directory);
	scene->base = event_base_new();
	test_certificate_write(
	    scene->certificate, scene->key, "DNS:localhost", 1);
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	http_tls_free(scene->tls);
	event_base_free(scene->base);
	unlink(scene->certificate);
	unlink(scene->key);
	rmdir(scene->directory);
	free(scene);
	return 0;
}

static void
load(struct scene *scene)
{
	char *why = NULL;

	assert_int_equal(http_tls_new(scene->base, scene->certificate,
			     scene->key, &scene->tls, &why),
	    0);
}

/* A client and the server's session talk over memory until both are done. */
static bool
shake_hands(SSL *client, SSL *server)
{
	int c = 0, s = 0, turns = 0;

	while ((c != 1 || s != 1) && turns++ < 10) {
		c = SSL_do_handshake(client);
		s = SSL_do_handshake(server);
	}
	return c == 1 && s == 1;
}

static SSL *
client_of(SSL_CTX *context, SSL *server)
{
	static const unsigned char offer[] = "\x02h2\x08http/1.1";
	SSL *client = SSL_new(context);
	BIO *near, *far;

	assert_int_equal(BIO_new_bio_pair(&near, 0, &far, 0), 1);
	SSL_set_bio(client, near, near);
	SSL_set_bio(server, far, far);
	SSL_set_alpn_protos(client, offer, sizeof(offer) - 1);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	return client;
}

/* The serial number of the certificate that a new client sees. */
static long
served_serial(struct http_tls *tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *server = http_tls_session(tls), *client;
	const unsigned char *protocol;
	unsigned int protocol_len;
	X509 *certificate;
	long serial;

	client = client_of(context, server);
	assert_true(shake_hands(client, server));
	SSL_get0_alpn_selected(client, &protocol, &protocol_len);
	assert_int_equal(protocol_len, 8);
	assert_memory_equal(protocol, "http/1.1", 8);
	certificate = SSL_get1_peer_certificate(client);
	serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
	X509_free(certificate);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(context);
	return serial;
}

static void
test_serves_the_certificate(void **state)
{
	struct scene *scene = *state;

	load(scene);
	assert_int_equal(served_serial(scene->tls), 1);
}

static void
test_takes_a_renewed_certificate(void **state)
{
	struct scene *scene = *state;

	load(scene);
	test_certificate_write(
	    scene->certificate, scene->key, "DNS:localhost", 2);
	assert_int_equal(served_serial(scene->tls), 1);
	http_tls_look(scene->tls);
	assert_int_equal(served_serial(scene->tls), 2);
}

/* The certificate is there, its key comes a moment later. */
static void
test_keeps_the_old_pair_while_the_new_does_not_match(void **state)
{
	struct scene *scene = *state;
	char other[96];

	load(scene);
	snprintf(other, sizeof(other), "%s/other.pem", scene->directory);
	test_certificate_write(scene->certificate, other, "DNS:localhost", 3);
	http_tls_look(scene->tls);
	assert_int_equal(served_serial(scene->tls), 1);
	assert_int_equal(rename(other, scene->key), 0);
	http_tls_look(scene->tls);
	assert_int_equal(served_serial(scene->tls), 3);
}

static void
test_keeps_the_old_pair_while_a_file_is_gone(void **state)
{
	struct scene *scene = *state;

	load(scene);
	assert_int_equal(unlink(scene->certificate), 0);
	http_tls_look(scene->tls);
	assert_int_equal(served_serial(scene->tls), 1);
}

static void
write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
refused(struct scene *scene, const char *expected)
{
	char *why = NULL;

	assert_int_equal(http_tls_new(scene->base, scene->certificate,
			     scene->key, &scene->tls, &why),
	    -EINVAL);
	assert_non_null(strstr(why, expected));
	free(why);
}

static void
test_names_what_is_wrong(void **state)
{
	struct scene *scene = *state;

	write_text(scene->key, "no key\n");
	refused(scene, "key.pem: ");
	write_text(scene->certificate, "no certificate\n");
	refused(scene, "cert.pem: ");
	unlink(scene->certificate);
	refused(scene, "cert.pem: No such file");
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_serves_the_certificate),
		CASE(test_takes_a_renewed_certificate),
		CASE(test_keeps_the_old_pair_while_the_new_does_not_match),
		CASE(test_keeps_the_old_pair_while_a_file_is_gone),
		CASE(test_names_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
