LIBRARIES += proto
SRC_proto := \
	proto/daemon_ops.c \
	proto/data_ops.c \
	proto/discovery_ops.c \
	proto/field.c \
	proto/field_json.c \
	proto/field_member.c \
	proto/field_msgpack.c \
	proto/goopd_ops.c \
	proto/op.c \
	proto/packed.c \
	proto/path_ops.c \
	proto/reach_ops.c \
	proto/relay_ops.c \
	proto/supervisor_ops.c
