/*
 * fanout_floor: the least that telling many can cost on this machine: it reads
 * what is posted and sends it to each subscriber by one system call, and
 * nothing else: it parses, checks, keeps and gathers nothing. What a server
 * takes is to be seen next to this.
 *
 *	fanout_floor PORT
 */
#include <sys/epoll.h>

#include "tests/bench/load.h"

enum { BATCH = 64, INPUT = 64 * 1024, BACKLOG = 1024, SUBSCRIBERS = 1 << 16 };

static const char joined[] = "HTTP/1.1 200 OK\r\n"
			     "Content-Type: text/event-stream\r\n"
			     "Connection: close\r\n\r\n";
static const char taken[] = "HTTP/1.1 204 No Content\r\n\r\n";

static int subscribers[SUBSCRIBERS];
static unsigned int count;

static int
listen_on(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		err(1, "port %u", port);
	return fd;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (fd == -1 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll");
}

/* As large as one of the server's: with the words around the event. */
static void
tell_all(const char *body)
{
	char text[2048];
	int len = snprintf(text, sizeof(text), "data: %s\n\n", body);
	unsigned int i;

	for (i = 0; i < count; i++)
		(void)send(subscribers[i], text, (size_t)len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A request comes in one piece, as load_send sends it. */
static void
on_request(int fd, char *request)
{
	const char *body = strstr(request, "\r\n\r\n");
	bool is_get = strncmp(request, "GET /events", 11) == 0;

	if (body == NULL)
		return;
	if (is_get && count < SUBSCRIBERS) {
		subscribers[count++] = fd;
		load_send(fd, joined, sizeof(joined) - 1);
	} else {
		load_send(fd, taken, sizeof(taken) - 1);
	}
	if (strncmp(request, "POST ", 5) == 0)
		tell_all(body + 4);
}

static void
on_readable(int fd)
{
	static char input[INPUT];
	ssize_t n = recv(fd, input, sizeof(input) - 1, MSG_DONTWAIT);

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	input[n] = '\0';
	on_request(fd, input);
}

int
main(int argc, char *argv[])
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), listener, i, n;
	struct epoll_event ready[BATCH];

	if (argc != 2)
		errx(2, "usage: fanout_floor PORT");
	load_raise_limit();
	listener = listen_on((uint16_t)atoi(argv[1]));
	watch(epoll, listener);
	for (;;) {
		n = epoll_wait(epoll, ready, BATCH, -1);
		for (i = 0; i < n; i++) {
			if (ready[i].data.fd == listener)
				watch(epoll, accept(listener, NULL, NULL));
			else
				on_readable(ready[i].data.fd);
		}
	}
}
