/* The data API before a goopd that answers, refuses, dies and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/data_scene.h"

#define OF_SELF  "/api/p/" SCENE_SELF "/data/"
#define OF_OTHER "/api/p/" SCENE_OTHER "/data/"

/* clang-format off */
static const struct {
	const char *name, *method, *path, *body;
	int status;
	const char *answer; /* the body's beginning */
} calls[] = {
	{ "tables",          "GET",  "/api/data/tables", "", 200, "{\"op\":\"tables\"}\n" },
	{ "tables, posted",  "POST", "/api/data/tables", "{}", 200, "{\"op\":\"tables\"}\n" },
	{ "of a peer",       "GET",  OF_OTHER "orm-schema", "", 200, "{\"op\":\"orm-schema\"}\n" },
	{ "rows",            "POST", "/api/data/find", "{\"table\":\"echo\"}", 200, "{\"table\":\"echo\",\"op\":\"query\"}\n" },
	{ "nothing",         "POST", "/api/data/find-one", "{\"table\":\"none\"}", 200, "null\n" },
	{ "an insert",       "POST", "/api/data/insert", "{\"table\":\"echo\"}", 200, "{\"table\":\"echo\",\"op\":\"insert\",\"request_id\":\"" },
	{ "its own id",      "POST", "/api/data/insert", "{\"table\":\"echo\",\"request_id\":\"x\"}", 200, "{\"table\":\"echo\",\"request_id\":\"x\",\"op\":\"insert\"}\n" },
	{ "by own peer id",  "POST", OF_SELF "insert", "{\"table\":\"echo\"}", 200, "{\"table\":\"echo\",\"op\":\"insert\",\"request_id\":\"" },
	{ "at a peer",       "POST", OF_OTHER "insert", "{\"table\":\"echo\"}", 200, "{\"table\":\"echo\",\"op\":\"insert\"}\n" },
	{ "trash",           "GET",  "/api/data/trash", "", 200, "{\"op\":\"trash\"}\n" },
	{ "no such call",    "POST", "/api/data/finds", "{}", 404, "no such call\n" },
	{ "trash of a peer", "GET",  OF_OTHER "trash", "", 404, "no such call\n" },
	{ "events of a peer", "GET", OF_OTHER "events", "", 404, "no such call\n" },
	{ "no peer",         "GET",  "/api/p/x/data/tables", "", 400, "not a peer id\n" },
	{ "read by GET",     "GET",  "/api/data/find", "", 405, "method not allowed\n" },
	{ "trash by POST",   "POST", "/api/data/trash", "{}", 405, "method not allowed\n" },
	{ "by PUT",          "PUT",  "/api/data/tables", "{}", 405, "method not allowed\n" },
	{ "by DELETE",       "DELETE", "/api/data/delete", "{}", 405, "method not allowed\n" },
	{ "no JSON",         "POST", "/api/data/find", "table", 400, "invalid json: " },
	{ "no body",         "POST", "/api/data/find", "", 400, "invalid json: " },
	{ "bad request",     "POST", "/api/data/find", "{\"table\":\"refuse\",\"id\":1,\"where\":\"table name required\"}", 400, "table name required\n" },
	{ "not found",       "POST", "/api/data/find", "{\"table\":\"refuse\",\"id\":2,\"where\":\"no such table: x\"}", 404, "no such table: x\n" },
	{ "forbidden",       "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":3,\"where\":\"query not allowed\"}", 403, "query not allowed\n" },
	{ "unreachable",     "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":4,\"where\":\"cannot be reached\"}", 502, "cannot be reached\n" },
	{ "timeout",         "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":5,\"where\":\"took longer\"}", 504, "took longer\n" },
	{ "busy",            "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":6,\"where\":\"too many\"}", 503, "too many\n" },
	{ "too often",       "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":9,\"where\":\"rate limit exceeded\"}", 429, "rate limit exceeded\n" },
	{ "too large",       "POST", OF_OTHER "find", "{\"table\":\"refuse\",\"id\":7,\"where\":\"more than 10000 rows\"}", 413, "more than 10000 rows\n" },
	{ "internal",        "POST", "/api/data/find", "{\"table\":\"refuse\",\"id\":8,\"where\":\"the disk is full\"}", 500, "the disk is full\n" },
	{ "without words",   "POST", "/api/data/find", "{\"table\":\"refuse\",\"id\":8,\"where\":\"\"}", 500, "internal\n" },
	{ "export of none",  "GET",  "/api/data/export", "", 400, "table name required\n" },
};
/* clang-format on */

