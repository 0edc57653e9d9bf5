#include "goopd/data/request/data_request.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/data/sql/identifier.h"
#include "goopd/data/sql/json_text.h"
#include "proto/field.h"

enum { DATA_SHOWN_MAX = 80 }; /* bytes of a wrong name in a refusal */

enum text_kind { ANY_TEXT, TABLE_NAME, COLUMN_NAME };

/* clang-format off */
/* The address of a member, checked to be of this type. */
#define MEMBER(member, type) FIELD_AT_(data_request, member, type)
static const struct text_field {
	const char *key;
	enum text_kind kind;
	size_t member;
} text_fields[] = {
#define TEXT(key, kind, member) { key, kind, MEMBER(member, const char *) }
	TEXT("table",       TABLE_NAME,  table),
	TEXT("where",       ANY_TEXT,    where),
	TEXT("order",       ANY_TEXT,    order),
	TEXT("expr",        ANY_TEXT,    expr),
	TEXT("group_by",    ANY_TEXT,    group_by),
	TEXT("key_col",     COLUMN_NAME, column),
	TEXT("column_name", COLUMN_NAME, column),
	TEXT("old_name",    TABLE_NAME,  old_name),
	TEXT("new_name",    TABLE_NAME,  new_name),
	TEXT("policy",      ANY_TEXT,    policy),
	TEXT("format",      ANY_TEXT,    format),
	TEXT("function",    ANY_TEXT,    function),
	TEXT("request_id",  ANY_TEXT,    request_id),
};
static const struct json_field {
	const char *key;
	json_type type;
	size_t member;
} json_fields[] = {
#define JSON(key, type, member) { key, type, MEMBER(member, const json_t *) }
	JSON("data",        JSON_OBJECT, data),
	JSON("args",        JSON_ARRAY,  args),
	JSON("fields",      JSON_ARRAY,  columns),
	JSON("columns",     JSON_ARRAY,  columns), /* counts more than fields */
	JSON("column_defs", JSON_ARRAY,  column_defs),
	JSON("schema",      JSON_OBJECT, schema),
	JSON("access",      JSON_OBJECT, access),
	JSON("roles",       JSON_OBJECT, roles),
	JSON("params",      JSON_OBJECT, params),
};
static const struct number_field {
	const char *key;
	size_t member;
} number_fields[] = {
#define NUMBER(member) { #member, MEMBER(member, int64_t) }
	NUMBER(id), NUMBER(limit), NUMBER(offset), NUMBER(after),
};

/* What a request must have, and what is said where it lacks it. */
static const struct {
	unsigned int need;
	size_t member;
	const char *why;
} needed[] = {
	{ NEEDS_TABLE,      MEMBER(table, const char *),        "table name required" },
	{ NEEDS_NAMES,      MEMBER(old_name, const char *),     "old_name and new_name required" },
	{ NEEDS_NAMES,      MEMBER(new_name, const char *),     "old_name and new_name required" },
	{ NEEDS_DATA,       MEMBER(data, const json_t *),       "data required" },
	{ NEEDS_WHERE,      MEMBER(where, const char *),        "where required" },
	{ NEEDS_COLUMN,     MEMBER(column, const char *),       "column name required" },
	{ NEEDS_EXPR,       MEMBER(expr, const char *),         "expr required" },
	{ NEEDS_DEFINITION, MEMBER(column_def, const json_t *), "column definition required" },
	{ NEEDS_POLICY,     MEMBER(policy, const char *),       "policy required" },
	{ NEEDS_ACCESS,     MEMBER(access, const json_t *),     "access required" },
	{ NEEDS_ROLES,      MEMBER(roles, const json_t *),      "roles required" },
};

/* Keys of pages that peers of the original know by another name: moved, unless
 * the other one is there too. */
