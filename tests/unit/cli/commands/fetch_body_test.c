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
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands/fetch_body.h"
#include "common/base/array.h"
#include "common/base/shared_ring.h"

enum { TICKET = 16, SMALL = 1000, LARGE = 700 * 1000, HUGE = 5 * 1000 * 1000 };
enum way { SOCKET, RING, NO_RING, TRICKS }; /* that goopd serves it */
enum output { TO_FILE, TO_APPENDED_FILE, TO_PIPE, TO_FULL };

/* clang-format off */
static const struct {
	const char *name;
	int64_t length; /* as the head said */
	int64_t sent;
	enum output output;
	int want;
	int64_t got;
	enum way way;
} cases[] = {
	{ "small file",        SMALL, SMALL,     TO_FILE,          0, SMALL, SOCKET },
	{ "large file",        LARGE, LARGE,     TO_FILE,          0, LARGE, SOCKET },
	{ "large, appended",   LARGE, LARGE,     TO_APPENDED_FILE, 0, LARGE, SOCKET },
	{ "large, pipe",       LARGE, LARGE,     TO_PIPE,          0, LARGE, SOCKET },
	{ "one byte short",    LARGE, LARGE - 1, TO_FILE,          FETCH_BODY_BROKEN, LARGE - 1, SOCKET },
	{ "nothing came",      SMALL, 0,         TO_FILE,          FETCH_BODY_BROKEN, 0, SOCKET },
	{ "more than was said", SMALL, LARGE,    TO_FILE,          0, SMALL, SOCKET },
	{ "full disk",         LARGE, LARGE,     TO_FULL,          -ENOSPC, 0, SOCKET },
	{ "ring, file",        HUGE,  HUGE,      TO_FILE,          0, HUGE, RING },
	{ "ring, pipe",        HUGE,  HUGE,      TO_PIPE,          0, HUGE, RING },
	{ "ring, one byte short", HUGE, HUGE - 1, TO_FILE,         FETCH_BODY_BROKEN, HUGE - 1, RING },
	{ "ring, nothing came", HUGE, 0,         TO_FILE,          FETCH_BODY_BROKEN, 0, RING },
	{ "ring, more than was said", HUGE - SMALL, HUGE, TO_FILE, 0, HUGE - SMALL, RING },
	{ "ring, full disk",   HUGE,  HUGE,      TO_FULL,          -ENOSPC, 0, RING },
	{ "ring refused",      HUGE,  HUGE,      TO_FILE,          0, HUGE, NO_RING },
	{ "ring, tricks",      HUGE,  0,         TO_FILE,          FETCH_BODY_BROKEN, 0, TRICKS },
};
/* clang-format on */

static const uint8_t ticket[TICKET] = "0123456789abcde";
static char directory[] = "/tmp/fetch-test-XXXXXX";

static uint8_t
byte_at(int64_t offset)
{
	return (uint8_t)(offset * 7 + offset / 251);
}

static void
send_to_socket(int fd, int64_t sent)
{
	uint8_t *body = malloc((size_t)sent + 1);
	ssize_t n;
	int64_t i;

	for (i = 0; body != NULL && i < sent; i++)
		body[i] = byte_at(i);
	for (i = 0; i < sent; i += n) {
		n = write(fd, body + i, (size_t)(sent - i));
		if (n <= 0)
			break; /* it took what it wanted */
	}
	free(body);
}

static void
send_to_ring(int fd, struct shared_ring *ring, int64_t sent)
{
	uint8_t *to, bells[64];
	int64_t done = 0, i;
	ssize_t room;

	while (done < sent) {
		room = shared_ring_room(ring, &to);
		if (room < 0 ||
		    (room == 0 && recv(fd, bells, sizeof(bells), 0) <= 0))
			break;
		if (room > sent - done)
			room = (ssize_t)(sent - done);
		for (i = 0; i < room; i++)
			to[i] = byte_at(done + i);
		done += room;
		if (shared_ring_wrote(ring, (size_t)room))
			(void)!write(fd, "", 1);
	}
}

