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

#include "cli/supervisor/notify_listener.h"
#include "cli/peer/viewer_url.h"
#include "common/base/array.h"

/* clang-format off */
static const struct {
	const char *name, *in;
	bool is_ready, is_alive, is_stopping;
	const char *status; /* NULL: none */
} cases[] = {
	{ "nothing",         "",                         false, false, false, NULL },
	{ "ready",           "READY=1",                  true,  false, false, NULL },
	{ "with newline",    "READY=1\n",                true,  false, false, NULL },
	{ "all at once",     "READY=1\nSTATUS=3 peers\nWATCHDOG=1", true, true, false, "3 peers" },
	{ "stopping",        "STOPPING=1\n",             false, false, true,  NULL },
	{ "not ready",       "READY=0",                  false, false, false, NULL },
	{ "longer name",     "READY=12",                 false, false, false, NULL },
	{ "unknown",         "FDSTORE=1\nMAINPID=1\n",   false, false, false, NULL },
	{ "empty lines",     "\n\n\nWATCHDOG=1\n\n",     false, true,  false, NULL },
	{ "empty status",    "STATUS=",                  false, false, false, "" },
	{ "the last status", "STATUS=a\nSTATUS=b",       false, false, false, "b" },
	{ "escape sequence", "STATUS=\033[2Jx",          false, false, false, "?[2Jx" },
};
/* clang-format on */

static void
test_parse(void **state)
{
	struct notify_news news;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		notify_news_parse(bytes_of(cases[i].in), &news);
		if (news.is_ready != cases[i].is_ready ||
		    news.is_alive != cases[i].is_alive ||
		    news.is_stopping != cases[i].is_stopping ||
		    news.has_status != (cases[i].status != NULL) ||
		    (news.has_status &&
			strcmp(news.status, cases[i].status) != 0))
			fail_msg("%s: ready %d alive %d stopping %d status %s",
			    cases[i].name, news.is_ready, news.is_alive,
			    news.is_stopping, news.status);
	}
}

static void
test_long_status(void **state)
{
	char line[NOTIFY_DATAGRAM_MAX] = "STATUS=";
	struct notify_news news;

	(void)state;
	memset(line + 7, 'x', sizeof(line) - 8);
	notify_news_parse(bytes_of(line), &news);
	assert_int_equal(strlen(news.status), NOTIFY_STATUS_MAX);
}

/* The kernel tells who sent it. */
static void
test_receive(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char directory[] = "/tmp/notify-test-XXXXXX";
	struct notify_news news;
	pid_t pid = 0;
	int fd, from;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/n", directory);
	fd = notify_listener_open(address.sun_path);
	assert_true(fd >= 0);
	assert_int_equal(notify_listener_receive(fd, &pid, &news), 0);
	from = socket(AF_UNIX, SOCK_DGRAM, 0);
	assert_int_equal(
	    connect(from, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(from, "READY=1", 7, 0), 7);
	assert_int_equal(notify_listener_receive(fd, &pid, &news), 1);
	assert_int_equal(pid, getpid());
	assert_true(news.is_ready);
	close(from);
	close(fd);
	unlink(address.sun_path);
	rmdir(directory);
}

static void
test_viewer_url(void **state)
{
	/* clang-format off */
	static const struct { const char *in, *want; } urls[] = {
		{ "serving http://127.0.0.1:8080/", "http://127.0.0.1:8080/" },
		{ "http://[::1]:80/, 3 pages",      "http://[::1]:80/" },
		{ "starting",                       "" },
		{ "",                               "" },
		{ "http://much-too-long.example/",  "" },
	};
	/* clang-format on */
	char url[24];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(urls); i++) {
		viewer_url_find(urls[i].in, url, sizeof(url));
		assert_string_equal(url, urls[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_long_status),
		cmocka_unit_test(test_receive),
		cmocka_unit_test(test_viewer_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
