/* store: files of others, damaged ones, full disks, and the sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/daemon/sandbox.h"
#include "tests/unit/support/data_stage.h"

enum { OWNER, ANN, BOB };

/* clang-format off */
static const struct data_line make_posts[] = {
	{ OWNER, "{'op':'create-table','name':'posts','column_defs':[{'name':'title','type':'TEXT'},{'name':'n','type':'INTEGER'}],'policy':'open'}", "{*" },
	{ ANN, "{'op':'insert','table':'posts','data':{'title':'a','n':1}}", "{*" },
};
/* clang-format on */

static bool
is_troubled(struct data_stage *stage, const char *words)
{
	const char *trouble = store_trouble(stage->store);

	if (words == NULL && trouble != NULL)
		fail_msg("trouble: %s", trouble);
	return trouble != NULL && strstr(trouble, words) != NULL;
}

/* --- the original's file */

static const char originals[] =
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE _meta (key TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE _tables (name TEXT PRIMARY KEY, schema TEXT NOT NULL,"
    " created_at DATETIME DEFAULT CURRENT_TIMESTAMP);"
    "CREATE TABLE _orm_schemas (table_name TEXT PRIMARY KEY,"
    " schema_json TEXT NOT NULL, created_at DATETIME);"
    "CREATE TABLE _groups (id TEXT PRIMARY KEY, name TEXT NOT NULL,"
    " app_type TEXT DEFAULT '');"
    "CREATE TABLE guestbook (_id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " _owner TEXT NOT NULL, _owner_email TEXT DEFAULT '',"
    " _created_at DATETIME DEFAULT CURRENT_TIMESTAMP,"
    " _updated_at DATETIME DEFAULT CURRENT_TIMESTAMP, text TEXT);"
    "CREATE TABLE tasks (_id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " _owner TEXT NOT NULL, _owner_email TEXT DEFAULT '', _created_at"
    " DATETIME, _updated_at DATETIME, title TEXT NOT NULL);"
    "INSERT INTO _tables (name, schema) VALUES ('guestbook', 'CREATE ...'),"
    " ('tasks', 'CREATE ...'), ('gone', 'CREATE ...');"
    "INSERT INTO _orm_schemas VALUES ('tasks', '{\"name\":\"tasks\","
    "\"columns\":[{\"name\":\"title\",\"type\":\"text\",\"key\":true}],"
    "\"access\":{\"read\":\"open\",\"insert\":\"open\",\"update\":\"owner\","
    "\"delete\":\"owner\"}}', NULL), ('broken', 'no json', NULL);"
    "INSERT INTO guestbook (_owner, text) VALUES ('x', 'hello');";

static void
a_file_of_the_original_is_taken_over(void **state)
{
	/* clang-format off */
	static const struct data_line lines[] = {
		{ ANN, "{'op':'pluck','table':'guestbook','column':'text'}", "['hello']" },
		{ ANN, "{'op':'insert','table':'guestbook','data':{'text':'x'}}", "forbidden: *" },
		{ ANN, "{'op':'insert','table':'tasks','data':{'title':'t'}}", "{'status':'inserted','id':1}" },
		{ ANN, "{'op':'insert','table':'tasks','data':{}}", "bad_request: *" },
		{ OWNER, "{'op':'query','table':'gone'}", "not_found: no such table: gone" },
		{ OWNER, "{'op':'set-policy','table':'guestbook','policy':'open'}", "{'status':'updated','policy':'open'}" },
		{ ANN, "{'op':'insert','table':'guestbook','data':{'text':'x'}}", "{'status':'inserted','id':2}" },
		{ OWNER, "{'op':'delete','table':'guestbook','id':1}", "{'status':'deleted'}" },
	};
	/* clang-format on */
	struct data_stage *stage = *state;

	data_stage_sql(stage, originals);
	data_stage_open(stage);
	assert_false(is_troubled(stage, NULL));
	DATA_PLAY(stage, lines);
	data_stage_restart(stage);
	assert_string_equal(
	    data_stage_value(stage, "PRAGMA user_version"), "1");
	assert_string_equal(data_stage_value(stage,
				"SELECT name FROM pragma_table_info('_groups')"
				" WHERE name = 'default_role'"),
	    "default_role");
}

static void
nobody_else_may_read_it(void **state)
{
	struct data_stage *stage = *state;
	struct stat st;

	data_stage_open(stage);
	assert_int_equal(stat(stage->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* --- files that are left as they are */

static uint8_t *
read_file(struct data_stage *stage, size_t *len)
{
	uint8_t *bytes;

	assert_int_equal(
	    file_read(stage->dirfd, "data.db", 64 * 1024 * 1024, &bytes, len),
	    0);
	return bytes;
}

/* Open it: there is trouble in these words, and it is as before. */
static void
opens_with_trouble(struct data_stage *stage, const char *words)
{
	uint8_t *before, *after;
	size_t before_len, after_len;

	before = read_file(stage, &before_len);
	data_stage_open(stage);
	if (!is_troubled(stage, words))
		fail_msg("%s, not: %s", store_trouble(stage->store), words);
	assert_non_null(strstr(data_ask_as(stage, OWNER, "{'op':'tables'}"),
	    store_trouble(stage->store)));
	data_stage_close(stage);
	after = read_file(stage, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, after_len);
	free(before);
	free(after);
}

static void
put_file(struct data_stage *stage, const char *content, size_t len)
{
	struct bytes bytes = { (const uint8_t *)content, len };

	assert_int_equal(file_replace(stage->dirfd, "data.db", bytes, 0600), 0);
}

static void
what_is_no_database_is_left_alone(void **state)
{
	static const char story[] =
	    "Once upon a time there was a file that held a story, and not a "
	    "single table; it was a hundred bytes long, or even a few more.";

	put_file(*state, story, sizeof(story));
	opens_with_trouble(*state, "left as it is");
}

static void
a_newer_version_is_left_alone(void **state)
{
	struct data_stage *stage = *state;

	data_stage_sql(stage, "CREATE TABLE x (a); PRAGMA user_version = 7");
	opens_with_trouble(stage, "newer version");
}

/* Overwrite a page in the middle. */
static void
damage(struct data_stage *stage, off_t at)
{
	char garbage[4096];
	int fd = openat(stage->dirfd, "data.db", O_WRONLY);

	memset(garbage, 0x5a, sizeof(garbage));
	assert_int_equal(
	    pwrite(fd, garbage, sizeof(garbage), at), sizeof(garbage));
	close(fd);
}

static void
fill(struct data_stage *stage, int rows)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
	    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c"
	    " LIMIT %d) INSERT INTO posts (_owner, title, n)"
	    " SELECT 'x', hex(randomblob(500)), x FROM c;"
	    "PRAGMA wal_checkpoint(TRUNCATE)",
	    rows);
	data_stage_sql(stage, sql);
}

static void
a_damaged_file_is_left_alone(void **state)
{
	struct data_stage *stage = *state;

	data_stage_open(stage);
	DATA_PLAY(stage, make_posts);
	data_stage_close(stage);
	fill(stage, 1000);
	damage(stage, 64 * 4096);
	opens_with_trouble(stage, "damaged");
}

/* Too large to be looked through at once: it is found later. */
static void
damage_of_a_large_file_is_found(void **state)
{
	struct data_stage *stage = *state;

	data_stage_open(stage);
	DATA_PLAY(stage, make_posts);
	data_stage_close(stage);
	fill(stage, 18000);
	damage(stage, 3000 * 4096);
	data_stage_open(stage);
	assert_false(is_troubled(stage, NULL));
	while (stage->troubles == 0)
		event_base_loop(stage->base, EVLOOP_ONCE);
	assert_true(is_troubled(stage, "damaged"));
	assert_memory_equal(
	    data_ask_as(stage, OWNER, "{'op':'tables'}"), "internal: ", 10);
}

static void
a_link_is_not_followed(void **state)
{
	struct data_stage *stage = *state;

	assert_int_equal(
	    symlinkat("/tmp/data_elsewhere", stage->dirfd, "data.db"), 0);
	data_stage_open(stage);
	assert_true(is_troubled(stage, "no regular file"));
	assert_int_equal(access("/tmp/data_elsewhere", F_OK), -1);
}

/* --- in a child, which gives up rights */

static void
in_child(struct data_stage *stage, int (*act)(struct data_stage *))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(act(stage));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int
open_where_nothing_may_be_written(struct data_stage *stage)
{
	static const struct sandbox_path paths[] = { { ".", SANDBOX_READ },
		{ "/proc", SANDBOX_READ }, { NULL, SANDBOX_READ } };

	if (sandbox_restrict_files(paths, stage->dirfd) != 0)
		return 0; /* no Landlock */
	if (store_open(stage->dirfd, &stage->self, &stage->store) < 0)
		return 1;
	return is_troubled(stage, "cannot be opened") ? 0 : 2;
}

static void
no_place_no_database(void **state)
{
	in_child(*state, open_where_nothing_may_be_written);
}

/* Everything that might want a file of its own. */
/* clang-format off */
static const struct data_line behind[] = {
	{ ANN, "{'op':'query','table':'posts','order':'title DESC','limit':2,'columns':['n']}", "[*" },
	{ ANN, "{'op':'aggregate','table':'posts','expr':'count(DISTINCT title)','group_by':'n % 2'}", "[*" },
	{ OWNER, "{'op':'add-column','table':'posts','column':{'name':'more','type':'TEXT'}}", "{'status':'added'}" },
	{ OWNER, "{'op':'update-where','table':'posts','where':'n > 10','data':{'more':'x'}}", "{'affected':*" },
	{ OWNER, "{'op':'delete-where','table':'posts','where':'n > 20'}", "{'affected':*" },
	{ OWNER, "{'op':'drop-column','table':'posts','column':'more'}", "{'status':'dropped'}" },
	{ OWNER, "{'op':'undo','id':1}", "{'status':'restored','table':'posts'}" },
	{ OWNER, "{'op':'delete-table','table':'posts'}", "{'status':'deleted','table':'posts'}" },
	{ OWNER, "{'op':'create-table','name':'posts','column_defs':[{'name':'a','type':'TEXT'}]}", "{'status':'created',*" },
	{ OWNER, "{'op':'tables'}", "[{'name':'posts',*" },
};
/* clang-format on */

static int
work_behind_the_sandbox(struct data_stage *stage)
{
	static const struct sandbox sandbox = {
		.calls = SANDBOX_UNIX | SANDBOX_TCP | SANDBOX_NETLINK |
			 SANDBOX_FILES,
	};
	struct store_listener listener = { NULL, NULL };
	char *text = xzalloc(8001);
	int i;

	if (store_open(stage->dirfd, &stage->self, &stage->store) < 0 ||
	    sandbox_enter(&sandbox, stage->dirfd) < 0)
		return 1;
	if (open("/etc/passwd", O_RDONLY) != -1)
		print_message("# the sandbox has no rules for files here\n");
	if (store_start(stage->store, stage->base, &listener, NULL) < 0)
		return 2;
	memset(text, 'x', 8000);
	DATA_PLAY(stage, make_posts);
	for (i = 0; i < 1500; i++) /* some checkpoints */
		data_ask_as(stage, OWNER,
		    "{'op':'insert','table':'posts','data':{'title':'%s%d',"
		    "'n':%d}}",
		    text, i, i);
	DATA_PLAY(stage, behind);
	store_free(stage->store);
	free(text);
	return 0;
}

static void
works_behind_the_sandbox(void **state)
{
	struct data_stage *stage = *state;
	struct stat st;

	in_child(stage, work_behind_the_sandbox);
	if (fstatat(stage->dirfd, "data.db-wal", &st, 0) == 0)
		assert_true(st.st_size < 32 * 1024 * 1024);
	data_stage_open(stage);
	assert_false(is_troubled(stage, NULL));
	assert_memory_equal(
	    data_ask_as(stage, OWNER, "{'op':'tables'}"), "[{", 2);
}

/* --- a full disk */

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_is_told(void **state)
{
	/* clang-format off */
	static const struct data_line after[] = {
		{ ANN, "{'op':'insert','table':'posts','data':{'title':'c'}}", "{'status':'inserted','id':2}" },
		{ ANN, "{'op':'pluck','table':'posts','column':'title'}", "['a','c']" },
	};
	/* clang-format on */
	struct data_stage *stage = *state;
	const char *answer;

	data_stage_open(stage);
	DATA_PLAY(stage, make_posts);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(1);
	answer = data_ask_as(
	    stage, ANN, "{'op':'insert','table':'posts','data':{'title':'b'}}");
	print_message("%s\n", answer);
	assert_memory_equal(answer, "internal: ", 10);
	answer = data_ask_as(
	    stage, ANN, "{'op':'pluck','table':'posts','column':'title'}");
	assert_string_equal(answer, "[\"a\"]");
	limit_files(RLIM_INFINITY);
	DATA_PLAY(stage, after);
	assert_int_equal(stage->troubles, 0);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown( \
	    name, data_stage_prepare, data_stage_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_of_the_original_is_taken_over),
		TEST(nobody_else_may_read_it),
		TEST(what_is_no_database_is_left_alone),
		TEST(a_newer_version_is_left_alone),
		TEST(a_damaged_file_is_left_alone),
		TEST(damage_of_a_large_file_is_found),
		TEST(a_link_is_not_followed),
		TEST(no_place_no_database),
		TEST(works_behind_the_sandbox),
		TEST(a_full_disk_is_told),
	};

	log_open("store_file_test", LOG_LEVEL_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
