// gopeer: an unmodified go-libp2p node, told what to do line by line.
//
//	gopeer [-listen ADDR]... [-seed N] [-mdns TAG] [-label TEXT] [-site DIR]
//	       [-noise-only | -tls-only] [-autonat VERSION] [-relay LIMITS]
//
// It prints one JSON object a line. The first is {"event":"ready","id","addrs"}.
// Commands on standard input, each answered by one line with the same "event":
//
//	dial MULTIADDR            multiaddr ends in /p2p/ID
//	identify ID               {"protocols":[...],"agent":"..."} once identify is done
//	ping ID                   {"rtt_us":N}
//	open ID PROTOCOL TEXT     sends TEXT (Go escapes), half-closes, reads to the end:
//	                          {"text":"...","length":N,"sha256":"..."}
//	ask ID PROTOCOL TEXT      the same without half-closing
//	subscribe TOPIC           then {"event":"message","topic","from","text"} come
//	publish TOPIC TEXT        {"peers":N} of the topic
//	peers                     {"peers":[...]} connected
//	autonat2 MULTIADDR ADDR   {"reachability":"Public"}: asks a server whether
//	                          it reaches ADDR
//	autonat1 ID               the same of this node, by v1; failed: "error"
//	reserve MULTIADDR         a place at a relay: {"addrs","left_s","limit_bytes",
//	                          "limit_s"}
//	quit
//
// A command that failed has "error". It serves /echo/1.0.0, and, as the
// original does, /goop/content/1.0.0, /goop/site/1.0.0 and, with made-up tables,
// /goop/data/1.0.0, of which it tells {"event":"asked","from","text"}.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
)

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

type event map[string]any

var printing sync.Mutex

