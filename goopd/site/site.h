/*
 * site: the directory that visitors get, on the disk. It is opened once; every
 * path is then resolved beneath it by the kernel (openat2), without following
 * any link. Only regular files are served.
 */
#ifndef GOOPD_SITE_SITE_H
#define GOOPD_SITE_SITE_H

#include "goopd/site/site_message.h"

struct site;

/*
 * Open root (relative to dirfd, or absolute), making it if it is missing.
 * Refused if it contains one of the private paths (NULL-terminated, relative
 * to dirfd's directory): whoever serves those gives the peer away. 0, or
 * -errno with *why a malloc'd sentence; -EKEYREJECTED if it is the
 * configuration that is wrong.
 */
int site_open(int dirfd, const char *root, const char *const *private_paths,
    struct site **ret, char **why);
void site_free(struct site *);

/*
 * The answer to a request: head, and the open file if a body is to follow it
 * (*ret_fd, else -1). Directories: their index.html; without the slash at the
 * end 1.1 answers 301, for 1.0 has no way to say it.
 */
void site_serve(const struct site *, enum site_version,
    const struct site_request *, struct site_answer *ret, int *ret_fd);

#endif
