/*
 * store_load: the store in this process, without a network: durable inserts
 * with so many under way, and point queries, next to SQLite itself with a
 * transaction for each insert. Prints one line of JSON.
 *
 *	store_load DIR [SECONDS] [UNDER_WAY] [CALLERS]
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/monotime.h"
#include "goopd/data/store/store.h"

enum { UNDER_WAY = 64, SECONDS = 3, CALLERS_MAX = 256, SAMPLES_MAX = 4000000 };

struct load {
	struct event_base *base;
	struct store *store;
	struct data_caller callers[CALLERS_MAX];
	int caller_count, under_way;
	const char *before, *behind; /* of a request, with a number between */
	int64_t next, most;          /* numbers go around */
	int64_t done, failed, asked;
	int64_t end_us;
	int pending;
	int *took_us; /* samples */
	struct asked *free;
};

struct asked {
	struct load *load;
	int64_t began_us;
};

static void ask(struct load *, struct asked *);

static void
on_done(struct data_answer *answer, void *arg)
{
	struct asked *asked = arg;
	struct load *load = asked->load;
	int64_t now = monotime_now().us;

	if (answer->code != BUS_OK && load->failed++ == 0)
		fprintf(stderr, "%s\n", answer->error);
	if (load->done < SAMPLES_MAX)
		load->took_us[load->done] = (int)(now - asked->began_us);
	load->done++;
	load->pending--;
	if (now < load->end_us)
		ask(load, asked);
	else if (load->pending == 0)
		event_base_loopbreak(load->base);
}

static void
ask(struct load *load, struct asked *asked)
{
	char request[256];
	int len = snprintf(request, sizeof(request), "%s%" PRId64 "%s",
	    load->before, load->next++ % load->most + 1, load->behind);

	asked->began_us = monotime_now().us;
	load->pending++;
	store_ask(load->store,
	    &load->callers[load->asked++ % load->caller_count],
	    &(struct data_body){
		.is_line = true, .json = { (uint8_t *)request, (size_t)len } },
	    on_done, asked);
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
run(struct load *load, const char *name, const char *before, const char *behind,
    int seconds)
{
	struct asked all[1024];
	int64_t began = monotime_now().us, took;
	size_t count;
	int i;

	load->before = before;
	load->behind = behind;
	load->done = load->next = load->failed = 0;
	load->end_us = began + (int64_t)seconds * 1000000;
	for (i = 0; i < load->under_way; i++) {
		all[i].load = load;
		ask(load, &all[i]);
	}
	event_base_dispatch(load->base);
	took = monotime_now().us - began;
	count = load->done < SAMPLES_MAX ? (size_t)load->done : SAMPLES_MAX;
	qsort(load->took_us, count, sizeof(int), compare);
	printf("%s\"%s\":{\"per_s\":%" PRId64 ",\"p50_us\":%d,\"p99_us\":%d,"
	       "\"failed\":%" PRId64 "}",
	    name[0] == 'i' ? "{" : ",", name, load->done * 1000000 / took,
	    load->took_us[count / 2], load->took_us[count * 99 / 100],
	    load->failed);
	fflush(stdout);
}

static void
on_setup(struct data_answer *answer, void *arg)
{
	struct load *load = arg;

	if (answer->code != BUS_OK)
		die("%s", answer->error);
	event_base_loopbreak(load->base);
}

static void
set_up(struct load *load)
{
	static const char create[] =
	    "{\"op\":\"create-table\",\"name\":\"posts\",\"column_defs\":"
	    "[{\"name\":\"title\",\"type\":\"TEXT\"},"
	    "{\"name\":\"n\",\"type\":\"INTEGER\"}],\"policy\":\"open\"}";
	struct data_caller owner = load->callers[0];

	owner.is_owner = true;
	store_ask(load->store, &owner,
	    &(struct data_body){ .is_line = true, .json = bytes_of(create) },
	    on_setup, load);
	event_base_dispatch(load->base);
}

/* --- SQLite itself */

static void
check(int rc, sqlite3 *db)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
		die("sqlite: %s", sqlite3_errmsg(db));
}

