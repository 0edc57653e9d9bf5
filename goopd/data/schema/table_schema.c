#include "goopd/data/schema/table_schema.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/json_text.h"

enum { SENTENCE_MAX = 300 };

static const char *const type_words[] = {
#define COLUMN_TYPE_WORD(name, word, sql) [COLUMN_##name] = word,
	COLUMN_TYPES(COLUMN_TYPE_WORD)
};
enum { TYPES = ARRAY_SIZE(type_words) };

const char *
column_type_word(enum column_type type)
{
	return type_words[type];
}

/* The first that the type begins with; SQLite does much the same. */
static const struct {
	const char *begins, *word;
} sql_types[] = {
	{ "datetime", "datetime" },
	{ "timestamp", "datetime" },
	{ "date", "date" },
	{ "time", "time" },
	{ "int", "integer" },
	{ "bigint", "integer" },
	{ "smallint", "integer" },
	{ "tinyint", "integer" },
	{ "bool", "integer" },
	{ "real", "real" },
	{ "float", "real" },
	{ "double", "real" },
	{ "numeric", "real" },
	{ "decimal", "real" },
	{ "blob", "blob" },
};

const char *
column_type_of_sql(const char *type)
{
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (!strcmp(type, type_words[i]))
			return type_words[i];
	for (i = 0; i < ARRAY_SIZE(sql_types); i++)
		if (!strncasecmp(
			type, sql_types[i].begins, strlen(sql_types[i].begins)))
			return sql_types[i].word;
	return "text";
}

