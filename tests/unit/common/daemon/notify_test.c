#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/daemon/notify.h"

/* One who listens like systemd, at this path; @ is an abstract one. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

static void
expect(int fd, const char *want)
{
	char text[1024];
	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	assert_string_equal(text, want);
}

static void
test_messages(void **state)
{
	char path[64], long_text[1024];
	int i, fd;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%snotify_test.%d",
		    i == 0 ? "@" : "/tmp/", getpid());
		print_message("%s\n", path);
		fd = listen_at(path);
		setenv("NOTIFY_SOCKET", path, 1);
		notify_open();
		assert_null(getenv("NOTIFY_SOCKET"));
		notify_ready();
		expect(fd, "READY=1");
		notify_status("%d peers\nREADY=0", 3);
		expect(fd, "STATUS=3 peers?READY=0");
		notify_watchdog();
		expect(fd, "WATCHDOG=1");
		notify_stopping();
		expect(fd, "STOPPING=1");
		notify_status("%s", long_text); /* cut, not lost */
		assert_int_equal(recv(fd, long_text, 1000, 0), 511);
		close(fd);
		notify_ready(); /* nobody is there any more */
		unlink(path);
	}
}

static void
test_watchdog_is_for_us(void **state)
{
	static const struct {
		const char *name, *usec;
		int pid; /* 0: none; 1: ours; 2: another */
		int64_t want;
	} cases[] = {
		{ "off", NULL, 0, 0 },
		{ "ten seconds", "10000000", 0, 5000 },
		{ "for us", "3000000", 1, 1500 },
		{ "for another", "3000000", 2, 0 },
		{ "tiny", "1500", 1, 1 },
		{ "no number", "3s", 1, 0 },
		{ "huge", "18446744073709551615", 1, 0 },
	};
	char path[64], pid[16];
	size_t i;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "@notify_test.%d", getpid());
	fd = listen_at(path);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].name);
		setenv("NOTIFY_SOCKET", path, 1);
		if (cases[i].usec != NULL)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		snprintf(pid, sizeof(pid), "%d",
		    getpid() + (cases[i].pid == 2 ? 1 : 0));
		if (cases[i].pid != 0)
			setenv("WATCHDOG_PID", pid, 1);
		notify_open();
		assert_int_equal(notify_watchdog_period_ms(), cases[i].want);
		assert_null(getenv("WATCHDOG_USEC"));
		assert_null(getenv("WATCHDOG_PID"));
	}
	close(fd);
}

static void
test_nobody_listens(void **state)
{
	static const char *const paths[] = { "/nonexistent/socket", "relative",
		"", "@" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		setenv("NOTIFY_SOCKET", paths[i], 1);
		setenv("WATCHDOG_USEC", "1000000", 1);
		notify_open();
		assert_int_equal(notify_watchdog_period_ms(), 0);
		notify_ready();
	}
	notify_open();
	notify_ready();
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_watchdog_is_for_us),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
