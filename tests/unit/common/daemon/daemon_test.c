#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/run_directory.h"
#include "proto/daemon_ops.h"

/* --- a daemon to look at */

enum { OPEN_FAILS = 1, KEY_FAILS = 2, NEVER_STOPS = 4, FILLS_LOG = 8 };

static struct {
	unsigned int ways;
} asked;

static int
looked_open(struct daemon_context *context)
{
	assert_int_not_equal(context->dirfd, -1);
	assert_non_null(context->server);
	if (asked.ways & KEY_FAILS)
		return -EKEYREJECTED;
	return asked.ways & OPEN_FAILS ? -EBADF : 0;
}

/* Exits that the parent knows, if something is not as it should be. */
static int
looked_start(struct daemon_context *context)
{
	struct rlimit limit;
	int i, fd;

	if (context->dirfd != -1)
		_exit(101);
	fd = open("/etc/passwd", O_RDONLY);
	if (fd != -1 && getenv("GOOP_SANDBOX") == NULL &&
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		_exit(102);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < 1024 || umask(0) != 077)
		_exit(103);
	daemon_set_status(context, "looking at\n%s", context->directory);
	for (i = 0; (asked.ways & FILLS_LOG) && i < 1200; i++)
		log_info("line number=%d", i);
	return 0;
}

static void
looked_stop(struct daemon_context *context)
{
	if ((asked.ways & NEVER_STOPS) == 0)
		daemon_stopped(context);
}

static const struct sandbox sandbox = { 0, NULL };
static const struct daemon looked = {
	.name = "lookedd",
	.purpose = "to be looked at",
	.sandbox = &sandbox,
	.open = looked_open,
	.start = looked_start,
	.stop = looked_stop,
};

/* --- its directory and its supervisor */

static char directory[64], notify_path[80];
static int notify_fd;

static int
set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("RUNTIME_DIRECTORY");
	asked.ways = 0;
	strcpy(directory, "/tmp/daemon_test.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(notify_path, sizeof(notify_path), "%s/n", directory);
	strcpy(address.sun_path, notify_path);
	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(notify_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", notify_path, 1);
	setenv("WATCHDOG_USEC", "20000", 1);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", directory);

	(void)state;
	close(notify_fd);
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

static pid_t
spawn(void)
{
	char *argv[] = { (char *)(uintptr_t) "lookedd", directory, NULL };
	pid_t pid = fork();
	int fd;

	assert_int_not_equal(pid, -1);
	if (pid != 0)
		return pid;
	fd = open("/dev/null", O_WRONLY);
	dup2(fd, STDERR_FILENO);
	close(fd);
	_exit(daemon_main(&looked, 2, argv));
}

static int
exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
expect_notify(const char *want)
{
	char text[600];
	ssize_t len;

	do { /* pings may come in between */
		len = recv(notify_fd, text, sizeof(text) - 1, 0);
		assert_true(len >= 0);
		text[len] = '\0';
	} while (!strcmp(text, "WATCHDOG=1") && strcmp(want, text));
	assert_string_equal(text, want);
}

static void
wait_until_ready(void)
{
	char *want = xasprintf("STATUS=looking at?%s", directory);

	expect_notify(want);
	expect_notify("READY=1");
	free(want);
}

/* --- someone who asks it */

struct asking {
	struct event_base *base;
	struct bus *bus;
	struct bus_client *client;
	char *run;
	int gaps, events;
	char last[64];
};

static void
on_line(const struct log_entry *entry, void *arg)
{
	struct asking *asking = arg;

	asking->events++;
	snprintf(asking->last, sizeof(asking->last), "%s", entry->text);
}

static void
on_gap(void *arg)
{
	((struct asking *)arg)->gaps++;
}

static void
ask(struct asking *asking, enum op_caller as)
{
	static const struct bus_subscriber events[] = {
		SUBSCRIBE(log_line, on_line), BUS_SUBSCRIBER_END
	};
	static const struct bus_watcher watcher = { events, on_gap, NULL };

	*asking = (struct asking){ .base = event_base_new() };
	assert_int_equal(run_directory_find(directory, &asking->run), 0);
	assert_int_equal(
	    bus_new(asking->base, asking->run, as, &asking->bus), 0);
	asking->client = bus_connect(asking->bus, "lookedd", &watcher, asking);
	while (asking->gaps == 0)
		event_base_loop(asking->base, EVLOOP_ONCE);
}

static void
stop_asking(struct asking *asking)
{
	bus_free(asking->bus);
	free(asking->run);
	event_base_free(asking->base);
}

/* --- tests */

static void
test_life(void **state)
{
	struct daemon_status status;
	struct asking asking;
	pid_t pid = spawn();

	(void)state;
	wait_until_ready();
	expect_notify("WATCHDOG=1");
	expect_notify("WATCHDOG=1");
	ask(&asking, FROM_GOOP2);
	assert_int_equal(
	    ask_daemon_status_now(asking.client, NOTHING, 20000, &status, NULL),
	    BUS_OK);
	assert_string_equal(status.name, "lookedd");
	assert_string_equal(status.version, GOOP_VERSION);
	assert_memory_equal(status.status, "looking at?/tmp", 15);
	assert_int_equal(status.pid, pid);
	assert_true(status.uptime_ms >= 0);
	assert_true(status.memory_kib > 0);
	assert_true(status.counters.count > 5);
	message_fini(&daemon_status_message, &status);
	kill(pid, SIGTERM);
	while (asking.events < 1)
		event_base_loop(asking.base, EVLOOP_ONCE);
	assert_string_equal(asking.last, "stopping");
	expect_notify("STOPPING=1");
	assert_int_equal(exit_status(pid), 0);
	stop_asking(&asking);
}

static void
check_page(struct asking *asking, int64_t after, int64_t limit,
    size_t want_count, const char *want_first)
{
	struct log_query query = { after, limit };
	const struct log_entry *entries;
	struct log_page page;
	size_t i;

	assert_int_equal(
	    ask_daemon_log_now(asking->client, &query, 20000, &page, NULL),
	    BUS_OK);
	entries = page.entries.items;
	assert_int_equal(page.entries.count, want_count);
	if (want_first != NULL)
		assert_string_equal(entries[0].text, want_first);
	for (i = 1; i < want_count; i++)
		assert_int_equal(entries[i].number, entries[i - 1].number + 1);
	if (want_count > 0)
		assert_memory_equal(entries[want_count - 1].text, "ready", 5);
	message_fini(&log_page_message, &page);
}

static void
test_log(void **state)
{
	struct asking asking;
	pid_t pid;

	(void)state;
	asked.ways = FILLS_LOG;
	pid = spawn();
	wait_until_ready();
	ask(&asking, FROM_VIEWERD);
	check_page(&asking, 0, 0, 500, "line number=701");
	check_page(&asking, 0, 3, 3, "line number=1198");
	check_page(&asking, 1201, 0, 0, NULL);
	check_page(&asking, 1200, 0, 1, NULL);
	check_page(&asking, 1190, 5, 5, "line number=1196");
	check_page(&asking, INT64_MAX, 0, 0, NULL);
	kill(pid, SIGINT);
	assert_int_equal(exit_status(pid), 0);
	stop_asking(&asking);
}

static void
test_exit_statuses(void **state)
{
	static const struct {
		const char *name, *config;
		unsigned int ways;
		int want;
	} cases[] = {
		{ "open fails", "{}", OPEN_FAILS, 1 },
		{ "key is damaged", "{}", KEY_FAILS, DAEMON_EXIT_CONFIG },
		{ "wrong configuration", "{\"p2p\":1}", 0, DAEMON_EXIT_CONFIG },
	};
	int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].name);
		file_replace(
		    dirfd, "goop.json", bytes_of(cases[i].config), 0600);
		asked.ways = cases[i].ways;
		assert_int_equal(exit_status(spawn()), cases[i].want);
	}
	close(dirfd);
}

