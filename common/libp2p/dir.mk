LIBRARIES += libp2p
# multiformats/: uvarints, multibase, multiaddrs and peer ids, as text and as
# bytes. Used by all other rooms and from outside.
SRC_libp2p := \
	common/libp2p/multiformats/multiaddr.c \
	common/libp2p/multiformats/multiaddr_class.c \
	common/libp2p/multiformats/multiaddr_protocol.c \
	common/libp2p/multiformats/multibase.c \
	common/libp2p/multiformats/peer_id.c \
	common/libp2p/multiformats/peer_id_key.c \
	common/libp2p/multiformats/protobuf_frame.c \
	common/libp2p/multiformats/uvarint.c

# keys/: public keys, their protobuf form and the identity key. From outside:
# identity_key.h, public_key.h.
SRC_libp2p += \
	common/libp2p/keys/identity_key.c \
	common/libp2p/keys/key_message.c \
	common/libp2p/keys/public_key.c

# stream/: the interface of a stream to the protocol on top, and the agreement
# on a protocol (multistream-select). From outside: stream.h.
SRC_libp2p += \
	common/libp2p/stream/multistream.c

# noise/: the secure channel. From outside: noise.h.
SRC_libp2p += \
	common/libp2p/noise/noise.c \
	common/libp2p/noise/noise_crypto.c \
	common/libp2p/noise/noise_payload.c \
	common/libp2p/noise/noise_xx.c

# yamux/: many streams over one secured byte stream. From outside: yamux.h.
SRC_libp2p += \
	common/libp2p/yamux/backlog.c \
	common/libp2p/yamux/yamux.c \
	common/libp2p/yamux/yamux_frame.c \
	common/libp2p/yamux/yamux_stream.c

# connection/: one TCP connection turned into streams: Noise, yamux and the
# negotiation of each stream. From outside: connection.h.
SRC_libp2p += \
	common/libp2p/connection/connection.c \
	common/libp2p/connection/negotiation.c \
	common/libp2p/connection/partial_record.c

# host/: a libp2p node over TCP and through relays: listens, dials, identifies, answers pings.
# From outside: host.h, host_announce.h, host_circuit.h,
# host_observed.h.
SRC_libp2p += \
	common/libp2p/host/dial_order.c \
	common/libp2p/host/host.c \
	common/libp2p/host/host_addresses.c \
	common/libp2p/host/host_circuit.c \
	common/libp2p/host/host_connection.c \
	common/libp2p/host/host_dial.c \
	common/libp2p/host/host_identify.c \
	common/libp2p/host/host_listen.c \
	common/libp2p/host/host_observed.c \
	common/libp2p/host/host_peer.c \
	common/libp2p/host/host_punch.c \
	common/libp2p/host/host_request.c \
	common/libp2p/host/host_service.c \
	common/libp2p/host/host_tcp.c \
	common/libp2p/host/identify.c \
	common/libp2p/host/peer_book.c

# mdns/: finding nodes on a LAN, without I/O. From outside: mdns.h,
# mdns_packet.h.
SRC_libp2p += \
	common/libp2p/mdns/mdns.c \
	common/libp2p/mdns/mdns_address.c \
	common/libp2p/mdns/mdns_interface.c \
	common/libp2p/mdns/mdns_packet.c \
	common/libp2p/mdns/mdns_peers.c \
	common/libp2p/mdns/mdns_responder.c

# gossipsub/: the router of GossipSub, its messages and frames, without I/O.
# From outside: gossipsub.h, pubsub_message.h.
SRC_libp2p += \
	common/libp2p/gossipsub/gossipsub.c \
	common/libp2p/gossipsub/gossipsub_cache.c \
	common/libp2p/gossipsub/gossipsub_control.c \
	common/libp2p/gossipsub/gossipsub_mesh.c \
	common/libp2p/gossipsub/gossipsub_score.c \
	common/libp2p/gossipsub/gossipsub_seen.c \
	common/libp2p/gossipsub/pubsub_message.c \
	common/libp2p/gossipsub/pubsub_rpc.c

# pubsub/: the GossipSub service of a host: joins gossipsub/ to host/. From
# outside: pubsub.h.
SRC_libp2p += \
	common/libp2p/pubsub/pubsub.c

# relay/: circuit relay v2: its messages; the client of relays, with the
# circuits that others make to us; and the relay itself. From outside:
# relay_client.h, relay_server.h.
SRC_libp2p += \
	common/libp2p/relay/relay_client.c \
	common/libp2p/relay/relay_message.c \
	common/libp2p/relay/relay_pipe.c \
	common/libp2p/relay/relay_reservation.c \
	common/libp2p/relay/relay_server.c \
	common/libp2p/relay/relay_table.c

# holepunch/: DCUtR: direct connections out of relayed ones. From outside:
# holepunch.h.
SRC_libp2p += \
	common/libp2p/holepunch/holepunch.c \
	common/libp2p/holepunch/holepunch_message.c

# autonat/: AutoNAT v1 and v2: can an address be reached from outside? The
# messages, the client and the server. From outside: autonat_client.h,
# autonat_server.h.
SRC_libp2p += \
	common/libp2p/autonat/autonat1_message.c \
	common/libp2p/autonat/autonat1_server.c \
	common/libp2p/autonat/autonat_budget.c \
	common/libp2p/autonat/autonat_client.c \
	common/libp2p/autonat/autonat_dial.c \
	common/libp2p/autonat/autonat_message.c \
	common/libp2p/autonat/autonat_request.c \
	common/libp2p/autonat/autonat_server.c