/* What goopd does: take a connection, check the ticket, send, close. */
static pid_t
serve(int listener, int64_t sent, enum way way)
{
	uint8_t shown[TICKET + 1];
	size_t len = way == SOCKET ? TICKET : TICKET + 1;
	struct shared_ring ring;
	pid_t pid = fork();
	int fd, memory = -1;

	if (pid != 0)
		return pid;
	signal(SIGPIPE, SIG_IGN);
	fd = accept(listener, NULL, NULL);
	if (recv(fd, shown, len, MSG_WAITALL) != (ssize_t)len ||
	    memcmp(shown, ticket, TICKET) != 0 ||
	    (way != SOCKET && shown[TICKET] != SHARED_RING_WISH))
		_exit(1);
	if (way == RING || way == TRICKS)
		(void)shared_ring_make(&ring, &memory);
	if (way != SOCKET)
		(void)shared_ring_answer(fd, memory);
	if (way == TRICKS)
		shared_ring_wrote(&ring, SHARED_RING_SIZE + 1);
	else if (way == RING)
		send_to_ring(fd, &ring, sent);
	else
		send_to_socket(fd, sent);
	_exit(0);
}

static int
listen_in(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/goopd.stream",
	    path);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int
open_output(enum output output, const char *name)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC;

	if (output == TO_FULL)
		return open("/dev/full", O_WRONLY);
	if (output == TO_APPENDED_FILE)
		flags = O_WRONLY | O_CREAT | O_APPEND;
	return open(name, flags, 0600);
}

/* cat(1) at the other end of a pipe. */
static pid_t
drain_into(const char *name, int *ret_to)
{
	int ends[2], fd;
	char chunk[4096];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		fd = open_output(TO_FILE, name);
		while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
			if (write(fd, chunk, (size_t)n) != n)
				_exit(1);
		_exit(0);
	}
	close(ends[0]);
	*ret_to = ends[1];
	return pid;
}

static void
check_file(const char *name, const char *file, int64_t want)
{
	FILE *stream = fopen(file, "r");
	int64_t i;
	int c;

	assert_non_null(stream);
	for (i = 0; (c = getc(stream)) != EOF; i++)
		if (c != byte_at(i))
			fail_msg("%s: byte %lld differs", name, (long long)i);
	if (i != want)
		fail_msg("%s: %lld bytes arrived", name, (long long)i);
	fclose(stream);
}

static void
test_copy(void **state)
{
	int listener = listen_in(directory), to, rc;
	pid_t server, drain;
	char file[64];
	int64_t got;
	size_t i;

	(void)state;
	snprintf(file, sizeof(file), "%s/out", directory);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unlink(file);
		drain = 0;
		if (cases[i].output == TO_PIPE)
			drain = drain_into(file, &to);
		else
			to = open_output(cases[i].output, file);
		server = serve(listener, cases[i].sent, cases[i].way);
		rc =
		    fetch_body_copy(directory, (struct bytes){ ticket, TICKET },
			cases[i].length, to, &got);
		close(to);
		if (drain != 0)
			waitpid(drain, NULL, 0);
		waitpid(server, NULL, 0);
		if (rc != cases[i].want || got != cases[i].got)
			fail_msg("%s: got %d and %lld bytes", cases[i].name, rc,
			    (long long)got);
		if (cases[i].output != TO_FULL)
			check_file(cases[i].name, file, cases[i].got);
	}
	close(listener);
}

static void
test_nobody_listens(void **state)
{
	int64_t got = 7;

	(void)state;
	assert_int_equal(fetch_body_copy("/nonexistent",
			     (struct bytes){ ticket, TICKET }, SMALL, 1, &got),
	    FETCH_BODY_BROKEN);
	assert_int_equal(got, 0);
}

static int
make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) == NULL;
}

static int
remove_directory(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/out", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/goopd.stream", directory);
	unlink(path);
	return rmdir(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
