PROGRAMS += goopd
SRC_goopd := \
	goopd/identity_file.c \
	goopd/mime.c \
	goopd/signer.c \
	goopd/signer_child.c \
	goopd/signer_rules.c \
	goopd/site_conditions.c \
	goopd/site_lines.c \
	goopd/site_message.c \
	goopd/site_message_1_0.c \
	goopd/site_message_1_1.c \
	goopd/site_path.c
LIBS_goopd := daemon libp2p proto base
LDLIBS_goopd := -lprotobuf-c -lcrypto -lzmq -lmsgpackc -ljansson -lyaml \
	-lseccomp -levent_core -levent_extra -lpthread
