/*
 * delay_link: a wire with a long way between two network namespaces, for
 * kernels without netem. Makes a TAP device called "delay0" in each and
 * carries packets across, each MS milliseconds late, in order.
 *
 * Usage: delay_link NAMESPACE_A NAMESPACE_B MS
 * Prints "ready" when both devices are there; the caller gives them addresses.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"

enum {
	PACKET_MAX = 65535,
	QUEUE_MAX = 8192, /* packets under way in one direction; then drops */
};

struct packet {
	struct monotime due;
	size_t len;
	uint8_t *data;
};

/* One direction of the wire. */
struct way {
	int from, to;
	struct packet queue[QUEUE_MAX];
	size_t head, count;
};

static int
tun_open(const char *namespace)
{
	CLEANUP_FREE char *path = xasprintf("/run/netns/%s", namespace);
	struct ifreq request = { .ifr_name = "delay0" };
	int netns = open(path, O_RDONLY | O_CLOEXEC), fd;

	if (netns == -1 || setns(netns, CLONE_NEWNET) == -1)
		die("delay_link: namespace %s: %s", namespace, strerror(errno));
	close(netns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	request.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (fd == -1 || ioctl(fd, TUNSETIFF, &request) == -1)
		die("delay_link: TAP in %s: %s", namespace, strerror(errno));
	return fd;
}

static void
way_take(struct way *way, int64_t delay_ms)
{
	static uint8_t data[PACKET_MAX];
	struct packet *packet;
	ssize_t len;

	while (way->count < QUEUE_MAX &&
	       (len = read(way->from, data, sizeof(data))) > 0) {
		packet = &way->queue[(way->head + way->count++) % QUEUE_MAX];
		packet->due = monotime_add_ms(monotime_now(), delay_ms);
		packet->len = (size_t)len;
		packet->data = xmemdup(data, (size_t)len);
	}
}

/* Deliver what is due; returns how long to wait for the next, or -1. */
static int
way_deliver(struct way *way)
{
	struct packet *packet;
	int64_t left;

	while (way->count > 0) {
		packet = &way->queue[way->head];
		left = packet->due.us - monotime_now().us;
		if (left > 0)
			return (int)((left + 999) / 1000);
		/* A full device drops, like any wire. */
		if (write(way->to, packet->data, packet->len) == -1 &&
		    errno != EAGAIN && errno != EIO)
			die("delay_link: write: %s", strerror(errno));
		free(packet->data);
		way->head = (way->head + 1) % QUEUE_MAX;
		way->count--;
	}
	return -1;
}

int
main(int argc, char *argv[])
{
	static struct way there, back;
	struct pollfd fds[2];
	int64_t delay_ms;
	int wait_a, wait_b;

	if (argc != 4)
		die("usage: delay_link NAMESPACE_A NAMESPACE_B MS");
	delay_ms = strtol(argv[3], NULL, 10);
	there.from = back.to = tun_open(argv[1]);
	there.to = back.from = tun_open(argv[2]);
	fds[0] = (struct pollfd){ .fd = there.from, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = back.from, .events = POLLIN };
	puts("ready");
	fflush(stdout);
	for (;;) {
		wait_a = way_deliver(&there);
		wait_b = way_deliver(&back);
		if (wait_a < 0 || (wait_b >= 0 && wait_b < wait_a))
			wait_a = wait_b;
		if (poll(fds, 2, wait_a) == -1 && errno != EINTR)
			die("delay_link: poll: %s", strerror(errno));
		way_take(&there, delay_ms);
		way_take(&back, delay_ms);
	}
}
