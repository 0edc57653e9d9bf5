#include "goopd/data/sql/sql_fragment.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "goopd/data/sql/sql_token.h"

struct check {
	enum sql_fragment_kind kind;
	struct sql_token before, token;
	size_t depth, tokens, placeholders;
	bool is_cast[SQL_FRAGMENT_DEPTH_MAX]; /* which parentheses are */
};

/* Words of statements. Some SQLite would take for names, but not all. */
/* clang-format off */
static const struct {
	const char *word, *why;
} statement_words[] = {
#define NOT_HERE(word) { #word, #word " is not allowed here (a column of that name: in double quotes)" }
	NOT_HERE(SELECT), NOT_HERE(WITH), NOT_HERE(VALUES), NOT_HERE(UNION),
	NOT_HERE(INTERSECT), NOT_HERE(EXCEPT), NOT_HERE(ATTACH),
	NOT_HERE(DETACH), NOT_HERE(PRAGMA), NOT_HERE(INSERT), NOT_HERE(UPDATE),
	NOT_HERE(DELETE), NOT_HERE(DROP), NOT_HERE(CREATE), NOT_HERE(ALTER),
	NOT_HERE(FROM), NOT_HERE(JOIN), NOT_HERE(WHERE), NOT_HERE(HAVING),
	NOT_HERE(LIMIT), NOT_HERE(OFFSET), NOT_HERE(ORDER), NOT_HERE(GROUP),
	NOT_HERE(WINDOW), NOT_HERE(OVER), NOT_HERE(RAISE), NOT_HERE(EXISTS),
	NOT_HERE(RETURNING), NOT_HERE(INTO), NOT_HERE(SET), NOT_HERE(MATCH),
	NOT_HERE(REGEXP),
};

static bool is_open(const struct sql_token *);
static bool is_name(const struct sql_token *);
static bool is_collation(const struct sql_token *);

/* Words that say what comes next. */
static const struct {
	const char *word;
	bool (*is_fine)(const struct sql_token *next);
	const char *why;
} leaders[] = {
	{ "IN",      is_open,      "IN must be followed by a list in parentheses" },
	{ "REPLACE", is_open,      "REPLACE is not allowed here, but the function replace(...)" },
	{ "CAST",    is_open,      "CAST must be followed by parentheses" },
	{ "AS",      is_name,      "AS must be followed by a name" },
	{ "COLLATE", is_collation, "COLLATE must be followed by NOCASE, BINARY or RTRIM" },
};
/* clang-format on */

static bool
is_open(const struct sql_token *next)
{
	return next->kind == SQL_OPEN;
}

static bool
is_name(const struct sql_token *next)
{
	return next->kind == SQL_WORD || next->kind == SQL_QUOTED;
}

static bool
is_collation(const struct sql_token *next)
{
	return sql_token_is_word(next, "NOCASE") ||
	       sql_token_is_word(next, "BINARY") ||
	       sql_token_is_word(next, "RTRIM");
}

static const char *
refuse_next(const struct check *check)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(leaders); i++) {
		if (sql_token_is_word(&check->before, leaders[i].word) &&
		    !leaders[i].is_fine(&check->token))
			return leaders[i].why;
	}
	return NULL;
}

static bool
may_have_as(const struct check *check)
{
	if (check->depth == 0)
		return check->kind == SQL_FRAGMENT_EXPR;
	return check->is_cast[check->depth - 1];
}

static bool
may_have_distinct(const struct check *check)
{
	return check->before.kind == SQL_OPEN ||
	       (check->before.kind == SQL_NONE &&
		   check->kind == SQL_FRAGMENT_EXPR);
}

