#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/identity/identity_file.h"

#define NAME "data/identity.key"

struct place {
	char path[64];
	int dirfd;
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->path, "/tmp/identity_file_test.XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->dirfd = open(place->path, O_RDONLY | O_DIRECTORY);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	unlinkat(place->dirfd, NAME, 0);
	unlinkat(place->dirfd, NAME, AT_REMOVEDIR);
	unlinkat(place->dirfd, "data", AT_REMOVEDIR);
	close(place->dirfd);
	rmdir(place->path);
	free(place);
	return 0;
}

static void
test_made_once(void **state)
{
	struct place *place = *state;
	struct identity_key first, second;
	struct stat st;
	char *why = NULL;
	bool made;

	assert_int_equal(
	    identity_file_open(place->dirfd, NAME, &first, &made, &why), 0);
	assert_true(made);
	assert_int_equal(fstatat(place->dirfd, NAME, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, IDENTITY_FILE_SIZE);
	assert_int_equal(fstatat(place->dirfd, "data", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_false(identity_file_is_exposed(place->dirfd, NAME));
	assert_int_equal(
	    identity_file_open(place->dirfd, NAME, &second, &made, &why), 0);
	assert_false(made);
	assert_memory_equal(&first, &second, sizeof(first));
	assert_int_equal(fchmodat(place->dirfd, NAME, 0640, 0), 0);
	assert_true(identity_file_is_exposed(place->dirfd, NAME));
}

/* A torn file of a crash does not stop a new key from being made. */
static void
test_crash_before_rename(void **state)
{
	struct place *place = *state;
	struct identity_key key;
	char *why = NULL;
	bool made;

	assert_int_equal(mkdirat(place->dirfd, "data", 0700), 0);
	assert_int_equal(
	    file_replace(place->dirfd, NAME ".new", bytes_of("x"), 0644), 0);
	assert_int_equal(
	    identity_file_open(place->dirfd, NAME, &key, &made, &why), 0);
	assert_true(made);
}

static void
assert_kept(struct place *place, struct bytes content)
{
	struct identity_key key;
	uint8_t *data;
	char *why = NULL;
	size_t len;
	bool made;

	assert_int_equal(file_replace(place->dirfd, NAME, content, 0600), 0);
	assert_int_equal(
	    identity_file_open(place->dirfd, NAME, &key, &made, &why),
	    -EKEYREJECTED);
	assert_non_null(strstr(why, NAME));
	free(why);
	assert_int_equal(
	    file_read(place->dirfd, NAME, 1 << 20, &data, &len), 0);
	assert_true(bytes_equal((struct bytes){ data, len }, content));
	free(data);
}

static void
test_damaged_is_kept(void **state)
{
	struct place *place = *state;
	uint8_t file[IDENTITY_FILE_MAX + 1] = { 0 };
	struct identity_key key;

	assert_int_equal(mkdirat(place->dirfd, "data", 0700), 0);
	identity_key_make(&key);
	identity_key_encode(&key, file);
	assert_kept(place, bytes_of(""));
	assert_kept(place, bytes_of("garbage"));
	assert_kept(place, (struct bytes){ file, IDENTITY_FILE_SIZE - 1 });
	assert_kept(place, (struct bytes){ file, sizeof(file) });
	file[40] ^= 1; /* the public half */
	assert_kept(place, (struct bytes){ file, IDENTITY_FILE_SIZE });
}

static void
test_directory_in_its_place(void **state)
{
	struct place *place = *state;
	struct identity_key key;
	char *why = NULL;
	bool made;

	assert_int_equal(mkdirat(place->dirfd, "data", 0700), 0);
	assert_int_equal(mkdirat(place->dirfd, NAME, 0700), 0);
	assert_int_equal(
	    identity_file_open(place->dirfd, NAME, &key, &made, &why),
	    -EKEYREJECTED);
	free(why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_made_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_crash_before_rename, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_damaged_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_directory_in_its_place, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
