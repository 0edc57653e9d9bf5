/*
 * staging: a directory beside its target in which the import is assembled, and
 * which is renamed when it is complete. It is called .NAME.goop2-import and
 * locked as long as its process lives, so the next import recognises and clears
 * what a killed one left.
 */
#ifndef CLI_DATA_STAGING_H
#define CLI_DATA_STAGING_H

#include <sys/types.h>
#include <time.h>

enum { STAGING_BUSY = 1 };

struct staging {
	int parent; /* borrowed */
	char *name;
	int fd;
};

/* Make it, empty, 0700, for the later name in the folder parent, which is
 * borrowed. 0, STAGING_BUSY, or -errno. */
int staging_open(int parent, const char *name, struct staging *ret);

/* Make a new file in it, with its folders. A descriptor; -EEXIST if it exists,
 * or -errno. */
int staging_create(const struct staging *, const char *path, mode_t mode);

/* Make the folders of path. 0 or -errno. */
int staging_make_folders(const struct staging *, const char *path);

/* Sync everything to disk. 0 or -errno. */
int staging_sync(const struct staging *);

/* It was renamed: only release it. */
void staging_release(struct staging *);

/* Remove it with everything in it. */
void staging_drop(struct staging *);

#endif