/* One that does not come to an end is not waited for. */
static void
test_stop_is_limited(void **state)
{
	pid_t pid;

	(void)state;
	asked.ways = NEVER_STOPS;
	pid = spawn();
	wait_until_ready();
	kill(pid, SIGTERM);
	assert_int_equal(exit_status(pid), 0);
}

/* Its supervisor is killed: it stops by itself. */
static void
test_lifeline(void **state)
{
	pid_t supervisor;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	supervisor = fork();
	if (supervisor == 0) {
		setenv("GOOP_SUPERVISED", "1", 1);
		spawn();
		pause();
	}
	close(ends[1]);
	wait_until_ready();
	kill(supervisor, SIGKILL);
	waitpid(supervisor, NULL, 0);
	expect_notify("STOPPING=1");
	/* The end of the pipe: the daemon was the last to hold it. */
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

/* Another process than the one that is said to watch over us. */
static void
test_lifeline_is_gone(void **state)
{
	(void)state;
	setenv("GOOP_SUPERVISED", "4194305", 1);
	assert_int_equal(exit_status(spawn()), 1);
	unsetenv("GOOP_SUPERVISED");
}

static void
test_usage(void **state)
{
	static const struct {
		const char *name;
		int argc, want;
		const char *argv[4];
	} cases[] = {
		{ "version", 2, 0, { "lookedd", "--version" } },
		{ "help", 2, 0, { "lookedd", "--help" } },
		{ "nothing", 1, 2, { "lookedd" } },
		{ "too much", 3, 2, { "lookedd", "a", "b" } },
		{ "unknown", 3, 2, { "lookedd", "--what", "b" } },
		{ "no directory", 2, 1, { "lookedd", "/nonexistent" } },
	};
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("%s\n", cases[i].name);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			fclose(stdout);
			fclose(stderr);
			_exit(daemon_main(&looked, cases[i].argc,
			    (char **)(uintptr_t)cases[i].argv));
		}
		assert_int_equal(exit_status(pid), cases[i].want);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_log),
		TEST(test_exit_statuses),
		TEST(test_stop_is_limited),
		TEST(test_lifeline),
		TEST(test_lifeline_is_gone),
		TEST(test_usage),
	};

	return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