#define ANY_OP DATA_OP_COUNT
static const struct renaming {
	enum data_op op;
	const char *from, *to;
	json_type type; /* of the value, to be moved */
} renamings[] = {
	{ DATA_CREATE_TABLE, "columns", "column_defs", JSON_ARRAY },
	/* A text is no ColumnDef, for which peers of the original take it. */
	{ ANY_OP,            "column",  "column_name", JSON_STRING },
	/* Peers of the original know fields only of their own viewer. */
	{ DATA_QUERY,        "fields",  "columns",     JSON_ARRAY },
};
/* clang-format on */
/* The sentence, with names from the request made printable. */
static int __attribute__((format(printf, 2, 3)))
refuse(char **why, const char *format, ...)
{
	char text[JSON_WHY_MAX + DATA_SHOWN_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	text_make_printable(text);
	*why = xstrdup(text);
	return -EBADMSG;
}

static int
check_name(const char *name, enum text_kind kind, char **why)
{
	if (kind == ANY_TEXT || identifier_is_valid(name))
		return 0;
	return refuse(why, "invalid %s name: %.*s",
	    kind == TABLE_NAME ? "table" : "column", DATA_SHOWN_MAX, name);
}

/* A text under a key; NULL counts as none, and so does "". */
static int
take_text(const struct data_request *request, const char *key,
    enum text_kind kind, const char **ret, char **why)
{
	const json_t *value = json_object_get(request->root, key);
	const char *text = json_string_value(value);
	int rc;

	if (value == NULL || json_is_null(value))
		return 0;
	if (text == NULL)
		return refuse(why, "%s must be a text", key);
	if (text[0] == '\0')
		return 0;
	rc = check_name(text, kind, why);
	if (rc == 0)
		*ret = text;
	return rc;
}

static int
take_texts(struct data_request *request, char **why)
{
	const struct text_field *field;
	const char **member;
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(text_fields) && rc == 0; i++) {
		field = &text_fields[i];
		member = (const char **)((char *)request + field->member);
		rc = take_text(request, field->key, field->kind, member, why);
	}
	return rc;
}

static int
take_objects(struct data_request *request, char **why)
{
	const struct json_field *field;
	const json_t **member, *value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(json_fields); i++) {
		field = &json_fields[i];
		member = (const json_t **)((char *)request + field->member);
		value = json_object_get(request->root, field->key);
		if (value == NULL || json_is_null(value))
			continue;
		if (json_typeof(value) != field->type)
			return refuse(why, "%s must be an %s", field->key,
			    field->type == JSON_ARRAY ? "array" : "object");
		if (field->type != JSON_ARRAY || json_array_size(value) > 0)
			*member = value;
	}
	return 0;
}

/* 5, and 5.0 too: in the original, numbers pass through doubles. */
static bool
is_whole(const json_t *value, int64_t *ret)
{
	static const double exact_max = 9007199254740992.0; /* 2^53 */
	double real = json_real_value(value);

	if (json_is_integer(value)) {
		*ret = json_integer_value(value);
		return true;
	}
	if (!json_is_real(value) || fabs(real) > exact_max ||
	    floor(real) != real)
		return false;
	*ret = (int64_t)real;
	return true;
}

static int
take_numbers(struct data_request *request, char **why)
{
	const json_t *value;
	int64_t *member;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(number_fields); i++) {
		member = (int64_t *)((char *)request + number_fields[i].member);
		value = json_object_get(request->root, number_fields[i].key);
		if (value == NULL || json_is_null(value))
			continue;
		if (!is_whole(value, member))
			return refuse(why, "%s must be a whole number",
			    number_fields[i].key);
	}
	request->has_limit = request->limit > 0;
	if (!request->has_limit)
		request->limit = request->offset = 0;
	if (request->offset < 0)
		request->offset = 0;
	return 0;
}

static bool
is_scalar(const json_t *value)
{
	return !json_is_object(value) && !json_is_array(value);
}

static bool
is_object(const json_t *value)
{
	return json_is_object(value);
}

static int
check_count(
    size_t count, size_t max, const char *what, const char *of, char **why)
{
	return count <= max ? 0
			    : refuse(why, "%s more than %zu %s", what, max, of);
}

static int
check_items(const json_t *list, bool (*is_fit)(const json_t *),
    const char *unfit, char **why)
{
	const json_t *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		if (!is_fit(value))
			return refuse(why, "%s", unfit);
	}
	return 0;
}

static int
check_args(struct data_request *request, char **why)
{
	int rc = check_count(json_array_size(request->args), DATA_ARGS_MAX,
	    "args has", "values", why);

	return rc < 0 ? rc
		      : check_items(request->args, is_scalar,
			    "args must not hold arrays or objects", why);
}

static bool
is_named_before(const json_t *names, size_t at, const char *name)
{
	size_t i;

	for (i = 0; i < at; i++) {
		if (strcasecmp(
			json_string_value(json_array_get(names, i)), name) == 0)
			return true;
	}
	return false;
}

/* A list of names; SQLite does not tell "A" from "a", and a row has each of its
 * columns once. */
static int
check_column_names(json_t *names, char **why)
{
	const char *name;
	size_t i = 0;
	int rc;

	while (i < json_array_size(names)) {
		name = json_string_value(json_array_get(names, i));
		if (name == NULL)
			return refuse(why, "columns must be texts");
		rc = check_name(name, COLUMN_NAME, why);
		if (rc < 0)
			return rc;
		if (is_named_before(names, i, name))
			json_array_remove(names, i);
		else
			i++;
	}
	return 0;
}

