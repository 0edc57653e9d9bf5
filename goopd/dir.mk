PROGRAMS += goopd
SRC_goopd := \
	goopd/content.c \
	goopd/content_ask.c \
	goopd/data/catalog.c \
	goopd/data/classic_column.c \
	goopd/data/data_answer.c \
	goopd/data/data_request.c \
	goopd/data/database.c \
	goopd/data/fair_queue.c \
	goopd/data/guard.c \
	goopd/data/identifier.c \
	goopd/data/integrity.c \
	goopd/data/json_text.c \
	goopd/data/migration.c \
	goopd/data/roles.c \
	goopd/data/selection.c \
	goopd/data/session.c \
	goopd/data/sql_fragment.c \
	goopd/data/sql_functions.c \
	goopd/data/sql_pattern.c \
	goopd/data/sql_token.c \
	goopd/data/table_access.c \
	goopd/data/table_schema.c \
	goopd/data/table_schema_check.c \
	goopd/data/table_schema_fill.c \
	goopd/data/table_schema_print.c \
	goopd/data/table_schema_sql.c \
	goopd/data/table_sql.c \
	goopd/data/value.c \
	goopd/data/views.c \
	goopd/data_ops.c \
	goopd/delivery.c \
	goopd/delivery_desk.c \
	goopd/delivery_ring.c \
	goopd/events.c \
	goopd/goopd.c \
	goopd/identity_file.c \
	goopd/main.c \
	goopd/mime.c \
	goopd/peer_ops.c \
	goopd/port_memory.c \
	goopd/service_ops.c \
	goopd/signer.c \
	goopd/signer_child.c \
	goopd/signer_rules.c \
	goopd/site.c \
	goopd/site_conditions.c \
	goopd/site_fetch.c \
	goopd/site_lines.c \
	goopd/site_message.c \
	goopd/site_message_1_0.c \
	goopd/site_message_1_1.c \
	goopd/site_own.c \
	goopd/site_path.c \
	goopd/site_reply.c \
	goopd/site_server.c \
	goopd/stream_lease.c \
	goopd/tickets.c
LIBS_goopd := daemon libp2p http proto base
LDLIBS_goopd := -lprotobuf-c -lcrypto -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -levent_core -levent_extra -lpthread
