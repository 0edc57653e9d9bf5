#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "goopd/site/site.h"

struct place {
	char path[64];
	int dirfd;
	struct site *site;
};

static const char *const private_paths[] = { "data/identity.key", "data.db",
	NULL };
static const char *const directories[] = { "data", "site", "site/dir",
	"site/empty", "site/lua", "site/src", "site/.git", "site/a", "site/odd",
	"site/odd/index.html" };
static const char *const files[] = { "data/identity.key", "data.db",
	"outside.txt", "site/index.html", "site/page.html",
	"site/dir/index.html", "site/lua/s.lua", "site/src/app.js", "site/.env",
	"site/.git/config", "site/a/deep.css", "site/unreadable",
	"site/noextension" };

static void
make(struct place *place, const char *name, const char *content)
{
	assert_int_equal(
	    file_replace(place->dirfd, name, bytes_of(content), 0644), 0);
}

static void
make_socket(struct place *place, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    place->path, name);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void
make_tree(struct place *place)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(directories); i++)
		assert_int_equal(
		    mkdirat(place->dirfd, directories[i], 0755), 0);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		make(place, files[i], "0123456789");
	assert_int_equal(
	    symlinkat("../outside.txt", place->dirfd, "site/link"), 0);
	assert_int_equal(
	    symlinkat("page.html", place->dirfd, "site/inside"), 0);
	assert_int_equal(symlinkat("/", place->dirfd, "site/root"), 0);
	assert_int_equal(symlinkat("../data", place->dirfd, "site/linkdir"), 0);
	assert_int_equal(mkfifoat(place->dirfd, "site/fifo", 0644), 0);
	make_socket(place, "site/socket");
	assert_int_equal(fchmodat(place->dirfd, "site/unreadable", 0, 0), 0);
}

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char *why = NULL;

	strcpy(place->path, "/tmp/site_test.XXXXXX");
	assert_non_null(mkdtemp(place->path));
	assert_int_equal(chmod(place->path, 0755), 0);
	place->dirfd = open(place->path, O_RDONLY | O_DIRECTORY);
	make_tree(place);
	assert_int_equal(
	    site_open(place->dirfd, "site", private_paths, &place->site, &why),
	    0);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;
	char command[128];

	site_free(place->site);
	close(place->dirfd);
	snprintf(command, sizeof(command), "rm -rf %s", place->path);
	assert_int_equal(system(command), 0);
	free(place);
	return 0;
}

/* clang-format off */
static const struct {
	const char *path;
	unsigned int status_1_0, status_1_1;
} cases[] = {
	{ "/",                    200, 200 },
	{ "",                     200, 200 },
	{ "/index.html",          200, 200 },
	{ "/page.html",           200, 200 },
	{ "page.html",            200, 200 },
	{ "/a//./deep.css",       200, 200 },
	{ "/dir/",                200, 200 },
	{ "/dir",                 200, 301 },
	{ "/empty/",              404, 404 },
	{ "/empty",               404, 301 },
	{ "/odd/",                404, 404 },
	{ "/page.html/",          404, 404 },
	{ "/page.html/x",         404, 404 },
	{ "/missing",             404, 404 },
	{ "/../outside.txt",      403, 403 },
	{ "/a/../page.html",      403, 403 },
	{ "../data.db",           403, 403 },
	{ "/%2e%2e/outside.txt",  404, 404 },
	{ "//etc/passwd",         404, 404 },
	{ "/link",                404, 404 },
	{ "/inside",              404, 404 },
	{ "/root/etc/passwd",     404, 404 },
	{ "/linkdir/identity.key", 404, 404 },
	{ "/.env",                403, 403 },
	{ "/.git/config",         403, 403 },
	{ "/lua/s.lua",           403, 403 },
	{ "/LUA/s.lua",           403, 403 },
	{ "\\/lua/s.lua",         403, 403 },
	{ "/src/app.js",          404, 404 },
	{ "/fifo",                404, 404 },
	{ "/socket",              404, 404 },
	{ "/page.html\n",         400, 400 },
};
/* clang-format on */

static unsigned int
status_of(const struct site *site, enum site_version version, const char *path)
{
	struct site_request request = { .is_head = false };
	struct site_answer answer;
	int fd;

	strcpy(request.path, path);
	site_serve(site, version, &request, &answer, &fd);
	assert_int_equal(fd != -1, site_answer_has_body(&answer));
	if (fd != -1)
		close(fd);
	return answer.status;
}

static void
test_paths(void **state)
{
	struct place *place = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].path);
		assert_int_equal(
		    status_of(place->site, SITE_1_0, cases[i].path),
		    cases[i].status_1_0);
		assert_int_equal(
		    status_of(place->site, SITE_1_1, cases[i].path),
		    cases[i].status_1_1);
	}
}