static const char *
refuse_word(const struct check *check)
{
	const struct sql_token *token = &check->token;
	bool is_order = check->kind == SQL_FRAGMENT_ORDER && check->depth == 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statement_words); i++) {
		if (sql_token_is_word(token, statement_words[i].word))
			return statement_words[i].why;
	}
	if (sql_token_is_word(token, "AS") && !may_have_as(check))
		return "AS is not allowed here";
	if (sql_token_is_word(token, "DISTINCT") && !may_have_distinct(check))
		return "DISTINCT is not allowed here";
	if (!is_order && (sql_token_is_word(token, "ASC") ||
			     sql_token_is_word(token, "DESC") ||
			     sql_token_is_word(token, "NULLS")))
		return "ASC, DESC and NULLS are for an order alone";
	return NULL;
}

static const char *
refuse_name(const struct sql_token *token)
{
	static const char prefix[] = "sqlite_";
	const char *name =
	    token->kind == SQL_QUOTED ? token->at + 1 : token->at;

	if (strncasecmp(name, prefix, strlen(prefix)) == 0)
		return "names that begin with sqlite_ are not allowed";
	return NULL;
}

static const char *
open_parenthesis(struct check *check)
{
	if (check->before.kind == SQL_QUOTED || check->before.kind == SQL_TEXT)
		return "a function's name must not be in quotes";
	if (check->depth == SQL_FRAGMENT_DEPTH_MAX)
		return "the parentheses are nested too deeply";
	check->is_cast[check->depth++] =
	    sql_token_is_word(&check->before, "CAST");
	return NULL;
}

static const char *
close_parenthesis(struct check *check)
{
	if (check->depth == 0)
		return "a parenthesis is closed that was not opened";
	check->depth--;
	return NULL;
}

static const char *
refuse_end(const struct check *check)
{
	if (check->before.kind == SQL_NONE)
		return "the expression is empty";
	return check->depth > 0 ? "a parenthesis is not closed" : NULL;
}

/* NULL if the token is fine where it is. */
static const char *
refuse_token(struct check *check)
{
	const char *why = refuse_next(check);

	if (why != NULL)
		return why;
	switch (check->token.kind) {
	case SQL_WORD:
		why = refuse_word(check);
		return why != NULL ? why : refuse_name(&check->token);
	case SQL_QUOTED:
		return refuse_name(&check->token);
	case SQL_OPEN:
		return open_parenthesis(check);
	case SQL_CLOSE:
		return close_parenthesis(check);
	case SQL_COMMA:
		return check->kind == SQL_FRAGMENT_WHERE && check->depth == 0
			   ? "a condition must be one expression"
			   : NULL;
	case SQL_PLACEHOLDER:
		check->placeholders++;
		return NULL;
	case SQL_END:
		return refuse_end(check);
	default:
		return NULL;
	}
}

/* SQLite may end a text where it meets a NUL, and messages show what is here.
 */
static const char *
refuse_bytes(const char *text)
{
	const char *at;

	if (strnlen(text, SQL_FRAGMENT_MAX + 1) > SQL_FRAGMENT_MAX)
		return "the expression is too long";
	for (at = text; *at != '\0'; at++) {
		if (((unsigned char)*at < ' ' && *at != '\t' && *at != '\n') ||
		    *at == 0x7f)
			return "control characters are not allowed";
	}
	return text_is_utf8(bytes_of(text)) ? NULL : "the text is not UTF-8";
}

int
sql_fragment_check(const char *text, enum sql_fragment_kind kind,
    size_t *ret_placeholders, const char **why)
{
	struct check check = { .kind = kind };
	const char *refusal = refuse_bytes(text);
	int rc;

	while (refusal == NULL && check.token.kind != SQL_END) {
		check.before = check.token;
		rc = sql_token_next(&text, &check.token, why);
		if (rc < 0)
			return rc;
		if (++check.tokens > SQL_FRAGMENT_TOKENS_MAX + 1)
			refusal = "the expression has too many parts";
		else
			refusal = refuse_token(&check);
	}
	if (refusal != NULL) {
		*why = refusal;
		return -EBADMSG;
	}
	*ret_placeholders = check.placeholders;
	return 0;
}
