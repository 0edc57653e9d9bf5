/* file: small files, whole or not at all */
#include "common/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test has a directory of its own. */
struct place {
	char path[64];
	int fd;
};

static int
place_make(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(
	    place->path, sizeof(place->path), "%s/goop-file-XXXXXX", P_tmpdir);
	if (mkdtemp(place->path) == NULL)
		return -1;
	place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = place;
	return place->fd == -1 ? -1 : 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
place_remove(void **state)
{
	struct place *place = *state;
	int rc = nftw(place->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);

	close(place->fd);
	free(place);
	return rc;
}

static size_t
count_entries(const struct place *place)
{
	DIR *directory = opendir(place->path);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(directory)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

static void
assert_file(const struct place *place, const char *name, const char *want)
{
	uint8_t *data = NULL;
	size_t len;

	assert_int_equal(file_read(place->fd, name, 1024, &data, &len), 0);
	assert_int_equal(len, strlen(want));
	assert_string_equal((char *)data, want); /* a NUL follows */
	free(data);
}

static void
test_replace(void **state)
{
	struct place *place = *state;
	struct stat st;

	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("one"), 0600), 0);
	assert_file(place, "key", "one");
	assert_int_equal(fstatat(place->fd, "key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("three"), 0600), 0);
	assert_file(place, "key", "three");
	assert_int_equal(file_replace(place->fd, "key", bytes_of(""), 0600), 0);
	assert_file(place, "key", "");
	assert_int_equal(count_entries(place), 1);
}

static void
test_replace_in_a_directory(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdirat(place->fd, "data", 0700), 0);
	assert_int_equal(
	    file_replace(place->fd, "data/key", bytes_of("x"), 0600), 0);
	assert_file(place, "data/key", "x");
	assert_int_equal(
	    file_replace(place->fd, "nowhere/key", bytes_of("x"), 0600),
	    -ENOENT);
}

/* Root does not take a daemon's file away from it. */
static void
test_replace_keeps_owner(void **state)
{
	struct place *place = *state;
	struct stat st;

	if (getuid() != 0)
		skip();
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("one"), 0600), 0);
	assert_int_equal(fchownat(place->fd, "key", 4711, 4712, 0), 0);
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("two"), 0600), 0);
	assert_file(place, "key", "two");
	assert_int_equal(fstatat(place->fd, "key", &st, 0), 0);
	assert_int_equal(st.st_uid, 4711);
	assert_int_equal(st.st_gid, 4712);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* What an earlier crash left beside it, open to all, is not written to. */
static void
test_leftover(void **state)
{
	struct place *place = *state;
	struct stat st;
	int fd = openat(place->fd, "key.new", O_CREAT | O_WRONLY, 0644);

	assert_int_equal(write(fd, "torn", 4), 4);
	close(fd);
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("whole"), 0600), 0);
	assert_file(place, "key", "whole");
	assert_int_equal(fstatat(place->fd, "key", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count_entries(place), 1);
}

/* A link beside it is replaced, not followed. */
static void
test_link(void **state)
{
	struct place *place = *state;

	assert_int_equal(
	    file_replace(place->fd, "other", bytes_of("mine"), 0600), 0);
	assert_int_equal(symlinkat("other", place->fd, "key.new"), 0);
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("x"), 0600), 0);
	assert_file(place, "other", "mine");
	assert_file(place, "key", "x");
}

static void
test_failure_leaves_nothing(void **state)
{
	struct place *place = *state;

	assert_int_equal(mkdirat(place->fd, "key", 0700), 0);
	assert_int_equal(
	    file_replace(place->fd, "key", bytes_of("x"), 0600), -EISDIR);
	assert_int_equal(count_entries(place), 1);
}

static void
test_read_refusals(void **state)
{
	struct place *place = *state;
	uint8_t *data = NULL;
	size_t len;

	assert_int_equal(file_read(place->fd, "none", 8, &data, &len), -ENOENT);
	assert_int_equal(mkdirat(place->fd, "directory", 0700), 0);
	assert_int_equal(
	    file_read(place->fd, "directory", 8, &data, &len), -EISDIR);
	assert_int_equal(mkfifoat(place->fd, "fifo", 0600), 0);
	assert_int_equal(file_read(place->fd, "fifo", 8, &data, &len), -EINVAL);
	assert_int_equal(
	    file_replace(place->fd, "nine", bytes_of("123456789"), 0600), 0);
	assert_int_equal(file_read(place->fd, "nine", 8, &data, &len), -EFBIG);
	assert_null(data);
	assert_int_equal(file_read(place->fd, "nine", 9, &data, &len), 0);
	assert_int_equal(len, 9);
	free(data);
}

#define TEST_IN_PLACE(function) \
	cmocka_unit_test_setup_teardown(function, place_make, place_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(test_replace),
		TEST_IN_PLACE(test_replace_in_a_directory),
		TEST_IN_PLACE(test_replace_keeps_owner),
		TEST_IN_PLACE(test_leftover),
		TEST_IN_PLACE(test_link),
		TEST_IN_PLACE(test_failure_leaves_nothing),
		TEST_IN_PLACE(test_read_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
