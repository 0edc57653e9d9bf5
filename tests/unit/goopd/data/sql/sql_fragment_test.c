#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "goopd/data/sql/sql_fragment.h"

#define W SQL_FRAGMENT_WHERE
#define O SQL_FRAGMENT_ORDER
#define E SQL_FRAGMENT_EXPR
#define G SQL_FRAGMENT_GROUP_BY

/* What pages send. */
/* clang-format off */
static const struct { enum sql_fragment_kind kind; const char *in; size_t placeholders; } accepted[] = {
	{ W, "published = ?", 1 },
	{ W, "published = 1 AND author != 'x'", 0 },
	{ W, "a = ? OR (b <> ? AND NOT c)", 2 },
	{ W, "_id = ?", 1 },
	{ W, "_owner = ? AND _created_at > ?", 2 },
	{ W, "1=1", 0 },
	{ W, "kind IN (?, ?, 'c')", 2 },
	{ W, "kind not in(?)", 1 },
	{ W, "kind IN ()", 0 },
	{ W, "title LIKE ?", 1 },
	{ W, "title LIKE '%' || ? || '%' ESCAPE '\\'", 1 },
	{ W, "title GLOB 'a*'", 0 },
	{ W, "n BETWEEN ? AND ?", 2 },
	{ W, "parent IS NULL", 0 },
	{ W, "parent IS NOT NULL", 0 },
	{ W, "a ISNULL OR b NOTNULL", 0 },
	{ W, "(a, b) = (1, 2)", 0 },
	{ W, "lower(title) = lower(?)", 1 },
	{ W, "length(trim(name)) >= 3", 0 },
	{ W, "CASE WHEN a > 1 THEN 'x' ELSE 'y' END = ?", 1 },
	{ W, "CAST(n AS INTEGER) = 5", 0 },
	{ W, "CAST(n AS VARCHAR(20)) = '5'", 0 },
	{ W, "name = 'O''Brien'", 0 },
	{ W, "name = 'a ; b -- c /* d ? e'", 0 },
	{ W, "\"order\" = 1 AND \"select\" = 2", 0 },
	{ W, "\"a\"\"b\" = 1", 0 },
	{ W, "name = 'x' COLLATE NOCASE", 0 },
	{ W, "json_extract(doc, '$.a') = 1", 0 },
	{ W, "doc -> '$.a' = doc ->> 'b'", 0 },
	{ W, "hash = x'00ff'", 0 },
	{ W, "hash = X''", 0 },
	{ W, "n = -1 OR n = +1.5e-3 OR n = .5 OR n = 1. OR n = 0x1F OR n = 1e10", 0 },
	{ W, "a == b AND a << 2 >> 1 & 3 | 4 <= ~5 AND a % 2 = 0 AND a * 2 / 3 >= - 4", 0 },
	{ W, "posts.title = ?", 1 },
	{ W, "created_at\n>\tdatetime('now', '-1 day')", 0 },
	{ W, "replace(title, 'a', 'b') = ?", 1 },
	{ W, "count(DISTINCT a) > 1", 0 },
	{ W, "stadt = 'K\xc3\xb6ln' AND \"stra\xc3\x9f" "e\" = 1", 0 },
	{ W, "first = 1 AND last = 2 AND \"by\" = 3", 0 },
	{ W, "selected = 1 AND ordering = 2 AND dropped = 3 AND fromage = 4", 0 },
	{ W, "a IN(1)AND(b)IN(2)", 0 },
	{ W, "x''=x'00'", 0 },
	{ O, "created DESC", 0 },
	{ O, "_id", 0 },
	{ O, "_id ASC, title desc", 0 },
	{ O, "score DESC NULLS LAST, lower(name) NULLS FIRST", 0 },
	{ O, "name COLLATE NOCASE DESC", 0 },
	{ O, "CASE kind WHEN 'a' THEN 1 ELSE 2 END, \"desc\"", 0 },
	{ O, "\"group\" ASC", 0 },
	{ O, "random()", 0 },
	{ E, "count(*)", 0 },
	{ E, "ARRAY_SIZE(*) as n", 0 },
	{ E, "sum(x) AS total, avg(y) AS \"the mean\"", 0 },
	{ E, "kind, max(score)", 0 },
	{ E, "DISTINCT kind", 0 },
	{ E, "count(DISTINCT author) AS authors", 0 },
	{ E, "CAST(avg(score) AS INTEGER) AS mean", 0 },
	{ E, "*", 0 },
	{ E, "sum(CASE WHEN vote = ? THEN 1 ELSE 0 END) AS votes", 1 },
	{ E, "group_concat(name, ', ')", 0 },
	{ G, "kind", 0 },
	{ G, "kind, strftime('%Y-%m', _created_at)", 0 },
	{ G, "1, 2", 0 },
};

