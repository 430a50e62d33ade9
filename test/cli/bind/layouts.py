# SPDX-License-Identifier: MIT
"""Whether the classes of a generated module have the layouts that the description of the same header says. The folder of
both is the argument. Bit-fields of which ctypes has no integer are bytes there; they are counted."""
import ctypes
import json
import sys

sys.path.insert(0, sys.argv[1])
import layouts_bound as bound

right = wrong = bytes_only = 0


def bits_of(record, name):
    value = record()
    setattr(value, name, -1)
    return int.from_bytes(bytes(value), "little")


with open(sys.argv[1] + "/layouts.json") as file:
    types = json.load(file)["types"]
for one in types:
    if one["kind"] not in ("struct", "union") or "members" not in one:
        continue
    record = getattr(bound, one["kind"] + "_" + one["name"])
    for member in filter(lambda member: member["name"], one["members"]):
        field = getattr(record, member["name"], None)
        if field is None:
            bytes_only += 1
            continue
        got, wanted = field.offset, member["offset"]
        if "bit_width" in member:
            got = bits_of(record, member["name"])
            wanted = (1 << member["bit_width"]) - 1 << 8 * member["offset"] + member["bit_offset"]
        right += got == wanted
        if got != wanted:
            print(f"{one['name']}.{member['name']}: {got:#x}, wanted {wanted:#x}")
            wrong += 1
print(f"# {right} members, and {bytes_only} bit-fields as bytes")
sys.exit(wrong > 0 or right < 100 or bytes_only * 20 > right)