static int
check_column_defs(const struct data_request *request, char **why)
{
	int rc = check_count(json_array_size(request->column_defs),
	    DATA_COLUMNS_MAX, "there are", "columns", why);

	return rc < 0 ? rc
		      : check_items(request->column_defs, is_object,
			    "column definitions must be objects", why);
}

/* `columns` defines them where a table is created. ["*"] is all, like none. */
static int
check_columns(struct data_request *request, char **why)
{
	const char *first =
	    json_string_value(json_array_get(request->columns, 0));
	int rc = check_count(json_array_size(request->columns),
	    DATA_COLUMNS_MAX, "there are", "columns", why);

	if (rc < 0)
		return rc;
	if (request->op == DATA_CREATE_TABLE) {
		if (request->column_defs == NULL)
			request->column_defs = request->columns;
		request->columns = NULL;
	}
	if (json_array_size(request->columns) == 1 && first != NULL &&
	    strcmp(first, "*") == 0)
		request->columns = NULL;
	if (request->columns == NULL)
		return check_column_defs(request, why);
	return check_column_names(json_shared(request->columns), why);
}

/* The rest of `column`'s spellings. */
static int
take_column(struct data_request *request, char **why)
{
	const json_t *column = json_object_get(request->root, "column");
	const char *name;

	if (json_is_object(column)) {
		request->column_def = column;
		if (request->op != DATA_DROP_COLUMN)
			return 0;
		name = json_string_value(json_object_get(column, "name"));
		if (name == NULL)
			return refuse(why, "column name required");
		request->column = name;
		return check_name(name, COLUMN_NAME, why);
	}
	if (request->op == DATA_DROP_COLUMN && request->column == NULL &&
	    column == NULL)
		return take_text(
		    request, "name", COLUMN_NAME, &request->column, why);
	if (request->column == NULL && request->columns != NULL &&
	    (request->op == DATA_PLUCK || request->op == DATA_DISTINCT))
		request->column =
		    json_string_value(json_array_get(request->columns, 0));
	return take_text(request, "column", COLUMN_NAME, &request->column, why);
}

static int
check_data_key(const json_t *data, void *before, const char *key, char **why)
{
	void *at = json_object_iter(json_shared(data));
	int rc = check_name(key, COLUMN_NAME, why);

	if (rc < 0)
		return rc;
	if (!is_scalar(json_object_get(data, key)))
		return refuse(why, "%s must not be an array or an object", key);
	for (; at != before;
	     at = json_object_iter_next(json_shared(data), at)) {
		if (strcasecmp(json_object_iter_key(at), key) == 0)
			return refuse(why, "column named twice: %s", key);
	}
	return 0;
}

/* Columns that begin with an underscore are ours to write: they are dropped
 * without a refusal, since pages send back rows as they got them. */
static int
check_data(struct data_request *request, char **why)
{
	json_t *data = json_shared(request->data), *value;
	const char *key;
	void *next, *at;
	int rc;

	json_object_foreach_safe(data, next, key, value)
	{
		if (identifier_is_system_column(key))
			json_object_del(data, key);
	}
	rc = check_count(json_object_size(data), DATA_COLUMNS_MAX, "data has",
	    "columns", why);
	for (at = json_object_iter(data); at != NULL && rc == 0;
	     at = json_object_iter_next(data, at))
		rc = check_data_key(data, at, json_object_iter_key(at), why);
	return rc;
}

static int
check_request_id(struct data_request *request, char **why)
{
	const char *id = request->request_id, *at;

	if (id == NULL)
		return 0;
	for (at = id; *at > ' ' && *at < 0x7f; at++)
		;
	if (*at != '\0' || at - id > DATA_REQUEST_ID_MAX)
		return refuse(why,
		    "request_id must be at most %d printable ASCII characters",
		    DATA_REQUEST_ID_MAX);
	return 0;
}

static int
check_needs(struct data_request *request, char **why)
{
	unsigned int need = data_ops[request->op].needs;
	const void *const *member;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		member = (const void *const *)((const char *)request +
					       needed[i].member);
		if (need & needed[i].need && *member == NULL)
			return refuse(why, "%s", needed[i].why);
	}
	if (need & NEEDS_ID && request->id <= 0)
		return refuse(why, "valid row id required");
	if (request->op == DATA_CREATE_TABLE && request->table == NULL &&
	    request->schema == NULL)
		return refuse(why, "table name required");
	return 0;
}

