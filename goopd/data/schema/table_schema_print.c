#include "goopd/data/schema/table_schema.h"

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
