#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/interface_watch.h"
#include "tests/unit/support/own_network.h"

struct heard {
	struct event_base *base;
	int count;
};

static void
on_change(void *arg)
{
	struct heard *heard = arg;

	heard->count++;
	event_base_loopbreak(heard->base);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

static int
set_loopback(bool up)
{
	struct ifreq request = { .ifr_flags = (short)(up ? IFF_UP : 0) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), rc;

	strcpy(request.ifr_name, "lo");
	rc = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return rc;
}

/* A link that comes up and goes down at once is one change. */
static void
test_burst_is_told_once(void **state)
{
	static const struct timeval deadline = { 10, 0 }, quiet = { 0, 300000 };
	struct interface_watch *watch = NULL;
	struct heard heard = { NULL, 0 };

	(void)state;
	if (!own_network_enter())
		skip();
	heard.base = event_base_new();
	assert_int_equal(
	    interface_watch_new(heard.base, on_change, &heard, &watch), 0);
	assert_int_equal(set_loopback(true), 0);
	assert_int_equal(set_loopback(false), 0);
	event_base_once(
	    heard.base, -1, EV_TIMEOUT, on_deadline, heard.base, &deadline);
	event_base_dispatch(heard.base);
	assert_int_equal(heard.count, 1);
	event_base_once(
	    heard.base, -1, EV_TIMEOUT, on_deadline, heard.base, &quiet);
	event_base_dispatch(heard.base);
	assert_int_equal(heard.count, 1);
	interface_watch_free(watch);
	event_base_free(heard.base);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_is_told_once),
	};

	return cmocka_run_group_tests_name(
	    "interface_watch", tests, NULL, NULL);
}
