package main

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
)

// serveRelay makes a node a relay for anybody, with go's limits: two minutes
// and 128 KiB for each circuit; or without.
func serveRelay(h host.Host, limits string) error {
	options := []relay.Option{}
	if limits == "none" {
		resources := relay.DefaultResources()
		resources.Limit = nil
		resources.MaxReservations, resources.MaxCircuits = 100000, 100000
		resources.MaxReservationsPerIP, resources.MaxReservationsPerASN = 100000, 100000
		options = append(options, relay.WithResources(resources))
	}
	_, err := relay.New(h, options...)
	return err
}

// reserve asks for a place at a relay, by its multiaddr.
func (n *node) reserve(address string) (event, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	place, err := client.Reserve(ctx, n.host, *info)
	if err != nil {
		return nil, err
	}
	return event{"addrs": place.Addrs, "left_s": int(time.Until(place.Expiration).Seconds()),
		"limit_bytes": place.LimitData, "limit_s": int(place.LimitDuration.Seconds())}, nil
}
