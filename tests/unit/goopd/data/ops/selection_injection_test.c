/*
 * SQL that strangers put into requests: through the whole store, and straight
 * to the guarded statement as if the check of texts were not there. Nothing
 * outside the caller's rows is read or changed, and nothing runs longer than it
 * may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>

#include "common/base/array.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "common/base/xalloc.h"
#include "goopd/data/ops/selection.h"
#include "goopd/data/sql/sql_fragment.h"
#include "goopd/data/sql/value.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN, BOB };
/* The limit is a second; looks at the clock are rare under sanitizers. */
enum { ENOUGH_MS = 3000, LONG_TEXT = 700 * 1000, MANY_ROWS = 3000 };

/* "TOPSECRET" is in a table of the owner's, "BOBSECRET" in a row of Bob's: Ann
 * may read neither. */
static const char secrets[][10] = { "TOPSECRET", "BOBSECRET" };

/* clang-format off */
static const struct data_line scene[] = {
	{ OWNER, "{'op':'create-table','name':'vault','column_defs':[{'name':'text','type':'TEXT'}],'policy':'local'}", "{*" },
	{ OWNER, "{'op':'insert','table':'vault','data':{'text':'TOPSECRET'}}", "{*" },
	{ OWNER, "{'op':'create-table','name':'posts','column_defs':[{'name':'text','type':'TEXT'},{'name':'n','type':'INTEGER'}],'policy':'open'}", "{*" },
	{ OWNER, "{'op':'set-access','table':'posts','access':{'read':'owner'}}", "{*" },
	{ ANN, "{'op':'insert','table':'posts','data':{'text':'mine','n':1}}", "{*" },
	{ BOB, "{'op':'insert','table':'posts','data':{'text':'BOBSECRET','n':2}}", "{*" },
	{ OWNER, "{'op':'create-table','name':'wall','column_defs':[{'name':'text','type':'TEXT'},{'name':'n','type':'INTEGER'}],'policy':'open'}", "{*" },
	{ OWNER, "{'op':'set-access','table':'wall','access':{'update':'open'}}", "{*" },
};

/* In the place of a condition. is_whole: it stays in its place, so the check of
 * texts has no need to refuse it. */