static void
plain_inserts(sqlite3 *db, int seconds)
{
	int64_t began = monotime_now().us, count = 0;
	sqlite3_stmt *insert;

	check(sqlite3_prepare_v2(db,
		  "INSERT INTO plain (title, n) VALUES ('a title', ?)", -1,
		  &insert, NULL),
	    db);
	while (monotime_now().us < began + (int64_t)seconds * 1000000) {
		sqlite3_bind_int64(insert, 1, count++);
		check(sqlite3_step(insert), db);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	printf(",\"plain_inserts\":{\"per_s\":%" PRId64 "}",
	    count * 1000000 / (monotime_now().us - began));
}

static void
plain_queries(sqlite3 *db, int seconds)
{
	int64_t began = monotime_now().us, count = 0;
	sqlite3_stmt *query;

	check(sqlite3_prepare_v2(db,
		  "SELECT _id, title, n FROM posts WHERE _id = ?", -1, &query,
		  NULL),
	    db);
	while (monotime_now().us < began + (int64_t)seconds * 1000000) {
		sqlite3_bind_int64(query, 1, count++ % 1000 + 1);
		check(sqlite3_step(query), db);
		sqlite3_reset(query);
	}
	sqlite3_finalize(query);
	printf(",\"plain_queries\":{\"per_s\":%" PRId64 "}}\n",
	    count * 1000000 / (monotime_now().us - began));
}

static void
plain(const char *directory, int seconds)
{
	char path[512];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/data.db", directory);
	check(sqlite3_open(path, &db), db);
	check(sqlite3_exec(db,
		  "PRAGMA synchronous = FULL;"
		  "CREATE TABLE IF NOT EXISTS plain"
		  " (_id INTEGER PRIMARY KEY, title, n)",
		  NULL, NULL, NULL),
	    db);
	plain_inserts(db, seconds);
	plain_queries(db, seconds);
	sqlite3_close(db);
}

int
main(int argc, char *argv[])
{
	static struct load load;
	int seconds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : SECONDS;
	uint8_t multihash[34] = { 0x12, 0x20 };
	int dirfd, i;

	if (argc < 2)
		die("usage: store_load DIR [SECONDS] [UNDER_WAY] [CALLERS]");
	log_open("store_load", LOG_LEVEL_INFO);
	load.under_way = argc > 3 ? (int)strtol(argv[3], NULL, 10) : UNDER_WAY;
	load.caller_count = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 1;
	load.took_us = calloc(SAMPLES_MAX, sizeof(int));
	load.base = event_base_new();
	for (i = 0; i < load.caller_count; i++) {
		multihash[2] = (uint8_t)i;
		peer_id_decode(
		    (struct bytes){ multihash, 34 }, &load.callers[i].peer);
	}
	dirfd = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (dirfd == -1 ||
	    store_open(dirfd, &load.callers[0].peer, &load.store) < 0 ||
	    store_start(load.store, load.base, NULL, NULL) < 0)
		die("no store in %s: %s", argv[1], strerror(errno));
	set_up(&load);
	load.most = INT64_MAX;
	run(&load, "inserts",
	    "{\"op\":\"insert\",\"table\":\"posts\",\"data\":"
	    "{\"title\":\"a title\",\"n\":",
	    "}}", seconds);
	load.most = 1000;
	run(&load, "queries",
	    "{\"op\":\"query\",\"table\":\"posts\",\"columns\":"
	    "[\"_id\",\"title\",\"n\"],\"where\":\"_id = ?\",\"args\":[",
	    "]}", seconds);
	store_free(load.store);
	plain(argv[1], seconds);
	event_base_free(load.base);
	free(load.took_us);
	return 0;
}
