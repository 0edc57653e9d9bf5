#include "proto/data_ops.h"

#include "common/base/array.h"

const struct data_op_row data_ops[DATA_OP_COUNT] = {
#define DATA_OP_ROW(NAME, name, word, route, methods, reach, kind, needs) \
	[DATA_##NAME] = { word, route, DATA_##methods, DATA_##reach, \
		DATA_KIND_##kind, needs },
	DATA_OPS(DATA_OP_ROW)
};

static const struct {
	const char *route;
	enum data_op op;
} aliases[] = {
#define DATA_ALIAS_ROW(route, NAME) { route, DATA_##NAME },
	DATA_ALIASES(DATA_ALIAS_ROW)
};

bool
data_op_find(struct bytes word, enum data_op *ret)
{
	size_t op;

	for (op = 0; op < DATA_OP_COUNT; op++) {
		if (bytes_equal(word, bytes_of(data_ops[op].word))) {
			*ret = (enum data_op)op;
			return true;
		}
	}
	return false;
}

bool
data_op_route(struct bytes route, enum data_op *ret)
{
	size_t i;

	for (i = 0; i < DATA_OP_COUNT; i++) {
		if (data_ops[i].route != NULL &&
		    bytes_equal(route, bytes_of(data_ops[i].route))) {
			*ret = (enum data_op)i;
			return true;
		}
	}
	for (i = 0; i < ARRAY_SIZE(aliases); i++) {
		if (bytes_equal(route, bytes_of(aliases[i].route))) {
			*ret = aliases[i].op;
			return true;
		}
	}
	return false;
}

bool
data_op_changes(enum data_op op)
{
	return data_ops[op].kind == DATA_KIND_WRITE ||
	       data_ops[op].kind == DATA_KIND_SCHEMA;
}

bool
data_op_is_owners(enum data_op op)
{
	return data_ops[op].kind == DATA_KIND_SCHEMA ||
	       data_ops[op].kind == DATA_KIND_OWNER;
}
