/*
 * site_path: what a stranger may name. Turns the decoded path of a request
 * into a relative path beneath the site, or refuses it. Pure: whether the file
 * is there, and that it really lies beneath, is site_file's part.
 *
 * Empty and "." components vanish. Refused whatever is on the disk: "..", a
 * backslash, names that start with a dot, and beneath the root lua/, src/ and
 * stage/ in any case. Percent signs are letters like others: paths arrive
 * decoded.
 */
#ifndef GOOPD_SITE_SITE_PATH_H
#define GOOPD_SITE_SITE_PATH_H

#include "common/base/bytes.h"

enum { SITE_PATH_MAX = 4096 }; /* GOOP_PATH_MAX of the bus */
#define SITE_INDEX "index.html"

/* Outcomes of site_path_resolve(). */
enum {
	SITE_PATH_BAD = 1,       /* control characters, not UTF-8, too long */
	SITE_PATH_FORBIDDEN = 2, /* never served */
	SITE_PATH_HIDDEN = 3,    /* answered as if it did not exist */
};

struct site_path {
	/* Relative, without empty components; room to append the index. */
	char text[SITE_PATH_MAX + 1 + sizeof(SITE_INDEX)];
	bool is_directory; /* asked with a slash at its end: text lacks it */
};

/* 0 with *ret, or an outcome. */
int site_path_resolve(struct bytes path, struct site_path *ret);

/* Make the path that of the directory's index. */
void site_path_to_index(struct site_path *);

#endif
