PROGRAMS += goopd
# the daemon: its state, and the handlers of its operations on the bus.
SRC_goopd := \
	goopd/data_handlers.c \
	goopd/goopd.c \
	goopd/goopd_state.c \
	goopd/handlers.c \
	goopd/host_events.c \
	goopd/last_port.c \
	goopd/main.c

# streams/: what all stream protocols share: asking a peer, quotas of peers
# that ask us; and liveness, the smallest protocol.
SRC_goopd += \
	goopd/streams/liveness.c \
	goopd/streams/stream_ask.c \
	goopd/streams/stream_quota.c \
	goopd/streams/unreachable.c

# local_stream/: bytes on their way to a reader on this machine, over the Unix
# stream goopd.stream. From outside: local_stream.h.
SRC_goopd += \
	goopd/local_stream/local_stream.c \
	goopd/local_stream/tickets.c

# reach/: how peers in other networks reach this one. From outside: reach.h.
SRC_goopd += \
	goopd/reach/outside_view.c \
	goopd/reach/reach.c \
	goopd/reach/reach_check.c \
	goopd/reach/reach_report.c \
	goopd/reach/relay_places.c \
	goopd/reach/relay_refresh.c \
	goopd/reach/verdicts.c

# port_mapper/: ports of the router that lead to this peer, by a child process.
# From outside: port_mapper.h.
SRC_goopd += \
	goopd/port_mapper/mapper_child.c \
	goopd/port_mapper/mapper_job.c \
	goopd/port_mapper/mapper_message.c \
	goopd/port_mapper/mapping.c \
	goopd/port_mapper/natpmp_ask.c \
	goopd/port_mapper/network.c \
	goopd/port_mapper/pcp_ask.c \
	goopd/port_mapper/pcp_message.c \
	goopd/port_mapper/port_mapper.c \
	goopd/port_mapper/port_policy.c \
	goopd/port_mapper/router_ask.c \
	goopd/port_mapper/router_epoch.c \
	goopd/port_mapper/router_socket.c \
	goopd/port_mapper/upnp_ask.c \
	goopd/port_mapper/upnp_message.c

# site/: the site directory and /goop/site/: served to visitors, fetched from
# other peers. From outside: site.h, site_server.h, site_fetch.h, site_own.h.
SRC_goopd += \
	goopd/site/mime.c \
	goopd/site/site.c \
	goopd/site/site_conditions.c \
	goopd/site/site_fetch.c \
	goopd/site/site_lines.c \
	goopd/site/site_message.c \
	goopd/site/site_own.c \
	goopd/site/site_path.c \
	goopd/site/site_reply.c \
	goopd/site/site_resume.c \
	goopd/site/site_server.c \
	goopd/site/site_stamp.c

# data/request/: a request to a database and its answer, as JSON. Pure.
SRC_goopd += \
	goopd/data/request/data_answer.c \
	goopd/data/request/data_request.c

# data/sql/: one SQLite connection, its limits and walls, and the texts of
# pages that become SQL. Knows no request.
SRC_goopd += \
	goopd/data/sql/database.c \
	goopd/data/sql/identifier.c \
	goopd/data/sql/integrity.c \
	goopd/data/sql/json_text.c \
	goopd/data/sql/migration.c \
	goopd/data/sql/sql_fragment.c \
	goopd/data/sql/sql_functions.c \
	goopd/data/sql/sql_pattern.c \
	goopd/data/sql/sql_token.c \
	goopd/data/sql/statement_limits.c \
	goopd/data/sql/value.c

# data/schema/: typed tables, access rules and the catalog of what tables
# there are.
SRC_goopd += \
	goopd/data/schema/catalog.c \
	goopd/data/schema/schema_files.c \
	goopd/data/schema/schema_values.c \
	goopd/data/schema/table_access.c \
	goopd/data/schema/table_schema.c \
	goopd/data/schema/table_sql.c \
	goopd/data/schema/views.c

# data/ops/: the operations: one request carried out on one connection. From
# outside: session.h, operation.h, and what the writer looks after:
# auto_numbers.h, idempotency.h, schema_install.h, trash.h.
SRC_goopd += \
	goopd/data/ops/auto_numbers.c \
	goopd/data/ops/idempotency.c \
	goopd/data/ops/operation.c \
	goopd/data/ops/read_ops.c \
	goopd/data/ops/schema_change.c \
	goopd/data/ops/schema_install.c \
	goopd/data/ops/schema_ops.c \
	goopd/data/ops/selection.c \
	goopd/data/ops/session.c \
	goopd/data/ops/trash.c \
	goopd/data/ops/write_ops.c

# data/store/: the threads that carry requests out, and the queue before them.
# From outside: store.h alone.
SRC_goopd += \
	goopd/data/store/fair_queue.c \
	goopd/data/store/store.c \
	goopd/data/store/store_reader.c \
	goopd/data/store/store_work.c \
	goopd/data/store/store_writer.c

# data/protocol/: /goop/data/: requests of other peers to the store, and ours
# to theirs.
SRC_goopd += \
	goopd/data/protocol/data_ask.c \
	goopd/data/protocol/data_news.c \
	goopd/data/protocol/data_server.c \
	goopd/data/protocol/large_answer.c \
	goopd/data/protocol/peer_emails.c
LIBS_goopd := daemon bus config identity libp2p http proto base
LDLIBS_goopd := -lprotobuf-c -lcrypto -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -lminiupnpc -lnatpmp -levent_core -levent_extra -lpthread
