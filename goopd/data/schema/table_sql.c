#include "goopd/data/schema/table_sql.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/sql_token.h"

/* CREATE TABLE "name" ( and the system columns. */
static int
print_begin(const char *table, struct buffer *sql)
{
	return buffer_printf(sql,
	    "CREATE TABLE \"%s\" ("
	    "\"_id\" INTEGER PRIMARY KEY AUTOINCREMENT, "
	    "\"_owner\" TEXT NOT NULL, "
	    "\"_owner_email\" TEXT DEFAULT '', "
	    "\"_created_at\" DATETIME DEFAULT CURRENT_TIMESTAMP, "
	    "\"_updated_at\" DATETIME DEFAULT CURRENT_TIMESTAMP",
	    table);
}

/* A text as a literal, 'it''s'. */
static int
print_text(const char *text, struct buffer *sql)
{
	int rc = buffer_append(sql, bytes_of("'"));
	size_t len;

	for (; *text != '\0' && rc == 0; text += len) {
		len = strcspn(text, "'");
		if (len == 0) {
			rc = buffer_append(sql, bytes_of("''"));
			len = 1;
		} else {
			rc = buffer_append(
			    sql, (struct bytes){ (const uint8_t *)text, len });
		}
	}
	return rc == 0 ? buffer_append(sql, bytes_of("'")) : rc;
}

/* --- typed tables */

static const char *const sql_types[] = {
#define COLUMN_TYPE_SQL(name, word, sql) [COLUMN_##name] = sql,
	COLUMN_TYPES(COLUMN_TYPE_SQL)
};

static int
print_blob(const char *text, struct buffer *sql)
{
	int rc = buffer_append(sql, bytes_of("x'"));

	for (; *text != '\0' && rc == 0; text++)
		rc = buffer_printf(sql, "%02x", (unsigned char)*text);
	return rc == 0 ? buffer_append(sql, bytes_of("'")) : rc;
}

static bool
is_bare(const struct schema_column *column)
{
	switch (column->type) {
	case COLUMN_INTEGER:
	case COLUMN_REAL:
		return sql_text_is_number(column->fallback);
	case COLUMN_DATETIME:
	case COLUMN_DATE:
	case COLUMN_TIME:
		return sql_text_is_now(column->fallback);
	default:
		return false;
	}
}

static int
print_default(const struct schema_column *column, struct buffer *sql)
{
	int rc;

	if (column->fallback == NULL)
		return 0;
	rc = buffer_append(sql, bytes_of(" DEFAULT "));
	if (rc < 0)
		return rc;
	if (is_bare(column))
		return buffer_append(sql, bytes_of(column->fallback));
	if (column->type == COLUMN_BLOB)
		return print_blob(column->fallback, sql);
	return print_text(column->fallback, sql);
}

static int
print_column(const struct schema_column *column, struct buffer *sql)
{
	bool is_needed = column->is_required || column->is_key;
	int rc = buffer_printf(sql, "\"%s\" %s%s", column->name,
	    sql_types[column->type], is_needed ? " NOT NULL" : "");

	return rc == 0 ? print_default(column, sql) : rc;
}

int
table_schema_print_create(const struct table_schema *schema, struct buffer *sql)
{
	int rc = print_begin(schema->name, sql);
	size_t i;

	for (i = 0; i < schema->column_count && rc == 0; i++) {
		rc = buffer_append(sql, bytes_of(", "));
		if (rc == 0)
			rc = print_column(&schema->columns[i], sql);
	}
	return rc == 0 ? buffer_append(sql, bytes_of(")")) : rc;
}

/* --- classic tables */

/* Words that would end a type and begin a constraint. */
static const char *const constraint_words[] = { "CONSTRAINT", "PRIMARY", "KEY",
	"AUTOINCREMENT", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE",
	"REFERENCES", "ON", "GENERATED", "ALWAYS", "AS", "DEFERRABLE",
	"FOREIGN" };

/* Words that are values; any other one SQLite takes for a text. */
static const char *const value_words[] = { "NULL", "TRUE", "FALSE",
	"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME" };

static int
refuse(char **why, const char *name, const char *sentence)
{
	*why = xasprintf("%s: %s", name, sentence);
	return -EINVAL;
}

static bool
is_among(const struct sql_token *token, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (sql_token_is_word(token, words[i]))
			return true;
	}
	return false;
}

/* Behind "(": one number or two, and ")". */
static bool
is_length(const char *at)
{
	struct sql_token token;
	const char *why;
	size_t numbers;

	for (numbers = 1; numbers <= 2; numbers++) {
		if (sql_token_next(&at, &token, &why) < 0 ||
		    token.kind != SQL_NUMBER ||
		    sql_token_next(&at, &token, &why) < 0)
			return false;
		if (token.kind == SQL_CLOSE)
			return sql_token_next(&at, &token, &why) == 0 &&
			       token.kind == SQL_END;
		if (token.kind != SQL_COMMA)
			return false;
	}
	return false;
}

