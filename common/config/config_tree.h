/*
 * config_tree: a configuration file as a tree of values, from JSON or YAML
 * alike, and the line on which each key stands. Knows nothing of the table.
 */
#ifndef COMMON_CONFIG_CONFIG_TREE_H
#define COMMON_CONFIG_CONFIG_TREE_H

#include <jansson.h>

#include "common/base/buffer.h"

enum { CONFIG_DEPTH_MAX = 8 };

struct config_line {
	char *path; /* "section.key" as the file spells it */
	unsigned int number;
};

struct config_tree {
	const char *file; /* "goop.json", "goop.yaml" or NULL: none is there */
	json_t *root;     /* an object */
	struct config_line *lines;
	size_t line_count;
};

/* What is wrong with the file as a whole. */
struct config_flaw {
	unsigned int line; /* 0: of the whole file */
	char reason[200];
};

/* Read goop.json, else goop.yaml, else nothing, beneath dirfd. 0, or -EINVAL
 * with *flaw and *ret->file filled. */
int config_tree_read(int dirfd, struct config_tree *ret, struct config_flaw *);

/* Parse; the text may begin with a byte order mark. 0, or -EINVAL. */
int config_tree_parse_json(
    struct config_tree *, struct bytes, struct config_flaw *);
void config_tree_fini(struct config_tree *);

/* In the form of the tree's file, JSON if there is none. 0 or -ENOBUFS. */
int config_tree_print(const struct config_tree *, struct buffer *);

/* For the parsers: note where a key stands; both may be NULL. */
void config_tree_note(struct config_tree *, const char *section,
    const char *key, unsigned int line);

/* The line of section.key, or of the section if key is NULL; 0: unknown. */
unsigned int config_tree_line(
    const struct config_tree *, const char *section, const char *key);

/* A member by name in any case; NULL, or its value with its spelling. */
json_t *config_member(json_t *object, const char *name, const char **spelling);

/* Set "section.name", which may be there in another spelling. The value is
 * borrowed. -EINVAL if the section is no object. */
int config_tree_set(struct config_tree *, const char *path, json_t *value);

#endif
