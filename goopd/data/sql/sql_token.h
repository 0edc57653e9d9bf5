/*
 * sql_token: cuts the text of an SQL expression into tokens as SQLite does, as
 * far as such a text is allowed here. Whatever SQLite would understand
 * differently, or that has no place in an expression, is no token.
 */
#ifndef GOOPD_DATA_SQL_SQL_TOKEN_H
#define GOOPD_DATA_SQL_SQL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum sql_token_kind {
	SQL_NONE,   /* before the first */
	SQL_WORD,   /* a name or a keyword */
	SQL_QUOTED, /* "a name" */
	SQL_TEXT,   /* 'text' */
	SQL_BLOB,   /* x'0f' */
	SQL_NUMBER,
	SQL_OPERATOR,
	SQL_PLACEHOLDER, /* ? */
	SQL_OPEN,        /* ( */
	SQL_CLOSE,       /* ) */
	SQL_COMMA,
	SQL_DOT,
	SQL_END,
};

struct sql_token {
	enum sql_token_kind kind;
	const char *at; /* borrows the text */
	size_t len;
};

/* The next token behind *at, which moves behind it. 0, or -EBADMSG with *why a
 * static sentence. */
int sql_token_next(const char **at, struct sql_token *ret, const char **why);

/* Is it this bare word, in letters of either case? */
bool sql_token_is_word(const struct sql_token *, const char *word);

/* "CURRENT_TIMESTAMP", "CURRENT_DATE" or "CURRENT_TIME", in either case. */
bool sql_text_is_now(const char *text);

/* One number, as SQL has them, with or without a sign. */
bool sql_text_is_number(const char *text);

#endif
