"""Searches a matrix of vectors as the Python backend does, and by the bare product.

Usage: search.py NODES.npy QUERIES.npy TOP_K. Prints one line of JSON when it is ready, and one for each line of JSON
that it reads: {"how": "steps" or "product", "query": N} gives {"milliseconds": ..., "found": [rows, best first]}.
"""

import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

vectors_path, queries_path, top_k = sys.argv[1], sys.argv[2], int(sys.argv[3])
embeddings = np.load(vectors_path)
queries = np.load(queries_path)
# The scope has every row; the backend has found their numbers before its steps begin.
rows = np.arange(len(embeddings))
unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
cores = os.cpu_count() or 1
threads = ThreadPoolExecutor(cores)
bounds = [len(unit) * core // cores for core in range(cores + 1)]
shares = [slice(start, end) for start, end in zip(bounds, bounds[1:])]


def steps(query):
    """The steps of the Python backend's vector_search."""
    scope = embeddings[rows]
    scope = scope / np.linalg.norm(scope, axis=1, keepdims=True)
    scores = scope @ (query / np.linalg.norm(query))
    return rows[np.argsort(scores)[::-1][:top_k]]


def product(query):
    """The least that NumPy can do: everything is normalised before, and nothing is sorted."""
    return unit @ query


def product_in_threads(query):
    """The same with a share of the rows for each core: not every BLAS uses more than one by itself."""
    scores = np.empty(len(unit), dtype=unit.dtype)
    list(threads.map(lambda share: np.dot(unit[share], query, out=scores[share]), shares))
    return scores


def time_of(multiply, query):
    start = time.perf_counter()
    multiply(query)
    return time.perf_counter() - start


def quickest():
    """Whichever way uses the cores better here, after some products to warm up."""
    ways = [product, product_in_threads]
    times = [[time_of(way, query) for way in ways] for query in queries[:10]]
    return ways[int(np.argmin(np.median(times, axis=0)))]


def libraries():
    """The names of the BLAS libraries that are loaded; none where the system does not tell."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as maps:
            names = {os.path.basename(line.split()[-1]) for line in maps}
    except OSError:
        return []
    return sorted(name for name in names if re.search("blas|mkl|blis", name))


def answer(question):
    query = queries[question["query"]]
    if question["how"] == "steps":
        start = time.perf_counter()
        found = steps(query)
        milliseconds = (time.perf_counter() - start) * 1000
    else:
        query = query / np.linalg.norm(query)
        start = time.perf_counter()
        scores = multiply(query)
        milliseconds = (time.perf_counter() - start) * 1000
        found = np.argsort(scores)[::-1][:top_k]
    return {"milliseconds": milliseconds, "found": [int(row) for row in found]}


multiply = quickest()
print(json.dumps({"numpy": np.__version__, "libraries": libraries(), "product": multiply.__name__}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
