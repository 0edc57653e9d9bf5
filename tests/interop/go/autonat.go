package main

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/host/autonat"
	"github.com/libp2p/go-libp2p/p2p/protocol/autonatv2"
	ma "github.com/multiformats/go-multiaddr"
)

// autonatServer makes a node that dials others back: by AutoNAT v1, and by v2.
func autonatServer(version int) []libp2p.Option {
	options := []libp2p.Option{libp2p.ForceReachabilityPublic(),
		libp2p.EnableNATService()}
	if version >= 2 {
		options = append(options, libp2p.EnableAutoNATv2())
	}
	return options
}

// autonat2 asks a server, by its multiaddr, whether it reaches an address of
// this node.
func (n *node) autonat2(server, address string) (event, error) {
	info, err := peer.AddrInfoFromString(server)
	if err != nil {
		return nil, err
	}
	asked, err := ma.NewMultiaddr(address)
	if err != nil {
		return nil, err
	}
	dialer, err := libp2p.New(libp2p.NoListenAddrs)
	if err != nil {
		return nil, err
	}
	client, err := autonatv2.New(dialer)
	if err != nil {
		return nil, err
	}
	if err = client.Start(n.host); err != nil {
		return nil, err
	}
	defer client.Close()
	// It learns of servers when they connect.
	n.host.Network().ClosePeer(info.ID)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err = n.host.Connect(ctx, *info); err != nil {
		return nil, err
	}
	requests := []autonatv2.Request{{Addr: asked, SendDialData: true}}
	for {
		result, err := client.GetReachability(ctx, requests)
		if err == autonatv2.ErrNoPeers && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond) // it is not identified yet
			continue
		}
		return event{"reachability": fmt.Sprint(result.Reachability)}, err
	}
}

// autonat1 asks a connected peer whether it reaches this node.
func (n *node) autonat1(id string) (event, error) {
	who, err := peer.Decode(id)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return nil, autonat.NewAutoNATClient(n.host, nil, nil).DialBack(ctx, who)
}
