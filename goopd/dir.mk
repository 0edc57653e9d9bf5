PROGRAMS += goopd
SRC_goopd := \
	goopd/content.c \
	goopd/content_ask.c \
	goopd/data/data_answer.c \
	goopd/data/data_ask.c \
	goopd/data/data_delivery.c \
	goopd/data/data_news.c \
	goopd/data/data_server.c \
	goopd/data/identifier.c \
	goopd/data/json_text.c \
	goopd/data/table_access.c \
	goopd/data_ops.c \
	goopd/delivery.c \
	goopd/delivery_desk.c \
	goopd/delivery_ring.c \
	goopd/events.c \
	goopd/goopd.c \
	goopd/identity_file.c \
	goopd/main.c \
	goopd/mime.c \
	goopd/peer_emails.c \
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
	goopd/tickets.c \
	goopd/unreachable.c
LIBS_goopd := daemon libp2p http proto base
LDLIBS_goopd := -lprotobuf-c -lcrypto -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -lsqlite3 -levent_core -levent_extra -lpthread
