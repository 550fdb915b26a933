"""Loads a data directory as the Python backend does.

Usage: load.py NODES.json NODES.npy. Prints one line of JSON: {"milliseconds": ...}.
"""

import json
import sys
import time

import numpy as np

start = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    nodes = json.load(file)
embeddings = np.load(sys.argv[2])
milliseconds = (time.perf_counter() - start) * 1000
if len(nodes) != len(embeddings):
    sys.exit("there are not as many vectors as nodes")
print(json.dumps({"milliseconds": milliseconds}))
