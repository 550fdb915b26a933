"""Searches a matrix of vectors as the Python backend does, and by the bare product.

Usage: search.py NODES.npy QUERIES.npy TOP_K. Prints one line of JSON when it is ready, and one for each line of JSON
that it reads: {"how": "steps" or "product", "query": N} gives {"milliseconds": ..., "found": [rows, best first]}.
"""

import json
import os
import re
import sys
import time

import numpy as np

vectors_path, queries_path, top_k = sys.argv[1], sys.argv[2], int(sys.argv[3])
embeddings = np.load(vectors_path)
queries = np.load(queries_path)
# The scope has every row; the backend has found their numbers before its steps begin.
rows = np.arange(len(embeddings))
unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)


def steps(query):
    """The steps of the Python backend's vector_search."""
    scope = embeddings[rows]
    scope = scope / np.linalg.norm(scope, axis=1, keepdims=True)
    scores = scope @ (query / np.linalg.norm(query))
    return rows[np.argsort(scores)[::-1][:top_k]]


def product(query):
    """The least that NumPy can do: everything is normalised before, and nothing is sorted."""
    return unit @ query


def libraries():
    """The names of the BLAS libraries that are loaded; none where the system does not tell."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            names = {os.path.basename(line.split()[-1]) for line in maps}
    except OSError:
        return []
    return sorted(name for name in names if re.search("blas|mkl|blis", name))


def cores_used():
    """How many cores work on a product, at best."""
    most = 0.0
    for query in queries[:5]:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(3):
            product(query)
        most = max(most, (time.process_time() - cpu) / (time.perf_counter() - wall))
    return most


def answer(question):
    query = queries[question["query"]]
    if question["how"] == "steps":
        start = time.perf_counter()
        found = steps(query)
        milliseconds = (time.perf_counter() - start) * 1000
    else:
        query = query / np.linalg.norm(query)
        start = time.perf_counter()
        scores = product(query)
        milliseconds = (time.perf_counter() - start) * 1000
        found = np.argsort(scores)[::-1][:top_k]
    return {"milliseconds": milliseconds, "found": [int(row) for row in found]}


print(json.dumps({"numpy": np.__version__, "cores": cores_used(), "libraries": libraries()}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
