/* op_table: which function carries out which operation. */
#ifndef GOOPD_DATA_OPS_OP_TABLE_H
#define GOOPD_DATA_OPS_OP_TABLE_H

#include "goopd/data/ops/session.h"

struct op_row {
	enum data_op op;
	void (*run)(struct session *, const struct data_request *,
	    struct data_answer *);
};

/* Run the request's row; a refusal if there is none. */
void op_table_run(const struct op_row *rows, size_t count, struct session *,
    const struct data_request *, struct data_answer *);

#endif
