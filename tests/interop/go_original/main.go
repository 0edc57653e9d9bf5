// The original's rendezvous client as far as its library decides what happens:
// Go's own HTTP, TLS, JSON and line scanner. Written from the reference
// (section 5); takes and tells the same JSON lines as original_client.mjs.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Presence is the only message there is.
type Presence struct {
	Type                string   `json:"type"`
	PeerID              string   `json:"peerId"`
	Content             string   `json:"content,omitempty"`
	Email               string   `json:"email,omitempty"`
	AvatarHash          string   `json:"avatarHash,omitempty"`
	VideoDisabled       bool     `json:"videoDisabled,omitempty"`
	ActiveTemplate      string   `json:"activeTemplate,omitempty"`
	Target              string   `json:"target,omitempty"`
	Addrs               []string `json:"addrs,omitempty"`
	VerificationToken   string   `json:"verificationToken,omitempty"`
	PublicKey           string   `json:"publicKey,omitempty"`
	EncryptionSupported bool     `json:"encryptionSupported,omitempty"`
	GoopClientVersion   string   `json:"goopClientVersion,omitempty"`
	TS                  int64    `json:"ts"`
	Verified            bool     `json:"verified,omitempty"`
}

type options struct {
	URLs        []string `json:"urls"`
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Addrs       []string `json:"addrs"`
	HeartbeatMS int      `json:"heartbeatMs"`
	Quiet       bool     `json:"quiet"`
}

type event map[string]any

var telling sync.Mutex

func tell(e event) {
	telling.Lock()
	defer telling.Unlock()
	line, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(line, '\n'))
}

type client struct {
	options
	base    string
	http    *http.Client
	mu      sync.Mutex
	socket  *socket
	label   string
	ctx     context.Context
	present map[string]bool
}

const (
	readDeadline  = 15 * time.Second
	writeDeadline = 2 * time.Second
	firstRetry    = 250 * time.Millisecond
	retry         = 500 * time.Millisecond
	wiring        = 400 * time.Millisecond
)

// wsBase: http that is not loopback becomes wss on the same port.
func (c *client) wsBase() string {
	u, err := url.Parse(c.base)
	if err != nil {
		panic(err)
	}
	u.Scheme = "wss"
	switch u.Hostname() {
	case "127.0.0.1", "localhost", "::1":
		if strings.HasPrefix(c.base, "http:") {
			u.Scheme = "ws"
		}
	}
	return u.String()
}

func isTooEarly(text string) bool { return strings.Contains(text, "425") }

func isUnsupported(text string) bool {
	for _, part := range []string{"bad handshake", "404", "403", "501"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func (c *client) connect() {
	wait := firstRetry
	for c.ctx.Err() == nil {
		target := c.wsBase() + "/ws?peer_id=" + url.QueryEscape(c.ID)
		text := "read error"
		if err := c.webSocket(target); err != nil {
			text = fmt.Sprintf("dial %s: %v", target, err)
			tell(event{"event": "ws", "state": "failed", "url": target,
				"error": text})
		} else {
			wait = firstRetry
		}
		switch {
		case isTooEarly(text):
			time.Sleep(firstRetry)
		case isUnsupported(text):
			c.eventsUntilProbe()
		default:
			time.Sleep(wait)
			wait = retry
		}
	}
}

func (c *client) webSocket(target string) error {
	s, err := dialSocket(target, 5*time.Second)
	if err != nil {
		return err
	}
	tell(event{"event": "ws", "state": "open", "url": target})
	c.mu.Lock()
	c.socket = s
	c.mu.Unlock()
	for {
		text, err := s.read()
		if err != nil {
			tell(event{"event": "ws", "state": "closed",
				"error": err.Error()})
			break
		}
		c.hear("ws", text)
	}
	c.mu.Lock()
	c.socket = nil
	c.mu.Unlock()
	s.conn.Close()
	return nil
}

func (c *client) eventsUntilProbe() {
	ctx, found := context.WithCancel(c.ctx)
	go func() {
		for wait := 3 * time.Second; ctx.Err() == nil; wait = 10 * time.Second {
			time.Sleep(wait)
			s, err := dialSocket(c.wsBase()+"/ws?probe=1", 2*time.Second)
			if err == nil {
				s.conn.Close()
				found()
			}
			tell(event{"event": "probe", "well": err == nil})
		}
	}()
	for wait := firstRetry; ctx.Err() == nil; wait = retry {
		if err := c.events(ctx); err != nil {
			tell(event{"event": "sse", "state": "closed",
				"error": err.Error()})
		}
		time.Sleep(wait)
	}
}

func (c *client) events(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, "GET", c.base+"/events", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		tell(event{"event": "sse", "state": "refused",
			"status": answer.StatusCode})
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	tell(event{"event": "sse", "state": "open", "status": 200})
	lines := bufio.NewScanner(answer.Body) // at most 64 KiB a line
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "data:") {
			c.hear("sse", []byte(strings.TrimPrefix(line, "data:")))
		} else {
			tell(event{"event": "sse-line", "text": line})
		}
	}
	// The original drains what is left: deaf until the server closes.
	io.Copy(io.Discard, answer.Body)
	return lines.Err()
}

