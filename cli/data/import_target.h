/*
 * import_target: where a peer is to come into being: a directory that is new,
 * empty, or a peer that is to be replaced.
 */
#ifndef CLI_DATA_IMPORT_TARGET_H
#define CLI_DATA_IMPORT_TARGET_H

#include <stdbool.h>

#include "cli/data/staging.h"
#include "cli/peer/exit_status.h"

enum import_target_kind { TARGET_NEW, TARGET_EMPTY, TARGET_PEER };

struct import_target {
	enum import_target_kind kind;
	char *path; /* absolute, without symbolic links */
	char *parent_path;
	char *name;   /* its last part */
	char *before; /* what name is called when it is replaced */
	int parent;
	int lock; /* of the peer there; -1: there is none */
};

/*
 * See what is at path, and lock the peer if there is one, which is only allowed
 * if is_replacing. EXIT_OK, or a complaint was made.
 */
enum exit_status import_target_open(
    const char *path, bool is_replacing, struct import_target *ret);

/* Put the staged directory there, in one step. EXIT_OK, then the staging is
 * released; or a complaint was made, and nothing has changed. */
enum exit_status import_target_put(
    const struct import_target *, struct staging *);

void import_target_close(struct import_target *);

#endif
