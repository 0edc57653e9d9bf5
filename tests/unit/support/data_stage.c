#include "tests/unit/support/data_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"

enum { PEERS = 16 };

static struct peer_id
peer_of(int number)
{
	uint8_t multihash[34] = { 0x12, 0x20 };
	struct peer_id id;

	multihash[2] = (uint8_t)(number + 1);
	assert_int_equal(
	    peer_id_decode((struct bytes){ multihash, 34 }, &id), 0);
	return id;
}

struct data_caller
data_stage_caller(const struct data_stage *stage, int number)
{
	struct data_caller caller = {
		.peer = number == 0 ? stage->self : peer_of(number),
		.is_owner = number == 0,
	};

	snprintf(caller.email, sizeof(caller.email), "p%d@example.org", number);
	return caller;
}

const char *
data_stage_peer(const struct data_stage *stage, int number)
{
	static char texts[PEERS][PEER_ID_TEXT_SIZE];
	struct data_caller caller = data_stage_caller(stage, number);

	peer_id_print(&caller.peer, texts[number]);
	return texts[number];
}

/* --- open and close */

static void
on_changed(const char *table, void *arg)
{
	struct data_stage *stage = arg;
	size_t len = strlen(stage->changes);

	snprintf(
	    stage->changes + len, sizeof(stage->changes) - len, "%s,", table);
}

static void
on_trouble(void *arg)
{
	struct data_stage *stage = arg;

	stage->troubles++;
}

static const struct store_listener listener = { on_changed, on_trouble };

void
data_stage_open(struct data_stage *stage)
{
	assert_int_equal(
	    store_open(stage->dirfd, &stage->self, &stage->store), 0);
	store_limit_visitors(stage->store, stage->visitors_max_bytes);
	assert_int_equal(
	    store_start(stage->store, stage->base, &listener, stage), 0);
}

void
data_stage_close(struct data_stage *stage)
{
	store_free(stage->store);
	stage->store = NULL;
}

void
data_stage_restart(struct data_stage *stage)
{
	data_stage_close(stage);
	data_stage_open(stage);
}

int
data_stage_prepare(void **state)
{
	struct data_stage *stage = xzalloc(sizeof(*stage));
	const char *parent = getenv("TMPDIR");

	snprintf(stage->directory, sizeof(stage->directory),
	    "%s/data_test.XXXXXX", parent != NULL ? parent : "/tmp");
	assert_non_null(mkdtemp(stage->directory));
	snprintf(
	    stage->path, sizeof(stage->path), "%s/data.db", stage->directory);
	stage->dirfd = open(stage->directory, O_RDONLY | O_DIRECTORY);
	assert_true(stage->dirfd >= 0);
	stage->self = peer_of(0);
	stage->base = event_base_new();
	*state = stage;
	return 0;
}

int
data_stage_begin(void **state)
{
	data_stage_prepare(state);
	data_stage_open(*state);
	return 0;
}

int
data_stage_end(void **state)
{
	static const char *const names[] = { "data.db", "data.db-wal",
		"data.db-shm", "data.db-journal" };
	struct data_stage *stage = *state;
	size_t i;

	data_stage_close(stage);
	event_base_free(stage->base);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(stage->dirfd, names[i], 0);
	close(stage->dirfd);
	rmdir(stage->directory);
	free(stage->answer);
	free(stage);
	return 0;
}

/* --- asking */

static void
on_done(struct data_answer *answer, void *arg)
{
	struct data_stage *stage = arg;
	struct bytes data = buffer_bytes(&answer->data);

	free(stage->answer);
	stage->answer =
	    answer->code == BUS_OK
		? xstrndup(
		      data.len > 0 ? (const char *)data.data : "", data.len)
		: xasprintf(
		      "%s: %s", bus_code_name(answer->code), answer->error);
	event_base_loopbreak(stage->base);
}

static const char *
ask(struct data_stage *stage, int number, const char *request)
{
	struct data_caller caller = data_stage_caller(stage, number);
	struct data_body body = { .is_line = true, .json = bytes_of(request) };

	free(stage->answer);
	stage->answer = NULL;
	store_ask(stage->store, &caller, &body, on_done, stage);
	while (stage->answer == NULL)
		event_base_loop(stage->base, EVLOOP_ONCE);
	return stage->answer;
}

/* In place. */
static char *
requote(char *text)
{
	char *at;

	for (at = text; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
		else if (*at == '`')
			*at = '\'';
	}
	return text;
}

const char *
data_ask_as(struct data_stage *stage, int caller, const char *format, ...)
{
	char *request = NULL;
	const char *answer;
	va_list arguments;

	va_start(arguments, format);
	assert_true(vasprintf(&request, format, arguments) > 0);
	va_end(arguments);
	answer = ask(stage, caller, requote(request));
	free(request);
	return answer;
}

static bool
fits(const char *got, const char *want)
{
	size_t len = strlen(want);

	if (len > 0 && want[len - 1] == '*')
		return !strncmp(got, want, len - 1);
	return !strcmp(got, want);
}

void
data_play(struct data_stage *stage, const struct data_line *lines, size_t count)
{
	const char *got;
	char *want;
	size_t i;

	for (i = 0; i < count; i++) {
		got =
		    data_ask_as(stage, lines[i].caller, "%s", lines[i].request);
		want = requote(xstrdup(lines[i].want));
		if (!fits(got, want))
			fail_msg("line %zu, as %d: %s\n got  %s\n want %s", i,
			    lines[i].caller, lines[i].request, got, want);
		free(want);
	}
}

/* --- the file */

void
data_stage_sql(struct data_stage *stage, const char *sql)
{
	char *error = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(stage->path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", sql, error);
	sqlite3_close(db);
}

const char *
data_stage_value(struct data_stage *stage, const char *sql)
{
	static char value[1024];
	const char *text = NULL;
	sqlite3_stmt *row;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(stage->path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(row, 0);
	if (text != NULL)
		snprintf(value, sizeof(value), "%s", text);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return text == NULL ? NULL : value;
}
