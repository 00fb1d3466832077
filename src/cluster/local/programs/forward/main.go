// forward brings a TCP port of a network namespace to an address outside it.
//
//	forward LISTEN_ADDRESS NETNS_FILE TARGET_ADDRESS[,TARGET_ADDRESS...]
//
// A socket belongs to the namespace it was made in, whoever holds it. So the listening socket is made first, outside,
// and the program then starts itself again inside the namespace with that socket open: it accepts outside and dials
// inside. One process whatever the number of connections; the kernel moves the bytes (splice).
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// inherited names the environment variable with "PID DESCRIPTOR" of the listening socket; the pid (which exec keeps)
// guards against a value that came from somewhere else.
const inherited = "JOURNEY_FORWARD_LISTENER"

// dialTimeout is ample for an address on the same machine.
const dialTimeout = 2 * time.Second

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: forward LISTEN_ADDRESS NETNS_FILE TARGET_ADDRESS[,TARGET_ADDRESS...]"))
	}
	var pid, descriptor int
	_, err := fmt.Sscan(os.Getenv(inherited), &pid, &descriptor)
	if err == nil && pid == os.Getpid() {
		serve(uintptr(descriptor), os.Args[3])
		return
	}
	enter(os.Args[1], os.Args[2])
}

// enter opens the listening socket here and carries it, by exec, into the namespace.
func enter(address, namespace string) {
	open, err := net.Listen("tcp", address)
	fail(err)
	file, err := open.(*net.TCPListener).File()
	fail(err)
	// Without close-on-exec the socket survives the exec below.
	if _, _, code := syscall.Syscall(syscall.SYS_FCNTL, file.Fd(), syscall.F_SETFD, 0); code != 0 {
		fail(code)
	}
	self, err := os.Executable()
	fail(err)
	nsenter, err := exec.LookPath("nsenter")
	fail(err)
	env := append(os.Environ(), fmt.Sprintf("%s=%d %d", inherited, os.Getpid(), file.Fd()))
	argv := append([]string{"nsenter", "--net=" + namespace, "--", self}, os.Args[1:]...)
	fail(syscall.Exec(nsenter, argv, env))
}

// targets are addresses that lead to the same service. The one that answered last is tried first, so a dead node
// costs one slow connection, not every third.
type targets struct {
	addresses []string
	last      atomic.Int32
}

func (t *targets) dial() (*net.TCPConn, error) {
	var failed error
	first := int(t.last.Load())
	for i := range t.addresses {
		index := (first + i) % len(t.addresses)
		connection, err := net.DialTimeout("tcp", t.addresses[index], dialTimeout)
		if err == nil {
			t.last.Store(int32(index))
			return connection.(*net.TCPConn), nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func serve(descriptor uintptr, addresses string) {
	to := &targets{addresses: strings.Split(addresses, ",")}
	open, err := net.FileListener(os.NewFile(descriptor, "listener"))
	fail(err)
	for {
		client, err := open.Accept()
		if err != nil {
			// Out of file descriptors, most likely: connections that end give some back.
			fmt.Fprintln(os.Stderr, "accept:", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		go relay(client.(*net.TCPConn), to)
	}
}

func relay(client *net.TCPConn, to *targets) {
	defer client.Close()
	server, err := to.dial()
	if err != nil {
		fmt.Fprintln(os.Stderr, "dial:", err)
		// A reset, not a silent end: the caller must not take it for an empty answer.
		_ = client.SetLinger(0)
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Add(2)
	go copyHalf(server, client, &both)
	go copyHalf(client, server, &both)
	both.Wait()
}

// copyHalf copies one direction and passes the end of it on, so that half-closed connections keep working.
func copyHalf(to, from *net.TCPConn, both *sync.WaitGroup) {
	defer both.Done()
	_, _ = io.Copy(to, from)
	_ = to.CloseWrite()
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "forward:", err)
		os.Exit(1)
	}
}
