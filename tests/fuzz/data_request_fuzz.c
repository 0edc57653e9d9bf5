/* Lines of peers and bodies of calls: what is taken has what its operation
 * needs, and only names that are identifiers; what is refused has a sentence
 * that is text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "goopd/data/sql/json_text.h"
#include "goopd/data/request/data_request.h"
#include "goopd/data/sql/identifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_name(const char *name)
{
	if (name != NULL && !identifier_is_valid(name))
		bug("a name is none: %s", name);
}

static void
check(const struct data_request *request)
{
	const char *key;
	const json_t *value;
	size_t i;

	check_name(request->table);
	check_name(request->column);
	check_name(request->old_name);
	check_name(request->new_name);
	json_array_foreach(request->columns, i, value)
	{
		check_name(json_string_value(value));
	}
	json_object_foreach(json_shared(request->data), key, value)
	{
		check_name(key);
		if (identifier_is_system_column(key) || json_is_array(value))
			bug("data is not as promised: %s", key);
	}
	if (data_ops[request->op].kind == DATA_KIND_WRITE &&
	    request->table == NULL)
		bug("a write without a table");
	if (request->has_limit != (request->limit > 0) || request->offset < 0)
		bug("limits are not as promised");
}

/* What is sent for a call is one line, which a peer reads as that operation. */
static void
check_line(enum data_op op, struct bytes line)
{
	json_t *json = json_loadb(
	    (const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *word = json_string_value(json_object_get(json, "op"));

	if (word == NULL || strcmp(word, data_ops[op].word) != 0)
		bug("another op comes out");
	if (memchr(line.data, '\n', line.len) != line.data + line.len - 1)
		bug("it is not one line");
	json_decref(json);
}

static void
print(const struct data_body *body)
{
	struct buffer line;
	char *why = NULL;
	int rc;

	buffer_init(&line, DATA_REQUEST_MAX);
	rc = data_request_print(body, &line, &why);
	if (rc == 0)
		check_line(body->op, buffer_bytes(&line));
	else if (rc == -EBADMSG && !text_is_utf8(bytes_of(why)))
		bug("refused without a sentence");
	free(why);
	buffer_fini(&line);
}

static void
parse(const struct data_body *body)
{
	struct data_request request;
	char *why = NULL;

	if (data_request_parse(body, &request, &why) == 0) {
		check(&request);
		data_request_fini(&request);
	} else if (why == NULL || !text_is_utf8(bytes_of(why))) {
		bug("refused without a sentence");
	}
	free(why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct data_body body = { .is_line = true, .json = { data, size } };

	parse(&body);
	body.is_line = false;
	body.request_id = "id";
	body.op = size > 0 ? data[size - 1] % DATA_OP_COUNT : DATA_TABLES;
	parse(&body);
	print(&body);
	return 0;
}