static bool
is_type(const char *at)
{
	struct sql_token token;
	const char *why;
	size_t words = 0;

	for (;;) {
		if (sql_token_next(&at, &token, &why) < 0)
			return false;
		if (token.kind == SQL_OPEN)
			return words > 0 && is_length(at);
		if (token.kind == SQL_END)
			return words > 0;
		if (token.kind != SQL_WORD || is_among(&token, constraint_words,
						  ARRAY_SIZE(constraint_words)))
			return false;
		words++;
	}
}

static int
parse_type(const json_t *from, struct classic_column *column, char **why)
{
	const json_t *value = json_object_get(from, "type");
	const char *type = json_string_value(value);

	if (value == NULL || json_is_null(value) ||
	    (type != NULL && type[0] == '\0'))
		type = "TEXT";
	if (type == NULL || strlen(type) > SCHEMA_TEXT_MAX || !is_type(type))
		return refuse(why, column->name,
		    "the type must be words like TEXT or VARCHAR(20)");
	snprintf(column->type, sizeof(column->type), "%s", type);
	return 0;
}

/* The kind of literal that the whole text is; SQL_NONE if it is none. */
static enum sql_token_kind
literal_kind(const char *text, struct sql_token *token)
{
	struct sql_token end;
	const char *at = text, *why;

	if (sql_text_is_number(text))
		return SQL_NUMBER;
	if (sql_token_next(&at, token, &why) < 0 ||
	    sql_token_next(&at, &end, &why) < 0 || end.kind != SQL_END)
		return SQL_NONE;
	if (token->kind == SQL_WORD || token->kind == SQL_TEXT ||
	    token->kind == SQL_BLOB)
		return token->kind;
	return SQL_NONE;
}

static int
print_literal(const char *text, struct buffer *literal)
{
	struct sql_token token = { 0 };
	enum sql_token_kind kind = literal_kind(text, &token);

	if (kind == SQL_NONE)
		return -EINVAL;
	if (kind == SQL_WORD &&
	    !is_among(&token, value_words, ARRAY_SIZE(value_words)))
		return print_text(text, literal);
	return buffer_append(literal, bytes_of(text));
}

static int
take_default(const char *text, struct classic_column *column, char **why)
{
	struct buffer literal;
	int rc = 0;

	buffer_init(&literal, SCHEMA_TEXT_MAX);
	if (text != NULL && text[0] != '\0')
		rc = print_literal(text, &literal);
	if (rc == 0) {
		memcpy(column->fallback,
		    buffer_bytes(&literal).data != NULL
			? (const char *)buffer_bytes(&literal).data
			: "",
		    literal.len);
		column->fallback[literal.len] = '\0';
	}
	buffer_fini(&literal);
	return rc == 0
		   ? 0
		   : refuse(why, column->name,
			 "the default must be one literal, like 5 or 'text'");
}

static int
parse_default(const json_t *from, struct classic_column *column, char **why)
{
	const json_t *value = json_object_get(from, "default");
	CLEANUP_FREE char *number = NULL;

	if (json_is_string(value) || value == NULL || json_is_null(value))
		return take_default(json_string_value(value), column, why);
	number = json_dumps(value, JSON_ENCODE_ANY);
	return take_default(number != NULL ? number : "(", column, why);
}

int
classic_column_parse(const json_t *from, struct classic_column *ret, char **why)
{
	const char *name = json_string_value(json_object_get(from, "name"));
	const json_t *not_null = json_object_get(from, "not_null");
	struct classic_column column = { 0 };
	int rc;

	if (name == NULL || !identifier_is_valid(name) ||
	    identifier_is_system_column(name)) {
		*why = xasprintf("invalid column name: %.*s", IDENTIFIER_MAX,
		    name != NULL ? name : "");
		text_make_printable(*why);
		return -EINVAL;
	}
	snprintf(column.name, sizeof(column.name), "%s", name);
	column.is_not_null = json_is_true(not_null);
	if (not_null != NULL && !json_is_boolean(not_null) &&
	    !json_is_null(not_null))
		return refuse(why, name, "not_null must be true or false");
	rc = parse_type(from, &column, why);
	if (rc == 0)
		rc = parse_default(from, &column, why);
	if (rc == 0)
		*ret = column;
	return rc;
}

int
classic_column_print(const struct classic_column *column, struct buffer *sql)
{
	return buffer_printf(sql, "\"%s\" %s%s%s%s", column->name, column->type,
	    column->is_not_null ? " NOT NULL" : "",
	    column->fallback[0] != '\0' ? " DEFAULT " : "", column->fallback);
}

int
classic_table_print_create(const char *table,
    const struct classic_column *columns, size_t count, struct buffer *sql)
{
	int rc = print_begin(table, sql);
	size_t i;

	for (i = 0; i < count && rc == 0; i++) {
		rc = buffer_append(sql, bytes_of(", "));
		if (rc == 0)
			rc = classic_column_print(&columns[i], sql);
	}
	return rc == 0 ? buffer_append(sql, bytes_of(")")) : rc;
}

bool
columns_are_typed(const json_t *column_defs)
{
	const json_t *column;
	size_t i;

	json_array_foreach(column_defs, i, column)
	{
		if (json_is_true(json_object_get(column, "key")) ||
		    json_is_true(json_object_get(column, "required")) ||
		    json_is_true(json_object_get(column, "auto")) ||
		    json_array_size(json_object_get(column, "values")) > 0)
			return true;
	}
	return false;
}
