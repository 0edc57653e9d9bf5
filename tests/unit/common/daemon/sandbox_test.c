#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/daemon/sandbox.h"

/* What somebody does behind the sandbox: 0 or an errno. */
typedef int attempt_fn(void);

static int
result(int rc)
{
	return rc == -1 ? errno : 0;
}

static int
open_tcp(void)
{
	return result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int
open_tcp6(void)
{
	return result(socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

static int
open_udp(void)
{
	return result(socket(AF_INET, SOCK_DGRAM, 0));
}

static int
open_raw(void)
{
	return result(socket(AF_INET, SOCK_RAW, 1));
}

static int
open_packet(void)
{
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
open_unix(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
open_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int
open_file(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

/* A process of one's own ends when one says so. */
static int
kill_child(void)
{
	int pidfd, rc;
	pid_t pid = (pid_t)syscall(
	    SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &pidfd, NULL, NULL);

	if (pid == -1)
		return errno;
	while (pid == 0)
		pause();
	rc = result(
	    (int)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
	return rc == 0 ? result(waitpid(pid, NULL, 0)) : rc;
}

static int
make_namespace(void)
{
	pid_t pid = (pid_t)syscall(
	    SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	return result(pid);
}

/* With fewer rights than its parent: EPERM for the socket. */
static int
tighten_child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sandbox_tighten(SANDBOX_UDP) == 0 ? open_tcp() : 255);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
		   ? WEXITSTATUS(status)
		   : 255;
}

static void *
thread_main(void *arg)
{
	return arg;
}

static int
make_thread(void)
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, thread_main, NULL);

	return rc == 0 ? pthread_join(thread, NULL) : rc;
}

static int
kill_parent(void)
{
	return result(kill(getppid(), 0));
}

static int
run_program(void)
{
	return result(execl("/bin/true", "true", (char *)NULL));
}

static int
trace_parent(void)
{
	return result((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

enum {
	KILLED = 200,
	TCP = SANDBOX_TCP,
	UNIX = SANDBOX_UNIX,
	CHILDREN = SANDBOX_CHILDREN,
#ifdef GOOP_SANITIZED
	TIGHTENED = 0, /* the sanitizer needs its calls */
#else
	TIGHTENED = EPERM,
#endif
};

static const struct {
	const char *name;
	unsigned int groups;
	attempt_fn *attempt;
	int want;
} call_cases[] = {
	{ "TCP not asked for", UNIX | SANDBOX_UDP, open_tcp, EPERM },
	{ "TCP", TCP, open_tcp, 0 },
	{ "TCP over IPv6", TCP, open_tcp6, 0 },
	{ "UDP not asked for", TCP, open_udp, EPERM },
	{ "UDP", SANDBOX_UDP, open_udp, 0 },
	{ "raw sockets never", TCP | SANDBOX_UDP, open_raw, EPERM },
	{ "packet sockets never", TCP | SANDBOX_UDP, open_packet, EPERM },
	{ "Unix not asked for", TCP, open_unix, EPERM },
	{ "Unix", UNIX, open_unix, 0 },
	{ "netlink not asked for", TCP, open_netlink, EPERM },
	{ "netlink", SANDBOX_NETLINK, open_netlink, 0 },
	{ "files not asked for", TCP | UNIX, open_file, EPERM },
	{ "files", SANDBOX_FILES, open_file, 0 },
	{ "processes never", SANDBOX_FILES, make_process, EPERM },
	{ "processes of one's own", CHILDREN, make_process, 0 },
	{ "their end", CHILDREN, kill_child, 0 },
	{ "namespaces never", CHILDREN, make_namespace, EPERM },
	{ "no signal by number", CHILDREN, kill_parent, EPERM },
	{ "not started as programs", CHILDREN, run_program, KILLED },
	{ "with fewer rights", CHILDREN | TCP, tighten_child, TIGHTENED },
	{ "threads always", 0, make_thread, 0 },
	{ "signals to others never", SANDBOX_FILES, kill_parent, EPERM },
	{ "programs end us", SANDBOX_FILES, run_program, KILLED },
	{ "tracing ends us", SANDBOX_FILES, trace_parent, KILLED },
};

/* In a child: what the attempt gave. */
static int
status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_calls(void **state)
{
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(call_cases); i++) {
		print_message("%s\n", call_cases[i].name);
		pid = fork();
		if (pid == 0) {
			if (sandbox_restrict_calls(call_cases[i].groups) < 0)
				_exit(255);
			_exit(call_cases[i].attempt());
		}
		assert_int_equal(status_of(pid), call_cases[i].want);
	}
}

/* --- files: ro/f, rw/f and other/f in a directory */

static const struct {
	const char *name, *path;
	int flags, want;
} file_cases[] = {
	{ "read what may be read", "ro/f", O_RDONLY, 0 },
	{ "not write it", "ro/f", O_WRONLY, EACCES },
	{ "not make files there", "ro/new", O_WRONLY | O_CREAT, EACCES },
	{ "write what may be written", "rw/f", O_WRONLY | O_TRUNC, 0 },
	{ "make files there", "rw/new", O_WRONLY | O_CREAT, 0 },
	{ "nothing else", "other/f", O_RDONLY, EACCES },
	{ "not its neighbours by dots", "ro/../other/f", O_RDONLY, EACCES },
	{ "not the rest of the machine", "/etc/passwd", O_RDONLY, EACCES },
	{ "one file by its name", "one", O_RDONLY, 0 },
	{ "that alone", "two", O_RDONLY, EACCES },
};

static void
touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	close(fd);
}

static void
check_file(int dirfd, size_t number)
{
	static const struct sandbox_path paths[] = {
		{ "ro", SANDBOX_READ },
		{ "rw", SANDBOX_WRITE },
		{ "one", SANDBOX_READ },
		{ "missing", SANDBOX_WRITE },
		{ NULL, SANDBOX_READ },
	};
	const struct sandbox sandbox = { SANDBOX_FILES, paths };

	if (sandbox_enter(&sandbox, dirfd) < 0)
		_exit(255);
	_exit(result(openat(
	    dirfd, file_cases[number].path, file_cases[number].flags, 0600)));
}

static void
test_files(void **state)
{
	static const char *const names[] = { "one", "two", "ro/f", "rw/f",
		"rw/new", "other/f" };
	char directory[] = "/tmp/sandbox_test.XXXXXX";
	size_t i;
	pid_t pid;
	int dirfd;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(sandbox_restrict_files(NULL, AT_FDCWD));
	if (status_of(pid) == SANDBOX_NO_LANDLOCK) {
		print_message("# SKIP this kernel has no Landlock\n");
		skip();
	}
	assert_non_null(mkdtemp(directory));
	dirfd = open(directory, O_RDONLY | O_DIRECTORY);
	mkdirat(dirfd, "ro", 0700);
	mkdirat(dirfd, "rw", 0700);
	mkdirat(dirfd, "other", 0700);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		touch(dirfd, names[i]);
	for (i = 0; i < ARRAY_SIZE(file_cases); i++) {
		print_message("%s\n", file_cases[i].name);
		pid = fork();
		if (pid == 0)
			check_file(dirfd, i);
		assert_int_equal(status_of(pid), file_cases[i].want);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(dirfd, names[i], 0);
	unlinkat(dirfd, "ro", AT_REMOVEDIR);
	unlinkat(dirfd, "rw", AT_REMOVEDIR);
	unlinkat(dirfd, "other", AT_REMOVEDIR);
	close(dirfd);
	rmdir(directory);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
