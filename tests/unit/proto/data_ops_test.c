/* The table of operations, and who repeats it: the pages in docs/, the SDK, the
 * owner's pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/base/file.h"
#include "common/base/xalloc.h"
#include "proto/data_ops.h"

enum { FILE_MAX = 256 * 1024, WORD_SIZE = 64 };

/* Tests run where the sources are. */
static char *
read_text(const char *path)
{
	uint8_t *text;
	size_t len;

	if (file_read(AT_FDCWD, path, FILE_MAX, &text, &len) < 0)
		fail_msg("cannot read %s", path);
	return (char *)text;
}

/* The text from at to the quote that ends it. */
static const char *
quoted(const char *at, char word[WORD_SIZE])
{
	size_t len = strcspn(at, "'`");

	assert_in_range(len, 1, WORD_SIZE - 1);
	memcpy(word, at, len);
	word[len] = '\0';
	return word;
}

static enum data_op
route_of(const char *route, const char *path)
{
	enum data_op op;

	if (!data_op_route(bytes_of(route), &op))
		fail_msg("%s calls %s, which is no route", path, route);
	return op;
}

/* --- the table itself */

static void
test_find(void **state)
{
	enum data_op op, found;

	(void)state;
	for (op = 0; op < DATA_OP_COUNT; op++) {
		assert_true(data_op_find(bytes_of(data_ops[op].word), &found));
		assert_int_equal(found, op);
		if (data_ops[op].route == NULL) {
			assert_int_equal(data_ops[op].methods, DATA_NONE);
			continue;
		}
		assert_int_equal(route_of(data_ops[op].route, "itself"), op);
		assert_int_not_equal(data_ops[op].methods, DATA_NONE);
		/* A link must not change anything. */
		if (data_op_changes(op))
			assert_int_equal(data_ops[op].methods, DATA_POST);
	}
	assert_false(data_op_find(bytes_of("QUERY"), &op));
	assert_false(data_op_find(bytes_of(""), &op));
	assert_false(data_op_route(bytes_of("query-one"), &op));
	assert_int_equal(route_of("get-by", "itself"), DATA_QUERY_ONE);
	assert_true(data_op_is_owners(DATA_EXPORT_ROWS));
	assert_false(data_op_changes(DATA_EXPORT_ROWS));
	assert_true(data_op_is_owners(DATA_UNDO));
	assert_false(data_op_is_owners(DATA_UPSERT));
}

/* --- docs/ */

static void
print_routes(struct buffer *row, enum data_op op)
{
	static const struct {
		const char *route;
		enum data_op op;
	} aliases[] = {
#define ALIAS(route, NAME) { route, DATA_##NAME },
		DATA_ALIASES(ALIAS)
	};
	const struct data_op_row *it = &data_ops[op];
	size_t i;

	if (it->route == NULL)
		buffer_printf(row, "–");
	else
		buffer_printf(row, "`%s%s`",
		    it->methods == DATA_GET ? "GET " : "", it->route);
	if (it->methods == DATA_ANY)
		buffer_printf(row, " (`GET` or `POST`)");
	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (aliases[i].op == op)
			buffer_printf(row, ", `%s`", aliases[i].route);
	if (it->route != NULL && it->reach == DATA_OWN)
		buffer_printf(row, " †");
}

static void
print_needs(struct buffer *row, unsigned int needs)
{
	static const struct {
		unsigned int need;
		const char *key;
	} keys[] = {
		{ NEEDS_TABLE, "`table`" },
		{ NEEDS_ID, "`id`" },
		{ NEEDS_COLUMN, "a column's name" },
		{ NEEDS_DATA, "`data`" },
		{ NEEDS_WHERE, "`where`" },
		{ NEEDS_EXPR, "`expr`" },
		{ NEEDS_NAMES, "`old_name`, `new_name`" },
		{ NEEDS_DEFINITION, "`column`" },
		{ NEEDS_POLICY, "`policy`" },
		{ NEEDS_ACCESS, "`access`" },
		{ NEEDS_ROLES, "`roles`" },
	};
	const char *comma = "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (needs & keys[i].need) {
			buffer_printf(row, "%s%s", comma, keys[i].key);
			comma = ", ";
		}
	}
}

static void
print_row(struct buffer *row, enum data_op op)
{
	static const char *const kinds[] = {
		[DATA_KIND_READ] = "reads | visitors",
		[DATA_KIND_WRITE] = "writes | visitors",
		[DATA_KIND_SCHEMA] = "changes tables | the owner",
		[DATA_KIND_OWNER] = "reads | the owner",
		[DATA_KIND_SCRIPT] = "is refused | ",
	};

	buffer_printf(row, "| `%s` | ", data_ops[op].word);
	print_routes(row, op);
	buffer_printf(row, " | %s | ", kinds[data_ops[op].kind]);
	print_needs(row, data_ops[op].needs);
	buffer_printf(row, " |\n");
	buffer_append(row, (struct bytes){ (const uint8_t *)"", 1 });
}