func (c *client) hear(via string, text []byte) {
	var message Presence
	if err := json.Unmarshal(bytes.TrimSpace(text), &message); err != nil {
		tell(event{"event": "ignored", "text": string(text),
			"error": err.Error()})
		return
	}
	if message.Type == "" || message.PeerID == "" {
		return
	}
	tell(event{"event": "message", "via": via, "message": message,
		"text": strings.TrimSpace(string(text))})
	if message.Type == "punch" && message.Target == c.ID {
		tell(event{"event": "dial", "id": message.PeerID,
			"addrs": message.Addrs})
	}
	if message.PeerID == c.ID {
		return
	}
	is := message.Type == "online" || message.Type == "update"
	if was, known := c.present[message.PeerID]; (is ||
		message.Type == "offline") && (!known || was != is) {
		c.present[message.PeerID] = is
		state := map[bool]string{true: "online", false: "offline"}[is]
		tell(event{"event": "peer", "id": message.PeerID, "state": state,
			"by": "message"})
	}
}

func (c *client) publish(kind string, more json.RawMessage) {
	message := Presence{Type: kind, PeerID: c.ID, Content: c.label,
		Addrs: c.Addrs, EncryptionSupported: true,
		GoopClientVersion: "2.3.1", TS: time.Now().UnixMilli()}
	if more != nil {
		if err := json.Unmarshal(more, &message); err != nil {
			panic(err)
		}
	}
	text, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	s := c.socket
	c.mu.Unlock()
	if s != nil {
		s.send(text)
		tell(event{"event": "publish", "via": "ws", "type": kind})
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "POST", c.base+"/publish",
		bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json")
	told := event{"event": "publish", "via": "http", "type": kind}
	answer, err := c.http.Do(request)
	if err != nil {
		told["error"] = err.Error()
	} else {
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		told["status"], told["body"] = answer.StatusCode, string(body)
	}
	tell(told)
}

func main() {
	c := client{present: map[string]bool{}}
	if err := json.Unmarshal([]byte(os.Args[1]), &c.options); err != nil {
		panic(err)
	}
	c.base = strings.TrimRight(c.URLs[0], "/")
	c.label = c.Label
	c.ctx = context.Background()
	c.http = &http.Client{Timeout: 5 * time.Second,
		Transport: &http.Transport{ForceAttemptHTTP2: false}}
	if c.HeartbeatMS == 0 {
		c.HeartbeatMS = 5000
	}
	go c.connect()
	go func() {
		time.Sleep(wiring)
		for kind := "online"; !c.Quiet; kind = "update" {
			c.publish(kind, nil)
			time.Sleep(time.Duration(c.HeartbeatMS) * time.Millisecond)
		}
	}()
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		var order struct {
			What, Type string
			More       json.RawMessage
		}
		if err := json.Unmarshal(orders.Bytes(), &order); err != nil {
			panic(err)
		}
		if order.What == "publish" {
			c.publish(order.Type, order.More)
		}
	}
}