static int
take_value(struct data_request *request, char **why)
{
	request->value = json_object_get(request->root, "value");
	if (request->value != NULL && !is_scalar(request->value))
		return refuse(why, "value must not be an array or an object");
	return 0;
}

static int
take_table_of_name(struct data_request *request, char **why)
{
	if (request->table != NULL || request->op == DATA_DROP_COLUMN)
		return 0;
	return take_text(request, "name", TABLE_NAME, &request->table, why);
}

static int
take_all(struct data_request *request, char **why)
{
	static int (*const steps[])(struct data_request *, char **) = {
		take_texts,
		take_table_of_name,
		take_objects,
		take_numbers,
		take_value,
		check_columns,
		take_column,
		check_data,
		check_args,
		check_request_id,
		check_needs,
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(steps) && rc == 0; i++)
		rc = steps[i](request, why);
	return rc;
}

/* --- what came */

static int
take_op(const struct data_body *body, const json_t *root, enum data_op *ret,
    char **why)
{
	const char *word = json_string_value(json_object_get(root, "op"));

	*ret = body->op;
	if (!body->is_line ||
	    (word != NULL && data_op_find(bytes_of(word), ret)))
		return 0;
	return refuse(
	    why, "unknown op: %.*s", DATA_SHOWN_MAX, word != NULL ? word : "");
}

/* NULL with *why. */
static json_t *
read_object(
    const struct data_body *body, const struct json_limits *limits, char **why)
{
	char reason[JSON_WHY_MAX] = "an object is wanted";
	json_t *root = NULL;

	if (body->is_line || body->json.len > 0)
		root = json_text_parse(body->json, limits, reason);
	if (root != NULL && !json_is_object(root)) {
		json_decref(root);
		root = NULL;
		snprintf(reason, sizeof(reason), "%s",
		    body->is_line ? "an object is wanted" : "no object");
	}
	if (root == NULL)
		(void)refuse(why, "invalid json: %s", reason);
	return root;
}

/* null and "" are no id. */
static void
put_request_id(json_t *root, const char *id)
{
	const json_t *given = json_object_get(root, "request_id");

	if (id != NULL &&
	    (given == NULL || json_is_null(given) ||
		(json_is_string(given) && json_string_length(given) == 0)))
		json_object_set_new(root, "request_id", json_string(id));
}

int
data_request_parse(
    const struct data_body *body, struct data_request *ret, char **why)
{
	static const struct json_limits limits = { .bytes = DATA_REQUEST_MAX,
		.depth = DATA_DEPTH_MAX,
		.values = DATA_VALUES_MAX };
	struct data_request request = { .root =
					    read_object(body, &limits, why) };
	int rc;

	if (request.root == NULL)
		return -EBADMSG;
	put_request_id(request.root, body->request_id);
	rc = take_op(body, request.root, &request.op, why);
	if (rc == 0)
		rc = take_all(&request, why);
	if (rc < 0)
		data_request_fini(&request);
	else
		*ret = request;
	return rc;
}

void
data_request_fini(struct data_request *request)
{
	json_decref(request->root);
	*request = (struct data_request){ 0 };
}

/* --- to another peer */

static void
rename_keys(json_t *root, enum data_op op)
{
	const struct renaming *row;
	json_t *value;

	for (row = renamings; row < renamings + ARRAY_SIZE(renamings); row++) {
		value = json_object_get(root, row->from);
		if ((row->op != op && row->op != ANY_OP) || value == NULL ||
		    json_typeof(value) != row->type)
			continue;
		if (json_object_get(root, row->to) == NULL)
			json_object_set(root, row->to, value);
		json_object_del(root, row->from);
	}
}

static int
append_text(const char *text, size_t len, void *arg)
{
	return buffer_append(arg, (struct bytes){ (const uint8_t *)text, len });
}

int
data_request_print(
    const struct data_body *body, struct buffer *line, char **why)
{
	/* How deep it is nested is the other peer's to judge; jansson has a
	 * limit of its own. */
	static const struct json_limits limits = { .bytes = DATA_REQUEST_MAX,
		.depth = SIZE_MAX,
		.values = DATA_VALUES_MAX };
	json_t *root = read_object(body, &limits, why);
	int rc;

	if (root == NULL)
		return -EBADMSG;
	rename_keys(root, body->op);
	json_object_set_new(root, "op", json_string(data_ops[body->op].word));
	put_request_id(root, body->request_id);
	rc = json_dump_callback(root, append_text, line, JSON_COMPACT);
	json_decref(root);
	if (rc != 0)
		return -ENOBUFS;
	return buffer_append(line, bytes_of("\n"));
}
