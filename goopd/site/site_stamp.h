/*
 * site_stamp: does an open file still have the content it was announced with?
 * One that is written while it is sent would reach the visitor as a mixture of
 * both versions.
 */
#ifndef GOOPD_SITE_SITE_STAMP_H
#define GOOPD_SITE_SITE_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

struct site_stamp {
	off_t size;
	struct timespec modified;
};

/* Of the open file, now. */
void site_stamp_take(int fd, struct site_stamp *ret);
/* Has its content stayed the same since? What is not content (links, mode) may
 * have changed: a file replaced by another is sent as it was. */
bool site_stamp_holds(const struct site_stamp *, int fd);

#endif
