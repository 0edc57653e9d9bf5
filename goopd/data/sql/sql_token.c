#include "goopd/data/sql/sql_token.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"

#define DIGITS "0123456789"
#define HEX    DIGITS "abcdefABCDEF"
#define WORD   DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* Longer ones first. */
static const char *const operators[] = { "->>", "->", "||", "==", "!=", "<>",
	"<=", ">=", "<<", ">>", "&", "|", "+", "-", "*", "/", "%", "~", "=",
	"<", ">" };

/* clang-format off */
static const struct {
	const char *start, *why;
} strangers[] = {
	{ "--", "comments are not allowed" },
	{ "/*", "comments are not allowed" },
	{ ";",  "a semicolon is not allowed" },
	{ "[",  "names in brackets are not allowed: use double quotes" },
	{ "`",  "names in backticks are not allowed: use double quotes" },
	{ ":",  "named parameters are not allowed: use ?" },
	{ "@",  "named parameters are not allowed: use ?" },
	{ "$",  "named parameters are not allowed: use ?" },
};
/* clang-format on */

bool
sql_token_is_word(const struct sql_token *token, const char *word)
{
	return token->kind == SQL_WORD && strlen(word) == token->len &&
	       strncasecmp(token->at, word, token->len) == 0;
}

static bool
is_one_of(char byte, const char *set)
{
	return byte != '\0' && strchr(set, byte) != NULL;
}

static int
stranger(const char *at, const char **why)
{
	size_t i;

	*why = (unsigned char)*at < 0x80
		   ? "there is a character that has no meaning here"
		   : "names of other letters than a to z must be in double "
		     "quotes";
	for (i = 0; i < ARRAY_SIZE(strangers); i++) {
		if (strncmp(at, strangers[i].start,
			strlen(strangers[i].start)) == 0)
			*why = strangers[i].why;
	}
	return -EBADMSG;
}

/* Behind the quote that ends it, a doubled one being a character of it; NULL if
 * there is none. */
static const char *
quote_end(const char *at)
{
	char quote = *at++;

	for (;; at++) {
		at = strchr(at, quote);
		if (at == NULL)
			return NULL;
		if (at[1] != quote)
			return at + 1;
		at++;
	}
}

static int
cut_quoted(const char **at, struct sql_token *token, const char **why)
{
	const char *end = quote_end(*at);

	if (end == NULL) {
		*why = "a quote is not closed";
		return -EBADMSG;
	}
	token->kind = **at == '"' ? SQL_QUOTED : SQL_TEXT;
	*at = end;
	return 0;
}

static int
cut_blob(const char **at, struct sql_token *token, const char **why)
{
	size_t digits = strspn(*at + 2, HEX);

	if (digits % 2 != 0 || (*at)[2 + digits] != '\'') {
		*why = "a blob must be pairs of hexadecimal digits";
		return -EBADMSG;
	}
	token->kind = SQL_BLOB;
	*at += 2 + digits + 1;
	return 0;
}

static size_t
exponent_length(const char *at)
{
	size_t sign;

	if (!is_one_of(*at, "eE"))
		return 0;
	sign = is_one_of(at[1], "+-") ? 1 : 0;
	return is_one_of(at[1 + sign], DIGITS)
		   ? 1 + sign + strspn(at + 1 + sign, DIGITS)
		   : 0;
}

static int
cut_number(const char **at, struct sql_token *token, const char **why)
{
	const char *end = *at;

	if (*end == '0' && is_one_of(end[1], "xX")) {
		end += 2 + strspn(end + 2, HEX);
	} else {
		end += strspn(end, DIGITS);
		if (*end == '.')
			end += 1 + strspn(end + 1, DIGITS);
		end += exponent_length(end);
	}
	if (is_one_of(*end, WORD "$") || (unsigned char)*end >= 0x80 ||
	    is_one_of(end[-1], "xX")) {
		*why = "a number is malformed";
		return -EBADMSG;
	}
	token->kind = SQL_NUMBER;
	*at = end;
	return 0;
}

static int
cut_placeholder(const char **at, struct sql_token *token, const char **why)
{
	if (is_one_of((*at)[1], DIGITS)) {
		*why = "numbered parameters are not allowed: use ?";
		return -EBADMSG;
	}
	token->kind = SQL_PLACEHOLDER;
	(*at)++;
	return 0;
}

static int
cut_operator(const char **at, struct sql_token *token, const char **why)
{
	size_t i, len;

	if (strncmp(*at, "--", 2) == 0 || strncmp(*at, "/*", 2) == 0)
		return stranger(*at, why);
	for (i = 0; i < ARRAY_SIZE(operators); i++) {
		len = strlen(operators[i]);
		if (strncmp(*at, operators[i], len) == 0) {
			token->kind = SQL_OPERATOR;
			*at += len;
			return 0;
		}
	}
	return stranger(*at, why);
}

static enum sql_token_kind
mark_of(char byte)
{
	switch (byte) {
	case '(':
		return SQL_OPEN;
	case ')':
		return SQL_CLOSE;
	case ',':
		return SQL_COMMA;
	case '.':
		return SQL_DOT;
	case '\0':
		return SQL_END;
	}
	return SQL_NONE;
}

static int
cut(const char **at, struct sql_token *token, const char **why)
{
	char byte = **at;

	if (byte == '\'' || byte == '"')
		return cut_quoted(at, token, why);
	if (is_one_of(byte, "xX") && (*at)[1] == '\'')
		return cut_blob(at, token, why);
	if (is_one_of(byte, DIGITS) ||
	    (byte == '.' && is_one_of((*at)[1], DIGITS)))
		return cut_number(at, token, why);
	if (is_one_of(byte, WORD)) {
		token->kind = SQL_WORD;
		*at += strspn(*at, WORD);
		return 0;
	}
	if (byte == '?')
		return cut_placeholder(at, token, why);
	token->kind = mark_of(byte);
	if (token->kind == SQL_NONE)
		return cut_operator(at, token, why);
	if (token->kind != SQL_END)
		(*at)++;
	return 0;
}

int
sql_token_next(const char **at, struct sql_token *ret, const char **why)
{
	struct sql_token token = { 0 };
	int rc;

	*at += strspn(*at, " \t\n");
	token.at = *at;
	rc = cut(at, &token, why);
	if (rc < 0)
		return rc;
	token.len = (size_t)(*at - token.at);
	*ret = token;
	return 0;
}

bool
sql_text_is_now(const char *text)
{
	return strcasecmp(text, "CURRENT_TIMESTAMP") == 0 ||
	       strcasecmp(text, "CURRENT_DATE") == 0 ||
	       strcasecmp(text, "CURRENT_TIME") == 0;
}

bool
sql_text_is_number(const char *text)
{
	struct sql_token token;
	const char *why;

	if (*text == '-' || *text == '+')
		text++;
	return sql_token_next(&text, &token, &why) == 0 &&
	       token.kind == SQL_NUMBER && *text == '\0';
}
