#include "tests/unit/support/scripted_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/http/stream/websocket_handshake.h"

/* How long the request at the front is; 0: not complete. */
static size_t
request_length(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	const char *field = memmem(text, len, "Content-Length: ", 16);
	size_t whole;

	if (end == NULL)
		return 0;
	whole = (size_t)(end + 4 - text);
	if (field != NULL && field < end)
		whole += strtoul(field + 16, NULL, 10);
	return whole <= len ? whole : 0;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct scripted_connection *connection = arg;
	struct scripted_server *server = connection->server;
	struct evbuffer *in = bufferevent_get_input(bev);
	static char text[SCRIPTED_REQUEST_SIZE];
	size_t len;

	while (connection->bev != NULL && evbuffer_get_length(in) > 0) {
		len = (size_t)evbuffer_copyout(in, text, sizeof(text) - 1);
		if (!connection->is_raw)
			len = request_length(text, len);
		if (len == 0)
			return;
		evbuffer_drain(in, len);
		text[len] = '\0';
		connection->requests++;
		server->script(connection, text, len, server->arg);
	}
}

static void
end(struct scripted_connection *connection)
{
	if (connection->bev == NULL)
		return;
	bufferevent_free(connection->bev);
	connection->bev = NULL;
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	(void)bev;
	end(arg);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		end(arg);
}

static void
on_accept(evutil_socket_t listener, short what, void *arg)
{
	struct scripted_server *server = arg;
	struct scripted_connection *connection;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	assert_int_not_equal(fd, -1);
	assert_true(server->accepted < SCRIPTED_CONNECTIONS_MAX);
	connection = &server->connections[server->accepted++];
	connection->server = server;
	if (server->tls != NULL)
		connection->bev = bufferevent_openssl_socket_new(server->base,
		    fd, SSL_new(server->tls), BUFFEREVENT_SSL_ACCEPTING,
		    BEV_OPT_CLOSE_ON_FREE);
	else
		connection->bev = bufferevent_socket_new(
		    server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(connection->bev, on_read, NULL, on_event, connection);
	if (!server->is_mute)
		bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

void
scripted_server_init(struct scripted_server *server, struct event_base *base,
    const char *address, uint16_t port, scripted_fn *script, void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	socklen_t len = sizeof(to);
	int one = 1;

	memset(server, 0, sizeof(*server));
	server->base = base;
	server->script = script;
	server->arg = arg;
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	inet_pton(
	    AF_INET, address != NULL ? address : "127.0.0.1", &to.sin_addr);
	setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(server->fd, (struct sockaddr *)&to, len), 0);
	assert_int_equal(listen(server->fd, 16), 0);
	getsockname(server->fd, (struct sockaddr *)&to, &len);
	server->port = ntohs(to.sin_port);
	server->accept = event_new(
	    base, server->fd, EV_READ | EV_PERSIST, on_accept, server);
	event_add(server->accept, NULL);
}

void
scripted_server_fini(struct scripted_server *server)
{
	scripted_close_all(server);
	event_free(server->accept);
	close(server->fd);
}

void
scripted_close_all(struct scripted_server *server)
{
	unsigned int i;

	for (i = 0; i < server->accepted; i++)
		end(&server->connections[i]);
}

void
scripted_say_bytes(struct scripted_connection *connection, struct bytes bytes)
{
	if (connection->bev != NULL)
		bufferevent_write(connection->bev, bytes.data, bytes.len);
}

void
scripted_say(struct scripted_connection *connection, const char *text)
{
	scripted_say_bytes(connection, bytes_of(text));
}

void
scripted_close(struct scripted_connection *connection)
{
	struct bufferevent *bev = connection->bev;

	if (bev == NULL)
		return;
	if (evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		end(connection);
	else
		bufferevent_setcb(bev, NULL, on_written, on_event, connection);
}

void
scripted_upgrade(struct scripted_connection *connection, const char *request,
    const char *headers)
{
	const char *field = strstr(request, "Sec-WebSocket-Key: ");
	char key[WEBSOCKET_KEY_SIZE], accept[WEBSOCKET_ACCEPT_SIZE], text[512];

	assert_non_null(field);
	snprintf(key, sizeof(key), "%s", field + 19);
	websocket_accept_make(key, accept);
	snprintf(text, sizeof(text),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
	    accept, headers);
	connection->is_raw = true;
	scripted_say(connection, text);
}

static void
add_host(X509 *certificate, const char *host)
{
	struct in_addr v4;
	char text[300];
	X509_EXTENSION *extension;

	snprintf(text, sizeof(text), "%s:%s",
	    inet_pton(AF_INET, host, &v4) == 1 ? "IP" : "DNS", host);
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
	assert_non_null(extension);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *
make_certificate(const char *host, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME_add_entry_by_txt(
	    name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	add_host(certificate, host);
	assert_int_not_equal(X509_sign(certificate, key, EVP_sha256()), 0);
	return certificate;
}

SSL_CTX *
scripted_tls(const char *host, const char *path)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(host, key);
	FILE *file;

	assert_int_equal(SSL_CTX_use_certificate(tls, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
	if (path != NULL) {
		file = fopen(path, "w");
		assert_non_null(file);
		PEM_write_X509(file, certificate);
		fclose(file);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
	return tls;
}

void
scripted_loopback_up(void)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, "lo");
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}
