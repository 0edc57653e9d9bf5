package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A WebSocket as the original's library speaks it, client side.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
	mu   sync.Mutex
}

const (
	opText, opClose, opPing, opPong = 1, 8, 9, 10
	fragment                        = 4096
)

var errHandshake = errors.New("websocket: bad handshake")

func dialSocket(target string, patience time.Duration) (*socket, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	conn, err := net.DialTimeout("tcp", hostPort(u), patience)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	if u.Scheme == "wss" {
		secure := tls.Client(conn, &tls.Config{ServerName: u.Hostname(),
			NextProtos: []string{"http/1.1"}})
		if err := secure.Handshake(); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secure
	}
	s := &socket{conn: conn, in: bufio.NewReader(conn)}
	if err := s.handshake(u); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return s, nil
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "wss" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

func (s *socket) handshake(u *url.URL) error {
	key := make([]byte, 16)
	rand.Read(key)
	request := &http.Request{Method: "GET", Host: u.Host, URL: u,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Upgrade":               {"websocket"},
			"Connection":            {"Upgrade"},
			"Sec-WebSocket-Key":     {base64.StdEncoding.EncodeToString(key)},
			"Sec-WebSocket-Version": {"13"}}}
	if err := request.Write(s.conn); err != nil {
		return err
	}
	answer, err := http.ReadResponse(s.in, request)
	if err != nil {
		return err
	}
	if answer.StatusCode != 101 {
		return fmt.Errorf("%w (HTTP %d)", errHandshake, answer.StatusCode)
	}
	return nil
}

func (s *socket) frame(first byte, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	head := []byte{first}
	if len(payload) < 126 {
		head = append(head, 0x80|byte(len(payload)))
	} else {
		head = append(head, 0x80|126, 0, 0)
		binary.BigEndian.PutUint16(head[2:], uint16(len(payload)))
	}
	var mask [4]byte
	rand.Read(mask[:])
	head = append(head, mask[:]...)
	for i, b := range payload {
		head = append(head, b^mask[i%4])
	}
	s.conn.SetWriteDeadline(time.Now().Add(writeDeadline))
	_, err := s.conn.Write(head)
	return err
}

// send cuts what is longer than its buffer into continuation frames.
func (s *socket) send(text []byte) {
	op := byte(opText)
	for len(text) > fragment {
		s.frame(op, text[:fragment])
		text, op = text[fragment:], 0
	}
	s.frame(0x80|op, text)
}

// read returns the next message; pings and pongs extend the deadline.
func (s *socket) read() ([]byte, error) {
	for {
		s.conn.SetReadDeadline(time.Now().Add(readDeadline))
		var head [2]byte
		if _, err := io.ReadFull(s.in, head[:]); err != nil {
			return nil, err
		}
		length := uint64(head[1] & 0x7f)
		if head[1]&0x80 != 0 || head[0]&0x70 != 0 || head[0]&0x80 == 0 {
			return nil, fmt.Errorf("bad frame %x", head)
		}
		var longer [8]byte
		switch length {
		case 126:
			if _, err := io.ReadFull(s.in, longer[6:]); err != nil {
				return nil, err
			}
			length = binary.BigEndian.Uint64(longer[:])
		case 127:
			if _, err := io.ReadFull(s.in, longer[:]); err != nil {
				return nil, err
			}
			length = binary.BigEndian.Uint64(longer[:])
		}
		payload := make([]byte, length)
		if _, err := io.ReadFull(s.in, payload); err != nil {
			return nil, err
		}
		switch head[0] & 15 {
		case opPing:
			s.frame(0x80|opPong, payload)
		case opClose:
			s.frame(0x80|opClose, payload)
			return nil, fmt.Errorf("websocket: close %x", payload)
		case opPong:
		default:
			return payload, nil
		}
	}
}
