/*
 * bus_typed: the operations and events of proto/ as typed functions. A list of
 * operations (proto/goopd_ops.h) or events becomes, for each of its rows,
 *
 *	ask_X()       ask; done comes exactly once, never from inside this call
 *	ask_X_now()   ask and wait
 *	reply_X()     answer a struct X_call
 *	handle_X()    what the daemon that answers has to define
 *	publish_E()   tell all subscribers
 *
 * so that the wrong struct does not compile and a missing handler does not
 * link. The headers *_bus.h in this folder expand the lists. What ends in
 * "untyped" is for these macros only.
 */
#ifndef COMMON_BUS_BUS_TYPED_H
#define COMMON_BUS_BUS_TYPED_H

#include "common/bus/bus.h"

typedef void bus_finish_fn(bus_any_fn *done, const struct bus_error *error,
    const void *reply, void *arg);

/*
 * While the first connection is being tried the request waits; later, if the
 * other daemon is away, the answer is BUS_UNREACHABLE at once. done may be
 * NULL. Returns a number for bus_cancel() (never 0).
 */
uint64_t bus_ask_untyped(struct bus_client *, const struct op *,
    const void *request, int64_t budget_ms, bus_finish_fn *finish,
    bus_any_fn *done, void *arg);

/* Runs the event loop until the answer is there. *ret_reply is filled and the
 * caller's to message_fini(); or *error is, if it is not NULL. */
enum bus_code bus_ask_now_untyped(struct bus_client *, const struct op *,
    const void *request, int64_t budget_ms, void *ret_reply,
    struct bus_error *error);

/* Answer and consume the call, which asks for this operation. */
void bus_reply_untyped(struct bus_call *, const struct op *, const void *reply);

/* Numbered; dropped for subscribers that are too slow. */
void bus_publish_untyped(
    struct bus_server *, const struct op *event, const void *message);

/* clang-format off */

/* Of a row of operations. Exactly one of error and reply is NULL; both are
 * borrowed, as a handler's request is. A handler answers now or later, with
 * exactly one reply_X() or bus_fail(). */
#define OP_TYPED(number_, name_, asked_, answer_, callers_) \
	struct name_##_call { \
		struct bus_call *bus; \
	}; \
	typedef void name_##_handler_fn(struct name_##_call, \
	    const struct asked_ *, void *arg); \
	typedef void name_##_done_fn(const struct bus_error *, \
	    const struct answer_ *, void *arg); \
	name_##_handler_fn handle_##name_; \
	static inline void \
	invoke_##name_(bus_any_fn *handle, struct bus_call *call, \
	    const void *request, void *arg) \
	{ \
		((name_##_handler_fn *)handle)( \
		    (struct name_##_call){ call }, request, arg); \
	} \
	static inline void \
	finish_##name_(bus_any_fn *done, const struct bus_error *error, \
	    const void *reply, void *arg) \
	{ \
		if (done != NULL) \
			((name_##_done_fn *)done)(error, reply, arg); \
	} \
	static inline uint64_t \
	ask_##name_(struct bus_client *client, const struct asked_ *request, \
	    int64_t budget_ms, name_##_done_fn *done, void *arg) \
	{ \
		return bus_ask_untyped(client, &op_##name_, request, \
		    budget_ms, finish_##name_, (bus_any_fn *)done, arg); \
	} \
	static inline enum bus_code \
	ask_##name_##_now(struct bus_client *client, \
	    const struct asked_ *request, int64_t budget_ms, \
	    struct answer_ *ret_reply, struct bus_error *error) \
	{ \
		return bus_ask_now_untyped(client, &op_##name_, request, \
		    budget_ms, ret_reply, error); \
	} \
	static inline void \
	reply_##name_(struct name_##_call call, const struct answer_ *reply) \
	{ \
		bus_reply_untyped(call.bus, &op_##name_, reply); \
	}

/* Of a row of events. */
#define EVENT_TYPED(number_, name_, message_) \
	typedef void name_##_event_fn(const struct message_ *, void *arg); \
	static inline void \
	deliver_##name_(bus_any_fn *on_event, const void *message, void *arg) \
	{ \
		((name_##_event_fn *)on_event)(message, arg); \
	} \
	static inline void \
	publish_##name_(struct bus_server *server, \
	    const struct message_ *message) \
	{ \
		bus_publish_untyped(server, &event_##name_, message); \
	}

/* Rows of tables: this function answers the operation, gets the event. */
#define HANDLER(name_, function_) \
	{ &op_##name_, invoke_##name_, \
	    (bus_any_fn *)(1 ? (function_) : (name_##_handler_fn *)NULL) }
#define SUBSCRIBE(name_, function_) \
	{ &event_##name_, deliver_##name_, \
	    (bus_any_fn *)(1 ? (function_) : (name_##_event_fn *)NULL) }
/* clang-format on */

#endif
