"""The load client for other servers sees each stanza once, however the stream is cut into pieces."""

from bench.xmpp.client import Client

STREAM = (
    b"<?xml version='1.0'?><stream:stream id='1'>"
    b"<stream:features><register xmlns='r'/><sm xmlns='urn:xmpp:sm:3'/></stream:features>"
    b"<presence from='lan@localhost/b'/>"
    b"<message to='mei@localhost'><archived id='7'/><body>one</body></message>"
    b"<a xmlns='urn:xmpp:sm:3' h='3'/>"
    b"<r xmlns='urn:xmpp:sm:3'/>"
    b'<a h="4" xmlns="urn:xmpp:sm:3"></a>'
    b"<message to='mei@localhost'><body>two</body></message>"
)


def test_pieces_make_no_difference() -> None:
    for size in range(1, len(STREAM)):
        client, bodies, handled, written = Client("mei"), list[bytes](), list[int](), list[bytes]()
        client.on_message, client.on_handled = bodies.append, handled.append
        client.write = written.append  # type: ignore[method-assign]
        for start in range(0, len(STREAM), size):
            client.data_received(STREAM[start : start + size])
        assert [one.count(b"<body>") for one in bodies] == [1, 1]
        assert b"one" in bodies[0] and b"two" in bodies[1]
        assert handled == [3, 4]
        # A presence and the first message had come when the server asked.
        assert written == [b"<a xmlns='urn:xmpp:sm:3' h='2'/>"]
