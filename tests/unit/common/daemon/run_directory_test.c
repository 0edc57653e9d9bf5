#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/xalloc.h"
#include "common/daemon/daemon.h"
#include "common/daemon/run_directory.h"

static char root[64], peer[PATH_MAX];

static int
set_up(void **state)
{
	(void)state;
	unsetenv("RUNTIME_DIRECTORY");
	unsetenv("XDG_RUNTIME_DIR");
	strcpy(root, "/tmp/run_directory_test.XXXXXX");
	assert_non_null(mkdtemp(root));
	strcpy(peer, root);
	return 0;
}

static int
tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", root);

	(void)state;
	assert_int_equal(system(command), 0);
	free(command);
	return 0;
}

/* Found twice alike, ours alone. */
static char *
find(const char *directory)
{
	char *path, *again;
	struct stat st;

	assert_int_equal(run_directory_find(directory, &path), 0);
	assert_int_equal(run_directory_find(directory, &again), 0);
	assert_string_equal(path, again);
	free(again);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(bus_directory_fits(path));
	return path;
}

static void
expect(const char *directory, const char *want)
{
	char *path = find(directory);

	assert_string_equal(path, want);
	free(path);
}

static void
test_in_the_peer_directory(void **state)
{
	char *want = xasprintf("%s/run", peer);
	char *spelled = xasprintf("%s/./", peer);

	(void)state;
	expect(peer, want);
	expect(spelled, want);
	chmod(want, 0755); /* somebody opened it: closed again */
	expect(peer, want);
	setenv("XDG_RUNTIME_DIR", "relative", 1);
	expect(peer, want);
	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	expect(peer, want);
	free(want);
	free(spelled);
}

static void
test_of_systemd(void **state)
{
	char *want = xasprintf("%s/here", peer);
	char *list = xasprintf("%s:/elsewhere", want);

	(void)state;
	setenv("XDG_RUNTIME_DIR", peer, 1);
	setenv("RUNTIME_DIRECTORY", list, 1);
	expect(peer, want);
	free(list);
	free(want);
}

static void
test_of_the_session(void **state)
{
	char *other = xasprintf("%s/other", peer), *prefix, *one, *two;

	(void)state;
	assert_int_equal(mkdir(other, 0700), 0);
	setenv("XDG_RUNTIME_DIR", peer, 1);
	prefix = xasprintf("%s/goop2/", peer);
	one = find(peer);
	two = find(other);
	assert_memory_equal(one, prefix, strlen(prefix));
	assert_memory_equal(two, prefix, strlen(prefix));
	assert_string_not_equal(one, two);
	free(one);
	free(two);
	free(prefix);
	free(other);
}

/* Of each length there is an answer that fits. */
static void
test_every_length(void **state)
{
	char *path;
	size_t len;
	int stand_ins = 0;

	(void)state;
	strcat(peer, "/");
	len = strlen(peer);
	while (len < 200) {
		strcpy(peer + len, len % 20 == 0 ? "/" : "x");
		len++;
		if (peer[len - 1] == '/')
			continue;
		assert_int_equal(mkdir(peer, 0700), 0);
		path = find(peer);
		if (strncmp(path, peer, len) != 0) {
			stand_ins++;
			assert_memory_equal(path, "/tmp/goop2-", 11);
			rmdir(path);
		}
		free(path);
	}
	assert_true(stand_ins > 50);
}

static void
test_not_ours(void **state)
{
	char *run = xasprintf("%s/run", peer), *path;

	(void)state;
	assert_int_equal(run_directory_find("/nonexistent", &path), -ENOENT);
	assert_int_equal(symlink("/tmp", run), 0);
	assert_int_equal(run_directory_find(peer, &path), -ENOTDIR);
	unlink(run);
	assert_int_equal(mkdir(run, 0700), 0);
	if (chown(run, 12345, 12345) == 0) /* we are root */
		assert_int_equal(run_directory_find(peer, &path), -EPERM);
	free(run);
}

/* The places to look at, each followed by a line feed. */
static void
expect_list(const char *directory, const char *want)
{
	struct strings places = { 0 };
	char got[4 * PATH_MAX] = "";
	size_t i;

	assert_int_equal(run_directory_list(directory, &places), 0);
	for (i = 0; i < places.count; i++)
		strcat(strcat(got, places.items[i]), "\n");
	strings_free(&places);
	assert_string_equal(got, want);
}

static void
test_list(void **state)
{
	struct strings none = { 0 };
	char *run = xasprintf("%s/run", peer);
	char *twice = xasprintf("%s\n%s\n", run, run);
	char *once = xasprintf("%s\n", run);

	(void)state;
	assert_int_equal(run_directory_list("/nonexistent", &none), -ENOENT);
	expect_list(peer, ""); /* and makes none */
	assert_int_equal(access(run, F_OK), -1);
	assert_int_equal(mkdir(run, 0700), 0);
	expect_list(peer, twice);
	/* Started by systemd, asked by a session, or the other way round. */
	setenv("XDG_RUNTIME_DIR", peer, 1);
	expect_list(peer, once);
	setenv("RUNTIME_DIRECTORY", run, 1);
	expect_list(peer, twice);
	unsetenv("RUNTIME_DIRECTORY");
	/* Root asks what another user runs, and is shown nobody else's. */
	if (chown(run, 12345, 12345) == 0) {
		expect_list(peer, "");
		assert_int_equal(chown(peer, 12345, 12345), 0);
		expect_list(peer, once);
	}
	free(once);
	free(twice);
	free(run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_in_the_peer_directory),
		TEST(test_of_systemd),
		TEST(test_of_the_session),
		TEST(test_every_length),
		TEST(test_not_ours),
		TEST(test_list),
	};

	return cmocka_run_group_tests_name("run_directory", tests, NULL, NULL);
}
