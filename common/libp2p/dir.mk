LIBRARIES += libp2p
SRC_libp2p := \
	common/libp2p/identity_key.c \
	common/libp2p/key_message.c \
	common/libp2p/mdns.c \
	common/libp2p/mdns_address.c \
	common/libp2p/mdns_decode.c \
	common/libp2p/mdns_encode.c \
	common/libp2p/mdns_peers.c \
	common/libp2p/multiaddr.c \
	common/libp2p/multiaddr_protocol.c \
	common/libp2p/multiaddr_socket.c \
	common/libp2p/multiaddr_text.c \
	common/libp2p/multibase.c \
	common/libp2p/multistream.c \
	common/libp2p/noise.c \
	common/libp2p/noise_crypto.c \
	common/libp2p/noise_payload.c \
	common/libp2p/noise_xx.c \
	common/libp2p/peer_id.c \
	common/libp2p/peer_id_key.c \
	common/libp2p/public_key.c \
	common/libp2p/uvarint.c