static const struct {
	const char *name, *where;
	bool is_whole;
} conditions[] = {
	{ "always", "1=1", true },
	{ "parentheses left", "1=1) OR (1=1", false },
	{ "parentheses left behind", "1=1) --", false },
	{ "union", "1=1) UNION SELECT text,1,1,1,1,1,1 FROM main.vault --", false },
	{ "union in lines", "1=1)\nUNION ALL\nSELECT text,1,1,1,1,1,1\nFROM main.vault\nWHERE (1", false },
	{ "subquery", "text IN (SELECT text FROM vault)", false },
	{ "subquery of the table itself", "text IN (SELECT text FROM posts)", false },
	{ "subquery by main", "(SELECT text FROM main.posts WHERE n = 2) LIKE 'BOB%'", false },
	{ "count of the table", "(SELECT count(*) FROM main.posts) = 2", false },
	{ "rows of the table", "EXISTS (SELECT 1 FROM main.posts LIMIT 1 OFFSET 1)", false },
	{ "exists elsewhere", "EXISTS (SELECT 1 FROM main.vault)", false },
	{ "schema", "(SELECT group_concat(sql) FROM sqlite_master) IS NOT NULL", false },
	{ "names of views", "(SELECT group_concat(name) FROM sqlite_temp_master) IS NOT NULL", false },
	{ "system tables", "(SELECT value FROM _meta LIMIT 1) IS NULL", false },
	{ "request log", "(SELECT answer FROM _requests LIMIT 1) IS NULL", false },
	{ "trash", "(SELECT row_json FROM _trash_rows LIMIT 1) IS NULL", false },
	{ "pragma as a table", "(SELECT group_concat(name) FROM pragma_table_info('vault')) <> ''", false },
	{ "json as a table", "EXISTS (SELECT 1 FROM json_each('[1]'))", false },
	{ "statistics as a table", "EXISTS (SELECT 1 FROM dbstat)", false },
	{ "values", "1 IN (VALUES (1),(2))", false },
	{ "row value", "(n, text) IN (SELECT n, text FROM posts)", false },
	{ "recursion", "n IN (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c)", false },
	{ "table of the same name", "n IN (WITH posts(n) AS (SELECT 1) SELECT n FROM posts)", false },
	{ "second statement", "1=1; DELETE FROM posts; --", false },
	{ "second statement, closed", "1=1); DELETE FROM main.posts; --", false },
	{ "attach", "1); ATTACH DATABASE '/tmp/data_injection_attached.db' AS x; --", false },
	{ "pragma", "1); PRAGMA writable_schema = ON; --", false },
	{ "comment", "1=1 --", false },
	{ "comment without an end", "1=1 /*", false },
	{ "comment without an end, closed", "1=1) /*", false },
	{ "comment within", "1=/* */1", false },
	{ "limit", "1=1) LIMIT 1000000 OFFSET 0 /*", false },
	{ "order by subquery", "1=1) ORDER BY (SELECT text FROM main.vault) --", false },
	{ "surplus parameter", "n = ?", true },
	{ "numbered parameter", "n = ?5", false },
	{ "first of ours", "?1 IS NOT NULL", false },
	{ "named parameters", "n = :a OR n = @b OR n = $c", false },
	{ "text in double quotes", "text = \"BOBSECRET\"", true },
	{ "name in brackets", "[text] = 'BOBSECRET'", true },
	{ "quote not closed", "text = 'x", false },
	{ "quotes doubled", "text = 'x'' OR ''1''=''1'", true },
	{ "backslash", "text = 'x\\' OR 1=1 --'", true },
	{ "other quotes", "text = \xe2\x80\x99 OR 1=1 \xe2\x80\x99", true },
	{ "wide letters", "\xef\xbc\x91=\xef\xbc\x91 \xef\xbc\xaf\xef\xbc\xb2 1", true },
	{ "no-break space", "1\xc2\xa0OR\xc2\xa0""1", true },
	{ "malformed UTF-8", "text = '\xff\xfe' OR 1=1", false },
	{ "other's by name of the table", "main.posts.text = 'BOBSECRET'", true },
	{ "other's by its name", "posts.text LIKE 'BOB%'", true },
	{ "error on others' rows", "CASE WHEN text LIKE 'BOB%' THEN abs(-9223372036854775807 - 1) ELSE 1 END", true },
	{ "error on any other row", "CASE WHEN n <> 1 THEN abs(-9223372036854775807 - 1) ELSE 1 END", true },
	{ "error if there are more", "CASE WHEN _id > 1 THEN abs(-9223372036854775807 - 1) ELSE 1 END", true },
	{ "who asks", "goop_caller() <> ''", true },
	{ "extension", "load_extension('/tmp/x.so')", true },
	{ "read a file", "readfile('/etc/passwd') IS NOT NULL", true },
	{ "write a file", "writefile('/tmp/x', 'x')", true },
	{ "edit", "edit('x')", true },
	{ "tokenizer", "fts3_tokenizer('simple') IS NOT NULL", true },
	{ "large blob", "zeroblob(1000000000) IS NULL", true },
	{ "large random blob", "randomblob(1000000000) IS NULL", true },
	{ "large printf", "length(printf('%.*c', 1000000000, 'x')) > 0", true },
	{ "large format", "length(format('%1000000000d', 1)) > 0", true },
	{ "large hex", "length(hex(hex(hex(hex(hex(hex(hex(hex(text || text)))))))))> 0", true },
	{ "replace bomb", "length(replace(replace(replace(text,'m','mmmmmmmmmmmmmmmm'),'m','mmmmmmmmmmmmmmmm'),'m','mmmmmmmmmmmmmmmm')) > 0", true },
	{ "version", "sqlite_version() <> ''", true },
	{ "source", "sqlite_source_id() <> ''", true },
	{ "options", "sqlite_compileoption_get(0) <> ''", true },
	{ "last row of anybody", "last_insert_rowid() > 0", true },
	{ "changes of anybody", "total_changes() + changes() > 0", true },
	{ "raise", "RAISE(ABORT, 'x')", true },
	{ "match", "text MATCH 'x'", true },
	{ "regexp", "text REGEXP 'x'", true },
	{ "window", "row_number() OVER () > 0", true },
	{ "aggregate as a condition", "count(*) > 0", true },
	{ "log", "sqlite_log(1, 'x') IS NULL", true },
	{ "unlikely", "unlikely(1)", true },
	{ "pattern of a kilobyte", "text LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a'", true },
	{ "blob", "text = x'424f42534543524554'", true },
	{ "deep", "((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))))))))", false },
	{ "empty", "", true },
};

