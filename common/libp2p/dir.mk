LIBRARIES += libp2p
SRC_libp2p := \
	common/libp2p/identity_key.c \
	common/libp2p/key_message.c \
	common/libp2p/multibase.c \
	common/libp2p/peer_id.c \
	common/libp2p/peer_id_key.c \
	common/libp2p/public_key.c \
	common/libp2p/uvarint.c
