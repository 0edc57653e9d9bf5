/*
 * site: the directory of the site. It is opened once; the kernel resolves every
 * path beneath it (openat2) without following links. Only regular files are
 * served.
 */
#ifndef GOOPD_SITE_SITE_H
#define GOOPD_SITE_SITE_H

#include "goopd/site/site_message.h"

struct site;

/*
 * Open root (relative to dirfd, or absolute), making it if it is missing.
 * Refused if it contains one of the private paths (NULL-terminated, relative to
 * dirfd's directory), which must not be served. 0, or -errno with *why a
 * malloc'd sentence; -EKEYREJECTED if the configuration is wrong.
 */
int site_open(int dirfd, const char *root, const char *const *private_paths,
    struct site **ret, char **why);
void site_free(struct site *);

/* Say in each answer that the pages want to be seen at /p/<peer id>/. */
void site_want_path(struct site *);

/*
 * The answer to a request: the head, and the open file if a body follows it
 * (*ret_fd, else -1). For a directory, its index.html; without the final slash
 * 1.1 answers 301, which 1.0 cannot express. Where there is no "about" in 1.1,
 * it is about.html.
 */
void site_serve(const struct site *, enum site_version,
    const struct site_request *, struct site_answer *ret, int *ret_fd);

#endif