/* What nobody has a good reason to send; the beginning of the sentence. */
static const struct { enum sql_fragment_kind kind; const char *in, *why; } refused[] = {
	{ W, "", "the expression is empty" },
	{ W, "  \n\t ", "the expression is empty" },
	/* a second statement */
	{ W, "1=1; DELETE FROM posts", "a semicolon" },
	{ W, "1=1;", "a semicolon" },
	{ W, "1;--", "a semicolon" },
	{ O, "_id; DROP TABLE posts", "a semicolon" },
	{ E, "1; ATTACH '/etc/passwd' AS x", "a semicolon" },
	/* comments that swallow what comes behind */
	{ W, "1=1 --", "comments" },
	{ W, "1=1 -- AND _owner = ?", "comments" },
	{ W, "a--1", "comments" },
	{ W, "1=1 /* AND", "comments" },
	{ W, "1 /**/ = 1", "comments" },
	{ W, "1/*", "comments" },
	{ W, "doc-->'a'", "comments" },
	/* out of the parentheses */
	{ W, "1=1) OR (1=1", "a parenthesis is closed" },
	{ W, ")", "a parenthesis is closed" },
	{ W, "1=1) UNION SELECT * FROM _meta WHERE (1=1", "a parenthesis is closed" },
	{ W, "(1=1", "a parenthesis is not closed" },
	{ W, "((1)", "a parenthesis is not closed" },
	{ W, "lower(a", "a parenthesis is not closed" },
	{ O, "(_id", "a parenthesis is not closed" },
	{ E, "count(*)) FROM sqlite_master --", "a parenthesis is closed" },
	/* out of the quotes */
	{ W, "name = 'x", "a quote" },
	{ W, "name = '''", "a quote" },
	{ W, "name = 'x''", "a quote" },
	{ W, "\"name = 1", "a quote" },
	{ W, "\"", "a quote" },
	{ W, "'\\' OR 1=1 --'", "comments" },
	{ W, "'\\'' OR 1=1 --", "a quote" },
	/* other statements and clauses */
	{ W, "_id IN (SELECT 1)", "SELECT" },
	{ W, "(SeLeCt group_concat(content) FROM _chat_messages) LIKE 'a%'", "SELECT" },
	{ W, "(\nselect 1)", "SELECT" },
	{ W, "EXISTS (SELECT 1)", "EXISTS" },
	{ W, "1 UNION SELECT 2", "UNION" },
	{ W, "1 INTERSECT VALUES(1)", "INTERSECT" },
	{ W, "1 EXCEPT VALUES(1)", "EXCEPT" },
	{ W, "_id IN (VALUES(1))", "VALUES" },
	{ W, "_id IN (WITH RECURSIVE c(x) AS (VALUES(1)) SELECT 1)", "WITH" },
	{ W, "1 FROM t", "FROM" },
	{ W, "a IS NOT DISTINCT FROM b", "DISTINCT" },
	{ W, "1 WHERE 1", "WHERE" },
	{ W, "1 HAVING 1", "HAVING" },
	{ W, "1 LIMIT 1", "LIMIT" },
	{ W, "1 ORDER BY 1", "ORDER" },
	{ W, "1 GROUP BY 1", "GROUP" },
	{ O, "_id LIMIT 1", "LIMIT" },
	{ O, "_id OFFSET 1", "OFFSET" },
	{ O, "1 UNION ALL SELECT 1", "UNION" },
	{ G, "kind HAVING 1", "HAVING" },
	{ G, "kind ORDER BY 1", "ORDER" },
	{ E, "1 FROM sqlite_master", "FROM" },
	{ E, "1 INTO x", "INTO" },
	{ E, "sum(a) OVER (ORDER BY b)", "OVER" },
	{ E, "sum(a) FILTER (WHERE b)", "WHERE" },
	{ E, "1 JOIN t", "JOIN" },
	{ E, "1 WINDOW w", "WINDOW" },
	{ W, "RAISE(ABORT, 'x')", "RAISE" },
	{ W, "PRAGMA table_list", "PRAGMA" },
	{ W, "ATTACH 'x' y", "ATTACH" },
	{ W, "DETACH y", "DETACH" },
	{ W, "INSERT", "INSERT" },
	{ W, "UPDATE", "UPDATE" },
	{ W, "DELETE", "DELETE" },
	{ W, "REPLACE INTO t", "REPLACE" },
	{ W, "REPLACE", "REPLACE" },
	{ W, "DROP", "DROP" },
	{ W, "CREATE", "CREATE" },
	{ W, "ALTER", "ALTER" },
	{ W, "1 RETURNING *", "RETURNING" },
	{ W, "1 SET a", "SET" },
	{ W, "a MATCH 'b'", "MATCH" },
	{ W, "a REGEXP 'b'", "REGEXP" },
	/* tables without FROM */
	{ W, "1 IN sqlite_master", "IN" },
	{ W, "_id IN _meta", "IN" },
	{ W, "_id IN main._meta", "IN" },
	{ W, "_id IN \"_meta\"", "IN" },
	{ W, "_id NOT IN 'x'", "IN" },
	{ W, "1 IN pragma_table_list('x')", "IN" },
	{ W, "1 IN", "IN" },
	/* parameters that are counted otherwise */
	{ W, "a = ?1", "numbered" },
	{ W, "a = ?999999", "numbered" },
	{ W, "a = :a", "named" },
	{ W, "a = @a", "named" },
	{ W, "a = $a", "named" },
	{ W, "a = #1", "there is" },
	{ W, "a$b = 1", "named" },
	/* names in other quotes, SQLite's own names */
	{ W, "[a] = 1", "names in brackets" },
	{ W, "[a;] = 1", "names in brackets" },
	{ W, "`a` = 1", "names in backticks" },
	{ W, "sqlite_version() = 1", "names that begin" },
	{ W, "SQLITE_master.name = 1", "names that begin" },
	{ W, "\"sqlite_master\" = 1", "names that begin" },
	{ W, "t.sqlite_x = 1", "names that begin" },
	{ W, "\"load_extension\"('x')", "a function's name" },
	{ W, "'abs'(1)", "a function's name" },
	/* what belongs elsewhere */
	{ W, "a, b", "a condition" },
	{ W, "a = 1, 1=1", "a condition" },
	{ W, "a AS b", "AS" },
	{ W, "(a AS b)", "AS" },
	{ W, "(CAST((a AS b) AS TEXT))", "AS" },
	{ O, "a AS b", "AS" },
	{ G, "a AS b", "AS" },
	{ E, "(a AS b)", "AS" },
	{ E, "a AS", "AS must" },
	{ E, "a AS 'b'", "AS must" },
	{ E, "a AS ?", "AS must" },
	{ W, "CAST(a AS)", "AS must" },
	{ W, "a DESC", "ASC, DESC" },
	{ E, "a ASC", "ASC, DESC" },
	{ O, "(a DESC)", "ASC, DESC" },
	{ G, "a NULLS LAST", "ASC, DESC" },
	{ O, "DISTINCT a", "DISTINCT" },
	{ O, "a COLLATE", "COLLATE" },
	{ W, "a COLLATE evil", "COLLATE" },
	{ W, "a COLLATE \"NOCASE\"", "COLLATE" },
	{ W, "CAST", "CAST" },
	/* bytes */
	{ W, "a = 1\r\n", "control" },
	{ W, "a = 'x\x01y'", "control" },
	{ W, "a = 1\x0c", "control" },
	{ W, "a = '\x7f'", "control" },
	{ W, "a = '\x1b[1m'", "control" },
	{ W, "a = '\xff'", "the text is not UTF-8" },
	{ W, "a = '\xc3", "the text is not UTF-8" },
	{ W, "stra\xc3\x9f" "e = 1", "names of other letters" },
	{ W, "a\xc2\xa0= 1", "names of other letters" },
	{ W, "a = 1 \\", "there is" },
	{ W, "a ! b", "there is" },
	{ W, "a = {b}", "there is" },
	{ W, "a ^ b", "there is" },
	/* malformed numbers and blobs */
	{ W, "1OR 1", "a number" },
	{ W, "1e", "a number" },
	{ W, "1e+ 2", "a number" },
	{ W, "0x", "a number" },
	{ W, "0xg", "a number" },
	{ W, "1_000", "a number" },
	{ W, "1$", "a number" },
	{ W, "1\xc3\xa4", "a number" },
	{ W, "x'0'", "a blob" },
	{ W, "x'0g'", "a blob" },
	{ W, "x'00", "a blob" },
};
/* clang-format on */

