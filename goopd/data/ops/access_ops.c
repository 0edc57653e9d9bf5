/* set-policy, set-access, set-roles. A typed table has its rules in its schema,
 * as in the original; a classic one has them in `_access`. */
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/data/ops/schema_ops.h"
#include "goopd/data/request/json_text.h"

/* A new schema text: key set to value, or gone with NULL. */
static bool
change_schema(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value, struct data_answer *answer)
{
	json_t *json = json_loads(table->schema_text, 0, NULL);
	bool is_good;

	if (value == NULL)
		json_object_del(json, key);
	else
		json_object_set(json, key, json_shared(value));
	is_good = schema_store_schema(session, table->name, json, answer);
	json_decref(json);
	return is_good;
}

/* The words are checked as those of a schema are. */
static bool
are_fit(const struct catalog_table *table, const char *key, const json_t *value,
    struct data_answer *answer)
{
	json_t *json = json_pack("{s:s, s:[{s:s, s:s}], s:b, s:O}", "name",
	    table->name, "columns", "name", "any", "type", "text", "system_key",
	    1, key, value);
	struct table_schema *schema = NULL;
	char *why = NULL;
	bool is_good = table_schema_parse(json, &schema, &why) == 0;

	if (!is_good)
		data_answer_fail(answer, BUS_BAD_REQUEST, "%s", why);
	free(why);
	table_schema_free(schema);
	json_decref(json);
	return is_good;
}

static bool
change_classic(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value, struct data_answer *answer)
{
	const char *sql = !strcmp(key, "access")
			      ? "INSERT INTO main._access (table_name,"
				" access_json) VALUES (?1, ?2) ON CONFLICT"
				" (table_name) DO UPDATE"
				" SET access_json = excluded.access_json"
			      : "INSERT INTO main._access (table_name,"
				" roles_json) VALUES (?1, ?2) ON CONFLICT"
				" (table_name) DO UPDATE"
				" SET roles_json = excluded.roles_json";
	CLEANUP_FREE char *text = NULL;

	if (value != NULL && !are_fit(table, key, value, answer))
		return false;
	if (value != NULL)
		text = json_dumps(value, JSON_COMPACT);
	return schema_run_with(
	    session, answer, sql, DATABASE_TEXTS(table->name, text));
}

/* key is "access" or "roles". False with a refusal. */
static bool
change(struct session *session, const struct catalog_table *table,
    const char *key, const json_t *value, struct data_answer *answer)
{
	return table->schema != NULL
		   ? change_schema(session, table, key, value, answer)
		   : change_classic(session, table, key, value, answer);
}

void
schema_op_set_policy(struct session *session,
    const struct data_request *request, struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	enum table_level level;

	if (table == NULL)
		return;
	if (!table_level_parse(request->policy, &level)) {
		data_answer_fail(answer, BUS_BAD_REQUEST,
		    "policy must be owner, open, group or local");
		return;
	}
	/* It counts from now on, whatever was set in detail before. */
	if (!schema_run_with(session, answer,
		"INSERT INTO main._tables (name, schema, insert_policy)"
		" VALUES (?1, '', ?2) ON CONFLICT (name)"
		" DO UPDATE SET insert_policy = excluded.insert_policy",
		DATABASE_TEXTS(table->name, request->policy)) ||
	    !change(session, table, "access", NULL, answer))
		return;
	buffer_printf(&answer->data,
	    "{\"status\":\"updated\",\"policy\":\"%s\"}", request->policy);
	schema_changed(session, table->name);
}

/* All four, those that are not given as they are; NULL with a refusal. */
static json_t *
complete_access(const struct catalog_table *table, const json_t *given,
    struct data_answer *answer)
{
	json_t *access = json_object(), *value;
	unsigned int right; /* enum table_right */
	const char *key;

	for (right = 0; right < RIGHTS; right++)
		json_object_set_new(access, table_right_name(right),
		    json_string(table_level_name(table->access.level[right])));
	json_object_foreach(json_shared(given), key, value)
	{
		if (json_object_get(access, key) == NULL) {
			data_answer_fail(answer, BUS_BAD_REQUEST,
			    "access: there is no right %.64s", key);
			json_decref(access);
			return NULL;
		}
		json_object_set(access, key, value);
	}
	return access;
}

static void
tell_updated(struct session *session, const struct catalog_table *table,
    struct data_answer *answer)
{
	buffer_append(&answer->data, bytes_of("{\"status\":\"updated\"}"));
	schema_changed(session, table->name);
}

void
schema_op_set_access(struct session *session,
    const struct data_request *request, struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);
	json_t *access;

	if (table == NULL)
		return;
	access = complete_access(table, request->access, answer);
	if (access != NULL && change(session, table, "access", access, answer))
		tell_updated(session, table, answer);
	json_decref(access);
}

void
schema_op_set_roles(struct session *session, const struct data_request *request,
    struct data_answer *answer)
{
	const struct catalog_table *table =
	    session_find(session, request->table, answer);

	if (table != NULL &&
	    change(session, table, "roles", request->roles, answer))
		tell_updated(session, table, answer);
}
