/* The store where things go wrong around a request: transactions that SQLite
 * gives up, trash that cannot be read, views of tables that are gone, readers
 * that do not end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/database.h"
#include "goopd/data/store/store_work.h"
#include "goopd/data/ops/trash.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN };

/* --- somebody else's program on the same file */

static sqlite3 *
open_other(const struct data_stage *stage, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(stage->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	return db;
}

/* --- several at once */

struct reply {
	char text[1024];
	unsigned int *left;
};

static void
on_reply(struct data_answer *answer, void *arg)
{
	struct bytes data = buffer_bytes(&answer->data);
	struct reply *reply = arg;

	if (answer->code == BUS_OK)
		snprintf(reply->text, sizeof(reply->text), "%.*s",
		    (int)data.len, (const char *)data.data);
	else
		snprintf(reply->text, sizeof(reply->text), "%s: %s",
		    bus_code_name(answer->code), answer->error);
	--*reply->left;
}

static void
ask(struct data_stage *stage, int number, const char *request,
    struct reply *reply)
{
	struct data_caller caller = data_stage_caller(stage, number);
	struct data_body body = { .is_line = true, .json = bytes_of(request) };

	++*reply->left;
	store_ask(stage->store, &caller, &body, on_reply, reply);
}

/* Of the requests that are in one transaction, one makes SQLite give it up. */
static void
one_ends_the_transaction_of_all(void **state)
{
	static const char fine[] =
	    "{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a\":\"fine\"}}";
	static const char *const bad[] = {
		"{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a\":\"bad\"}}",
		"{\"op\":\"insert\",\"table\":\"t\",\"data\":{\"a\":\"bad\"},"
		"\"request_id\":\"1\"}",
	};
	struct data_stage *stage = *state;
	unsigned int left = 0;
	struct reply first = { .left = &left }, second = { .left = &left };
	sqlite3 *other;
	size_t i;

	data_ask_as(stage, OWNER,
	    "{'op':'create-table','name':'t','policy':'open',"
	    "'column_defs':[{'name':'a','type':'TEXT'}]}");
	data_stage_sql(stage,
	    "CREATE TRIGGER no_bad BEFORE INSERT ON t WHEN new.a = 'bad'"
	    " BEGIN SELECT RAISE(ROLLBACK, 'this is bad'); END");
	for (i = 0; i < 2; i++) {
		/* The writer waits with the first, the second joins it. Both
		 * are new each time, so that they are served in this order. */
		other = open_other(stage, "BEGIN IMMEDIATE");
		ask(stage, 1 + 2 * (int)i, fine, &first);
		ask(stage, 2 + 2 * (int)i, bad[i], &second);
		sqlite3_close(other);
		while (left > 0)
			event_base_loop(stage->base, EVLOOP_ONCE);
		assert_string_equal(second.text, "bad_request: this is bad");
		assert_string_equal(first.text,
		    "busy: it was undone together with another change: "
		    "try again");
	}
	assert_string_equal(
	    data_ask_as(stage, ANN, "{'op':'count','table':'t'}"),
	    "{\"count\":0}");
}

/* --- trash that cannot be read to its end */

static void
undo_is_whole_or_not_at_all(void **state)
{
	struct data_stage *stage = *state;

	data_ask_as(stage, OWNER,
	    "{'op':'create-table','name':'t',"
	    "'column_defs':[{'name':'a','type':'TEXT'}]}");
	data_ask_as(
	    stage, OWNER, "{'op':'insert','table':'t','data':{'a':'first'}}");
	data_ask_as(
	    stage, OWNER, "{'op':'insert','table':'t','data':{'a':'second'}}");
	assert_string_equal(data_ask_as(stage, OWNER,
				"{'op':'delete-where','table':'t',"
				"'where':'_id > 0'}"),
	    "{\"affected\":2}");
	data_stage_sql(stage,
	    "ALTER TABLE _trash_rows RENAME TO kept;"
	    "CREATE TABLE _trash_rows (trash_id, raw);"
	    "INSERT INTO _trash_rows SELECT * FROM kept;"
	    "ALTER TABLE _trash_rows ADD COLUMN row_json AS (CASE WHEN raw"
	    " LIKE '%second%' THEN abs(-9223372036854775808) ELSE raw END);"
	    "DROP TABLE kept");
	assert_string_equal(data_ask_as(stage, OWNER, "{'op':'undo','id':1}"),
	    "bad_request: integer overflow");
	assert_string_equal(
	    data_ask_as(stage, OWNER, "{'op':'count','table':'t'}"),
	    "{\"count\":0}");
	assert_string_equal(
	    data_stage_value(stage, "SELECT count(*) FROM _trash_rows"), "2");
}

/* --- what the trash holds is counted, not looked through */

enum { OLD_ROWS = TRASH_ROWS_MAX - 1 };

/* Deletes that fail count for nothing, those that do not make the oldest go. */
static void
trash_keeps_its_bound_over_failures(void **state)
{
	struct data_stage *stage = *state;
	char sql[512];
	int i;

	data_ask_as(stage, OWNER,
	    "{'op':'create-table','name':'t',"
	    "'column_defs':[{'name':'a','type':'TEXT'}]}");
	data_stage_close(stage);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO t (_owner, a) VALUES ('', 'a'), ('', 'b'), ('', 'c');"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	    " WHERE i < %d) INSERT INTO _trash (at_ms, kind, table_name,"
	    " count, bytes, by_peer, text) SELECT unixepoch() * 1000, 'row',"
	    " 't', 1, 10, '', '' FROM n",
	    OLD_ROWS);
	data_stage_sql(stage, sql);
	data_stage_open(stage);
	for (i = 0; i < 3; i++)
		assert_string_equal(data_ask_as(stage, OWNER,
					"{'op':'delete','table':'t','id':9}"),
		    "not_found: row not found or not owned by caller");
	for (i = 1; i <= 3; i++)
		assert_string_equal(
		    data_ask_as(
			stage, OWNER, "{'op':'delete','table':'t','id':%d}", i),
		    "{\"status\":\"deleted\"}");
	assert_string_equal(
	    data_stage_value(stage, "SELECT sum(count) FROM _trash"), "100000");
	assert_string_equal(
	    data_stage_value(stage, "SELECT min(id) FROM _trash"), "3");
}

