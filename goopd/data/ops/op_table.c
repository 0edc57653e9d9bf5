#include "goopd/data/ops/op_table.h"

void
op_table_run(const struct op_row *rows, size_t count, struct session *session,
    const struct data_request *request, struct data_answer *answer)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rows[i].op == request->op) {
			rows[i].run(session, request, answer);
			return;
		}
	data_answer_fail(answer, BUS_BAD_REQUEST, "unknown op: %s",
	    data_op_word(request->op));
}
