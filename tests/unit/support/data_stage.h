/*
 * data_stage: a store in a directory of its own, and an event loop that runs
 * until an answer is there.
 */
#ifndef TESTS_UNIT_SUPPORT_DATA_STAGE_H
#define TESTS_UNIT_SUPPORT_DATA_STAGE_H

#include <event2/event.h>

#include "goopd/data/store/store.h"

enum { DATA_STAGE_PATH_MAX = 128, DATA_STAGE_CHANGES_MAX = 256 };

struct data_stage {
	char directory[64];
	char path[DATA_STAGE_PATH_MAX]; /* of data.db */
	int dirfd;
	struct peer_id self;
	struct event_base *base;
	struct store *store;                  /* NULL: closed */
	int64_t visitors_max_bytes;           /* for the next that is opened */
	char *answer;                         /* the last one */
	char changes[DATA_STAGE_CHANGES_MAX]; /* "posts,guestbook," */
	unsigned int troubles;
};

/* For cmocka_unit_test_setup_teardown; the store runs. */
int data_stage_begin(void **state);
int data_stage_end(void **state);

/* The same without a store yet. */
int data_stage_prepare(void **state);
void data_stage_open(struct data_stage *);
void data_stage_close(struct data_stage *);
void data_stage_restart(struct data_stage *);

/* Callers: 0 is the owner, others strangers. */
struct data_caller data_stage_caller(const struct data_stage *, int number);
/* What is in _owner of their rows. */
const char *data_stage_peer(const struct data_stage *, int number);

/*
 * Ask and wait. The data of the answer, "" if it has none, or "code: words" of
 * a refusal; until the next call. In what is asked, ' stands for " and ` for '.
 */
const char *data_ask_as(struct data_stage *, int caller, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* A dialogue: each is asked, and the answer compared. In want the same two
 * stand for others, and "*" at its end for anything. */
struct data_line {
	int caller;
	const char *request, *want;
};
void data_play(struct data_stage *, const struct data_line *, size_t count);
#define DATA_PLAY(stage, lines) \
	data_play(stage, lines, sizeof(lines) / sizeof((lines)[0]))

/* SQL on the file, by a connection of its own. */
void data_stage_sql(struct data_stage *, const char *sql);
/* Its first value as text, until the next call; NULL for none. */
const char *data_stage_value(struct data_stage *, const char *sql);

#endif
