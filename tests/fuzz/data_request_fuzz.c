/* Whatever comes: what is taken has what its operation needs, and only names
 * that are identifiers; what is refused has a sentence that is text. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/text.h"
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
	json_object_foreach((json_t *)request->data, key, value)
	{
		check_name(key);
		if (identifier_is_system_column(key) || json_is_array(value))
			bug("data is not as promised: %s", key);
	}
	if (data_op_kind(request->op) == DATA_WRITES && request->table == NULL)
		bug("a write without a table");
	if (request->has_limit != (request->limit > 0) || request->offset < 0)
		bug("limits are not as promised");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct data_request request;
	char *why = NULL;

	if (data_request_parse((struct bytes){ data, size }, &request, &why) ==
	    0) {
		check(&request);
		data_request_fini(&request);
	} else if (why == NULL || !text_is_utf8(bytes_of(why))) {
		bug("refused without a sentence");
	}
	free(why);
	return 0;
}
