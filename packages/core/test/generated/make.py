"""Writes the JSON files beside it: what CPython itself says, for the tests to compare with.

python3 make.py            (standard library only; the same bytes every time)
"""

import hashlib
import json
import random
import struct
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).parent
RNG = random.Random(20240501)


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n", encoding="ascii")


def bits(value):
    return struct.pack(">d", value).hex()


def floats():
    values = [
        0.0, -0.0, 1.0, -1.0, 0.1, 0.1 + 0.2, 1 / 3, 1e15, 1e16, -1e16, 123456789012345680.0, 9999999999999998.0,
        1e21, 1e22, 1e23, 1e-4, 1e-5, 0.00012345, 0.000099999, 5e-324, 2.2250738585072014e-308,
        1.7976931348623157e308, 4503599627370496.5, 9007199254740993.0, 1e100, 1.5e300, 100.0, 1234.5, 2.5e-7,
    ]  # fmt: skip
    while len(values) < 300:
        value = struct.unpack(">d", RNG.randbytes(8))[0]
        if value == value and abs(value) != float("inf"):
            values.append(value)
    for _ in range(100):
        values.append(round(RNG.uniform(-1000, 1000), RNG.randrange(6)))
        values.append(RNG.randrange(1, 10**6) * 10.0 ** RNG.randrange(-10, 20))
    return [{"bits": bits(value), "text": json.dumps(value)} for value in values]


ALPHABET = (
    [chr(code) for code in range(0x21)]
    + list('"\\/abzAZ09~')
    + ["\x7f", "\x80", "\x9f", "é", "ß", "\u2028", "\u2029", "\ufeff", "\ufffd", "\uffff", "日", "本"]
    + ["\ud800", "\udbff", "\udc00", "\udfff", "😀", "🏳", "\U0010ffff", "\U00010000"]
)


def text():
    return "".join(RNG.choice(ALPHABET) for _ in range(RNG.randrange(12)))


def units(value):
    data = value.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def strings():
    values = ["", *ALPHABET, "\ud83d\ude00", "\\u0041", "</script>", "a\"b\\c"]
    values += [text() for _ in range(200)]
    return [{"units": units(value), "text": json.dumps(value)} for value in values]


def document(depth):
    kind = RNG.randrange(8 if depth < 4 else 5)
    if kind == 0:
        return RNG.choice([None, True, False])
    if kind == 1:
        return RNG.choice([0, 1, -1, 2**53 - 1, -(2**53) + 1, RNG.randrange(-(10**6), 10**6)])
    if kind == 2:
        return RNG.uniform(-1, 1) * 10.0 ** RNG.randrange(-20, 15)
    if kind in (3, 4):
        return text()
    if kind == 5:
        return [document(depth + 1) for _ in range(RNG.randrange(5))]
    # A letter in front: JavaScript would move a key that looks like an index to the front.
    return {"k" + text(): document(depth + 1) for _ in range(RNG.randrange(5))}


def documents():
    values = [[], {}, [[]], {"k": {}}, [{}], {"a": [], "b": [None]}, {"__proto__": {"constructor": 1}}]
    values += [document(0) for _ in range(250)]
    return [
        {"compact": json.dumps(value, separators=(",", ":")), "indented": json.dumps(value, indent=2)}
        for value in values
    ]


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(moment):
    return str((moment - EPOCH) // timedelta(microseconds=1))


def timestamps():
    moments = [
        datetime.min, datetime.max, datetime(1970, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999999),
        datetime(2024, 2, 29, 12, 0, 0, 1), datetime(2000, 2, 29), datetime(1900, 2, 28), datetime(99, 1, 1),
        datetime(2255, 6, 5, 23, 47, 34, 740991), datetime(1684, 7, 28, 0, 12, 25, 259009),
    ]  # fmt: skip
    while len(moments) < 250:
        moment = datetime(1, 1, 2) + timedelta(days=RNG.randrange(3652000), microseconds=RNG.randrange(86400 * 10**6))
        moments.append(moment.replace(microsecond=RNG.choice([0, moment.microsecond, moment.microsecond * 7 % 10**6])))
    cases = []
    for index, moment in enumerate(moments):
        naive = moment.replace(tzinfo=timezone.utc)
        cases.append({"text": moment.isoformat(sep="T" if index % 2 else " "), "micros": micros(naive)})
        if index > 1:
            minutes = RNG.randrange(-1439, 1440)
            zone = timezone(timedelta(minutes=minutes, seconds=RNG.choice([0, 0, 0, RNG.randrange(60)])))
            aware = moment.replace(tzinfo=zone)
            cases.append({"text": aware.isoformat(sep=" " if index % 2 else "T"), "micros": micros(aware)})
    return cases


def node_ids():
    contents = ["", "hello", "é", "日本語の質問", "a" * 99, "a" * 100, "a" * 101]
    for before in (97, 98, 99, 100, 101):
        contents += ["a" * before + "😀" + "b" * 5, "😀" * before + "a" + "😀", "a" * before + "é😀é😀"]
    contents += ["😀" * 150, "👩\u200d👩\u200d👧" * 30, "e\u0301" * 60, "line\nbreak\t" * 15]
    cases = []
    for index, content in enumerate(contents):
        conversation = ["conv-1", "", "a:b", "😀"][index % 4]
        plain = f"{conversation}:{index}:{content[:100]}"
        cases.append(
            {
                "conversation_id": conversation,
                "sequence_index": index,
                "human_content": content,
                "id": "mem_" + hashlib.sha256(plain.encode()).hexdigest()[:16],
            }
        )
    return cases


write("python-json.json", {"floats": floats(), "strings": strings(), "documents": documents()})
write("timestamps.json", timestamps())
write("node-ids.json", node_ids())