static void
test_docs(void **state)
{
	CLEANUP_FREE char *data = read_text("docs/data.md");
	CLEANUP_FREE char *viewer = read_text("docs/viewer-api.md");
	char route[WORD_SIZE];
	struct buffer row;
	enum data_op op;
	const char *text;

	(void)state;
	for (op = 0; op < DATA_OP_COUNT; op++) {
		buffer_init(&row, 1000);
		print_row(&row, op);
		text = (const char *)buffer_bytes(&row).data;
		if (strstr(data, text) == NULL)
			fail_msg("docs/data.md lacks the row\n%s", text);
		buffer_fini(&row);
		if (data_ops[op].route == NULL)
			continue;
		snprintf(route, sizeof(route), "%s`", data_ops[op].route);
		if (strstr(viewer, route) == NULL)
			fail_msg("docs/viewer-api.md lacks `%s", route);
	}
}

/* --- scripts */

/* The method of goop-data.js that this call is in: "  name: ..." */
static void
find_method(const char *script, const char *call, char name[WORD_SIZE])
{
	const char *line = call, *at;
	size_t len;

	for (;;) {
		while (line > script && line[-1] != '\n')
			line--;
		at = line + strspn(line, " ");
		len = strcspn(at, " :(\n");
		if (at - line == 4 && at[len] == ':' && len < WORD_SIZE)
			break;
		assert_true(line > script);
		line--;
	}
	memcpy(name, at, len);
	name[len] = '\0';
}

static void
check_typed(const char *types, const char *method)
{
	char declared[WORD_SIZE + 8];
	size_t i;
	static const char after[] = "<(";

	for (i = 0; i < 2; i++) {
		snprintf(
		    declared, sizeof(declared), "\n    %s%c", method, after[i]);
		if (strstr(types, declared) != NULL)
			return;
	}
	fail_msg("goop.d.ts lacks %s", method);
}

/* Calls of the owner's pages alone. */
static bool
is_for_sdk(enum data_op op)
{
	return data_ops[op].route != NULL && data_ops[op].reach == DATA_PEERS &&
	       op != DATA_DROP_COLUMN && op != DATA_RENAME_TABLE;
}

static void
test_sdk(void **state)
{
	static const char sdk[] = "goop-viewerd/sdk/goop-data.js";
	CLEANUP_FREE char *script = read_text(sdk);
	CLEANUP_FREE char *types = read_text("goop-viewerd/sdk/goop.d.ts");
	bool is_called[DATA_OP_COUNT] = { false };
	char word[WORD_SIZE], name[WORD_SIZE], quote[WORD_SIZE + 2];
	const char *at, *writes = strstr(script, "WRITES = new Set(["), *end;
	enum data_op op;

	(void)state;
	assert_non_null(writes);
	end = strchr(writes, ']');
	for (at = script; (at = strstr(at, "ask('")) != NULL; at += 5) {
		op = route_of(quoted(at + 5, word), sdk);
		is_called[op] = true;
		find_method(script, at, name);
		check_typed(types, name);
		/* What changes something has an id for its repetition. */
		snprintf(quote, sizeof(quote), "'%s'", word);
		if (data_op_changes(op) !=
		    (memmem(writes, (size_t)(end - writes), quote,
			 strlen(quote)) != NULL))
			fail_msg("%s: WRITES is wrong about %s", sdk, word);
	}
	for (at = script; (at = strstr(at, "${base}/")) != NULL; at += 8) {
		if (at[8] != '$' && strcmp(quoted(at + 8, word), "events") != 0)
			(void)route_of(word, sdk);
	}
	for (op = 0; op < DATA_OP_COUNT; op++)
		if (is_called[op] != is_for_sdk(op))
			fail_msg("%s: %s", sdk, data_ops[op].word);
}

static void
test_owner_pages(void **state)
{
	char word[WORD_SIZE];
	const char *at;
	size_t i, count = 0;
	glob_t pages;
	char *page;

	(void)state;
	assert_int_equal(
	    glob("goop-viewerd/assets/data*.mjs", 0, NULL, &pages), 0);
	for (i = 0; i < pages.gl_pathc; i++) {
		page = read_text(pages.gl_pathv[i]);
		for (at = page; (at = strstr(at, "call('")) != NULL; at += 6) {
			(void)route_of(quoted(at + 6, word), pages.gl_pathv[i]);
			count++;
		}
		free(page);
	}
	assert_true(count > 10);
	globfree(&pages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_docs),
		cmocka_unit_test(test_sdk),
		cmocka_unit_test(test_owner_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
