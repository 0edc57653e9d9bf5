#include "common/config/config_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"

struct reading {
	yaml_parser_t parser;
	struct config_tree *tree;
	struct config_flaw *flaw;
	const char *section; /* the key at depth 1 */
};

static json_t *read_node(struct reading *, yaml_event_t *, int depth);

static json_t *
refuse(struct reading *reading, size_t line, const char *reason)
{
	if (reading->flaw->reason[0] != '\0')
		return NULL;
	reading->flaw->line = (unsigned int)line + 1;
	snprintf(
	    reading->flaw->reason, sizeof(reading->flaw->reason), "%s", reason);
	return NULL;
}

static int
next_event(struct reading *reading, yaml_event_t *event)
{
	if (yaml_parser_parse(&reading->parser, event))
		return 0;
	refuse(reading, reading->parser.problem_mark.line,
	    reading->parser.problem != NULL ? reading->parser.problem
					    : "not YAML");
	return -EINVAL;
}

static json_t *
number_of(const char *text)
{
	size_t digits =
	    strspn(text + (*text == '-' || *text == '+'), "0123456789");
	char *end = NULL;
	long long integer;
	double real;

	errno = 0;
	if (digits > 0 && text[strspn(text, "+-0123456789")] == '\0') {
		integer = strtoll(text, &end, 10);
		if (errno == 0 && *end == '\0')
			return json_integer(integer);
		return NULL;
	}
	if (text[strspn(text, "+-0123456789.eE")] != '\0' ||
	    strpbrk(text, "0123456789") == NULL)
		return NULL;
	real = strtod(text, &end);
	return *end == '\0' && errno == 0 ? json_real(real) : NULL;
}

/* YAML 1.2 section 10.3.2 */
static json_t *
plain_of(const char *text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
	static const char *const yes[] = { "true", "True", "TRUE" };
	static const char *const no[] = { "false", "False", "FALSE" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nulls); i++)
		if (!strcmp(text, nulls[i]))
			return json_null();
	for (i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(text, yes[i]))
			return json_true();
		if (!strcmp(text, no[i]))
			return json_false();
	}
	return number_of(text);
}

static json_t *
read_scalar(struct reading *reading, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	json_t *value = NULL;

	if (strlen(text) != event->data.scalar.length)
		return refuse(
		    reading, event->start_mark.line, "a NUL in a text");
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    event->data.scalar.tag == NULL)
		value = plain_of(text);
	if (value == NULL)
		value = json_string(text);
	if (value == NULL)
		return refuse(reading, event->start_mark.line, "not UTF-8");
	return value;
}

static json_t *
read_list(struct reading *reading, int depth)
{
	json_t *list = json_array(), *item;
	yaml_event_t event;
	bool is_end;

	while (list != NULL && next_event(reading, &event) == 0) {
		is_end = event.type == YAML_SEQUENCE_END_EVENT;
		item = is_end ? NULL : read_node(reading, &event, depth);
		yaml_event_delete(&event);
		if (is_end)
			return list;
		if (item == NULL || json_array_append_new(list, item) < 0)
			break;
	}
	json_decref(list);
	return NULL;
}

/* The value of a key whose event was just read. 0 or -EINVAL */
static int
read_pair(
    struct reading *reading, json_t *map, const yaml_event_t *name, int depth)
{
	const char *key = (const char *)name->data.scalar.value;
	unsigned int line = (unsigned int)name->start_mark.line + 1;
	yaml_event_t event;
	json_t *value;

	if (name->type != YAML_SCALAR_EVENT ||
	    strlen(key) != name->data.scalar.length) {
		refuse(reading, name->start_mark.line, "a key must be a text");
		return -EINVAL;
	}
	if (json_object_get(map, key) != NULL) {
		refuse(reading, name->start_mark.line, "a key stands twice");
		return -EINVAL;
	}
	if (depth == 1) {
		reading->section = key;
		config_tree_note(reading->tree, key, NULL, line);
	} else if (depth == 2) {
		config_tree_note(reading->tree, reading->section, key, line);
	}
	if (next_event(reading, &event) < 0)
		return -EINVAL;
	value = read_node(reading, &event, depth);
	yaml_event_delete(&event);
	if (value == NULL || json_object_set_new(map, key, value) < 0)
		return -EINVAL;
	return 0;
}

static json_t *
read_map(struct reading *reading, int depth)
{
	json_t *map = json_object();
	yaml_event_t event;
	bool is_end;
	int rc;

	while (map != NULL && next_event(reading, &event) == 0) {
		is_end = event.type == YAML_MAPPING_END_EVENT;
		rc = is_end ? 0 : read_pair(reading, map, &event, depth);
		yaml_event_delete(&event);
		if (is_end)
			return map;
		if (rc < 0)
			break;
	}
	json_decref(map);
	return NULL;
}