static int
status_of(const char *answer)
{
	return strncmp(answer, "HTTP/1.1 ", 9) == 0 ? atoi(answer + 9) : 0;
}

static const char *
body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	assert_non_null(end);
	return end + 4;
}

static void
test_calls(void **state)
{
	struct data_scene *scene = *state;
	char *answer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		answer = data_scene_call(
		    scene, calls[i].method, calls[i].path, calls[i].body, NULL);
		if (status_of(answer) != calls[i].status ||
		    strncmp(body_of(answer), calls[i].answer,
			strlen(calls[i].answer)) != 0)
			fail_msg("%s: %s", calls[i].name, answer);
		free(answer);
	}
}

static void
test_headers(void **state)
{
	struct data_scene *scene = *state;
	char *answer =
	    data_scene_call(scene, "GET", "/api/data/tables", "", NULL);

	assert_non_null(strstr(answer, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(answer, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(answer, "X-Origin: scene\r\n"));
	assert_non_null(strstr(answer, "Content-Length: 16\r\n"));
	free(answer);
	answer = data_scene_call(scene, "PUT", "/api/data/tables", "", NULL);
	assert_non_null(strstr(answer, "Allow: GET, POST\r\n"));
	free(answer);
	answer = data_scene_call(scene, "POST", "/api/data/find",
	    "{\"table\":\"refuse\",\"id\":6,\"where\":\"too many\"}", NULL);
	assert_non_null(strstr(answer, "Retry-After: 2\r\n"));
	free(answer);
}

static void
test_whom(void **state)
{
	struct data_scene *scene = *state;

	free(data_scene_call(scene, "GET", "/api/data/tables", "", NULL));
	assert_string_equal(scene->peer, SCENE_SELF);
	free(data_scene_call(scene, "GET", OF_OTHER "tables", "", NULL));
	assert_string_equal(scene->peer, SCENE_OTHER);
}

/* As much as there is room for on the bus, and more. */
static void
test_large_requests(void **state)
{
	static const struct {
		int length, status;
	} cases[] = { { 900 * 1024, 200 }, { 970 * 1024, 413 } };
	struct data_scene *scene = *state;
	char *body, *answer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		body = xasprintf("{\"table\":\"none\",\"where\":\"%0*d\"}",
		    cases[i].length, 1);
		answer = data_scene_call(
		    scene, "POST", "/api/data/find", body, NULL);
		assert_int_equal(status_of(answer), cases[i].status);
		free(body);
		free(answer);
	}
}

/* --- answers by ticket */

static void
test_large(void **state)
{
	struct data_scene *scene = *state;
	size_t len;
	char *answer = data_scene_call(scene, "POST", "/api/data/find",
	    "{\"table\":\"large\",\"limit\":2000000}", &len);
	const char *body = body_of(answer);

	assert_int_equal(status_of(answer), 200);
	assert_non_null(strstr(answer, "Content-Length: 2000001\r\n"));
	assert_int_equal(len - (size_t)(body - answer), 2000001);
	assert_int_equal(strspn(body, "x"), 2000000);
	assert_string_equal(body + 2000000, "\n");
	free(answer);
}

/* The client must not take the part for the whole. */
static void
test_cut(void **state)
{
	struct data_scene *scene = *state;
	size_t len;
	char *answer = data_scene_call(scene, "POST", "/api/data/find",
	    "{\"table\":\"cut\",\"limit\":1000000}", &len);

	assert_non_null(strstr(answer, "Content-Length: 1000001\r\n"));
	assert_true(len < 1000001);
	free(answer);
}

/* --- goopd dies */

static void
test_change_is_made_once(void **state)
{
	struct data_scene *scene = *state;
	char *answer = data_scene_call(
	    scene, "POST", "/api/data/insert", "{\"table\":\"dying\"}", NULL);

	assert_int_equal(status_of(answer), 200);
	assert_string_equal(
	    body_of(answer), "{\"status\":\"inserted\",\"id\":1}\n");
	assert_int_equal(scene->asked, 2);
	assert_int_equal(scene->applied_count, 1);
	assert_int_equal(strlen(scene->applied[0]), 32);
	free(answer);
}

static void
test_changes_have_ids_of_their_own(void **state)
{
	struct data_scene *scene = *state;
	int i;

	for (i = 0; i < 2; i++)
		free(data_scene_call(scene, "POST", OF_SELF "insert",
		    "{\"table\":\"dying\"}", NULL));
	assert_int_equal(scene->applied_count, 2);
	assert_string_not_equal(scene->applied[0], scene->applied[1]);
}

static void
test_change_of_a_peer_is_not_repeated(void **state)
{
	struct data_scene *scene = *state;
	char *answer = data_scene_call(
	    scene, "POST", OF_OTHER "insert", "{\"table\":\"dying\"}", NULL);

	assert_int_equal(status_of(answer), 502);
	assert_non_null(strstr(answer, "it is not known whether"));
	assert_int_equal(scene->asked, 1);
	free(answer);
}

static void
test_question_to_a_peer_is_repeated(void **state)
{
	struct data_scene *scene = *state;
	char *answer = data_scene_call(scene, "POST", OF_OTHER "find",
	    "{\"table\":\"dying\",\"request_id\":\"x\"}", NULL);

	assert_int_equal(status_of(answer), 200);
	assert_int_equal(scene->asked, 2);
	free(answer);
}

static void
test_asks_when_goopd_is_back(void **state)
{
	struct data_scene *scene = *state;
	char *answer;

	data_scene_restart_goopd(scene);
	while (goopd_client_is_up(scene->viewer.goopd))
		event_base_loop(scene->base, EVLOOP_ONCE);
	answer = data_scene_call(
	    scene, "POST", OF_OTHER "insert", "{\"table\":\"echo\"}", NULL);
	assert_int_equal(status_of(answer), 200);
	assert_int_equal(scene->asked, 1);
	free(answer);
}

/* --- how many at a time */

static int
keep_waiting(struct data_scene *scene)
{
	int want = scene->asked + 1;
	int fd = data_scene_send(scene,
	    "POST /api/data/find HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 16\r\n\r\n{\"table\":\"kept\"}");

	while (scene->asked < want)
		event_base_loop(scene->base, EVLOOP_ONCE);
	return fd;
}

static void
test_limit(void **state)
{
	struct data_scene *scene = *state;
	int fds[SCENE_QUERIES], i;
	char *answer;

	for (i = 0; i < SCENE_QUERIES; i++)
		fds[i] = keep_waiting(scene);
	answer = data_scene_call(scene, "GET", "/api/data/tables", "", NULL);
	assert_int_equal(status_of(answer), 503);
	assert_non_null(strstr(answer, "Retry-After: 2\r\n"));
	free(answer);
	/* Who leaves makes room. */
	close(fds[0]);
	while (http_server_connections(scene->viewer.http) > 1)
		event_base_loop(scene->base, EVLOOP_ONCE);
	answer = data_scene_call(scene, "GET", "/api/data/tables", "", NULL);
	assert_int_equal(status_of(answer), 200);
	free(answer);
	close(fds[1]);
}

/* --- downloads */

static void
test_export(void **state)
{
	static const struct {
		const char *format, *type, *body;
	} cases[] = {
		{ "csv", "Content-Type: text/csv; charset=utf-8\r\n",
		    "_id\r\n1\r\n2\r\n3\r\n4\r\n5\r\n" },
		{ "json", "Content-Type: application/json\r\n",
		    "[\n{\"_id\":1},\n{\"_id\":2},\n{\"_id\":3},\n"
		    "{\"_id\":4},\n{\"_id\":5}\n]\n" },
	};
	struct data_scene *scene = *state;
	char request[256], *answer, plain[512];
	const char *at;
	size_t i, len, used;
	int fd;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(request, sizeof(request),
		    "GET /api/data/export?table=rows&format=%s HTTP/1.1\r\n"
		    "Host: a\r\nConnection: close\r\n\r\n",
		    cases[i].format);
		fd = data_scene_send(scene, request);
		answer = data_scene_read(scene, fd, "", NULL);
		close(fd);
		assert_non_null(strstr(answer, cases[i].type));
		snprintf(request, sizeof(request),
		    "Content-Disposition: attachment; filename=\"rows.%s\"\r\n",
		    cases[i].format);
		assert_non_null(strstr(answer, request));
		used = 0;
		for (at = body_of(answer); (len = strtoul(at, NULL, 16)) > 0;
		     at += len + 2) {
			at = strstr(at, "\r\n") + 2;
			memcpy(plain + used, at, len);
			used += len;
		}
		plain[used] = '\0';
		assert_string_equal(plain, cases[i].body);
		free(answer);
	}
	assert_in_range(scene->pages, 2 * 2, 2 * SCENE_ROWS);
}

