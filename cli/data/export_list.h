/*
 * export_list: the files of a peer that go into an export, found on disk, and
 * what was left out.
 */
#ifndef CLI_DATA_EXPORT_LIST_H
#define CLI_DATA_EXPORT_LIST_H

#include <time.h>

#include "cli/data/manifest.h"

struct export_item {
	char *name; /* in the export */
	int root;   /* the folder it is in; or itself if path is NULL */
	char *path; /* from there */
	char sha256[65];
	int64_t size;
	time_t changed;
};

struct export_list {
	struct export_item *items;
	size_t count;
	size_t left_out;
};

/* One file called name; borrows root. path NULL: root is the file. */
void export_list_add(
    struct export_list *, const char *name, int root, const char *path);

/*
 * All files beneath the folder root as prefix/..., sorted; borrows root. What
 * is left out is reported on standard error and counted. 0; -E2BIG: too many;
 * or -errno.
 */
int export_list_gather(struct export_list *, int root, const char *prefix);

/* All sizes together, once they are known. */
int64_t export_list_bytes(const struct export_list *);

/* Open a file of the list. A descriptor at its start, or -errno. */
int export_item_open(const struct export_item *);

void export_list_fini(struct export_list *);

#endif
