"""How a mail host breaks down: each kind is told to a Dialogue, whose connection is closed afterwards, if it is still open."""
import select
import socket
import struct

KINDS = ("drop", "reset", "stall")
CUT_KINDS = ("half_code", "half_line", "half_list")  # of a reply, and the connection ends
TLS_KINDS = ("notify", "truncated", "garbage", "damaged")  # only inside TLS, where "drop" is an end without close_notify
GOOD_NEWS = b"250 ok\r\n"  # what must not be believed, as it comes in none of the ways of TLS


def wait_until_gone(dialogue):
    """Says nothing more, until the other side is gone or hang_up()."""
    while dialogue.connection.recv(65536):
        pass


def drop(dialogue):
    pass


def reset(dialogue):
    dialogue.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    dialogue.reader.close()
    dialogue.connection.close()


def stall(dialogue):
    with dialogue.sink.changed:
        dialogue.sink.stalled += 1
        dialogue.sink.changed.notify_all()
    wait_until_gone(dialogue)


def deaf(dialogue):
    """Reads nothing more, until the other side is gone or hang_up(), and the kernel keeps little for it."""
    dialogue.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    with dialogue.sink.changed:
        dialogue.sink.stalled += 1
        dialogue.sink.changed.notify_all()
    gone = select.poll()
    gone.register(dialogue.connection, select.POLLRDHUP)
    gone.poll()


def half_code(dialogue):
    dialogue.send(GOOD_NEWS[:2])


def half_line(dialogue):
    dialogue.send(GOOD_NEWS.rstrip())


def half_list(dialogue):
    dialogue.send(b"250-sink.test\r\n250-PIPELI")


def challenge(dialogue):
    """Of AUTH: more is asked than the answer that came with it."""
    dialogue.send(b"334 \r\n")
    wait_until_gone(dialogue)


def notify(dialogue):
    """close_notify, and the connection below stays open."""
    dialogue.inside.say_goodbye()
    wait_until_gone(dialogue)


def truncated(dialogue):
    """Good news whose record ends halfway, and the connection with it."""
    record = dialogue.inside.seal(GOOD_NEWS)
    dialogue.connection.sendall(record[:len(record) // 2])


def garbage(dialogue):
    """Good news in clear, where a record is due."""
    dialogue.connection.sendall(GOOD_NEWS)
    wait_until_gone(dialogue)


def damaged(dialogue):
    """Good news in a record whose authentication fails."""
    record = dialogue.inside.seal(GOOD_NEWS)
    dialogue.connection.sendall(record[:-1] + bytes([record[-1] ^ 1]))
    wait_until_gone(dialogue)


BREAKDOWNS = {each.__name__: each for each in (drop, reset, stall, deaf, half_code, half_line, half_list, challenge, notify,
                                               truncated, garbage, damaged)}


def break_down(kind, dialogue):
    BREAKDOWNS[kind](dialogue)