/* In the place of an order, of groups, of an expression. */
static const char *const orders[] = {
	"(SELECT text FROM main.vault)", "n LIMIT 1000000 /*",
	"n; DELETE FROM posts", "CASE WHEN (SELECT text FROM main.posts WHERE n = 2) LIKE 'BOB%' THEN n ELSE -n END",
	"n COLLATE nothing", "load_extension('x')", "n --", "1) --",
	"randomblob(1000000000)",
};
static const char *const expressions[] = {
	"(SELECT text FROM main.vault)", "text FROM main.vault --",
	"text FROM main.vault /*", "text FROM main.posts /*",
	"1 FROM main.posts /*", "count(*) FROM main.posts /*",
	"text FROM main.posts LIMIT ? OFFSET ? /*",
	"count(*) FROM main.posts LIMIT ? OFFSET ? /*",
	"* FROM main.vault LIMIT ? OFFSET ? /*",
	"name FROM sqlite_temp_master LIMIT ? OFFSET ? /*",
	"*", "posts.*", "group_concat(text)", "max(text)", "min(text)",
	"group_concat(text), (SELECT text FROM vault)",
	"group_concat(text) FILTER (WHERE 1)",
	"json_group_array(text)", "quote(text)", "text, rowid",
	"1 UNION SELECT text FROM main.vault --",
	"1; SELECT text FROM main.vault",
	"first_value(text) OVER (ORDER BY n DESC)",
	"count(*) AS \"a, (SELECT text FROM vault)\"",
};
/* clang-format on */

/* --- what must not happen */

/* tried may hold a secret itself, which a refusal then repeats. */
static void
has_no_secret(const char *name, const char *tried, const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(secrets); i++)
		if (strstr(text, secrets[i]) != NULL &&
		    strstr(tried, secrets[i]) == NULL)
			fail_msg("%s: told %s", name, text);
	if (strstr(text, VIEW_PREFIX) != NULL)
		fail_msg("%s: told the view's name: %s", name, text);
	if (strstr(text, "overflow") != NULL)
		fail_msg("%s: was tried on others' rows", name);
}

static void
all_is_as_it_was(struct data_stage *stage, const char *name)
{
	const char *text = data_stage_value(stage,
	    "SELECT (SELECT count(*) FROM posts) || ' ' ||"
	    " (SELECT text || n FROM posts WHERE _id = 2) || ' ' ||"
	    " (SELECT group_concat(text) FROM vault)");

	if (strcmp(text, "2 BOBSECRET2 TOPSECRET") != 0)
		fail_msg("%s: changed to %s", name, text);
}

static char *
request_of(const char *op, const char *key, const char *text)
{
	json_t *json = json_pack(
	    "{s:s, s:s, s:{s:i}}", "op", op, "table", "posts", "data", "n", 1);
	char *request;

	if (json_object_set_new(
		json, key, json_stringn_nocheck(text, strlen(text))) != 0)
		fail();
	request = json_dumps(json, JSON_ENCODE_ANY);
	json_decref(json);
	return request;
}

/* --- through the store */

static void
attempt(struct data_stage *stage, const char *name, const char *op,
    const char *key, const char *text)
{
	CLEANUP_FREE char *request = request_of(op, key, text);
	struct monotime began = monotime_now();
	CLEANUP_FREE char *asked = NULL;
	const char *answer;
	char *at;

	if (request == NULL) /* no JSON can hold it */
		return;
	asked = xstrdup(request);
	for (at = asked; *at != '\0'; at++) /* undone by the stage */
		*at = *at == '\'' ? '`' : *at == '"' ? '\'' : *at;
	answer = data_ask_as(stage, ANN, "%s", asked);
	has_no_secret(name, text, answer);
	if (monotime_since_ms(monotime_now(), began) > ENOUGH_MS)
		fail_msg("%s: took too long", name);
}

static void
begin_scene(void **state)
{
	DATA_PLAY(*state, scene);
}

static void
nothing_comes_through_the_store(void **state)
{
	static const char *const reads[] = { "query", "query-one", "count",
		"exists", "update-where", "delete-where" };
	struct data_stage *stage = *state;
	size_t i, k;

	begin_scene(state);
	for (i = 0; i < ARRAY_SIZE(conditions); i++)
		for (k = 0; k < ARRAY_SIZE(reads); k++) {
			attempt(stage, conditions[i].name, reads[k], "where",
			    conditions[i].where);
			if (k < 5)
				all_is_as_it_was(stage, conditions[i].name);
			data_stage_sql(stage,
			    "INSERT OR IGNORE INTO posts (_id, _owner, text, n)"
			    " VALUES (1, 'x', 'mine', 1)");
		}
	for (i = 0; i < ARRAY_SIZE(orders); i++)
		attempt(stage, orders[i], "query", "order", orders[i]);
	for (i = 0; i < ARRAY_SIZE(expressions); i++)
		attempt(
		    stage, expressions[i], "aggregate", "expr", expressions[i]);
	all_is_as_it_was(stage, "all");
}

