#include "goopd/data/ops/operation.h"

#include "goopd/data/ops/read_ops.h"
#include "goopd/data/ops/schema_ops.h"
#include "goopd/data/ops/write_ops.h"

static data_op_fn *const operations[DATA_OP_COUNT] = {
#define DATA_OP_RUN(NAME, name, ...) [DATA_##NAME] = data_op_##name,
	DATA_READ_OPS(DATA_OP_RUN) DATA_WRITE_OPS(DATA_OP_RUN)
	    DATA_SCHEMA_OPS(DATA_OP_RUN) DATA_OWNER_OPS(DATA_OP_RUN)
};

bool
operation_is_allowed(enum data_op op, const struct data_caller *caller,
    struct data_answer *answer)
{
	if (operations[op] == NULL)
		data_answer_fail(
		    answer, BUS_BAD_REQUEST, "lua scripting not enabled");
	else if (data_op_is_owners(op) && !caller->is_owner)
		data_answer_fail(answer, BUS_FORBIDDEN,
		    "schema operations not allowed for remote peers");
	return answer->code == BUS_OK;
}

void
operation_run(struct session *session, const struct data_request *request)
{
	operations[request->op](session, request);
}