/* A download that fails in the middle does not end as if it were whole. */
static void
test_export_breaks_off(void **state)
{
	static const char *const tables[] = { "late", "odd" };
	struct data_scene *scene = *state;
	char path[128], *answer;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		snprintf(path, sizeof(path),
		    "/api/data/export?table=%s&format=csv", tables[i]);
		answer = data_scene_call(scene, "GET", path, "", NULL);
		assert_null(strstr(answer, "\r\n0\r\n\r\n"));
		free(answer);
	}
}

static void
test_export_is_refused(void **state)
{
	struct data_scene *scene = *state;
	char *answer = data_scene_call(
	    scene, "GET", "/api/data/export?table=odd&format=csv", "", NULL);

	assert_int_equal(status_of(answer), 500);
	free(answer);
}

/* --- events */

static void
tell(struct data_scene *scene, const char *table)
{
	struct data_change change = { (char *)(uintptr_t)table };

	publish_data_changed(scene->server, &change);
}

static void
test_events(void **state)
{
	static const char *const paths[] = { "/api/data/events",
		OF_SELF "events" };
	struct data_scene *scene = *state;
	char request[256];
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		snprintf(request, sizeof(request),
		    "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
		fd = data_scene_send(scene, request);
		free(data_scene_read(
		    scene, fd, "event: snapshot\ndata: {}\n", NULL));
		tell(scene, "notes");
		free(data_scene_read(scene, fd,
		    "event: changed\ndata: {\"table\":\"notes\"}\n", NULL));
		tell(scene, "");
		free(data_scene_read(
		    scene, fd, "event: snapshot\ndata: {}\n", NULL));
		data_scene_restart_goopd(scene);
		free(data_scene_read(
		    scene, fd, "event: snapshot\ndata: {}\n", NULL));
		close(fd);
		while (http_server_connections(scene->viewer.http) > 0)
			event_base_loop(scene->base, EVLOOP_ONCE);
	}
}

static void
test_events_are_bounded(void **state)
{
	struct data_scene *scene = *state;
	int fd = data_scene_send(
	    scene, "GET /api/data/events HTTP/1.1\r\nHost: a\r\n\r\n");
	char *answer;

	free(data_scene_read(scene, fd, "event: snapshot", NULL));
	answer = data_scene_call(scene, "GET", "/api/data/events", "", NULL);
	assert_int_equal(status_of(answer), 503);
	free(answer);
	close(fd);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_scene_open, data_scene_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_calls),
		TEST(test_headers),
		TEST(test_whom),
		TEST(test_large_requests),
		TEST(test_large),
		TEST(test_cut),
		TEST(test_change_is_made_once),
		TEST(test_changes_have_ids_of_their_own),
		TEST(test_change_of_a_peer_is_not_repeated),
		TEST(test_question_to_a_peer_is_repeated),
		TEST(test_asks_when_goopd_is_back),
		TEST(test_limit),
		TEST(test_export),
		TEST(test_export_breaks_off),
		TEST(test_export_is_refused),
		TEST(test_events),
		TEST(test_events_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
