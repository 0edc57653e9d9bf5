/*
 * data_plain: what SQLite alone does here, in this process, on the disk of a
 * directory: the ceiling of what a peer's database can do.
 *
 *	data_plain DIR ROWS
 *
 * prints "insert N" rows a second, each with its own fsync; "grouped N", 64 to
 * an fsync; "point N" queries a second for one of ROWS rows.
 *
 *	data_plain fill FILE ROWS
 *
 * puts rows into the table bench of a peer's database, while it is stopped.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bench/load.h"

enum { SINGLE_US = 2000000, GROUP = 64 };

static sqlite3 *db;

static void
run(const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		errx(1, "%s: %s", sql, why);
}

static sqlite3_stmt *
prepare(const char *sql)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		errx(1, "%s: %s", sql, sqlite3_errmsg(db));
	return statement;
}

static void
step(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		errx(1, "%s", sqlite3_errmsg(db));
	sqlite3_reset(statement);
}

static void
insert(sqlite3_stmt *statement, long number)
{
	char title[32];

	snprintf(title, sizeof(title), "entry %ld", number);
	sqlite3_bind_text(statement, 1, title, -1, SQLITE_TRANSIENT);
	step(statement);
}

/* Rows a second, group of them to a transaction. */
static double
measure_inserts(sqlite3_stmt *statement, int group)
{
	int64_t start = load_now_us();
	long count = 0;
	int i;

	while (load_now_us() - start < SINGLE_US) {
		run("BEGIN IMMEDIATE");
		for (i = 0; i < group; i++)
			insert(statement, count++);
		run("COMMIT");
	}
	return (double)count * 1e6 / (double)(load_now_us() - start);
}

static void
fill(sqlite3_stmt *statement, long rows)
{
	long i;

	/* Numbers from 1 again. */
	run("DELETE FROM bench");
	run("DELETE FROM sqlite_sequence WHERE name = 'bench'");
	run("BEGIN");
	for (i = 0; i < rows; i++)
		insert(statement, i);
	run("COMMIT");
}

static double
measure_points(long rows)
{
	sqlite3_stmt *statement =
	    prepare("SELECT _id, title FROM bench WHERE _id = ?");
	int64_t start = load_now_us();
	long count = 0;

	while (load_now_us() - start < SINGLE_US) {
		sqlite3_bind_int64(statement, 1, 1 + random() % rows);
		step(statement);
		count++;
	}
	sqlite3_finalize(statement);
	return (double)count * 1e6 / (double)(load_now_us() - start);
}

static sqlite3_stmt *
prepare_insert(void)
{
	return prepare(
	    "INSERT INTO bench (_owner, title, text) VALUES "
	    "('12D3KooWLdJAwPtyQ5RFnr9wGXsQzpf3P2SeqFbYkqbfVehLu4Ns', "
	    "?, 'What a visitor writes into a guestbook.')");
}

static void
open_file(const char *file)
{
	if (sqlite3_open(file, &db) != SQLITE_OK)
		errx(1, "%s: %s", file, sqlite3_errmsg(db));
	run("PRAGMA journal_mode = WAL");
	run("PRAGMA synchronous = FULL");
}

static void
measure(long rows)
{
	sqlite3_stmt *statement;

	open_file("plain.db");
	run("CREATE TABLE bench (_id INTEGER PRIMARY KEY AUTOINCREMENT, "
	    "_owner TEXT, _created_at DATETIME DEFAULT CURRENT_TIMESTAMP, "
	    "title TEXT, text TEXT)");
	statement = prepare_insert();
	printf("insert %.0f\n", measure_inserts(statement, 1));
	printf("grouped %.0f\n", measure_inserts(statement, GROUP));
	fill(statement, rows);
	printf("point %.0f\n", measure_points(rows));
	sqlite3_finalize(statement);
}

int
main(int argc, char *argv[])
{
	long rows = argc >= 3 ? strtol(argv[argc - 1], NULL, 10) : 0;
	sqlite3_stmt *statement;

	if (rows > 0 && argc == 4 && !strcmp(argv[1], "fill")) {
		open_file(argv[2]);
		statement = prepare_insert();
		fill(statement, rows);
		sqlite3_finalize(statement);
	} else if (rows > 0 && argc == 3 && chdir(argv[1]) == 0) {
		measure(rows);
	} else {
		errx(1, "usage: data_plain [fill FILE|DIR] ROWS");
	}
	sqlite3_close(db);
	return 0;
}