/* The first wall by itself refuses whatever leaves its place. */
static void
the_check_of_texts_refuses(void **state)
{
	size_t i, count;
	const char *why;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		rc = sql_fragment_check(
		    conditions[i].where, SQL_FRAGMENT_WHERE, &count, &why);
		if (!conditions[i].is_whole && rc == 0)
			fail_msg("%s is let through", conditions[i].name);
	}
}

/* --- straight to the guarded statement */

struct bare {
	struct session session;
	struct catalog *catalog;
	struct data_caller caller;
	const char *table;
	enum table_scope scope;
};

static void
bare_open(struct bare *bare, struct data_stage *stage)
{
	char path[DATABASE_PATH_MAX], why[DATABASE_WHY_MAX];
	struct database *database;

	*bare = (struct bare){ .caller = data_stage_caller(stage, ANN) };
	assert_int_equal(
	    database_make_file(stage->dirfd, STORE_FILE, path, why), 0);
	assert_int_equal(
	    database_open(path, DATABASE_READS, &database, why), 0);
	session_init(&bare->session, database, &stage->self);
	assert_int_equal(catalog_read(database, &bare->catalog), 0);
	bare->catalog->generation = 1;
}

static void
bare_close(struct bare *bare)
{
	catalog_free(bare->catalog);
	session_fini(&bare->session);
}

/* Run it to its end; all of what it gave, and its refusal, are looked at. */
static void
bare_try(struct bare *bare, const char *name, const char *tried,
    struct selection *selection)
{
	struct session *session = &bare->session;
	struct monotime began = monotime_now();
	struct data_answer answer;
	sqlite3_stmt *statement;
	int i, rc = SQLITE_DONE;

	data_answer_init(&answer);
	selection->table = catalog_find(bare->catalog, bare->table);
	selection->scope = bare->scope;
	selection->limit = 1000;
	session_begin(
	    session, bare->catalog, &bare->caller, DATA_QUERY, &answer, NULL);
	statement = selection_begin(session, selection);
	while (
	    statement != NULL && (rc = sqlite3_step(statement)) == SQLITE_ROW)
		for (i = 0; i < sqlite3_column_count(statement); i++)
			value_print(&answer.data, statement, i, false);
	if (rc != SQLITE_DONE)
		session_fail(session);
	if (statement != NULL)
		selection_end(session, statement);
	session_end(session);
	buffer_append(&answer.data, (struct bytes){ (const uint8_t *)"", 1 });
	has_no_secret(
	    name, tried, (const char *)buffer_bytes(&answer.data).data);
	has_no_secret(name, tried, answer.error);
	if (monotime_since_ms(monotime_now(), began) > ENOUGH_MS)
		fail_msg("%s: took too long", name);
	data_answer_fini(&answer);
}

static void
bare_try_all(struct bare *bare)
{
	static const char star[] = "\"text\",\"n\"";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		struct selection selection = { .what = bytes_of(star),
			.where = conditions[i].where };

		bare_try(
		    bare, conditions[i].name, conditions[i].where, &selection);
	}
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		struct selection order = { .what = bytes_of(star),
			.order = orders[i] };
		struct selection group = { .what = bytes_of(star),
			.group_by = orders[i] };

		bare_try(bare, orders[i], orders[i], &order);
		bare_try(bare, orders[i], orders[i], &group);
	}
	for (i = 0; i < ARRAY_SIZE(expressions); i++) {
		struct selection selection = { .expr = expressions[i] };

		bare_try(bare, expressions[i], expressions[i], &selection);
	}
}

static void
nothing_comes_through_the_guard_alone(void **state)
{
	struct data_stage *stage = *state;
	struct bare bare;

	begin_scene(state);
	bare_open(&bare, stage);
	bare.table = "posts";
	bare.scope = SCOPE_OWN_ROWS;
	bare_try_all(&bare);
	bare.table = "wall"; /* of which all may be read, but nothing else */
	bare.scope = SCOPE_ALL_ROWS;
	bare_try_all(&bare);
	bare_close(&bare);
	all_is_as_it_was(stage, "all");
}

