"""Chooses what is kept of captures: choose.py CLIENT CAPTURE [CLIENT CAPTURE...] > captures.txt

Of each client, API, version and direction the shortest frame and the longest of at most 1,500 bytes.
"""

import sys

MOST = 1500
# What is between brokers, or of later issues.
OURS = {0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 32, 33, 35, 37, 42, 44, 47, 60, 75}


def kept(client, path):
    kinds = {}
    for line in open(path):
        direction, key, version, frame = line.split()
        if int(key) in OURS and len(frame) <= 2 * MOST:
            kinds.setdefault((int(key), int(version), direction), set()).add(frame)
    for (key, version, direction), seen in sorted(kinds.items()):
        ordered = sorted(seen, key=lambda frame: (len(frame), frame))
        for frame in dict.fromkeys([ordered[0], ordered[-1]]):
            yield f"{client} {direction} {key} {version} {frame}"


print("# What clients said to Apache Kafka 4.1.1 and what it answered: tests/interop/capture/run.")
print("# CLIENT request|response API_KEY API_VERSION FRAME, in hexadecimal, without its size")
for client, path in zip(sys.argv[1::2], sys.argv[2::2]):
    for line in kept(client, path):
        print(line)
