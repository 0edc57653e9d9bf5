/*
 * tls_load: bytes through a proxy that opens and seals TLS on both legs, to
 * compare a relay with. TLS 1.3, ChaCha20-Poly1305; a process a connection.
 *
 *	tls_load source PORT CERTIFICATE KEY     says bytes to all who come
 *	tls_load sink PORT CONNECTIONS SECONDS   "rate N": bytes a second of all
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/monotime.h"
#include "common/base/text.h"

enum { PIECE = 64 * 1024 };

static uint8_t piece[PIECE];

static SSL_CTX *
context_new(const SSL_METHOD *method)
{
	SSL_CTX *context = SSL_CTX_new(method);

	if (context == NULL ||
	    !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
	    !SSL_CTX_set_ciphersuites(context, "TLS_CHACHA20_POLY1305_SHA256"))
		die("no TLS");
	return context;
}

static struct sockaddr_in
loopback(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	uint64_t number = 0;

	if (text_parse_u64(bytes_of(port), &number) < 0)
		die("not a port: %s", port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)number);
	return address;
}

static SSL *
session_new(SSL_CTX *context, int fd)
{
	SSL *session = SSL_new(context);

	if (session == NULL || !SSL_set_fd(session, fd))
		die("no TLS session");
	return session;
}

/* --- the source */

static void
serve_one(SSL_CTX *context, int fd)
{
	SSL *session = session_new(context, fd);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (SSL_accept(session) == 1)
		while (SSL_write(session, piece, PIECE) > 0)
			;
	_exit(0);
}

static void
run_source(const char *port, const char *certificate, const char *key)
{
	struct sockaddr_in address = loopback(port);
	SSL_CTX *context = context_new(TLS_server_method());
	int on = 1, fd, listener = socket(AF_INET, SOCK_STREAM, 0);

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (SSL_CTX_use_certificate_file(
		context, certificate, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		die("no certificate");
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
		-1 ||
	    listen(listener, SOMAXCONN) == -1)
		die("port %s is taken", port);
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		if (fork() == 0)
			serve_one(context, fd);
		close(fd);
	}
}

/* --- the sink */

static void
read_one(
    SSL_CTX *context, const struct sockaddr_in *address, atomic_ullong *sum)
{
	int n, fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL *session = session_new(context, fd);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) ==
		-1 ||
	    SSL_connect(session) != 1)
		die("the proxy is not reached");
	while ((n = SSL_read(session, piece, PIECE)) > 0)
		atomic_fetch_add(sum, (unsigned long long)n);
	_exit(0);
}

static void
run_sink(const char *port, uint64_t connections, uint64_t seconds)
{
	struct timespec warm_up = { 1, 0 }, time = { (time_t)seconds, 0 };
	struct sockaddr_in address = loopback(port);
	SSL_CTX *context = context_new(TLS_client_method());
	atomic_ullong *sum = mmap(NULL, sizeof(*sum), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct monotime start;
	unsigned long long before;

	if (sum == MAP_FAILED)
		die("no memory");
	while (connections-- > 0)
		if (fork() == 0)
			read_one(context, &address, sum);
	nanosleep(&warm_up, NULL);
	before = atomic_load(sum);
	start = monotime_now();
	nanosleep(&time, NULL);
	printf("rate %.0f\n", (double)(atomic_load(sum) - before) * 1e6 /
				  (double)(monotime_now().us - start.us));
}

int
main(int argc, char *argv[])
{
	uint64_t connections = 0, seconds = 0;

	if (argc == 5 && !strcmp(argv[1], "source"))
		run_source(argv[2], argv[3], argv[4]);
	else if (argc == 5 && !strcmp(argv[1], "sink") &&
		 text_parse_u64(bytes_of(argv[3]), &connections) == 0 &&
		 text_parse_u64(bytes_of(argv[4]), &seconds) == 0)
		run_sink(argv[2], connections, seconds);
	else
		die("usage: tls_load source|sink ...");
	return 0;
}
