#include "common/http/server/tls_decoy.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/base/counter.h"
#include "common/base/token_bucket.h"
#include "common/base/xalloc.h"

COUNTER(tls_decoys, "TLS handshakes on the plain port answered by a decoy");
COUNTER(tls_decoys_refused, "TLS handshakes on the plain port closed at once");

#define DECOY_NAME      "plain-http-here.404.invalid"
#define DECOY_ALT_NAMES "DNS:" DECOY_NAME ",IP:::404"

enum {
	RECORD_HANDSHAKE = 0x16,
	VERSION_MAJOR = 0x03,
	LIFE_S = 10 * 365 * 24 * 60 * 60,
	READ_SIZE = 4096,
	SECOND_MS = 1000,
};

struct handshake {
	TAILQ_ENTRY(handshake) next;
	struct tls_decoy *decoy;
	SSL *ssl;
	BIO *in, *out; /* of ssl */
	int fd;
	size_t received;
	struct monotime deadline;
	struct event *readable;
};

struct tls_decoy {
	struct event_base *base;
	SSL_CTX *context;
	TAILQ_HEAD(, handshake) handshakes;
	unsigned int count;
	struct token_bucket bucket;
};

/* --- key and certificate */

static bool
add_alt_names(X509 *certificate)
{
	X509_EXTENSION *names = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_subject_alt_name, DECOY_ALT_NAMES);
	bool added = names != NULL && X509_add_ext(certificate, names, -1) == 1;

	X509_EXTENSION_free(names);
	return added;
}

static bool
fill_certificate(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -LIFE_S) !=
		   NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), LIFE_S) !=
		   NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		   (const unsigned char *)DECOY_NAME, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1 &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       add_alt_names(certificate) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

static SSL_CTX *
context_new(void)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	bool done = context != NULL && key != NULL && certificate != NULL &&
		    fill_certificate(certificate, key) &&
		    SSL_CTX_use_certificate(context, certificate) == 1 &&
		    SSL_CTX_use_PrivateKey(context, key) == 1;

	X509_free(certificate);
	EVP_PKEY_free(key);
	if (done) {
		SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
		return context;
	}
	SSL_CTX_free(context);
	ERR_clear_error();
	return NULL;
}

struct tls_decoy *
tls_decoy_new(struct event_base *base)
{
	struct tls_decoy *decoy = xzalloc(sizeof(*decoy));

	decoy->base = base;
	TAILQ_INIT(&decoy->handshakes);
	token_bucket_init(&decoy->bucket, TLS_DECOY_BURST, TLS_DECOY_PER_SECOND,
	    monotime_now());
	decoy->context = context_new();
	if (decoy->context != NULL)
		return decoy;
	free(decoy);
	return NULL;
}

/* --- one handshake */

static void
handshake_end(struct handshake *handshake)
{
	TAILQ_REMOVE(&handshake->decoy->handshakes, handshake, next);
	handshake->decoy->count--;
	event_free(handshake->readable);
	SSL_free(handshake->ssl);
	close(handshake->fd);
	free(handshake);
}

void
tls_decoy_free(struct tls_decoy *decoy)
{
	struct handshake *handshake;

	if (decoy == NULL)
		return;
	while ((handshake = TAILQ_FIRST(&decoy->handshakes)) != NULL)
		handshake_end(handshake);
	SSL_CTX_free(decoy->context);
	free(decoy);
}

/* A fresh socket takes a few kilobytes at once; otherwise give up. */
static bool
send_out(struct handshake *handshake)
{
	char *data;
	long len = BIO_get_mem_data(handshake->out, &data);
	ssize_t n;

	if (len <= 0)
		return true;
	n = send(handshake->fd, data, (size_t)len, MSG_NOSIGNAL);
	(void)BIO_reset(handshake->out);
	return n == len;
}

/* False: the handshake is over. */
static bool
advance(struct handshake *handshake, struct bytes data)
{
	int rc;

	handshake->received += data.len;
	if (handshake->received > TLS_DECOY_INPUT_MAX ||
	    BIO_write(handshake->in, data.data, (int)data.len) != (int)data.len)
		return false;
	ERR_clear_error();
	rc = SSL_accept(handshake->ssl);
	if (!send_out(handshake) || rc == 1)
		return false;
	return SSL_get_error(handshake->ssl, rc) == SSL_ERROR_WANT_READ;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct handshake *handshake = arg;
	uint8_t data[READ_SIZE];
	ssize_t n;

	if ((what & EV_TIMEOUT) != 0 ||
	    monotime_reached(monotime_now(), handshake->deadline)) {
		handshake_end(handshake);
		return;
	}
	n = recv(fd, data, sizeof(data), 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || !advance(handshake, (struct bytes){ data, (size_t)n }))
		handshake_end(handshake);
}

static bool
handshake_start(struct handshake *handshake)
{
	static const struct timeval limit = { TLS_DECOY_MS / SECOND_MS, 0 };
	struct tls_decoy *decoy = handshake->decoy;

	handshake->ssl = xcheck(SSL_new(decoy->context));
	handshake->in = xcheck(BIO_new(BIO_s_mem()));
	handshake->out = xcheck(BIO_new(BIO_s_mem()));
	handshake->readable = xcheck(event_new(decoy->base, handshake->fd,
	    EV_READ | EV_PERSIST, on_readable, handshake));
	SSL_set_bio(handshake->ssl, handshake->in, handshake->out);
	return event_add(handshake->readable, &limit) == 0;
}

bool
tls_decoy_is_hello(struct bytes first)
{
	return first.len > 0 && first.data[0] == RECORD_HANDSHAKE &&
	       (first.len == 1 || first.data[1] == VERSION_MAJOR);
}

void
tls_decoy_take(struct tls_decoy *decoy, int fd, struct bytes early)
{
	struct handshake *handshake;

	if (decoy->count == TLS_DECOY_RUNNING_MAX ||
	    !token_bucket_take(&decoy->bucket, 1, monotime_now())) {
		counter_add(&tls_decoys_refused, 1);
		close(fd);
		return;
	}
	counter_add(&tls_decoys, 1);
	handshake = xzalloc(sizeof(*handshake));
	handshake->decoy = decoy;
	handshake->fd = fd;
	handshake->deadline = monotime_add_ms(monotime_now(), TLS_DECOY_MS);
	TAILQ_INSERT_TAIL(&decoy->handshakes, handshake, next);
	decoy->count++;
	if (!handshake_start(handshake) || !advance(handshake, early))
		handshake_end(handshake);
}
