"""Stands between Kafka clients and a broker and writes down what passes.

proxy.py LISTEN_PORT BROKER_PORT OUTPUT: until it is terminated. A line of OUTPUT is
`request|response API_KEY API_VERSION HEX`, the frame without its size.
"""

import asyncio
import struct
import sys


async def frames(reader):
    while True:
        try:
            size = struct.unpack(">i", await reader.readexactly(4))[0]
            yield await reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return


async def pass_on(reader, writer, note):
    async for frame in frames(reader):
        note(frame)
        writer.write(struct.pack(">i", len(frame)) + frame)
        await writer.drain()
    writer.close()


class Proxy:
    def __init__(self, broker_port, output):
        self.broker_port = broker_port
        self.output = output

    def write(self, direction, key, version, frame):
        self.output.write(f"{direction} {key} {version} {frame.hex()}\n")
        self.output.flush()

    async def serve(self, client_reader, client_writer):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.broker_port)
        asked = {}

        def request(frame):
            key, version, correlation = struct.unpack_from(">hhi", frame)
            asked[correlation] = key, version
            self.write("request", key, version, frame)

        def response(frame):
            key, version = asked.pop(struct.unpack_from(">i", frame)[0])
            self.write("response", key, version, frame)

        await asyncio.gather(pass_on(client_reader, writer, request),
                             pass_on(reader, client_writer, response))


async def main(listen_port, broker_port, output):
    with open(output, "w") as file:
        proxy = Proxy(broker_port, file)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", listen_port)
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
