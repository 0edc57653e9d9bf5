#include "common/http/server/http_wire_tls.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/buffer.h"
#include "common/base/xalloc.h"

enum {
	RECORD = 16 * 1024,     /* bytes of one record (RFC 8446, 5.1) */
	UNSENT_MAX = 64 * 1024, /* a record, and what answers the client */
};

struct tls_session {
	SSL *ssl;
	int fd;
	struct buffer unsent; /* encrypted, not yet taken by the kernel */
};

/* --- below the session: the socket, never raising SIGPIPE */

/* 0, -EAGAIN if something is still unsent, or -errno. */
static int
flush(struct tls_session *session)
{
	struct bytes rest;
	ssize_t n;

	while (session->unsent.len > 0) {
		rest = buffer_bytes(&session->unsent);
		n = send(session->fd, rest.data, rest.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		buffer_consume(&session->unsent, (size_t)n);
	}
	return 0;
}

/* Always takes a whole record: OpenSSL wants the rest of a half-taken record
 * offered again, which our callers do not promise. */
static int
socket_write(BIO *bio, const char *data, int len)
{
	struct tls_session *session = BIO_get_data(bio);
	struct bytes bytes = { (const uint8_t *)data, (size_t)len };
	int rc;

	BIO_clear_retry_flags(bio);
	if (buffer_append(&session->unsent, bytes) < 0) {
		errno = ENOBUFS;
		return -1;
	}
	rc = flush(session);
	if (rc == 0 || rc == -EAGAIN)
		return len;
	errno = -rc;
	return -1;
}

static int
socket_read(BIO *bio, char *to, int len)
{
	struct tls_session *session = BIO_get_data(bio);
	ssize_t n;

	do
		n = recv(session->fd, to, (size_t)len, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	BIO_clear_retry_flags(bio);
	if (n == -1 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	return (int)n;
}

/* It does not reveal the socket's number: a bufferevent that had the session
 * before would close it. */
static long
socket_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_C_GET_FD:
		return -1;
	default:
		return 0;
	}
}

static const BIO_METHOD *
socket_method(void)
{
	static BIO_METHOD *method;

	if (method != NULL)
		return method;
	method =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
	if (method == NULL)
		return NULL;
	BIO_meth_set_write(method, socket_write);
	BIO_meth_set_read(method, socket_read);
	BIO_meth_set_ctrl(method, socket_ctrl);
	return method;
}

/* --- the wire */

/* The result of an OpenSSL call in the terms of http_wire. */
static ssize_t
result(struct tls_session *session, int rc)
{
	int system_error = errno;

	switch (SSL_get_error(session->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		ERR_clear_error();
		return system_error != 0 ? -system_error : 0;
	default:
		ERR_clear_error();
		return -EPROTO;
	}
}

static ssize_t
tls_read(struct http_wire *wire, void *to, size_t len)
{
	struct tls_session *session = wire->session;
	int rc;

	ERR_clear_error();
	errno = 0;
	rc = SSL_read(session->ssl, to, len > INT_MAX ? INT_MAX : (int)len);
	return rc > 0 ? rc : result(session, rc);
}

/* Up to a record's worth of the pieces, from offset bytes into them. */
static size_t
gather(const struct iovec *pieces, int count, size_t offset, uint8_t *to)
{
	size_t len = 0, n;
	int i;

	for (i = 0; i < count && len < RECORD; i++) {
		if (offset >= pieces[i].iov_len) {
			offset -= pieces[i].iov_len;
			continue;
		}
		n = pieces[i].iov_len - offset;
		if (n > RECORD - len)
			n = RECORD - len;
		memcpy(
		    to + len, (const uint8_t *)pieces[i].iov_base + offset, n);
		len += n;
		offset = 0;
	}
	return len;
}

static ssize_t
tls_writev(struct http_wire *wire, const struct iovec *pieces, int count)
{
	struct tls_session *session = wire->session;
	uint8_t record[RECORD];
	size_t taken = 0, len;
	ssize_t n = flush(session);

	while (n == 0 && (len = gather(pieces, count, taken, record)) > 0) {
		ERR_clear_error();
		errno = 0;
		n = SSL_write(session->ssl, record, (int)len);
		if (n <= 0)
			return result(session, (int)n);
		taken += (size_t)n;
		n = session->unsent.len > 0 ? -EAGAIN : 0;
	}
	return taken > 0 ? (ssize_t)taken : n;
}

static bool
tls_is_unsent(const struct http_wire *wire)
{
	const struct tls_session *session = wire->session;

	return session->unsent.len > 0;
}

/* close_notify (RFC 8446, 6.1), and the end of the stream below. */
static void
tls_shutdown(struct http_wire *wire)
{
	struct tls_session *session = wire->session;

	ERR_clear_error();
	(void)SSL_shutdown(session->ssl);
	ERR_clear_error();
	if (flush(session) == 0)
		(void)shutdown(session->fd, SHUT_WR);
}

static void
tls_close(struct http_wire *wire)
{
	struct tls_session *session = wire->session;

	SSL_free(session->ssl);
	buffer_fini(&session->unsent);
	(void)close(session->fd);
	free(session);
}

static const struct http_wire_kind tls = {
	.read = tls_read,
	.writev = tls_writev,
	.is_unsent = tls_is_unsent,
	.shutdown = tls_shutdown,
	.close = tls_close,
};

int
http_wire_init_tls(struct http_wire *wire, int fd, SSL *ssl)
{
	const BIO_METHOD *method = socket_method();
	BIO *bio = method != NULL ? BIO_new(method) : NULL;
	struct tls_session *session;

	if (bio == NULL)
		return -ENOMEM;
	session = xzalloc(sizeof(*session));
	session->ssl = ssl;
	session->fd = fd;
	buffer_init(&session->unsent, UNSENT_MAX);
	BIO_set_data(bio, session);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	*wire =
	    (struct http_wire){ .kind = &tls, .session = session, .fd = fd };
	return 0;
}