func say(name string, e event, err error) {
	if e == nil {
		e = event{}
	}
	e["event"] = name
	if err != nil {
		e["error"] = err.Error()
	}
	line, _ := json.Marshal(e)
	printing.Lock()
	defer printing.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

type node struct {
	host   host.Host
	pubsub *pubsub.PubSub
	topics map[string]*pubsub.Topic
}

// HandlePeerFound is mdns's notifee: dial, as the original does.
func (n *node) HandlePeerFound(info peer.AddrInfo) {
	say("found", event{"id": info.ID.String(), "addrs": info.Addrs}, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := n.host.Connect(ctx, info); err != nil {
		say("found-dial", event{"id": info.ID.String()}, err)
	}
}

func (n *node) serve(label, site string) {
	n.host.SetStreamHandler("/echo/1.0.0", func(s network.Stream) {
		io.Copy(s, s)
		s.Close()
	})
	n.host.SetStreamHandler("/goop/content/1.0.0", func(s network.Stream) {
		fmt.Fprintf(s, "%s\n", label)
		s.Close()
	})
	n.host.SetStreamHandler("/goop/data/1.0.0", serveData)
	n.host.SetStreamHandler("/goop/site/1.0.0", func(s network.Stream) {
		defer s.Close()
		line, err := bufio.NewReader(s).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "GET ") {
			fmt.Fprint(s, "ERR bad request\n")
			return
		}
		name := strings.TrimSpace(strings.TrimPrefix(line, "GET "))
		if name == "" || name == "/" {
			name = "/index.html"
		}
		if strings.HasPrefix(name, "/lua/") {
			fmt.Fprint(s, "ERR forbidden\n")
			return
		}
		body, err := os.ReadFile(filepath.Join(site, filepath.Clean(name)))
		if site == "" || err != nil {
			fmt.Fprint(s, "ERR not found\n")
			return
		}
		fmt.Fprintf(s, "OK %s %d\n", mime.TypeByExtension(filepath.Ext(name)), len(body))
		s.Write(body)
	})
}

type dataRequest struct {
	Op    string `json:"op"`
	Table string `json:"table"`
}

type dataResponse struct {
	OK    bool   `json:"ok"`
	Data  any    `json:"data,omitempty"`
	Error string `json:"error,omitempty"`
}

type rows []map[string]any

// dataAnswer says what the original's server would.
func dataAnswer(r dataRequest) dataResponse {
	switch r.Op + " " + r.Table {
	case "query posts":
		return dataResponse{OK: true, Data: rows{{"title": "Hello", "_id": int64(3)}}}
	case "query empty":
		return dataResponse{OK: true, Data: rows(nil)}
	case "query numbers":
		return dataResponse{OK: true, Data: rows{{"_id": int64(1), "large": 1e21,
			"price": 0.5, "whole": 5.0}}}
	case "query large":
		large := make(rows, 20000)
		for i := range large {
			large[i] = map[string]any{"_id": i, "text": strings.Repeat("x", 100)}
		}
		return dataResponse{OK: true, Data: large}
	case "insert guestbook":
		return dataResponse{OK: true, Data: map[string]any{"status": "inserted", "id": 7}}
	case "lua-call ":
		return dataResponse{OK: true}
	case "count posts":
		return dataResponse{Error: "count not available for remote peers yet"}
	case "upsert posts":
		return dataResponse{Error: "upsert not allowed for remote peers"}
	case "update posts":
		return dataResponse{Error: "update not allowed: owner only"}
	case "delete guestbook":
		return dataResponse{Error: "row not found or not owned by caller"}
	}
	return dataResponse{Error: "unknown op: " + r.Op}
}

func serveData(s network.Stream) {
	defer s.Close()
	line, err := bufio.NewReader(s).ReadBytes('\n')
	answer := dataResponse{Error: "read error"}
	if err == nil || err == io.EOF {
		say("asked", event{"from": s.Conn().RemotePeer().String(),
			"text": string(line)}, nil)
		var request dataRequest
		if err := json.Unmarshal(line, &request); err != nil {
			answer = dataResponse{Error: "invalid json: " + err.Error()}
		} else {
			answer = dataAnswer(request)
		}
	}
	json.NewEncoder(s).Encode(answer)
}

func (n *node) open(id, proto, text string, halfClose bool) (event, error) {
	who, err := peer.Decode(id)
	if err != nil {
		return nil, err
	}
	data, err := strconv.Unquote(`"` + text + `"`)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ctx = network.WithAllowLimitedConn(ctx, proto)
	s, err := n.host.NewStream(ctx, who, protocol.ID(proto))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	s.SetDeadline(time.Now().Add(60 * time.Second))
	if _, err = s.Write([]byte(data)); err != nil {
		return nil, err
	}
	if halfClose {
		s.CloseWrite()
	}
	sum, head := sha256.New(), &bytes.Buffer{}
	length, err := io.Copy(io.MultiWriter(sum, &capped{head}), s)
	if err != nil {
		return nil, err
	}
	return event{"text": head.String(), "length": length,
		"sha256": hex.EncodeToString(sum.Sum(nil))}, nil
}

// capped keeps the first 4 KiB of what is written and drops the rest.
type capped struct{ kept *bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	c.kept.Write(p[:min(len(p), max(0, 4096-c.kept.Len()))])
	return len(p), nil
}

func (n *node) identify(id string) (event, error) {
	who, err := peer.Decode(id)
	if err != nil {
		return nil, err
	}
	for range 100 {
		protocols, _ := n.host.Peerstore().GetProtocols(who)
		agent, _ := n.host.Peerstore().Get(who, "AgentVersion")
		if len(protocols) > 0 {
			return event{"protocols": protocols, "agent": agent,
				"addrs": n.host.Peerstore().Addrs(who)}, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, fmt.Errorf("no identify from %s", id)
}

func (n *node) topic(name string) (*pubsub.Topic, error) {
	if t, ok := n.topics[name]; ok {
		return t, nil
	}
	t, err := n.pubsub.Join(name)
	if err == nil {
		n.topics[name] = t
	}
	return t, err
}

func (n *node) subscribe(name string) error {
	t, err := n.topic(name)
	if err != nil {
		return err
	}
	sub, err := t.Subscribe()
	if err != nil {
		return err
	}
	go func() {
		for {
			m, err := sub.Next(context.Background())
			if err != nil {
				return
			}
			say("message", event{"topic": name, "from": m.GetFrom().String(),
				"via": m.ReceivedFrom.String(), "text": string(m.Data)}, nil)
		}
	}()
	return nil
}

func (n *node) do(words []string) (event, error) {
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "dial":
		info, err := peer.AddrInfoFromString(arg(1))
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return nil, n.host.Connect(ctx, *info)
	case "identify":
		return n.identify(arg(1))
	case "ping":
		who, err := peer.Decode(arg(1))
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		result := <-ping.Ping(ctx, n.host, who)
		return event{"rtt_us": result.RTT.Microseconds()}, result.Error
	case "open", "ask":
		return n.open(arg(1), arg(2), arg(3), words[0] == "open")
	case "subscribe":
		return nil, n.subscribe(arg(1))
	case "publish":
		t, err := n.topic(arg(1))
		if err != nil {
			return nil, err
		}
		err = t.Publish(context.Background(), []byte(arg(2)))
		return event{"peers": len(t.ListPeers())}, err
	case "autonat2":
		return n.autonat2(arg(1), arg(2))
	case "autonat1":
		return n.autonat1(arg(1))
	case "reserve":
		return n.reserve(arg(1))
	case "peers":
		return event{"peers": n.host.Network().Peers()}, nil
	}
	return nil, fmt.Errorf("unknown command %q", words[0])
}

func main() {
	var listen list
	flag.Var(&listen, "listen", "listen address")
	seed := flag.Int("seed", 0, "fixed identity from this byte; 0: random")
	tag := flag.String("mdns", "", "mDNS service tag")
	label := flag.String("label", "gopher", "answer of the content protocol")
	site := flag.String("site", "", "directory that the site protocol serves")
	noiseOnly := flag.Bool("noise-only", false, "do not offer TLS first")
	tlsOnly := flag.Bool("tls-only", false, "do not speak Noise")
	autonat := flag.Int("autonat", 0, "dial others back, up to this version")
	relay := flag.String("relay", "", "be a relay for anybody: \"go\", with its limits, or \"none\"")
	flag.Parse()

	if len(listen) == 0 {
		listen = list{"/ip4/127.0.0.1/tcp/0"}
	}
	options := []libp2p.Option{libp2p.ListenAddrStrings(listen...)}
	if *seed != 0 {
		secret := bytes.NewReader(bytes.Repeat([]byte{byte(*seed)}, 64))
		key, _, err := crypto.GenerateEd25519Key(secret)
		if err != nil {
			panic(err)
		}
		options = append(options, libp2p.Identity(key))
	}
	if *noiseOnly {
		options = append(options, libp2p.Security(noise.ID, noise.New))
	}
	if *tlsOnly {
		options = append(options, libp2p.Security(libp2ptls.ID, libp2ptls.New))
	}
	if *autonat > 0 {
		options = append(options, autonatServer(*autonat)...)
	}
	if *relay == "none" {
		options = append(options, libp2p.ResourceManager(&network.NullResourceManager{}))
	}
	h, err := libp2p.New(options...)
	if err != nil {
		panic(err)
	}
	if *relay != "" {
		if err := serveRelay(h, *relay); err != nil {
			panic(err)
		}
	}
	ps, err := pubsub.NewGossipSub(context.Background(), h)
	if err != nil {
		panic(err)
	}
	n := &node{h, ps, map[string]*pubsub.Topic{}}
	n.serve(*label, *site)
	say("ready", event{"id": h.ID().String(), "addrs": h.Addrs()}, nil)
	if *tag != "" {
		if err := mdns.NewMdnsService(h, *tag, n).Start(); err != nil {
			panic(err)
		}
	}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		words := strings.SplitN(input.Text(), " ", 4)
		if words[0] == "publish" {
			words = strings.SplitN(input.Text(), " ", 3)
		}
		if words[0] == "quit" {
			break
		}
		e, err := n.do(words)
		say(words[0], e, err)
	}
	h.Close()
}
