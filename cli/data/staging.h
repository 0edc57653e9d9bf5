/*
 * staging: a directory beside its goal in which something is put together, to
 * be renamed when it is complete. It is called .NAME.goop2-import; the kernel
 * locks it for as long as its process lives, so what a killed one left is
 * recognised, and cleared by the next.
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

/* Make it, empty, 0700, for what is to be called name in the folder parent,
 * which is borrowed. 0, STAGING_BUSY, or -errno. */
int staging_open(int parent, const char *name, struct staging *ret);

/* A new file in it, with the folders that it is in. A descriptor; -EEXIST if
 * there is one, or -errno. */
int staging_create(const struct staging *, const char *path, mode_t mode);

/* Make the folders that path is in. 0 or -errno. */
int staging_make_folders(const struct staging *, const char *path);

/* All of it safe on disk. 0 or -errno. */
int staging_sync(const struct staging *);

/* It got its other name: only let it go. */
void staging_release(struct staging *);

/* Remove it with all that is in it. */
void staging_drop(struct staging *);

#endif