/* Rows of the caller are found, whatever was tried before. */
static void
own_rows_are_still_there(void **state)
{
	/* clang-format off */
	static const struct data_line lines[] = {
		{ ANN, "{'op':'pluck','table':'posts','column':'text'}", "['mine']" },
		{ BOB, "{'op':'pluck','table':'posts','column':'text'}", "['BOBSECRET']" },
		{ ANN, "{'op':'pluck','table':'posts','column':'text'}", "['mine']" },
		{ ANN, "{'op':'pluck','table':'posts','column':'text','where':'1=1 OR text LIKE ?','args':['%']}", "['mine']" },
		{ ANN, "{'op':'aggregate','table':'posts','expr':'count(*), max(n)'}", "[{'count(*)':1,'max(n)':1}]" },
		{ ANN, "{'op':'update-where','table':'posts','where':'1=1','data':{'text':'mine too'}}", "{'affected':1}" },
		{ BOB, "{'op':'pluck','table':'posts','column':'text'}", "['BOBSECRET']" },
		{ ANN, "{'op':'delete-where','table':'posts','where':'1=1 OR n = 2'}", "{'affected':1}" },
		{ BOB, "{'op':'count','table':'posts'}", "{'count':1}" },
	};
	/* clang-format on */

	begin_scene(state);
	DATA_PLAY(*state, lines);
}

/* --- time */

static const char *const heavy[] = {
	/* each LIKE alone may take as long as it likes */
	"text LIKE '%a%a%a%a%a%a%a%a%a%b' OR text LIKE '%aaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'",
	"text GLOB '*[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z]"
	"[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z]b'",
	"instr(text, substr(text, 350000) || 'b') > 0",
	"length(trim(text, substr(text, 100))) = 3",
	"length(upper(lower(upper(lower(upper(lower(upper(text)))))))) = 3",
};

static void
make_heavy(struct data_stage *stage)
{
	char *text = xzalloc(LONG_TEXT + 1);
	int i;

	memset(text, 'a', LONG_TEXT);
	for (i = 0; i < 8; i++)
		data_ask_as(stage, ANN,
		    "{'op':'insert','table':'wall','data':{'text':'%s'}}",
		    text);
	free(text);
	data_stage_sql(stage,
	    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c"
	    " LIMIT 300000) INSERT INTO wall (_owner, text, n)"
	    " SELECT 'x', 'some text of row ' || x, x FROM c");
}

static void
nothing_runs_longer_than_it_may(void **state)
{
	struct data_stage *stage = *state;
	struct monotime began;
	const char *answer;
	char where[8192];
	size_t i, n, len;

	begin_scene(state);
	make_heavy(stage);
	for (i = 0; i < ARRAY_SIZE(heavy); i++) {
		for (n = len = 0; n < 12; n++)
			len +=
			    (size_t)snprintf(where + len, sizeof(where) - len,
				"%s(%s)", n ? " OR " : "", heavy[i]);
		for (n = 0; where[n] != '\0'; n++)
			if (where[n] == '\'')
				where[n] = '`';
		began = monotime_now();
		answer = data_ask_as(stage, BOB,
		    "{'op':'count','table':'wall','where':'%s'}", where);
		if (monotime_since_ms(monotime_now(), began) > ENOUGH_MS)
			fail_msg("%.40s: took too long", heavy[i]);
		print_message("%.30s: %.60s\n", heavy[i], answer);
	}
	began = monotime_now();
	answer = data_ask_as(stage, BOB,
	    "{'op':'aggregate','table':'wall','expr':'n %% 7, group_concat(text"
	    "), count(DISTINCT text || n || text)','group_by':'text || n'}");
	print_message("groups: %.60s\n", answer);
	assert_true(monotime_since_ms(monotime_now(), began) < 2 * ENOUGH_MS);
	assert_memory_not_equal(answer, "[", 1);
	answer = data_ask_as(stage, BOB,
	    "{'op':'update-where','table':'wall',"
	    "'where':'1=1','data':{'n':0}}");
	assert_memory_not_equal(answer, "{", 1);
	answer = data_ask_as(
	    stage, BOB, "{'op':'query','table':'wall','where':'n > 0'}");
	assert_string_equal(answer,
	    "too_large: the answer has more than 10000 "
	    "rows: ask for fewer with limit and offset");
	answer = data_ask_as(stage, BOB,
	    "{'op':'query','table':'wall','order':'text','limit':1,"
	    "'columns':['text'],'where':'n = 77777'}");
	assert_string_equal(answer, "[{\"text\":\"some text of row 77777\"}]");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, data_stage_begin, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_of_texts_refuses),
		TEST(nothing_comes_through_the_store),
		TEST(nothing_comes_through_the_guard_alone),
		TEST(own_rows_are_still_there),
		TEST(nothing_runs_longer_than_it_may),
	};

	log_open("data_injection_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
