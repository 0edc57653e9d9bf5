/*
 * store_stage: a roster_play whose roster is kept in a file of its own, which
 * outlives stops and kills.
 */
#ifndef TESTS_UNIT_SUPPORT_STORE_STAGE_H
#define TESTS_UNIT_SUPPORT_STORE_STAGE_H

#include "goop-rendezvousd/roster/roster_store.h"
#include "tests/unit/support/roster_play.h"

struct stage {
	struct roster_play *play;
	struct roster_store *store;
	char directory[64];
	char path[128]; /* of the file */
	int errors;     /* lines logged */
};

/* For cmocka_unit_test_setup_teardown; nothing is loaded. */
int stage_begin(void **state);
int stage_end(void **state);

/* The store begins. */
void stage_load(struct stage *);

/* A second passes, and the store saves. */
void stage_save(struct stage *);

/* A new process, so much later; after a clean stop; after a kill. */
void stage_open_again(struct stage *, int64_t after_ms);
void stage_restart(struct stage *, int64_t after_ms);
void stage_kill_and_restart(struct stage *);

/* Unlink what matches. */
void stage_remove_all(const char *pattern);

#endif