/* --- a table goes that the writer has looked into */

static void
tables_are_renamed_after_another_is_gone(void **state)
{
	struct data_stage *stage = *state;

	data_ask_as(stage, OWNER, "{'op':'create-table','name':'a'}");
	data_ask_as(stage, OWNER, "{'op':'create-table','name':'b'}");
	assert_string_equal(data_ask_as(stage, OWNER,
				"{'op':'delete-where','table':'a',"
				"'where':'_id > 0'}"),
	    "{\"affected\":0}");
	data_stage_sql(stage, "DROP TABLE a");
	assert_string_equal(
	    data_ask_as(stage, OWNER,
		"{'op':'rename-table','old_name':'b','new_name':'c'}"),
	    "{\"status\":\"renamed\",\"new_name\":\"c\"}");
	assert_string_equal(
	    data_ask_as(stage, OWNER, "{'op':'delete-table','table':'c'}"),
	    "{\"status\":\"deleted\",\"table\":\"c\"}");
}

/* --- a day later */

enum { TRIES = 500 };

/* Tables of other programs may refer to one that goes. */
static void
what_is_referred_to_is_purged(void **state)
{
	struct data_stage *stage = *state;
	const char *left = "";
	int i;

	data_ask_as(stage, OWNER, "{'op':'create-table','name':'parent'}");
	data_ask_as(stage, OWNER, "{'op':'create-table','name':'other'}");
	data_stage_sql(stage, "CREATE TABLE child (p REFERENCES parent (_id));"
			      "INSERT INTO parent (_owner) VALUES ('');"
			      "INSERT INTO child VALUES (1)");
	assert_string_equal(
	    data_ask_as(stage, OWNER, "{'op':'delete-table','table':'parent'}"),
	    "{\"status\":\"deleted\",\"table\":\"parent\"}");
	data_stage_close(stage);
	data_stage_sql(stage, "UPDATE _trash SET at_ms = 0");
	data_stage_open(stage);
	for (i = 0; i < TRIES && strcmp(left, "0") != 0; i++) {
		data_ask_as(stage, OWNER,
		    "{'op':'upsert','table':'other','key_col':'_id',"
		    "'data':{}}");
		left = data_stage_value(stage, "SELECT count(*) FROM _trash");
	}
	assert_string_equal(left, "0");
	assert_string_equal(
	    data_stage_value(stage, "SELECT count(*) FROM child"), "1");
}

/* --- a reader that keeps the WAL from being begun anew */

enum { LARGE = 1000 * 1000, LARGE_MANY = 75, MORE_WRITES = 6 };

static void
writes_do_not_wait_for_somebody_who_reads(void **state)
{
	struct data_stage *stage = *state;
	CLEANUP_FREE char *large = xzalloc(LARGE + 1);
	struct monotime began;
	sqlite3 *other;
	int i;

	memset(large, 'x', LARGE);
	data_ask_as(stage, OWNER,
	    "{'op':'create-table','name':'t',"
	    "'column_defs':[{'name':'a','type':'TEXT'}]}");
	other = open_other(stage, "BEGIN; SELECT count(*) FROM t");
	for (i = 0; i < LARGE_MANY; i++)
		data_ask_as(stage, OWNER,
		    "{'op':'insert','table':'t','data':{'a':'%s'}}", large);
	began = monotime_now();
	for (i = 0; i < MORE_WRITES; i++)
		assert_string_equal(data_ask_as(stage, OWNER,
					"{'op':'update','table':'t','id':1,"
					"'data':{'a':'y'}}"),
		    "{\"status\":\"updated\"}");
	assert_true(
	    monotime_since_ms(monotime_now(), began) < 2 * DATABASE_BUSY_MS);
	sqlite3_close(other);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_ends_the_transaction_of_all),
		TEST(undo_is_whole_or_not_at_all),
		TEST(trash_keeps_its_bound_over_failures),
		TEST(tables_are_renamed_after_another_is_gone),
		TEST(what_is_referred_to_is_purged),
		TEST(writes_do_not_wait_for_somebody_who_reads),
	};

	log_open("store_fault_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
