/*
 * sql_fragment: the texts that pages put into requests (where, order, expr,
 * group_by) are SQL in the original. This is the first of three walls: a
 * fragment is cut into tokens, and must be one expression (or a list of them)
 * that cannot leave the place where it is put: no comment, no semicolon, no
 * unbalanced parenthesis, no sub-select, no named parameter. What it may read
 * and call is decided behind it, by the authorizer (statement_limits.h)
 * and the views. It knows nothing of tables and evaluates nothing.
 */
#ifndef GOOPD_DATA_SQL_SQL_FRAGMENT_H
#define GOOPD_DATA_SQL_SQL_FRAGMENT_H

#include <stddef.h>

enum {
	SQL_FRAGMENT_MAX = 8 * 1024, /* bytes */
	SQL_FRAGMENT_TOKENS_MAX = 1024,
	SQL_FRAGMENT_DEPTH_MAX = 32, /* parentheses */
};

enum sql_fragment_kind {
	SQL_FRAGMENT_WHERE,    /* one expression */
	SQL_FRAGMENT_ORDER,    /* a list; each may end in ASC or DESC, NULLS */
	SQL_FRAGMENT_EXPR,     /* a list; each may have AS and a name */
	SQL_FRAGMENT_GROUP_BY, /* a list */
};

/*
 * Check text, a C string. 0 with *ret_placeholders the number of its "?" (the
 * only form of parameter allowed), or -EBADMSG with *why a static sentence for
 * the author of the page.
 */
int sql_fragment_check(const char *text, enum sql_fragment_kind,
    size_t *ret_placeholders, const char **why);

#endif