static json_t *
read_node(struct reading *reading, yaml_event_t *event, int depth)
{
	if (depth >= CONFIG_DEPTH_MAX)
		return refuse(
		    reading, event->start_mark.line, "nested too deep");
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(reading, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(reading, depth + 1);
	case YAML_MAPPING_START_EVENT:
		return read_map(reading, depth + 1);
	case YAML_ALIAS_EVENT:
		return refuse(reading, event->start_mark.line,
		    "aliases (*name) are not supported");
	default:
		return refuse(
		    reading, event->start_mark.line, "a value is missing");
	}
}

/* The one document; NULL is a flaw, an empty document an empty map. */
static json_t *
read_document(struct reading *reading)
{
	json_t *root = NULL;
	yaml_event_t event;
	yaml_event_type_t type;

	do {
		if (next_event(reading, &event) < 0) {
			json_decref(root);
			return NULL;
		}
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && root != NULL) {
			json_decref(root);
			root = refuse(reading, event.start_mark.line,
			    "more than one document");
		} else if (type != YAML_STREAM_START_EVENT &&
			   type != YAML_DOCUMENT_START_EVENT &&
			   type != YAML_DOCUMENT_END_EVENT &&
			   type != YAML_STREAM_END_EVENT) {
			root = read_node(reading, &event, 0);
		}
		yaml_event_delete(&event);
	} while (
	    type != YAML_STREAM_END_EVENT && reading->flaw->reason[0] == '\0');
	return root != NULL || reading->flaw->reason[0] != '\0' ? root
								: json_object();
}

int
config_tree_parse_yaml(
    struct config_tree *tree, struct bytes bytes, struct config_flaw *flaw)
{
	struct reading reading = { .tree = tree, .flaw = flaw };
	json_t *root;

	if (!yaml_parser_initialize(&reading.parser))
		xalloc_failed();
	yaml_parser_set_input_string(&reading.parser, bytes.data, bytes.len);
	root = read_document(&reading);
	yaml_parser_delete(&reading.parser);
	if (json_is_null(root)) /* comments only */
		root = json_object();
	if (root != NULL && !json_is_object(root)) {
		refuse(&reading, 0, "the file must hold one map of sections");
		json_decref(root);
		return -EINVAL;
	}
	tree->root = root;
	return root != NULL ? 0 : -EINVAL;
}

static int emit_value(yaml_emitter_t *, const json_t *);

static int
emit_scalar(yaml_emitter_t *emitter, const char *text, bool is_quoted)
{
	yaml_event_t event;

	return yaml_scalar_event_initialize(&event, NULL, NULL,
		   (const yaml_char_t *)text, (int)strlen(text), 1, 1,
		   is_quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
			     : YAML_PLAIN_SCALAR_STYLE) &&
	       yaml_emitter_emit(emitter, &event);
}

static int
emit_object(yaml_emitter_t *emitter, const json_t *object)
{
	yaml_event_t event;
	const char *key;
	json_t *value;
	int ok;

	ok = yaml_mapping_start_event_initialize(
		 &event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE) &&
	     yaml_emitter_emit(emitter, &event);
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		ok = ok && emit_scalar(emitter, key, false) &&
		     emit_value(emitter, value);
	}
	return ok && yaml_mapping_end_event_initialize(&event) &&
	       yaml_emitter_emit(emitter, &event);
}

static int
emit_array(yaml_emitter_t *emitter, const json_t *array)
{
	yaml_event_t event;
	json_t *value;
	size_t i;
	int ok;

	ok = yaml_sequence_start_event_initialize(
		 &event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE) &&
	     yaml_emitter_emit(emitter, &event);
	json_array_foreach(array, i, value)
	{
		ok = ok && emit_value(emitter, value);
	}
	return ok && yaml_sequence_end_event_initialize(&event) &&
	       yaml_emitter_emit(emitter, &event);
}

static int
emit_value(yaml_emitter_t *emitter, const json_t *value)
{
	CLEANUP_FREE char *text = NULL;

	if (json_is_object(value))
		return emit_object(emitter, value);
	if (json_is_array(value))
		return emit_array(emitter, value);
	if (json_is_string(value))
		return emit_scalar(emitter, json_string_value(value), true);
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	return text != NULL && emit_scalar(emitter, text, false);
}

static int
append_yaml(void *arg, unsigned char *data, size_t len)
{
	return buffer_append(arg, (struct bytes){ data, len }) == 0;
}

int
config_tree_print_yaml(const json_t *root, struct buffer *to)
{
	yaml_emitter_t emitter;
	yaml_event_t event;
	int ok;

	if (!yaml_emitter_initialize(&emitter))
		xalloc_failed();
	yaml_emitter_set_output(&emitter, append_yaml, to);
	yaml_emitter_set_unicode(&emitter, 1);
	ok =
	    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
	    yaml_emitter_emit(&emitter, &event) &&
	    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1) &&
	    yaml_emitter_emit(&emitter, &event) &&
	    emit_object(&emitter, root) &&
	    yaml_document_end_event_initialize(&event, 1) &&
	    yaml_emitter_emit(&emitter, &event) &&
	    yaml_stream_end_event_initialize(&event) &&
	    yaml_emitter_emit(&emitter, &event);
	yaml_emitter_delete(&emitter);
	return ok ? 0 : -ENOBUFS;
}