static void
test_accepted(void **state)
{
	const char *why = NULL;
	size_t i, placeholders;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		placeholders = 999;
		if (sql_fragment_check(accepted[i].in, accepted[i].kind,
			&placeholders, &why) != 0)
			fail_msg("%s: %s", accepted[i].in, why);
		if (placeholders != accepted[i].placeholders)
			fail_msg("%s: %zu ?", accepted[i].in, placeholders);
	}
}

static void
test_refused(void **state)
{
	const char *why;
	size_t i, placeholders;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		why = NULL;
		rc = sql_fragment_check(
		    refused[i].in, refused[i].kind, &placeholders, &why);
		if (rc != -EBADMSG)
			fail_msg("%s: %d", refused[i].in, rc);
		if (strncmp(why, refused[i].why, strlen(refused[i].why)) != 0)
			fail_msg("%s: %s", refused[i].in, why);
	}
}

/* head, count times item, tail */
static int
check_repeated(
    const char *head, size_t count, const char *item, const char *tail)
{
	size_t len = strlen(item), placeholders, i;
	char *text = calloc(1, strlen(head) + count * len + strlen(tail) + 1);
	char *at;
	const char *why;
	int rc;

	assert_non_null(text);
	memcpy(text, head, strlen(head));
	at = text + strlen(head);
	for (i = 0; i < count; i++, at += len)
		memcpy(at, item, len);
	memcpy(at, tail, strlen(tail));
	rc = sql_fragment_check(text, SQL_FRAGMENT_WHERE, &placeholders, &why);
	free(text);
	return rc;
}

static void
test_limits(void **state)
{
	static const char close[] = "))))))))))))))))))))))))))))))))";

	(void)state;
	assert_int_equal(strlen(close), SQL_FRAGMENT_DEPTH_MAX);
	assert_int_equal(
	    check_repeated("", SQL_FRAGMENT_DEPTH_MAX, "(", close), 0);
	assert_int_equal(
	    check_repeated("(", SQL_FRAGMENT_DEPTH_MAX, "(", close), -EBADMSG);
	assert_int_equal(
	    check_repeated("'", SQL_FRAGMENT_MAX - 2, "a", "'"), 0);
	assert_int_equal(
	    check_repeated("'", SQL_FRAGMENT_MAX - 1, "a", "'"), -EBADMSG);
	assert_int_equal(
	    check_repeated("", SQL_FRAGMENT_TOKENS_MAX, "~", ""), 0);
	assert_int_equal(
	    check_repeated("1", SQL_FRAGMENT_TOKENS_MAX, "~", ""), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