static void
test_unreadable(void **state)
{
	struct place *place = *state;
	uid_t uid = geteuid();

	if (uid == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(status_of(place->site, SITE_1_1, "/unreadable"), 403);
	assert_int_equal(seteuid(uid), 0);
}

static void
serve(const struct site *site, const struct site_request *request,
    struct site_answer *answer, int *fd)
{
	site_serve(site, SITE_1_1, request, answer, fd);
}

/* In place, with the time of the file set back, as rsync -t and tar do. */
static void
rewrite_in_the_past(
    const struct place *place, const char *name, const char *content)
{
	static const struct timespec past[2] = { { .tv_sec = 1 },
		{ .tv_sec = 1 } };
	int fd = openat(place->dirfd, name, O_WRONLY | O_TRUNC);

	usleep(20000); /* a tick of the file system's clock */
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(futimens(fd, past), 0);
	close(fd);
}

static void
test_describes(void **state)
{
	struct place *place = *state;
	struct site_request request = { .path = "/page.html" };
	struct site_answer first, second;
	int fd;

	serve(place->site, &request, &first, &fd);
	close(fd);
	assert_string_equal(first.type, "text/html; charset=utf-8");
	assert_int_equal(first.size, 10);
	assert_int_equal(first.length, 10);
	assert_true(first.ranges);
	assert_int_equal(strlen(first.modified), 29);
	strcpy(request.if_none_match, first.etag);
	serve(place->site, &request, &second, &fd);
	assert_int_equal(second.status, 304);
	assert_int_equal(fd, -1);
	make(place, "site/page.html", "9876543210"); /* same size */
	serve(place->site, &request, &second, &fd);
	close(fd);
	assert_int_equal(second.status, 200);
	assert_string_not_equal(first.etag, second.etag);
	rewrite_in_the_past(place, "site/page.html", "1111111111");
	serve(place->site, &request, &first, &fd);
	close(fd);
	rewrite_in_the_past(place, "site/page.html", "2222222222");
	serve(place->site, &request, &second, &fd);
	close(fd);
	assert_string_equal(first.modified, second.modified);
	assert_string_not_equal(first.etag, second.etag);
	strcpy(request.path, "/noextension");
	serve(place->site, &request, &second, &fd);
	close(fd);
	assert_string_equal(second.type, "text/plain; charset=utf-8");
}

static void
test_range_and_head(void **state)
{
	struct place *place = *state;
	struct site_request request = { .path = "/page.html",
		.range = "bytes=3-5" };
	struct site_answer answer;
	int fd;

	serve(place->site, &request, &answer, &fd);
	close(fd);
	assert_int_equal(answer.status, 206);
	assert_int_equal(answer.from, 3);
	assert_int_equal(answer.length, 3);
	strcpy(request.range, "bytes=10-");
	serve(place->site, &request, &answer, &fd);
	assert_int_equal(answer.status, 416);
	assert_int_equal(fd, -1);
	request =
	    (struct site_request){ .is_head = true, .path = "/page.html" };
	serve(place->site, &request, &answer, &fd);
	assert_int_equal(answer.status, 200);
	assert_int_equal(answer.length, 10);
	assert_int_equal(fd, -1);
}

/* The original's client fails on more, after the head: better say so. */
static void
test_too_large_for_1_0(void **state)
{
	struct place *place = *state;
	int fd = openat(place->dirfd, "site/large", O_CREAT | O_WRONLY, 0644);

	assert_int_equal(ftruncate(fd, SITE_1_0_BODY_MAX), 0);
	assert_int_equal(status_of(place->site, SITE_1_0, "/large"), 200);
	assert_int_equal(ftruncate(fd, SITE_1_0_BODY_MAX + 1), 0);
	assert_int_equal(status_of(place->site, SITE_1_0, "/large"), 413);
	assert_int_equal(status_of(place->site, SITE_1_1, "/large"), 200);
	close(fd);
}

/* clang-format off */
static const struct { const char *name, *root; int want; } roots[] = {
	{ "a directory of its own", "site",  0 },
	{ "missing, is made",       "new",   0 },
	{ "the peer directory",     ".",     -EKEYREJECTED },
	{ "the key's directory",    "data",  -EKEYREJECTED },
	{ "everything",             "/",     -EKEYREJECTED },
	{ "a link to the key's",    "site/linkdir", -EKEYREJECTED },
	{ "a file",                 "outside.txt", -ENOTDIR },
};
/* clang-format on */

static void
test_roots(void **state)
{
	struct place *place = *state;
	struct site *site;
	size_t i;
	char *why;
	int rc;

	for (i = 0; i < ARRAY_SIZE(roots); i++) {
		print_message("case: %s\n", roots[i].name);
		why = NULL;
		rc = site_open(
		    place->dirfd, roots[i].root, private_paths, &site, &why);
		assert_int_equal(rc, roots[i].want);
		if (rc == 0)
			site_free(site);
		else
			assert_non_null(strstr(why, "paths.site_root"));
		free(why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_describes, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_range_and_head, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_too_large_for_1_0, setup, teardown),
		cmocka_unit_test_setup_teardown(test_roots, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