/* The sentence, with names from the request made printable. */
static int __attribute__((format(printf, 2, 3)))
refuse(char **why, const char *format, ...)
{
	char text[SENTENCE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_make_printable(text);
	*why = xstrdup(text);
	return -EINVAL;
}

/* What a key holds, null being nothing. */
static const json_t *
get(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_null(value) ? NULL : value;
}

static int
take_flag(const json_t *from, const char *key, const char *owner, bool *ret,
    char **why)
{
	const json_t *value = get(from, key);

	if (value != NULL && !json_is_boolean(value))
		return refuse(why, "%s: %s must be true or false", owner, key);
	*ret = json_is_true(value);
	return 0;
}

static int
parse_type(const json_t *from, struct schema_column *column, char **why)
{
	const char *word = json_string_value(get(from, "type"));
	size_t i;

	for (i = 0; word != NULL && i < TYPES; i++) {
		if (strcmp(word, type_words[i]) == 0) {
			column->type = (enum column_type)i;
			return 0;
		}
	}
	return refuse(why, "%s: unknown type: %s", column->name,
	    word != NULL ? word : "");
}

/* A default comes as a text; a number or a switch is taken for one. */
static int
parse_default(const json_t *from, struct schema_column *column, char **why)
{
	const json_t *value = get(from, "default");

	if (value == NULL)
		return 0;
	if (json_is_object(value) || json_is_array(value))
		return refuse(
		    why, "%s: the default must be a text", column->name);
	if (json_is_string(value))
		column->fallback = xstrdup(json_string_value(value));
	else
		column->fallback = json_dumps(value, JSON_ENCODE_ANY);
	if (column->fallback != NULL && column->fallback[0] == '\0') {
		free(column->fallback);
		column->fallback = NULL;
	}
	if (column->fallback != NULL &&
	    strlen(column->fallback) > SCHEMA_TEXT_MAX)
		return refuse(why, "%s: the default is longer than %d bytes",
		    column->name, SCHEMA_TEXT_MAX);
	return 0;
}

static bool
has_value(const struct schema_column *column, const char *key)
{
	size_t i;

	for (i = 0; i < column->value_count; i++) {
		if (strcmp(column->values[i].key, key) == 0)
			return true;
	}
	return false;
}

/* {"key": "a", "label": "A"}, or the key alone. */
static int
parse_value(const json_t *from, struct schema_column *column, char **why)
{
	const json_t *key = json_is_string(from) ? from : get(from, "key");
	const char *word = json_string_value(key);
	const char *label = json_string_value(get(from, "label"));
	struct enum_value *value;

	if (word == NULL || word[0] == '\0' || strlen(word) > SCHEMA_TEXT_MAX)
		return refuse(
		    why, "%s: a value must have a key, a text", column->name);
	if (label != NULL && strlen(label) > SCHEMA_TEXT_MAX)
		return refuse(
		    why, "%s: the label of %s is too long", column->name, word);
	if (has_value(column, word))
		return refuse(
		    why, "%s: a value comes twice: %s", column->name, word);
	value = &column->values[column->value_count++];
	value->key = xstrdup(word);
	value->label =
	    label != NULL && label[0] != '\0' ? xstrdup(label) : NULL;
	return 0;
}

static int
parse_values(const json_t *from, struct schema_column *column, char **why)
{
	const json_t *values = get(from, "values"), *value;
	size_t i, count = json_array_size(values);
	int rc;

	if (values != NULL && !json_is_array(values))
		return refuse(why, "%s: values must be an array", column->name);
	if (column->type == COLUMN_ENUM && count == 0)
		return refuse(why, "%s: an enum needs values", column->name);
	if (count > SCHEMA_VALUES_MAX)
		return refuse(why, "%s: there are more than %d values",
		    column->name, SCHEMA_VALUES_MAX);
	if (count > 0)
		column->values = xzalloc(count * sizeof(*column->values));
	json_array_foreach(values, i, value)
	{
		rc = parse_value(value, column, why);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
parse_column_name(const json_t *from, const struct table_schema *schema,
    struct schema_column *column, char **why)
{
	const char *name = json_string_value(get(from, "name"));
	size_t i;

	if (name == NULL || !identifier_is_valid(name) ||
	    identifier_is_system_column(name))
		return refuse(
		    why, "invalid column name: %s", name != NULL ? name : "");
	for (i = 0; i < schema->column_count; i++) {
		if (strcasecmp(schema->columns[i].name, name) == 0)
			return refuse(why, "column named twice: %s", name);
	}
	snprintf(column->name, sizeof(column->name), "%s", name);
	return 0;
}

static int
parse_flags(const json_t *from, struct schema_column *column, char **why)
{
	int rc = take_flag(from, "key", column->name, &column->is_key, why);

	if (rc == 0)
		rc = take_flag(
		    from, "required", column->name, &column->is_required, why);
	if (rc == 0)
		rc = take_flag(
		    from, "auto", column->name, &column->is_auto, why);
	return rc;
}

/* The column counts at once, so that what it holds is freed with the schema. */
static int
parse_column(const json_t *from, struct table_schema *schema, char **why)
{
	struct schema_column *column = &schema->columns[schema->column_count];
	int rc = parse_column_name(from, schema, column, why);

	if (rc < 0)
		return rc;
	schema->column_count++;
	rc = parse_type(from, column, why);
	if (rc == 0)
		rc = parse_flags(from, column, why);
	if (rc == 0)
		rc = parse_default(from, column, why);
	if (rc == 0)
		rc = parse_values(from, column, why);
	return rc;
}

static bool
has_key(const struct table_schema *schema)
{
	size_t i;

	for (i = 0; i < schema->column_count; i++) {
		if (schema->columns[i].is_key)
			return true;
	}
	return schema->has_system_key;
}

static int
parse_columns(const json_t *from, struct table_schema *schema, char **why)
{
	const json_t *columns = get(from, "columns"), *column;
	size_t i, count = json_array_size(columns);
	int rc;

	if (count == 0 || count > SCHEMA_COLUMNS_MAX)
		return refuse(
		    why, "a table needs 1 to %d columns", SCHEMA_COLUMNS_MAX);
	schema->columns = xzalloc(count * sizeof(*schema->columns));
	json_array_foreach(columns, i, column)
	{
		rc = parse_column(column, schema, why);
		if (rc < 0)
			return rc;
	}
	if (!has_key(schema))
		return refuse(why, "at least one column must be a key");
	return 0;
}

/* "" is what the original prints for a right that was left out. */
static int
parse_access(const json_t *from, struct table_schema *schema, char **why)
{
	const json_t *access = get(from, "access"), *level;
	const char *right, *word;
	size_t i;

	if (access == NULL)
		return 0;
	if (!json_is_object(access))
		return refuse(why, "access must be an object");
	schema->has_access = true;
	for (i = 0; i < RIGHTS; i++) {
		right = table_right_name((enum table_right)i);
		level = get(access, right);
		word = json_string_value(level);
		schema->access.level[i] = LEVEL_OWNER;
		if (level == NULL || (word != NULL && word[0] == '\0'))
			continue;
		if (word == NULL ||
		    !table_level_parse(word, &schema->access.level[i]))
			return refuse(why,
			    "access: %s must be local, owner, group or open",
			    right);
	}
	return 0;
}

static int
parse_role(
    const char *name, const json_t *from, struct table_role *role, char **why)
{
	size_t i;
	int rc = 0;

	if (name[0] == '\0' || strlen(name) > ROLE_NAME_MAX)
		return refuse(why,
		    "a role must have a name of at most %d "
		    "bytes",
		    ROLE_NAME_MAX);
	if (!json_is_object(from))
		return refuse(why, "role %s must be an object", name);
	snprintf(role->name, sizeof(role->name), "%s", name);
	for (i = 0; i < RIGHTS && rc == 0; i++)
		rc = take_flag(from, table_right_name((enum table_right)i),
		    name, &role->may[i], why);
	return rc;
}

static int
parse_roles(const json_t *from, struct table_schema *schema, char **why)
{
	const json_t *roles = get(from, "roles"), *role;
	const char *name;
	int rc;

	if (roles == NULL)
		return 0;
	if (!json_is_object(roles))
		return refuse(why, "roles must be an object");
	if (json_object_size(roles) > ROLES_MAX)
		return refuse(why, "there are more than %d roles", ROLES_MAX);
	schema->roles =
	    xzalloc(json_object_size(roles) * sizeof(*schema->roles));
	json_object_foreach(json_shared(roles), name, role)
	{
		rc = parse_role(
		    name, role, &schema->roles[schema->role_count++], why);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
parse_table(const json_t *from, struct table_schema *schema, char **why)
{
	const char *name = json_string_value(get(from, "name"));
	int rc;

	if (!json_is_object(from))
		return refuse(why, "a schema must be an object");
	if (name == NULL || !identifier_is_user_table(name))
		return refuse(
		    why, "invalid table name: %s", name != NULL ? name : "");
	snprintf(schema->name, sizeof(schema->name), "%s", name);
	rc = take_flag(from, "context", "schema", &schema->is_context, why);
	if (rc == 0)
		rc = take_flag(
		    from, "system_key", "schema", &schema->has_system_key, why);
	return rc;
}

int
table_schema_parse(const json_t *from, struct table_schema **ret, char **why)
{
	struct table_schema *schema = xzalloc(sizeof(*schema));
	int rc = parse_table(from, schema, why);

	if (rc == 0)
		rc = parse_columns(from, schema, why);
	if (rc == 0)
		rc = parse_access(from, schema, why);
	if (rc == 0)
		rc = parse_roles(from, schema, why);
	if (rc == 0)
		*ret = schema;
	else
		table_schema_free(schema);
	return rc;
}

static void
column_fini(struct schema_column *column)
{
	size_t i;

	for (i = 0; i < column->value_count; i++) {
		free(column->values[i].key);
		free(column->values[i].label);
	}
	free(column->values);
	free(column->fallback);
}

void
table_schema_free(struct table_schema *schema)
{
	size_t i;

	if (schema == NULL)
		return;
	for (i = 0; i < schema->column_count; i++)
		column_fini(&schema->columns[i]);
	free(schema->columns);
	free(schema->roles);
	free(schema);
}

const struct schema_column *
table_schema_column(const struct table_schema *schema, const char *name)
{
	size_t i;

	for (i = 0; i < schema->column_count; i++) {
		if (strcmp(schema->columns[i].name, name) == 0)
			return &schema->columns[i];
	}
	return NULL;
}

/* --- as JSON */

static void
put_flag(json_t *to, const char *key, bool flag)
{
	if (flag)
		json_object_set_new(to, key, json_true());
}

static void
put_text(json_t *to, const char *key, const char *text)
{
	if (text != NULL)
		json_object_set_new(to, key, json_string(text));
}

static json_t *
values_to_json(const struct schema_column *column)
{
	json_t *values = json_array(), *value;
	size_t i;

	for (i = 0; i < column->value_count; i++) {
		value = json_object();
		put_text(value, "key", column->values[i].key);
		put_text(value, "label", column->values[i].label);
		json_array_append_new(values, value);
	}
	return values;
}

static json_t *
column_to_json(const struct schema_column *column)
{
	json_t *to = json_object();

	put_text(to, "name", column->name);
	put_text(to, "type", column_type_word(column->type));
	put_flag(to, "key", column->is_key);
	put_flag(to, "required", column->is_required);
	put_flag(to, "auto", column->is_auto);
	put_text(to, "default", column->fallback);
	if (column->value_count > 0)
		json_object_set_new(to, "values", values_to_json(column));
	return to;
}

static json_t *
access_to_json(const struct table_access *access)
{
	json_t *to = json_object();
	size_t i;

	for (i = 0; i < RIGHTS; i++)
		put_text(to, table_right_name((enum table_right)i),
		    table_level_name(access->level[i]));
	return to;
}

static json_t *
roles_to_json(const struct table_schema *schema)
{
	json_t *to = json_object(), *role;
	size_t i, right;

	for (i = 0; i < schema->role_count; i++) {
		role = json_object();
		for (right = 0; right < RIGHTS; right++)
			put_flag(role,
			    table_right_name((enum table_right)right),
			    schema->roles[i].may[right]);
		json_object_set_new(to, schema->roles[i].name, role);
	}
	return to;
}

json_t *
table_schema_to_json(const struct table_schema *schema)
{
	json_t *to = json_object(), *columns = json_array();
	size_t i;

	for (i = 0; i < schema->column_count; i++)
		json_array_append_new(
		    columns, column_to_json(&schema->columns[i]));
	put_text(to, "name", schema->name);
	json_object_set_new(to, "columns", columns);
	put_flag(to, "context", schema->is_context);
	if (schema->has_access)
		json_object_set_new(
		    to, "access", access_to_json(&schema->access));
	if (schema->role_count > 0)
		json_object_set_new(to, "roles", roles_to_json(schema));
	put_flag(to, "system_key", schema->has_system_key);
	return to;
}
